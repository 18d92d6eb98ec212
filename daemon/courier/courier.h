/* daemon/courier/courier.h: the deliveries to all webhooks of a configuration, and the lock of the spool. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "common/event.h"
#include "courier/delivery.h"

struct courier;

/* Takes the spool's lock and begins to deliver. base is borrowed; config too, until courier_reload() or courier_free().
 * once: delivers what is spooled now, and nothing after a failure that would be retried. changed is called from the loop
 * when courier_status() may have changed. Returns 0; -EAGAIN: another courier has the lock; -errno. */
int courier_new(struct event_base *base, const struct config *config, bool once, void (*changed)(void *userdata),
                void *userdata, struct courier **ret_courier) __attribute__((warn_unused_result));

/* Cancels the requests in flight; their alerts stay in the spool. Accepts NULL. Returns NULL. */
struct courier *courier_free(struct courier *courier);

/* Takes over a new configuration, which is borrowed from now on. Webhooks of the same name continue; a failed alert is
 * retried at once. A changed spool path takes effect at the next start. Returns 0, or -errno with the old configuration
 * in place. */
int courier_reload(struct courier *courier, const struct config *config) __attribute__((warn_unused_result));

/* Begins no more requests; those in flight go on. */
void courier_stop(struct courier *courier);

struct courier_status {
        struct delivery_counts counts;
        size_t n_webhooks, n_failing; /* failing: the last attempt failed */
        const char *wrong_name;       /* of a webhook that fails until somebody mends it, borrowed; NULL: none */
        int wrong_status;             /* what its receiver answered */
        size_t n_waiting;             /* alerts in the spool, those in flight included */
        bool is_idle;                 /* no request is in flight or planned */
};

struct courier_status courier_status(const struct courier *courier);
