/* cli/input/archive_file.h: the content of a file compressed by bzip2, xz, zstd or lz4: for source.c.
 *
 * libarchive decompresses it, and is loaded for the first such file: with what it needs (libxml2, ICU) it costs 3.1 MB of
 * memory, and most logs are not compressed, or by gzip. A file is recognised by its first bytes, whatever its name is.
 * Archives of several files (tar, zip) are not unpacked. libarchive decompresses in blocks (64 KiB; of lz4 4 MiB, as lz4
 * itself does), and gives nothing of a block in which the input is corrupt or cut short. */

#pragma once

#include "input/raw_file.h"

/* bytes: the first ones of a file, length of them. Is it compressed by one of these? */
bool archive_file_detect(const char *bytes, size_t length);

struct archive_file;

/* raw is borrowed until archive_file_close(). Returns 0, or -errno and why in error. */
int archive_file_open(struct raw_file *raw, struct archive_file **ret_archive, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct archive_file *archive_file_close(struct archive_file *archive);

/* As source_read(); why it failed is in error. */
ssize_t archive_file_read(struct archive_file *archive, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));
