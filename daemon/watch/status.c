#include "watch/status.h"

#include "util/rfc3339.h"
#include "util/usec.h"

static void add_time(struct object *object, const char *key, int64_t usec)
{
        char time[RFC3339_SIZE];

        if (usec > 0 && rfc3339_format(usec, time))
                object_add_word(object, key, time);
}

/* A path or a message: any bytes. */
static void add_text(struct object *object, const char *key, const char *hex_key, const char *text)
{
        if (text && *text)
                object_add_bytes(object, key, hex_key, text_from(text));
}

/* What anybody may know. */
static void add_watch(const struct status *status, struct object *object)
{
        struct object kills;

        object_add_word(object, "schema", STATUS_SCHEMA);
        object_add_word(object, "version", OOMWATCH_VERSION);
        object_add_unsigned(object, "pid", (uint64_t)status->pid);
        add_time(object, "time", status->now_usec);
        add_time(object, "started", status->now_usec - status->uptime_usec);
        object_add_unsigned(object, "uptime_sec", (uint64_t)(status->uptime_usec / USEC_PER_SEC));
        object_add_bool(object, "healthy", !status->trouble);
        object_add_unsigned(object, "incidents", status->n_incidents);
        object_add_unsigned(object, "records_lost", status->log.n_lost);
        kills = object_begin_object(object, "kills");
        if (status->has_kernel_count) {
                object_add_unsigned(&kills, "counted", status->n_counted);
                object_add_unsigned(&kills, "explained", status->n_explained);
                object_add_unsigned(&kills, "missed", status->n_missed);
                add_time(&kills, "balanced", status->balanced_usec);
        }
        object_end(&kills);
        add_time(object, "watched_since", status->watched_since_usec);
}

static void add_sink(const struct notifier_sink *sink, struct object *sinks)
{
        struct object object = list_begin_object(sinks), error;

        object_add_word(&object, "kind", sink->kind);
        object_add_word(&object, "name", sink->name);
        object_add_word(&object, "state", sink->is_full ? "full" : sink->is_down ? "down" : "up");
        if (sink->is_spool) /* the courier delivers it */
                object_add_unsigned(&object, "spooled", sink->n_delivered);
        else
                object_add_unsigned(&object, "delivered", sink->n_delivered);
        object_add_unsigned(&object, "queued", sink->n_pending);
        object_add_unsigned(&object, "queued_bytes", sink->pending_bytes);
        object_add_unsigned(&object, "dropped", sink->n_dropped);
        object_add_unsigned(&object, "too_old", sink->n_too_old);
        error = object_begin_object(&object, "last_error");
        add_time(&error, "time", sink->last_error_usec);
        add_text(&error, "text", "text_hex", sink->last_error);
        object_end(&error);
        object_end(&object);
}

static void add_all(const struct status *status, struct object *object)
{
        struct object part;

        object_add_word(object, "trouble", status->trouble);
        part = object_begin_object(object, "log");
        add_text(&part, "path", "path_hex", status->log_path);
        object_add_unsigned(&part, "records", status->log.n_records);
        object_add_unsigned(&part, "refused", status->log.n_refused);
        object_add_unsigned(&part, "malformed", status->log.n_malformed);
        if (status->log.last_seq != UINT64_MAX)
                object_add_unsigned(&part, "last_seq", status->log.last_seq);
        object_end(&part);
        part = object_begin_object(object, "alerts");
        object_add_unsigned(&part, "made", status->notified.n_alerts);
        object_add_unsigned(&part, "waiting", status->notified.n_pending);
        object_add_unsigned(&part, "dropped", status->notified.n_dropped);
        object_end(&part);
        object_add_word(object, "priority", status->is_realtime ? "realtime" : "ordinary");
        object_add_bool(object, "memory_locked", status->is_memory_locked);
        object_add_bool(object, "state_locked", status->is_state_locked);
        part = object_begin_object(object, "cursor");
        add_text(&part, "path", "path_hex", status->cursor_path);
        if (status->cursor_seq != UINT64_MAX)
                object_add_unsigned(&part, "seq", status->cursor_seq);
        object_end(&part);
        part = object_begin_object(object, "spool");
        add_text(&part, "path", "path_hex", status->spool_path);
        object_end(&part);
        part = object_begin_list(object, "sinks");
        for (size_t i = 0; i < status->n_sinks; i++)
                add_sink(&status->sinks[i], &part);
        object_end(&part);
        part = object_begin_object(object, "control");
        object_add_unsigned(&part, "clients", status->n_clients);
        object_add_unsigned(&part, "slow", status->n_slow_clients);
        object_add_unsigned(&part, "refused", status->n_refused);
        object_end(&part);
}

void status_write(const struct status *status, bool sees_all, struct object *object)
{
        add_watch(status, object);
        if (sees_all)
                add_all(status, object);
}
