/* daemon/notify/sink_blocking.h: the common part of the sinks whose writes may block: journal, spool, standard output.
 *
 * Alerts wait in a bounded queue, and a writer's thread writes a batch of them at a time, in order. A failed write is
 * repeated with growing pauses where the sink's ops say that this may help. Past the limits (sink.h) the newest are dropped. */

#pragma once

#include "notify/sink.h"

#define BLOCKING_BATCH_MAX    32
#define BLOCKING_RETRY_MS_MIN 1000
#define BLOCKING_RETRY_MS_MAX 30000

enum write_error_action {
        WRITE_ERROR_RETRY,       /* later */
        WRITE_ERROR_DROP_ALERT,  /* the next alert may be written */
        WRITE_ERROR_SINK_BROKEN, /* for good: drop this alert and all others, now and later */
};

/* write() and end_batch() run in the writer's thread, all others in the loop's. */
struct blocking_ops {
        enum sink_kind kind;
        const char *failure;                                            /* for messages: "alerts can't be spooled" */
        enum alert_form form;                                           /* that write() needs */
        int (*write)(void *target, const struct rendered_alert *alert); /* returns 0 or -errno */
        void (*end_batch)(void *target);                                /* after some calls of write(); may be NULL */
        enum write_error_action (*error_action)(int error);             /* error: what write() returned */
        const char *(*error_text)(int error);                           /* NULL, or returns NULL: as strerror() */
        void (*on_settled)(struct rendered_alert *alert);               /* may be NULL */
        uint64_t (*take_displaced)(
                void *target);             /* for sink_count_displaced(); may be NULL. Not called during write() */
        void (*target_free)(void *target); /* may be NULL */
};

/* Makes a sink of ops->kind. ops are kept, writer and context borrowed, name is copied. target, which write() gets, is taken
 * over, also on failure. Returns 0 or -ENOMEM. */
int sink_blocking_new(const struct blocking_ops *ops, const char *name, void *target, struct writer *writer,
                      struct sink_context *context, struct sink **ret_sink) __attribute__((warn_unused_result));

/* Whether a write has failed with WRITE_ERROR_SINK_BROKEN. */
bool sink_blocking_is_broken(struct sink *sink);
