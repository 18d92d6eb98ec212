/* daemon/watch/loss.h: which losses of records are one episode. */

#include "harness.h"
#include "watch/loss.h"

#define SEC USEC_PER_SEC

START_TEST(test_an_episode_has_the_sum_and_begins_with_the_first)
{
        struct loss loss = { 0 };

        ck_assert(!loss_is_over(&loss, 1000 * SEC)); /* there is none */
        ck_assert(loss_add(&loss, 100, 7, 5000, 1000 * SEC));
        ck_assert(!loss_add(&loss, 200, 30, 6000, 1009 * SEC));
        ck_assert(!loss_add(&loss, 300, UINT64_C(5000000000), 7000, 1018 * SEC));
        ck_assert_uint_eq(loss.seq, 100);
        ck_assert_uint_eq(loss.n_records, UINT64_C(5000000037));
        ck_assert_uint_eq(loss.mono_usec, 7000);
        ck_assert(!loss_is_over(&loss, 1028 * SEC - 1));
        ck_assert(loss_is_over(&loss, 1028 * SEC));
        loss.n_records = 0; /* it was reported */
        ck_assert(!loss_is_over(&loss, 2000 * SEC));
        ck_assert(loss_add(&loss, 400, 1, 8000, 2000 * SEC));
        ck_assert_uint_eq(loss.seq, 400);
        ck_assert_uint_eq(loss.n_records, 1);
        ck_assert(!loss_is_over(&loss, 2000 * SEC));
}
END_TEST

START_TEST(test_what_never_ends_is_over_after_five_minutes)
{
        struct loss loss = { 0 };
        int64_t now = 50 * SEC;

        ck_assert(loss_add(&loss, 1, 1, 1, now));
        for (uint64_t i = 1; i < 300; i++) {
                now += SEC;
                ck_assert(!loss_add(&loss, 1 + 10 * i, 9, i, now));
                ck_assert(!loss_is_over(&loss, now));
        }
        ck_assert(loss_is_over(&loss, now + SEC));
        ck_assert_uint_eq(loss.n_records, 1 + 299 * 9);
}
END_TEST

TEST_MAIN("loss", CASE(test_an_episode_has_the_sum_and_begins_with_the_first),
          CASE(test_what_never_ends_is_over_after_five_minutes))
