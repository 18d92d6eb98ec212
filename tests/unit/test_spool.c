/* daemon/common/spool.h: reading and removing alerts, hostile names and files, the lock. */

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "spool_place.h"

START_TEST(test_what_is_written_is_read_and_removed)
{
        _cleanup_(freep) char *json = NULL;
        struct place place;
        struct stat st;
        size_t length;

        place_make(&place);
        expect_list(&place, NULL, 0);
        ck_assert_int_eq(spool_write(place.spool, id_of(7), "{\"a\":1}", 7), 0);
        ck_assert_int_eq(stat(path_of_id(&place, 7), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0640);
        ck_assert_uint_eq(st.st_nlink, 1);
        ck_assert_int_eq(stat(path_of(&place, ""), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0750);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 1);

        ck_assert_int_eq(spool_read(place.spool, id_of(7), &json, &length), 0);
        ck_assert_uint_eq(length, 7);
        ck_assert_str_eq(json, "{\"a\":1}");
        ck_assert_int_eq(spool_remove(place.spool, id_of(7)), 0);
        ck_assert_int_eq(spool_remove(place.spool, id_of(7)), 0);
        ck_assert_int_eq(spool_read(place.spool, id_of(7), &json, &length), -ENOENT);
        expect_list(&place, NULL, 0);
        place_done(&place);
}
END_TEST

START_TEST(test_equal_and_absurd_times_are_listed)
{
        struct place place;

        place_make(&place);
        for (unsigned i = 5; i-- > 0;) {
                put_file(path_of_id(&place, i), "{}");
                set_mtime(path_of_id(&place, i), 1000, 0);
        }
        set_mtime(path_of_id(&place, 4), -5, 0);
        set_mtime(path_of_id(&place, 0), INT64_MAX / 1000, 0); /* the file system keeps what it can */
        EXPECT_LIST(&place, 4, 1, 2, 3, 0);
        ck_assert_int_eq(put(&place, 6), 0);
        place_done(&place);
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
        struct place place;
        size_t length;

        place_make(&place);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                ck_assert_int_eq(spool_write(place.spool, bad[i], "{}", 2), -EINVAL);
                ck_assert_int_eq(spool_read(place.spool, bad[i], &json, &length), -EINVAL);
                ck_assert_int_eq(spool_remove(place.spool, bad[i]), -EINVAL);
                ck_assert_int_eq(spool_reject(place.spool, bad[i]), -EINVAL);
        }
        ck_assert_int_eq(spool_read(place.spool, "0123456789abcdef0123456789abcdef", &json, &length), -ENOENT);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 0);
        place_done(&place);
}
END_TEST

START_TEST(test_invalid_sink_names_are_refused)
{
        static const char *const bad[] = { "", ".", "..", ".hidden", "a/b", "/etc", "../x" };
        struct spool *spool = NULL;
        struct place place;
        char name[300];

        place_make(&place);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                ck_assert_int_eq(spool_open(place.path, bad[i], &spool), -EINVAL);
        memset(name, 'x', sizeof(name));
        name[NAME_MAX + 1] = '\0';
        ck_assert_int_eq(spool_open(place.path, name, &spool), -EINVAL);
        ck_assert_ptr_null(spool);
        name[NAME_MAX] = '\0';
        ck_assert_int_eq(spool_open(place.path, name, &spool), 0);
        spool = spool_close(spool);
        place_done(&place);
}
END_TEST

START_TEST(test_parents_are_made)
{
        char path[256], cwd[256];
        struct spool *spool = NULL;
        struct place place;

        place_make(&place);
        (void)snprintf(path, sizeof(path), "%s/a//b/c/", place.path);
        ck_assert_int_eq(spool_open(path, "x", &spool), 0);
        spool = spool_close(spool);
        ck_assert_int_eq(spool_open(path, "x", &spool), 0);
        spool = spool_close(spool);
        ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
        ck_assert_int_eq(chdir(place.path), 0);
        ck_assert_int_eq(spool_open("relative/spool", "x", &spool), 0);
        spool = spool_close(spool);
        ck_assert_int_eq(access("relative/spool/x", F_OK), 0);
        put_file("file", "");
        ck_assert_int_eq(spool_open("file", "x", &spool), -ENOTDIR);
        ck_assert_int_eq(chdir(cwd), 0);
        place_done(&place);
}
END_TEST

