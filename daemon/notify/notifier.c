#include "notify/notifier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "notify/sink.h"
#include "notify/sink_blocking.h"

enum { WRITER_JOURNAL, WRITER_SPOOL, WRITER_STDOUT, WRITER_COUNT };

struct notifier {
        struct event_base *base;
        struct sink_ledger ledger;
        struct sink_list sinks;               /* in the order of their kinds (sink.h) */
        struct sink_list retired;             /* until they are no longer busy */
        struct writer *writers[WRITER_COUNT]; /* NULL: not needed yet */
        char *spool_path;
        enum notifier_stdout out;
        uint64_t alerts;

        struct event *drain_timer;
        void (*drained)(void *userdata); /* NULL: nobody waits */
        void *drained_userdata;
};

/* --- rest: retired sinks can go, and a drain may be at its end ------------------------------------------------------ */

static bool any_busy(const struct sink_list *sinks)
{
        const struct sink *sink;

        TAILQ_FOREACH (sink, sinks, link)
                if (sink->ops->busy(sink))
                        return true;
        return false;
}

static void remove_sink(struct sink_list *sinks, struct sink *sink)
{
        TAILQ_REMOVE(sinks, sink, link);
        (void)sink->ops->free(sink);
}

static void remove_retired(struct notifier *notifier)
{
        struct sink *sink = TAILQ_FIRST(&notifier->retired);

        while (sink) {
                struct sink *next = TAILQ_NEXT(sink, link);

                if (!sink->ops->busy(sink))
                        remove_sink(&notifier->retired, sink);
                sink = next;
        }
}

static void finish_drain(struct notifier *notifier)
{
        void (*drained)(void *userdata) = notifier->drained;

        (void)event_del(notifier->drain_timer); /* can't fail: it is a timer of ours */
        notifier->drained = NULL;
        drained(notifier->drained_userdata);
}

static void on_rest(evutil_socket_t fd, short what, void *userdata)
{
        struct notifier *notifier = userdata;

        (void)fd;
        (void)what;
        remove_retired(notifier);
        notifier->ledger.awaited = notifier->drained || !TAILQ_EMPTY(&notifier->retired);
        if (notifier->drained && notifier->ledger.waiting == 0 && !any_busy(&notifier->sinks))
                finish_drain(notifier);
}

static void on_drain_timeout(evutil_socket_t fd, short what, void *userdata)
{
        struct notifier *notifier = userdata;

        (void)fd;
        (void)what;
        if (notifier->drained)
                finish_drain(notifier);
}

static void await_rest(struct notifier *notifier)
{
        notifier->ledger.awaited = true;
        event_active(notifier->ledger.rest, EV_TIMEOUT, 0);
}

void notifier_drain(struct notifier *notifier, int timeout_ms, void (*done)(void *userdata), void *userdata)
{
        struct timeval timeout = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
        struct sink *sink;

        notifier->drained = done;
        notifier->drained_userdata = userdata;
        if (timeout_ms >= 0 && event_add(notifier->drain_timer, &timeout) < 0)
                event_active(notifier->drain_timer, EV_TIMEOUT, 0); /* without memory for a timer: no waiting */
        TAILQ_FOREACH (sink, &notifier->sinks, link)
                sink->ops->drain(sink);
        await_rest(notifier);
}

/* --- sinks and configuration ---------------------------------------------------------------------------------------- */

static const struct config_socket *find_socket(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_sockets; i++)
                if (strcmp(config->sockets[i].name, name) == 0)
                        return &config->sockets[i];
        return NULL;
}

static bool has_webhook(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_webhooks; i++)
                if (strcmp(config->webhooks[i].name, name) == 0)
                        return true;
        return false;
}

static bool is_wanted(const struct notifier *notifier, const struct config *config, const struct sink *sink)
{
        switch (sink->kind) {
        case SINK_SOCKET:
                return find_socket(config, sink->name) != NULL;
        case SINK_STDOUT:
                return notifier->out != NOTIFIER_STDOUT_NONE;
        case SINK_JOURNAL:
                return config->journal_enabled;
        case SINK_SPOOL:
                return has_webhook(config, sink->name);
        }
        return false;
}

static struct sink *find_sink(const struct notifier *notifier, enum sink_kind kind, const char *name)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (sink->kind == kind && strcmp(sink->name, name) == 0)
                        return sink;
        return NULL;
}

/* The writer for sinks of that kind, started where it isn't yet. */
static int get_writer(struct notifier *notifier, enum sink_kind kind, struct writer **ret_writer)
{
        static const struct {
                unsigned index;
                const char *name;
        } by_kind[] = {
                [SINK_SOCKET] = { WRITER_SPOOL, "spool writer" },
                [SINK_STDOUT] = { WRITER_STDOUT, "stdout writer" },
                [SINK_JOURNAL] = { WRITER_JOURNAL, "journal writer" },
                [SINK_SPOOL] = { WRITER_SPOOL, "spool writer" },
        };
        struct writer **writer = &notifier->writers[by_kind[kind].index];

        if (!*writer) {
                int r = writer_new(notifier->base, by_kind[kind].name, writer);

                if (r < 0)
                        return r;
        }
        *ret_writer = *writer;
        return 0;
}

