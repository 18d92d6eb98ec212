/* daemon/common/service.h: what makes a resident program a service: signals, reloading the configuration, and the messages to
 * its manager (systemd): ready, status, watchdog, stopping.
 *
 * Belongs to the thread of the loop. service_run() sends READY=1 and runs the loop; from it the handler's functions are called:
 *   SIGHUP           a process reads the configuration (config_reload.h), then reload(), if it could be read. Ignored once the program
 *                    stops.
 *   SIGTERM, SIGINT  stop(), once. A second signal breaks the loop at once.
 *   watchdog         is_healthy(), at half the manager's interval. The manager hears nothing when it returns false, and
 *                    restarts the program when it has heard nothing for a whole interval.
 * The program ends the loop itself, with event_base_loopbreak(). A manager that takes no message is never waited for: state and status
 * are sent again until it does. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "common/event.h"

#define SERVICE_STATUS_MAX 256 /* bytes of a status, its terminator included */

struct service;

struct service_handler {
        const char *stopping_status; /* what the program does between SIGTERM and its end, for people */
        /* Applies config. Returns 0 and owns it then, or returns -errno: then the old configuration must still apply. */
        int (*reload)(struct config *config, void *userdata);
        /* Begins to stop: finishes what is in flight, and breaks the loop then. */
        void (*stop)(void *userdata);
        /* Writes one line for people (`systemctl status`); what is too long is cut. */
        void (*describe)(char ret_status[static SERVICE_STATUS_MAX], void *userdata);
        /* Whether the program does its work, beyond the loop's turning. NULL: always. Not called while the program stops. */
        bool (*is_healthy)(void *userdata);
};

/* Takes over the signals, and the watchdog's timer if the manager wants one. config_path (NULL: the default) and handler are kept,
 * not copied. Returns 0 or -ENOMEM. */
int service_new(struct event_base *base, const char *config_path, const struct service_handler *handler, void *userdata,
                struct service **ret_service) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct service *service_free(struct service *service);

/* Runs the loop until it is broken. Logs what goes wrong. Returns EXIT_SUCCESS, or EXIT_FAILURE when the loop failed. */
int service_run(struct service *service) __attribute__((warn_unused_result));

/* Sends the status if it has changed. */
void service_update_status(struct service *service);

/* Stops as SIGTERM does; does nothing when the program stops already. */
void service_stop(struct service *service);
bool service_is_stopping(const struct service *service);
