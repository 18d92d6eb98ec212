/* daemon/notify/sink_socket.c: alerts to a receiver that listens on a Unix socket.
 *
 * An alert is sent in the same turn of the loop. What the receiver can't take waits in memory; past SOCKET_SPOOL_AT,
 * and when the receiver is away for SOCKET_AWAY_USEC, the oldest alerts go to disk (backlog.h). The disk is emptied first:
 * everything on it is older than everything in memory, so the order is kept:
 *
 *         disk (oldest) -> current (being sent) ... memory (newest)
 *
 * An alert is delivered when the kernel has taken the whole of it. When the receiver goes in the middle of an alert, the
 * next receiver gets the whole of it. All code here runs in the loop's thread; the backlog uses a writer. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "alert/age.h"
#include "common/log.h"
#include "common/spool.h"
#include "host/clock.h"
#include "notify/backlog.h"
#include "notify/connection.h"
#include "notify/digester.h"
#include "notify/sink.h"

#define SOCKET_SPOOL_AT         256           /* alerts in memory */
#define SOCKET_SPOOL_AT_BYTES   (1024 * 1024) /* of JSON */
#define SOCKET_AWAY_USEC        (10 * USEC_PER_SEC)
#define SOCKET_SPOOL_RETRY_USEC USEC_PER_SEC

struct socket_sink {
        struct sink sink;
        char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* for messages */
        enum config_socket_type type;
        int64_t max_age_sec;
        struct connection *connection;

        struct alert_queue queue;       /* in memory */
        struct rendered_alert *current; /* being sent; NULL: none */
        size_t sent_bytes;              /* of current */
        bool is_current_spooled; /* it is on disk too, and settled as spooled; removed from disk when delivered */
        bool is_current_writing; /* it is being written to disk */

        struct digester *digester; /* holds what waits for a digest */
        struct backlog *backlog;
        bool may_have_backlog;    /* there may be alerts on disk */
        bool is_spool_failing;    /* and that was logged */
        int64_t spool_after_usec; /* monotonic: no writes to disk before that */
        bool is_draining, is_retiring;
};

static void advance(struct socket_sink *s);

static struct socket_sink *socket_from(struct sink *sink)
{
        return (struct socket_sink *)sink; /* its first member */
}

static bool is_too_old(const struct socket_sink *s, const struct rendered_alert *alert)
{
        int64_t age_usec =
                alert_age_usec(alert->boottime_usec, clock_boottime_usec(), alert->time_usec, clock_realtime_usec());

        return s->max_age_sec > 0 && age_usec != ALERT_AGE_UNKNOWN && age_usec > s->max_age_sec * USEC_PER_SEC;
}

/* --- connection --------------------------------------------------------------------------------------------------- */

static void on_opened(void *userdata)
{
        struct socket_sink *s = userdata;

        s->may_have_backlog = true; /* an earlier load may have failed */
        sink_set_up(&s->sink, "connected");
}

static void on_closed(const char *why, void *userdata)
{
        struct socket_sink *s = userdata;

        s->sent_bytes = 0; /* the next receiver gets the whole alert */
        sink_set_down(&s->sink, "%s: %s; alerts wait", s->path, why);
}

