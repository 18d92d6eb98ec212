/* daemon/notify/sink_socket.c: alerts to a receiver that listens on a Unix socket.
 *
 * An alert is sent in the turn of the loop in which it comes. What the receiver can't take waits in memory; past
 * SOCKET_SPOOL_AT, and when the receiver is away for long, the oldest of these go to disk (backlog.h), from where they
 * are sent first. So everything on disk is older than everything in memory, and the order is kept:
 *
 *         disk (oldest) -> current (being sent) ... memory (newest)
 *
 * An alert is delivered when the kernel has taken the whole of it. If the receiver goes in the middle of one, the whole
 * alert is sent again to its successor. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/log.h"
#include "common/spool.h"
#include "host/clock.h"
#include "notify/alert_queue.h"
#include "notify/backlog.h"
#include "notify/connection.h"
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

        struct alert_queue queue; /* in memory */
        struct rendered *current; /* being sent; NULL: none */
        size_t sent;              /* bytes of current */
        bool current_spooled;     /* it is on disk as well, settled, and removed from there when delivered */
        bool current_writing;     /* it is being written there */

        struct backlog *backlog;
        bool backlog_left; /* there may be alerts on disk */
        bool spool_failed; /* said already */
        int64_t spool_after_usec;
        bool draining, retiring;
};

static void advance(struct socket_sink *s);

static struct socket_sink *socket_from(struct sink *sink)
{
        return (struct socket_sink *)sink; /* its first member */
}

static const struct socket_sink *socket_from_const(const struct sink *sink)
{
        return (const struct socket_sink *)sink;
}

static bool is_too_old(const struct socket_sink *s, const struct rendered *alert)
{
        if (s->max_age_sec == 0 || alert->time_usec == OOM_UNKNOWN)
                return false;
        return clock_realtime_usec() - alert->time_usec > s->max_age_sec * USEC_PER_SEC;
}

/* --- connection --------------------------------------------------------------------------------------------------- */

static void on_opened(void *userdata)
{
        struct socket_sink *s = userdata;

        s->backlog_left = true; /* look again: a former look may have failed */
        sink_set_up(&s->sink, "the receiver is there");
}

static void on_closed(const char *why, void *userdata)
{
        struct socket_sink *s = userdata;

        s->sent = 0; /* its successor gets the whole alert */
        sink_set_down(&s->sink, "%s: %s; alerts wait", s->path, why);
}

static void on_proceed(void *userdata)
{
        advance(userdata);
}

