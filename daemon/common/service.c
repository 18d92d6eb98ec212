#include "common/service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config_reload.h"
#include "common/log.h"
#include "common/manager.h"
#include "host/clock.h"
#include "util/array.h"

static const int signal_numbers[] = { SIGTERM, SIGINT, SIGHUP };
#define N_SIGNALS (COUNT(signal_numbers))

/* While the manager takes no message, its state is sent again after this. */
#define RETRY_MS 1000

/* Longer than any disk takes: where the configuration is on a network that is away, reading it would hang for ever. */
#define RELOAD_MS 30000

struct service {
        struct event_base *base;
        struct config_reload *config_reload;
        const struct service_handler *handler;
        void *userdata;
        struct event *signals[N_SIGNALS], *watchdog;
        struct event *retry; /* pending: the last message was not taken */
        bool is_stopping;
        bool owes_ready;                 /* READY=1 was not sent yet */
        char status[SERVICE_STATUS_MAX]; /* as it was sent, or will be by retry */
};

/* A failure needs no other message than service_run()'s. */
static int __attribute__((format(printf, 1, 2))) notify(const char *format, ...)
{
        char message[SERVICE_STATUS_MAX + 64];
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(message, sizeof(message), format, arguments); /* it fits */
        va_end(arguments);
        return manager_notify(message);
}

/* Sends the state as it is now, or later, if the manager takes nothing now. Returns 1, 0 or -errno. */
static int notify_state(struct service *service)
{
        int r;

        if (service->is_stopping)
                r = notify("STOPPING=1\nSTATUS=%s", service->handler->stopping_status);
        else
                r = notify("%sSTATUS=%s", service->owes_ready ? "READY=1\n" : "", service->status);
        if (r == -EAGAIN) {
                (void)timer_start(service->retry, RETRY_MS); /* no memory: the next message has the state */
                return 0;
        }
        (void)event_del(service->retry); /* can't fail: it is a timer of ours */
        service->owes_ready = false;
        return r;
}

static void on_retry(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        (void)notify_state(userdata);
}

static int notify_ready(struct service *service)
{
        service->handler->describe(service->status, service->userdata);
        service->owes_ready = true;
        return notify_state(service);
}

void service_update_status(struct service *service)
{
        char status[SERVICE_STATUS_MAX];

        if (service->is_stopping)
                return;
        service->handler->describe(status, service->userdata);
        if (strcmp(status, service->status) == 0)
                return;
        memcpy(service->status, status, sizeof(status));
        (void)notify_state(service);
}

static void on_watchdog(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct service *service = userdata;

        if (service->is_stopping || !service->handler->is_healthy || service->handler->is_healthy(service->userdata))
                (void)notify("WATCHDOG=1");
}

static void on_config(struct config *config, const char *error, void *userdata)
{
        struct service *service = userdata;
        int r;

        if (service->is_stopping) {
                config_free(config);
                return;
        }
        if (config) {
                r = service->handler->reload(config, service->userdata);
                if (r < 0) {
                        error = strerror(-r);
                        config = config_free(config);
                }
        }
        if (config)
                log_notice("configuration reloaded");
        else
                log_error("the configuration was not reloaded, the old one stays: %s", error);
        (void)notify_ready(service);
}

static void reload(struct service *service)
{
        (void)notify("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_usec());
        config_reload_start(service->config_reload);
}

void service_stop(struct service *service)
{
        if (service->is_stopping)
                return;
        service->is_stopping = true;
        (void)notify_state(service);
        service->handler->stop(service->userdata);
}

bool service_is_stopping(const struct service *service)
{
        return service->is_stopping;
}

static void on_signal(evutil_socket_t number, _unused_ short what, void *userdata)
{
        struct service *service = userdata;

        if (!service->is_stopping && number == SIGHUP)
                reload(service);
        else if (!service->is_stopping)
                service_stop(service);
        else if (number != SIGHUP)
                (void)event_base_loopbreak(service->base); /* can't fail for a base that runs */
}

static int add_watchdog(struct service *service)
{
        uint64_t half_usec = manager_watchdog_usec() / 2;

        if (half_usec == 0)
                return 0;
        service->watchdog = event_new(service->base, -1, EV_PERSIST, on_watchdog, service);
        return service->watchdog && event_add_after(service->watchdog, (int64_t)half_usec) == 0 ? 0 : -ENOMEM;
}

int service_new(struct event_base *base, const char *config_path, const struct service_handler *handler, void *userdata,
                struct service **ret_service)
{
        struct service *service = calloc(1, sizeof(*service));
        int r;

        if (!service)
                return -ENOMEM;
        service->base = base;
        service->handler = handler;
        service->userdata = userdata;
        r = config_reload_new(base, config_path, RELOAD_MS, on_config, service, &service->config_reload);
        for (size_t i = 0; i < N_SIGNALS && r == 0; i++) {
                service->signals[i] = evsignal_new(base, signal_numbers[i], on_signal, service);
                if (!service->signals[i] || evsignal_add(service->signals[i], NULL) < 0)
                        r = -ENOMEM;
        }
        service->retry = evtimer_new(base, on_retry, service);
        if (r == 0)
                r = service->retry ? add_watchdog(service) : -ENOMEM;
        if (r < 0) {
                service_free(service);
                return r;
        }
        *ret_service = service;
        return 0;
}

struct service *service_free(struct service *service)
{
        if (!service)
                return NULL;
        for (size_t i = 0; i < N_SIGNALS; i++)
                event_done(service->signals[i]);
        event_done(service->watchdog);
        event_done(service->retry);
        (void)config_reload_free(service->config_reload);
        free(service);
        return NULL;
}

int service_run(struct service *service)
{
        int r = notify_ready(service);

        if (r < 0)
                log_error("the service manager can't be notified: NOTIFY_SOCKET: %s", strerror(-r));
        if (event_base_dispatch(service->base) < 0) {
                log_error("the event loop failed");
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
