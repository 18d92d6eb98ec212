/* daemon/common/spool.h: reading and removing alerts, hostile names and files, the lock. */

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "spool_fixture.h"
#include "util/array.h"

START_TEST(test_what_is_written_is_read_and_removed)
{
        _cleanup_(freep) char *json = NULL;
        struct stat st;
        size_t length;

        expect_list(NULL, 0);
        ck_assert_int_eq(spool_write(spool, id_of(7), "{\"a\":1}", 7), 0);
        ck_assert_int_eq(stat(path_of_id(7), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0640);
        ck_assert_uint_eq(st.st_nlink, 1);
        ck_assert_int_eq(stat(path_of(""), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0750);
        ck_assert_uint_eq(names_in(path_of("")), 1);

        ck_assert_int_eq(spool_read(spool, id_of(7), &json, &length), 0);
        ck_assert_uint_eq(length, 7);
        ck_assert_str_eq(json, "{\"a\":1}");
        ck_assert_int_eq(spool_remove(spool, id_of(7)), 0);
        ck_assert_int_eq(spool_remove(spool, id_of(7)), 0);
        ck_assert_int_eq(spool_read(spool, id_of(7), &json, &length), -ENOENT);
        expect_list(NULL, 0);
}
END_TEST

START_TEST(test_equal_and_absurd_times_are_listed)
{
        for (unsigned i = 5; i-- > 0;) {
                put_file(path_of_id(i), "{}");
                set_mtime(path_of_id(i), 1000, 0);
        }
        set_mtime(path_of_id(4), -5, 0);
        set_mtime(path_of_id(0), INT64_MAX / 1000, 0); /* the file system keeps what it can */
        EXPECT_LIST(4, 1, 2, 3, 0);
        ck_assert_int_eq(put(6), 0);
}
END_TEST

START_TEST(test_invalid_ids_are_refused)
{
        static const char *const bad[] = {
                "",
                "0",
                "../../../../../../etc/cron.d/oom",
                "0000000000000000000000000000000",   /* 31 */
                "000000000000000000000000000000000", /* 33 */
                "0000000000000000000000000000000A",
                "0000000000000000000000000000000g",
                "0000000000000000/000000000000000",
                "................................",
                "0000000000000000000000000000000\n",
        };
        _cleanup_(freep) char *json = NULL;
        size_t length;

        for (size_t i = 0; i < COUNT(bad); i++) {
                ck_assert_int_eq(spool_write(spool, bad[i], "{}", 2), -EINVAL);
                ck_assert_int_eq(spool_read(spool, bad[i], &json, &length), -EINVAL);
                ck_assert_int_eq(spool_remove(spool, bad[i]), -EINVAL);
                ck_assert_int_eq(spool_reject(spool, bad[i]), -EINVAL);
        }
        ck_assert_int_eq(spool_read(spool, "0123456789abcdef0123456789abcdef", &json, &length), -ENOENT);
        ck_assert_uint_eq(names_in(path_of("")), 0);
}
END_TEST

START_TEST(test_invalid_sink_names_are_refused)
{
        static const char *const bad[] = { "", ".", "..", ".hidden", "a/b", "/etc", "../x" };
        struct spool *other = NULL;
        char name[300];

        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_int_eq(spool_open(scratch, bad[i], &other), -EINVAL);
        memset(name, 'x', sizeof(name));
        name[NAME_MAX + 1] = '\0';
        ck_assert_int_eq(spool_open(scratch, name, &other), -EINVAL);
        ck_assert_ptr_null(other);
        name[NAME_MAX] = '\0';
        ck_assert_int_eq(spool_open(scratch, name, &other), 0);
        other = spool_close(other);
}
END_TEST

START_TEST(test_parents_are_made)
{
        char path[256];
        struct spool *other = NULL;

        (void)snprintf(path, sizeof(path), "%s/a//b/c/", scratch);
        ck_assert_int_eq(spool_open(path, "x", &other), 0);
        other = spool_close(other);
        ck_assert_int_eq(spool_open(path, "x", &other), 0);
        other = spool_close(other);
        ck_assert_int_eq(spool_open("relative/spool", "x", &other), 0);
        other = spool_close(other);
        ck_assert_int_eq(access("relative/spool/x", F_OK), 0);
        scratch_text("file", "");
        ck_assert_int_eq(spool_open("file", "x", &other), -ENOTDIR);
}
END_TEST

START_TEST(test_alert_size_limit)
{
        _cleanup_(freep) char *big = malloc(SPOOL_ALERT_MAX + 1);
        _cleanup_(freep) char *json = NULL;
        size_t length;

        ck_assert_ptr_nonnull(big);
        memset(big, 'x', SPOOL_ALERT_MAX + 1);
        ck_assert_int_eq(spool_write(spool, id_of(1), big, 0), -EINVAL);
        ck_assert_int_eq(spool_write(spool, id_of(1), big, SPOOL_ALERT_MAX + 1), -EFBIG);
        ck_assert_int_eq(spool_write(spool, id_of(1), big, SPOOL_ALERT_MAX), 0);
        ck_assert_int_eq(spool_read(spool, id_of(1), &json, &length), 0);
        ck_assert_uint_eq(length, SPOOL_ALERT_MAX);

        ck_assert_int_eq(truncate(path_of_id(1), SPOOL_ALERT_MAX + 1), 0);
        length = 0;
        freep(&json);
        json = NULL;
        ck_assert_int_eq(spool_read(spool, id_of(1), &json, &length), -EFBIG);
        ck_assert_ptr_null(json);
        ck_assert_uint_eq(length, 0);
}
END_TEST

START_TEST(test_other_files_are_ignored)
{
        _cleanup_(freep) char *json = NULL;
        size_t length;

        put_file(path_of("README"), "x");
        put_file(path_of("0000000000000000000000000000000A.json"), "x");
        put_file(path_of("00000000000000000000000000000001.json.bak"), "x");
        put_file(path_of("00000000000000000000000000000001"), "x");
        ck_assert_int_eq(mkdir(path_of_id(2), 0700), 0);
        ck_assert_int_eq(symlink("/etc/passwd", path_of_id(3)), 0);
        ck_assert_int_eq(mkfifo(path_of_id(4), 0600), 0);
        expect_list(NULL, 0);
        ck_assert_int_lt(spool_read(spool, id_of(2), &json, &length), 0);
        ck_assert_int_eq(spool_read(spool, id_of(3), &json, &length), -ELOOP);
        ck_assert_int_eq(spool_read(spool, id_of(4), &json, &length), -EINVAL);
        ck_assert_ptr_null(json);
}
END_TEST

START_TEST(test_rejected_alerts_are_kept)
{
        ck_assert_int_eq(put(1), 0);
        ck_assert_int_eq(put(2), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(1)), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(1)), 0); /* gone already */
        EXPECT_LIST(2);
        ck_assert_int_eq(access(path_of("rejected/00000000000000000000000000000001.json"), F_OK), 0);
        /* The same alert again: refused again, one file. */
        ck_assert_int_eq(put(1), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(1)), 0);
        ck_assert_uint_eq(names_in(path_of("rejected")), 1);
}
END_TEST

