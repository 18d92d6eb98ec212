/* lib/util/text.h */

#include "harness.h"
#include "util/text.h"

START_TEST(test_eat_prefix_and_suffix)
{
        struct text text = TEXT("ab,cd");

        ck_assert(!text_eat(&text, TEXT("b")));
        ck_assert(text_eat(&text, TEXT("ab")));
        ck_assert(text_eat_end(&text, TEXT("d")));
        ck_assert(text_equal(text, TEXT(",c")));
        ck_assert(!text_eat(&text, TEXT(",cd")));
        ck_assert(text_equal(text, TEXT(",c")));
}
END_TEST

START_TEST(test_numbers_have_a_range)
{
        struct text text = TEXT("18446744073709551615x");
        uint64_t value;
        int64_t number;

        ck_assert(text_eat_u64(&text, &value));
        ck_assert_uint_eq(value, UINT64_MAX);
        ck_assert(text_equal(text, TEXT("x")));
        text = TEXT("18446744073709551616");
        ck_assert(!text_eat_u64(&text, &value));
        ck_assert_uint_eq(text.length, 20);
        text = TEXT("000000000000000000000000042");
        ck_assert(text_eat_u64(&text, &value));
        ck_assert_uint_eq(value, 42);
        text = TEXT("9223372036854775808");
        ck_assert(!text_eat_i64(&text, &number));
        text = TEXT("-17,");
        ck_assert(text_eat_i64(&text, &number));
        ck_assert_int_eq(number, -17);
        text = TEXT("-");
        ck_assert(!text_eat_i64(&text, &number));
        ck_assert_uint_eq(text.length, 1);
        text = TEXT("0xcc0(");
        ck_assert(text_eat_hex(&text, &value));
        ck_assert_uint_eq(value, 0xcc0);
        text = TEXT("0xfffffffffffffffff");
        ck_assert(!text_eat_hex(&text, &value));
        text = TEXT("0x");
        ck_assert(!text_eat_hex(&text, &value));
}
END_TEST

START_TEST(test_numbers_from_the_end)
{
        struct text text = TEXT("pid=12,uid=-2");
        int64_t value;

        ck_assert(text_eat_end_i64(&text, true, &value));
        ck_assert_int_eq(value, -2);
        ck_assert(text_equal(text, TEXT("pid=12,uid=")));
        ck_assert(!text_eat_end_i64(&text, true, &value));
        text = TEXT("5-2");
        ck_assert(text_eat_end_i64(&text, false, &value));
        ck_assert_int_eq(value, 2);
        ck_assert(text_equal(text, TEXT("5-")));
}
END_TEST

START_TEST(test_find_stays_inside)
{
        struct text text = { "abcabc", 5 };

        ck_assert_int_eq(text_find(text, TEXT("abc"), 0), 0);
        ck_assert_int_eq(text_find(text, TEXT("abc"), 1), -1);
        ck_assert_int_eq(text_find_last(text, TEXT("ab")), 3);
        ck_assert_int_eq(text_find_last(text, TEXT("abcabc")), -1);
        ck_assert_int_eq(text_find_last(TEXT("aaxaay"), TEXT("aax")), 0);
        ck_assert_int_eq(text_find_last(TEXT("abcd"), TEXT("d")), 3);
        ck_assert_int_eq(text_find_last(TEXT("abcd"), TEXT("de")), -1);
        ck_assert_int_eq(text_find((struct text){ NULL, 0 }, TEXT("a"), 0), -1);
        ck_assert_int_eq(text_find(text, TEXT("c"), 6), -1);
}
END_TEST

TEST_MAIN("text", CASE(test_eat_prefix_and_suffix), CASE(test_numbers_have_a_range), CASE(test_numbers_from_the_end),
          CASE(test_find_stays_inside))
