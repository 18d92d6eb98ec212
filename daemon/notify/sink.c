#include "notify/sink.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "host/clock.h"

static const char *const kind_names[] = {
        [SINK_SOCKET] = "socket",
        [SINK_STDOUT] = "standard output",
        [SINK_JOURNAL] = "journal",
        [SINK_SPOOL] = "webhook",
};

const char *sink_kind_name(const struct sink *sink)
{
        return sink->kind == SINK_STDOUT ? "stdout" : kind_names[sink->kind];
}

void sink_init(struct sink *sink, enum sink_kind kind, const char *name, const struct sink_ops *ops,
               struct sink_context *context)
{
        *sink = (struct sink){ .ops = ops, .context = context, .kind = kind };
        (void)snprintf(sink->name, sizeof(sink->name), "%s", name); /* CONFIG_NAME_MAX: it fits */
        if (*name)
                (void)snprintf(sink->label, sizeof(sink->label), "%s \"%s\"", kind_names[kind], sink->name);
        else
                (void)snprintf(sink->label, sizeof(sink->label), "%s", kind_names[kind]);
}

/* Whether another variant of the alert, with more or less of the command line, is pending. They are beside each other. */
static bool has_pending_variant(const struct rendered_alert *alert)
{
        const struct rendered_alert *before = TAILQ_PREV(alert, rendered_alert_list, link);
        const struct rendered_alert *after = TAILQ_NEXT(alert, link);

        return (before && strcmp(before->id, alert->id) == 0) || (after && strcmp(after->id, alert->id) == 0);
}

/* Inserts by seq. Alerts nearly always come in that order, so the search begins at the end. */
static void insert_pending(struct sink_context *context, struct rendered_alert *alert)
{
        struct rendered_alert *before = TAILQ_LAST(&context->pending, rendered_alert_list);

        while (before && before->seq > alert->seq)
                before = TAILQ_PREV(before, rendered_alert_list, link);
        if (before)
                TAILQ_INSERT_AFTER(&context->pending, before, alert, link);
        else
                TAILQ_INSERT_HEAD(&context->pending, alert, link);
        context->n_pending += !has_pending_variant(alert);
}

static size_t json_bytes(const struct rendered_alert *alert)
{
        return alert->json ? alert->json_length : 0;
}

bool sink_fits(const struct sink *sink, const struct rendered_alert *alert)
{
        size_t bytes = json_bytes(alert);

        return sink->n_pending < SINK_ALERTS_MAX && bytes <= SINK_BYTES_MAX &&
               sink->pending_bytes <= SINK_BYTES_MAX - bytes;
}

bool sink_accept(struct sink *sink, struct rendered_alert *alert, enum alert_form form, struct alert_queue *queue)
{
        bool has_form = rendered_alert_has(alert, form);

        if (has_form && !sink_fits(sink, alert)) {
                sink_set_full(sink);
                sink_count_outcome(sink, SINK_DROPPED);
                return false;
        }
        if (!has_form || (queue && alert_queue_push(queue, alert) < 0)) {
                sink_log(sink, LOG_ERR, "alert dropped: out of memory");
                sink_count_outcome(sink, SINK_DROPPED);
                return false;
        }
        (void)rendered_alert_ref(alert);
        sink->n_pending++;
        sink->pending_bytes += json_bytes(alert);
        if (alert->n_pending++ == 0)
                insert_pending(sink->context, alert);
        return true;
}

void sink_count_outcome(struct sink *sink, enum sink_outcome outcome)
{
        /* What is spooled is counted when its final outcome is known. */
        sink->context->n_delivered += outcome == SINK_DELIVERED;
        sink->context->n_dropped += outcome == SINK_DROPPED;
        sink->n_dropped += outcome == SINK_DROPPED;
        sink->context->n_too_old += outcome == SINK_TOO_OLD;
        sink->n_delivered += outcome == SINK_DELIVERED;
        sink->n_dropped_ever += outcome == SINK_DROPPED;
        sink->n_too_old += outcome == SINK_TOO_OLD;
}

enum sink_outcome sink_end_outcome(const struct sink *sink)
{
        return sink->is_removed ? SINK_DROPPED : SINK_LEFT;
}

/* The last of the alert's variants that is settled has it counted. */
static void set_left(struct sink_context *context, struct rendered_alert *alert)
{
        struct rendered_alert *other;

        for (other = alert; other && strcmp(other->id, alert->id) == 0; other = TAILQ_NEXT(other, link))
                other->is_left = true;
        for (other = alert; other && strcmp(other->id, alert->id) == 0;
             other = TAILQ_PREV(other, rendered_alert_list, link))
                other->is_left = true;
        if (alert->seq < context->left_seq)
                context->left_seq = alert->seq;
}

/* The digest itself was never pending: only one sink knows it. */
static void settle_members(struct sink *sink, struct rendered_alert *digest, enum sink_outcome outcome)
{
        for (size_t i = 0; i < digest->n_members; i++)
                sink_settle(sink, digest->members[i], outcome); /* they have no members themselves */
        free(digest->members);
        digest->members = NULL;
        digest->n_members = 0;
        (void)rendered_alert_unref(digest);
}

void sink_leave(struct sink *sink, uint64_t seq)
{
        if (seq < sink->context->left_seq)
                sink->context->left_seq = seq;
}