static void on_proceed(void *userdata)
{
        advance(userdata);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

/* The current alert has got its outcome. */
static void finish_current(struct socket_sink *s, enum sink_outcome outcome)
{
        struct rendered_alert *alert = s->current;

        s->current = NULL;
        s->sent_bytes = 0;
        if (s->is_current_spooled) {
                backlog_set_delivered(s->backlog, alert->id);
                sink_count_outcome(&s->sink, outcome);
                (void)rendered_alert_unref(alert);
        } else {
                sink_settle(&s->sink, alert, outcome);
        }
        s->is_current_spooled = false;
}

/* Sends the rest of the current alert. Returns 0 when all of it was sent, else the error of connection_send(). */
static int send_current(struct socket_sink *s)
{
        bool is_stream = s->type == CONFIG_SOCKET_STREAM;
        size_t length = s->current->json_length + (is_stream ? 1 : 0); /* a message needs no newline */

        while (s->sent_bytes < length) {
                ssize_t n = connection_send(s->connection, s->current->json + s->sent_bytes, length - s->sent_bytes);

                if (n < 0)
                        return (int)n;
                s->sent_bytes += (size_t)n;
        }
        return 0;
}

/* Makes sure that there is a current alert where any can be sent. Returns whether there is one. */
static bool find_current(struct socket_sink *s)
{
        while (!s->current || is_too_old(s, s->current)) {
                if (s->current && s->sent_bytes > 0)
                        return true; /* its first part was sent: the receiver needs the rest */
                if (s->current)
                        finish_current(s, SINK_TOO_OLD);
                if (s->may_have_backlog)
                        return false; /* the alerts on disk come first */
                s->current = alert_queue_pop(&s->queue);
                if (!s->current)
                        return false;
        }
        return true;
}

static void send_all(struct socket_sink *s)
{
        /* While the current alert is being written to disk it is not sent: it might be on disk then, and not be removed. */
        while (connection_is_open(s->connection) && !s->is_current_writing && find_current(s)) {
                int r = send_current(s);

                if (r == 0) {
                        finish_current(s, SINK_DELIVERED);
                } else if (r == -EMSGSIZE) {
                        sink_log(&s->sink, LOG_ERR, "alert dropped: %zu bytes are too large for a message",
                                 s->current->json_length);
                        finish_current(s, SINK_DROPPED);
                } else {
                        return; /* on_proceed() continues */
                }
                if (backlog_has_delivered(s->backlog))
                        return; /* the next one comes from disk */
        }
}

/* --- the disk ----------------------------------------------------------------------------------------------------- */

static bool is_away_for_long(const struct socket_sink *s)
{
        return !connection_is_open(s->connection) &&
               (s->is_draining || connection_closed_usec(s->connection) >= SOCKET_AWAY_USEC);
}

static bool has_unspooled(const struct socket_sink *s)
{
        return s->queue.n_alerts > 0 || (s->current && !s->is_current_spooled);
}

static bool should_spool(const struct socket_sink *s)
{
        if (clock_monotonic_usec() < s->spool_after_usec)
                return false;
        if (s->is_retiring || is_away_for_long(s))
                return has_unspooled(s);
        return s->queue.n_alerts > SOCKET_SPOOL_AT ||
               (s->sink.pending_bytes > SOCKET_SPOOL_AT_BYTES && s->queue.n_alerts > 0);
}

/* Submits the oldest alerts to be written to disk. The current one comes first, as the oldest, unless it is there. */
static void spool_some(struct socket_sink *s)
{
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts = 0;

        if (s->current && !s->is_current_spooled && s->current->json_length <= SPOOL_ALERT_MAX) {
                alerts[n_alerts++] = s->current;
                s->is_current_writing = true;
        }
        while (n_alerts < BACKLOG_BATCH_MAX && s->queue.n_alerts > 0) {
                struct rendered_alert *alert = alert_queue_pop(&s->queue);

                if (is_too_old(s, alert)) {
                        sink_settle(&s->sink, alert, SINK_TOO_OLD);
                } else if (alert->json_length > SPOOL_ALERT_MAX) {
                        sink_log(&s->sink, LOG_ERR, "alert dropped: %zu bytes are too large for the spool",
                                 alert->json_length);
                        sink_settle(&s->sink, alert, SINK_DROPPED);
                } else {
                        alerts[n_alerts++] = alert;
                }
        }
        if (n_alerts == 0)
                return;
        s->may_have_backlog = true; /* from now on these come before those in memory */
        backlog_write(s->backlog, alerts, n_alerts);
}

/* Submits the operation that is due, unless one is in flight. */
static void submit_due(struct socket_sink *s)
{
        if (backlog_is_busy(s->backlog))
                return;
        if (should_spool(s))
                spool_some(s);
        else if (connection_is_open(s->connection) && s->may_have_backlog && !s->current)
                backlog_load(s->backlog);
        else if (backlog_has_delivered(s->backlog))
                backlog_remove(s->backlog);
}

static void advance(struct socket_sink *s)
{
        if (has_unspooled(s)) /* an attempt costs microseconds: an alert need not wait for the end of a pause */
                connection_try_now(s->connection);
        send_all(s);
        submit_due(s);
        sink_wake_notifier(&s->sink);
}

static void on_spool_error(struct socket_sink *s, int error)
{
        if (!s->is_spool_failing)
                sink_log(&s->sink, LOG_WARNING, "its spool directory fails: %s; undelivered alerts are in memory only",
                         strerror(-error));
        s->is_spool_failing = true;
}

static void on_written(struct rendered_alert *alerts[], unsigned n_alerts, unsigned n_written, int error,
                       void *userdata)
{
        struct socket_sink *s = userdata;

        if (s->is_current_writing) {
                s->is_current_writing = false;
                if (n_written > 0) {
                        s->is_current_spooled = true;
                        (void)rendered_alert_ref(s->current); /* for sending: settling drops the other reference */
                }
        }
        for (unsigned i = 0; i < n_written; i++)
                sink_settle(&s->sink, alerts[i], SINK_SPOOLED);
        if (!backlog_is_busy(s->backlog))
                sink_count_displaced(&s->sink, backlog_take_displaced(s->backlog));
        for (unsigned i = n_alerts; i-- > n_written;) {
                if (alerts[i] == s->current)
                        continue;
                if (alert_queue_push_front(&s->queue, alerts[i]) < 0)
                        sink_settle(&s->sink, alerts[i], SINK_DROPPED);
        }
        if (error < 0) {
                on_spool_error(s, error);
                s->spool_after_usec = clock_monotonic_usec() + SOCKET_SPOOL_RETRY_USEC;
        } else if (n_written > 0) {
                s->is_spool_failing = false;
        }
        advance(s);
}

static void on_loaded(struct rendered_alert *alert, unsigned n_rejected, int error, void *userdata)
{
        struct socket_sink *s = userdata;

        if (n_rejected > 0)
                sink_log(&s->sink, LOG_ERR, "%u alerts rejected: their files hold no alert", n_rejected);
        if (error < 0)
                on_spool_error(s, error);
        s->current = alert;
        s->is_current_spooled = alert != NULL;
        s->sent_bytes = 0;
        s->may_have_backlog = alert != NULL;
        advance(s);
}

/* --- the sink ----------------------------------------------------------------------------------------------------- */

/* Drops the oldest alerts in memory, which the receiver wants least, until alert fits, if that can help. */
static void drop_oldest_for(struct socket_sink *s, const struct rendered_alert *alert)
{
        struct rendered_alert *oldest;

        while (alert->json_length <= SINK_BYTES_MAX && !sink_fits(&s->sink, alert) &&
               (oldest = alert_queue_pop(&s->queue))) {
                sink_set_full(&s->sink);
                sink_settle(&s->sink, oldest, SINK_DROPPED);
        }
}

/* An alert, or a digest in place of several, waits no longer for others. */
static void on_ready(struct rendered_alert *alert, void *userdata)
{
        struct socket_sink *s = userdata;

        if (alert_queue_push(&s->queue, alert) < 0)
                sink_settle(&s->sink, alert, SINK_DROPPED);
        advance(s);
}

static void socket_send(struct sink *sink, struct rendered_alert *alert)
{
        struct socket_sink *s = socket_from(sink);

        if (is_too_old(s, alert)) {
                sink_count_outcome(sink, SINK_TOO_OLD);
                return;
        }
        drop_oldest_for(s, alert);
        if (digester_hold(s->digester, alert))
                return;
        if (sink_accept(sink, alert, ALERT_FORM_JSON, &s->queue))
                advance(s);
}

static bool socket_has_capacity(struct sink *sink)
{
        return !connection_is_open(socket_from(sink)->connection) || sink_has_capacity(sink);
}

static void socket_drain(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->is_draining = true;
        s->spool_after_usec = 0;
        digester_set_window(s->digester, 0);
        connection_try_now(s->connection); /* if it fails, the alerts go to disk */
        advance(s);
}

static void socket_retire(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->is_retiring = true;
        s->spool_after_usec = 0;
        digester_set_window(s->digester, 0);
        connection_stop(s->connection);
        s->sent_bytes = 0;
        advance(s);
}

static bool socket_is_busy(struct sink *sink)
{
        const struct socket_sink *s = socket_from(sink);

        return backlog_is_busy(s->backlog) ||
               (connection_is_open(s->connection) && (s->current || s->queue.n_alerts > 0 || s->may_have_backlog));
}

static struct sink *socket_free(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->is_retiring = true;
        s->spool_after_usec = INT64_MAX; /* no more operations */
        if (s->connection)
                connection_stop(s->connection);
        s->backlog = backlog_free(s->backlog);
        if (sink->n_pending > 0)
                sink_log(sink, LOG_ERR, "%u alerts %s: neither the receiver nor the spool has them", sink->n_pending,
                         sink->is_removed ? "dropped" : "left at the end");
        s->digester = digester_free(s->digester);
        if (s->current && s->is_current_spooled)
                s->current = rendered_alert_unref(s->current);
        else if (s->current)
                finish_current(s, sink_end_outcome(sink));
        sink_settle_queue(sink, &s->queue, sink_end_outcome(sink));
        alert_queue_done(&s->queue);
        s->connection = connection_free(s->connection);
        free(s);
        return NULL;
}

void sink_socket_configure(struct sink *sink, const struct config_socket *config)
{
        struct socket_sink *s = socket_from(sink);

        (void)snprintf(s->path, sizeof(s->path), "%s", config->path); /* the configuration has checked that it fits */
        s->type = config->type;
        s->max_age_sec = config->max_age_sec;
        digester_set_window(s->digester, config->coalesce_sec);
        if (!connection_start(s->connection, config->path, config->type))
                return;
        s->sent_bytes = 0;
        advance(s);
}

int sink_socket_new(const struct config_socket *config, struct writer *writer, struct sink_context *context,
                    struct sink **ret_sink)
{
        static const struct sink_ops ops = {
                .send = socket_send,
                .has_capacity = socket_has_capacity,
                .drain = socket_drain,
                .retire = socket_retire,
                .is_busy = socket_is_busy,
                .free = socket_free,
        };
        static const struct backlog_handler backlog_handler = { .written = on_written, .loaded = on_loaded };
        static const struct connection_handler connection_handler = {
                .opened = on_opened,
                .closed = on_closed,
                .proceed = on_proceed,
        };
        struct socket_sink *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        sink_init(&s->sink, SINK_SOCKET, config->name, &ops, context);
        s->may_have_backlog = true;
        r = alert_queue_reserve(&s->queue, SINK_ALERTS_MAX);
        if (r == 0)
                r = backlog_new(context->spool_path, &context->spool_limits, config->name, writer, &backlog_handler, s,
                                &s->backlog);
        if (r == 0)
                r = digester_new(context->base, &s->sink, on_ready, s, &s->digester);
        if (r == 0)
                r = connection_new(context->base, &connection_handler, s, &s->connection);
        if (r < 0) {
                (void)socket_free(&s->sink);
                return r;
        }
        sink_socket_configure(&s->sink, config);
        *ret_sink = &s->sink;
        return 0;
}
