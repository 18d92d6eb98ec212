/* daemon/common/spool.h, in a directory of its own on a real file system. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/spool.h"
#include "harness.h"
#include "util/cleanup.h"

struct place {
        char path[64];
        struct spool *spool;
};

static void place_make(struct place *place)
{
        (void)snprintf(place->path, sizeof(place->path), "/tmp/test_spool.XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(place->path));
        ck_assert_int_eq(spool_open(place->path, "pager", &place->spool), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static void place_done(struct place *place)
{
        place->spool = spool_close(place->spool);
        ck_assert_int_eq(nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static const char *id_of(unsigned n)
{
        static _Thread_local char id[SPOOL_ID_LENGTH + 1];

        (void)snprintf(id, sizeof(id), "%032x", n);
        return id;
}

static const char *path_of(const struct place *place, const char *name)
{
        static _Thread_local char path[512];

        (void)snprintf(path, sizeof(path), "%s/pager/%s", place->path, name);
        return path;
}

static const char *path_of_id(const struct place *place, unsigned n)
{
        char name[SPOOL_ID_LENGTH + 6];

        (void)snprintf(name, sizeof(name), "%s.json", id_of(n));
        return path_of(place, name);
}

static void put_file(const char *path, const char *content)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
        ck_assert_int_eq(close(fd), 0);
}

static void set_mtime(const char *path, time_t sec, long nsec)
{
        struct timespec times[2] = {
                {.tv_nsec = UTIME_OMIT},
                { .tv_sec = sec,      .tv_nsec = nsec }
        };

        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static int64_t now_usec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int put(struct place *place, unsigned n)
{
        return spool_write(place->spool, id_of(n), "{}", 2);
}

static unsigned names_in(const char *path)
{
        DIR *dir = opendir(path);
        unsigned count = 0;

        ck_assert_ptr_nonnull(dir);
        while (readdir(dir))
                count++;
        (void)closedir(dir);
        return count - 2; /* "." and ".." */
}

/* The list is exactly these ids, in this order. */
static void expect_list(struct place *place, const unsigned *ids, size_t n_ids)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        size_t count = 12345;

        ck_assert_int_eq(spool_list(place->spool, &entries, &count), 0);
        ck_assert_uint_eq(count, n_ids);
        for (size_t i = 0; i < count; i++)
                ck_assert_str_eq(entries[i].id, id_of(ids[i]));
}

#define EXPECT_LIST(place, ...)                                                                                        \
        do {                                                                                                           \
                const unsigned ids_[] = { __VA_ARGS__ };                                                               \
                expect_list(place, ids_, sizeof(ids_) / sizeof(ids_[0]));                                              \
        } while (0)

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

START_TEST(test_an_id_is_spooled_once)
{
        _cleanup_(freep) char *json = NULL;
        struct place place;
        size_t length;

        place_make(&place);
        ck_assert_int_eq(spool_write(place.spool, id_of(1), "first", 5), 0);
        ck_assert_int_eq(spool_write(place.spool, id_of(2), "other", 5), 0);
        ck_assert_int_eq(spool_write(place.spool, id_of(1), "second", 6), 1);
        EXPECT_LIST(&place, 1, 2);
        ck_assert_int_eq(spool_read(place.spool, id_of(1), &json, &length), 0);
        ck_assert_str_eq(json, "first");
        ck_assert_uint_eq(names_in(path_of(&place, "")), 2);
        place_done(&place);
}
END_TEST

START_TEST(test_order_is_that_of_writing)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        int64_t before = now_usec(), last = 0;
        struct place place;
        size_t count;

        place_make(&place);
        for (unsigned i = 0; i < 100; i++)
                ck_assert_int_eq(put(&place, i * 7919 % 101), 0); /* ids in no order */
        ck_assert_int_eq(spool_list(place.spool, &entries, &count), 0);
        ck_assert_uint_eq(count, 100);
        for (unsigned i = 0; i < 100; i++) {
                ck_assert_str_eq(entries[i].id, id_of(i * 7919 % 101));
                ck_assert_int_gt(entries[i].spooled_usec, last);
                last = entries[i].spooled_usec;
        }
        ck_assert_int_ge(entries[0].spooled_usec, before);
        ck_assert_int_le(last, now_usec() + 1000);
        place_done(&place);
}
END_TEST

