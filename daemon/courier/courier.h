/* daemon/courier/courier.h: all webhooks of a configuration, and the lock of the spool they are fed from. */

#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "courier/delivery.h"

struct courier;

/* Takes the spool's lock and begins to deliver. config is borrowed, until courier_reload() or courier_free(). changed
 * is called from the loop when what courier_status() says may have changed. Returns 0; -EAGAIN: another courier has the
 * lock; -errno. */
int courier_new(struct event_base *base, const struct config *config, bool once, void (*changed)(void *userdata),
                void *userdata, struct courier **ret_courier) __attribute__((warn_unused_result));

/* Abandons what is under way; it stays in the spool. Accepts NULL and half-made objects. Returns NULL. */
struct courier *courier_free(struct courier *courier);

/* Takes over a new configuration. Webhooks of the same name go on; a failed one is tried again at once. The
 * spool stays the one of the start. Returns 0, or -errno with the old configuration in place. */
int courier_reload(struct courier *courier, const struct config *config) __attribute__((warn_unused_result));

/* Begins no further request. */
void courier_stop(struct courier *courier);

struct courier_status {
        struct delivery_counts counts;
        size_t webhooks, failing; /* failing: those of them whose last attempt failed */
        size_t waiting;           /* alerts */
        bool idle;                /* nothing is under way, and without a new alert nothing will be */
};

struct courier_status courier_status(const struct courier *courier);
