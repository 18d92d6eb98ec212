/* lib/alert/dropped.h */

#include "alert/dropped.h"
#include "harness.h"
#include "util/cleanup.h"

START_TEST(test_what_is_added_is_read)
{
        static const uint64_t numbers[] = { 1, 10, 4711, UINT64_MAX };

        for (size_t i = 0; i < COUNT(numbers); i++) {
                size_t length = 0;
                _cleanup_(freep) char *text = alert_add_dropped_before("{\"a\":1}", 7, numbers[i], &length);
                char expected[64];

                ck_assert_ptr_nonnull(text);
                (void)snprintf(expected, sizeof(expected), "{\"a\":1,\"dropped_before\":%llu}",
                               (unsigned long long)numbers[i]);
                ck_assert_str_eq(text, expected);
                ck_assert_uint_eq(length, strlen(expected));
                ck_assert(alert_dropped_before(text, length) == numbers[i]);
        }
}
END_TEST

START_TEST(test_other_texts_say_nothing)
{
        static const char *const texts[] = {
                "",
                "{}",
                "{\"a\":1}",
                ",\"dropped_before\":7",
                ",\"dropped_before\":x}",
                "{\"a\":{\"b\":1,\"dropped_before\":7}}",
                "{\"a\":\",\\\"dropped_before\\\":7}\"}",
                "{\"a\":1,\"dropped_before\":99999999999999999999}",
        };
        size_t length = 5;

        for (size_t i = 0; i < COUNT(texts); i++)
                ck_assert_msg(alert_dropped_before(texts[i], strlen(texts[i])) == 0, "%s", texts[i]);
        ck_assert_ptr_null(alert_add_dropped_before("[1]", 3, 1, &length));
        ck_assert_ptr_null(alert_add_dropped_before("", 0, 1, &length));
        ck_assert_ptr_null(alert_add_dropped_before("{}", 2, 1, &length));
        ck_assert_uint_eq(length, 5);
}
END_TEST

TEST_MAIN("dropped", CASE(test_what_is_added_is_read), CASE(test_other_texts_say_nothing))
