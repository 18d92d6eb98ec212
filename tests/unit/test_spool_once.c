/* daemon/common/spool.h and spool_memory.h: what was delivered is not spooled or sent again, whenever a program was killed. */

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/spool_memory.h"
#include "spool_fixture.h"

static int put_once(unsigned n)
{
        return spool_write_once(spool, id_of(n), "{}", 2);
}

static int has(unsigned n)
{
        return spool_memory_has(spool_fd(spool), id_of(n));
}

static int add(unsigned n)
{
        return spool_memory_add(spool_fd(spool), id_of(n), n);
}

static off_t size_of(const char *name)
{
        struct stat st;

        return stat(path_of(name), &st) == 0 ? st.st_size : -1;
}

/* The oldest alert of the queue. */
static struct spool_entry first(void)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        struct spool_entry entry;
        size_t count;

        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        ck_assert_uint_gt(count, 0);
        entry = entries[0];
        return entry;
}

START_TEST(test_what_was_delivered_is_not_spooled_again)
{
        struct spool_entry entry;

        ck_assert_int_eq(put_once(1), 0);
        ck_assert_int_eq(put_once(1), 1); /* it waits */
        entry = first();
        ck_assert(!spool_was_delivered(spool, &entry));
        ck_assert_int_eq(spool_set_delivered(spool, entry.id, entry.spooled_usec), 0);
        expect_list(NULL, 0);
        ck_assert_int_eq(put_once(1), 1);
        expect_list(NULL, 0);
        ck_assert_int_eq(put_once(2), 0);
        EXPECT_LIST(2);
        ck_assert_int_eq(spool_take_memory_error(spool), 0);

        close_spool();
        open_spool();
        ck_assert_int_eq(put_once(1), 1);
        EXPECT_LIST(2);
        ck_assert_int_eq(spool_set_delivered(spool, "no id", 0), -EINVAL);
        ck_assert_int_eq(spool_write_once(spool, "no id", "{}", 2), -EINVAL);
}
END_TEST

START_TEST(test_what_was_refused_is_not_spooled_again)
{
        ck_assert_int_eq(put_once(1), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(1)), 0);
        ck_assert_int_eq(put_once(1), 1);
        expect_list(NULL, 0);
}
END_TEST

/* Of a file of records, which is sent as often as somebody wants it. */
START_TEST(test_the_same_id_may_be_meant_to_be_sent_twice)
{
        struct spool_entry entry;

        for (unsigned i = 0; i < 3; i++) {
                ck_assert_int_eq(put(1), 0);
                entry = first();
                ck_assert(!spool_was_delivered(spool, &entry)); /* not this file */
                ck_assert_int_eq(spool_set_delivered(spool, entry.id, entry.spooled_usec), 0);
        }
}
END_TEST

START_TEST(test_a_file_left_between_memory_and_removal_was_delivered)
{
        struct spool_entry entry;

        ck_assert_int_eq(put(7), 0);
        entry = first();
        ck_assert_int_eq(spool_memory_add(spool_fd(spool), entry.id, entry.spooled_usec),
                         0); /* and here it was killed */
        for (unsigned n = 100; n < 100 + SPOOL_MEMORY_LATELY - 1; n++)
                ck_assert_int_eq(add(n), 0);
        ck_assert(spool_was_delivered(spool, &entry));
        ck_assert_int_eq(add(99), 0);
        ck_assert(!spool_was_delivered(spool, &entry)); /* one past the limit */
        ck_assert_int_eq(has(7), 1);
}
END_TEST

START_TEST(test_a_file_that_cannot_be_removed_is_remembered_once)
{
        ck_assert_int_eq(mkdir(path_of_id(1), 0700), 0); /* unlink() fails */
        for (unsigned i = 0; i < 10; i++)
                ck_assert_int_lt(spool_set_delivered(spool, id_of(1), 5), 0);
        ck_assert_int_eq(has(1), 1);
        ck_assert_int_eq(size_of(SPOOL_MEMORY_NAME), 50);
}
END_TEST

