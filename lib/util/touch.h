/* lib/util/touch.h: makes the pages of memory resident that will be used, before they are. */

#pragma once

#include <stddef.h>
#include <string.h>

#define TOUCH_STEP                                                                                                     \
        ((size_t)1024) /* a fraction of the smallest page: where the memory begins in its page is not asked */

/* Writes to those parts of data in which used, of the same type and n_bytes, has anything but zeros, and changes nothing. */
static inline void touch_like(void *data, const void *used, size_t n_bytes)
{
        static const char zeros[TOUCH_STEP];

        for (size_t at = 0; at < n_bytes; at += TOUCH_STEP) {
                size_t length = n_bytes - at < TOUCH_STEP ? n_bytes - at : TOUCH_STEP;
                volatile char *first = (char *)data + at, *last = first + length - 1;

                if (memcmp((const char *)used + at, zeros, length) == 0)
                        continue;
                /* cppcheck-suppress selfAssignment */
                *first = *first;
                /* cppcheck-suppress selfAssignment */
                *last = *last;
        }
}
