#include "scan/kept_texts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/file.h"

/* So much is written and read at once. */
#define BLOCK_BYTES (64 * 1024)

void kept_texts_init(struct kept_texts *kept, int fd)
{
        *kept = (struct kept_texts){ .fd = fd };
}

void kept_texts_done(struct kept_texts *kept)
{
        free(kept->buffer);
        (void)close(kept->fd); /* nobody will read it */
}

static int make_room(struct kept_texts *kept, size_t size)
{
        char *buffer;

        if (size < BLOCK_BYTES)
                size = BLOCK_BYTES;
        if (kept->size >= size)
                return 0;
        buffer = realloc(kept->buffer, size);
        if (!buffer)
                return -ENOMEM;
        kept->buffer = buffer;
        kept->size = size;
        return 0;
}

static int write_buffer(struct kept_texts *kept)
{
        int r = file_write_all_at(kept->fd, kept->buffer, kept->used, kept->begin);

        kept->begin += kept->used;
        kept->used = 0;
        kept->is_written = true;
        return r;
}

int kept_texts_add(struct kept_texts *kept, const struct text *texts, size_t n_texts, uint64_t *ret_offset)
{
        size_t length = 0;
        int r = 0;

        for (size_t i = 0; i < n_texts; i++)
                length += texts[i].length;
        if (kept->used + length > BLOCK_BYTES)
                r = write_buffer(kept);
        if (r == 0)
                r = make_room(kept, length);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_texts; i++)
                kept->used += text_copy(texts[i], kept->buffer + kept->used, texts[i].length);
        *ret_offset = kept->length;
        kept->length += length;
        kept->is_written = false;
        return 0;
}

int kept_texts_read(struct kept_texts *kept, uint64_t offset, size_t length, const char **ret_data)
{
        bool is_next = offset == kept->next;
        ssize_t n;
        int r;

        kept->next = offset + length;
        if (offset < kept->begin || offset + length > kept->begin + kept->used) {
                r = kept->is_written ? 0 : write_buffer(kept);
                if (r == 0)
                        r = make_room(kept, length);
                if (r < 0)
                        return r;
                kept->begin = offset;
                kept->used = 0;
                n = file_read_all_at(kept->fd, kept->buffer, is_next ? kept->size : length, offset);
                if (n < (ssize_t)length)
                        return n < 0 ? (int)n : -EIO;
                kept->used = (size_t)n;
        }
        *ret_data = kept->buffer + (offset - kept->begin);
        return 0;
}