START_TEST(test_two_files_of_a_bounded_size_remember_the_latest)
{
        const unsigned count = 2 * SPOOL_MEMORY_MAX + 1;

        for (unsigned n = 0; n < count; n++) {
                if (n == SPOOL_MEMORY_MAX) {
                        ck_assert_int_eq(has(0), 1);
                        ck_assert_int_eq(size_of(SPOOL_MEMORY_OLD_NAME), -1);
                }
                ck_assert_int_eq(add(n), 0);
        }
        ck_assert_int_eq(size_of(SPOOL_MEMORY_NAME), 50);
        ck_assert_int_eq(size_of(SPOOL_MEMORY_OLD_NAME), SPOOL_MEMORY_MAX * 50L);
        ck_assert_int_eq(has(SPOOL_MEMORY_MAX - 1), 0);
        ck_assert_int_eq(has(SPOOL_MEMORY_MAX), 1);
        ck_assert_int_eq(has(count / 2 + count / 4), 1);
        ck_assert_int_eq(has(count - 1), 1);
        ck_assert_int_eq(has(count), 0);
        /* the last of the old file are late ones too */
        ck_assert_int_eq(spool_memory_has_lately(spool_fd(spool), id_of(count - 2), count - 2), 1);
        ck_assert_int_eq(spool_memory_has_lately(spool_fd(spool), id_of(count - 2), count - 3), 0);
}
END_TEST

START_TEST(test_a_torn_entry_costs_itself_alone)
{
        for (unsigned length = 1; length < 50; length++) {
                ck_assert_int_eq(add(2 * length), 0);
                ck_assert_int_eq(add(2 * length + 1), 0);
                ck_assert_int_eq(truncate(path_of(SPOOL_MEMORY_NAME), size_of(SPOOL_MEMORY_NAME) - length), 0);
                ck_assert_int_eq(has(2 * length), 1);
                ck_assert_int_eq(has(2 * length + 1), 0);
        }
        ck_assert_int_eq(add(1000), 0);
        ck_assert_int_eq(size_of(SPOOL_MEMORY_NAME), 50 * 50);
        ck_assert_int_eq(has(1000), 1);
}
END_TEST

START_TEST(test_a_full_disk_costs_repeats_and_loses_nothing)
{
        struct rlimit small, before;

        for (unsigned n = 1; n <= 5; n++)
                ck_assert_int_eq(put_once(n), 0);
        ck_assert_int_eq(spool_set_delivered(spool, id_of(1), 0), 0);
        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 60; /* an entry, and a part of another */
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        ck_assert_int_eq(spool_set_delivered(spool, id_of(2), 0), 0);
        ck_assert_int_eq(spool_take_memory_error(spool), -EFBIG);
        ck_assert_int_eq(spool_take_memory_error(spool), 0);
        ck_assert_int_eq(spool_set_delivered(spool, id_of(3), 0), 0);
        ck_assert_int_eq(spool_take_memory_error(spool), 0); /* said once */
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        ck_assert_int_eq(size_of(SPOOL_MEMORY_NAME), 50);
        EXPECT_LIST(4, 5);
        ck_assert_int_eq(put_once(1), 1);
        ck_assert_int_eq(put_once(2), 0); /* sent again: better than never */
        ck_assert_int_eq(spool_set_delivered(spool, id_of(2), 0), 0);
        ck_assert_int_eq(put_once(2), 1);
        EXPECT_LIST(4, 5);
}
END_TEST

