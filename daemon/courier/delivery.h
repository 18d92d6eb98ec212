/* daemon/courier/delivery.h: sends one webhook's alerts from its spool directory to its receiver, in order, one at a
 * time.
 *
 * The oldest alert is the head. It leaves the directory when the receiver has accepted it, when it is older than max_age,
 * or when its body was refused for good, or it was not accepted within retry_for (rejected/). Until then it is retried, and
 * the others wait: also where the receiver's address or the token is wrong, which somebody will mend.
 * A delivery that is stalled delays no other. All of it runs in the loop's thread. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/event.h"
#include "courier/http.h"

struct delivery_counts {
        uint64_t n_delivered;
        uint64_t n_rejected; /* refused, not accepted within retry_for, or a file that holds no alert */
};

/* What all deliveries share; it outlives them. */
struct delivery_context {
        struct event_base *base;
        struct http *http;
        struct delivery_counts *counts;  /* of all webhooks together */
        char boot_id[33];                /* of this boot; "": unknown */
        bool once;                       /* deliver what is spooled now, until a failure that would be retried */
        void (*changed)(void *userdata); /* called when the counts, n_waiting, is_idle or is_failing may have changed */
        void *userdata;
};

struct delivery;

/* Opens the webhook's directory in spool_path, makes it where it is missing, and begins in the loop's next turn. context
 * is borrowed; webhook too, until delivery_set_webhook(). Returns 0 or -errno. */
int delivery_new(const struct delivery_context *context, const char *spool_path, const struct config_webhook *webhook,
                 struct delivery **ret_delivery) __attribute__((warn_unused_result));

/* Cancels a request in flight; its alert stays in the spool. Accepts NULL. Returns NULL. */
struct delivery *delivery_free(struct delivery *delivery);

/* Takes over a new configuration of the webhook of the same name; a failed alert is retried at once. */
void delivery_set_webhook(struct delivery *delivery, const struct config_webhook *webhook);

/* Begins no more requests; one in flight goes on. */
void delivery_stop(struct delivery *delivery);

const char *delivery_name(const struct delivery *delivery);
/* Whether no request is in flight, and none will begin before a new alert comes. */
bool delivery_is_idle(const struct delivery *delivery);
/* Whether the last attempt failed. */
bool delivery_is_failing(const struct delivery *delivery);
/* The HTTP status of the last attempt, if that can't pass by itself (OUTCOME_MISCONFIGURED); else 0. */
int delivery_wrong_status(const struct delivery *delivery);
/* The number of alerts in the directory, one in flight included. */
size_t delivery_n_waiting(const struct delivery *delivery);
