/* daemon/watch/log_clock.h */

#include "harness.h"
#include "watch/log_clock.h"

/* Seconds, for the reader. */
#define SEC(n) ((n)*INT64_C(1000000))

START_TEST(test_clock_of_the_log_is_followed)
{
        struct log_clock clock = { .is_known = false };

        ck_assert(log_clock_is_due(&clock, 0));
        /* after a hundred days it is a minute behind; the record was read 5 ms after its time */
        log_clock_sample(&clock, (uint64_t)SEC(1000), (uint64_t)SEC(1060) + 5000);
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 5000);
        ck_assert(!log_clock_is_due(&clock, (uint64_t)SEC(1000) + 999));
        ck_assert(log_clock_is_due(&clock, (uint64_t)SEC(1001)));
        /* read sooner: nearer to the truth */
        log_clock_sample(&clock, (uint64_t)SEC(1010), (uint64_t)SEC(1070) + 100);
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 100);
        /* read 30 s late: that is no drift */
        log_clock_sample(&clock, (uint64_t)SEC(1020), (uint64_t)SEC(1110));
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 100 + 39999);
        /* a year later, another minute behind */
        log_clock_sample(&clock, (uint64_t)SEC(31000000), (uint64_t)SEC(31000120));
        ck_assert_int_eq(clock.offset_usec, SEC(120));
        /* it counted eight hours of sleep, CLOCK_MONOTONIC did not */
        log_clock_sample(&clock, (uint64_t)SEC(31028800), (uint64_t)SEC(31000130));
        ck_assert_int_eq(clock.offset_usec, SEC(-28670));
        ck_assert(!log_clock_is_due(&clock, (uint64_t)SEC(31028800) + 10));
}
END_TEST

TEST_MAIN("log_clock", CASE(test_clock_of_the_log_is_followed))
