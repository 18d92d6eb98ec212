/* daemon/watch/suspension.h: which records may be from before a suspension. */

#include "harness.h"
#include "util/usec.h"
#include "watch/suspension.h"

#define SEC USEC_PER_SEC

START_TEST(test_records_before_the_notice_may_be_from_before_the_suspension)
{
        struct suspension suspension;

        suspension_begin(&suspension, 500 * SEC, 100 * SEC); /* it was suspended before the start, too */
        ck_assert(!suspension_may_be_since(&suspension, 0));
        suspension_look(&suspension, 510 * SEC, 110 * SEC);
        ck_assert(!suspension_may_be_since(&suspension, 0));
        suspension_look(&suspension, 4120 * SEC, 120 * SEC); /* an hour */
        ck_assert(suspension_may_be_since(&suspension, 119 * SEC));
        ck_assert(suspension_may_be_since(&suspension, 120 * SEC));
        ck_assert(!suspension_may_be_since(&suspension, 120 * SEC + 1));
        suspension_look(&suspension, 4130 * SEC, 130 * SEC); /* no longer */
        ck_assert(!suspension_may_be_since(&suspension, 121 * SEC));
}
END_TEST

START_TEST(test_a_delay_between_the_clocks_is_none)
{
        struct suspension suspension;

        suspension_begin(&suspension, 500 * SEC, 500 * SEC);
        suspension_look(&suspension, 510 * SEC, 513 * SEC); /* it had to wait between the two */
        suspension_look(&suspension, 520 * SEC, 520 * SEC);
        suspension_look(&suspension, 530 * SEC + 99999, 530 * SEC);
        ck_assert(!suspension_may_be_since(&suspension, 0));
        suspension_look(&suspension, 540 * SEC + 100000, 540 * SEC);
        ck_assert(suspension_may_be_since(&suspension, 540 * SEC));
}
END_TEST

START_TEST(test_one_look_in_a_millisecond)
{
        struct suspension suspension = { .looked_stamp = 5000 };

        ck_assert(!suspension_is_due(&suspension, 5999));
        ck_assert(suspension_is_due(&suspension, 6000));
        ck_assert(suspension_is_due(&suspension, 4999)); /* another processor's clock */
}
END_TEST

TEST_MAIN("suspension", CASE(test_records_before_the_notice_may_be_from_before_the_suspension),
          CASE(test_a_delay_between_the_clocks_is_none), CASE(test_one_look_in_a_millisecond))
