/* daemon/notify/sink_socket.c: alerts to a receiver that listens on a Unix socket.
 *
 * An alert is sent in the same turn of the loop. What the receiver can't take waits in memory; past SOCKET_SPOOL_AT,
 * and when the receiver is away for SOCKET_AWAY_USEC, the oldest alerts go to disk (backlog.h).
 *
 *         disk -> loaded -> in flight -> read: delivered
 *          ^  queue (new) ---^   |
 *          +-----+---------------+  what the receiver doesn't read, or can't
 *
 * An alert is delivered when the receiver has read the whole of it, as far as the kernel shows that (in_flight.h); until then it
 * holds the cursor, or is on disk. When the receiver goes, the next one gets what this one has not read, first and in order.
 * After that come, by `order`: fresh-first, the new alerts, then those on disk; strict, those on disk, all of which are older than
 * the queue. All code here runs in the loop's thread; the backlog uses a writer. */

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
#include "notify/in_flight.h"
#include "notify/sink.h"

#define SOCKET_SPOOL_AT         256           /* alerts in memory */
#define SOCKET_SPOOL_AT_BYTES   (1024 * 1024) /* of JSON */
#define SOCKET_AWAY_USEC        (10 * USEC_PER_SEC)
#define SOCKET_SPOOL_RETRY_USEC USEC_PER_SEC
/* Alerts from disk come next as long as fewer than so many are in flight: a new alert that goes before those on disk goes after these. */
#define SOCKET_OLD_IN_FLIGHT 32

struct socket_sink {
        struct sink sink;
        char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* for messages */
        enum config_socket_type type;
        int64_t max_age_sec;
        struct connection *connection;

        bool is_strict; /* as to the order */

