/* lib/util/wide.h: what needs more than 64 bits in between.
 *
 * The same on every machine: the compiler's own 128-bit type is not there on 32-bit ones. */

#pragma once

#include <stdint.h>

#include "util/text.h"

/* factor * multiplier / divisor, as if in endless precision, towards zero; what is outside of int64_t is the nearest value in it.
 * divisor is not 0. */
int64_t mul_div(int64_t factor, int64_t multiplier, int64_t divisor);

/* a + b, and the nearest value where that is outside of int64_t. */
int64_t add_saturated(int64_t a, int64_t b);

/* A 128-bit FNV-1a hash (draft-eastlake-fnv): high and low half. */
struct fnv128 {
        uint64_t high, low;
};

#define FNV128_START ((struct fnv128){ 0x6c62272e07bb0142, 0x62b821756295c58d })

void fnv128_add(struct fnv128 *hash, struct text bytes);
