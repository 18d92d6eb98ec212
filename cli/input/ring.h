/* cli/input/ring.h: what is known of the ring buffer's records besides their text: which machine and boot they are of,
 * and about when they were printed. It is this machine's own buffer: of a saved copy nobody knows that. */

#pragma once

#include "alert/alert.h"
#include "logfile/message.h"

struct ring {
        struct machine_identity host;
        struct oom_machine machine;
        /* three clocks at one moment, before the first record is read; real_usec is UTC */
        int64_t real_usec, mono_usec, boot_usec;
};

/* Reads the clocks, and what this machine is. What can't be known is "" or OOM_UNKNOWN. */
void ring_init(struct ring *ret_ring);

/* Sets the boot and the time of message, a record of the ring buffer. The time is estimated as by oomwatchd for a record
 * older than itself: too late by the time that the machine was suspended since. message borrows from ring. */
void ring_complete(const struct ring *ring, struct log_message *message);