static bool is_connected(const struct socket_sink *s)
{
        return connection_is_open(s->connection);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

/* The current one is done with. */
static void finish_current(struct socket_sink *s, enum sink_outcome outcome)
{
        struct rendered *alert = s->current;

        s->current = NULL;
        s->sent = 0;
        if (s->current_spooled) {
                backlog_delivered(s->backlog, alert->id);
                sink_count(&s->sink, outcome);
                (void)rendered_unref(alert);
        } else {
                sink_settle(&s->sink, alert, outcome);
        }
        s->current_spooled = false;
}

/* Sends what is left of the current alert. Returns 0 when all of it went, else as connection_send(). */
static int transmit(struct socket_sink *s)
{
        bool is_stream = s->type == CONFIG_SOCKET_STREAM;
        size_t length = s->current->json_length + (is_stream ? 1 : 0); /* a message needs no newline */

        while (s->sent < length) {
                ssize_t n = connection_send(s->connection, s->current->json + s->sent, length - s->sent);

                if (n < 0)
                        return (int)n;
                s->sent += (size_t)n;
        }
        return 0;
}

/* Chooses what is sent next. */
static bool has_current(struct socket_sink *s)
{
        while (!s->current || is_too_old(s, s->current)) {
                if (s->current && s->sent > 0)
                        return true; /* half a line can't be taken back */
                if (s->current)
                        finish_current(s, SINK_TOO_OLD);
                if (s->backlog_left)
                        return false; /* that comes first */
                s->current = alert_queue_pop(&s->queue);
                if (!s->current)
                        return false;
        }
        return true;
}

static void send_all(struct socket_sink *s)
{
        /* While a copy of the current one is on its way to the disk, it is not known whether to remove that. */
        while (is_connected(s) && !s->current_writing && has_current(s)) {
                int r = transmit(s);

                if (r == 0) {
                        finish_current(s, SINK_DELIVERED);
                } else if (r == -EMSGSIZE) {
                        sink_tell(&s->sink, LOG_ERR, "an alert of %zu bytes is too large for a message: it is given up",
                                  s->current->json_length);
                        finish_current(s, SINK_FAILED);
                } else {
                        return; /* on_proceed() goes on */
                }
                if (backlog_has_delivered(s->backlog))
                        return; /* the next comes from there */
        }
}

/* --- the disk ----------------------------------------------------------------------------------------------------- */

static bool is_away_for_long(const struct socket_sink *s)
{
        return !is_connected(s) && (s->draining || connection_away_usec(s->connection) >= SOCKET_AWAY_USEC);
}

static bool has_unspooled(const struct socket_sink *s)
{
        return s->queue.count > 0 || (s->current && !s->current_spooled);
}

static bool should_spool(const struct socket_sink *s)
{
        if (clock_monotonic_usec() < s->spool_after_usec)
                return false;
        if (s->retiring || is_away_for_long(s))
                return has_unspooled(s);
        return s->queue.count > SOCKET_SPOOL_AT || (s->sink.bytes > SOCKET_SPOOL_AT_BYTES && s->queue.count > 0);
}

/* Takes the oldest to disk. The current one first, if it isn't there yet: it is the oldest of all. */
static void spool_some(struct socket_sink *s)
{
        struct rendered *alerts[BACKLOG_BATCH];
        unsigned count = 0;

        if (s->current && !s->current_spooled && s->current->json_length <= SPOOL_ALERT_MAX) {
                alerts[count++] = s->current;
                s->current_writing = true;
        }
        while (count < BACKLOG_BATCH && s->queue.count > 0) {
                struct rendered *alert = alert_queue_pop(&s->queue);

                if (is_too_old(s, alert)) {
                        sink_settle(&s->sink, alert, SINK_TOO_OLD);
                } else if (alert->json_length > SPOOL_ALERT_MAX) {
                        sink_tell(&s->sink, LOG_ERR, "an alert of %zu bytes is too large for the spool: it is given up",
                                  alert->json_length);
                        sink_settle(&s->sink, alert, SINK_FAILED);
                } else {
                        alerts[count++] = alert;
                }
        }
        if (count == 0)
                return;
        s->backlog_left = true; /* from now on these come before those in memory */
        backlog_write(s->backlog, alerts, count);
}

/* Gives the disk something to do, unless it is at work. */
static void run_errand(struct socket_sink *s)
{
        if (backlog_is_busy(s->backlog))
                return;
        if (should_spool(s))
                spool_some(s);
        else if (is_connected(s) && s->backlog_left && !s->current)
                backlog_load(s->backlog);
        else if (backlog_has_delivered(s->backlog))
                backlog_remove(s->backlog);
}

static void advance(struct socket_sink *s)
{
        if (has_unspooled(s)) /* an alert does not wait for the end of a pause: an attempt costs microseconds */
                connection_hurry(s->connection);
        send_all(s);
        run_errand(s);
        sink_rested(&s->sink);
}

static void on_spool_error(struct socket_sink *s, int error)
{
        if (!s->spool_failed)
                sink_tell(
                        &s->sink, LOG_WARNING,
                        "its directory in the spool fails: %s; alerts that the receiver can't take wait in memory only",
                        strerror(-error));
        s->spool_failed = true;
}

static void on_written(void *userdata, struct rendered *alerts[], unsigned count, unsigned n_written, int error)
{
        struct socket_sink *s = userdata;

        if (s->current_writing) {
                s->current_writing = false;
                if (n_written > 0) {
                        s->current_spooled = true;
                        (void)rendered_ref(s->current); /* settling drops the one that sending needs */
                }
        }
        for (unsigned i = 0; i < n_written; i++)
                sink_settle(&s->sink, alerts[i], SINK_SPOOLED);
        for (unsigned i = count; i-- > n_written;) {
                if (alerts[i] == s->current)
                        continue;
                if (alert_queue_push_front(&s->queue, alerts[i]) < 0)
                        sink_settle(&s->sink, alerts[i], SINK_FAILED);
        }
        if (error < 0) {
                on_spool_error(s, error);
                s->spool_after_usec = clock_monotonic_usec() + SOCKET_SPOOL_RETRY_USEC;
        } else if (n_written > 0) {
                s->spool_failed = false;
        }
        advance(s);
}

static void on_loaded(void *userdata, struct rendered *alert, int error)
{
        struct socket_sink *s = userdata;
        unsigned n_rejected = backlog_take_rejected(s->backlog);

        if (n_rejected > 0)
                sink_tell(&s->sink, LOG_ERR, "%u spooled alerts can't be read: they were moved to rejected/",
                          n_rejected);
        if (error < 0)
                on_spool_error(s, error);
        s->current = alert;
        s->current_spooled = alert != NULL;
        s->sent = 0;
        s->backlog_left = alert != NULL;
        advance(s);
}

/* --- the sink ----------------------------------------------------------------------------------------------------- */

/* Makes room by giving up the oldest: what the receiver wants least. False where that can't help. */
static bool drop_oldest(struct socket_sink *s, size_t needed_bytes)
{
        struct rendered *alert = needed_bytes <= SINK_BYTES_MAX ? alert_queue_pop(&s->queue) : NULL;

        if (!alert)
                return false;
        sink_tell_full(&s->sink);
        sink_settle(&s->sink, alert, SINK_FAILED);
        return true;
}

static void socket_send(struct sink *sink, struct rendered *alert)
{
        struct socket_sink *s = socket_from(sink);

        if (!alert->json) {
                sink_count(sink, SINK_FAILED); /* memory ran out, which the notifier says */
                return;
        }
        if (is_too_old(s, alert)) {
                sink_count(sink, SINK_TOO_OLD);
                return;
        }
        while (sink_take(sink, alert) < 0) {
                if (!drop_oldest(s, alert->json_length)) {
                        sink_tell_full(sink);
                        sink_count(sink, SINK_FAILED);
                        return;
                }
        }
        if (alert_queue_push(&s->queue, alert) < 0) {
                sink_settle(sink, alert, SINK_FAILED);
                sink_tell(sink, LOG_ERR, "out of memory: an alert is given up");
        }
        advance(s);
}

static bool socket_has_room(const struct sink *sink)
{
        return !is_connected(socket_from_const(sink)) || sink_is_roomy(sink);
}

static void socket_drain(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->draining = true;
        s->spool_after_usec = 0;
        connection_hurry(s->connection); /* if it isn't open then, its alerts go to disk */
        advance(s);
}

static void socket_retire(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);

        s->retiring = true;
        s->spool_after_usec = 0;
        connection_stop(s->connection);
        s->sent = 0;
        advance(s);
}

