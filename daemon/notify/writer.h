/* daemon/notify/writer.h: a thread for calls that may block: sd_journal_sendv() while journald is starved, fsync() on
 * a busy disk, write() to a terminal that was stopped. The loop never makes one of these.
 *
 * Jobs run one after the other, in the order in which they were added. No lock is held while one runs. A writer knows
 * nothing of alerts: a job is two functions and what its owner puts around them. A sink has at most one job here at a
 * time, so the number of sinks bounds the queue, and no sink crowds out another; what waits beyond that waits in the
 * sink's own bounded queue (sink.h).
 *
 * What blocks independently gets a writer of its own: a starved journald must not hold up the spool. */

#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

struct writer_job {
        void (*run)(struct writer_job *job);  /* in the writer's thread */
        void (*done)(struct writer_job *job); /* after it, in the loop's thread; may free the job, may add it again */
        STAILQ_ENTRY(writer_job) link;        /* the writer's own */
};

struct writer;

/* Starts the thread. name: as ps -L shows it, at most 15 bytes; kept, not copied. */
int writer_new(struct event_base *base, const char *name, struct writer **ret_writer)
        __attribute__((warn_unused_result));

/* Hands job over until its done() is called. Never fails, never blocks. */
void writer_add(struct writer *writer, struct writer_job *job);

/* Calls done() of the jobs that have ended; returns whether there was one. The loop does this by itself; it is for the
 * time when the loop no longer turns. */
bool writer_collect(struct writer *writer);

/* Readable when a job has ended. */
int writer_fd(const struct writer *writer);

/* Ends the thread after the jobs that are queued, and calls their done(). A thread that has not come to its end within
 * timeout_ms is blocked in the kernel: it is left behind, with its job and the little that it needs, to end with the
 * process. Accepts NULL. Returns NULL. */
struct writer *writer_free(struct writer *writer, int timeout_ms);
