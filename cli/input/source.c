#include "input/source.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/compression.h"
#include "util/array.h"
#include "util/cleanup.h"

struct source {
        const struct input *input; /* borrowed */
        size_t next_part;
        struct raw_file raw;
        const struct compression *compression; /* NULL: none */
        void *compressed_file;                 /* of compression */
        uint64_t position_before;              /* bytes of the parts before */
        char last_byte;                        /* that was read */
        int open_error;                        /* of compression: what every read returns; else 0 */
        char error[SOURCE_ERROR_MAX];
};

static void source_closep(struct source **source)
{
        (void)source_close(*source);
}

int source_open(const struct input *input, struct source **ret_source)
{
        static const struct compression *const compressions[] = { &compression_gzip, &compression_archive };
        _cleanup_(source_closep) struct source *source = calloc(1, sizeof(*source));
        char bytes[RAW_FILE_PEEK_BYTES];
        ssize_t length;
        int error;

        if (!source)
                return -ENOMEM;
        source->raw.fd = -1;
        source->input = input;
        source->next_part = 1;
        error = raw_file_open(input, input->n_parts ? input->parts[0] : input->path, &source->raw);
        if (error < 0)
                return error;
        length = raw_file_peek(&source->raw, bytes);
        if (length < 0)
                return (int)length;
        for (size_t i = 0; i < COUNT(compressions); i++)
                if (compressions[i]->detect(bytes, (size_t)length))
                        source->compression = compressions[i];
        if (source->compression)
                source->open_error = source->compression->open(&source->raw, &source->compressed_file, source->error);
        if (source->open_error == -ENOMEM)
                return -ENOMEM;
        *ret_source = take_pointer(source);
        return 0;
}

struct source *source_close(struct source *source)
{
        if (!source)
                return NULL;
        if (source->compression)
                source->compression->close(source->compressed_file);
        raw_file_close(&source->raw);
        free(source);
        return NULL;
}

/* Opens the next part of a dump. A part that can't be opened any more is skipped: the others are all that is left of the
 * machine's last messages. */
static void open_next_part(struct source *source)
{
        while (source->next_part < source->input->n_parts) {
                uint64_t position = source->raw.position;

                raw_file_close(&source->raw);
                if (raw_file_open(source->input, source->input->parts[source->next_part++], &source->raw) == 0) {
                        source->position_before += position;
                        return;
                }
        }
}

ssize_t source_read(struct source *source, char *buffer, size_t size)
{
        assert(size >= SOURCE_READ_MIN);
        if (source->open_error < 0)
                return source->open_error;
        if (source->compression)
                return source->compression->read(source->compressed_file, buffer, size, source->error);
        for (;;) {
                ssize_t got = source->raw.fd >= 0 ? raw_file_read(&source->raw, buffer, size) : 0;

                if (got > 0) {
                        source->last_byte = buffer[got - 1];
                        return got;
                }
                if (got < 0)
                        (void)snprintf(source->error, sizeof(source->error), "%s", strerror((int)-got));
                if (got < 0 || source->next_part >= source->input->n_parts)
                        return got;
                open_next_part(source);
                if (source->last_byte != '\n') { /* the next part begins a line */
                        buffer[0] = source->last_byte = '\n';
                        return 1;
                }
        }
}

bool source_is_plain(const struct source *source, int *ret_fd, uint64_t *ret_size)
{
        *ret_fd = source->raw.fd;
        *ret_size = source->raw.size;
        return !source->compression && source->input->n_parts == 0 && source->raw.is_regular && !source->raw.is_sparse;
}

void source_skip(struct source *source, uint64_t length)
{
        source->raw.position += length;
}

const char *source_error(const struct source *source)
{
        return source->error;
}

uint64_t source_position(const struct source *source)
{
        return source->position_before + source->raw.position;
}

bool source_is_gone(const struct input *input, int error)
{
        return error == -ENOENT && !input->is_given;
}
