/* daemon/notify/writer.h: a thread for calls that may block: sd_journal_sendv() while journald is starved, fsync() on
 * a busy disk, write() to a terminal that was stopped. The loop makes none of these calls.
 *
 * The loop's thread calls every function here. The writer's thread runs the jobs in the order in which they were added. A
 * sink has at most one job here at a time, so no sink crowds out another. What blocks independently gets a writer of its
 * own: a starved journald must not hold up the spool. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/event.h"

struct writer_job {
        void (*run)(struct writer_job *job);  /* in the writer's thread */
        void (*done)(struct writer_job *job); /* then, in the loop's thread; may free the job, or add it again */
        void *userdata;                       /* the owner's */
        bool is_background;                   /* nobody waits for it: a writer that hangs with it alone isn't stuck */
        STAILQ_ENTRY(writer_job) link;        /* the writer's */
};

struct writer;

/* Starts the thread. base is borrowed. name: as ps -L shows it, at most 15 bytes; kept, not copied. Returns 0 or -errno. */
int writer_new(struct event_base *base, const char *name, struct writer **ret_writer)
        __attribute__((warn_unused_result));

/* Adds job, which belongs to the writer until its done() is called. Never fails, never blocks. */
void writer_add(struct writer *writer, struct writer_job *job);

/* Calls done() of the jobs that have ended. Returns whether there was one. While the loop runs it does this by itself. */
bool writer_collect(struct writer *writer);

/* A descriptor that can be read (poll) when a job has ended. Owned by the writer. */
int writer_fd(const struct writer *writer);

/* How long one operation of a writer may take: longer than any disk or journald needs that will ever answer. */
#define WRITER_STUCK_USEC (INT64_C(120) * 1000 * 1000)

/* For run(): a part of the job is done. A job of many parts moves as long as each of them ends. */
void writer_moved(struct writer *writer);

/* Whether there is a job that is waited for, and nothing of it has moved for WRITER_STUCK_USEC up to now_usec (CLOCK_MONOTONIC). */
bool writer_is_stuck(struct writer *writer, int64_t now_usec);

/* As given to writer_new(). */
const char *writer_name(const struct writer *writer);

/* Ends the thread after the queued jobs, and calls their done(). A thread that still has a job after timeout_ms is blocked
 * in the kernel: it is abandoned, with its job and the memory that it needs, and ends with the process. Accepts NULL.
 * Returns NULL. */
struct writer *writer_free(struct writer *writer, int timeout_ms);
