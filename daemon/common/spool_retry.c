/* daemon/common/spool_retry.c: what spool.h has for administrators: counts, and rejected alerts brought back. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/spool_internal.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Opens the sink's directory, and nothing else that somebody put there under its name. -ENOENT: it isn't there. */
static int open_sink(const char *path, const char *sink)
{
        _cleanup_(closep) int parent = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int fd = parent < 0 ? -1 : openat(parent, sink, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int open_rejected(int sink_fd)
{
        int fd = openat(sink_fd, SPOOL_REJECTED_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int spool_count(const char *path, const char *sink, size_t *ret_n_queued, size_t *ret_n_rejected)
{
        _cleanup_(closep) int fd = open_sink(path, sink);
        struct spool_totals queued = { 0 }, rejected = { 0 };
        int r = fd < 0 ? fd : spool_scan(fd, ".", false, NULL, &queued);

        if (r == 0)
                r = spool_scan(fd, SPOOL_REJECTED_NAME, false, NULL, &rejected);
        if (r < 0 && r != -ENOENT)
                return r;
        *ret_n_queued = queued.n_files;
        *ret_n_rejected = rejected.n_files;
        return 0;
}

int spool_list_rejected(const char *path, const char *sink, struct spool_entry **ret_entries, size_t *ret_count)
{
        _cleanup_(closep) int fd = open_sink(path, sink);
        struct spool rejected = { .fd = fd < 0 ? fd : open_rejected(fd) };
        int r;

        if (rejected.fd == -ENOENT) {
                *ret_entries = NULL;
                *ret_count = 0;
                return 0;
        }
        if (rejected.fd < 0)
                return rejected.fd;
        r = spool_list(&rejected, ret_entries, ret_count);
        (void)close(rejected.fd); /* only read */
        return r;
}

/* The time of the file is what the queue's order and retry_for go by, so it is set first. Returns 1; 0: the file is gone. */
static int move_back(int sink_fd, int rejected_fd, const char *id, int64_t usec)
{
        struct timespec times[2] = {
                { .tv_nsec = UTIME_OMIT },
                { .tv_sec = usec / USEC_PER_SEC, .tv_nsec = (long)(usec % USEC_PER_SEC * 1000) },
        };
        char name[SPOOL_FILE_NAME_MAX];

        if (!spool_id_is_valid(id))
                return -EINVAL;
        spool_file_name(name, id);
        /* A file of that name in the queue is the same alert: it is replaced. */
        if (utimensat(rejected_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ||
            renameat(rejected_fd, name, sink_fd, name) < 0)
                return errno == ENOENT ? 0 : -errno;
        return 1;
}

int spool_retry(const char *path, const char *sink, const struct spool_entry *entries, size_t count,
                size_t *ret_n_moved)
{
        _cleanup_(closep) int fd = open_sink(path, sink), rejected_fd = fd < 0 ? fd : open_rejected(fd);
        int64_t usec = clock_realtime_usec();
        int r = rejected_fd < 0 ? rejected_fd : 0;

        *ret_n_moved = 0;
        for (size_t i = 0; i < count && r >= 0; i++) {
                r = move_back(fd, rejected_fd, entries[i].id, usec++);
                *ret_n_moved += r > 0;
        }
        /* The queue first: after a power failure an alert may be in both, and never in none. */
        if (*ret_n_moved > 0 && (fsync(fd) < 0 || fsync(rejected_fd) < 0) && r >= 0)
                r = -errno;
        return r < 0 ? r : 0;
}