/* Makes the sink and adds it to fresh, unless the notifier has it already. socket: for a sink of that kind. */
static int add_if_missing(struct notifier *notifier, enum sink_kind kind, const char *name,
                          const struct config_socket *socket, struct sink_list *fresh)
{
        struct event_base *base = notifier->base;
        struct sink_ledger *ledger = &notifier->ledger;
        const char *path = notifier->spool_path;
        struct writer *writer;
        struct sink *sink;
        int r;

        if (find_sink(notifier, kind, name))
                return 0;
        r = get_writer(notifier, kind, &writer);
        if (r < 0)
                return r;
        switch (kind) {
        case SINK_SOCKET:
                r = sink_socket_new(socket, path, writer, ledger, base, &sink);
                break;
        case SINK_STDOUT:
                r = sink_stdout_new(notifier->out == NOTIFIER_STDOUT_JSON, writer, ledger, base, &sink);
                break;
        case SINK_JOURNAL:
                r = sink_journal_new(writer, ledger, base, &sink);
                break;
        case SINK_SPOOL:
                r = sink_spool_new(name, path, writer, ledger, base, &sink);
                break;
        }
        if (r < 0)
                return r;
        TAILQ_INSERT_TAIL(fresh, sink, link);
        return 0;
}

/* Makes what config wants and the notifier has not, in the order of kinds. */
static int make_missing(struct notifier *notifier, const struct config *config, struct sink_list *fresh)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < config->n_sockets; i++)
                r = add_if_missing(notifier, SINK_SOCKET, config->sockets[i].name, &config->sockets[i], fresh);
        if (r == 0 && notifier->out != NOTIFIER_STDOUT_NONE)
                r = add_if_missing(notifier, SINK_STDOUT, "", NULL, fresh);
        if (r == 0 && config->journal_enabled)
                r = add_if_missing(notifier, SINK_JOURNAL, "", NULL, fresh);
        for (size_t i = 0; r == 0 && i < config->n_webhooks; i++)
                r = add_if_missing(notifier, SINK_SPOOL, config->webhooks[i].name, NULL, fresh);
        return r;
}

/* Puts the sink behind the last of its kind or of one before. */
static void insert_by_kind(struct sink_list *sinks, struct sink *sink)
{
        struct sink *before = TAILQ_LAST(sinks, sink_list);

        while (before && before->kind > sink->kind)
                before = TAILQ_PREV(before, sink_list, link);
        if (before)
                TAILQ_INSERT_AFTER(sinks, before, sink, link);
        else
                TAILQ_INSERT_HEAD(sinks, sink, link);
}

int notifier_reload(struct notifier *notifier, const struct config *config)
{
        struct sink_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
        struct sink *sink, *next;
        int r;

        r = make_missing(notifier, config, &fresh);
        if (r < 0) {
                while ((sink = TAILQ_FIRST(&fresh)))
                        remove_sink(&fresh, sink);
                return r;
        }
        for (sink = TAILQ_FIRST(&notifier->sinks); sink; sink = next) {
                next = TAILQ_NEXT(sink, link);
                if (!is_wanted(notifier, config, sink)) {
                        TAILQ_REMOVE(&notifier->sinks, sink, link);
                        TAILQ_INSERT_TAIL(&notifier->retired, sink, link);
                        sink->ops->retire(sink);
                } else if (sink->kind == SINK_SOCKET) {
                        sink_socket_configure(sink, find_socket(config, sink->name));
                }
        }
        while ((sink = TAILQ_FIRST(&fresh))) {
                TAILQ_REMOVE(&fresh, sink, link);
                insert_by_kind(&notifier->sinks, sink);
        }
        if (strcmp(config->spool_path, notifier->spool_path) != 0)
                log_warning("the spool stays at %s; %s is for the next start", notifier->spool_path,
                            config->spool_path);
        await_rest(notifier);
        return 0;
}

int notifier_new(struct event_base *base, const struct config *config, enum notifier_stdout out,
                 struct notifier **ret_notifier)
{
        struct notifier *notifier = calloc(1, sizeof(*notifier));
        int r;

