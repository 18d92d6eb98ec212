/* daemon/watch/reconcile.h: the kernel's count of kills against the kill lines that were read. */

#include <errno.h>
#include <inttypes.h>

#include "harness.h"
#include "watch/reconcile.h"

#define SECOND INT64_C(1000000)

static struct reconcile reconcile;
static struct reconcile_missed missed;

static void set_count(uint64_t count)
{
        char text[128];

        (void)snprintf(text, sizeof(text), "nr_free_pages 7\nnuma_oom_kill 3\noom_kill %" PRIu64 "\noom_killer 9\n",
                       count);
        scratch_text("vmstat", text);
}

static void begin(uint64_t count, const struct reconcile_mark *mark)
{
        set_count(count);
        ck_assert_int_eq(reconcile_init("vmstat", mark, &reconcile), 0);
}

static void reopen(uint64_t count)
{
        /* the file is made anew, and the kernel's is not */
        struct reconcile kept = reconcile;

        set_count(count);
        reconcile_done(&reconcile);
        ck_assert_int_eq(reconcile_init("vmstat", NULL, &reconcile), 0);
        kept.fd = reconcile.fd;
        reconcile = kept;
}

static int check_at(int64_t second)
{
        return reconcile_check(&reconcile, second * SECOND, true, 1000, &missed);
}

static void tear_down(void)
{
        reconcile_done(&reconcile);
        reconcile = (struct reconcile){ .fd = -1 };
}

START_TEST(test_difference_that_stays_is_missed)
{
        struct reconcile_mark at_boot = { 0, 0 };

        begin(3, &at_boot);
        reconcile_explain(&reconcile, 10, 1);
        for (int64_t second = 100; second < 105; second++) {
                ck_assert_int_eq(check_at(second), RECONCILE_AGAIN_MS);
                ck_assert_uint_eq(missed.n_kills, 0);
        }
        ck_assert_int_eq(check_at(105), 0);
        ck_assert_uint_eq(missed.n_kills, 2);
        ck_assert_uint_eq(missed.n_explained, 1);
        ck_assert_int_eq(missed.since_usec, 0);
        ck_assert_int_eq(check_at(106), 0); /* once */
        ck_assert_uint_eq(missed.n_kills, 0);

        reopen(4);
        (void)check_at(200);
        ck_assert_int_eq(check_at(205), 0);
        ck_assert_uint_eq(missed.n_kills, 1);
        ck_assert_int_eq(missed.since_usec, 106 * SECOND);
}
END_TEST

START_TEST(test_line_that_comes_later_explains)
{
        struct reconcile_mark mark = { 5, 50 * SECOND };

        begin(6, &mark);
        ck_assert_int_eq(check_at(100), RECONCILE_AGAIN_MS);
        reconcile_explain(&reconcile, 10, 1);
        ck_assert_int_eq(check_at(105), 0);
        ck_assert_uint_eq(missed.n_kills, 0);

        /* kills go on: only what was missing all the time is missed */
        reopen(9);
        ck_assert_int_eq(check_at(200), RECONCILE_AGAIN_MS); /* 3 */
        reconcile_explain(&reconcile, 11, 1);
        ck_assert_int_eq(check_at(201), RECONCILE_AGAIN_MS); /* 2 */
        reopen(12);
        ck_assert_int_eq(check_at(205), RECONCILE_AGAIN_MS); /* 5 */
        ck_assert_uint_eq(missed.n_kills, 2);
        reconcile_explain(&reconcile, 12, 3);
        ck_assert_int_eq(check_at(206), 0);
        ck_assert_uint_eq(missed.n_kills, 0);
}
END_TEST

START_TEST(test_nothing_is_missed_while_records_wait)
{
        struct reconcile_mark at_boot = { 0, 0 };

        begin(1, &at_boot);
        for (int64_t second = 100; second < 200; second++) {
                ck_assert_int_eq(reconcile_check(&reconcile, second * SECOND, false, 1000, &missed),
                                 RECONCILE_AGAIN_MS);
                ck_assert_uint_eq(missed.n_kills, 0);
        }
        reconcile_explain(&reconcile, 10, 1);
        ck_assert_int_eq(check_at(200), 0);
        ck_assert_uint_eq(missed.n_kills, 0);
}
END_TEST

START_TEST(test_line_that_the_kernel_has_not_counted)
{
        struct reconcile_mark at_boot = { 0, 0 };

        begin(1, &at_boot);
        reconcile_explain(&reconcile, 10, 2);
        (void)check_at(100);
        ck_assert_int_eq(check_at(105), 0);
        ck_assert_uint_eq(missed.n_kills, 0);
        ck_assert_uint_eq(missed.n_superfluous, 1);
        reopen(2); /* and it hides no kill from then on */
        (void)check_at(200);
        (void)check_at(205);
        ck_assert_uint_eq(missed.n_kills, 1);
}
END_TEST

START_TEST(test_base_is_found_when_nothing_changes)
{
        struct reconcile_mark mark;

        begin(18057, NULL);
        reconcile_explain(&reconcile, 10, 1);
        ck_assert_int_eq(check_at(100), RECONCILE_AGAIN_MS);
        ck_assert(!reconcile_at(&reconcile, 10, &mark));
        reopen(18058);
        ck_assert_int_eq(check_at(104), RECONCILE_AGAIN_MS);
        ck_assert_int_eq(check_at(108), RECONCILE_AGAIN_MS);
        ck_assert_int_eq(check_at(109), 0);
        ck_assert_uint_eq(missed.n_kills, 0);
        reconcile_explain(&reconcile, 11, 1);
        ck_assert(reconcile_at(&reconcile, 11, &mark));
        ck_assert_uint_eq(mark.n_explained, 18059);
}
END_TEST

