#include "host/file.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "files over 2 GiB, on 32-bit machines too");

static ssize_t read_all(int fd, char *buffer, size_t size, bool has_offset, uint64_t offset)
{
        size_t length = 0;

        while (length < size) {
                ssize_t n = has_offset ? pread(fd, buffer + length, size - length, (off_t)(offset + length))
                                       : read(fd, buffer + length, size - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        return (ssize_t)length;
}

ssize_t file_read_all(int fd, char *buffer, size_t size)
{
        return read_all(fd, buffer, size, false, 0);
}

ssize_t file_read_all_at(int fd, char *buffer, size_t size, uint64_t offset)
{
        return read_all(fd, buffer, size, true, offset);
}

static int write_all(int fd, const char *data, size_t length, bool has_offset, uint64_t offset)
{
        size_t written = 0;

        while (written < length) {
                ssize_t n = has_offset ? pwrite(fd, data + written, length - written, (off_t)(offset + written))
                                       : write(fd, data + written, length - written);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                written += (size_t)n;
        }
        return 0;
}

int file_write_all(int fd, const char *data, size_t length)
{
        return write_all(fd, data, length, false, 0);
}

int file_write_all_at(int fd, const char *data, size_t length, uint64_t offset)
{
        return write_all(fd, data, length, true, offset);
}
