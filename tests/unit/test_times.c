/* cli/scan/times.h */

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "harness.h"
#include "scan/times.h"

/* 2026-08-25 14:06:20.5 in Berlin, where it is summer: UTC+2 */
#define NOW 1787659580500000LL
/* a second of that day: AT(140620) is 14:06:20 */
#define MIDNIGHT    (1787659580LL - (14 * 3600 + 6 * 60 + 20))
#define AT(clock)   ((MIDNIGHT + (clock) / 10000 * 3600 + (clock) / 100 % 100 * 60 + (clock) % 100) * 1000000)
#define DAYS(count) ((count)*86400LL * 1000000)

static const struct {
        const char *text;
        int64_t usec;
} times[] = {
        { "now", NOW },
        { "  now ", NOW },
        { "today", AT(0) },
        { "yesterday", AT(0) - DAYS(1) },
        { "tomorrow", AT(0) + DAYS(1) },
        { "2026-08-25", AT(0) },
        { "26-08-25", AT(0) },
        { "68-08-25", 3113071200000000 },
        { "2026-8-25", AT(0) },
        { "2026-08-25 14:06", AT(140600) },
        { "2026-08-25 14:06:20", AT(140620) },
        { "2026-08-25 14:06:20.25", AT(140620) + 250000 },
        { "2026-08-25 14:06:20.1234567", AT(140620) + 123456 },
        { "2026-08-25T14:06:20", AT(140620) },
        { "Tue 2026-08-25 14:06", AT(140600) },
        { "tuesday 2026-08-25", AT(0) },
        { "\t2026-08-25\t", AT(0) },
        { "14:06", AT(140600) },
        { "4:06", AT(40600) },
        { "14:06:20", AT(140620) },
        { "23:59:59.999999", AT(235959) + 999999 },
        /* zones */
        { "2026-08-25 12:06:20 UTC", AT(140620) },
        { "2026-08-25 UTC", AT(20000) },
        { "14:06 UTC", AT(160600) },
        { "2026-08-25T12:06:20Z", AT(140620) },
        { "2026-08-25T12:06:20.5Z", NOW },
        { "2026-08-25T14:06:20+02:00", AT(140620) },
        { "2026-08-25 14:06:20 +0200", AT(140620) },
        { "2026-08-25T07:06:20-05", AT(140620) },
        { "2026-08-25T17:36:20+05:30", AT(140620) },
        { "2026-08-25 14:06:20 CEST", AT(140620) },
        { "Tue 2026-08-25 14:06:20 CEST", AT(140620) },
        /* in winter there is another offset, and an hour that is there twice */
        { "2026-01-25 14:06:20", 1769346380000000 },
        { "2026-01-25 14:06:20 CET", 1769346380000000 },
        { "2026-10-25 02:30 CEST", 1792888200000000 },
        { "2026-10-25 02:30 CET", 1792891800000000 },
        { "2024-02-29", 1709161200000000 },
        /* spans */
        { "-1h", NOW - 3600 * 1000000LL },
        { "+5min", NOW + 300 * 1000000LL },
        { "2 hours ago", NOW - 7200 * 1000000LL },
        { "2 hours 30min ago", NOW - 9000 * 1000000LL },
        { "2h30m ago", NOW - 9000 * 1000000LL },
        { "1h30 ago", NOW - 3630 * 1000000LL },
        { "-1.5h", NOW - 5400 * 1000000LL },
        { "-90", NOW - 90 * 1000000LL },
        { "-2d", NOW - DAYS(2) },
        { "1 week ago", NOW - DAYS(7) },
        { "-1M", NOW - 2629800 * 1000000LL },
        { "-1 year", NOW - 31557600 * 1000000LL },
        { "5 min left", NOW + 300 * 1000000LL },
        { "-500ms", NOW - 500000 },
        { "-1us", NOW - 1 },
        { "-1\u00b5s", NOW - 1 },
        { "-100y", 0 },
        { "-0", NOW },
        /* seconds since 1970 */
        { "@1756123580", 1756123580000000 },
        { "@1756123580.5", 1756123580500000 },
        { "@0", 0 },
};

static const struct {
        const char *text;
        int error;
} wrong[] = {
        { "", -EINVAL },
        { " ", -EINVAL },
        { "noon", -EINVAL },
        { "nowt", -EINVAL },
        { "2026", -EINVAL },
        { "2026-08", -EINVAL },
        { "2026-13-01", -EINVAL },
        { "2026-00-01", -EINVAL },
        { "2026-02-29", -EINVAL },
        { "2026-08-32", -EINVAL },
        { "226-08-25", -EINVAL },
        { "0000-08-25", -EINVAL },
        { "2026-08-25 24:00", -EINVAL },
        { "2026-08-25 14:60", -EINVAL },
        { "2026-08-25 14:06:60", -EINVAL },
        { "2026-08-25 14", -EINVAL },
        { "2026-08-25 14:06:20.", -EINVAL },
        { "2026-08-25 14:06:20 XYZ", -EINVAL },
        { "2026-08-25 14:06:20 +2", -EINVAL },
        { "2026-08-25 14:06:20 +02:6", -EINVAL },
        { "2026-08-25 14:06:20 +24", -EINVAL },
        { "2026-08-25 14:06:20 +02:60", -EINVAL },
        { "2026-08-25x", -EINVAL },
        { "2026-08-25Z", -EINVAL },
        { "Tues 2026-08-25", -EINVAL },
        { "Mon 2026-08-25", -EINVAL },
        { "Tue 14:06", -EINVAL },
        { "Tue", -EINVAL },
        { "14:06:20:1", -EINVAL },
        { "014:06", -EINVAL },
        { "-", -EINVAL },
        { "+", -EINVAL },
        { "ago", -EINVAL },
        { " ago", -EINVAL },
        { "1h", -EINVAL },
        { "-1x", -EINVAL },
        { "-h", -EINVAL },
        { "--1h", -EINVAL },
        { "-1h ago", -EINVAL },
        { "-1.h", -EINVAL },
        { "@", -EINVAL },
        { "@1x", -EINVAL },
        { "@-1", -ERANGE },
        { "1960-01-01", -ERANGE },
        { "69-08-25", -ERANGE },
        { "1960-01-01 UTC", -ERANGE },
        { "+999999999y", -ERANGE },
        { "@99999999999999", -ERANGE },
        { "@9223372036854775808", -EINVAL },
        { "+18446744073709551615us", -ERANGE },
};

static void in_berlin(void)
{
        /* as the zone's rules are since 1996, so that the test needs no files of it */
        ck_assert_int_eq(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
        tzset();
}

START_TEST(test_times_as_journalctl_takes_them)
{
        in_berlin();
        for (size_t i = 0; i < COUNT(times); i++) {
                int64_t usec = -1;

                ck_assert_msg(times_parse(times[i].text, NOW, &usec) == 0, "%s", times[i].text);
                ck_assert_msg(usec == times[i].usec, "%s: %" PRId64 " and not %" PRId64, times[i].text, usec,
                              times[i].usec);
        }
}
END_TEST

START_TEST(test_what_is_no_time)
{
        in_berlin();
        for (size_t i = 0; i < COUNT(wrong); i++) {
                int64_t usec = -1;
                int error = times_parse(wrong[i].text, NOW, &usec);

                ck_assert_msg(error == wrong[i].error, "'%s': %d, %" PRId64, wrong[i].text, error, usec);
                ck_assert_int_eq(usec, -1);
        }
}
END_TEST

TEST_MAIN("times", CASE(test_times_as_journalctl_takes_them), CASE(test_what_is_no_time))
