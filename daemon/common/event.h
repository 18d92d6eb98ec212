/* daemon/common/event.h: what all users of libevent write again and again. */

#pragma once

#include <event2/event-config.h>
#include <event2/event.h>
#include <stdint.h>

/* A parameter that a callback gets and doesn't need. */
#define _unused_ __attribute__((unused))

/* A struct timeval as libevent was built to read it. On 32-bit machines its time_t may have 32 bits where ours has 64. */
struct event_timeval {
#if EVENT__SIZEOF_TIME_T == 4
        int32_t tv_sec, tv_usec;
#else
        int64_t tv_sec, tv_usec;
#endif
};

/* event_add(), with a delay in microseconds, up to 68 years. Returns 0, or -1 when out of memory. */
static inline int event_add_after(struct event *event, int64_t usec)
{
        struct event_timeval delay = { 0 };

        delay.tv_sec = (__typeof__(delay.tv_sec))(usec / 1000000);
        delay.tv_usec = (__typeof__(delay.tv_usec))(usec % 1000000);
        return event_add(event, (const struct timeval *)(const void *)&delay);
}

/* Makes timer due in ms milliseconds, whether it is pending or not. Returns 0, or -1 when out of memory. */
static inline int timer_start(struct event *timer, int64_t ms)
{
        return event_add_after(timer, ms * 1000);
}

/* As event_free(), but accepts NULL. Returns NULL. */
static inline struct event *event_done(struct event *event)
{
        if (event)
                event_free(event);
        return NULL;
}
