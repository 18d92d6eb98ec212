/* daemon/notify/notifier.h: takes alerts to every sink: journal, sockets, spool, standard output.
 *
 * Belongs to the loop's thread. An alert is rendered once; sockets and standard output get it in the same turn of the
 * loop, never blocking; journal and spool get it from the writer thread, which may block (writer.h). No sink waits for
 * another. What a sink could not take yet is counted, bounded, and said. */

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

/* Ends the writer thread after what is queued; what no receiver has taken is spooled. Accepts NULL. Returns NULL. */
struct notifier *notifier_free(struct notifier *notifier);

/* Takes over a new configuration: sinks that did not change keep their connection and their queue. Returns 0, or
 * -errno with the old sinks in place. */
int notifier_reload(struct notifier *notifier, const struct config *config) __attribute__((warn_unused_result));

/* Hands the alert to every sink. alert is borrowed for the call. */
void notifier_send(struct notifier *notifier, const struct alert *alert);

/* The highest seq so that every alert of the kernel log with a seq up to it is acknowledged by every local sink and spooled for every
 * webhook; UINT64_MAX when nothing is under way. */
uint64_t notifier_acknowledged_seq(const struct notifier *notifier);

/* Calls done (once, from the loop) when nothing is under way any more, or after timeout_ms, whichever is first. */
void notifier_drain(struct notifier *notifier, int timeout_ms, void (*done)(void *userdata), void *userdata);

struct notifier_counts {
        uint64_t alerts;      /* handed in */
        uint64_t delivered;   /* to a sink */
        uint64_t failed;      /* given up for a sink: queue and spool full, disk error, journal absent */
        unsigned waiting;     /* under way */
        unsigned sinks, sinks_down;
};

struct notifier_counts notifier_counts(const struct notifier *notifier);
