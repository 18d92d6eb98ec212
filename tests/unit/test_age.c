/* lib/alert/age.h: how old an alert is, whatever the wall clock says. */

#include "alert/age.h"
#include "alert/json.h"
#include "harness.h"
#include "util/cleanup.h"
#include "util/text.h"
#include "util/usec.h"

#define BOOT  "0123456789abcdef0123456789abcdef"
#define OTHER "0123456789abcdef0123456789abcdee"
#define YEAR  (365 * 86400 * USEC_PER_SEC)
#define HOUR  (3600 * USEC_PER_SEC)

static int64_t boottime_of(const char *json)
{
        return alert_boottime_usec(json, strlen(json), BOOT);
}

START_TEST(test_boottime_is_read_for_this_boot_only)
{
        static const struct {
                const char *json;
                int64_t boottime_usec;
        } rows[] = {
                { "{\"host\":{\"boot_id\":\"" BOOT "\"},\"source\":{\"seq\":1,\"boottime_usec\":77}}", 77 },
                { "{\"source\":{\"seq\":1,\"boottime_usec\":77},\"host\":{\"boot_id\":\"" BOOT "\"}}", 77 },
                { "{\"host\":{\"boot_id\":\"" OTHER "\"},\"source\":{\"seq\":1,\"boottime_usec\":77}}",
                  ALERT_AGE_UNKNOWN },
                { "{\"host\":{\"boot_id\":\"" BOOT "\"},\"source\":{\"seq\":1}}", ALERT_AGE_UNKNOWN },
                { "{\"host\":{\"boot_id\":\"" BOOT "\"},\"source\":{\"seq\":1,\"boottime_usec\":-7}}",
                  ALERT_AGE_UNKNOWN },
                { "{\"host\":{\"boot_id\":\"" BOOT "\"},\"source\":{\"seq\":1,\"boottime_usec\":99999999999999999999}}",
                  ALERT_AGE_UNKNOWN },
                { "{\"host\":{\"boot_id\":\"" BOOT "\"},\"source\":{\"seq\":1,\"boottime_usec\":", ALERT_AGE_UNKNOWN },
                /* as a process may be named */
                { "{\"comm\":\",\\\"boottime_usec\\\":5\",\"host\":{\"boot_id\":\"" BOOT
                  "\"},\"s\":{\"a\":1,\"boottime_usec\":77}}",
                  77 },
                { "{\"comm\":\"\\\"boot_id\\\":\\\"" BOOT "\\\"\",\"source\":{\"seq\":1,\"boottime_usec\":77}}",
                  ALERT_AGE_UNKNOWN },
                { "", ALERT_AGE_UNKNOWN },
        };

        for (size_t i = 0; i < COUNT(rows); i++)
                ck_assert_int_eq(boottime_of(rows[i].json), rows[i].boottime_usec);
        ck_assert_int_eq(alert_boottime_usec(rows[0].json, strlen(rows[0].json), ""), ALERT_AGE_UNKNOWN);
}
END_TEST

/* What the watcher writes is what is read. */
START_TEST(test_boottime_of_an_alert)
{
        const struct machine_identity host = { .boot_id = BOOT };
        struct alert_context context = { .host = &host, .kind = ALERT_SOURCE_KMSG, .boottime_usec = 123456 };
        _cleanup_(freep) char *json = NULL, *without = NULL;
        struct alert alert;
        size_t length;

        alert_from_loss(7, 8, 9, &context, &alert);
        json = alert_to_json(&alert, &length);
        ck_assert_ptr_nonnull(json);
        ck_assert_int_eq(alert_boottime_usec(json, length, BOOT), 123456);
        ck_assert_int_eq(alert_boottime_usec(json, length, OTHER), ALERT_AGE_UNKNOWN);
        alert.context.boottime_usec = 0; /* unknown */
        without = alert_to_json(&alert, &length);
        ck_assert_ptr_nonnull(without);
        ck_assert_int_eq(alert_boottime_usec(without, length, BOOT), ALERT_AGE_UNKNOWN);
        alert_done(&alert);
}
END_TEST

START_TEST(test_age_is_never_negative_and_the_boots_clock_decides)
{
        const int64_t unknown = ALERT_AGE_UNKNOWN, now = 56 * YEAR, up = 30 * HOUR;

        ck_assert_int_eq(alert_age_usec(unknown, up, now - HOUR, now), HOUR);
        ck_assert_int_eq(alert_age_usec(unknown, up, now + YEAR, now), 0);
        ck_assert_int_eq(alert_age_usec(unknown, up, unknown, now), unknown);
        ck_assert_int_eq(alert_age_usec(up - HOUR, up, now - HOUR, now), HOUR);
        ck_assert_int_eq(alert_age_usec(up - HOUR, up, now - YEAR, now), HOUR); /* the clock was set forward since */
        ck_assert_int_eq(alert_age_usec(up - HOUR, up, now + YEAR, now), HOUR); /* or back */
        ck_assert_int_eq(alert_age_usec(up + HOUR, up, now - YEAR, now), 0);
        ck_assert_int_eq(alert_age_usec(unknown, up, INT64_MIN + 1, now), INT64_MAX); /* a file may say anything */
        ck_assert_int_eq(alert_age_usec(unknown, up, INT64_MAX, -now), 0);
}
END_TEST

TEST_MAIN("age", CASE(test_boottime_is_read_for_this_boot_only), CASE(test_boottime_of_an_alert),
          CASE(test_age_is_never_negative_and_the_boots_clock_decides))
