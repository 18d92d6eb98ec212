/* lib/util/cleanup.h: release at the end of the scope, so that no error path forgets.
 *
 *         _cleanup_(freep) char *name = NULL;
 *
 * A cleanup function gets the address of the variable and copes with NULL (or -1 for a descriptor). */

#pragma once

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void freep(void *pointer)
{
        free(*(void **)pointer);
}

static inline void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd); /* nothing was written that a failure could lose */
}

/* Hands a descriptor over to the caller: the variable no longer owns it. */
static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

/* Hands the value over to the caller: the variable no longer owns it. */
#define take_pointer(pointer)                                                                                          \
        ({                                                                                                             \
                __typeof__(pointer) taken_ = (pointer);                                                                \
                (pointer) = NULL;                                                                                      \
                taken_;                                                                                                \
        })
