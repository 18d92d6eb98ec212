#include "watch/app.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/manager.h"
#include "host/clock.h"
#include "host/machine.h"
#include "watch/app_state.h"
#include "watch/capabilities.h"
#include "watch/prefault.h"

/* The slow round: idle reports, cursor, status, whether a courier runs. */
#define ROUND_SEC 5
/* How long the receivers have at the end. What they have not taken by then is spooled. */
#define DRAIN_MS      5000
#define DRAIN_FILE_MS 60000

void app_notify_manager(const char *state)
{
        (void)manager_notify(state); /* that it can't be told was said at the start */
}

/* ---- the end of it -------------------------------------------------------------------------------------------------- */

static void on_drained(void *userdata)
{
        struct app *app = userdata;

        /* A file's alerts all reach standard output, however long somebody reads a page of them. */
        if (app->has_ended && !app->is_asked && notifier_stdout_is_busy(app->notifier))
                notifier_drain(app->notifier, DRAIN_FILE_MS, on_drained, app);
        else
                (void)event_base_loopbreak(app->base);
}

static void stop(struct app *app, int drain_ms)
{
        if (app->is_stopping)
                return;
        app->is_stopping = true;
        app_tell_loss(app);
        if (app->is_machine)
                app_notify_manager("STOPPING=1\nSTATUS=Delivering what is queued");
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
        .record = app_on_record,
        .lost = app_on_lost,
        .rebooted = app_on_rebooted,
        .has_room = app_has_room,
        .ended = on_ended,
};

/* ---- signals ---------------------------------------------------------------------------------------------------------------- */

static void reload(struct app *app)
{
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX], message[64];
        int r;

        (void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_usec());
        app_notify_manager(message);
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
        app_notify_manager("READY=1");
        app_tell_status(app);
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
        app->round = event_new(app->base, -1, EV_PERSIST, app_on_round, app);
        app->cursor_timer = evtimer_new(app->base, app_on_cursor_timer, app);
        if (!app->round || !app->cursor_timer || event_add(app->round, &round) < 0)
                return -ENOMEM;
        if (watchdog_usec == 0)
                return 0;
        half.tv_sec = (time_t)(watchdog_usec / 2 / 1000000);
        half.tv_usec = (suseconds_t)(watchdog_usec / 2 % 1000000);
        app->watchdog = event_new(app->base, -1, EV_PERSIST, app_on_watchdog, app);
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
        r = capabilities_drop();
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
        r = oom_parser_new(app_on_incident, app, &app->parser);
        if (r < 0)
                return r;
        r = users_new("/etc/passwd", &app->users);
        if (r < 0)
                return r;
        r = add_events(app);
        if (r < 0)
                return r;
        if (app->is_machine) {
                machine_identity(&app->host);
                r = witness_init(&app->witness);
                if (r < 0)
                        return r;
                users_refresh(app->users);
                r = resident_rehearse();
                if (r < 0)
                        log_info("the first alert may have to wait for a disk: %s", strerror(-r));
                from = app_load_cursor(app, &cursor_seq);
        }
        return kmsg_source_start(app->source, app->base, from, cursor_seq);
}

static void done(struct app *app)
{
        if (app->notifier && app->source && app->parser) {
                notifier_finish(app->notifier);
                app_store_cursor(app);
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
                app_tell_status(app);
        }
        if (event_base_dispatch(app->base) < 0) {
                log_error("the event loop failed");
                app->exit_status = EXIT_FAILURE;
        }
        if (notifier_stdout_is_broken(app->notifier))
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
