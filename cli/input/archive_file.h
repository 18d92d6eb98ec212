/* cli/input/archive_file.h: what a compressed file holds that is not gzip's: for source.c.
 *
 * libarchive does it, and is loaded for the first such file: with what it needs (libxml2, ICU) it costs 3.1 MB of
 * memory, and most logs are not compressed, or by gzip. A file is known by its first bytes, whatever its name is.
 * Archives of several files (tar, zip) are not taken apart. libarchive gives its output in pieces (64 KiB; of lz4 4
 * MiB, as lz4 itself does), and nothing of a piece in which the input turns out to be corrupt or cut. */

#pragma once

#include "input/raw_file.h"

/* Do the first bytes of a file (length of them) tell that it is compressed: by bzip2, xz, zstd, lz4? */
bool archive_file_detect(const char *bytes, size_t length);

struct archive_file;

/* raw is borrowed, and to be kept until the archive is closed. Returns 0 or -errno; error then holds why, in words. */
int archive_file_open(struct raw_file *raw, struct archive_file **ret_archive, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct archive_file *archive_file_close(struct archive_file *archive);

/* As source_read(). */
ssize_t archive_file_read(struct archive_file *archive, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));
