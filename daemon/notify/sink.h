/* daemon/notify/sink.h: what all sinks have in common: their operations, the count of pending alerts, limits, and log
 * messages with a rate limit.
 *
 * The notifier passes an alert to send(). The sink accepts it (sink_accept), has it pending, and settles it exactly once
 * (sink_settle). Everything declared here runs in the loop's thread. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/config.h"
#include "common/event.h"
#include "common/spool.h"
#include "notify/alert_queue.h"
#include "notify/rendered_alert.h"
#include "notify/writer.h"

/* What one sink may have pending in memory. Its alerts are shared with the other sinks. */
#define SINK_ALERTS_MAX 4096
#define SINK_BYTES_MAX  ((size_t)8 * 1024 * 1024) /* of JSON */

/* One sink logs at most so many messages in an interval; the others are counted, and the next message has the count. */
#define SINK_LOG_BURST        10
#define SINK_LOG_INTERVAL_SEC 60

/* Bytes of a sink's last error that are kept, with a terminator. */
#define SINK_ERROR_MAX 160

/* In the order in which an alert is passed to them: first where microseconds count. */
enum sink_kind { SINK_SOCKET, SINK_STDOUT, SINK_JOURNAL, SINK_SPOOL };

/* What all sinks of a notifier share; it outlives them. */
struct sink_context {
        struct event_base *base;
        char *spool_path;
        struct spool_limits spool_limits;
        TAILQ_HEAD(rendered_alert_list, rendered_alert) pending; /* not settled by every sink; the lowest seq first */
        unsigned n_pending; /* alerts in pending: one that is there in several variants counts once */
        uint64_t n_delivered, n_dropped, n_too_old; /* an alert counts once for each sink */
        unsigned n_left;                 /* alerts settled by every sink, by one of them as left; variants as above */
        uint64_t left_seq;               /* the lowest of the kernel log that a sink has left; UINT64_MAX: none */
        struct event *idle_event;        /* the notifier looks whether sinks have become idle (sink_wake_notifier) */
        bool is_idle_awaited;            /* by a drain, or because a retired sink is to be freed */
        void (*changed)(void *userdata); /* see notifier_on_change(); NULL: nobody asks */
        void *changed_userdata;
};

struct sink {
        const struct sink_ops *ops;
        struct sink_context *context;
        TAILQ_ENTRY(sink) link; /* the notifier's */
        enum sink_kind kind;
        enum config_cmdline cmdline;          /* how much of it the alerts have; set by the notifier */
        char name[CONFIG_NAME_MAX + 1];       /* in the configuration; "" where there is only one of the kind */
        char label[CONFIG_NAME_MAX + 1 + 16]; /* for messages: socket "local-agent" */
        unsigned n_pending;
        size_t pending_bytes; /* of JSON */
        bool is_down;
        bool is_full;       /* alerts are being dropped */
        bool is_removed;    /* by a reload: nobody wants what it can't write any more */
        uint64_t n_dropped; /* since it went down or became full, and not reported yet */
        int64_t log_interval_start_usec;
        uint64_t n_displaced;            /* dropped from the spool to make room, and not logged yet */
        int64_t displaced_logged_usec;   /* monotonic; 0: never */
        unsigned n_logged, n_suppressed; /* messages: in this interval, and since the last that was logged */

        /* Since the start, for people who ask. */
        uint64_t n_delivered, n_dropped_ever, n_too_old; /* a webhook's are delivered once they are spooled */
        int64_t last_error_usec;                         /* CLOCK_REALTIME; 0: never */
        char last_error[SINK_ERROR_MAX];                 /* the last warning or error; "": none */
};

TAILQ_HEAD(sink_list, sink);

/* What a sink does. The notifier calls these, none of them blocks. */
struct sink_ops {
        /* Accepts the alert, or counts it as dropped or too old. alert is borrowed: to keep it, sink_accept(). */
        void (*send)(struct sink *sink, struct rendered_alert *alert);
        /* Whether a reader that can wait should go on: many more alerts fit, or waiting would not change that. */
        bool (*has_capacity)(struct sink *sink);
        /* No alerts are expected any more: do now what was postponed. */
        void (*drain)(struct sink *sink);
        /* The sink will be freed when it is idle: try once to deliver or spool what is pending. No send() follows. */
        void (*retire)(struct sink *sink);
        /* Whether an operation is in flight or can begin, so that it makes sense to wait for it. */
        bool (*is_busy)(struct sink *sink);
        /* Settles what is still pending by sink_end_outcome(). Returns NULL. */
        struct sink *(*free)(struct sink *sink);
};

