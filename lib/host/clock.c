#include "host/clock.h"

_Static_assert(sizeof(time_t) == 8, "times after 2038, on 32-bit machines too");

static int64_t now_usec(clockid_t clock)
{
        struct timespec now;

        (void)clock_gettime(clock, &now); /* can't fail: these clocks always exist */
        return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

int64_t clock_realtime_usec(void)
{
        return now_usec(CLOCK_REALTIME);
}

int64_t clock_monotonic_usec(void)
{
        return now_usec(CLOCK_MONOTONIC);
}

int64_t clock_boottime_usec(void)
{
        return now_usec(CLOCK_BOOTTIME);
}

struct timespec clock_deadline(clockid_t clock, int64_t delay_usec)
{
        int64_t deadline_usec = now_usec(clock) + delay_usec;

        return (struct timespec){ .tv_sec = deadline_usec / USEC_PER_SEC,
                                  .tv_nsec = (long)(deadline_usec % USEC_PER_SEC * 1000) };
}