static bool socket_busy(const struct sink *sink)
{
        const struct socket_sink *s = socket_from_const(sink);

        return backlog_is_busy(s->backlog) ||
               (is_connected(s) && (s->current || s->queue.count > 0 || s->backlog_left));
}

static struct sink *socket_free(struct sink *sink)
{
        struct socket_sink *s = socket_from(sink);
        struct rendered *alert;

        s->retiring = true;
        s->spool_after_usec = INT64_MAX; /* nothing is begun any more */
        if (s->connection)
                connection_stop(s->connection);
        s->backlog = backlog_free(s->backlog);
        if (sink->count > 0)
                sink_tell(sink, LOG_ERR,
                          "%u alerts are given up at the end: neither the receiver nor the spool has them",
                          sink->count);
        if (s->current && s->current_spooled)
                s->current = rendered_unref(s->current);
        else if (s->current)
                finish_current(s, SINK_FAILED);
        while ((alert = alert_queue_pop(&s->queue)))
                sink_settle(sink, alert, SINK_FAILED);
        alert_queue_done(&s->queue);
        s->connection = connection_free(s->connection);
        free(s);
        return NULL;
}

void sink_socket_configure(struct sink *sink, const struct config_socket *config)
{
        struct socket_sink *s = socket_from(sink);

        (void)snprintf(s->path, sizeof(s->path), "%s", config->path); /* the configuration sees to it that it fits */
        s->type = config->type;
        s->max_age_sec = config->max_age_sec;
        if (!connection_start(s->connection, config->path, config->type))
                return;
        s->sent = 0;
        advance(s);
}

int sink_socket_new(const struct config_socket *config, const char *spool_path, struct writer *writer,
                    struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
{
        static const struct sink_ops ops = {
                .send = socket_send,
                .has_room = socket_has_room,
                .drain = socket_drain,
                .retire = socket_retire,
                .busy = socket_busy,
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
        sink_init(&s->sink, SINK_SOCKET, config->name, &ops, ledger);
        s->backlog_left = true;
        r = backlog_new(spool_path, config->name, writer, &backlog_handler, s, &s->backlog);
        if (r == 0)
                r = connection_new(base, &connection_handler, s, &s->connection);
        if (r < 0) {
                (void)socket_free(&s->sink);
                return r;
        }
        sink_socket_configure(&s->sink, config);
        *ret_sink = &s->sink;
        return 0;
}
