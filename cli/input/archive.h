/* cli/input/archive.h: what a compressed file holds that is not gzip's: for source.c.
 *
 * libarchive does it, and is loaded for the first such file: with what it needs (libxml2, ICU) it costs 3.1 MB of
 * memory, and most logs are not compressed, or by gzip. A file is known by its first bytes, whatever its name is.
 * Archives of several files (tar, zip) are not taken apart. libarchive gives its output in pieces (64 KiB; of lz4 4
 * MiB, as lz4 itself does), and nothing of a piece in which the input turns out to be corrupt or cut. */

#pragma once

#include "input/raw.h"

/* Do the first bytes of a file (length of them) tell that it is compressed: by bzip2, xz, zstd, lz4? */
bool scan_archive_is(const char *bytes, size_t length);

struct scan_archive;

/* raw is borrowed, and to be kept until the archive is closed. Returns 0 or -errno; error then holds why, in words. */
int scan_archive_open(struct scan_raw *raw, struct scan_archive **ret_archive, char error[SCAN_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct scan_archive *scan_archive_close(struct scan_archive *archive);

/* As scan_source_read(). */
ssize_t scan_archive_read(struct scan_archive *archive, char *buffer, size_t size, char error[SCAN_ERROR_MAX])
        __attribute__((warn_unused_result));
