/* daemon/watch/leaving.h: victims that are not gone yet. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "watch/leaving.h"

#define SEC INT64_C(1000000)

static pid_t start(void)
{
        pid_t pid = fork();

        if (pid == 0)
                for (;;)
                        (void)pause();
        ck_assert_int_gt(pid, 0);
        return pid;
}

static void end(pid_t pid)
{
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(test_victim_is_there_until_it_is_gone)
{
        struct leaving leaving = { 0 };
        pid_t first = start(), second = start();

        ck_assert(!leaving_any(&leaving, 100 * SEC));
        leaving_note(&leaving, first, 100 * SEC);
        leaving_note(&leaving, second, 101 * SEC);
        ck_assert(leaving_any(&leaving, 101 * SEC));
        end(first);
        ck_assert(leaving_any(&leaving, 102 * SEC));
        ck_assert_uint_eq(leaving.n, 1);
        end(second);
        ck_assert(!leaving_any(&leaving, 102 * SEC));
        ck_assert_uint_eq(leaving.n, 0);
}
END_TEST

START_TEST(test_victim_that_stays_is_waited_for_so_long)
{
        struct leaving leaving = { 0 };

        leaving_note(&leaving, getpid(), 100 * SEC);
        ck_assert(leaving_any(&leaving, 100 * SEC + LEAVING_USEC - 1));
        ck_assert(!leaving_any(&leaving, 100 * SEC + LEAVING_USEC));
}
END_TEST

START_TEST(test_more_than_there_is_room_for_and_what_is_no_process)
{
        static const int64_t none[] = { -2, -1, 0, INT64_C(1) << 32 };
        struct leaving leaving = { 0 };

        for (size_t i = 0; i < COUNT(none); i++)
                leaving_note(&leaving, none[i], 100 * SEC);
        ck_assert_uint_eq(leaving.n, 0);
        for (int i = 0; i <= LEAVING_MAX; i++)
                leaving_note(&leaving, getpid(), (100 + i) * SEC);
        ck_assert_uint_eq(leaving.n, LEAVING_MAX);
        ck_assert_int_eq(leaving.victims[0].killed_usec, 101 * SEC);
        ck_assert_int_eq(leaving.victims[LEAVING_MAX - 1].killed_usec, (100 + LEAVING_MAX) * SEC);
}
END_TEST

TEST_MAIN("leaving", CASE(test_victim_is_there_until_it_is_gone), CASE(test_victim_that_stays_is_waited_for_so_long),
          CASE(test_more_than_there_is_room_for_and_what_is_no_process))
