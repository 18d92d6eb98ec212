/* daemon/notify/sink.h: what the notifier knows of a sink, and what every sink does alike: the account of alerts under
 * way, limits, and what is said when something is wrong.
 *
 * A sink takes an alert (sink_take), has it under way, and settles it exactly once (sink_settle): delivered, spooled,
 * given up, or too old. Everything here belongs to the loop's thread. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "common/config.h"
#include "notify/rendered_alert.h"
#include "notify/writer.h"

/* What one sink may have under way in memory. Its alerts are shared with the other sinks. */
#define SINK_ALERTS_MAX 4096
#define SINK_BYTES_MAX  ((size_t)8 * 1024 * 1024) /* of JSON */

/* What one sink may say in that time; the rest is counted, and the count is said with the next. */
#define SINK_TELL_MAX 10
#define SINK_TELL_SEC 60

/* In the order in which an alert is handed to them: first where microseconds count. */
enum sink_kind { SINK_SOCKET, SINK_STDOUT, SINK_JOURNAL, SINK_SPOOL };

/* The account of all sinks. */
struct sink_ledger {
        TAILQ_HEAD(rendered_list, rendered) under_way; /* by seq, the lowest first */
        unsigned waiting;                              /* length of under_way */
        uint64_t delivered, failed, too_old;           /* per sink and alert */
        struct event *rest;                            /* made active whenever a sink may have come to rest */
        bool awaited;                                  /* somebody waits for that */
};

struct sink {
        const struct sink_ops *ops;
        struct sink_ledger *ledger;
        TAILQ_ENTRY(sink) link; /* the notifier's */
        enum sink_kind kind;
        char name[CONFIG_NAME_MAX + 1];       /* in the configuration; "" where there is only one */
        char label[CONFIG_NAME_MAX + 1 + 16]; /* for messages: socket "local-agent" */
        unsigned count;                       /* under way here */
        size_t bytes;                         /* of JSON of those */
        bool down;
        bool full;         /* alerts are being refused */
        uint64_t given_up; /* since it was last down or full */
        int64_t tell_since_usec;
        unsigned told, untold;
};

TAILQ_HEAD(sink_list, sink);

struct sink_ops {
        /* Takes the alert, or counts it as given up. Never blocks. */
        void (*send)(struct sink *sink, struct rendered *alert);
        /* Whether it could take many more alerts, or waiting for that would not help: for a reader that can wait. */
        bool (*has_room)(const struct sink *sink);
        /* No alerts are expected any more: do now what was put off. */
        void (*drain)(struct sink *sink);
        /* The sink is to go: deliver or spool what is under way, without patience. No send() follows. */
        void (*retire)(struct sink *sink);
        /* Whether something is still moving, that is: whether to wait for it makes sense. */
        bool (*busy)(const struct sink *sink);
        /* Gives up what is under way still, and frees it. Returns NULL. */
        struct sink *(*free)(struct sink *sink);
};

/* Fills in a new sink. name: "" where there is only one of that kind. */
void sink_init(struct sink *sink, enum sink_kind kind, const char *name, const struct sink_ops *ops,
               struct sink_ledger *ledger);

/* The sink has the alert under way: a reference, and a part in the account. -ENOBUFS: it would be past the limits. */
int sink_take(struct sink *sink, struct rendered *alert) __attribute__((warn_unused_result));

enum sink_outcome {
        SINK_DELIVERED,
        SINK_SPOOLED, /* safe on disk: acknowledged, but not delivered yet */
        SINK_FAILED,  /* given up: counted, and no longer in the way of the cursor */
        SINK_TOO_OLD, /* nobody wants it */
};

/* The sink is done with an alert that it had taken, and drops its reference. */
void sink_settle(struct sink *sink, struct rendered *alert, enum sink_outcome outcome);

/* Counts an alert that the sink did not take, or had settled as spooled before. */
void sink_count(struct sink *sink, enum sink_outcome outcome);

/* Logs "label: message", unless the sink has said too much of late. */
void sink_tell(struct sink *sink, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The sink can't take any more, and gives alerts up: says so, once until there is room again. */
void sink_tell_full(struct sink *sink);

/* The sink's state changes: says so, once. The message is for going down. */
void sink_set_down(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sink_set_up(struct sink *sink, const char *message);

/* Something came to an end that the notifier may be waiting for. */
void sink_rested(struct sink *sink);

/* Half of the limits is free. */
bool sink_is_roomy(const struct sink *sink);

/* The sinks. spool_path is copied, the writer is borrowed, and they start at once. Return 0 or -errno. */
int sink_socket_new(const struct config_socket *config, const char *spool_path, struct writer *writer,
                    struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
        __attribute__((warn_unused_result));
/* Takes over a changed path, type or age, with a new connection; does nothing when none of them changed. */
void sink_socket_configure(struct sink *sink, const struct config_socket *config);

int sink_journal_new(struct writer *writer, struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
        __attribute__((warn_unused_result));

int sink_spool_new(const char *name, const char *spool_path, struct writer *writer, struct sink_ledger *ledger,
                   struct event_base *base, struct sink **ret_sink) __attribute__((warn_unused_result));

/* json: a line of JSON per alert; else the text for people. */
int sink_stdout_new(bool json, struct writer *writer, struct sink_ledger *ledger, struct event_base *base,
                    struct sink **ret_sink) __attribute__((warn_unused_result));
