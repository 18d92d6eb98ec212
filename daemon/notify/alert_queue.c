#include "notify/alert_queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define CAPACITY_MIN 16

/* Where the element number i is; i is at most the capacity. */
static size_t place_of(const struct alert_queue *queue, size_t i)
{
        size_t place = queue->first + i;

        return place < queue->capacity ? place : place - queue->capacity;
}

/* Makes room for one more. A full ring is unrolled: its first element comes first again. */
static int make_room(struct alert_queue *queue)
{
        size_t capacity = queue->capacity ? 2 * queue->capacity : CAPACITY_MIN;
        struct rendered **ring;

        if (queue->count < queue->capacity)
                return 0;
        ring = calloc(capacity, sizeof(struct rendered *));
        if (!ring)
                return -ENOMEM;
        for (size_t i = 0; i < queue->count; i++)
                ring[i] = queue->ring[place_of(queue, i)];
        free(queue->ring);
        queue->ring = ring;
        queue->capacity = capacity;
        queue->first = 0;
        return 0;
}

int alert_queue_push(struct alert_queue *queue, struct rendered *alert)
{
        int r = make_room(queue);

        if (r < 0)
                return r;
        queue->ring[place_of(queue, queue->count)] = alert;
        queue->count++;
        return 0;
}

int alert_queue_push_front(struct alert_queue *queue, struct rendered *alert)
{
        int r = make_room(queue);

        if (r < 0)
                return r;
        queue->first = place_of(queue, queue->capacity - 1);
        queue->ring[queue->first] = alert;
        queue->count++;
        return 0;
}

struct rendered *alert_queue_pop(struct alert_queue *queue)
{
        struct rendered *alert;

        if (queue->count == 0)
                return NULL;
        alert = queue->ring[queue->first];
        queue->first = place_of(queue, 1);
        queue->count--;
        return alert;
}

void alert_queue_done(struct alert_queue *queue)
{
        assert(queue->count == 0);
        free(queue->ring);
        *queue = (struct alert_queue){ .ring = NULL };
}