/* Whoever can write there may put anything in its place. */
START_TEST(test_what_is_no_memory_is_not_read)
{
        put_file(path_of("elsewhere"), "");
        ck_assert_int_eq(symlink("elsewhere", path_of(SPOOL_MEMORY_NAME)), 0);
        ck_assert_int_eq(mkfifo(path_of(SPOOL_MEMORY_OLD_NAME), 0600), 0);
        ck_assert_int_eq(put_once(1), 0);
        ck_assert_int_lt(spool_take_memory_error(spool), 0);
        ck_assert_int_eq(put_once(2), 0);
        ck_assert_int_eq(spool_take_memory_error(spool), 0);
        ck_assert_int_eq(spool_set_delivered(spool, id_of(1), 0), 0);
        ck_assert_int_lt(spool_take_memory_error(spool), 0);
        EXPECT_LIST(2);
        ck_assert_int_eq(size_of("elsewhere"), 0);
}
END_TEST

#define ROUND 40 /* alerts */

/* Delivers all alerts of the queue, as the courier does: what it sends is written to the receiver fd. */
static void deliver_all(int fd)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        size_t count;

        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        for (size_t i = 0; i < count; i++) {
                unsigned n = (unsigned)strtoul(entries[i].id, NULL, 16);

                if (!spool_was_delivered(spool, &entries[i]))
                        ck_assert_int_eq(write(fd, &n, sizeof(n)), sizeof(n));
                ck_assert_int_eq(spool_set_delivered(spool, entries[i].id, entries[i].spooled_usec), 0);
        }
}

/* A process delivers and is killed at any moment. Then all is spooled again, and the rest delivered. */
START_TEST(test_who_delivers_may_be_killed_at_any_moment)
{
        unsigned n_repeated = 0;

        for (unsigned round = 0; round < 40; round++) {
                unsigned n_received[ROUND] = { 0 }, n, n_in_round = 0;
                int pipes[2];
                pid_t pid;

                for (unsigned i = 0; i < ROUND; i++)
                        ck_assert_int_eq(put_once(round << 8 | i), 0);
                ck_assert_int_eq(pipe(pipes), 0);
                pid = fork();
                ck_assert_int_ge(pid, 0);
                if (pid == 0) {
                        deliver_all(pipes[1]);
                        _exit(0);
                }
                (void)nanosleep(&(struct timespec){ .tv_nsec = (long)(round * 99999) }, NULL); /* spreads the moments */
                (void)kill(pid, SIGKILL);                                                      /* it may have ended */
                ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
                for (unsigned i = 0; i < ROUND; i++)
                        ck_assert_int_eq(put_once(round << 8 | i), 1);
                deliver_all(pipes[1]);
                expect_list(NULL, 0);
                (void)close(pipes[1]);
                while (read(pipes[0], &n, sizeof(n)) == sizeof(n)) {
                        ck_assert_uint_eq(n >> 8, round);
                        n_received[n & 0xff]++;
                }
                (void)close(pipes[0]);
                for (unsigned i = 0; i < ROUND; i++) {
                        ck_assert_uint_ge(n_received[i], 1);
                        n_in_round += n_received[i] - 1;
                }
                ck_assert_uint_le(n_in_round, 1); /* one of which it was killed before it could remember it */
                n_repeated += n_in_round;
        }
        printf("killed 40 times, %u of %u alerts sent twice\n", n_repeated, 40 * ROUND);
}
END_TEST

TEST_MAIN_WITH("spool_once", &spool_fixture, CASE(test_what_was_delivered_is_not_spooled_again),
               CASE(test_what_was_refused_is_not_spooled_again), CASE(test_the_same_id_may_be_meant_to_be_sent_twice),
               CASE(test_a_file_left_between_memory_and_removal_was_delivered),
               CASE(test_a_file_that_cannot_be_removed_is_remembered_once),
               CASE(test_two_files_of_a_bounded_size_remember_the_latest), CASE(test_a_torn_entry_costs_itself_alone),
               CASE(test_a_full_disk_costs_repeats_and_loses_nothing), CASE(test_what_is_no_memory_is_not_read),
               CASE(test_who_delivers_may_be_killed_at_any_moment))
