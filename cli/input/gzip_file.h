/* cli/input/gzip_file.h: the content of a file compressed by gzip, as nearly all compressed logs are: for source.c.
 *
 * zlib decompresses it, and not libarchive, which doesn't check gzip's checksums (3.6): corrupt bytes would be taken for what
 * was logged. zlib also needs a twentieth of the memory, and gives everything before a fault. It is loaded for the first such
 * file. */

#pragma once

#include "input/raw_file.h"

/* bytes: the first ones of a file, length of them. Is it compressed by gzip? */
bool gzip_file_detect(const char *bytes, size_t length);

struct gzip_file;

/* raw is borrowed until gzip_file_close(). Returns 0, or -errno and why in error. */
int gzip_file_open(struct raw_file *raw, struct gzip_file **ret_gzip, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct gzip_file *gzip_file_close(struct gzip_file *gzip);

/* As source_read(); why it failed is in error. */
ssize_t gzip_file_read(struct gzip_file *gzip, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));