void sink_settle(struct sink *sink, struct rendered_alert *alert, enum sink_outcome outcome)
{
        if (alert->members) {
                settle_members(sink, alert, outcome);
                return;
        }
        assert(sink->n_pending > 0 && alert->n_pending > 0);
        sink->n_pending--;
        sink->pending_bytes -= json_bytes(alert);
        sink_count_outcome(sink, outcome);
        if (outcome == SINK_LEFT)
                set_left(sink->context, alert);
        if (--alert->n_pending == 0) {
                if (!has_pending_variant(alert)) {
                        sink->context->n_pending--;
                        sink->context->n_left += alert->is_left;
                }
                TAILQ_REMOVE(&sink->context->pending, alert, link);
                sink_wake_notifier(sink);
        }
        (void)rendered_alert_unref(alert);
        if (sink->is_full && sink_has_capacity(sink)) {
                sink->is_full = false;
                sink_log(sink, LOG_NOTICE, "has capacity again; %llu alerts dropped: the queue was full",
                         (unsigned long long)sink->n_dropped);
                sink->n_dropped = 0;
        }
}

void sink_settle_queue(struct sink *sink, struct alert_queue *queue, enum sink_outcome outcome)
{
        struct rendered_alert *alert;

        while ((alert = alert_queue_pop(queue)))
                sink_settle(sink, alert, outcome);
}

static void report_change(const struct sink *sink)
{
        if (sink->context->changed)
                sink->context->changed(sink->context->changed_userdata);
}

void sink_set_full(struct sink *sink)
{
        if (sink->is_full)
                return;
        report_change(sink);
        if (!sink->is_down)
                sink->n_dropped = 0;
        sink->is_full = true;
        sink_log(sink, LOG_ERR, "the queue is full (%u alerts, %zu bytes): alerts are dropped", sink->n_pending,
                 sink->pending_bytes);
}

void sink_wake_notifier(struct sink *sink)
{
        if (sink->context->is_idle_awaited)
                event_active(sink->context->idle_event, EV_TIMEOUT, 0);
}

bool sink_has_capacity(const struct sink *sink)
{
        return sink->n_pending < SINK_ALERTS_MAX / 2 && sink->pending_bytes < SINK_BYTES_MAX / 2;
}

static void __attribute__((format(printf, 3, 0)))
vlog(struct sink *sink, int priority, const char *format, va_list arguments)
{
        char message[512];
        int64_t now_usec = clock_monotonic_usec();

        if (vsnprintf(message, sizeof(message), format, arguments) < 0)
                message[0] = '\0'; /* can't be: the formats are ours */
        if (priority <= LOG_WARNING) {
                sink->last_error_usec = clock_realtime_usec();
                (void)snprintf(sink->last_error, sizeof(sink->last_error), "%.*s", SINK_ERROR_MAX - 1, message);
        }
        if (sink->n_logged == 0 || now_usec - sink->log_interval_start_usec >= SINK_LOG_INTERVAL_SEC * USEC_PER_SEC) {
                sink->log_interval_start_usec = now_usec;
                sink->n_logged = 0;
        }
        if (sink->n_logged >= SINK_LOG_BURST) {
                sink->n_suppressed++;
                return;
        }
        sink->n_logged++;
        if (sink->n_suppressed > 0)
                log_at(priority, "%s: %s (%u more suppressed before)", sink->label, message, sink->n_suppressed);
        else
                log_at(priority, "%s: %s", sink->label, message);
        sink->n_suppressed = 0;
}

void sink_log(struct sink *sink, int priority, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vlog(sink, priority, format, arguments);
        va_end(arguments);
}

void sink_count_displaced(struct sink *sink, uint64_t n_alerts)
{
        int64_t now_usec = clock_monotonic_usec();

        if (n_alerts == 0)
                return;
        sink->context->n_dropped += n_alerts;
        sink->n_dropped_ever += n_alerts;
        sink->n_displaced += n_alerts;
        if (sink->displaced_logged_usec &&
            now_usec - sink->displaced_logged_usec < SINK_LOG_INTERVAL_SEC * USEC_PER_SEC)
                return;
        sink_log(sink, LOG_ERR, "%llu alerts dropped, the oldest first: its spool is full (max_files, max_size)",
                 (unsigned long long)sink->n_displaced);
        sink->displaced_logged_usec = now_usec;
        sink->n_displaced = 0;
}

void sink_set_down(struct sink *sink, const char *format, ...)
{
        va_list arguments;

        if (sink->is_down)
                return;
        report_change(sink);
        if (!sink->is_full)
                sink->n_dropped = 0;
        sink->is_down = true;
        va_start(arguments, format);
        vlog(sink, LOG_WARNING, format, arguments);
        va_end(arguments);
}

void sink_set_up(struct sink *sink, const char *message)
{
        if (!sink->is_down)
                return;
        report_change(sink);
        sink->is_down = false;
        if (sink->is_full ||
            sink->n_dropped == 0) { /* what a full queue drops is reported when it has capacity again */
                sink_log(sink, LOG_NOTICE, "%s", message);
                return;
        }
        sink_log(sink, LOG_NOTICE, "%s; %llu alerts dropped meanwhile", message, (unsigned long long)sink->n_dropped);
        sink->n_dropped = 0;
}
