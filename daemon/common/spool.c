#include "common/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/spool_internal.h"
#include "host/clock.h"
#include "host/file.h"
#include "util/array.h"
#include "util/cleanup.h"

#define DIRECTORY_MODE 0750

#define TIME_SEC_MAX (INT64_MAX / USEC_PER_SEC / 2)

int64_t spool_mtime_usec(const struct stat *st)
{
        if (st->st_mtim.tv_sec > TIME_SEC_MAX || st->st_mtim.tv_sec < -TIME_SEC_MAX)
                return st->st_mtim.tv_sec > 0 ? TIME_SEC_MAX * USEC_PER_SEC : 0;
        return (int64_t)st->st_mtim.tv_sec * USEC_PER_SEC + st->st_mtim.tv_nsec / 1000;
}

bool spool_id_is_valid(const char *id)
{
        return strlen(id) == SPOOL_ID_LENGTH && strspn(id, "0123456789abcdef") == SPOOL_ID_LENGTH;
}

void spool_file_name(char name[static SPOOL_FILE_NAME_MAX], const char *id)
{
        (void)snprintf(name, SPOOL_FILE_NAME_MAX, "%s" SPOOL_SUFFIX, id); /* it fits: the id is valid */
}

bool spool_id_from_name(const char *name, char ret_id[static SPOOL_ID_LENGTH + 1])
{
        char id[SPOOL_ID_LENGTH + 1];

        if (strlen(name) != SPOOL_FILE_NAME_MAX - 1 || strcmp(name + SPOOL_ID_LENGTH, SPOOL_SUFFIX) != 0)
                return false;
        memcpy(id, name, SPOOL_ID_LENGTH);
        id[SPOOL_ID_LENGTH] = '\0';
        if (!spool_id_is_valid(id))
                return false;
        memcpy(ret_id, id, sizeof(id));
        return true;
}

/* --- directories ----------------------------------------------------------------------------------------------- */

