/* daemon/common/coalesce.h: the times are made up. What is held are the numbers of items, as pointers. */

#include "common/coalesce.h"

#include "harness.h"
#include "util/cleanup.h"

#define WINDOW 30000000

static void *item(uintptr_t number)
{
        return (void *)number;
}

/* Takes what is due, which are the numbers from first on, count of them. */
static void expect_taken(struct coalesce *coalesce, int64_t now_usec, uintptr_t first, size_t count)
{
        void **items = NULL;

        ck_assert_uint_eq(coalesce_take(coalesce, now_usec, &items), count);
        for (size_t i = 0; i < count; i++)
                ck_assert_uint_eq((uintptr_t)items[i], first + i);
        free(items);
}

START_TEST(test_first_goes_others_wait_for_the_window)
{
        struct coalesce coalesce = { .window_usec = WINDOW };

        ck_assert(!coalesce_has(&coalesce, "a", 100));
        ck_assert(!coalesce_hold(&coalesce, "a", item(1), 100));
        coalesce_begin(&coalesce, "a", 100);
        ck_assert(coalesce_has(&coalesce, "a", 100));
        ck_assert(!coalesce_has(&coalesce, "b", 100));
        ck_assert_int_eq(coalesce_due_usec(&coalesce), INT64_MAX);
        ck_assert(coalesce_hold(&coalesce, "a", item(2), 200));
        ck_assert(coalesce_hold(&coalesce, "a", item(3), WINDOW));
        ck_assert_uint_eq(coalesce.n_held, 2);
        ck_assert_int_eq(coalesce_due_usec(&coalesce), WINDOW + 100);
        expect_taken(&coalesce, WINDOW + 99, 0, 0);
        /* before its items are taken, the window goes on */
        ck_assert(coalesce_hold(&coalesce, "a", item(4), WINDOW + 200));
        expect_taken(&coalesce, WINDOW + 200, 2, 3);
        expect_taken(&coalesce, WINDOW + 200, 0, 0);
        ck_assert_uint_eq(coalesce.n_held, 0);
        ck_assert(!coalesce_has(&coalesce, "a", WINDOW + 200));
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_a_window_that_holds_nothing_ends_by_itself)
{
        struct coalesce coalesce = { .window_usec = WINDOW };

        coalesce_begin(&coalesce, "a", 0);
        ck_assert(coalesce_has(&coalesce, "a", WINDOW - 1));
        ck_assert(!coalesce_has(&coalesce, "a", WINDOW));
        ck_assert(!coalesce_hold(&coalesce, "a", item(1), WINDOW));
        coalesce_begin(&coalesce, "a", WINDOW);
        ck_assert(coalesce_has(&coalesce, "a", WINDOW + 1));
        ck_assert_uint_eq(coalesce.n_windows, 1);
        coalesce_begin(&coalesce, "a", WINDOW + 5); /* it has begun already */
        ck_assert(!coalesce_has(&coalesce, "a", 2 * WINDOW));
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_keys_are_apart_and_the_first_window_is_taken_first)
{
        struct coalesce coalesce = { .window_usec = WINDOW };

        coalesce_begin(&coalesce, "a", 0);
        coalesce_begin(&coalesce, "b", 10);
        coalesce_begin(&coalesce, "c", 20);
        ck_assert(coalesce_hold(&coalesce, "c", item(5), 30));
        ck_assert(coalesce_hold(&coalesce, "a", item(1), 30));
        ck_assert(coalesce_hold(&coalesce, "b", item(3), 30));
        ck_assert(coalesce_hold(&coalesce, "a", item(2), 30));
        ck_assert_int_eq(coalesce_due_usec(&coalesce), WINDOW);
        expect_taken(&coalesce, WINDOW + 10, 1, 2);
        expect_taken(&coalesce, WINDOW + 10, 3, 1);
        expect_taken(&coalesce, WINDOW + 10, 0, 0);
        ck_assert_int_eq(coalesce_due_usec(&coalesce), WINDOW + 20);
        coalesce_end(&coalesce);
        ck_assert_int_eq(coalesce_due_usec(&coalesce), INT64_MIN);
        expect_taken(&coalesce, WINDOW + 11, 5, 1);
        expect_taken(&coalesce, WINDOW + 11, 0, 0);
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_another_length_applies_to_windows_that_have_begun)
{
        struct coalesce coalesce = { .window_usec = WINDOW };

        coalesce_begin(&coalesce, "a", 0);
        ck_assert(coalesce_hold(&coalesce, "a", item(1), 1));
        coalesce_set_window(&coalesce, 100);
        ck_assert_int_eq(coalesce_due_usec(&coalesce), 100);
        expect_taken(&coalesce, 99, 0, 0);
        coalesce_set_window(&coalesce, 0);
        expect_taken(&coalesce, 2, 1, 1);
        coalesce_begin(&coalesce, "a", 3);
        ck_assert(!coalesce_has(&coalesce, "a", 3));
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_more_keys_than_windows_have_none)
{
        struct coalesce coalesce = { .window_usec = WINDOW };
        char key[COALESCE_KEY_MAX + 2];

        for (unsigned i = 0; i <= COALESCE_KEYS_MAX; i++) {
                (void)snprintf(key, sizeof(key), "%u", i);
                coalesce_begin(&coalesce, key, i);
                ck_assert_int_eq(coalesce_has(&coalesce, key, i), i < COALESCE_KEYS_MAX);
        }
        ck_assert_uint_eq(coalesce.n_windows, COALESCE_KEYS_MAX);
        /* until the first are over */
        coalesce_begin(&coalesce, "late", WINDOW + 10);
        ck_assert(coalesce_has(&coalesce, "late", WINDOW + 10));
        ck_assert_uint_eq(coalesce.n_windows, COALESCE_KEYS_MAX - 10);

        memset(key, 'x', sizeof(key));
        key[COALESCE_KEY_MAX + 1] = '\0';
        coalesce_begin(&coalesce, key, WINDOW + 10);
        ck_assert(!coalesce_has(&coalesce, key, WINDOW + 10));
        key[COALESCE_KEY_MAX] = '\0';
        coalesce_begin(&coalesce, key, WINDOW + 10);
        ck_assert(coalesce_has(&coalesce, key, WINDOW + 10));
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_a_full_window_gives_up_what_it_has_and_goes_on)
{
        struct coalesce coalesce = { .window_usec = WINDOW };

        coalesce_begin(&coalesce, "a", 0);
        for (uintptr_t i = 1; i <= COALESCE_ITEMS_MAX; i++) {
                ck_assert_int_eq(coalesce_due_usec(&coalesce), i == 1 ? INT64_MAX : WINDOW);
                ck_assert(coalesce_hold(&coalesce, "a", item(i), 1));
        }
        ck_assert(!coalesce_hold(&coalesce, "a", item(7), 1));
        ck_assert_int_eq(coalesce_due_usec(&coalesce), INT64_MIN);
        expect_taken(&coalesce, 2, 1, COALESCE_ITEMS_MAX);
        expect_taken(&coalesce, 2, 0, 0);
        ck_assert(coalesce_hold(&coalesce, "a", item(1), 3));
        expect_taken(&coalesce, WINDOW - 1, 0, 0);
        expect_taken(&coalesce, WINDOW, 1, 1);
        coalesce_done(&coalesce);
}
END_TEST

