#include "scan/spill_file.h"

#include <errno.h>
#include <unistd.h>

#include "host/file.h"
#include "host/temporary.h"

int spill_file_open(struct spill_file *file)
{
        int fd = temporary_open();

        if (fd < 0)
                return fd;
        file->fd = fd;
        (void)pthread_mutex_init(&file->lock, NULL); /* can't fail on Linux */
        file->length = 0;
        return 0;
}

void spill_file_close(struct spill_file *file)
{
        (void)close(file->fd); /* nobody will read it */
        (void)pthread_mutex_destroy(&file->lock);
}

int spill_file_append(struct spill_file *file, const struct text *texts, size_t n_texts, uint64_t *ret_offset)
{
        uint64_t offset, length = 0;

        for (size_t i = 0; i < n_texts; i++)
                length += texts[i].length;
        (void)pthread_mutex_lock(&file->lock);
        offset = file->length;
        file->length += length;
        (void)pthread_mutex_unlock(&file->lock);
        *ret_offset = offset;
        for (size_t i = 0; i < n_texts; i++) {
                int r = file_write_all_at(file->fd, texts[i].data, texts[i].length, offset);

                if (r < 0)
                        return r;
                offset += texts[i].length;
        }
        return 0;
}

int spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t length)
{
        ssize_t n = file_read_all_at(file->fd, buffer, length, offset);

        if (n < 0)
                return (int)n;
        return (size_t)n == length ? 0 : -EIO;
}
