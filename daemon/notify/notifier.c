#include "notify/notifier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "host/clock.h"
#include "notify/alert_reserve.h"
#include "notify/sink.h"
#include "notify/sink_blocking.h"

#define N_WRITERS (SINK_SPOOL + 1)

struct notifier {
        struct sink_context context;
        struct sink_list sinks;            /* in the order of their kinds (sink.h) */
        struct sink_list retired;          /* until they are no longer busy */
        struct writer *writers[N_WRITERS]; /* by kind of sink; NULL: not needed yet */
        enum notifier_stdout out;
        struct alert_reserve *reserve;
        uint64_t n_alerts, n_minimal;
        int64_t end_usec; /* monotonic: until when notifier_finish() and notifier_free() wait; 0: not begun */

        struct event *drain_timer;
        void (*drained)(void *userdata); /* NULL: nobody waits */
        void *drained_userdata;
};

/* --- idle sinks: retired ones are freed, and a drain may have ended ------------------------------------------------ */

static bool any_busy(const struct sink_list *sinks)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, sinks, link)
                if (sink->ops->is_busy(sink))
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

                if (!sink->ops->is_busy(sink))
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

static void on_idle(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct notifier *notifier = userdata;

        remove_retired(notifier);
        notifier->context.is_idle_awaited = notifier->drained || !TAILQ_EMPTY(&notifier->retired);
        if (notifier->drained && notifier->context.n_pending == 0 && !any_busy(&notifier->sinks))
                finish_drain(notifier);
}

static void on_drain_timeout(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct notifier *notifier = userdata;

        if (notifier->drained)
                finish_drain(notifier);
}

static void await_idle(struct notifier *notifier)
{
        notifier->context.is_idle_awaited = true;
        event_active(notifier->context.idle_event, EV_TIMEOUT, 0);
}

void notifier_drain(struct notifier *notifier, int timeout_ms, void (*done)(void *userdata), void *userdata)
{
        struct sink *sink;

        notifier->drained = done;
        notifier->drained_userdata = userdata;
        if (timeout_ms >= 0 && timer_start(notifier->drain_timer, timeout_ms) < 0)
                event_active(notifier->drain_timer, EV_TIMEOUT, 0); /* no memory for a timer: no waiting */
        TAILQ_FOREACH (sink, &notifier->sinks, link)
                sink->ops->drain(sink);
        await_idle(notifier);
}

void notifier_finish_journal(struct notifier *notifier)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (sink->kind == SINK_JOURNAL)
                        sink->ops->retire(sink);
}

/* --- sinks and configuration ---------------------------------------------------------------------------------------- */

static const struct config_socket *find_socket(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_sockets; i++)
                if (strcmp(config->sockets[i].name, name) == 0)
                        return &config->sockets[i];
        return NULL;
}

static const struct config_webhook *find_webhook(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_webhooks; i++)
                if (strcmp(config->webhooks[i].name, name) == 0)
                        return &config->webhooks[i];
        return NULL;
}

static bool is_wanted(const struct config *config, const struct sink *sink)
{
        if (sink->kind == SINK_SOCKET)
                return find_socket(config, sink->name) != NULL;
        if (sink->kind == SINK_SPOOL)
                return find_webhook(config, sink->name) != NULL;
        return sink->kind == SINK_STDOUT || config->is_journal_enabled; /* standard output is no part of config */
}

/* How much of the command line a sink gets that is_wanted(). */
static enum config_cmdline cmdline_of(const struct config *config, const struct sink *sink)
{
        if (sink->kind == SINK_SOCKET)
                return find_socket(config, sink->name)->cmdline;
        if (sink->kind == SINK_SPOOL)
                return find_webhook(config, sink->name)->cmdline;
        return sink->kind == SINK_JOURNAL ? config->journal_cmdline : CONFIG_CMDLINE_FULL;
}

static struct sink *find_sink(const struct notifier *notifier, enum sink_kind kind, const char *name)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (sink->kind == kind && strcmp(sink->name, name) == 0)
                        return sink;
        return NULL;
}

/* Makes the writer of that kind if there is none. */
static int ensure_writer(struct notifier *notifier, enum sink_kind kind)
{
        static const char *const names[N_WRITERS] = {
                [SINK_STDOUT] = "stdout writer",
                [SINK_JOURNAL] = "journal writer",
                [SINK_SPOOL] = "spool writer",
        };

        return notifier->writers[kind] ? 0 : writer_new(notifier->context.base, names[kind], &notifier->writers[kind]);
}

int notifier_disk_writer(struct notifier *notifier, struct writer **ret_writer)
{
        int r = ensure_writer(notifier, SINK_SPOOL);

        if (r == 0)
                *ret_writer = notifier->writers[SINK_SPOOL];
        return r;
}

