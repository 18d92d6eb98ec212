/* daemon/courier/main.c: oomwatch-courier takes alerts from the spool to webhooks. Its options, and its start and end as a
 * service; the work is courier.c's. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/log.h"
#include "common/options.h"
#include "common/service.h"
#include "courier/courier.h"
#include "util/cleanup.h"

#define STOP_TIMEOUT_MS 5000 /* for the answer to a request in flight; without it the alert would be sent again */
#define STATUS_DELAY_MS 200  /* a burst of deliveries is one message to systemd */

struct app {
        const char *config_path; /* NULL: the default */
        bool once;
        struct event_base *base;
        struct config *config;
        struct courier *courier;
        struct service *service;
        struct event *status_timer, *stop_timer;
};

/* --- options --------------------------------------------------------------------------------------------------- */

static const char help[] =
        "Usage: oomwatch-courier [OPTION]...\n"
        "Delivers the alerts that oomwatchd has spooled to the webhooks of its configuration.\n"
        "\n"
        "  -c, --config FILE  configuration (default: " CONFIG_DEFAULT_PATH ")\n"
        "      --once         deliver what is there and exit\n"
        "      --version      print the version and exit\n"
        "  -h, --help         print this and exit\n"
        "\n"
        "Exit status: 0 done, 1 failure at run time, or with --once some alerts are left or rejected,\n"
        "2 wrong usage or configuration.\n"
        "SIGHUP reloads the configuration, SIGTERM waits for requests in flight and stops.\n";

/* Returns -1, or the exit status. */
static int parse_options(int argc, char **argv, struct app *app)
{
        enum { OPTION_CONFIG, OPTION_ONCE, OPTION_VERSION, OPTION_HELP };
        static const struct option_row rows[] = {
                { "config", 'c', true, OPTION_CONFIG },
                { "once", '\0', false, OPTION_ONCE },
                { "version", '\0', false, OPTION_VERSION },
                { "help", 'h', false, OPTION_HELP },
                { NULL, '\0', false, 0 },
        };
        struct options line = { .arguments = argv + (argc > 0) };
        int option;

        while ((option = options_next(&line, rows)) != OPTIONS_END) {
                switch (option) {
                case OPTION_CONFIG:
                        app->config_path = line.value;
                        break;
                case OPTION_ONCE:
                        app->once = true;
                        break;
                case OPTION_VERSION:
                        return options_print("oomwatch-courier " OOMWATCH_VERSION "\n");
                case OPTION_HELP:
                        return options_print(help);
                default:
                        return options_complain(&line, "oomwatch-courier");
                }
        }
        return -1;
}

/* --- as a service ---------------------------------------------------------------------------------------------- */

static void describe(char ret_status[static SERVICE_STATUS_MAX], void *userdata)
{
        struct app *app = userdata;
        struct courier_status status = courier_status(app->courier);
        char failing[32] = "", wrong[CONFIG_NAME_MAX + 64] = "";

        if (status.n_failing > 0)
                (void)snprintf(failing, sizeof(failing), " (%zu failing)", status.n_failing); /* it fits */
        if (status.wrong_name)
                (void)snprintf(wrong, sizeof(wrong), "; \"%s\" answers with status %d: see the log", status.wrong_name,
                               status.wrong_status); /* it fits */
        (void)snprintf(ret_status, SERVICE_STATUS_MAX,
                       "%zu webhooks%s, %zu alerts waiting, %" PRIu64 " delivered, %" PRIu64 " rejected%s",
                       status.n_webhooks, failing, status.n_waiting, status.counts.n_delivered,
                       status.counts.n_rejected, wrong); /* it fits */
}

static int reload(struct config *config, void *userdata)
{
        struct app *app = userdata;
        int r = courier_reload(app->courier, config);

        if (r < 0)
                return r;
        config_free(app->config);
        app->config = config;
        return 0;
}

static void break_loop(struct app *app)
{
        (void)event_base_loopbreak(app->base); /* can't fail for a base that runs */
}

static void stop(void *userdata)
{
        struct app *app = userdata;

        courier_stop(app->courier);
        if (courier_status(app->courier).is_idle || timer_start(app->stop_timer, STOP_TIMEOUT_MS) < 0)
                break_loop(app);
}

static const struct service_handler service_handler = {
        .stopping_status = "Waiting for the answers to requests in flight",
        .reload = reload,
        .stop = stop,
        .describe = describe,
};

static void on_stop_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        break_loop(userdata);
}

static void on_status_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct app *app = userdata;

        service_update_status(app->service);
}

static void on_changed(void *userdata)
{
        struct app *app = userdata;

        if (!evtimer_pending(app->status_timer, NULL))
                (void)timer_start(app->status_timer, STATUS_DELAY_MS); /* a status that is late is no reason to stop */
        if ((service_is_stopping(app->service) || app->once) && courier_status(app->courier).is_idle)
                break_loop(app);
}

/* --- the program ----------------------------------------------------------------------------------------------- */

static void app_done(struct app *app)
{
        courier_free(app->courier);
        service_free(app->service);
        event_done(app->status_timer);
        event_done(app->stop_timer);
        if (app->base)
                event_base_free(app->base);
        config_free(app->config);
}

static int app_init(struct app *app)
{
        int r;

        app->base = event_base_new();
        if (!app->base)
                return -ENOMEM;
        app->status_timer = evtimer_new(app->base, on_status_timer, app);
        app->stop_timer = evtimer_new(app->base, on_stop_timer, app);
        if (!app->status_timer || !app->stop_timer)
                return -ENOMEM;
        r = service_new(app->base, app->config_path, &service_handler, app, &app->service);
        if (r < 0)
                return r;
        return courier_new(app->base, app->config, app->once, on_changed, app, &app->courier);
}

static int app_run(struct app *app)
{
        struct courier_status status;
        int r = app_init(app);

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
        if (app->once && courier_status(app->courier).is_idle)
                (void)event_base_loopexit(app->base, NULL); /* in its first turn; else on_changed() breaks it */
        r = service_run(app->service);
        status = courier_status(app->courier);
        if (app->once && (status.n_waiting > 0 || status.n_failing > 0 || status.counts.n_rejected > 0))
                return EXIT_FAILURE;
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_(app_done) struct app app = { 0 };
        char error[CONFIG_ERROR_MAX];
        int r;

        r = parse_options(argc, argv, &app);
        if (r >= 0)
                return r;
        log_init("oomwatch-courier", LOG_INFO);
        log_bridge_libevent();
        (void)signal(SIGPIPE, SIG_IGN); /* libcurl's TLS may write to a connection that has gone */
        r = config_load(app.config_path, &app.config, error);
        if (r < 0) {
                log_error("%s", error);
                return config_exit_status(r);
        }
        return app_run(&app);
}
