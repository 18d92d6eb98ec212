#include "input/raw_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"
#include "util/text.h"

static bool is_same_file(const struct input *input, const struct stat *status)
{
        return status->st_dev == input->device && status->st_ino == input->inode;
}

/* Opens the file that input was when it was found, by the name that it has now in its directory. Returns a descriptor or
 * -ENOENT. */
static int open_moved(const struct input *input, struct stat *status)
{
        const char *slash = strrchr(input->path, '/');
        char *path = slash ? strndup(input->path, (size_t)(slash - input->path) + 1) : strdup(".");
        DIR *directory = path ? opendir(path) : NULL;
        struct dirent *entry;
        int found = -ENOENT;

        free(path);
        if (!directory)
                return -ENOENT;
        while (found < 0 && (entry = readdir(directory))) {
                int fd;

                if (entry->d_ino != input->inode)
                        continue;
                fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
                if (fd >= 0 && fstat(fd, status) == 0 && is_same_file(input, status))
                        found = fd;
                else if (fd >= 0)
                        (void)close(fd);
        }
        (void)closedir(directory);
        return found;
}

/* Opens the file that had the name when it was found: logs are rotated at any time, and what was "kern.log" may be
 * "kern.log.1" by now. If that is gone, opens the file that has the name now. Returns a descriptor or -errno. */
static int open_file(const struct input *input, const char *path, struct stat *status)
{
        /* A file that was found in a directory was regular: if it is a FIFO now, nobody waits for its writer. */
        int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (input->is_given ? 0 : O_NONBLOCK | O_NOFOLLOW);
        _cleanup_(closep) int fd = open(path, flags);
        int error = fd < 0 ? -errno : 0, moved;

        if (fd >= 0 && fstat(fd, status) < 0)
                return -errno;
        if (input->inode != 0 && path == input->path &&
            (error == -ENOENT || (error == 0 && !is_same_file(input, status)))) {
                struct stat moved_status;

                moved = open_moved(input, &moved_status);
                if (moved >= 0) {
                        *status = moved_status;
                        return moved;
                }
        }
        if (error < 0)
                return error;
        if (!input->is_given && !S_ISREG(status->st_mode))
                return -ENOENT;
        return S_ISDIR(status->st_mode) ? -EISDIR : take_fd(&fd);
}