/* Makes the sink and adds it to fresh, unless the notifier has it already. socket: for SINK_SOCKET. */
static int add_if_missing(struct notifier *notifier, enum sink_kind kind, const char *name,
                          const struct config_socket *socket, struct sink_list *fresh)
{
        enum sink_kind writer_kind = kind == SINK_SOCKET ? SINK_SPOOL : kind; /* a socket's backlog is spooled too */
        struct writer **writer = &notifier->writers[writer_kind];
        struct sink_context *context = &notifier->context;
        struct sink *sink;
        int r;

        if (find_sink(notifier, kind, name))
                return 0;
        r = ensure_writer(notifier, writer_kind);
        if (r < 0)
                return r;
        switch (kind) {
        case SINK_SOCKET:
                r = sink_socket_new(socket, *writer, context, &sink);
                break;
        case SINK_STDOUT:
                r = sink_stdout_new(notifier->out == NOTIFIER_STDOUT_JSON, *writer, context, &sink);
                break;
        case SINK_JOURNAL:
                r = sink_journal_new(*writer, context, &sink);
                break;
        case SINK_SPOOL:
                r = sink_spool_new(name, *writer, context, &sink);
                break;
        }
        if (r < 0)
                return r;
        TAILQ_INSERT_TAIL(fresh, sink, link);
        return 0;
}

/* Makes the sinks that config names and the notifier has not, in the order of kinds. */
static int make_missing(struct notifier *notifier, const struct config *config, struct sink_list *fresh)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < config->n_sockets; i++)
                r = add_if_missing(notifier, SINK_SOCKET, config->sockets[i].name, &config->sockets[i], fresh);
        if (r == 0 && notifier->out != NOTIFIER_STDOUT_NONE)
                r = add_if_missing(notifier, SINK_STDOUT, "", NULL, fresh);
        if (r == 0 && config->is_journal_enabled)
                r = add_if_missing(notifier, SINK_JOURNAL, "", NULL, fresh);
        for (size_t i = 0; r == 0 && i < config->n_webhooks; i++)
                r = add_if_missing(notifier, SINK_SPOOL, config->webhooks[i].name, NULL, fresh);
        return r;
}

/* Inserts the sink after the last of its kind or of an earlier one. */
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

static void retire(struct notifier *notifier, struct sink *sink)
{
        TAILQ_REMOVE(&notifier->sinks, sink, link);
        TAILQ_INSERT_TAIL(&notifier->retired, sink, link);
        sink->ops->retire(sink);
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
                if (!is_wanted(config, sink)) {
                        sink->is_removed = true;
                        retire(notifier, sink);
                } else if (sink->kind == SINK_SOCKET)
                        sink_socket_configure(sink, find_socket(config, sink->name));
        }
        while ((sink = TAILQ_FIRST(&fresh))) {
                TAILQ_REMOVE(&fresh, sink, link);
                insert_by_kind(&notifier->sinks, sink);
        }
        TAILQ_FOREACH (sink, &notifier->sinks, link)
                sink->cmdline = cmdline_of(config, sink);
        if (strcmp(config->spool_path, notifier->context.spool_path) != 0)
                log_warning("spool path %s takes effect at the next start; %s stays in use", config->spool_path,
                            notifier->context.spool_path);
        await_idle(notifier);
        return 0;
}

int notifier_new(struct event_base *base, const struct config *config, enum notifier_stdout out,
                 struct notifier **ret_notifier)
{
        struct notifier *notifier = calloc(1, sizeof(*notifier));
        int r;

