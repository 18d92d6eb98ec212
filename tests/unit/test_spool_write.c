/* daemon/common/spool.h: writing alerts: order, once, limits, leftovers, crashes. */

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "alert/dropped.h"
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

/* An alert of that many bytes, 20 to 900. */
static int put_long(unsigned n, size_t length)
{
        char json[1024];

        memset(json, 'x', sizeof(json));
        memcpy(json, "{\"id\":\"", 7);
        memcpy(json + length - 2, "\"}", 2);
        return spool_write(spool, id_of(n), json, length);
}

static uint64_t dropped_before_of(unsigned n)
{
        _cleanup_(freep) char *json = NULL;
        size_t length;

        ck_assert_int_eq(spool_read(spool, id_of(n), &json, &length), 0);
        return alert_dropped_before(json, length);
}

START_TEST(test_past_the_number_of_files_the_oldest_go_but_for_the_very_first)
{
        spool_set_limits(spool, &(struct spool_limits){ 4, UINT64_MAX });
        put_file(path_of("README"), ""); /* doesn't count */
        for (unsigned i = 1; i <= 4; i++)
                ck_assert_int_eq(put_long(i, 100), 0);
        EXPECT_LIST(1, 2, 3, 4);
        ck_assert_uint_eq(spool_take_dropped(spool), 0);
        ck_assert_int_eq(put_long(4, 100), 1); /* there already: nothing is dropped for it */
        EXPECT_LIST(1, 2, 3, 4);
        ck_assert_int_eq(put_long(5, 100), 0);
        EXPECT_LIST(1, 3, 4, 5);
        ck_assert_uint_eq(dropped_before_of(4), 0);
        ck_assert_uint_eq(dropped_before_of(5), 1);
        ck_assert_uint_eq(spool_take_dropped(spool), 1);
        ck_assert_uint_eq(spool_take_dropped(spool), 0);
}
END_TEST

/* What an alert said of others isn't lost with it. */
START_TEST(test_the_counts_add_up_however_many_go)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        uint64_t n_stated = 0;
        size_t count;

        spool_set_limits(spool, &(struct spool_limits){ 5, UINT64_MAX });
        for (unsigned i = 0; i < 1000; i++) {
                ck_assert_int_eq(put_long(i, 100), 0);
                if (i == 500) { /* another run */
                        close_spool();
                        open_spool();
                        spool_set_limits(spool, &(struct spool_limits){ 5, UINT64_MAX });
                }
        }
        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        ck_assert_uint_eq(count, 5);
        ck_assert_str_eq(entries[0].id, id_of(0));
        ck_assert_str_eq(entries[1].id, id_of(996));
        for (unsigned i = 996; i < 1000; i++)
                n_stated += dropped_before_of(i);
        ck_assert_uint_eq(n_stated, 995);
}
END_TEST

START_TEST(test_past_the_number_of_bytes_as_many_go_as_must)
{
        spool_set_limits(spool, &(struct spool_limits){ UINT64_MAX, 1000 });
        for (unsigned i = 1; i <= 10; i++)
                ck_assert_int_eq(put_long(i, 100), 0);
        EXPECT_LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        ck_assert_int_eq(put_long(11, 150), 0);
        EXPECT_LIST(1, 4, 5, 6, 7, 8, 9, 10, 11);
        ck_assert_uint_eq(dropped_before_of(11), 2);
        ck_assert_int_eq(put_long(12, 900), 0); /* with the very first it is too much: that stays */
        EXPECT_LIST(1, 12);
        ck_assert_uint_eq(dropped_before_of(12), 10);
        ck_assert_uint_eq(spool_take_dropped(spool), 10);
}
END_TEST

START_TEST(test_what_was_delivered_meanwhile_makes_room)
{
        spool_set_limits(spool, &(struct spool_limits){ 4, 1000 });
        for (unsigned i = 1; i <= 5; i++)
                ck_assert_int_eq(put_long(i, 100), 0);
        EXPECT_LIST(1, 3, 4, 5);
        ck_assert_int_eq(unlink(path_of_id(1)), 0); /* as the other process does */
        ck_assert_int_eq(unlink(path_of_id(3)), 0);
        ck_assert_int_eq(unlink(path_of_id(4)), 0);
        for (unsigned i = 6; i <= 8; i++)
                ck_assert_int_eq(put_long(i, 100), 0);
        EXPECT_LIST(5, 6, 7, 8);
        ck_assert_int_eq(spool_remove(spool, id_of(5)), 0);
        ck_assert_int_eq(put_long(9, 100), 0);
        EXPECT_LIST(6, 7, 8, 9);
        ck_assert_uint_eq(spool_take_dropped(spool), 1);
}
END_TEST

START_TEST(test_a_write_that_fails_drops_nothing)
{
        struct rlimit small, before;

        spool_set_limits(spool, &(struct spool_limits){ 3, UINT64_MAX });
        for (unsigned i = 1; i <= 3; i++)
                ck_assert_int_eq(put_long(i, 100), 0);
        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 4;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        ck_assert_int_eq(put_long(4, 100), -EFBIG);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        EXPECT_LIST(1, 2, 3);
        ck_assert_uint_eq(spool_take_dropped(spool), 0);
        ck_assert_int_eq(put_long(4, 100), 0);
        EXPECT_LIST(1, 3, 4);
        ck_assert_uint_eq(dropped_before_of(4), 1);
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
               CASE(test_times_come_back_when_the_future_has_left_the_spool),
               CASE(test_past_the_number_of_files_the_oldest_go_but_for_the_very_first),
               CASE(test_the_counts_add_up_however_many_go), CASE(test_past_the_number_of_bytes_as_many_go_as_must),
               CASE(test_what_was_delivered_meanwhile_makes_room), CASE(test_a_write_that_fails_drops_nothing),
               CASE(test_leftovers_go_when_no_writer_lives), CASE(test_a_write_waits_for_nobody),
               CASE(test_a_failed_write_leaves_nothing), CASE(test_a_writer_killed_at_any_moment_leaves_whole_files))
