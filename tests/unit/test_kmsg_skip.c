/* daemon/watch/kmsg_skip.h: when records of the kernel log may be passed over. */

#include "harness.h"
#include "watch/kmsg_skip.h"

#define SEC INT64_C(1000000)

/* A ring buffer of 2000 records, which the reader has read up to the record 5000. */
#define LOOK .position = 5000, .n_held = 2000, .n_per_look = 100

START_TEST(test_steps)
{
        static const struct {
                const char *what;
                struct kmsg_look look;
                enum kmsg_step expected;
        } cases[] = {
                { "the log has hardly moved on",
                  { LOOK, .oldest = 3100, .n_looks = 1, .is_quiet = true },
                  KMSG_STEP_WAIT },
                { "by just less than half", { LOOK, .oldest = 4000, .n_looks = 9, .is_quiet = true }, KMSG_STEP_WAIT },
                { "by half", { LOOK, .oldest = 4001, .n_looks = 2, .is_quiet = true }, KMSG_STEP_MARK },
                { "past the reader", { LOOK, .oldest = 5000, .n_looks = 2, .is_quiet = true }, KMSG_STEP_MARK },
                { "the oldest record is not known",
                  { LOOK, .oldest = UINT64_MAX, .n_looks = 2, .is_quiet = true },
                  KMSG_STEP_MARK },
                { "long enough",
                  { LOOK, .oldest = 3001, .n_looks = KMSG_LOOKS_MAX, .is_quiet = true },
                  KMSG_STEP_MARK },
                { "a kill, at once", { LOOK, .oldest = 3100, .n_looks = 1 }, KMSG_STEP_READ },
                { "a kill, before the mark", { LOOK, .oldest = 4001, .n_looks = 5 }, KMSG_STEP_READ },
                { "no report has ended yet",
                  { LOOK, .n_looks = 6, .n_looks_for_end = 1, .is_quiet = true },
                  KMSG_STEP_WAIT },
                { "one has",
                  { LOOK, .n_looks = 6, .n_looks_for_end = 1, .has_end = true, .is_quiet = true },
                  KMSG_STEP_SKIP },
                { "one has, but there was a kill",
                  { LOOK, .n_looks = 6, .n_looks_for_end = 1, .has_end = true },
                  KMSG_STEP_READ },
                { "a kill while the end of a report is waited for",
                  { LOOK, .n_looks = 6, .n_looks_for_end = 1 },
                  KMSG_STEP_READ },
                { "none ends in the time",
                  { LOOK, .n_looks = 9, .n_looks_for_end = KMSG_LOOKS_FOR_END, .is_quiet = true },
                  KMSG_STEP_READ },
                { "it ends at the last look",
                  { LOOK, .n_looks = 9, .n_looks_for_end = KMSG_LOOKS_FOR_END, .has_end = true, .is_quiet = true },
                  KMSG_STEP_SKIP },
                { "no room for another look",
                  { .n_held = 2000, .n_per_look = 250, .n_looks = 9, .n_looks_for_end = 2, .is_quiet = true },
                  KMSG_STEP_READ },
                { "room for one more",
                  { .n_held = 2000, .n_per_look = 249, .n_looks = 9, .n_looks_for_end = 2, .is_quiet = true },
                  KMSG_STEP_WAIT },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                ck_assert_msg(kmsg_skip_step(&cases[i].look) == cases[i].expected, "%s", cases[i].what);
}
END_TEST

START_TEST(test_time_between_looks)
{
        static const struct {
                uint64_t per_second, n_held;
                int expected_ms;
        } cases[] = {
                { KMSG_SKIP_RATE - 1, 100000, 0 },
                { KMSG_SKIP_RATE, 100000, KMSG_LOOK_MAX_MS },
                { 20000, 2400, 20 },
                { 20000, 1200, 10 },
                { 20000, 240, 2 },
                { 20000, 239, 0 }, /* overwritten before it could be read */
                { 500000, 2000, 0 },
                { KMSG_SKIP_RATE, 0, 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct kmsg_rate rate = { .per_second = cases[i].per_second };

                ck_assert_int_eq(kmsg_look_ms(&rate, cases[i].n_held), cases[i].expected_ms);
        }
}
END_TEST

START_TEST(test_rate)
{
        struct kmsg_rate rate = { 0 };

        kmsg_rate_note(&rate, 1000, 50 * SEC);
        ck_assert_uint_eq(rate.per_second, 0);
        kmsg_rate_note(&rate, 2000, 50 * SEC + KMSG_RATE_USEC - 1); /* too early to be told */
        ck_assert_uint_eq(rate.per_second, 0);
        kmsg_rate_note(&rate, 2000, 50 * SEC + KMSG_RATE_USEC);
        ck_assert_uint_eq(rate.per_second, 10000);
        kmsg_rate_note(&rate, 2000, 60 * SEC);
        ck_assert_uint_eq(rate.per_second, 0);
        kmsg_rate_note(&rate, 22000, 61 * SEC);
        ck_assert_uint_eq(rate.per_second, 20000);
        kmsg_rate_note(&rate, 5, 62 * SEC); /* of another boot */
        ck_assert_uint_eq(rate.per_second, 0);
        kmsg_rate_note(&rate, 1005, 63 * SEC);
        ck_assert_uint_eq(rate.per_second, 1000);
}
END_TEST

TEST_MAIN("kmsg_skip", CASE(test_steps), CASE(test_time_between_looks), CASE(test_rate))
