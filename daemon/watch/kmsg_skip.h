/* daemon/watch/kmsg_skip.h: when records of the kernel log are passed over unread. Decisions alone; kmsg_source.c acts on them.
 *
 * A service at its limit that may not be killed makes thousands of reports that nobody was killed, each of some ninety records, and
 * /dev/kmsg gives one record for each read(). Where that is fast the reader pauses, and takes a look from time to time. As long as the
 * kernel counts no kill the log holds none: __oom_kill_process() (mm/oom_kill.c, 4.13 on) counts a kill before it prints the kill line.
 *
 * When the log has moved on by half of the ring buffer, its end is marked with a second descriptor. If the kernel has counted no kill by
 * the time at which a report has ended after the mark, the reader goes on there. Else it goes on where it was, and nothing is passed
 * over. No kill's report begins before such a place and ends after it: the kernel makes one report at a time (oom_lock, 4.2 on).
 * Five reports in a second are read all the same, so that the reader sees all that goes on for long. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Records in a second from which on it pays. */
#define KMSG_SKIP_RATE 1000
/* The rate is measured over this time at least. */
#define KMSG_RATE_USEC (100 * 1000)
/* The time between two looks. More than one in 2 ms would cost what they save. */
#define KMSG_LOOK_MIN_MS 2
#define KMSG_LOOK_MAX_MS 40
/* How often the kernel's count is asked for, while a pause goes on: a kill may wait for so long to be read. To print all of /proc/vmstat takes
 * the kernel 20 to 40 us, and half a millisecond on an emulated processor. */
#define KMSG_COUNT_MS 40
/* Once in this time a report is read. */
#define KMSG_REPORT_USEC (200 * 1000)
/* In so many looks the whole ring buffer is overwritten, or in more. */
#define KMSG_LOOKS_PER_RING 6
/* After so many the end is marked, though less than half of the ring buffer is overwritten: what the kernel doesn't count, as reports of
 * another cgroup, waits for the end of the pause. */
#define KMSG_LOOKS_MAX 10
/* For so many the end of a report is waited for; for fewer where the ring buffer has no room for that. */
#define KMSG_LOOKS_FOR_END 5

/* How fast the log grows. */
struct kmsg_rate {
        uint64_t seq; /* at the begin of what is measured, */
        int64_t usec; /* when; 0: nothing was measured yet */
        uint64_t per_second;
};

/* The reader has come to the end of the log, at the record seq, at now_usec (CLOCK_MONOTONIC). */
void kmsg_rate_note(struct kmsg_rate *rate, uint64_t seq, int64_t now_usec);

/* The time between two looks, in milliseconds, when the ring buffer holds n_held records before the reader's position; 0: a pause with
 * looks doesn't pay, or records would be lost in it. */
int kmsg_look_ms(const struct kmsg_rate *rate, uint64_t n_held);

/* What is seen at a look. */
struct kmsg_look {
        unsigned n_looks;         /* in this pause, this one too */
        unsigned n_looks_for_end; /* those of them since the end of the log was marked; 0: it is not */
        uint64_t position;        /* the record that the reader wants next */
        uint64_t oldest; /* the oldest one of the ring buffer, or a later one; not looked at once the end is marked */
        uint64_t n_held; /* records of the ring buffer before the position, when the pause began */
        uint64_t n_per_look; /* records that are printed from one look to the next, as far as is known */
        bool has_end;        /* since the mark a report has ended. What follows was found out later than this: */
        bool is_quiet; /* nothing that was printed up to now has to be read, as far as that was asked: it was if has_end */
};

enum kmsg_step {
        KMSG_STEP_READ, /* goes on at the reader's position */
        KMSG_STEP_WAIT, /* looks again */
        KMSG_STEP_MARK, /* marks the end of the log, and looks again */
        KMSG_STEP_SKIP, /* goes on after the report that has ended */
};

enum kmsg_step kmsg_skip_step(const struct kmsg_look *look);
