#include "watch/app.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/manager.h"
#include "common/spool.h"
#include "oom/parser.h"
#include "watch/cursor.h"
#include "watch/log_clock.h"
#include "watch/machine.h"
#include "watch/resident.h"
#include "watch/users.h"
#include "watch/witness.h"

/* The slow round: idle reports, cursor, status, whether a courier runs. */
#define ROUND_SEC 5
/* The cursor follows an alert after this. */
#define CURSOR_DELAY_USEC (100 * 1000)
/* How long the receivers have at the end. What they have not taken by then is spooled. */
#define DRAIN_MS      5000
#define DRAIN_FILE_MS 60000
/* A record that is older when it is read was not just printed: its time is estimated. */
#define ARRIVAL_USEC (2 * 1000 * 1000)
/* Rounds that a courier has to start before its absence is told. */
#define COURIER_ROUNDS 3

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNALS };

/* Records lost and not yet told. */
struct loss {
        uint64_t seq, count, mono_usec; /* the first; how many; stamp of the record behind the last */
        bool was_told;                  /* an alert of a loss was sent in this round */
};

struct app {
        const struct app_options *options;
        bool is_machine; /* this machine's own log, not one that was named */
        int exit_status;
        bool is_stopping, is_asked, has_ended; /* it stops: because a signal asked, or the input came to its end */
        struct config *config;
        struct event_base *base;
        struct event *signals[SIGNALS], *round, *watchdog, *cursor_timer;
        struct kmsg_source *source;
        struct oom_parser *parser;
        struct notifier *notifier;
        struct alert_host host;
        struct witness witness;
        struct loss loss;
        struct users *users;
        struct log_clock log_clock;
        bool is_live;        /* the record being read was waited for */
        uint64_t cursor_seq; /* as stored; UINT64_MAX: none */
        unsigned rounds_without_courier;
        char status[256];
};

static void notify_manager(const char *state)
{
        (void)manager_notify(state); /* that it can't be told was said at the start */
}

/* ---- incidents to alerts -------------------------------------------------------------------------------------------- */

/* How long ago the kernel gave a record this stamp. */
static int64_t age_of(const struct app *app, uint64_t mono_usec)
{
        return (int64_t)(machine_monotonic_usec() - mono_usec) - app->log_clock.offset_usec;
}

static void set_time(struct app *app, uint64_t mono_usec, struct alert_context *context)
{
        int64_t age_usec = age_of(app, mono_usec);

        context->time_usec = machine_realtime_usec();
        if (app->is_live && age_usec < ARRIVAL_USEC) {
                context->time_source = ALERT_TIME_ARRIVAL;
        } else {
                context->time_usec -= age_usec;
                context->time_source = ALERT_TIME_ESTIMATED;
        }
}

static struct alert_context context_of(struct app *app, uint64_t mono_usec)
{
        struct alert_context context = {
                .kind = ALERT_SOURCE_KMSG, .time_usec = OOM_UNKNOWN, .machine = {OOM_UNKNOWN, OOM_UNKNOWN}
        };

        if (app->is_machine) {
                machine_memory(&context.machine);
                context.host = &app->host;
                set_time(app, mono_usec, &context);
        }
        return context;
}

static void send_alert(struct app *app, int r, struct alert *alert)
{
        struct timeval delay = { .tv_usec = CURSOR_DELAY_USEC };

        if (r < 0) {
                log_error("an alert could not be made: %s", strerror(-r));
                return;
        }
        notifier_send(app->notifier, alert);
        alert_done(alert);
        if (app->cursor_timer && !evtimer_pending(app->cursor_timer, NULL))
                (void)evtimer_add(app->cursor_timer, &delay); /* the round stores it too */
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct app *app = userdata;
        struct alert_context context = context_of(app, incident->mono_usec);
        struct alert alert;

        if (app->is_machine && incident->type == OOM_TYPE_KILL) {
                witness_look(&incident->victim, (int64_t)machine_boottime_usec() - age_of(app, incident->mono_usec),
                             &app->witness);
                context.victim_cgroup = (struct text){ app->witness.cgroup, app->witness.cgroup_length };
                context.victim_cmdline = (struct text){ app->witness.cmdline, app->witness.cmdline_length };
                context.victim_user = users_name(app->users, incident->victim.uid);
        }
        send_alert(app, alert_from_incident(incident, &context, &alert), &alert);
}

/* ---- the source ------------------------------------------------------------------------------------------------------- */

static void on_record(const struct kmsg_record *record, bool is_live, void *userdata)
{
        struct app *app = userdata;

        app->is_live = is_live;
        if (is_live && app->is_machine && log_clock_is_due(&app->log_clock, record->mono_usec))
                log_clock_sample(&app->log_clock, record->mono_usec, machine_monotonic_usec());
        oom_parser_push(app->parser, record);
}

