/* daemon/common/spool.h: writing alerts: order, once, limits, leftovers, crashes. */

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "spool_fixture.h"

START_TEST(test_an_id_is_spooled_once)
{
        _cleanup_(freep) char *json = NULL;
        size_t length;

        ck_assert_int_eq(spool_write(spool, id_of(1), "first", 5), 0);
        ck_assert_int_eq(spool_write(spool, id_of(2), "other", 5), 0);
        ck_assert_int_eq(spool_write(spool, id_of(1), "second", 6), 1);
        EXPECT_LIST(1, 2);
        ck_assert_int_eq(spool_read(spool, id_of(1), &json, &length), 0);
        ck_assert_str_eq(json, "first");
        ck_assert_uint_eq(names_in(path_of("")), 2);
}
END_TEST

START_TEST(test_order_is_that_of_writing)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        int64_t before = now_usec(), last = 0;
        size_t count;

        for (unsigned i = 0; i < 100; i++)
                ck_assert_int_eq(put(i * 7919 % 101), 0); /* ids in no order */
        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        ck_assert_uint_eq(count, 100);
        for (unsigned i = 0; i < 100; i++) {
                ck_assert_str_eq(entries[i].id, id_of(i * 7919 % 101));
                ck_assert_int_gt(entries[i].spooled_usec, last);
                last = entries[i].spooled_usec;
        }
        ck_assert_int_ge(entries[0].spooled_usec, before);
        ck_assert_int_le(last, now_usec() + 1000);
}
END_TEST

START_TEST(test_order_survives_a_restart_and_a_clock_that_was_ahead)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        size_t count;

        ck_assert_int_eq(put(9), 0);
        ck_assert_int_eq(put(3), 0);
        set_mtime(path_of_id(3), time(NULL) + 86400, 123456789);

        close_spool();
        open_spool();
        ck_assert_int_eq(put(2), 0);
        ck_assert_int_eq(put(1), 0);
        EXPECT_LIST(9, 3, 2, 1);
        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        ck_assert_int_eq(entries[2].spooled_usec, entries[1].spooled_usec + 1);
}
END_TEST

static bool newest_is_of_now(void)
{
        static unsigned n = 1000;
        struct stat st;

        ck_assert_int_eq(put(n), 0);
        ck_assert_int_eq(stat(path_of_id(n), &st), 0);
        n++;
        if (st.st_mtime <= time(NULL))
                return true;
        ck_assert_int_eq(unlink(path_of_id(n - 1)), 0);
        return false;
}

START_TEST(test_times_come_back_when_the_future_has_left_the_spool)
{
        put_file(path_of_id(1), "{}");
        set_mtime(path_of_id(1), time(NULL) + 86400, 0);
        ck_assert_int_eq(put(2), 0);
        ck_assert_int_eq(unlink(path_of_id(1)), 0);
        ck_assert_int_eq(unlink(path_of_id(2)), 0);
        UNTIL(newest_is_of_now());
}
END_TEST

START_TEST(test_files_limit)
{
        for (unsigned i = 1; i < SPOOL_FILES_MAX; i++)
                put_file(path_of_id(i), "");
        put_file(path_of("README"), ""); /* doesn't count */
        ck_assert_int_eq(put(SPOOL_FILES_MAX), 0);
        ck_assert_int_eq(put(SPOOL_FILES_MAX + 1), -EDQUOT);
        ck_assert_int_eq(put(SPOOL_FILES_MAX), 1); /* there already: no error */

        ck_assert_int_eq(spool_remove(spool, id_of(5)), 0);
        ck_assert_int_eq(put(SPOOL_FILES_MAX + 1), 0);
        ck_assert_int_eq(put(SPOOL_FILES_MAX + 2), -EDQUOT);

        ck_assert_int_eq(unlink(path_of_id(6)), 0); /* as the other process does */
        UNTIL(put(SPOOL_FILES_MAX + 2) == 0);
        ck_assert_int_eq(put(SPOOL_FILES_MAX + 3), -EDQUOT);
}
END_TEST

START_TEST(test_leftovers_go_when_no_writer_lives)
{
        struct spool *second = NULL;

        put_file(path_of(".tmp-0123456789abcdef"), "{\"cut");
        put_file(path_of(".tmp-"), "");
        expect_list(NULL, 0);
        ck_assert_int_eq(put(1), 0);
        EXPECT_LIST(1);
        ck_assert_uint_eq(names_in(path_of("")), 1);

        /* As long as this writer lives, its files are not another one's leftovers. */
        put_file(path_of(".tmp-0123456789abcdef"), "{\"cut");
        ck_assert_int_eq(spool_open(scratch, "pager", &second), 0);
        ck_assert_int_eq(spool_write(second, id_of(2), "{}", 2), 0);
        ck_assert_uint_eq(names_in(path_of("")), 3);
        second = spool_close(second);
        close_spool();
        open_spool();
        ck_assert_int_eq(put(3), 0);
        ck_assert_uint_eq(names_in(path_of("")), 3);
        EXPECT_LIST(1, 2, 3);
}
END_TEST

START_TEST(test_a_write_waits_for_nobody)
{
        int fd;

        fd = open(path_of(""), O_RDONLY | O_DIRECTORY);
        ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* of another process, for ever: the case would time out */
        ck_assert_int_eq(put(1), 0);
        EXPECT_LIST(1);
        (void)close(fd);
}
END_TEST

START_TEST(test_a_failed_write_leaves_nothing)
{
        struct rlimit small, before;

        ck_assert_int_eq(put(1), 0);
        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 4;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        ck_assert_int_eq(spool_write(spool, id_of(2), "{\"long\":1}", 10), -EFBIG);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        ck_assert_uint_eq(names_in(path_of("")), 1);
        ck_assert_int_eq(put(2), 0);
        EXPECT_LIST(1, 2);
}
END_TEST

/* A crash can happen at any moment: all listed files are whole afterwards. */
START_TEST(test_a_writer_killed_at_any_moment_leaves_whole_files)
{
        for (unsigned round = 0; round < 20; round++) {
                _cleanup_(freep) struct spool_entry *entries = NULL;
                size_t count;
                pid_t pid = fork();

                ck_assert_int_ge(pid, 0);
                if (pid == 0) {
                        for (unsigned i = 0;; i++)
                                if (spool_write(spool, id_of(round << 16 | i), "0123456789", 10) < 0)
                                        _exit(1);
                }
                UNTIL(names_in(path_of("")) > round);
                (void)nanosleep(&(struct timespec){ .tv_nsec = (long)(round * 137777) },
                                NULL); /* spreads the moments */
                ck_assert_int_eq(kill(pid, SIGKILL), 0);
                ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
                ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
                for (size_t i = 0; i < count; i++) {
                        _cleanup_(freep) char *json = NULL;
                        size_t length;

                        ck_assert_int_eq(spool_read(spool, entries[i].id, &json, &length), 0);
                        ck_assert_uint_eq(length, 10);
                }
        }
}
END_TEST

TEST_MAIN_WITH("spool_write", &spool_fixture, CASE(test_an_id_is_spooled_once), CASE(test_order_is_that_of_writing),
               CASE(test_order_survives_a_restart_and_a_clock_that_was_ahead),
               CASE(test_times_come_back_when_the_future_has_left_the_spool), CASE(test_files_limit),
               CASE(test_leftovers_go_when_no_writer_lives), CASE(test_a_write_waits_for_nobody),
               CASE(test_a_failed_write_leaves_nothing), CASE(test_a_writer_killed_at_any_moment_leaves_whole_files))