START_TEST(test_mark_is_of_the_cursor)
{
        struct reconcile_mark mark = { 100, 7 * SECOND };

        begin(104, &mark);
        reconcile_explain(&reconcile, 10, 1);
        reconcile_explain(&reconcile, 20, 2);
        ck_assert(reconcile_at(&reconcile, 9, &mark));
        ck_assert_uint_eq(mark.n_explained, 100);
        ck_assert_int_eq(mark.balanced_usec, 7 * SECOND);
        ck_assert(reconcile_at(&reconcile, 19, &mark));
        ck_assert_uint_eq(mark.n_explained, 101);
        /* What was missed is explained by the record that was read last: it is not told before the cursor has passed that. */
        (void)check_at(100);
        (void)check_at(105);
        ck_assert_uint_eq(missed.n_kills, 1);
        ck_assert(reconcile_at(&reconcile, 999, &mark));
        ck_assert_uint_eq(mark.n_explained, 103);
        ck_assert_int_eq(mark.balanced_usec, 7 * SECOND);
        ck_assert(reconcile_at(&reconcile, 1000, &mark));
        ck_assert_uint_eq(mark.n_explained, 104);
        ck_assert_int_eq(mark.balanced_usec, 105 * SECOND);
        reconcile_forget(&reconcile, 1000);
        ck_assert_uint_eq(reconcile.n_steps, 0);
}
END_TEST

START_TEST(test_steps_past_the_limit_are_put_together)
{
        struct reconcile_mark mark = { 0, 0 };

        begin(0, &mark);
        for (uint64_t i = 0; i < RECONCILE_STEPS_MAX + 10; i++)
                reconcile_explain(&reconcile, 10 * i, 1);
        ck_assert_uint_eq(reconcile.n_steps, RECONCILE_STEPS_MAX);
        ck_assert(reconcile_at(&reconcile, 10 * (RECONCILE_STEPS_MAX - 2), &mark));
        ck_assert_uint_eq(mark.n_explained, RECONCILE_STEPS_MAX - 1);
        ck_assert(!reconcile_at(&reconcile, 10 * RECONCILE_STEPS_MAX, &mark));
        ck_assert(reconcile_at(&reconcile, 10 * (RECONCILE_STEPS_MAX + 9), &mark));
        ck_assert_uint_eq(mark.n_explained, RECONCILE_STEPS_MAX + 10);
}
END_TEST

START_TEST(test_kernel_that_does_not_count)
{
        struct reconcile_mark mark = { 0, 0 };

        ck_assert_int_eq(reconcile_init("missing", &mark, &reconcile), -ENOENT);
        scratch_text("vmstat", "nr_free_pages 7\nnuma_oom_kill 3\n");
        ck_assert_int_eq(reconcile_init("vmstat", &mark, &reconcile), -ENODATA);
        reconcile_explain(&reconcile, 10, 1);
        ck_assert_int_eq(check_at(100), 0);
        ck_assert_uint_eq(missed.n_kills, 0);
        ck_assert(!reconcile_at(&reconcile, 10, &mark));
        ck_assert(!reconcile_is_quiet(&reconcile));
}
END_TEST

START_TEST(test_quiet_is_when_all_is_explained_and_stays_so)
{
        struct reconcile_mark mark = { 3, 0 };

        begin(3, &mark);
        ck_assert(!reconcile_is_quiet(&reconcile)); /* what was before the first look isn't known */
        ck_assert(reconcile_is_quiet(&reconcile));
        reopen(4);
        ck_assert(!reconcile_is_quiet(&reconcile));
        ck_assert(!reconcile_is_quiet(&reconcile));
        reconcile_explain(&reconcile, 10, 1);
        ck_assert(reconcile_is_quiet(&reconcile));

        /* a kill line without a kill: the next kill looks explained before its line was read */
        reconcile_explain(&reconcile, 11, 1);
        ck_assert(!reconcile_is_quiet(&reconcile));
        reopen(5);
        ck_assert(!reconcile_is_quiet(&reconcile));
        ck_assert(reconcile_is_quiet(&reconcile));

        /* it isn't known how many kills of the count were read */
        begin(3, NULL);
        ck_assert(!reconcile_is_quiet(&reconcile));
        ck_assert(!reconcile_is_quiet(&reconcile));
}
END_TEST

static const struct case_fixture reconcile_fixture = { .set_up = tear_down, .tear_down = tear_down };

TEST_MAIN_WITH("reconcile", &reconcile_fixture, CASE(test_difference_that_stays_is_missed),
               CASE(test_line_that_comes_later_explains), CASE(test_nothing_is_missed_while_records_wait),
               CASE(test_line_that_the_kernel_has_not_counted), CASE(test_base_is_found_when_nothing_changes),
               CASE(test_mark_is_of_the_cursor), CASE(test_steps_past_the_limit_are_put_together),
               CASE(test_quiet_is_when_all_is_explained_and_stays_so), CASE(test_kernel_that_does_not_count))