        if (!notifier)
                return -ENOMEM;
        TAILQ_INIT(&notifier->context.pending);
        notifier->context.left_seq = UINT64_MAX;
        TAILQ_INIT(&notifier->sinks);
        TAILQ_INIT(&notifier->retired);
        notifier->context.base = base;
        notifier->out = out;
        notifier->context.spool_path = strdup(config->spool_path);
        notifier->context.spool_limits = (struct spool_limits){ config->spool_files_max, config->spool_bytes_max };
        notifier->context.idle_event = event_new(base, -1, 0, on_idle, notifier);
        notifier->drain_timer = evtimer_new(base, on_drain_timeout, notifier);
        r = alert_reserve_new(&notifier->reserve);
        if (r == 0)
                r = notifier->context.spool_path && notifier->context.idle_event && notifier->drain_timer
                            ? notifier_reload(notifier, config)
                            : -ENOMEM;
        if (r < 0) {
                (void)notifier_free(notifier);
                return r;
        }
        *ret_notifier = notifier;
        return 0;
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

/* Of the time that the end may take; not negative. */
static int end_left_ms(const struct notifier *notifier)
{
        int64_t left_usec = notifier->end_usec - clock_monotonic_usec();

        return left_usec > 0 ? (int)((left_usec + 999) / 1000) : 0;
}

/* Waits for the writers, without the loop, until no sink is busy or the time is over. */
static void await_writers(struct notifier *notifier)
{
        while (any_busy(&notifier->retired) && end_left_ms(notifier) > 0) {
                struct pollfd poll_fds[N_WRITERS];

                for (unsigned i = 0; i < N_WRITERS; i++)
                        poll_fds[i] = (struct pollfd){
                                .fd = notifier->writers[i] ? writer_fd(notifier->writers[i]) : -1,
                                .events = POLLIN,
                        };
                (void)poll(poll_fds, N_WRITERS, end_left_ms(notifier)); /* whatever it returns, all are looked at */
                for (unsigned i = 0; i < N_WRITERS; i++)
                        if (notifier->writers[i])
                                (void)writer_collect(notifier->writers[i]);
        }
}

void notifier_finish(struct notifier *notifier)
{
        struct sink *sink;

        if (notifier->end_usec == 0)
                notifier->end_usec = clock_monotonic_usec() + NOTIFIER_END_MS * INT64_C(1000);
        while ((sink = TAILQ_FIRST(&notifier->sinks)))
                retire(notifier, sink);
        await_writers(notifier);
        remove_retired(notifier);
}

struct notifier *notifier_free(struct notifier *notifier)
{
        struct sink *sink;

        if (!notifier)
                return NULL;
        notifier_finish(notifier);
        while ((sink = TAILQ_FIRST(&notifier->retired))) {
                if (sink->ops->is_busy(sink))
                        log_error("%s: blocked, and abandoned at the end", sink->label);
                remove_sink(&notifier->retired, sink);
        }
        for (unsigned i = 0; i < N_WRITERS; i++)
                (void)writer_free(notifier->writers[i], end_left_ms(notifier));
        event_done(notifier->drain_timer);
        event_done(notifier->context.idle_event);
        (void)alert_reserve_free(notifier->reserve);
        free(notifier->context.spool_path);
        free(notifier);
        return NULL;
}

/* --- alerts ------------------------------------------------------------------------------------------------------------ */

/* The alert with as much of the command line as the sink gets: alert itself, or a copy in *copy that has less. */
static const struct alert *shown_to(const struct sink *sink, const struct alert *alert, struct alert *copy)
{
        struct text cmdline = alert->context.victim_cmdline;

        if (sink->cmdline == CONFIG_CMDLINE_PROGRAM)
                cmdline.length = alert->context.victim_program_length;
        else if (sink->cmdline == CONFIG_CMDLINE_NONE)
                cmdline.length = 0;
        if (cmdline.length == alert->context.victim_cmdline.length)
                return alert;
        *copy = *alert;
        copy->context.victim_cmdline = cmdline;
        return copy;
}

/* What is made for one alert. */
struct renderings {
        struct rendered_alert *variants[CONFIG_CMDLINES]; /* NULL: not made, or no memory for it */
        struct rendered_alert *minimal;                   /* NULL: not needed, or none is free */
        bool has_minimal;                                 /* it was needed */
};

static enum alert_form form_of(const struct notifier *notifier, const struct sink *sink)
{
        if (sink->kind == SINK_JOURNAL)
                return ALERT_FORM_FIELDS;
        return sink->kind == SINK_STDOUT && notifier->out == NOTIFIER_STDOUT_TEXT ? ALERT_FORM_TEXT : ALERT_FORM_JSON;
}

/* The alert in a form for the sink, as shown_to() has it. NULL: there is no memory for that. */
static struct rendered_alert *render_for(const struct notifier *notifier, const struct sink *sink,
                                         const struct alert *shown, struct rendered_alert **rendered)
{
        enum alert_form form = form_of(notifier, sink);

        if (!*rendered)
                *rendered = rendered_alert_new(shown);
        if (!*rendered)
                return NULL;
        if (form == ALERT_FORM_TEXT)
                rendered_alert_add_text(*rendered, shown);
        else if (form == ALERT_FORM_FIELDS)
                rendered_alert_add_fields(*rendered, shown);
        return rendered_alert_has(*rendered, form) ? *rendered : NULL;
}

/* The minimal form, the same for all sinks that need it. NULL: none is free. */
static struct rendered_alert *minimal_of(struct notifier *notifier, const struct alert *alert,
                                         struct renderings *renderings)
{
        if (renderings->has_minimal)
                return renderings->minimal;
        renderings->has_minimal = true;
        renderings->minimal = alert_reserve_render(notifier->reserve, alert);
        if (renderings->minimal) {
                notifier->n_minimal++;
                log_error("out of memory: alert %s goes out without its details: %s", alert->id, alert->summary);
        } else {
                notifier->context.n_left++;
                log_error("out of memory: alert %s is left: %s", alert->id, alert->summary);
        }
        return renderings->minimal;
}

void notifier_send(struct notifier *notifier, const struct alert *alert)
{
        struct renderings renderings = { .has_minimal = false };
        struct sink *sink;
        struct alert copy;

        notifier->n_alerts++;
        /* Receivers on sockets get it first; the forms that they don't need are rendered after that. */
        TAILQ_FOREACH (sink, &notifier->sinks, link) {
                const struct alert *shown = shown_to(sink, alert, &copy);
                struct rendered_alert **variant =
                        &renderings.variants[shown == alert ? CONFIG_CMDLINE_FULL : sink->cmdline];
                struct rendered_alert *rendered = render_for(notifier, sink, shown, variant);

                if (!rendered)
                        rendered = minimal_of(notifier, alert, &renderings);
                if (rendered)
                        sink->ops->send(sink, rendered);
                else
                        sink_leave(sink, rendered_alert_first_seq(alert));
        }
        for (size_t i = 0; i < CONFIG_CMDLINES; i++)
                (void)rendered_alert_unref(renderings.variants[i]);
        (void)rendered_alert_unref(renderings.minimal);
}

void notifier_on_change(struct notifier *notifier, void (*changed)(void *userdata), void *userdata)
{
        notifier->context.changed = changed;
        notifier->context.changed_userdata = userdata;
}

bool notifier_has_capacity(const struct notifier *notifier)
{
        struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link)
                if (!sink->ops->has_capacity(sink))
                        return false;
        return alert_reserve_has_capacity(notifier->reserve);
}

