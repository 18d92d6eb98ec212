/* daemon/watch/cursor.h */

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "watch/cursor.h"

#define BOOT   "0123456789abcdef0123456789abcdef"
#define OTHER  "fedcba9876543210fedcba9876543210"
#define CURSOR "run/cursor"

static int store(const char *path, uint64_t seq)
{
        return cursor_store(path, BOOT, &(struct cursor){ .seq = seq });
}

START_TEST(test_cursor_is_of_its_boot)
{
        struct cursor cursor = { .seq = 5 };

        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &cursor), -ENOENT);
        ck_assert_int_eq(store(CURSOR, UINT64_MAX - 1), 0); /* makes its directory */
        ck_assert_int_eq(cursor_load(CURSOR, OTHER, &cursor), -ESTALE);
        ck_assert_uint_eq(cursor.seq, 5);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &cursor), 0);
        ck_assert_uint_eq(cursor.seq, UINT64_MAX - 1);
        ck_assert(!cursor.has_mark);
        ck_assert_int_eq(store(CURSOR, 0), 0);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &cursor), 0);
        ck_assert_uint_eq(cursor.seq, 0);
}
END_TEST

START_TEST(test_cursor_keeps_what_was_explained)
{
        struct cursor cursor = { .seq = 7, .has_mark = true, .mark = { UINT64_MAX, INT64_MAX } }, loaded;

        ck_assert_int_eq(cursor_store(CURSOR, BOOT, &cursor), 0);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &loaded), 0);
        ck_assert(loaded.has_mark);
        ck_assert_uint_eq(loaded.seq, 7);
        ck_assert_uint_eq(loaded.mark.n_explained, UINT64_MAX);
        ck_assert_int_eq(loaded.mark.balanced_usec, INT64_MAX);
}
END_TEST

START_TEST(test_file_that_is_not_a_cursor)
{
        static const char *const cases[] = {
                "",           "x",        BOOT,          BOOT " \n",     BOOT " 1",        BOOT " 1 \n",
                BOOT " -1\n", BOOT "1\n", BOOT " 1 2\n", BOOT " 1 2 \n", BOOT " 1 2 -3\n", BOOT " 1 2 3 4\n"
        };
        struct cursor cursor;

        ck_assert_int_eq(store(CURSOR, 1), 0);
        for (size_t i = 0; i < COUNT(cases); i++) {
                scratch_text(CURSOR, cases[i]);
                ck_assert_msg(cursor_load(CURSOR, BOOT, &cursor) == -EBADMSG, "'%s'", cases[i]);
        }
        ck_assert_int_eq(store("/proc/nothing/here", 1), -ENOENT);
}
END_TEST

/* Opening one would wait for its other end. */
START_TEST(test_fifos_are_not_waited_for)
{
        struct cursor cursor;
        int fd;

        ck_assert_int_eq(store(CURSOR, 1), 0); /* makes the directory */
        ck_assert_int_eq(unlink(CURSOR), 0);
        ck_assert_int_eq(mkfifo(CURSOR, 0600), 0);
        ck_assert_int_eq(mkfifo(CURSOR ".new", 0600), 0);
        ck_assert_int_eq(mkfifo(CURSOR ".lock", 0600), 0);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &cursor), -EBADMSG);
        ck_assert_int_eq(store(CURSOR, 7), 0);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &cursor), 0);
        ck_assert_uint_eq(cursor.seq, 7);
        fd = cursor_lock(CURSOR);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(cursor_lock(CURSOR), -EAGAIN);
        ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(test_one_process_has_the_lock)
{
        static const char *const no_pids[] = { "", "x\n", "12", "12 \n", "-1\n", "0\n", "99999999999999999999\n" };
        int fd = cursor_lock("run/cursor"), status; /* makes its directory */
        pid_t pid;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(cursor_lock_owner("run/cursor"), getpid());
        ck_assert_int_eq(cursor_lock("run/cursor"), -EAGAIN); /* of a process too it is another */
        pid = fork();
        if (pid == 0)
                _exit(cursor_lock("run/cursor") == -EAGAIN ? 7 : 1);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(WEXITSTATUS(status), 7);
        ck_assert_int_eq(close(fd), 0);
        fd = cursor_lock("run/cursor");
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(close(fd), 0);
        ck_assert_int_eq(cursor_lock("/proc/nothing/here"), -ENOENT);
        ck_assert_int_eq(cursor_lock_owner("/proc/nothing/here"), 0);
        for (size_t i = 0; i < COUNT(no_pids); i++) {
                scratch_text("run/cursor.lock", no_pids[i]);
                ck_assert_int_eq(cursor_lock_owner("run/cursor"), 0);
        }
}
END_TEST

TEST_MAIN("cursor", CASE(test_cursor_is_of_its_boot), CASE(test_cursor_keeps_what_was_explained),
          CASE(test_file_that_is_not_a_cursor), CASE(test_fifos_are_not_waited_for),
          CASE(test_one_process_has_the_lock))