        struct alert_queue queue;  /* not sent, not on disk */
        struct alert_queue loaded; /* from disk, settled as spooled; removed from disk when delivered. Not sent */
        struct in_flight in_flight;

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

/* The alert, which was taken out of its queue, has got its outcome. */
static void finish(struct socket_sink *s, struct rendered_alert *alert, bool is_spooled, enum sink_outcome outcome)
{
        if (is_spooled) {
                backlog_set_delivered(s->backlog, alert->id);
                sink_count_outcome(&s->sink, outcome);
                (void)rendered_alert_unref(alert);
        } else {
                sink_settle(&s->sink, alert, outcome);
        }
}

/* --- connection --------------------------------------------------------------------------------------------------- */

/* Delivered is what the receiver has read; unread is what the kernel counts of the rest. */
static void finish_read(struct socket_sink *s, size_t unread)
{
        struct rendered_alert *alert;
        bool is_spooled;

        while ((alert = in_flight_take_read(&s->in_flight, unread, &is_spooled)))
                finish(s, alert, is_spooled, SINK_DELIVERED);
}

static void ask_what_was_read(struct socket_sink *s)
{
        size_t unread;

        /* Where the receiver has gone, on_closed() was called. */
        if (s->in_flight.n_sent > 0 && connection_is_open(s->connection) &&
            connection_unread(s->connection, &unread) == 0)
                finish_read(s, unread);
}

static void on_opened(void *userdata)
{
        struct socket_sink *s = userdata;

        s->may_have_backlog = true; /* an earlier load may have failed */
        sink_set_up(&s->sink, "connected");
}

static void on_closed(const char *why, ssize_t unread, void *userdata)
{
        struct socket_sink *s = userdata;
        unsigned n_unread;

        if (unread >= 0)
                finish_read(s, (size_t)unread);
        n_unread = s->in_flight.n_sent;
        in_flight_rewind(&s->in_flight);
        if (n_unread > 0)
                sink_set_down(&s->sink, "%s: %s; %u alerts that it may not have read come again; alerts wait", s->path,
                              why, n_unread);
        else
                sink_set_down(&s->sink, "%s: %s; alerts wait", s->path, why);
}

static void on_proceed(void *userdata)
{
        advance(userdata);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void finish_next(struct socket_sink *s, enum sink_outcome outcome)
{
        bool is_spooled;
        struct rendered_alert *alert = in_flight_take_next(&s->in_flight, &is_spooled);

        finish(s, alert, is_spooled, outcome);
}

/* Takes up the alert whose turn it is. Returns whether there was one. */
static bool take_up_one(struct socket_sink *s)
{
        bool has_old = s->loaded.n_alerts > 0, has_new = s->queue.n_alerts > 0;
        bool is_new = has_new && !(s->is_strict && (has_old || s->may_have_backlog));

        if (!is_new && (!has_old || s->in_flight.n_alerts >= SOCKET_OLD_IN_FLIGHT))
                return false;
        if (!in_flight_has_room(&s->in_flight))
                return false; /* on_proceed() continues when the receiver has read something */
        in_flight_add(&s->in_flight, alert_queue_pop(is_new ? &s->queue : &s->loaded), !is_new);
        return true;
}

/* The alert that is sent next; NULL: none, or it can't be yet. */
static struct in_flight_alert *find_next(struct socket_sink *s)
{
        for (;;) {
                struct in_flight_alert *next = in_flight_next(&s->in_flight);

                if (!next && !take_up_one(s))
                        return NULL;
                if (!next)
                        continue;
                if (s->in_flight.sent_bytes > 0)
                        return next; /* its first part was sent: the receiver needs the rest */
                if (next->is_writing)
                        return NULL; /* on_written() continues */
                if (!is_too_old(s, next->alert))
                        return connection_has_room(s->connection, next->alert->json_length) ? next : NULL;
                finish_next(s, SINK_TOO_OLD);
        }
}

/* Sends the rest of the alert. Returns 0 when all of it was sent, else the error of connection_send(). */
static int send_rest(struct socket_sink *s, const struct rendered_alert *alert)
{
        bool is_stream = s->type == CONFIG_SOCKET_STREAM;
        size_t length = alert->json_length + (is_stream ? 1 : 0); /* a message needs no newline */

        while (s->in_flight.sent_bytes < length) {
                size_t queued = connection_queued(s->connection), at = s->in_flight.sent_bytes;
                ssize_t n = connection_send(s->connection, alert->json + at, length - at);

                if (n < 0)
                        return (int)n;
                in_flight_set_sent(&s->in_flight, (size_t)n, queued, connection_queued(s->connection));
        }
        in_flight_set_whole(&s->in_flight);
        return 0;
}

static void send_all(struct socket_sink *s)
{
        struct in_flight_alert *next;

        while (connection_is_open(s->connection) && (next = find_next(s))) {
                int r = send_rest(s, next->alert);

                if (r == -EMSGSIZE) {
                        sink_log(&s->sink, LOG_ERR, "alert dropped: %zu bytes are too large for a message",
                                 next->alert->json_length);
                        finish_next(s, SINK_DROPPED);
                } else if (r < 0) {
                        return; /* on_proceed() continues */
                }
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
        return s->queue.n_alerts > 0 || s->in_flight.n_alerts > s->in_flight.n_spooled;
}

static bool should_spool(const struct socket_sink *s)
{
        if (s->is_retiring || is_away_for_long(s))
                return has_unspooled(s);
        return s->queue.n_alerts > SOCKET_SPOOL_AT ||
               (s->sink.pending_bytes > SOCKET_SPOOL_AT_BYTES && s->queue.n_alerts > 0);
}

/* Submits the oldest alerts to be written to disk. Those in flight come first, as the oldest, but for those that are there. */
static void spool_some(struct socket_sink *s)
{
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts = 0;

        for (unsigned i = 0; i < s->in_flight.n_alerts && n_alerts < BACKLOG_BATCH_MAX; i++) {
                struct in_flight_alert *entry = in_flight_at(&s->in_flight, i);

                if (entry->is_spooled || entry->alert->json_length > SPOOL_ALERT_MAX)
                        continue;
                entry->is_writing = true;
                alerts[n_alerts++] = entry->alert;
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
        s->may_have_backlog = true; /* from now on these come before those in the queue, in strict order */
        backlog_write(s->backlog, alerts, n_alerts);
}

/* Whether the next alerts on disk are wanted. Those that are in flight are on disk still, and would come again. */
static bool should_load(const struct socket_sink *s)
{
        return connection_is_open(s->connection) && s->may_have_backlog && s->loaded.n_alerts == 0 &&
               s->in_flight.n_spooled == 0;
}

/* While others of a batch are to be delivered, the delivered ones wait for them: they are removed together. */
static bool should_remove(const struct socket_sink *s)
{
        size_t n_delivered = backlog_n_delivered(s->backlog);

        return n_delivered >= BACKLOG_LOAD_MAX ||
               (n_delivered > 0 &&
                (!connection_is_open(s->connection) || (s->loaded.n_alerts == 0 && s->in_flight.n_spooled == 0)));
}

/* Submits the operation that is due, unless one is in flight. */
static void submit_due(struct socket_sink *s)
{
        if (backlog_is_busy(s->backlog) || clock_monotonic_usec() < s->spool_after_usec)
                return;
        if (should_spool(s))
                spool_some(s);
        else if (should_load(s))
                backlog_load(s->backlog);
        else if (should_remove(s))
                backlog_remove(s->backlog);
}

static void advance(struct socket_sink *s)
{
        if (has_unspooled(s)) /* an attempt costs microseconds: an alert need not wait for the end of a pause */
                connection_try_now(s->connection);
        ask_what_was_read(s);
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

        for (unsigned i = n_alerts; i-- > 0;) {
                struct in_flight_alert *entry = in_flight_find(&s->in_flight, alerts[i]);

                if (entry)
                        entry->is_writing = false;
                if (entry && i < n_written) {
                        in_flight_set_spooled(&s->in_flight, entry);
                        (void)rendered_alert_ref(entry->alert); /* for sending: settling drops the other reference */
                }
                if (i < n_written)
                        sink_settle(&s->sink, alerts[i], SINK_SPOOLED);
                else if (!entry && alert_queue_push_front(&s->queue, alerts[i]) < 0)
                        sink_settle(&s->sink, alerts[i], SINK_DROPPED);
        }
        if (!backlog_is_busy(s->backlog))
                sink_count_displaced(&s->sink, backlog_take_displaced(s->backlog));
        if (error < 0) {
                on_spool_error(s, error);
                s->spool_after_usec = clock_monotonic_usec() + SOCKET_SPOOL_RETRY_USEC;
        } else if (n_written > 0) {
                s->is_spool_failing = false;
        }
        advance(s);
}

static void on_loaded(struct rendered_alert *alerts[], unsigned n_alerts, unsigned n_rejected, int error,
                      void *userdata)
{
        struct socket_sink *s = userdata;

        if (n_rejected > 0)
                sink_log(&s->sink, LOG_ERR, "%u alerts rejected: their files hold no alert", n_rejected);
        if (error < 0)
                on_spool_error(s, error);
        for (unsigned i = 0; i < n_alerts; i++)
                if (alert_queue_push(&s->loaded, alerts[i]) < 0)
                        (void)rendered_alert_unref(alerts[i]); /* it stays on disk */
        s->may_have_backlog = n_alerts > 0;
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

/* They are on disk. */
static void drop_loaded(struct socket_sink *s)
{
        struct rendered_alert *alert;

        while ((alert = alert_queue_pop(&s->loaded)))
                (void)rendered_alert_unref(alert);
}

static void socket_retire(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->is_retiring = true;
        s->spool_after_usec = 0;
        digester_flush(s->digester);
        ask_what_was_read(s);
        connection_stop(s->connection);
        in_flight_rewind(&s->in_flight); /* what it may not have read is spooled */
        drop_loaded(s);
        advance(s);
}

static bool socket_is_busy(struct sink *sink)
{
        const struct socket_sink *s = socket_from(sink);

        return backlog_is_busy(s->backlog) ||
               (connection_is_open(s->connection) &&
                (s->in_flight.n_alerts > 0 || s->queue.n_alerts > 0 || s->loaded.n_alerts > 0 || s->may_have_backlog));
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
        if (s->connection)
                in_flight_rewind(&s->in_flight);
        while (in_flight_next(&s->in_flight)) {
                bool is_spooled;
                struct rendered_alert *alert = in_flight_take_next(&s->in_flight, &is_spooled);

                if (is_spooled)
                        (void)rendered_alert_unref(alert);
                else
                        sink_settle(sink, alert, sink_end_outcome(sink));
        }
        drop_loaded(s);
        alert_queue_done(&s->loaded);
        in_flight_done(&s->in_flight);
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
        s->is_strict = config->order == CONFIG_ORDER_STRICT;
        ask_what_was_read(s);
        if (!connection_start(s->connection, config->path, config->type))
                return;
        in_flight_rewind(&s->in_flight); /* the other receiver gets what this one may not have read */
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
        r = in_flight_init(&s->in_flight);
        if (r == 0)
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