static void tell_loss(struct app *app)
{
        struct loss *loss = &app->loss;
        struct alert_context context = context_of(app, loss->mono_usec);
        struct alert alert;

        if (loss->count == 0)
                return;
        log_warning("%" PRIu64 " records of the kernel log were lost before they could be read", loss->count);
        send_alert(app, alert_from_loss(loss->seq, loss->mono_usec, loss->count, &context, &alert), &alert);
        loss->count = 0;
        loss->was_told = true;
}

/* The first loss is told at once. While a flood goes on, the ring is overrun again and again: then one alert a round has
 * the sum. */
static void on_lost(uint64_t seq, uint64_t count, uint64_t mono_usec, void *userdata)
{
        struct app *app = userdata;
        struct loss *loss = &app->loss;

        oom_parser_gap(app->parser);
        if (loss->count == 0)
                loss->seq = seq;
        loss->count += count;
        loss->mono_usec = mono_usec;
        if (!app->is_machine || !loss->was_told)
                tell_loss(app);
}

static void on_rebooted(void *userdata)
{
        struct app *app = userdata;

        oom_parser_flush(app->parser);
}

static bool has_room(void *userdata)
{
        struct app *app = userdata;

        return notifier_has_room(app->notifier);
}

static void on_drained(void *userdata)
{
        struct app *app = userdata;

        /* A file's alerts all reach standard output, however long somebody reads a page of them. */
        if (app->has_ended && !app->is_asked && notifier_stdout_waits(app->notifier))
                notifier_drain(app->notifier, DRAIN_FILE_MS, on_drained, app);
        else
                (void)event_base_loopbreak(app->base);
}

static void stop(struct app *app, int drain_ms)
{
        if (app->is_stopping)
                return;
        app->is_stopping = true;
        tell_loss(app);
        if (app->is_machine)
                notify_manager("STOPPING=1\nSTATUS=Delivering what is queued");
        notifier_drain(app->notifier, drain_ms, on_drained, app);
}

static void on_ended(int error, void *userdata)
{
        struct app *app = userdata;
        struct kmsg_source_counts counts = kmsg_source_counts(app->source);

        app->has_ended = true;
        oom_parser_flush(app->parser);
        if (counts.refused || counts.malformed)
                log_notice("%" PRIu64 " records refused (not of the kernel), %" PRIu64 " malformed", counts.refused,
                           counts.malformed);
        if (error < 0) {
                log_error("%s: reading failed: %s", app->options->kmsg_path ? app->options->kmsg_path : "/dev/kmsg",
                          strerror(-error));
                app->exit_status = EXIT_FAILURE;
        }
        stop(app, DRAIN_FILE_MS);
}

static const struct kmsg_source_handler source_handler = {
        .record = on_record,
        .lost = on_lost,
        .rebooted = on_rebooted,
        .has_room = has_room,
        .ended = on_ended,
};

/* ---- cursor ------------------------------------------------------------------------------------------------------------ */

/* Everything up to this record is told and acknowledged; what a report in the making began with will be read again. */
static uint64_t cursor_now(const struct app *app)
{
        uint64_t seq = kmsg_source_counts(app->source).last_seq;
        uint64_t open = oom_parser_open_seq(app->parser);
        uint64_t acknowledged = notifier_acknowledged_seq(app->notifier);

        if (seq == UINT64_MAX)
                return app->cursor_seq;
        if (acknowledged < seq)
                seq = acknowledged;
        if (open != UINT64_MAX && open <= seq)
                seq = open ? open - 1 : UINT64_MAX;
        return seq;
}

static void store_cursor(struct app *app)
{
        uint64_t seq = cursor_now(app);
        int r;

        if (!app->is_machine || seq == UINT64_MAX || seq == app->cursor_seq)
                return;
        r = cursor_store(app->config->cursor_path, app->host.boot_id, seq);
        if (r < 0 && app->cursor_seq != UINT64_MAX - 1)
                log_warning("%s: the cursor can't be stored, a restart will tell again what this run told: %s",
                            app->config->cursor_path, strerror(-r));
        app->cursor_seq = r < 0 ? UINT64_MAX - 1 : seq;
}

static void on_cursor_timer(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        store_cursor(userdata);
}

static enum kmsg_from load_cursor(struct app *app, uint64_t *ret_seq)
{
        int r;

