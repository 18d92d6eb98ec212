/* daemon/watch/log_clock.h: how far the clock of the kernel's log is from CLOCK_MONOTONIC.
 *
 * Records carry local_clock(), which nobody disciplines: it drifts from CLOCK_MONOTONIC by some parts in a million, a
 * minute in a hundred days, and jumps ahead where it counts a suspension (kernel/sched/clock.c). It can be compared only by a
 * record's stamp and the time at which the record was read, which is later by an unknown delay. So the least difference
 * counts, and may grow again only as fast as two clocks can drift apart. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct log_clock {
        bool is_known;
        int64_t offset_usec;   /* CLOCK_MONOTONIC less the log's clock; 0 until known */
        uint64_t sampled_usec; /* CLOCK_MONOTONIC */
};

/* Takes a sample: a record that was waited for, stamped stamp_usec, was read at now_usec (CLOCK_MONOTONIC). */
void log_clock_sample(struct log_clock *clock, uint64_t stamp_usec, uint64_t now_usec);

/* Whether a sample is due. Clocks drift slowly: one in a second is enough. */
bool log_clock_is_due(const struct log_clock *clock, uint64_t stamp_usec);