START_TEST(test_rejected_limit)
{
        char name[64];

        ck_assert_int_eq(mkdir(path_of("rejected"), 0750), 0);
        for (unsigned i = 1; i < SPOOL_REJECTED_MAX; i++) {
                (void)snprintf(name, sizeof(name), "rejected/%s.json", id_of(i));
                put_file(path_of(name), "");
        }
        for (unsigned i = 0; i < 3; i++)
                ck_assert_int_eq(put(SPOOL_REJECTED_MAX + i), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(SPOOL_REJECTED_MAX)), 0);
        ck_assert_int_eq(spool_reject(spool, id_of(SPOOL_REJECTED_MAX + 1)), 1);
        ck_assert_uint_eq(names_in(path_of("rejected")), SPOOL_REJECTED_MAX);
        EXPECT_LIST(SPOOL_REJECTED_MAX + 2);
}
END_TEST

START_TEST(test_rejected_alerts_come_back_at_the_end_of_the_queue)
{
        static const struct spool_entry gone = { .id = "ffffffffffffffffffffffffffffffff" };
        _cleanup_(freep) struct spool_entry *entries = NULL;
        size_t count = 9, n_queued = 9, n_rejected = 9, n_moved = 9;

        ck_assert_int_eq(spool_list_rejected(scratch, "pager", &entries, &count), 0);
        ck_assert_uint_eq(count, 0);
        ck_assert_int_eq(spool_retry(scratch, "pager", &gone, 1, &n_moved), -ENOENT);
        ck_assert_int_eq(spool_count(scratch, "nobody", &n_queued, &n_rejected), 0);
        ck_assert_uint_eq(n_queued + n_rejected, 0);
        ck_assert_int_ne(access("nobody", F_OK), 0);

        for (unsigned i = 1; i <= 5; i++)
                ck_assert_int_eq(put(i), 0);
        for (unsigned i = 1; i <= 3; i++)
                ck_assert_int_eq(spool_reject(spool, id_of(i)), 0);
        ck_assert_int_eq(put(3), 0); /* the same alert in both places */
        ck_assert_int_eq(spool_count(scratch, "pager", &n_queued, &n_rejected), 0);
        ck_assert_uint_eq(n_queued, 3);
        ck_assert_uint_eq(n_rejected, 3);

        ck_assert_int_eq(spool_list_rejected(scratch, "pager", &entries, &count), 0);
        ck_assert_uint_eq(count, 3);
        ck_assert_str_eq(entries[0].id, id_of(1));
        ck_assert_int_eq(spool_retry(scratch, "pager", &gone, 1, &n_moved), 0);
        ck_assert_uint_eq(n_moved, 0);
        ck_assert_int_eq(spool_retry(scratch, "pager", entries, count, &n_moved), 0);
        ck_assert_uint_eq(n_moved, 3);
        EXPECT_LIST(4, 5, 1, 2, 3);
        ck_assert_uint_eq(names_in(path_of("rejected")), 0);
}
END_TEST

