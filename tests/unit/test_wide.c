/* lib/util/wide.h: exact where 64 bits don't suffice, on every machine. */

#include "harness.h"
#include "util/wide.h"

static const struct {
        int64_t factor, multiplier, divisor, result;
} divisions[] = {
        { 7, 3, 2, 10 },
        { -7, 3, 2, -10 },
        { 7, 3, -2, -10 },
        { -7, -3, 2, 10 },
        { 0, INT64_MAX, 1, 0 },
        { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
        { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN },
        { INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN },
        { INT64_MAX, 1000, 1000, INT64_MAX },
        { INT64_MAX, 1000, 999, INT64_MAX }, /* what is outside is the nearest */
        { INT64_MIN, 1000, 999, INT64_MIN },
        { INT64_MIN, 1, -1, INT64_MAX },
        { INT64_MIN, -1, 1, INT64_MAX },
        { INT64_C(9223372036854775), 1000, 7, INT64_C(1317624576693539285) },
        { INT64_C(9223372036854776), 1000, 7, INT64_C(1317624576693539428) }, /* 2^63 + 192: one more bit */
        { INT64_C(4611686018427387904), 1000, INT64_C(9007199254740992), 512000 },
        { INT64_C(-4611686018427387904), 999, INT64_C(1000000000000), INT64_C(-4607074332) },
};

START_TEST(test_product_is_divided_exactly)
{
        for (size_t i = 0; i < COUNT(divisions); i++) {
                int64_t result = mul_div(divisions[i].factor, divisions[i].multiplier, divisions[i].divisor);

                ck_assert_msg(result == divisions[i].result, "%zu: %jd", i, (intmax_t)result);
        }
}
END_TEST

#ifdef __SIZEOF_INT128__
static uint64_t next_random(uint64_t *state)
{
        *state = *state * 6364136223846793005 + 1442695040888963407;
        return *state ^ *state >> 29;
}

/* Of every length in bits. */
static int64_t random_number(uint64_t *state)
{
        uint64_t bits = next_random(state) >> (next_random(state) % 64);

        return (int64_t)(next_random(state) & 1024 ? bits : 0 - bits);
}

START_TEST(test_it_is_what_the_compiler_computes)
{
        uint64_t state = 4711;

        for (unsigned i = 0; i < 200000; i++) {
                int64_t factor = random_number(&state), multiplier = random_number(&state);
                int64_t divisor = random_number(&state);
                __int128 exact;

                if (divisor == 0)
                        continue;
                exact = (__int128)factor * multiplier / divisor;
                if (exact > INT64_MAX)
                        exact = INT64_MAX;
                if (exact < INT64_MIN)
                        exact = INT64_MIN;
                ck_assert_int_eq(mul_div(factor, multiplier, divisor), (int64_t)exact);
        }
}
END_TEST
#else
START_TEST(test_it_is_what_the_compiler_computes)
{
        SKIP("the compiler has no 128-bit type");
}
END_TEST
#endif

START_TEST(test_sum_stops_at_the_ends)
{
        ck_assert_int_eq(add_saturated(2, -3), -1);
        ck_assert_int_eq(add_saturated(INT64_MAX - 1, 1), INT64_MAX);
        ck_assert_int_eq(add_saturated(INT64_MAX, 1), INT64_MAX);
        ck_assert_int_eq(add_saturated(INT64_MIN, -1), INT64_MIN);
        ck_assert_int_eq(add_saturated(INT64_MIN, INT64_MAX), -1);
}
END_TEST

START_TEST(test_hash_is_fnv_1a)
{
        struct fnv128 hash = FNV128_START;

        fnv128_add(&hash, TEXT(""));
        ck_assert_uint_eq(hash.high, 0x6c62272e07bb0142);
        ck_assert_uint_eq(hash.low, 0x62b821756295c58d);
        fnv128_add(&hash, TEXT("foo"));
        fnv128_add(&hash, TEXT("bar"));
        ck_assert_uint_eq(hash.high, 0x343e1662793c64bf);
        ck_assert_uint_eq(hash.low, 0x6f0d3597ba446f18);
        hash = FNV128_START;
        fnv128_add(&hash, TEXT("\xff"));
        ck_assert_uint_eq(hash.high, 0xd228cb68f51a8caf);
        ck_assert_uint_eq(hash.low, 0x78912b704e49f346);
}
END_TEST

TEST_MAIN("wide", CASE(test_product_is_divided_exactly), CASE(test_it_is_what_the_compiler_computes),
          CASE(test_sum_stops_at_the_ends), CASE(test_hash_is_fnv_1a))
