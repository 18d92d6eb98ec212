/* oomwatch-courier: takes alerts from the spool to webhooks. Options, signals, and what systemd is told; the work is
 * courier.c's. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/log.h"
#include "common/manager.h"
#include "common/options.h"
#include "courier/courier.h"
#include "host/clock.h"
#include "util/cleanup.h"

#define EXIT_USAGE 2

#define STOP_TIMEOUT_SEC  5      /* for the answer to a request under way; without it the alert would be sent again */
#define STATUS_DELAY_USEC 200000 /* a burst of deliveries is one message to systemd */

struct courier_options {
        const char *config_path;
        bool once;
};

struct app {
        struct courier_options options;
        struct event_base *base;
        struct config *config;
        struct courier *courier;
        struct event *on_term, *on_int, *on_hup, *status, *watchdog, *stop_timer;
        bool stopping;
};

/* --- options --------------------------------------------------------------------------------------------------- */

static void print_help(FILE *stream)
{
        (void)fprintf(stream,
                      "oomwatch-courier [-c FILE] [--once]\n"
                      "Delivers the alerts that oomwatchd has spooled to the webhooks of its configuration.\n\n"
                      "  -c, --config FILE  configuration, instead of " CONFIG_DEFAULT_PATH "\n"
                      "      --once         deliver what is there and exit: 0 all delivered, 1 some left or rejected\n"
                      "      --version      print the version and exit\n"
                      "  -h, --help         print this and exit\n");
}

/* Returns -1, or the code to exit with. */
static int parse_options(int argc, char **argv, struct courier_options *ret_options)
{
        enum { OPTION_CONFIG, OPTION_ONCE, OPTION_VERSION, OPTION_HELP };
        static const struct option_row rows[] = {
                { "config", 'c', true, OPTION_CONFIG },
                { "once", '\0', false, OPTION_ONCE },
                { "version", '\0', false, OPTION_VERSION },
                { "help", 'h', false, OPTION_HELP },
                { NULL, '\0', false, 0 },
        };
        struct courier_options options = { 0 };
        struct options line = { .arguments = argv + (argc > 0) };
        int option;

        while ((option = options_next(&line, rows)) != OPTIONS_END) {
                switch (option) {
                case OPTION_CONFIG:
                        options.config_path = line.value;
                        break;
                case OPTION_ONCE:
                        options.once = true;
                        break;
                case OPTION_VERSION:
                        (void)puts("oomwatch-courier " OOMWATCH_VERSION);
                        return EXIT_SUCCESS;
                case OPTION_HELP:
                        print_help(stdout);
                        return EXIT_SUCCESS;
                default:
                        (void)fprintf(stderr, "oomwatch-courier: '%s': %s\n", line.wrong, line.wrong_what);
                        print_help(stderr);
                        return EXIT_USAGE;
                }
        }
        *ret_options = options;
        return -1;
}

/* --- what systemd is told -------------------------------------------------------------------------------------- */

static void notify_manager(const char *state)
{
        (void)manager_notify(state); /* that it can't be told was said at the start */
}

static void notify_status(const char *state, const struct app *app)
{
        struct courier_status status = courier_status(app->courier);
        char failing[32] = "", message[256];

        if (status.failing > 0)
                (void)snprintf(failing, sizeof(failing), " (%zu failing)", status.failing); /* it fits */
        (void)snprintf(message, sizeof(message),
                       "%sSTATUS=%zu webhooks%s, %zu alerts waiting, %" PRIu64 " delivered, %" PRIu64 " rejected",
                       state, status.webhooks, failing, status.waiting, status.counts.delivered,
                       status.counts.rejected); /* it fits */
        notify_manager(message);
}

static void on_status(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        notify_status("", userdata);
}

static void on_watchdog(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        (void)userdata;
        notify_manager("WATCHDOG=1");
}

static void on_changed(void *userdata)
{
        struct timeval delay = { .tv_usec = STATUS_DELAY_USEC };
        struct app *app = userdata;

        if (!evtimer_pending(app->status, NULL))
                (void)evtimer_add(app->status, &delay); /* a status that is late is no reason to stop */
        if ((app->stopping || app->options.once) && courier_status(app->courier).idle)
                (void)event_base_loopbreak(app->base); /* can't fail for a base that runs */
}

/* --- signals --------------------------------------------------------------------------------------------------- */

static void on_stop(evutil_socket_t signal_number, short what, void *userdata)
{
        struct timeval timeout = { .tv_sec = STOP_TIMEOUT_SEC };
        struct app *app = userdata;

        (void)signal_number;
        (void)what;
        if (app->stopping) { /* asked twice, or the time is over */
                (void)event_base_loopbreak(app->base);
                return;
        }
        app->stopping = true;
        notify_status("STOPPING=1\n", app);
        courier_stop(app->courier);
        if (courier_status(app->courier).idle || evtimer_add(app->stop_timer, &timeout) < 0)
                (void)event_base_loopbreak(app->base);
}