START_TEST(test_what_stands_in_place_of_a_directory_is_not_followed)
{
        struct spool_entry *entries = NULL;
        size_t count = 0, n_moved;

        ck_assert_int_eq(mkdir("elsewhere", 0700), 0);
        ck_assert_int_eq(symlink("../elsewhere", path_of("rejected")), 0);
        ck_assert_int_lt(spool_list_rejected(scratch, "pager", &entries, &count), 0);
        ck_assert_int_lt(spool_retry(scratch, "pager", NULL, 0, &n_moved), 0);
        ck_assert_ptr_null(entries);
}
END_TEST

START_TEST(test_one_courier_holds_the_lock)
{
        static const char path[] = "new";
        int fd, status;
        pid_t pid;

        ck_assert(!spool_is_locked(path));
        fd = spool_lock(path);
        ck_assert_int_ge(fd, 0);
        ck_assert(spool_is_locked(path));
        ck_assert(spool_is_locked(path)); /* the query does not take it */
        ck_assert_int_eq(spool_lock(path), -EAGAIN);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                (void)close(fd); /* a copy: the lock stays with the other */
                _exit(spool_is_locked(path) && spool_lock(path) == -EAGAIN ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert(spool_is_locked(path));
        (void)close(fd);
        ck_assert(!spool_is_locked(path));
        fd = spool_lock(path);
        ck_assert_int_ge(fd, 0);
        (void)close(fd);
}
END_TEST

TEST_MAIN_WITH("spool", &spool_fixture, CASE(test_what_is_written_is_read_and_removed),
               CASE(test_equal_and_absurd_times_are_listed), CASE(test_invalid_ids_are_refused),
               CASE(test_invalid_sink_names_are_refused), CASE(test_parents_are_made), CASE(test_alert_size_limit),
               CASE(test_other_files_are_ignored), CASE(test_rejected_alerts_are_kept), CASE(test_rejected_limit),
               CASE(test_rejected_alerts_come_back_at_the_end_of_the_queue),
               CASE(test_what_stands_in_place_of_a_directory_is_not_followed), CASE(test_one_courier_holds_the_lock))
