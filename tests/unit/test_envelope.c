/* lib/alert/envelope.h */

#include <errno.h>
#include <stdio.h>

#include "alert/envelope.h"
#include "harness.h"
#include "util/text.h"

#define ID "0123456789abcdef0123456789abcdef"

static int64_t time_of(const char *time)
{
        struct alert_envelope envelope;
        char json[256];

        (void)snprintf(json, sizeof(json), "{\"id\":\"" ID "\",\"time\":%s}", time);
        ck_assert_int_eq(alert_envelope_read(json, strlen(json), &envelope), 0);
        ck_assert_str_eq(envelope.id, ID);
        return envelope.time_usec;
}

START_TEST(test_time_is_read)
{
        ck_assert_int_eq(time_of("\"1970-01-01T00:00:00.000001Z\""), 1);
        ck_assert_int_eq(time_of("\"2024-02-29T12:34:56.789012Z\""), INT64_C(1709210096789012));
        ck_assert_int_eq(time_of("\"2024-02-29T12:34:56Z\""), INT64_C(1709210096000000));
}
END_TEST

START_TEST(test_what_is_no_time_is_absent)
{
        static const char *const bad[] = {
                "null",
                "17",
                "\"\"",
                "\"Z\"",
                "\"2024-02-29T12:34:56.789012\"",
                "\"2024-02-29T12:34:56.789012+01:00\"",
                "\"2024-13-29T12:34:56Z\"",
                "\"2024-00-29T12:34:56Z\"",
                "\"2024-02-29T24:34:56Z\"",
                "\"2024-02-29T12:34:56.Z\"",
                "\"2024-02-29T12:34:56.7890123Z\"",
                "\"-024-02-29T12:34:56Z\"",
                "\"2024-02-29 12:34:56Z\"",
                "\"2024-02-29T12:34:5\\u0000Z\"",
        };

        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(time_of(bad[i]) == ALERT_TIME_ABSENT, "%s", bad[i]);
}
END_TEST

START_TEST(test_what_is_no_alert_is_refused)
{
        static const char *const bad[] = {
                "",
                "   ",
                "null",
                "17",
                "[]",
                "\"" ID "\"",
                "{}",
                "{\"id\":17}",
                "{\"id\":null}",
                "{\"id\":\"\"}",
                "{\"id\":\"" ID "0\"}", /* one past */
                "{\"id\":\"abc\\u0000\"}",
                "{\"id\":\"" ID "\"",
                "{\"id\":\"" ID "\"}}",
                "{\"id\":\"" ID "\"}{\"id\":\"" ID "\"}",
                "{\"id\":\"" ID "\"} x",
                "{'id':'" ID "'}",
                "{\"id\":\"" ID "\",}",
                "{\"id\":\"" ID "\",\"x\":\"\xff\"}",
        };
        struct alert_envelope envelope = { .id = "untouched" };

        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(alert_envelope_read(bad[i], strlen(bad[i]), &envelope) == -EBADMSG, "%s", bad[i]);
        ck_assert_int_eq(alert_envelope_read("{\"id\":\"a\"}\0", 11, &envelope), -EBADMSG);
        ck_assert_str_eq(envelope.id, "untouched");
}
END_TEST

START_TEST(test_white_space_around_is_allowed)
{
        struct alert_envelope envelope;
        const char *json = " \n{\"id\": \"" ID "\"}\r\n\t ";

        ck_assert_int_eq(alert_envelope_read(json, strlen(json), &envelope), 0);
        ck_assert_str_eq(envelope.id, ID);
        ck_assert_int_eq(envelope.time_usec, ALERT_TIME_ABSENT);
        ck_assert_int_eq(alert_envelope_read("{\"id\":\"x\"}garbage", 10, &envelope), 0); /* the length counts */
        ck_assert_str_eq(envelope.id, "x");
}
END_TEST

START_TEST(test_deep_nesting_is_refused)
{
        char json[200];
        struct alert_envelope envelope;

        (void)strcpy(json, "{\"id\":\"" ID "\",\"x\":");
        for (int i = 0; i < 60; i++)
                (void)strcat(json, "[");
        for (int i = 0; i < 60; i++)
                (void)strcat(json, "]");
        (void)strcat(json, "}");
        ck_assert_int_eq(alert_envelope_read(json, strlen(json), &envelope), -EBADMSG);
}
END_TEST

TEST_MAIN("envelope", CASE(test_time_is_read), CASE(test_what_is_no_time_is_absent),
          CASE(test_what_is_no_alert_is_refused), CASE(test_white_space_around_is_allowed),
          CASE(test_deep_nesting_is_refused))
