/* daemon/notify/alert_queue.h: a queue of rendered alerts: a ring that grows. Its owner sees to the limits (sink.h).
 *
 * A push hands the caller's reference over, and a pop hands it back. */

#pragma once

#include "notify/rendered_alert.h"

struct alert_queue {
        struct rendered_alert **ring;
        size_t capacity, first, n_alerts;
};

/* Makes room for n_alerts in all, so that adding them can't fail. The pages are touched when they are used. Returns 0 or -ENOMEM. */
int alert_queue_reserve(struct alert_queue *queue, size_t n_alerts) __attribute__((warn_unused_result));

/* Add at the end, or at the front. Return 0 or -ENOMEM. Pushing back what was popped can't fail, unless something else
 * was pushed in between. */
int alert_queue_push(struct alert_queue *queue, struct rendered_alert *alert) __attribute__((warn_unused_result));
int alert_queue_push_front(struct alert_queue *queue, struct rendered_alert *alert) __attribute__((warn_unused_result));

/* Takes the oldest; NULL when empty. */
struct rendered_alert *alert_queue_pop(struct alert_queue *queue);

/* Frees the ring; it must be empty. */
void alert_queue_done(struct alert_queue *queue);