START_TEST(test_order_survives_a_restart_and_a_clock_that_was_ahead)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        struct place place;
        size_t count;

        place_make(&place);
        ck_assert_int_eq(put(&place, 9), 0);
        ck_assert_int_eq(put(&place, 3), 0);
        set_mtime(path_of_id(&place, 3), time(NULL) + 86400, 123456789);

        place.spool = spool_close(place.spool);
        ck_assert_int_eq(spool_open(place.path, "pager", &place.spool), 0);
        ck_assert_int_eq(put(&place, 2), 0);
        ck_assert_int_eq(put(&place, 1), 0);
        EXPECT_LIST(&place, 9, 3, 2, 1);
        ck_assert_int_eq(spool_list(place.spool, &entries, &count), 0);
        ck_assert_int_eq(entries[2].spooled_usec, entries[1].spooled_usec + 1);
        place_done(&place);
}
END_TEST

/* Runs until the condition holds, at most 10 s. */
#define UNTIL(condition)                                                                                               \
        do {                                                                                                           \
                time_t deadline_ = time(NULL) + 10;                                                                    \
                while (!(condition)) {                                                                                 \
                        ck_assert_msg(time(NULL) < deadline_, "not within 10 s: %s", #condition);                      \
                        (void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);                              \
                }                                                                                                      \
        } while (0)

static bool newest_is_of_now(struct place *place)
{
        static unsigned n = 1000;
        struct stat st;

        ck_assert_int_eq(put(place, n), 0);
        ck_assert_int_eq(stat(path_of_id(place, n), &st), 0);
        n++;
        if (st.st_mtime <= time(NULL))
                return true;
        ck_assert_int_eq(unlink(path_of_id(place, n - 1)), 0);
        return false;
}

START_TEST(test_times_come_back_when_the_future_has_left_the_spool)
{
        struct place place;

        place_make(&place);
        put_file(path_of_id(&place, 1), "{}");
        set_mtime(path_of_id(&place, 1), time(NULL) + 86400, 0);
        ck_assert_int_eq(put(&place, 2), 0);
        ck_assert_int_eq(unlink(path_of_id(&place, 1)), 0);
        ck_assert_int_eq(unlink(path_of_id(&place, 2)), 0);
        UNTIL(newest_is_of_now(&place));
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

START_TEST(test_ids_that_are_none_are_refused)
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
                ck_assert(!spool_id_is_valid(bad[i]));
                ck_assert_int_eq(spool_write(place.spool, bad[i], "{}", 2), -EINVAL);
                ck_assert_int_eq(spool_read(place.spool, bad[i], &json, &length), -EINVAL);
                ck_assert_int_eq(spool_remove(place.spool, bad[i]), -EINVAL);
                ck_assert_int_eq(spool_reject(place.spool, bad[i]), -EINVAL);
        }
        ck_assert(spool_id_is_valid("0123456789abcdef0123456789abcdef"));
        ck_assert_uint_eq(names_in(path_of(&place, "")), 0);
        place_done(&place);
}
END_TEST

START_TEST(test_sinks_that_name_no_directory_are_refused)
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

START_TEST(test_files_limit)
{
        struct place place;

        place_make(&place);
        for (unsigned i = 1; i < SPOOL_FILES_MAX; i++)
                put_file(path_of_id(&place, i), "");
        put_file(path_of(&place, "README"), ""); /* doesn't count */
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX), 0);
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX + 1), -EDQUOT);
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX), 1); /* there already: no error */

        ck_assert_int_eq(spool_remove(place.spool, id_of(5)), 0);
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX + 1), 0);
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX + 2), -EDQUOT);

        ck_assert_int_eq(unlink(path_of_id(&place, 6)), 0); /* as the other process does */
        UNTIL(put(&place, SPOOL_FILES_MAX + 2) == 0);
        ck_assert_int_eq(put(&place, SPOOL_FILES_MAX + 3), -EDQUOT);
        place_done(&place);
}
END_TEST

