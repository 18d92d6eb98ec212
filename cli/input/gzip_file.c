/* cli/input/gzip_file.c: files compressed by gzip, as nearly all compressed logs are.
 *
 * zlib decompresses them, and not libarchive, which doesn't check gzip's checksums (3.6): corrupt bytes would be taken for what was
 * logged. zlib also needs a twentieth of the memory, and gives everything before a fault.
 *
 * isa-l, where it is there, is twice as fast as zlib. At a fault it is mute, and loses what stands before: from the member on in
 * which it doesn't go on, zlib decompresses the file, and what was read of that member is dropped. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "input/compression.h"
#include "input/gzip_isal.h"
#include "input/library.h"
#include "util/array.h"
#include "util/text.h"

#define LIBRARY "libz.so.1"
/* Of compressed bytes; larger ones were not faster. */
#define INPUT_BYTES (64 * 1024)
/* the largest window, and gzip's header and trailer around it (zlib.h, inflateInit2()) */
#define WINDOW_BITS (15 + 16)

/* The functions of the library that are used. */
#define FUNCTIONS(X)                                                                                                   \
        X(inflateInit2_)                                                                                               \
        X(inflate)                                                                                                     \
        X(inflateReset)                                                                                                \
        X(inflateEnd)

struct library {
        FUNCTIONS(LIBRARY_POINTER)
};
static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

struct gzip_file {
        struct library library;
        struct raw_file *raw;
        struct gzip_isal *isal; /* NULL: zlib decompresses what is left */
        bool is_inside;         /* of a member, with isa-l */
        bool is_full;           /* there may be more output without more input */
        uint64_t member_offset; /* in the file: where the member began in which isa-l is */
        uint64_t member_length; /* what it has given of that */
        uint64_t n_to_drop;     /* of what zlib gives */
        z_stream stream;        /* its buffers are isa-l's too */
        bool is_between;        /* a member has ended, and no other has begun: a file may have several */
        bool is_done;
        int error; /* what every read returns from then on */
        unsigned char input[INPUT_BYTES];
};

static bool gzip_file_detect(const char *bytes, size_t length)
{
        return text_starts((struct text){ bytes, length }, TEXT("\x1f\x8b\x08"));
}

static void gzip_file_close(void *file)
{
        struct gzip_file *gzip = file;

        if (!gzip)
                return;
        if (gzip->stream.state)                                /* it was begun */
                (void)gzip->library.inflateEnd(&gzip->stream); /* an error was reported before */
        (void)gzip_isal_free(gzip->isal);
        free(gzip);
}

static int gzip_file_open(struct raw_file *raw, void **ret_file, char error[SOURCE_ERROR_MAX])
{
        struct gzip_file *gzip = calloc(1, sizeof(*gzip));
        int result;

        if (!gzip)
                return -ENOMEM;
        gzip->raw = raw;
        result = library_load(LIBRARY, names, COUNT(names), &gzip->library);
        if (result < 0)
                (void)snprintf(error, SOURCE_ERROR_MAX, "compressed, and %s is not installed", LIBRARY);
        else if (gzip->library.inflateInit2_(&gzip->stream, WINDOW_BITS, ZLIB_VERSION, sizeof(gzip->stream)) != Z_OK)
                result = -ENOMEM;
        if (result < 0) {
                gzip_file_close(gzip);
                return result;
        }
        if (raw->is_regular && !raw->is_sparse) /* it can be read twice */
                gzip->isal = gzip_isal_new();
        *ret_file = gzip;
        return 0;
}

static void fail(struct gzip_file *gzip, int error, const char *reason, char buffer[SOURCE_ERROR_MAX])
{
        (void)snprintf(buffer, SOURCE_ERROR_MAX, "%s", reason);
        gzip->error = error;
}

/* Leaves the file to zlib, from the member on in which isa-l is. */
static void go_back(struct gzip_file *gzip)
{
        gzip->isal = gzip_isal_free(gzip->isal);
        gzip->is_full = gzip->is_inside = false;
        gzip->raw->position = gzip->member_offset;
        gzip->stream.avail_in = 0;
        gzip->n_to_drop = gzip->member_length;
        gzip->is_between = gzip->member_offset > 0;
}

/* Reads more compressed bytes, or sets is_done or error. */
static void read_input(struct gzip_file *gzip, char error[SOURCE_ERROR_MAX])
{
        ssize_t got = raw_file_read(gzip->raw, (char *)gzip->input, sizeof(gzip->input));

        if (got <= 0 && gzip->is_inside) {
                go_back(gzip);
        } else if (got < 0) {
                fail(gzip, (int)got, strerror((int)-got), error);
        } else if (got == 0 && gzip->is_between) {
                gzip->is_done = true;
        } else if (got == 0) {
                fail(gzip, -EBADMSG, "the compressed file is cut short", error);
        } else {
                gzip->stream.next_in = gzip->input;
                gzip->stream.avail_in = (unsigned)got;
        }
}

