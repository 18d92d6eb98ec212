#include "watch/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"
#include "util/text.h"

/* "SEQ", or "SEQ EXPLAINED BALANCED" */
static bool parse_numbers(struct text text, struct cursor *ret_cursor)
{
        struct cursor cursor = { 0 };

        if (!text_eat_u64(&text, &cursor.seq))
                return false;
        cursor.has_mark = text_eat(&text, TEXT(" "));
        if (cursor.has_mark && (!text_eat_u64(&text, &cursor.mark.n_explained) || !text_eat(&text, TEXT(" ")) ||
                                !text_eat_i64(&text, &cursor.mark.balanced_usec) || cursor.mark.balanced_usec < 0))
                return false;
        *ret_cursor = cursor;
        return text_equal(text, TEXT("\n"));
}

int cursor_parse(struct text text, const char *boot_id, struct cursor *ret_cursor)
{
        struct cursor cursor;
        struct text boot;

        if (text.length < 33)
                return -EBADMSG;
        boot = text_until_offset(text, 32);
        text = text_from_offset(text, 32);
        if (!text_eat(&text, TEXT(" ")) || !parse_numbers(text, &cursor))
                return -EBADMSG;
        if (!text_equal(boot, text_from(boot_id)))
                return -ESTALE;
        *ret_cursor = cursor;
        return 0;
}

int cursor_load(const char *path, const char *boot_id, struct cursor *ret_cursor)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
        char buffer[128];
        struct stat status;
        ssize_t length;

        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode)) /* reading a FIFO would wait for a writer */
                return -EBADMSG;
        length = file_read_all(fd, buffer, sizeof(buffer));
        if (length < 0)
                return (int)length;
        return cursor_parse((struct text){ buffer, (size_t)length }, boot_id, ret_cursor);
}

/* What is there, left by a crash or put there by somebody, is replaced: opening a FIFO would wait for a reader. */
static int create(const char *path)
{
        int fd;

        (void)unlink(path); /* if it can't be, open() fails */
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        return fd < 0 ? -errno : fd;
}

/* Makes the directory that path is in: for a start by hand, since systemd makes it for a service. */
static int make_directory(const char *path)
{
        char directory[PATH_MAX];
        const char *slash = strrchr(path, '/');

        if (!slash || slash == path || (size_t)(slash - path) >= sizeof(directory))
                return -ENOENT;
        memcpy(directory, path, (size_t)(slash - path));
        directory[slash - path] = '\0';
        return mkdir(directory, 0755) < 0 ? -errno : 0;
}

int cursor_store(const char *path, const char *boot_id, const struct cursor *cursor)
{
        char temporary[PATH_MAX], buffer[128];
        int length, fd, r;

        length = snprintf(temporary, sizeof(temporary), "%s.new", path);
        if (length < 0 || (size_t)length >= sizeof(temporary))
                return -ENAMETOOLONG;
        if (cursor->has_mark)
                length = snprintf(buffer, sizeof(buffer), "%s %" PRIu64 " %" PRIu64 " %" PRId64 "\n", boot_id,
                                  cursor->seq, cursor->mark.n_explained, cursor->mark.balanced_usec);
        else
                length = snprintf(buffer, sizeof(buffer), "%s %" PRIu64 "\n", boot_id, cursor->seq);
        fd = create(temporary);
        if (fd == -ENOENT && make_directory(path) == 0)
                fd = create(temporary);
        if (fd < 0)
                return fd;
        /* no fsync: the file need not outlive the boot, and /run is no disk */
        r = file_write_all(fd, buffer, (size_t)length);
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(temporary);
        return r;
}

/* For cursor_lock_owner(): the kernel doesn't say who has a lock of an open file description. */
static void write_owner(int fd)
{
        char buffer[32];
        int length = snprintf(buffer, sizeof(buffer), "%lld\n", (long long)getpid()); /* it fits */

        if (ftruncate(fd, 0) < 0 || file_write_all_at(fd, buffer, (size_t)length, 0) < 0)
                return; /* the lock holds all the same, and a message names no process */
}

int64_t cursor_lock_owner(const char *path)
{
        char buffer[PATH_MAX];
        _cleanup_(closep) int fd = -1;
        struct text text;
        ssize_t length;
        int64_t pid;

        if (snprintf(buffer, sizeof(buffer), "%s.lock", path) >= (int)sizeof(buffer))
                return 0;
        fd = open(buffer, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
        length = fd < 0 ? -1 : file_read_all(fd, buffer, sizeof(buffer));
        text = (struct text){ buffer, length > 0 ? (size_t)length : 0 };
        return text_eat_i64(&text, &pid) && text_equal(text, TEXT("\n")) && pid > 0 ? pid : 0;
}

int cursor_lock(const char *path)
{
        const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        char name[PATH_MAX];
        _cleanup_(closep) int fd = -1;
        int length = snprintf(name, sizeof(name), "%s.lock", path);

        if (length < 0 || (size_t)length >= sizeof(name))
                return -ENAMETOOLONG;
        fd = open(name, flags, 0640);
        if (fd < 0 && errno == ENOENT && make_directory(path) == 0)
                fd = open(name, flags, 0640);
        if (fd < 0)
                return -errno;
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
                return errno == EACCES ? -EAGAIN : -errno;
        write_owner(fd);
        return take_fd(&fd);
}