/* Opens name below parent_fd with flags; makes it where it is missing, and syncs that to the disk. */
static int open_or_make(int parent_fd, const char *name, int flags)
{
        _cleanup_(closep) int parent = -1;
        int fd;

        fd = openat(parent_fd, name, flags | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        if (errno != ENOENT)
                return -errno;
        if (mkdirat(parent_fd, name, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        parent = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent >= 0 && fsync(parent) < 0) /* a parent that isn't readable can't be synced */
                return -errno;
        fd = openat(parent_fd, name, flags | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int spool_open_path(const char *path)
{
        _cleanup_(closep) int fd = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char name[NAME_MAX + 1];

        if (fd < 0)
                return -errno;
        for (;;) {
                size_t length;
                int next;

                path += strspn(path, "/");
                length = strcspn(path, "/");
                if (length == 0)
                        break;
                if (length > NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(name, path, length);
                name[length] = '\0';
                next = open_or_make(fd, name, O_PATH);
                if (next < 0)
                        return next;
                (void)close(fd); /* O_PATH: nothing was written */
                fd = next;
                path += length;
        }
        return take_fd(&fd);
}

int spool_open(const char *path, const char *sink, struct spool **ret_spool)
{
        _cleanup_(closep) int parent = -1;
        struct spool *spool;
        int fd;

        if (sink[0] == '\0' || sink[0] == '.' || strchr(sink, '/') || strlen(sink) > NAME_MAX)
                return -EINVAL;
        parent = spool_open_path(path);
        if (parent < 0)
                return parent;
        fd = open_or_make(parent, sink, O_RDONLY);
        if (fd < 0)
                return fd;
        spool = malloc(sizeof(*spool));
        if (!spool) {
                (void)close(fd); /* only read */
                return -ENOMEM;
        }
        *spool = (struct spool){ .fd = fd,
                                 .scanned_mono_usec = -1,
                                 .limits = { UINT64_MAX, UINT64_MAX },
                                 .rejected_scanned_mono_usec = -1 };
        *ret_spool = spool;
        return 0;
}

struct spool *spool_close(struct spool *spool)
{
        if (spool) {
                (void)close(spool->fd); /* nothing was written */
                free(spool->oldest);
                free(spool);
        }
        return NULL;
}

int spool_fd(const struct spool *spool)
{
        return spool->fd;
}

static void close_dir(DIR **dir)
{
        if (*dir)
                (void)closedir(*dir); /* only read */
}

/* Opens the directory name below fd, with an offset of its own. NULL on failure: see errno. */
static DIR *open_dir(int fd, const char *name)
{
        _cleanup_(closep) int copy = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);

        if (dir)
                (void)take_fd(&copy); /* the DIR owns it */
        return dir;
}

/* Returns 1 when name is the file of an alert: a regular file, no link or pipe; 0 when it isn't; -errno. */
static int find_entry(int fd, const char *name, struct spool_entry *ret_entry)
{
        struct stat st;

        if (!spool_id_from_name(name, ret_entry->id))
                return 0;
        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno; /* removed meanwhile */
        if (!S_ISREG(st.st_mode))
                return 0;
        ret_entry->spooled_usec = spool_mtime_usec(&st);
        ret_entry->n_bytes = (uint64_t)st.st_size;
        return 1;
}

int spool_scan(int fd, const char *directory, bool removes_temps, struct spool_entry **ret_entries,
               struct spool_totals *ret_totals)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        _cleanup_(close_dir) DIR *dir = open_dir(fd, directory);
        struct spool_totals totals = { 0 };
        size_t capacity = 0;
        struct dirent *file;
        int r;

        if (!dir)
                return -errno;
        while (errno = 0, (file = readdir(dir))) {
                struct spool_entry entry;

                if (removes_temps && strncmp(file->d_name, SPOOL_TEMP_PREFIX, strlen(SPOOL_TEMP_PREFIX)) == 0)
                        (void)unlinkat(fd, file->d_name, 0); /* if it fails, the next start tries again */
                r = find_entry(dirfd(dir), file->d_name, &entry);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (ret_entries && !array_reserve(entries, totals.n_files, &capacity))
                        return -ENOMEM;
                if (ret_entries)
                        entries[totals.n_files] = entry;
                totals.n_files++;
                totals.n_bytes += entry.n_bytes;
                if (entry.spooled_usec > totals.last_usec)
                        totals.last_usec = entry.spooled_usec;
        }
        if (errno != 0)
                return -errno;
        if (ret_entries)
                *ret_entries = take_pointer(entries);
        *ret_totals = totals;
        return 0;
}

/* --- reading and removing -------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
        const struct spool_entry *left = a, *right = b;

        if (left->spooled_usec != right->spooled_usec)
                return left->spooled_usec < right->spooled_usec ? -1 : 1;
        return strcmp(left->id, right->id);
}

int spool_list(struct spool *spool, struct spool_entry **ret_entries, size_t *ret_count)
{
        struct spool_totals totals = { 0 };
        int r = spool_scan(spool->fd, ".", false, ret_entries, &totals);

        if (r < 0)
                return r;
        if (totals.n_files > 0)
                qsort(*ret_entries, totals.n_files, sizeof(**ret_entries), compare_entries);
        *ret_count = totals.n_files;
        return 0;
}

int spool_read(struct spool *spool, const char *id, char **ret_json, size_t *ret_length)
{
        _cleanup_(closep) int fd = -1;
        _cleanup_(freep) char *json = NULL;
        char name[SPOOL_FILE_NAME_MAX];
        ssize_t length;
        struct stat st;

        if (!spool_id_is_valid(id))
                return -EINVAL;
        spool_file_name(name, id);
        fd = openat(spool->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if (st.st_size > SPOOL_ALERT_MAX)
                return -EFBIG;
        json = malloc((size_t)st.st_size + 1);
        if (!json)
                return -ENOMEM;
        length = file_read_all(fd, json, (size_t)st.st_size);
        if (length < 0)
                return (int)length;
        json[length] = '\0';
        *ret_json = take_pointer(json);
        *ret_length = (size_t)length;
        return 0;
}

void spool_count_gone(struct spool *spool, uint64_t n_bytes)
{
        struct spool_totals *totals = &spool->totals;

        totals->n_files -= totals->n_files > 0;
        totals->n_bytes -= n_bytes < totals->n_bytes ? n_bytes : totals->n_bytes;
}

/* 0 where it isn't there. */
static uint64_t size_of(const struct spool *spool, const char *name)
{
        struct stat st;

        return fstatat(spool->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

int spool_remove(struct spool *spool, const char *id)
{
        char name[SPOOL_FILE_NAME_MAX];
        uint64_t n_bytes;

        if (!spool_id_is_valid(id))
                return -EINVAL;
        spool_file_name(name, id);
        n_bytes = size_of(spool, name);
        if (unlinkat(spool->fd, name, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        spool_count_gone(spool, n_bytes);
        return 0;
}

/* Makes rejected/ where it is missing. Returns 1 when one more alert fits, 0 when it is full, -errno. */
static int rejected_has_capacity(struct spool *spool)
{
        int64_t mono_usec = clock_monotonic_usec();
        bool is_scanned = spool->rejected_scanned_mono_usec >= 0;
        int r;

        if (mkdirat(spool->fd, SPOOL_REJECTED_NAME, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        if (!is_scanned || (spool->n_rejected >= SPOOL_REJECTED_MAX &&
                            mono_usec - spool->rejected_scanned_mono_usec >= SPOOL_RESCAN_USEC)) {
                struct spool_totals totals = { 0 };

                r = spool_scan(spool->fd, SPOOL_REJECTED_NAME, false, NULL, &totals);
                if (r < 0)
                        return r;
                spool->n_rejected = totals.n_files;
                spool->rejected_scanned_mono_usec = mono_usec;
        }
        return spool->n_rejected < SPOOL_REJECTED_MAX;
}

int spool_reject(struct spool *spool, const char *id)
{
        char name[SPOOL_FILE_NAME_MAX], rejected[sizeof(SPOOL_REJECTED_NAME "/") + SPOOL_FILE_NAME_MAX];
        uint64_t n_bytes;
        int r;

        if (!spool_id_is_valid(id))
                return -EINVAL;
        r = rejected_has_capacity(spool);
        if (r < 0)
                return r;
        if (r == 0) {
                r = spool_remove(spool, id);
                return r < 0 ? r : 1;
        }
        spool_file_name(name, id);
        (void)snprintf(rejected, sizeof(rejected), SPOOL_REJECTED_NAME "/%s", name); /* it fits */
        n_bytes = size_of(spool, name);
        if (renameat(spool->fd, name, spool->fd, rejected) < 0)
                return errno == ENOENT ? 0 : -errno;
        spool->n_rejected++;
        spool_count_gone(spool, n_bytes);
        return 0;
}
