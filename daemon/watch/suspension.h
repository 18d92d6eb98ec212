/* daemon/watch/suspension.h: whether the machine was suspended between the print of a record and its reading.
 *
 * A record's stamp doesn't count a suspension, nor does CLOCK_MONOTONIC: a record printed just before one, and read hours later
 * just after it, looks as if it had come now. CLOCK_BOOTTIME does count it: what it gains on CLOCK_MONOTONIC is looked at when
 * records come. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct suspension {
        int64_t suspended_usec;    /* since the boot, as last looked at */
        int64_t noticed_mono_usec; /* CLOCK_MONOTONIC when it was found longer than before; INT64_MIN: never */
        uint64_t looked_stamp;     /* of the record at which it was looked at */
};

/* boot_usec: CLOCK_BOOTTIME, mono_usec: CLOCK_MONOTONIC, read in that order: a delay between them hides a suspension until the next
 * look, and never makes one up. */
void suspension_begin(struct suspension *suspension, int64_t boot_usec, int64_t mono_usec);
void suspension_look(struct suspension *suspension, int64_t boot_usec, int64_t mono_usec);

/* Whether a look is due at a record of this stamp: one in a millisecond is enough, as nothing is suspended and resumed in less. */
bool suspension_is_due(const struct suspension *suspension, uint64_t stamp_usec);

/* Whether the machine may have been suspended since mono_usec, which is in the past. */
bool suspension_may_be_since(const struct suspension *suspension, int64_t mono_usec);
