/* daemon/notify/notifier.h: takes alerts to every sink: journal, sockets, spool, standard output.
 *
 * Belongs to the loop's thread. An alert is rendered once; sockets get it in the same turn of the loop, never blocking;
 * the journal, the spool and standard output get it from threads that may block (writer.h), one for each of the three,
 * started where they are needed. No sink waits for another. What a sink could not take yet is counted, bounded (sink.h),
 * and said.
 *
 * An alert that a sink gives up (its queue is full, there is no journald, a message too large) is counted as failed and
 * logged, and no longer holds the cursor: the next start would only tell it to all the others again. One that may still
 * get through (the disk is full, the receiver is away) is under way, and holds it. */

#pragma once

#include <event2/event.h>

#include "alert/alert.h"
#include "common/config.h"

enum notifier_stdout { NOTIFIER_STDOUT_NONE, NOTIFIER_STDOUT_TEXT, NOTIFIER_STDOUT_JSON };

struct notifier;

/* Makes the sinks that config names, and starts the writer thread. config is read, not kept. Returns 0 or -errno;
 * a receiver that isn't there is no error. */
int notifier_new(struct event_base *base, const struct config *config, enum notifier_stdout out,
                 struct notifier **ret_notifier) __attribute__((warn_unused_result));

/* No more alerts: what no receiver has taken is spooled. Waits for the writers, but not for one that gets nothing done for
 * NOTIFIER_STUCK_MS. What is acknowledged is known for good then. */
void notifier_finish(struct notifier *notifier);

/* Finishes, and ends the writer threads. One that is stuck is left behind, blocked, to end with the process. Accepts NULL.
 * Returns NULL. */
struct notifier *notifier_free(struct notifier *notifier);

#define NOTIFIER_STUCK_MS 3000

/* Takes over a new configuration: sinks that did not change keep their connection and their queue; a socket that did
 * change keeps its queue. What a sink that goes has under way is delivered or spooled. Another path of the spool is for
 * the next start. Returns 0, or -errno with the old sinks in place. */
int notifier_reload(struct notifier *notifier, const struct config *config) __attribute__((warn_unused_result));

/* Hands the alert to every sink. alert is borrowed for the call. */
void notifier_send(struct notifier *notifier, const struct alert *alert);

/* Whether there is room for some hundred alerts more. A reader that can wait (of a file) asks before it reads on, and
 * loses nothing; one that can't need not. */
bool notifier_has_capacity(const struct notifier *notifier);

/* Whether standard output has alerts to come: its reader is slow. */
bool notifier_stdout_is_busy(const struct notifier *notifier);

/* Whether a write to standard output has failed: nothing is printed any more. */
bool notifier_stdout_is_broken(const struct notifier *notifier);

/* The highest seq so that every alert of the kernel log with a seq up to it is acknowledged by every local sink and
 * spooled for every webhook; UINT64_MAX when nothing is under way. 0 also when the record 0 is. */
uint64_t notifier_acknowledged_seq(const struct notifier *notifier);

/* No alerts are expected any more. Calls done (once, from the loop) when nothing is under way and nothing on its way
 * from disk to a receiver that is there, or after timeout_ms (negative: never), whichever is first. Alerts for a
 * receiver that is away are spooled. */
void notifier_drain(struct notifier *notifier, int timeout_ms, void (*done)(void *userdata), void *userdata);

struct notifier_counts {
        uint64_t n_alerts;    /* passed to notifier_send() */
        uint64_t n_delivered; /* this and the next two count an alert once for each sink */
        uint64_t n_dropped;   /* queue full, no journald, message too large, out of memory, or left at the end */
        uint64_t n_too_old;   /* past the sink's max_age */
        unsigned n_pending;   /* alerts that at least one sink still has to deliver or spool */
        unsigned n_sinks, n_sinks_down;
};

struct notifier_counts notifier_counts(const struct notifier *notifier);
