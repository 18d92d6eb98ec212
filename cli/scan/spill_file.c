#include "scan/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int spill_file_open(struct spill_file *file)
{
        const char *directory = getenv("TMPDIR"); /* nobody sets it while threads run */

        file->fd = open(directory && *directory ? directory : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file->fd < 0)
                file->fd = memfd_create("oomwatch", MFD_CLOEXEC);
        if (file->fd < 0)
                return -errno;
        (void)pthread_mutex_init(&file->lock, NULL); /* can't fail on Linux */
        file->length = 0;
        return 0;
}

void spill_file_close(struct spill_file *file)
{
        (void)close(file->fd); /* nobody will read it */
        (void)pthread_mutex_destroy(&file->lock);
}

static int write_all(int fd, struct text text, uint64_t offset)
{
        while (text.length) {
                ssize_t written = pwrite(fd, text.data, text.length, (off_t)offset);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return -errno;
                text = text_from_offset(text, (size_t)written);
                offset += (uint64_t)written;
        }
        return 0;
}

int spill_file_append(struct spill_file *file, const struct text *pieces, size_t count, uint64_t *ret_offset)
{
        uint64_t offset, length = 0;

        for (size_t i = 0; i < count; i++)
                length += pieces[i].length;
        (void)pthread_mutex_lock(&file->lock);
        offset = file->length;
        file->length += length;
        (void)pthread_mutex_unlock(&file->lock);
        *ret_offset = offset;
        for (size_t i = 0; i < count; i++) {
                int r = write_all(file->fd, pieces[i], offset);

                if (r < 0)
                        return r;
                offset += pieces[i].length;
        }
        return 0;
}

int spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t length)
{
        while (length) {
                ssize_t count = pread(file->fd, buffer, length, (off_t)offset);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0)
                        return count < 0 ? -errno : -EIO;
                buffer += count;
                offset += (uint64_t)count;
                length -= (size_t)count;
        }
        return 0;
}
