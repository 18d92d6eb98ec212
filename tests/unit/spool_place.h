/* A spool in a directory of its own, for the tests of daemon/common/spool.h. */

#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "common/spool.h"
#include "harness.h"
#include "util/cleanup.h"

struct place {
        char path[64];
        struct spool *spool;
};

static inline void place_make_below(struct place *place, const char *parent)
{
        (void)snprintf(place->path, sizeof(place->path), "%s/test_spool.XXXXXX", parent);
        ck_assert_ptr_nonnull(mkdtemp(place->path));
        ck_assert_int_eq(spool_open(place->path, "pager", &place->spool), 0);
}

static inline void place_make(struct place *place)
{
        place_make_below(place, "/tmp");
}

/* In memory where many files are made: what is tested there is no matter of the disk. */
static inline void place_make_for_many(struct place *place)
{
        place_make_below(place, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static inline void place_done(struct place *place)
{
        place->spool = spool_close(place->spool);
        ck_assert_int_eq(nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline const char *id_of(unsigned n)
{
        static _Thread_local char id[SPOOL_ID_LENGTH + 1];

        (void)snprintf(id, sizeof(id), "%032x", n);
        return id;
}

static inline const char *path_of(const struct place *place, const char *name)
{
        static _Thread_local char path[512];

        (void)snprintf(path, sizeof(path), "%s/pager/%s", place->path, name);
        return path;
}

static inline const char *path_of_id(const struct place *place, unsigned n)
{
        char name[SPOOL_ID_LENGTH + 6];

        (void)snprintf(name, sizeof(name), "%s.json", id_of(n));
        return path_of(place, name);
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

static inline int put(struct place *place, unsigned n)
{
        return spool_write(place->spool, id_of(n), "{}", 2);
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
static inline void expect_list(struct place *place, const unsigned *ids, size_t n_ids)
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

/* Runs until the condition holds, at most 120 s. */
#define UNTIL(condition)                                                                                               \
        do {                                                                                                           \
                time_t deadline_ = time(NULL) + 120;                                                                   \
                while (!(condition)) {                                                                                 \
                        ck_assert_msg(time(NULL) < deadline_, "not within 120 s: %s", #condition);                      \
                        (void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);                              \
                }                                                                                                      \
        } while (0)
