/* lib/util/array.h: arrays: how long one is, and one that grows. */

#pragma once

#include <stdbool.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void *array_grow(void *items, size_t n, size_t *capacity, size_t item_size)
{
        size_t wanted = *capacity ? *capacity * 2 : 16;

        if (n < *capacity)
                return items;
        items = reallocarray(items, wanted, item_size);
        if (items)
                *capacity = wanted;
        return items;
}

/* Makes room for one more in items, an array from malloc(3), or NULL, that has n of *capacity. Returns false, and leaves both
 * alone, when there is no memory. */
#define array_reserve(items, n, capacity)                                                                              \
        ({                                                                                                             \
                void *grown_ = array_grow((items), (n), (capacity), sizeof(__typeof__(*(items))));                     \
                if (grown_)                                                                                            \
                        (items) = grown_;                                                                              \
                grown_ != NULL;                                                                                        \
        })
