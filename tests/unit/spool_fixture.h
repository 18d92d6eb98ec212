/* tests/unit/spool_fixture.h: the spool of the sink "pager", for the tests of daemon/common/spool.h. */

#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "common/spool.h"
#include "harness.h"
#include "util/cleanup.h"

static struct spool *spool;

static inline void open_spool(void)
{
        ck_assert_int_eq(spool_open(scratch, "pager", &spool), 0);
}

static inline void close_spool(void)
{
        spool = spool_close(spool);
}

static const struct case_fixture spool_fixture = { open_spool, close_spool, .in_memory = true };

static inline const char *id_of(unsigned n)
{
        static _Thread_local char id[SPOOL_ID_LENGTH + 1];

        (void)snprintf(id, sizeof(id), "%032x", n);
        return id;
}

static inline const char *path_of(const char *name)
{
        static _Thread_local char path[512];

        (void)snprintf(path, sizeof(path), "pager/%s", name);
        return path;
}

static inline const char *path_of_id(unsigned n)
{
        char name[SPOOL_ID_LENGTH + 6];

        (void)snprintf(name, sizeof(name), "%s.json", id_of(n));
        return path_of(name);
}

static inline void put_file(const char *path, const char *content)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
        ck_assert_int_eq(close(fd), 0);
}

static inline void set_mtime(const char *path, time_t sec, long nsec)
{
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = sec, .tv_nsec = nsec } };

        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static inline int64_t now_usec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int put(unsigned n)
{
        return spool_write(spool, id_of(n), "{}", 2);
}

static inline unsigned names_in(const char *path)
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
static inline void expect_list(const unsigned *ids, size_t n_ids)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        size_t count = 12345;

        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        ck_assert_uint_eq(count, n_ids);
        for (size_t i = 0; i < count; i++)
                ck_assert_str_eq(entries[i].id, id_of(ids[i]));
}

#define EXPECT_LIST(...)                                                                                               \
        do {                                                                                                           \
                const unsigned ids_[] = { __VA_ARGS__ };                                                               \
                expect_list(ids_, COUNT(ids_));                                                                        \
        } while (0)

/* Runs until the condition holds, at most 120 s. */
#define UNTIL(condition)                                                                                               \
        do {                                                                                                           \
                time_t deadline_ = time(NULL) + 120;                                                                   \
                while (!(condition)) {                                                                                 \
                        ck_assert_msg(time(NULL) < deadline_, "not within 120 s: %s", #condition);                     \
                        (void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);                              \
                }                                                                                                      \
        } while (0)