        if (app->options->from != KMSG_FROM_CURSOR)
                return app->options->from;
        r = cursor_load(app->config->cursor_path, app->host.boot_id, ret_seq);
        if (r == 0) {
                app->cursor_seq = *ret_seq;
                return KMSG_FROM_CURSOR;
        }
        if (r != -ENOENT)
                log_warning("%s: the cursor can't be read, beginning with the oldest record: %s",
                            app->config->cursor_path, strerror(-r));
        return KMSG_FROM_OLDEST;
}

/* ---- the slow round ------------------------------------------------------------------------------------------------------ */

static void tell_status(struct app *app)
{
        struct notifier_counts notified = notifier_counts(app->notifier);
        struct kmsg_source_counts read = kmsg_source_counts(app->source);
        bool no_courier = app->rounds_without_courier >= COURIER_ROUNDS;
        char status[sizeof(app->status)];

        (void)snprintf(status, sizeof(status),
                       "STATUS=Watching: %" PRIu64 " alerts, %u waiting, %" PRIu64
                       " not delivered; %u of %u sinks up; %" PRIu64 " records lost, %" PRIu64 " refused, %" PRIu64
                       " malformed%s",
                       notified.alerts, notified.waiting, notified.failed, notified.sinks - notified.sinks_down,
                       notified.sinks, read.lost, read.refused, read.malformed,
                       no_courier ? "; webhooks wait: no courier runs" : "");
        if (strcmp(status, app->status) == 0)
                return;
        memcpy(app->status, status, sizeof(status));
        notify_manager(status);
}

static void look_for_courier(struct app *app)
{
        if (app->config->n_webhooks == 0 || spool_is_locked(app->config->spool_path)) {
                if (app->rounds_without_courier >= COURIER_ROUNDS)
                        log_notice("a courier runs: webhooks get their alerts");
                app->rounds_without_courier = 0;
                return;
        }
        if (++app->rounds_without_courier == COURIER_ROUNDS)
                log_warning("webhooks are configured, but no oomwatch-courier runs: their alerts wait in %s",
                            app->config->spool_path);
}

static void on_round(evutil_socket_t fd, short what, void *userdata)
{
        struct app *app = userdata;

        (void)fd;
        (void)what;
        (void)oom_parser_tick(app->parser, machine_monotonic_usec() - (uint64_t)app->log_clock.offset_usec);
        users_refresh(app->users);
        app->loss.was_told = false;
        tell_loss(app);
        look_for_courier(app);
        store_cursor(app);
        tell_status(app);
}

/* Comes from the loop, so the loop turns; and the reader must have kept up: what is there to be read is read. */
static void on_watchdog(evutil_socket_t fd, short what, void *userdata)
{
        struct app *app = userdata;

        (void)fd;
        (void)what;
        if (app->is_stopping || kmsg_source_is_healthy(app->source))
                notify_manager("WATCHDOG=1");
}

/* ---- signals ---------------------------------------------------------------------------------------------------------------- */

static void reload(struct app *app)
{
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX], message[64];
        int r;

        (void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, machine_monotonic_usec());
        notify_manager(message);
        r = config_load(app->options->config_path, &config, error);
        if (r == 0) {
                r = notifier_reload(app->notifier, config);
                if (r < 0)
                        (void)snprintf(error, sizeof(error), "%s", strerror(-r));
        }
        if (r < 0) {
                log_error("the configuration was not reloaded, the old one stays: %s", error);
                config_free(config);
        } else {
                if (strcmp(config->cursor_path, app->config->cursor_path) != 0)
                        app->cursor_seq = UINT64_MAX; /* not stored there yet */
                config_free(app->config);
                app->config = config;
                log_notice("configuration reloaded");
        }
        app->status[0] = '\0';
        notify_manager("READY=1");
        tell_status(app);
}

static void on_signal(evutil_socket_t signal, short what, void *userdata)
{
        struct app *app = userdata;

        (void)what;
        if (signal == SIGHUP)
                reload(app);
        else if (app->is_stopping)
                (void)event_base_loopbreak(app->base); /* asked twice, or while the end is waited for */
        else
                stop(app, DRAIN_MS);
        app->is_asked = app->is_asked || signal != SIGHUP;
}

/* ---- start and end ------------------------------------------------------------------------------------------------------------ */