START_TEST(test_leftovers_go_when_no_writer_lives)
{
        struct spool *second = NULL;
        struct place place;

        place_make(&place);
        put_file(path_of(&place, ".tmp-0123456789abcdef"), "{\"cut");
        put_file(path_of(&place, ".tmp-"), "");
        expect_list(&place, NULL, 0);
        ck_assert_int_eq(put(&place, 1), 0);
        EXPECT_LIST(&place, 1);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 1);

        /* As long as this writer lives, its files are not another one's leftovers. */
        put_file(path_of(&place, ".tmp-0123456789abcdef"), "{\"cut");
        ck_assert_int_eq(spool_open(place.path, "pager", &second), 0);
        ck_assert_int_eq(spool_write(second, id_of(2), "{}", 2), 0);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 3);
        second = spool_close(second);
        place.spool = spool_close(place.spool);
        ck_assert_int_eq(spool_open(place.path, "pager", &place.spool), 0);
        ck_assert_int_eq(put(&place, 3), 0);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 3);
        EXPECT_LIST(&place, 1, 2, 3);
        place_done(&place);
}
END_TEST

START_TEST(test_a_write_waits_for_nobody)
{
        struct place place;
        int fd;

        place_make(&place);
        fd = open(path_of(&place, ""), O_RDONLY | O_DIRECTORY);
        ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* whoever it is, and however long: the case has a time limit */
        ck_assert_int_eq(put(&place, 1), 0);
        EXPECT_LIST(&place, 1);
        (void)close(fd);
        place_done(&place);
}
END_TEST

START_TEST(test_a_failed_write_leaves_nothing)
{
        struct rlimit small, before;
        struct place place;

        place_make(&place);
        ck_assert_int_eq(put(&place, 1), 0);
        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 4;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        ck_assert_int_eq(spool_write(place.spool, id_of(2), "{\"long\":1}", 10), -EFBIG);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        ck_assert_uint_eq(names_in(path_of(&place, "")), 1);
        ck_assert_int_eq(put(&place, 2), 0);
        EXPECT_LIST(&place, 1, 2);
        place_done(&place);
}
END_TEST

START_TEST(test_what_is_no_alert_is_passed_over)
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

START_TEST(test_rejected_is_kept_aside)
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

        place_make(&place);
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
        ck_assert(spool_is_locked(path)); /* asking takes nothing */
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

/* Any moment is as good as any other for a crash: whatever is listed afterwards is whole. */
START_TEST(test_a_writer_killed_at_any_moment_leaves_whole_files)
{
        struct place place;

        place_make(&place);
        for (unsigned round = 0; round < 20; round++) {
                _cleanup_(freep) struct spool_entry *entries = NULL;
                size_t count;
                pid_t pid = fork();

                ck_assert_int_ge(pid, 0);
                if (pid == 0) {
                        for (unsigned i = 0;; i++)
                                if (spool_write(place.spool, id_of(round << 16 | i), "0123456789", 10) < 0)
                                        _exit(1);
                }
                UNTIL(names_in(path_of(&place, "")) > round);
                (void)nanosleep(&(struct timespec){ .tv_nsec = (long)(round * 137777) },
                                NULL); /* spreads the moments */
                ck_assert_int_eq(kill(pid, SIGKILL), 0);
                ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
                ck_assert_int_eq(spool_list(place.spool, &entries, &count), 0);
                for (size_t i = 0; i < count; i++) {
                        _cleanup_(freep) char *json = NULL;
                        size_t length;

                        ck_assert_int_eq(spool_read(place.spool, entries[i].id, &json, &length), 0);
                        ck_assert_uint_eq(length, 10);
                }
        }
        place_done(&place);
}
END_TEST

TEST_MAIN("spool", CASE(test_what_is_written_is_read_and_removed), CASE(test_an_id_is_spooled_once),
          CASE(test_order_is_that_of_writing), CASE(test_order_survives_a_restart_and_a_clock_that_was_ahead),
          CASE(test_times_come_back_when_the_future_has_left_the_spool), CASE(test_equal_and_absurd_times_are_listed),
          CASE(test_ids_that_are_none_are_refused), CASE(test_sinks_that_name_no_directory_are_refused),
          CASE(test_parents_are_made), CASE(test_alert_size_limit), CASE(test_files_limit),
          CASE(test_leftovers_go_when_no_writer_lives), CASE(test_a_write_waits_for_nobody),
          CASE(test_a_failed_write_leaves_nothing), CASE(test_what_is_no_alert_is_passed_over),
          CASE(test_rejected_is_kept_aside), CASE(test_rejected_limit), CASE(test_one_courier_holds_the_lock),
          CASE(test_a_writer_killed_at_any_moment_leaves_whole_files))
