#include "notify/in_flight.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define CAPACITY_MIN 32

/* A buffer has more bytes than its data by at least so many: struct sk_buff and struct skb_shared_info are 440 bytes or more
 * on every machine. It also covers what the kernel counts too much: while it releases a buffer and wakes us, one byte of it
 * is still counted (sock_wfree(), net/core/sock.c). */
#define BUFFER_OVERHEAD_MIN 128
/* The sizes of buffers are multiples of a cache line. What isn't one is that byte of sock_wfree(). */
#define BUFFER_ALIGNMENT 64

static struct in_flight_alert *entry_at(const struct in_flight *list, unsigned i)
{
        unsigned index = list->first + i;

        return &list->ring[index < list->capacity ? index : index - list->capacity];
}

int in_flight_init(struct in_flight *list)
{
        struct in_flight_alert *ring = calloc(CAPACITY_MIN, sizeof(*ring));

        *list = (struct in_flight){ .ring = ring, .capacity = ring ? CAPACITY_MIN : 0 };
        return ring ? 0 : -ENOMEM;
}

void in_flight_done(struct in_flight *list)
{
        assert(list->n_alerts == 0);
        free(list->ring);
        *list = (struct in_flight){ .ring = NULL };
}

/* Doubles the ring. Its entries are copied in order, from index 0 on. */
static bool grow(struct in_flight *list)
{
        struct in_flight_alert *ring = calloc((size_t)list->capacity * 2, sizeof(*ring));

        if (!ring)
                return false;
        for (unsigned i = 0; i < list->n_alerts; i++)
                ring[i] = *entry_at(list, i);
        free(list->ring);
        list->ring = ring;
        list->capacity *= 2;
        list->first = 0;
        return true;
}

bool in_flight_has_room(struct in_flight *list)
{
        if (list->n_alerts >= IN_FLIGHT_ALERTS_MAX || list->n_bytes >= IN_FLIGHT_BYTES_MAX)
                return false;
        return list->n_alerts < list->capacity || grow(list);
}

void in_flight_add(struct in_flight *list, struct rendered_alert *alert, bool is_spooled)
{
        assert(list->n_alerts < list->capacity);
        *entry_at(list, list->n_alerts) = (struct in_flight_alert){ .alert = alert, .is_spooled = is_spooled };
        list->n_alerts++;
        list->n_spooled += is_spooled;
        list->n_bytes += alert->json_length;
}

struct in_flight_alert *in_flight_at(const struct in_flight *list, unsigned i)
{
        return entry_at(list, i);
}

struct in_flight_alert *in_flight_find(const struct in_flight *list, const struct rendered_alert *alert)
{
        for (unsigned i = 0; i < list->n_alerts; i++)
                if (entry_at(list, i)->alert == alert)
                        return entry_at(list, i);
        return NULL;
}

struct in_flight_alert *in_flight_next(const struct in_flight *list)
{
        return list->n_sent < list->n_alerts ? entry_at(list, list->n_sent) : NULL;
}

void in_flight_set_sent(struct in_flight *list, size_t n_bytes, size_t queued_before, size_t queued_after)
{
        size_t cost = n_bytes + BUFFER_OVERHEAD_MIN;
        size_t counted = queued_after > queued_before ? queued_after - queued_before : 0;

        /* What was read meanwhile makes this smaller than the buffers are, never larger. */
        counted -= counted % BUFFER_ALIGNMENT;
        if (counted > cost)
                cost = counted;
        in_flight_next(list)->cost += cost;
        list->total_cost += cost;
        list->sent_bytes += n_bytes;
}

void in_flight_set_whole(struct in_flight *list)
{
        list->n_sent++;
        list->sent_bytes = 0;
}

void in_flight_rewind(struct in_flight *list)
{
        for (unsigned i = 0; i < list->n_alerts; i++)
                entry_at(list, i)->cost = 0;
        list->n_sent = 0;
        list->sent_bytes = list->total_cost = 0;
}

void in_flight_set_spooled(struct in_flight *list, struct in_flight_alert *entry)
{
        list->n_spooled += !entry->is_spooled;
        entry->is_spooled = true;
}

static struct rendered_alert *take_first(struct in_flight *list, bool *ret_is_spooled)
{
        struct in_flight_alert entry = *entry_at(list, 0);

        list->first = list->first + 1 < list->capacity ? list->first + 1 : 0;
        list->n_alerts--;
        list->n_spooled -= entry.is_spooled;
        list->n_bytes -= entry.alert->json_length;
        list->total_cost -= entry.cost;
        *ret_is_spooled = entry.is_spooled;
        return entry.alert;
}

struct rendered_alert *in_flight_take_read(struct in_flight *list, size_t unread, bool *ret_is_spooled)
{
        const struct in_flight_alert *oldest;

        if (list->n_sent == 0)
                return NULL;
        oldest = entry_at(list, 0);
        /* As long as a buffer of it is unread, so are all that were sent after it. */
        if (oldest->is_writing || unread >= list->total_cost - oldest->cost + BUFFER_OVERHEAD_MIN)
                return NULL;
        list->n_sent--;
        return take_first(list, ret_is_spooled);
}

struct rendered_alert *in_flight_take_next(struct in_flight *list, bool *ret_is_spooled)
{
        struct in_flight_alert next = *in_flight_next(list);

        assert(!next.is_writing);
        for (unsigned i = list->n_sent; i > 0; i--) /* those that were sent move up by one */
                *entry_at(list, i) = *entry_at(list, i - 1);
        *entry_at(list, 0) = next;
        list->sent_bytes = 0;
        return take_first(list, ret_is_spooled);
}