/* Fills in a new sink. name is copied; "" where there is only one of that kind. ops and context are kept. */
void sink_init(struct sink *sink, enum sink_kind kind, const char *name, const struct sink_ops *ops,
               struct sink_context *context);

/* socket, stdout, journal or webhook. */
const char *sink_kind_name(const struct sink *sink);

/* Whether the alert fits within the limits. */
bool sink_fits(const struct sink *sink, const struct rendered_alert *alert);

/* Accepts the alert: takes a reference, appends it to queue (NULL: the caller keeps it), and has it pending from now on. Returns
 * whether that was done; else the alert is counted as dropped, because it has no such form, or is past the limits, or out of memory. */
bool sink_accept(struct sink *sink, struct rendered_alert *alert, enum alert_form form, struct alert_queue *queue);

enum sink_outcome {
        SINK_DELIVERED,
        SINK_SPOOLED, /* safe on disk: the cursor may pass it, but it is not delivered yet */
        SINK_DROPPED, /* it will not get there; the cursor may pass it all the same */
        SINK_TOO_OLD, /* past max_age */
        SINK_LEFT,    /* the program ends before it could be delivered or spooled; the cursor stays before it */
};

/* What becomes of alerts that the sink has not written when it is freed: left, or dropped if a reload has removed it. */
enum sink_outcome sink_end_outcome(const struct sink *sink);

/* Ends the pending state of an alert that the sink had accepted, or of those that a digest stands for, and drops the reference. */
void sink_settle(struct sink *sink, struct rendered_alert *alert, enum sink_outcome outcome);

/* Settles all alerts of queue. */
void sink_settle_queue(struct sink *sink, struct alert_queue *queue, enum sink_outcome outcome);

/* An alert with that number, of which the sink gets nothing for lack of memory, is left: the cursor stays before it. */
void sink_leave(struct sink *sink, uint64_t seq);

/* Counts the outcome of an alert that is not pending: not accepted, or settled as spooled before. */
void sink_count_outcome(struct sink *sink, enum sink_outcome outcome);

/* Counts alerts that were settled as spooled, and dropped from the spool to make room for others. Logs the sum now and then. */
void sink_count_displaced(struct sink *sink, uint64_t n_alerts);

/* Logs "label: message", within the rate limit. */
void sink_log(struct sink *sink, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The limits are reached, and alerts are dropped. Logs it once, until half of the limits is free again. */
void sink_set_full(struct sink *sink);

/* The sink stopped working, or works again. Logs the message if that is a change. */
void sink_set_down(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sink_set_up(struct sink *sink, const char *message);

/* An operation of the sink has ended: a notifier that waits for idle sinks looks again in the loop's next turn. */
void sink_wake_notifier(struct sink *sink);

/* Whether half of the limits is free. */
bool sink_has_capacity(const struct sink *sink);

/* Each makes a sink that works at once, and is freed by its ops. writer and context are borrowed, config and name are
 * copied. Return 0 or -errno. */
int sink_socket_new(const struct config_socket *config, struct writer *writer, struct sink_context *context,
                    struct sink **ret_sink) __attribute__((warn_unused_result));
/* Takes over a changed path, type or max_age; a new path or type makes a new connection. */
void sink_socket_configure(struct sink *sink, const struct config_socket *config);

int sink_journal_new(struct writer *writer, struct sink_context *context, struct sink **ret_sink)
        __attribute__((warn_unused_result));

int sink_spool_new(const char *name, struct writer *writer, struct sink_context *context, struct sink **ret_sink)
        __attribute__((warn_unused_result));

/* is_json: a line of JSON per alert; else the text for people. */
int sink_stdout_new(bool is_json, struct writer *writer, struct sink_context *context, struct sink **ret_sink)
        __attribute__((warn_unused_result));
