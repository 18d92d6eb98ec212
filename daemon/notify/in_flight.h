/* daemon/notify/in_flight.h: the alerts of one receiver from when their turn has come until it has read them, oldest first:
 *
 *         read: removed | sent, and maybe not read | half sent | to be sent
 *                         the oldest                             the newest
 *
 * What a receiver has read is known by what the kernel still holds for it: the bytes of buffers that it counts (SIOCOUTQ),
 * which are more than the bytes sent, by an amount that depends on the kernel. So each alert has a cost: buffers that the kernel
 * counts for it in any case. An alert is known to be read when those of the alerts after it are all that is left. The costs are
 * never too large, so no alert is taken for read that isn't; one that was read may be taken for unread for a while.
 *
 * Pure: it sends nothing and asks nobody. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "notify/rendered_alert.h"

/* What may be in flight: the kernel takes fewer, unless its default for the size of a socket's buffer was raised. */
#define IN_FLIGHT_ALERTS_MAX 1024
#define IN_FLIGHT_BYTES_MAX  ((size_t)1024 * 1024) /* of JSON; one more alert may begin below it */

struct in_flight_alert {
        struct rendered_alert *alert;
        size_t cost;     /* of its part that was sent */
        bool is_spooled; /* it is on disk too */
        bool is_writing; /* it is being written to disk: it stays in the list until that has ended */
};

struct in_flight {
        struct in_flight_alert *ring;
        unsigned capacity, first, n_alerts;
        unsigned n_sent;   /* of these the first were sent whole */
        size_t sent_bytes; /* of the one after those */
        unsigned n_spooled;
        size_t n_bytes;    /* of JSON */
        size_t total_cost; /* of all that was sent */
};

/* Allocates, so that some alerts fit in any case. Returns 0 or -ENOMEM. */
int in_flight_init(struct in_flight *list) __attribute__((warn_unused_result));
/* It must be empty, or in_flight_init() must have failed. */
void in_flight_done(struct in_flight *list);

/* Whether one more fits: within the limits, and in memory. */
bool in_flight_has_room(struct in_flight *list);
/* Adds an alert, to be sent after the others, with the caller's reference; in_flight_has_room() must have said yes. */
void in_flight_add(struct in_flight *list, struct rendered_alert *alert, bool is_spooled);

/* The alert number i, from the oldest on, of n_alerts. Valid until the next call that isn't const. */
struct in_flight_alert *in_flight_at(const struct in_flight *list, unsigned i);
/* The entry of that very alert; NULL: it isn't here. */
struct in_flight_alert *in_flight_find(const struct in_flight *list, const struct rendered_alert *alert);
/* The one that is sent next, or whose rest is; NULL: all were sent. */
struct in_flight_alert *in_flight_next(const struct in_flight *list);

/* n_bytes more of in_flight_next() were sent. queued_before and queued_after: what the kernel counted (SIOCOUTQ) before
 * and after that. The receiver may have read meanwhile. */
void in_flight_set_sent(struct in_flight *list, size_t n_bytes, size_t queued_before, size_t queued_after);
/* All of in_flight_next() was sent. */
void in_flight_set_whole(struct in_flight *list);
/* The connection is lost: all are to be sent again, whole. */
void in_flight_rewind(struct in_flight *list);

/* The alert is on disk. */
void in_flight_set_spooled(struct in_flight *list, struct in_flight_alert *entry);

/* Removes the oldest where the receiver is known to have read it, as the kernel now counts unread bytes (SIOCOUTQ). Returns it with its
 * reference, and *ret_is_spooled; NULL: the oldest may be unread, or is being written to disk. */
struct rendered_alert *in_flight_take_read(struct in_flight *list, size_t unread, bool *ret_is_spooled);
/* Removes in_flight_next(), which must be there and not be writing. Returns its alert with the reference. */
struct rendered_alert *in_flight_take_next(struct in_flight *list, bool *ret_is_spooled);
