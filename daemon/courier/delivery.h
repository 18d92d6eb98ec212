/* daemon/courier/delivery.h: takes one webhook's alerts from its spool directory to its receiver, in order, one at a
 * time.
 *
 * An alert leaves the directory when the receiver has confirmed it, was too old to tell, or was refused for good
 * (rejected/); until then it is at the head, tried again and again, and those behind it wait. Each delivery has its own
 * directory, request and timers: one that is stalled delays no other. It says of an outage when it begins and when it
 * ends, not at each attempt. */

#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "courier/http.h"

struct delivery_counts {
        uint64_t delivered;
        uint64_t rejected; /* refused, not accepted in time, or no alert */
        uint64_t expired;  /* too old to tell */
};

/* What a delivery is given; it outlives the delivery. */
struct delivery_context {
        struct event_base *base;
        struct http *http;
        struct delivery_counts *counts;  /* added to */
        bool once;                       /* what is there now, until the first failure that would be tried again */
        void (*changed)(void *userdata); /* counts, waiting or idle may have; from the loop */
        void *userdata;
};

struct delivery;

/* Opens (and makes) the webhook's directory below spool_path and begins, from the loop. webhook is borrowed, until
 * delivery_set_webhook(). Returns 0 or -errno. */
int delivery_new(const struct delivery_context *context, const char *spool_path, const struct config_webhook *webhook,
                 struct delivery **ret_delivery) __attribute__((warn_unused_result));

/* A request under way is abandoned, its alert stays in the spool. Accepts NULL. Returns NULL. */
struct delivery *delivery_free(struct delivery *delivery);

/* Takes over a new configuration of the webhook of the same name; a failed alert is tried again at once. */
void delivery_set_webhook(struct delivery *delivery, const struct config_webhook *webhook);

/* Begins no further request. */
void delivery_stop(struct delivery *delivery);

const char *delivery_name(const struct delivery *delivery);
/* No request is under way, and without a new alert none will be. */
bool delivery_is_idle(const struct delivery *delivery);
/* The last attempt failed and will be repeated. */
bool delivery_is_failing(const struct delivery *delivery);
/* How many alerts wait, the one under way included. */
size_t delivery_waiting(const struct delivery *delivery);
