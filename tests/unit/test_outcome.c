/* daemon/courier/outcome.h */

#include "courier/outcome.h"
#include "harness.h"

START_TEST(test_every_status_has_its_outcome)
{
        for (int status = 200; status <= 599; status++) {
                enum outcome expected = OUTCOME_MISCONFIGURED;

                if (status < 300)
                        expected = OUTCOME_DELIVERED;
                else if (status == 408 || status == 425 || status == 429 || status >= 500)
                        expected = OUTCOME_RETRY;
                else if (status == 400 || status == 413 || status == 415 || status == 422)
                        expected = OUTCOME_REJECT;
                ck_assert_msg(outcome_of_status(status) == expected, "%d", status);
        }
        ck_assert_int_eq(outcome_of_status(0), OUTCOME_RETRY);
        ck_assert_int_eq(outcome_of_status(199), OUTCOME_RETRY);
        ck_assert_int_eq(outcome_of_status(600), OUTCOME_RETRY);
        ck_assert_int_eq(outcome_of_status(-1), OUTCOME_RETRY);
}
END_TEST

START_TEST(test_what_to_look_at)
{
        static const struct {
                int status;
                const char *word;
        } cases[] = {
                { 301, "redirects" }, { 302, "redirects" },     { 307, "redirects" },     { 308, "redirects" },
                { 401, "token" },     { 403, "forbids" },       { 404, "nothing" },       { 410, "any more" },
                { 407, "proxy" },     { 405, "such requests" }, { 499, "such requests" },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                ck_assert_msg(strstr(outcome_advice(cases[i].status), cases[i].word), "%d: %s", cases[i].status,
                              outcome_advice(cases[i].status));
}
END_TEST

START_TEST(test_backoff_stays_within_its_bounds)
{
        static const struct {
                unsigned failures;
                int64_t most_ms;
        } cases[] = {
                { 1, 1000 },    { 2, 2000 },    { 3, 4000 },      { 9, 256000 },
                { 10, 300000 }, { 11, 300000 }, { 1000, 300000 }, { 4294967295, 300000 },
                { 0, 1000 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t least = INT64_MAX, most = 0;

                for (uint64_t random = 0; random <= UINT32_MAX; random += 65537) {
                        int64_t ms = backoff_ms(cases[i].failures, (uint32_t)random);

                        least = ms < least ? ms : least;
                        most = ms > most ? ms : most;
                }
                ck_assert_int_ge(least, BACKOFF_MIN_MS);
                ck_assert_int_le(most, cases[i].most_ms);
                ck_assert_int_le(least,
                                 BACKOFF_MIN_MS + cases[i].most_ms / 20); /* full jitter: all of the range is used */
                ck_assert_int_ge(most, cases[i].most_ms - cases[i].most_ms / 20);
        }
}
END_TEST

START_TEST(test_retry_after)
{
        static const struct {
                const char *value;
                bool valid;
                int64_t sec;
        } cases[] = {
                { "0", true, 0 },
                { "120", true, 120 },
                { "  7 ", true, 7 },
                { "3600", true, 3600 },
                { "3601", true, 3600 },
                { "99999999999999999999999", true, 3600 },
                /* now is Sun, 06 Nov 1994 08:49:37 GMT */
                { "Sun, 06 Nov 1994 08:49:37 GMT", true, 0 },
                { "Sun, 06 Nov 1994 08:50:37 GMT", true, 60 },
                { "Sunday, 06-Nov-94 08:50:37 GMT", true, 60 },
                { "Sun Nov  6 08:50:37 1994", true, 60 },
                { "Sun, 06 Nov 1994 08:00:00 GMT", true, 0 },
                { "Sun, 06 Nov 1994 09:49:37 GMT", true, 3600 },
                { "Sun, 06 Nov 1994 09:49:38 GMT", true, 3600 },
                { "Fri, 31 Dec 9999 23:59:59 GMT", true, 3600 },
                { "", false, 0 },
                { " ", false, 0 },
                { "-1", false, 0 },
                { "1.5", false, 0 },
                { "12x", false, 0 },
                { "soon", false, 0 },
                { "Sun, 06 Nov 1994 08:50:37 CET", false, 0 },
                { "Sun, 06 Nov 1994 08:50:37 GMT+1", false, 0 },
                { "Sun, 06 Nov 1994 25:50:37 GMT", false, 0 },
                { "1994-11-06T08:50:37Z", false, 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t sec = -7;
                bool valid = retry_after_parse(cases[i].value, 784111777, &sec);

                ck_assert_msg(valid == cases[i].valid, "'%s'", cases[i].value);
                ck_assert_msg(sec == (valid ? cases[i].sec : -7), "'%s': %lld", cases[i].value, (long long)sec);
        }
}
END_TEST

TEST_MAIN("outcome", CASE(test_every_status_has_its_outcome), CASE(test_what_to_look_at),
          CASE(test_backoff_stays_within_its_bounds), CASE(test_retry_after))
