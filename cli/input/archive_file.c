/* cli/input/archive_file.c: files compressed by bzip2, xz, zstd or lz4.
 *
 * libarchive decompresses them: with what it needs (libxml2, ICU) it costs 3.1 MB of memory, and most logs are not compressed, or by
 * gzip. Archives of several files (tar, zip) are not unpacked. libarchive decompresses in blocks (64 KiB; of lz4 4 MiB, as lz4 itself
 * does), and gives nothing of a block in which the input is corrupt or cut short. */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/compression.h"
#include "input/library.h"
#include "util/array.h"
#include "util/text.h"

/* so of every libarchive 3.x since 2013 */
#define LIBRARY "libarchive.so.13"
/* Of compressed bytes; larger ones were not faster. */
#define INPUT_BYTES (64 * 1024)

/* The functions of the library that are used. */
#define FUNCTIONS(X)                                                                                                   \
        X(archive_read_new)                                                                                            \
        X(archive_read_free)                                                                                           \
        X(archive_read_support_format_raw)                                                                             \
        X(archive_read_support_format_empty)                                                                           \
        X(archive_read_support_filter_bzip2)                                                                           \
        X(archive_read_support_filter_xz)                                                                              \
        X(archive_read_support_filter_zstd)                                                                            \
        X(archive_read_support_filter_lz4)                                                                             \
        X(archive_read_open)                                                                                           \
        X(archive_read_next_header)                                                                                    \
        X(archive_read_data_block)                                                                                     \
        X(archive_error_string)                                                                                        \
        X(archive_set_error)

struct library {
        FUNCTIONS(LIBRARY_POINTER)
};
static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

struct archive_file {
        struct library library;
        struct archive *archive;
        struct raw_file *raw;
        struct text block; /* decompressed and not yet read; the library's */
        bool is_done;
        int error; /* if is_done: what every read returns from then on */
        char input[INPUT_BYTES];
};

static bool archive_file_detect(const char *bytes, size_t length)
{
        static const struct text numbers[] = {
                TEXT("\xfd\x37zXZ\0"), TEXT("\x28\xb5\x2f\xfd"), TEXT("\x04\x22\x4d\x18"),
                TEXT("\x02\x21\x4c\x18"), /* lz4, and its format until 2014 */
        };
        struct text text = { bytes, length };

        for (size_t i = 0; i < COUNT(numbers); i++)
                if (text_starts(text, numbers[i]))
                        return true;
        /* bzip2's magic number is text: "BZh9" and that of a block, or of the end if there is no block */
        if (!text_eat(&text, TEXT("BZh")) || text.length < 1 || text.data[0] < '1' || text.data[0] > '9')
                return false;
        text = text_from_offset(text, 1);
        return text_starts(text, TEXT("1AY&SY")) || text_starts(text, TEXT("\x17\x72\x45\x38\x50\x90"));
}

static la_ssize_t read_input(struct archive *handle, void *userdata, const void **ret_bytes)
{
        struct archive_file *archive = userdata;
        ssize_t got = raw_file_read(archive->raw, archive->input, sizeof(archive->input));

        if (got < 0) {
                archive->library.archive_set_error(handle, (int)-got, "%s", strerror((int)-got));
                return -1;
        }
        *ret_bytes = archive->input;
        return got;
}

static int fail(struct archive_file *archive, char error[SOURCE_ERROR_MAX])
{
        const char *why = archive->library.archive_error_string(archive->archive);

        (void)snprintf(error, SOURCE_ERROR_MAX, "the compressed file is corrupt or cut short (%s)",
                       why ? why : "libarchive doesn't say why");
        archive->error = -EBADMSG;
        return -EBADMSG;
}

/* For formats that it can't decompress itself libarchive runs programs: none of these filters is added. */
static int start(struct archive_file *archive, char error[SOURCE_ERROR_MAX])
{
        const struct library *library = &archive->library;
        struct archive_entry *entry;
        int result;

        archive->archive = library->archive_read_new();
        if (!archive->archive)
                return -ENOMEM;
        if (library->archive_read_support_format_raw(archive->archive) != ARCHIVE_OK ||
            library->archive_read_support_format_empty(archive->archive) != ARCHIVE_OK ||
            library->archive_read_support_filter_bzip2(archive->archive) != ARCHIVE_OK ||
            library->archive_read_support_filter_xz(archive->archive) != ARCHIVE_OK ||
            library->archive_read_support_filter_zstd(archive->archive) != ARCHIVE_OK ||
            library->archive_read_support_filter_lz4(archive->archive) != ARCHIVE_OK ||
            library->archive_read_open(archive->archive, archive, NULL, read_input, NULL) != ARCHIVE_OK)
                return fail(archive, error);
        result = library->archive_read_next_header(archive->archive, &entry);
        if (result == ARCHIVE_EOF)
                archive->is_done = true;
        return result == ARCHIVE_OK || result == ARCHIVE_WARN || archive->is_done ? 0 : fail(archive, error);
}

static void archive_file_close(void *file)
{
        struct archive_file *archive = file;

        if (archive && archive->archive)
                (void)archive->library.archive_read_free(archive->archive); /* nothing was written */
        free(archive);
}

static int archive_file_open(struct raw_file *raw, void **ret_file, char error[SOURCE_ERROR_MAX])
{
        struct archive_file *archive = calloc(1, sizeof(*archive));
        int result;

        if (!archive)
                return -ENOMEM;
        archive->raw = raw;
        result = library_load(LIBRARY, names, COUNT(names), &archive->library);
        if (result < 0)
                (void)snprintf(error, SOURCE_ERROR_MAX, "compressed, and %s is not installed", LIBRARY);
        else
                result = start(archive, error);
        if (result < 0) {
                archive_file_close(archive);
                return result;
        }
        *ret_file = archive;
        return 0;
}

/* Decompresses the next block, or sets is_done. */
static void next_block(struct archive_file *archive, char error[SOURCE_ERROR_MAX])
{
        const void *block;
        size_t length;
        la_int64_t offset;
        int result = archive->library.archive_read_data_block(archive->archive, &block, &length, &offset);

        if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
                archive->block = (struct text){ block, length };
                return;
        }
        archive->is_done = true;
        if (result != ARCHIVE_EOF)
                (void)fail(archive, error); /* kept in archive->error */
}

static ssize_t archive_file_read(void *file, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
{
        struct archive_file *archive = file;
        size_t length = 0;

        while (length < size && !archive->is_done) {
                size_t count = text_copy(archive->block, buffer + length, size - length);

                archive->block = text_from_offset(archive->block, count);
                length += count;
                if (archive->block.length == 0 && length < size)
                        next_block(archive, error);
        }
        return length ? (ssize_t)length : archive->error;
}

const struct compression compression_archive = {
        archive_file_detect,
        archive_file_open,
        archive_file_read,
        archive_file_close,
};