int raw_file_open(const struct input *input, const char *path, struct raw_file *raw)
{
        bool is_stdin = input->kind == INPUT_STDIN;
        struct stat status = { 0 };
        _cleanup_(closep) int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open_file(input, path, &status);

        if (is_stdin && (fd < 0 || fstat(fd, &status) < 0))
                return -errno;
        if (fd < 0)
                return fd;
        *raw = (struct raw_file){ .fd = -1 };
        /* Standard input that is a file is read from its position on, as by any other program. */
        raw->is_regular = S_ISREG(status.st_mode) && !is_stdin;
        raw->is_kmsg = S_ISCHR(status.st_mode) && status.st_rdev == SOURCE_KMSG_DEVICE;
        /* Preallocated logs, lastlog. st_blocks is in units of 512 bytes. */
        raw->is_sparse = raw->is_regular && status.st_blocks < status.st_size / 512;
        raw->size = raw->is_regular ? (uint64_t)status.st_size : 0;
        raw->limit = raw->is_regular ? raw->size + SOURCE_GROWTH_MAX : raw->is_kmsg ? SOURCE_KMSG_MAX : UINT64_MAX;
        if (raw->is_kmsg) {
                int flags = fcntl(fd, F_GETFL);

                if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                        return -errno;
        }
        if (raw->is_regular)
                (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a failure only costs speed */
        raw->fd = take_fd(&fd);
        return 0;
}

void raw_file_close(struct raw_file *raw)
{
        closep(&raw->fd);
        raw->fd = -1;
}

/* Reads once, again if a signal interrupts it. */
static ssize_t read_once(struct raw_file *raw, char *buffer, size_t size)
{
        ssize_t length;

        do
                length = raw->is_regular ? pread(raw->fd, buffer, size, (off_t)raw->position)
                                         : read(raw->fd, buffer, size);
        while (length < 0 && errno == EINTR);
        return length < 0 ? -errno : length;
}

ssize_t raw_file_peek(struct raw_file *raw, char bytes[RAW_FILE_PEEK_BYTES])
{
        ssize_t length;

        if (raw->is_kmsg) /* each read(2) takes a whole record, and they are text */
                return 0;
        if (raw->is_regular)
                return file_read_all_at(raw->fd, bytes, RAW_FILE_PEEK_BYTES, 0);
        length = file_read_all(raw->fd, raw->peek, RAW_FILE_PEEK_BYTES);
        if (length > 0) {
                memcpy(bytes, raw->peek, (size_t)length);
                raw->peek_length = (size_t)length;
        }
        return length;
}

/* Reads as many records as there are and fit: each read(2) returns one. */
static ssize_t read_records(struct raw_file *raw, char *buffer, size_t size)
{
        size_t length = 0;

        while (size - length >= SOURCE_READ_MIN) {
                ssize_t got = read_once(raw, buffer + length, size - length);

                if (got == -EPIPE) /* overwritten meanwhile: the next read returns the oldest one that is left */
                        continue;
                if (got == 0 || got == -EAGAIN)
                        break;
                if (got < 0)
                        return length ? (ssize_t)length : got;
                length += (size_t)got;
        }
        return (ssize_t)length;
}

/* Moves position to the last byte of the hole that it is in. Returns 0, or -errno: -ENXIO for a hole up to the end of the file. */
static int skip_hole(struct raw_file *raw)
{
        off_t data, end;

        if (raw->position < raw->data_until)
                return 0;
        /* cppcheck knows neither SEEK_DATA nor SEEK_HOLE */
        /* cppcheck-suppress invalidFunctionArg */
        data = lseek(raw->fd, (off_t)raw->position, SEEK_DATA);
        if (data < 0)
                return -errno;
        /* cppcheck-suppress invalidFunctionArg */
        end = lseek(raw->fd, data, SEEK_HOLE);
        if (end < 0)
                return -errno;
        raw->data_until = (uint64_t)end;
        if ((uint64_t)data > raw->position)
                raw->position = (uint64_t)data - 1;
        return 0;
}

static ssize_t read_regular(struct raw_file *raw, char *buffer, size_t size)
{
        if (raw->is_sparse) {
                int error = skip_hole(raw);

                if (error == -ENXIO)
                        return 0;
                if (error < 0) /* this file system doesn't say: the holes are read as zeros */
                        raw->is_sparse = false;
                else if (raw->data_until - raw->position < size)
                        size = (size_t)(raw->data_until - raw->position);
        }
        return read_once(raw, buffer, size);
}

/* What can't be read twice: first what raw_file_peek() has read. */
static ssize_t read_once_only(struct raw_file *raw, char *buffer, size_t size)
{
        struct text left = { raw->peek + raw->peek_used, raw->peek_length - raw->peek_used };
        size_t length = text_copy(left, buffer, size);

        raw->peek_used += length;
        return length ? (ssize_t)length : read_once(raw, buffer, size);
}

ssize_t raw_file_read(struct raw_file *raw, char *buffer, size_t size)
{
        ssize_t got;

        if (raw->position >= raw->limit)
                return 0;
        if (raw->limit - raw->position < size)
                size = (size_t)(raw->limit - raw->position);
        if (raw->is_kmsg)
                got = read_records(raw, buffer, size);
        else if (raw->is_regular)
                got = read_regular(raw, buffer, size);
        else
                got = read_once_only(raw, buffer, size);
        if (got > 0)
                raw->position += (uint64_t)got;
        return got;
}