static void reload(struct app *app)
{
        char error[CONFIG_ERROR_MAX];
        struct config *config = NULL;
        int r;

        if (config_load(app->options.config_path, &config, error) < 0) {
                log_error("%s", error);
                log_error("the configuration was not reloaded, the old one stays");
                return;
        }
        r = courier_reload(app->courier, config);
        if (r < 0) {
                log_error("can't take over the configuration: %s; the old one stays", strerror(-r));
                config_free(config);
                return;
        }
        if (strcmp(config->spool_path, app->config->spool_path) != 0)
                log_warning("the spool's path changes with a restart, not with a reload");
        config_free(app->config);
        app->config = config;
        log_notice("configuration reloaded: %zu webhook(s)", config->n_webhooks);
}

static void on_reload(evutil_socket_t signal_number, short what, void *userdata)
{
        struct app *app = userdata;
        char message[64];

        (void)signal_number;
        (void)what;
        if (app->stopping)
                return;
        (void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                       clock_monotonic_usec()); /* it fits */
        notify_manager(message);
        reload(app);
        notify_status("READY=1\n", app);
}

/* --- the program ----------------------------------------------------------------------------------------------- */

static void app_done(struct app *app)
{
        struct event *events[] = {
                app->on_term, app->on_int, app->on_hup, app->status, app->watchdog, app->stop_timer
        };

        courier_free(app->courier);
        for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
                if (events[i])
                        event_free(events[i]);
        if (app->base)
                event_base_free(app->base);
        config_free(app->config);
}

static int app_init(struct app *app)
{
        uint64_t watchdog_usec = manager_watchdog_usec();
        struct timeval interval;

        app->base = event_base_new();
        if (!app->base)
                return -ENOMEM;
        app->on_term = evsignal_new(app->base, SIGTERM, on_stop, app);
        app->on_int = evsignal_new(app->base, SIGINT, on_stop, app);
        app->on_hup = evsignal_new(app->base, SIGHUP, on_reload, app);
        app->status = evtimer_new(app->base, on_status, app);
        app->stop_timer = evtimer_new(app->base, on_stop, app);
        app->watchdog = event_new(app->base, -1, EV_PERSIST, on_watchdog, app);
        if (!app->on_term || !app->on_int || !app->on_hup || !app->status || !app->stop_timer || !app->watchdog ||
            event_add(app->on_term, NULL) < 0 || event_add(app->on_int, NULL) < 0 || event_add(app->on_hup, NULL) < 0)
                return -ENOMEM;
        if (watchdog_usec > 0) {
                watchdog_usec /= 2;
                interval = (struct timeval){ .tv_sec = (time_t)(watchdog_usec / 1000000),
                                             .tv_usec = (suseconds_t)(watchdog_usec % 1000000) };
                if (event_add(app->watchdog, &interval) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int app_run(struct app *app)
{
        struct courier_status status;
        int r;

        r = app_init(app);
        if (r == 0)
                r = courier_new(app->base, app->config, app->options.once, on_changed, app, &app->courier);
        if (r == -EAGAIN) {
                log_error("another oomwatch-courier delivers from %s", app->config->spool_path);
                return EXIT_FAILURE;
        }
        if (r < 0) {
                log_error("can't start with spool %s: %s", app->config->spool_path, strerror(-r));
                return EXIT_FAILURE;
        }
        if (app->config->n_webhooks == 0)
                log_notice("no webhooks are configured: there is nothing to deliver");
        r = manager_notify("READY=1");
        if (r < 0)
                log_error("the service manager can't be told: NOTIFY_SOCKET: %s", strerror(-r));
        notify_status("", app);
        if (!(app->options.once && courier_status(app->courier).idle) && event_base_dispatch(app->base) < 0) {
                log_error("the event loop failed");
                return EXIT_FAILURE;
        }
        status = courier_status(app->courier);
        if (app->options.once && (status.waiting > 0 || status.failing > 0 || status.counts.rejected > 0))
                return EXIT_FAILURE;
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        _cleanup_(app_done) struct app app = { 0 };
        char error[CONFIG_ERROR_MAX];
        int r;

        r = parse_options(argc, argv, &app.options);
        if (r >= 0)
                return r;
        log_init("oomwatch-courier", LOG_INFO);
        log_bridge_libevent();
        (void)signal(SIGPIPE, SIG_IGN); /* libcurl's TLS may write to a connection that has gone */
        if (config_load(app.options.config_path, &app.config, error) < 0) {
                (void)fprintf(stderr, "%s\n", error);
                return EXIT_USAGE;
        }
        return app_run(&app);
}
