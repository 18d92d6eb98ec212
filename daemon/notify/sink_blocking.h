/* daemon/notify/sink_blocking.h: what the journal, the spool and standard output have in common: alerts wait in a
 * bounded queue, and a writer's thread writes them in order, some at a time, with calls that may block.
 *
 * A failed alert is tried again, with growing pauses, for as long as its kind says that this may help: it stays under
 * way, and the cursor waits. That is bounded: past the limits of a sink (sink.h) the newest are given up. */

#pragma once

#include "notify/sink.h"

#define WRITTEN_BATCH        32
#define WRITTEN_RETRY_MS_MIN 1000
#define WRITTEN_RETRY_MS_MAX 30000

enum written_verdict {
        WRITTEN_RETRY,   /* later */
        WRITTEN_GIVE_UP, /* this alert; the next may fare better */
        WRITTEN_BROKEN,  /* for good: this alert and all others */
};

struct written_kind {
        enum sink_kind kind;
        const char *writes;                                       /* for messages: "alerts are not in the journal" */
        bool (*has_form)(const struct rendered *alert);           /* whether the form needed could be rendered */
        int (*write)(void *target, const struct rendered *alert); /* in the writer's thread. 0 or -errno */
        enum written_verdict (*verdict)(int error);               /* what to do after -errno */
        const char *(*reason)(int error);                         /* in words; NULL: as strerror() */
        void (*settled)(struct rendered *alert);                  /* may be NULL */
        void (*target_free)(void *target);                        /* may be NULL */
};

/* Takes over target, also when it fails; only the writer's thread touches it then. kind is kept. */
int sink_written_new(const struct written_kind *kind, const char *name, void *target, struct writer *writer,
                     struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
        __attribute__((warn_unused_result));

/* Whether it is broken for good. */
bool sink_written_is_broken(const struct sink *sink);
