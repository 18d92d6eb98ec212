/* daemon/notify/notifier.h: passes alerts to every sink: sockets, standard output, journal, spool.
 *
 * All functions are called in the loop's thread, and call back there. Sockets get an alert in the same turn of the loop;
 * journal, spool and standard output are written by a writer's thread each (writer.h). No sink waits for another. What a
 * sink could not write yet is pending, within limits (sink.h), and the cursor waits for it. What a sink drops is counted
 * and logged; the cursor doesn't wait for it, since the next start would only send it to all other sinks again. An alert
 * for which there is no memory goes out in its minimal form (alert_reserve.h), or is left, and logged, when those are in use. What is
 * left at the end, because a receiver, journald or the disk was away or stuck, is not behind the cursor. */

#pragma once

#include "alert/alert.h"
#include "common/config.h"
#include "common/event.h"

enum notifier_stdout { NOTIFIER_STDOUT_NONE, NOTIFIER_STDOUT_TEXT, NOTIFIER_STDOUT_JSON };

struct notifier;
struct writer;

/* Makes the sinks that config names. config is read, not kept; base is borrowed. Returns 0 or -errno. */
int notifier_new(struct event_base *base, const struct config *config, enum notifier_stdout out,
                 struct notifier **ret_notifier) __attribute__((warn_unused_result));

/* Ends all sinks: what no receiver has taken is spooled. Blocks until the writers have finished, at most NOTIFIER_END_MS.
 * notifier_acknowledged_seq() is final then, and notifier_n_left(); no notifier_send() may follow. */
void notifier_finish(struct notifier *notifier);

/* Finishes, and ends the writer threads. One that is still blocked is abandoned, and ends with the process. Both together
 * wait at most NOTIFIER_END_MS for what is blocked. Accepts NULL. Returns NULL. */
struct notifier *notifier_free(struct notifier *notifier);

#define NOTIFIER_END_MS 3000

/* Takes over a new configuration: sinks that did not change keep their connection and their queue; a socket that did
 * change keeps its queue. What a removed sink has pending is delivered or spooled. A changed spool path takes effect at
 * the next start. Returns 0, or -errno with the old sinks in place. */
int notifier_reload(struct notifier *notifier, const struct config *config) __attribute__((warn_unused_result));

/* changed is called when a sink goes down, comes back or fills up: what notifier_counts() says of them will be another. It must not call
 * the notifier. */
void notifier_on_change(struct notifier *notifier, void (*changed)(void *userdata), void *userdata);

/* Passes the alert to every sink. alert is borrowed for the call. Failures are logged and counted. */
void notifier_send(struct notifier *notifier, const struct alert *alert);

/* Whether some hundred alerts more fit. The reader of a file asks before it reads on, and so loses nothing. */
bool notifier_has_capacity(const struct notifier *notifier);

/* Whether alerts are still being written to standard output, because its reader is slow. */
bool notifier_stdout_is_busy(const struct notifier *notifier);

/* Whether a write to standard output has failed: nothing is printed any more. */
bool notifier_stdout_is_broken(const struct notifier *notifier);

/* The writer of what is on the disk, for others who write there; it is made if there is none. It is the notifier's. Returns 0 or
 * -errno. */
int notifier_disk_writer(struct notifier *notifier, struct writer **ret_writer) __attribute__((warn_unused_result));

/* The name of a writer that has work and has done none of it for long (writer_is_stuck()), at now_usec (CLOCK_MONOTONIC); NULL: none.
 * That of standard output is never one: its reader is a receiver, and may take its time. */
const char *notifier_stuck_writer(const struct notifier *notifier, int64_t now_usec);

/* The sequence number up to which every alert of the kernel log is delivered, spooled or dropped, by each sink;
 * UINT64_MAX when none is pending or left. 0 also when the alert of record 0 is. */
uint64_t notifier_acknowledged_seq(const struct notifier *notifier);

/* How many alerts at least one sink has neither delivered nor spooled nor dropped, and won't after notifier_finish(). */
unsigned notifier_n_left(const struct notifier *notifier);

/* No more alerts come, and nobody waits for a journald that is gone: what it refuses is left. */
void notifier_finish_journal(struct notifier *notifier);

/* Calls done once, from the loop, when no alert is pending and none is on its way from disk to a connected receiver, or
 * after timeout_ms (negative: never). Alerts for a receiver that is away are spooled. No alerts are expected any more. A
 * second call replaces the first. */
void notifier_drain(struct notifier *notifier, int timeout_ms, void (*done)(void *userdata), void *userdata);

struct notifier_counts {
        uint64_t n_alerts;    /* passed to notifier_send() */
        uint64_t n_minimal;   /* of these, for lack of memory without details, to one sink at least */
        uint64_t n_delivered; /* this and the next two count an alert once for each sink */
        uint64_t n_dropped;   /* queue full, no journald, message too large, or out of memory */
        uint64_t n_too_old;   /* past the sink's max_age */
        unsigned n_pending;   /* alerts that at least one sink still has to deliver or spool */
        unsigned n_sinks, n_sinks_down;
};

/* One sink, since the start. Texts are borrowed until the notifier's next call. */
struct notifier_sink {
        const char *kind, *name; /* name: "" where there is one of the kind only */
        bool is_spool;           /* what it delivers goes to the spool */
        bool is_down, is_full;
        unsigned n_pending;
        size_t pending_bytes;
        uint64_t n_delivered, n_dropped, n_too_old;
        const char *last_error; /* "": none */
        int64_t last_error_usec;
};

#define NOTIFIER_SINKS_MAX (CONFIG_SINKS_MAX + 2)

/* Fills in the sinks, up to NOTIFIER_SINKS_MAX of them. Returns how many. */
size_t notifier_sinks(const struct notifier *notifier, struct notifier_sink *ret_sinks);

struct notifier_counts notifier_counts(const struct notifier *notifier);