/* Members may be padded with zeros, to a block of a tape. */
static void skip_padding(struct gzip_file *gzip)
{
        while (gzip->stream.avail_in && *gzip->stream.next_in == '\0') {
                gzip->stream.next_in++;
                gzip->stream.avail_in--;
        }
}

/* Begins a member, or reads again from its beginning, for the whole header. */
static void begin_with_isal(struct gzip_file *gzip)
{
        z_stream *stream = &gzip->stream;
        int length = gzip_isal_begin(gzip->isal, stream->next_in, stream->avail_in);

        gzip->member_offset = gzip->raw->position - stream->avail_in;
        gzip->member_length = 0;
        if (length > 0) {
                stream->next_in += length;
                stream->avail_in -= (unsigned)length;
                gzip->is_inside = true;
                gzip->is_between = false;
        } else if (length == 0 && stream->next_in != gzip->input) {
                gzip->raw->position = gzip->member_offset;
                stream->avail_in = 0;
        } else {
                go_back(gzip);
        }
}

static void decompress_with_isal(struct gzip_file *gzip)
{
        z_stream *stream = &gzip->stream;
        unsigned char *output = stream->next_out;
        unsigned size = stream->avail_out;
        bool is_end;

        if (gzip_isal_inflate(gzip->isal, stream, &is_end) < 0) {
                stream->next_out = output;
                stream->avail_out = size;
                go_back(gzip);
                return;
        }
        gzip->member_length += size - stream->avail_out;
        gzip->is_full = stream->avail_out == 0 && !is_end;
        gzip->is_between = is_end;
        gzip->is_inside = !is_end;
}

/* As inflate(), but for what is to be dropped. */
static int inflate_rest(struct gzip_file *gzip)
{
        z_stream *stream = &gzip->stream;
        unsigned char *output = stream->next_out;
        unsigned size = stream->avail_out;
        int result;

        if (gzip->n_to_drop && gzip->n_to_drop < size)
                stream->avail_out = (unsigned)gzip->n_to_drop;
        result = gzip->library.inflate(stream, Z_NO_FLUSH);
        gzip->is_full = stream->avail_out == 0 && result == Z_OK;
        if (gzip->n_to_drop) {
                gzip->n_to_drop -= result == Z_STREAM_END ? gzip->n_to_drop : (size_t)(stream->next_out - output);
                stream->next_out = output;
                stream->avail_out = size;
        }
        return result;
}

static void decompress(struct gzip_file *gzip, char error[SOURCE_ERROR_MAX])
{
        bool is_later = gzip->is_between;
        const char *why;
        int result;

        gzip->is_between = false;
        result = inflate_rest(gzip);
        if (result == Z_OK || result == Z_BUF_ERROR)
                return;
        if (result == Z_STREAM_END) {
                gzip->is_between = true;
                (void)gzip->library.inflateReset(&gzip->stream); /* fails only for a stream that never was one */
                return;
        }
        why = gzip->stream.msg ? gzip->stream.msg : "zlib doesn't say why";
        if (is_later && strcmp(why, "incorrect header check") == 0)
                (void)snprintf(error, SOURCE_ERROR_MAX, "the compressed file has something else after its end");
        else
                (void)snprintf(error, SOURCE_ERROR_MAX, "the compressed file is corrupt (%s)", why);
        gzip->error = -EBADMSG;
}

static ssize_t gzip_file_read(void *file, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
{
        struct gzip_file *gzip = file;
        size_t length;

        if (size > UINT32_MAX)
                size = UINT32_MAX;
        gzip->stream.next_out = (unsigned char *)buffer;
        gzip->stream.avail_out = (unsigned)size;
        while (gzip->stream.avail_out && !gzip->is_done && gzip->error == 0) {
                if (gzip->n_to_drop && gzip->stream.avail_out < size) /* all of buffer is needed for that */
                        break;
                if (gzip->is_between)
                        skip_padding(gzip);
                if (gzip->stream.avail_in == 0 && !gzip->is_full)
                        read_input(gzip, error);
                else if (gzip->is_inside)
                        decompress_with_isal(gzip);
                else if (gzip->isal)
                        begin_with_isal(gzip);
                else
                        decompress(gzip, error);
        }
        length = size - gzip->stream.avail_out;
        return length ? (ssize_t)length : gzip->error;
}

const struct compression compression_gzip = { gzip_file_detect, gzip_file_open, gzip_file_read, gzip_file_close };