START_TEST(test_too_many_in_all_and_the_largest_gives_up)
{
        struct coalesce coalesce = { .window_usec = WINDOW };
        char key[16];
        size_t n_held = 0;

        coalesce_begin(&coalesce, "large", 0);
        for (uintptr_t i = 1; i <= 500; i++, n_held++)
                ck_assert(coalesce_hold(&coalesce, "large", item(i), 1));
        for (unsigned i = 0; n_held < COALESCE_HELD_MAX; i++, n_held++) {
                (void)snprintf(key, sizeof(key), "%u", i % 100);
                coalesce_begin(&coalesce, key, 1);
                ck_assert_int_eq(coalesce_due_usec(&coalesce), WINDOW);
                ck_assert(coalesce_hold(&coalesce, key, item(1), 1));
        }
        ck_assert_int_eq(coalesce_due_usec(&coalesce), INT64_MIN);
        expect_taken(&coalesce, 2, 1, 500);
        ck_assert_int_eq(coalesce_due_usec(&coalesce), WINDOW + 1);
        expect_taken(&coalesce, 2, 0, 0);
        coalesce_end(&coalesce);
        for (unsigned i = 0; i < 100; i++) {
                void **items;

                ck_assert_uint_eq(coalesce_take(&coalesce, 2, &items), 15);
                free(items);
        }
        coalesce_done(&coalesce);
}
END_TEST

TEST_MAIN("coalesce", CASE(test_first_goes_others_wait_for_the_window),
          CASE(test_a_window_that_holds_nothing_ends_by_itself),
          CASE(test_keys_are_apart_and_the_first_window_is_taken_first),
          CASE(test_another_length_applies_to_windows_that_have_begun), CASE(test_more_keys_than_windows_have_none),
          CASE(test_a_full_window_gives_up_what_it_has_and_goes_on),
          CASE(test_too_many_in_all_and_the_largest_gives_up))