START_TEST(test_alert_size_limit)
{
        _cleanup_(freep) char *big = malloc(SPOOL_ALERT_MAX + 1);
        _cleanup_(freep) char *json = NULL;
        struct place place;
        size_t length;

        place_make(&place);
        ck_assert_ptr_nonnull(big);
        memset(big, 'x', SPOOL_ALERT_MAX + 1);
        ck_assert_int_eq(spool_write(place.spool, id_of(1), big, 0), -EINVAL);
        ck_assert_int_eq(spool_write(place.spool, id_of(1), big, SPOOL_ALERT_MAX + 1), -EFBIG);
        ck_assert_int_eq(spool_write(place.spool, id_of(1), big, SPOOL_ALERT_MAX), 0);
        ck_assert_int_eq(spool_read(place.spool, id_of(1), &json, &length), 0);
        ck_assert_uint_eq(length, SPOOL_ALERT_MAX);

        ck_assert_int_eq(truncate(path_of_id(&place, 1), SPOOL_ALERT_MAX + 1), 0);
        length = 0;
        freep(&json);
        json = NULL;
        ck_assert_int_eq(spool_read(place.spool, id_of(1), &json, &length), -EFBIG);
        ck_assert_ptr_null(json);
        ck_assert_uint_eq(length, 0);
        place_done(&place);
}
END_TEST

START_TEST(test_other_files_are_ignored)
{
        _cleanup_(freep) char *json = NULL;
        struct place place;
        size_t length;

        place_make(&place);
        put_file(path_of(&place, "README"), "x");
        put_file(path_of(&place, "0000000000000000000000000000000A.json"), "x");
        put_file(path_of(&place, "00000000000000000000000000000001.json.bak"), "x");
        put_file(path_of(&place, "00000000000000000000000000000001"), "x");
        ck_assert_int_eq(mkdir(path_of_id(&place, 2), 0700), 0);
        ck_assert_int_eq(symlink("/etc/passwd", path_of_id(&place, 3)), 0);
        ck_assert_int_eq(mkfifo(path_of_id(&place, 4), 0600), 0);
        expect_list(&place, NULL, 0);
        ck_assert_int_lt(spool_read(place.spool, id_of(2), &json, &length), 0);
        ck_assert_int_eq(spool_read(place.spool, id_of(3), &json, &length), -ELOOP);
        ck_assert_int_eq(spool_read(place.spool, id_of(4), &json, &length), -EINVAL);
        ck_assert_ptr_null(json);
        place_done(&place);
}
END_TEST

START_TEST(test_rejected_alerts_are_kept)
{
        struct place place;

        place_make(&place);
        ck_assert_int_eq(put(&place, 1), 0);
        ck_assert_int_eq(put(&place, 2), 0);
        ck_assert_int_eq(spool_reject(place.spool, id_of(1)), 0);
        ck_assert_int_eq(spool_reject(place.spool, id_of(1)), 0); /* gone already */
        EXPECT_LIST(&place, 2);
        ck_assert_int_eq(access(path_of(&place, "rejected/00000000000000000000000000000001.json"), F_OK), 0);
        /* The same alert again: refused again, one file. */
        ck_assert_int_eq(put(&place, 1), 0);
        ck_assert_int_eq(spool_reject(place.spool, id_of(1)), 0);
        ck_assert_uint_eq(names_in(path_of(&place, "rejected")), 1);
        place_done(&place);
}
END_TEST

START_TEST(test_rejected_limit)
{
        struct place place;
        char name[64];

        place_make_for_many(&place);
        ck_assert_int_eq(mkdir(path_of(&place, "rejected"), 0750), 0);
        for (unsigned i = 1; i < SPOOL_REJECTED_MAX; i++) {
                (void)snprintf(name, sizeof(name), "rejected/%s.json", id_of(i));
                put_file(path_of(&place, name), "");
        }
        for (unsigned i = 0; i < 3; i++)
                ck_assert_int_eq(put(&place, SPOOL_REJECTED_MAX + i), 0);
        ck_assert_int_eq(spool_reject(place.spool, id_of(SPOOL_REJECTED_MAX)), 0);
        ck_assert_int_eq(spool_reject(place.spool, id_of(SPOOL_REJECTED_MAX + 1)), 1);
        ck_assert_uint_eq(names_in(path_of(&place, "rejected")), SPOOL_REJECTED_MAX);
        EXPECT_LIST(&place, SPOOL_REJECTED_MAX + 2);
        place_done(&place);
}
END_TEST

START_TEST(test_one_courier_holds_the_lock)
{
        struct place place;
        char path[128];
        int fd, status;
        pid_t pid;

        place_make(&place);
        (void)snprintf(path, sizeof(path), "%s/new", place.path);
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
        place_done(&place);
}
END_TEST

TEST_MAIN("spool", CASE(test_what_is_written_is_read_and_removed), CASE(test_equal_and_absurd_times_are_listed),
          CASE(test_invalid_ids_are_refused), CASE(test_invalid_sink_names_are_refused), CASE(test_parents_are_made),
          CASE(test_alert_size_limit), CASE(test_other_files_are_ignored), CASE(test_rejected_alerts_are_kept),
          CASE(test_rejected_limit), CASE(test_one_courier_holds_the_lock))