static int add_events(struct app *app)
{
        static const int numbers[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };
        struct timeval round = { .tv_sec = ROUND_SEC }, half;
        uint64_t watchdog_usec = manager_watchdog_usec();

        for (int i = 0; i < SIGNALS; i++) {
                app->signals[i] = evsignal_new(app->base, numbers[i], on_signal, app);
                if (!app->signals[i] || evsignal_add(app->signals[i], NULL) < 0)
                        return -ENOMEM;
        }
        if (!app->is_machine)
                return 0;
        app->round = event_new(app->base, -1, EV_PERSIST, on_round, app);
        app->cursor_timer = evtimer_new(app->base, on_cursor_timer, app);
        if (!app->round || !app->cursor_timer || event_add(app->round, &round) < 0)
                return -ENOMEM;
        if (watchdog_usec == 0)
                return 0;
        half.tv_sec = (time_t)(watchdog_usec / 2 / 1000000);
        half.tv_usec = (suseconds_t)(watchdog_usec / 2 % 1000000);
        app->watchdog = event_new(app->base, -1, EV_PERSIST, on_watchdog, app);
        if (!app->watchdog || event_add(app->watchdog, &half) < 0)
                return -ENOMEM;
        return 0;
}

/* What needs a privilege, before it is given up. */
static int open_source(struct app *app)
{
        const char *path = app->is_machine ? "/dev/kmsg" : app->options->kmsg_path;
        int r = kmsg_source_open(path, &source_handler, app, &app->source);

        if (r < 0) {
                log_error("%s: can't be opened: %s%s", path, strerror(-r),
                          app->is_machine && (r == -EPERM || r == -EACCES) ? " (root or CAP_SYSLOG is needed)" : "");
                return r;
        }
        if (app->is_machine) {
                r = resident_lock();
                if (r < 0)
                        log_info("memory is not locked: %s", strerror(-r));
        }
        r = machine_drop_capabilities();
        if (r < 0)
                log_error("capabilities can't be given up: %s", strerror(-r));
        return r;
}

static int start(struct app *app)
{
        uint64_t cursor_seq = 0;
        enum kmsg_from from = KMSG_FROM_OLDEST;
        int r;

        app->base = event_base_new();
        if (!app->base)
                return -ENOMEM;
        r = notifier_new(app->base, app->config, app->options->out, &app->notifier);
        if (r < 0)
                return r;
        r = oom_parser_new(on_incident, app, &app->parser);
        if (r < 0)
                return r;
        r = users_new("/etc/passwd", &app->users);
        if (r < 0)
                return r;
        r = add_events(app);
        if (r < 0)
                return r;
        if (app->is_machine) {
                machine_host(&app->host);
                r = witness_init(&app->witness);
                if (r < 0)
                        return r;
                users_refresh(app->users);
                r = resident_rehearse();
                if (r < 0)
                        log_info("the first alert may have to wait for a disk: %s", strerror(-r));
                from = load_cursor(app, &cursor_seq);
        }
        return kmsg_source_start(app->source, app->base, from, cursor_seq);
}

static void done(struct app *app)
{
        if (app->notifier && app->source && app->parser) {
                notifier_finish(app->notifier);
                store_cursor(app);
        }
        kmsg_source_free(app->source);
        witness_done(&app->witness);
        oom_parser_free(app->parser);
        users_free(app->users);
        notifier_free(app->notifier);
        for (int i = 0; i < SIGNALS; i++)
                if (app->signals[i])
                        event_free(app->signals[i]);
        if (app->round)
                event_free(app->round);
        if (app->watchdog)
                event_free(app->watchdog);
        if (app->cursor_timer)
                event_free(app->cursor_timer);
        if (app->base)
                event_base_free(app->base);
        config_free(app->config);
}

static void run(struct app *app)
{
        int r = open_source(app);

        app->exit_status = EXIT_FAILURE;
        if (r < 0)
                return;
        r = start(app);
        if (r < 0) {
                log_error("can't start: %s", strerror(-r));
                return;
        }
        app->exit_status = EXIT_SUCCESS;
        if (app->is_machine) {
                r = manager_notify("READY=1");
                if (r < 0)
                        log_error("the service manager can't be told: NOTIFY_SOCKET: %s", strerror(-r));
                tell_status(app);
        }
        if (event_base_dispatch(app->base) < 0) {
                log_error("the event loop failed");
                app->exit_status = EXIT_FAILURE;
        }
        if (notifier_stdout_failed(app->notifier))
                app->exit_status = EXIT_FAILURE;
}

int app_run(const struct app_options *options)
{
        struct app *app;
        char error[CONFIG_ERROR_MAX];
        int status;

        resident_set_malloc();
        app = calloc(1, sizeof(*app));
        if (!app) {
                log_error("can't start: %s", strerror(ENOMEM));
                return EXIT_FAILURE;
        }
        app->options = options;
        app->is_machine = !options->kmsg_path;
        app->cursor_seq = UINT64_MAX;
        if (config_load(options->config_path, &app->config, error) < 0) {
                log_error("%s", error);
                app->exit_status = 2;
        } else {
                resident_forget_start();
                run(app);
        }
        done(app);
        status = app->exit_status;
        free(app);
        return status;
}
