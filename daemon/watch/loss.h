/* daemon/watch/loss.h: records of the kernel log that were lost, put together as episodes: one alert for each.
 *
 * In a flood the ring buffer is overrun again and again. An episode begins with the first record lost, and ends when none was
 * for LOSS_PAUSE_USEC; only then their number is known. That something is being lost is logged at its beginning, and a kill
 * among it is reported by the kernel's own count within seconds (reconcile.h), so nobody has to wait for an episode's end to
 * be warned. Until it is reported the cursor stays before it: a crash finds the loss again, and has little to read again, since
 * in a flood the ring buffer holds the last fraction of a second.
 *
 * Times are CLOCK_MONOTONIC's, given by the caller. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/usec.h"

#define LOSS_PAUSE_USEC (10 * USEC_PER_SEC)
/* What never ends is reported all the same, and what follows is another episode. */
#define LOSS_LONGEST_USEC (300 * USEC_PER_SEC)

/* Those of an episode. All zero: none. */
struct loss {
        uint64_t seq, n_records, mono_usec; /* the first; how many; stamp of the record after the last */
        int64_t begin_usec, last_usec;      /* when the first and the last were noticed */
};

/* Adds n_records (not 0) from seq on; the record after them has the stamp mono_usec. Returns whether an episode begins. */
bool loss_add(struct loss *loss, uint64_t seq, uint64_t n_records, uint64_t mono_usec, int64_t now_usec);

/* Whether there is one, and it is over. */
bool loss_is_over(const struct loss *loss, int64_t now_usec);
