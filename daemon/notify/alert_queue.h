/* daemon/notify/alert_queue.h: rendered alerts in order. A ring that grows; the limits are its owner's (sink.h).
 *
 * Takes part in no counting of references: who pushes hands its reference over, who pops gets it. */

#pragma once

#include "notify/rendered_alert.h"

struct alert_queue {
        struct rendered **ring;
        size_t capacity, first, count;
};

/* Adds at the end, or at the front. Returns 0 or -ENOMEM. What was popped can be pushed back without failing, as long
 * as nothing was pushed meanwhile. */
int alert_queue_push(struct alert_queue *queue, struct rendered *alert) __attribute__((warn_unused_result));
int alert_queue_push_front(struct alert_queue *queue, struct rendered *alert) __attribute__((warn_unused_result));

/* Takes the oldest; NULL when empty. */
struct rendered *alert_queue_pop(struct alert_queue *queue);

/* Frees the ring; it must be empty. */
void alert_queue_done(struct alert_queue *queue);
