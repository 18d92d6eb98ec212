#include "watch/log_clock.h"

#define SAMPLE_USEC (1000 * 1000)
/* NTP slews CLOCK_MONOTONIC by at most 500 parts in a million (MAXFREQ, kernel/time/ntp.c); twice that. */
#define DRIFT_DIVISOR 1000

bool log_clock_is_due(const struct log_clock *clock, uint64_t stamp_usec)
{
        int64_t since = (int64_t)(stamp_usec + (uint64_t)clock->offset_usec - clock->sampled_usec);

        return !clock->is_known || since >= SAMPLE_USEC || since <= -SAMPLE_USEC;
}

void log_clock_sample(struct log_clock *clock, uint64_t stamp_usec, uint64_t now_usec)
{
        int64_t offset = (int64_t)(now_usec - stamp_usec);
        int64_t most = clock->offset_usec + (int64_t)((now_usec - clock->sampled_usec) / DRIFT_DIVISOR);

        clock->offset_usec = clock->is_known && offset > most ? most : offset;
        clock->sampled_usec = now_usec;
        clock->is_known = true;
}