bool notifier_stdout_is_broken(const struct notifier *notifier)
{
        struct sink *sink = find_sink(notifier, SINK_STDOUT, "");

        return sink && sink_blocking_is_broken(sink);
}

bool notifier_stdout_is_busy(const struct notifier *notifier)
{
        struct sink *sink = find_sink(notifier, SINK_STDOUT, "");

        return sink && !sink_blocking_is_broken(sink) && sink->ops->is_busy(sink);
}

const char *notifier_stuck_writer(const struct notifier *notifier, int64_t now_usec)
{
        for (unsigned i = 0; i < N_WRITERS; i++)
                if (i != SINK_STDOUT && notifier->writers[i] && writer_is_stuck(notifier->writers[i], now_usec))
                        return writer_name(notifier->writers[i]);
        return NULL;
}

uint64_t notifier_acknowledged_seq(const struct notifier *notifier)
{
        const struct rendered_alert *first = TAILQ_FIRST(&notifier->context.pending);

        uint64_t seq = notifier->context.left_seq;

        if (first && first->seq < seq)
                seq = first->seq;
        return seq == UINT64_MAX || seq == 0 ? seq : seq - 1;
}

unsigned notifier_n_left(const struct notifier *notifier)
{
        return notifier->context.n_left + notifier->context.n_pending;
}

struct notifier_counts notifier_counts(const struct notifier *notifier)
{
        struct notifier_counts counts = {
                .n_alerts = notifier->n_alerts,
                .n_minimal = notifier->n_minimal,
                .n_delivered = notifier->context.n_delivered,
                .n_dropped = notifier->context.n_dropped,
                .n_too_old = notifier->context.n_too_old,
                .n_pending = notifier->context.n_pending,
        };
        const struct sink *sink;

        TAILQ_FOREACH (sink, &notifier->sinks, link) {
                counts.n_sinks++;
                counts.n_sinks_down += sink->is_down;
        }
        return counts;
}

size_t notifier_sinks(const struct notifier *notifier, struct notifier_sink *ret_sinks)
{
        const struct sink *sink;
        size_t n = 0;

        TAILQ_FOREACH (sink, &notifier->sinks, link) {
                if (n == NOTIFIER_SINKS_MAX)
                        break; /* can't be: the configuration has no more */
                ret_sinks[n++] = (struct notifier_sink){
                        .kind = sink_kind_name(sink),
                        .name = sink->name,
                        .is_spool = sink->kind == SINK_SPOOL,
                        .is_down = sink->is_down,
                        .is_full = sink->is_full,
                        .n_pending = sink->n_pending,
                        .pending_bytes = sink->pending_bytes,
                        .n_delivered = sink->n_delivered,
                        .n_dropped = sink->n_dropped_ever,
                        .n_too_old = sink->n_too_old,
                        .last_error = sink->last_error,
                        .last_error_usec = sink->last_error_usec,
                };
        }
        return n;
}
