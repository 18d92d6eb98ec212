/* cli/input/ring.h: what is known of the ring buffer's records besides what they say: of which boot of which machine they are,
 * and about when they were printed. It is this machine's own, and no saved copy of one: for those nobody knows that. */

#pragma once

#include "alert/alert.h"
#include "logfile/message.h"

struct ring {
        struct machine_identity host;
        struct oom_machine machine;
        /* three clocks at one moment, before the first record is read */
        int64_t real_usec, mono_usec, boot_usec;
};

/* Asks this machine. What can't be known is "", or OOM_UNKNOWN. */
void ring_init(struct ring *ret_ring);

/* Tells message, a record of the ring buffer, its boot and its time. The time is as oomwatchd estimates that of a record that
 * was there before it: too late by what the machine was suspended since. message borrows from ring. */
void ring_complete(const struct ring *ring, struct log_message *message);
