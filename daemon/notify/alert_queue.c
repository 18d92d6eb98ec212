#include "notify/alert_queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define CAPACITY_MIN 16

/* The index in the ring of element i, which is at most the capacity. */
static size_t index_of(const struct alert_queue *queue, size_t i)
{
        size_t index = queue->first + i;

        return index < queue->capacity ? index : index - queue->capacity;
}

/* The elements are copied in order, from index 0 on. */
static int set_capacity(struct alert_queue *queue, size_t capacity)
{
        struct rendered_alert **ring;

        ring = reallocarray(NULL, capacity, sizeof(struct rendered_alert *)); /* calloc() would touch it */
        if (!ring)
                return -ENOMEM;
        for (size_t i = 0; i < queue->n_alerts; i++)
                ring[i] = queue->ring[index_of(queue, i)];
        free(queue->ring);
        queue->ring = ring;
        queue->capacity = capacity;
        queue->first = 0;
        return 0;
}

/* Makes room for one more. */
static int make_room(struct alert_queue *queue)
{
        if (queue->n_alerts < queue->capacity)
                return 0;
        return set_capacity(queue, queue->capacity ? 2 * queue->capacity : CAPACITY_MIN);
}

int alert_queue_reserve(struct alert_queue *queue, size_t n_alerts)
{
        return n_alerts > queue->capacity ? set_capacity(queue, n_alerts) : 0;
}

int alert_queue_push(struct alert_queue *queue, struct rendered_alert *alert)
{
        int r = make_room(queue);

        if (r < 0)
                return r;
        queue->ring[index_of(queue, queue->n_alerts)] = alert;
        queue->n_alerts++;
        return 0;
}

int alert_queue_push_front(struct alert_queue *queue, struct rendered_alert *alert)
{
        int r = make_room(queue);

        if (r < 0)
                return r;
        queue->first = index_of(queue, queue->capacity - 1);
        queue->ring[queue->first] = alert;
        queue->n_alerts++;
        return 0;
}

struct rendered_alert *alert_queue_pop(struct alert_queue *queue)
{
        struct rendered_alert *alert;

        if (queue->n_alerts == 0)
                return NULL;
        alert = queue->ring[queue->first];
        queue->first = index_of(queue, 1);
        queue->n_alerts--;
        if (queue->n_alerts == 0)
                queue->first = 0; /* so that as much of the ring is touched as was needed at once */
        return alert;
}

void alert_queue_done(struct alert_queue *queue)
{
        assert(queue->n_alerts == 0);
        free(queue->ring);
        *queue = (struct alert_queue){ .ring = NULL };
}
