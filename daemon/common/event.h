/* daemon/common/event.h: what all users of libevent write again and again. */

#pragma once

#include <event2/event.h>
#include <stdint.h>

/* A parameter that a callback gets and doesn't need. */
#define _unused_ __attribute__((unused))

/* Makes timer due in ms milliseconds, whether it is pending or not. Returns 0, or -1 when out of memory. */
static inline int timer_start(struct event *timer, int64_t ms)
{
        struct timeval delay = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

        return event_add(timer, &delay);
}

/* As event_free(), but accepts NULL. Returns NULL. */
static inline struct event *event_done(struct event *event)
{
        if (event)
                event_free(event);
        return NULL;
}