        if (!notifier)
                return -ENOMEM;
        TAILQ_INIT(&notifier->ledger.under_way);
        TAILQ_INIT(&notifier->sinks);
        TAILQ_INIT(&notifier->retired);
        notifier->base = base;
        notifier->out = out;
        notifier->spool_path = strdup(config->spool_path);
        notifier->ledger.rest = event_new(base, -1, 0, on_rest, notifier);
        notifier->drain_timer = evtimer_new(base, on_drain_timeout, notifier);
        r = notifier->spool_path && notifier->ledger.rest && notifier->drain_timer ? notifier_reload(notifier, config)
                                                                                   : -ENOMEM;
        if (r < 0) {
                (void)notifier_free(notifier);
                return r;
        }
        *ret_notifier = notifier;
        return 0;
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

/* Lets the writers work, without the loop, until no sink is busy, or none of them gets anything done any more. */
static void await_writers(struct notifier *notifier)
{
        while (any_busy(&notifier->retired)) {
                struct pollfd poll_fds[WRITER_COUNT];
                bool any = false;

                for (unsigned i = 0; i < WRITER_COUNT; i++)
                        poll_fds[i] = (struct pollfd){
                                .fd = notifier->writers[i] ? writer_fd(notifier->writers[i]) : -1,
                                .events = POLLIN,
                        };
                if (poll(poll_fds, WRITER_COUNT, NOTIFIER_STUCK_MS) < 0 && errno == EINTR)
                        continue;
                for (unsigned i = 0; i < WRITER_COUNT; i++)
                        any |= notifier->writers[i] && writer_collect(notifier->writers[i]);
                if (!any)
                        return;
        }
}

void notifier_finish(struct notifier *notifier)
{
        struct sink *sink;

        while ((sink = TAILQ_FIRST(&notifier->sinks))) {
                TAILQ_REMOVE(&notifier->sinks, sink, link);
                TAILQ_INSERT_TAIL(&notifier->retired, sink, link);
                sink->ops->retire(sink);
        }
        await_writers(notifier);
}

struct notifier *notifier_free(struct notifier *notifier)
{
        struct sink *sink;

        if (!notifier)
                return NULL;
        notifier_finish(notifier);
        while ((sink = TAILQ_FIRST(&notifier->retired))) {
                bool stuck = sink->ops->busy(sink);

                if (stuck)
                        log_error("%s: blocked; it is left behind", sink->label);
                remove_sink(&notifier->retired, sink);
        }
        for (unsigned i = 0; i < WRITER_COUNT; i++)
                (void)writer_free(notifier->writers[i], NOTIFIER_STUCK_MS);
        if (notifier->drain_timer)
                event_free(notifier->drain_timer);
        if (notifier->ledger.rest)
                event_free(notifier->ledger.rest);
        free(notifier->spool_path);
        free(notifier);
        return NULL;
}

/* --- alerts ------------------------------------------------------------------------------------------------------------ */

/* Hands it to the sinks of that kind. */
static void send_to(struct notifier *notifier, enum sink_kind kind, struct rendered *rendered)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (sink->kind == kind)
                        sink->ops->send(sink, rendered);
}

void notifier_send(struct notifier *notifier, const struct alert *alert)
{
        struct rendered *rendered = rendered_new(alert);
        struct sink *sink;

        notifier->alerts++;
        if (!rendered) {
                TAILQ_FOREACH (sink, &notifier->sinks, link)
                        sink_count(sink, SINK_FAILED);
                log_error("out of memory: alert %s is lost: %s", alert->id, alert->summary);
                return;
        }
        if (!rendered->json)
                log_error("out of memory: alert %s has no details: %s", alert->id, alert->summary);
        /* Receivers on sockets count microseconds; what they don't need is made after them. */
        send_to(notifier, SINK_SOCKET, rendered);
        if (notifier->out == NOTIFIER_STDOUT_TEXT)
                rendered_add_text(rendered, alert);
        send_to(notifier, SINK_STDOUT, rendered);
        if (find_sink(notifier, SINK_JOURNAL, ""))
                rendered_add_fields(rendered, alert);
        send_to(notifier, SINK_JOURNAL, rendered);
        send_to(notifier, SINK_SPOOL, rendered);
        (void)rendered_unref(rendered);
}

bool notifier_has_capacity(const struct notifier *notifier)
{
        const struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (!sink->ops->has_room(sink))
                        return false;
        return true;
}

bool notifier_stdout_is_broken(const struct notifier *notifier)
{
        const struct sink *sink = find_sink(notifier, SINK_STDOUT, "");

        return sink && sink_written_is_broken(sink);
}

bool notifier_stdout_is_busy(const struct notifier *notifier)
{
        const struct sink *sink = find_sink(notifier, SINK_STDOUT, "");

        return sink && !sink_written_is_broken(sink) && sink->ops->busy(sink);
}

uint64_t notifier_acknowledged_seq(const struct notifier *notifier)
{
        const struct rendered *first = TAILQ_FIRST(&notifier->ledger.under_way);

        if (!first || first->seq == UINT64_MAX)
                return UINT64_MAX;
        return first->seq > 0 ? first->seq - 1 : 0;
}

struct notifier_counts notifier_counts(const struct notifier *notifier)
{
        struct notifier_counts counts = {
                .n_alerts = notifier->alerts,
                .n_delivered = notifier->ledger.delivered,
                .n_dropped = notifier->ledger.failed,
                .n_too_old = notifier->ledger.too_old,
                .n_pending = notifier->ledger.waiting,
        };
        const struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link) {
                counts.n_sinks++;
                counts.n_sinks_down += sink->down;
        }
        return counts;
}
