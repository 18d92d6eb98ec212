/* cli/input/gzip_file.h: what a file compressed by gzip holds: for source.c.
 *
 * Of the compressed logs nearly all are of this kind. zlib does it, and not libarchive, which doesn't look at the
 * checksums (3.6): what is corrupt would be taken for what was logged. It also costs a twentieth of the memory, and
 * gives all that stands before a fault. It is loaded for the first such file. */

#pragma once

#include "input/raw_file.h"

/* Do the first bytes of a file (length of them) tell that it is one? */
bool gzip_file_detect(const char *bytes, size_t length);

struct gzip_file;

/* raw is borrowed, and to be kept until this is closed. Returns 0 or -errno; error then holds why, in words. */
int gzip_file_open(struct raw_file *raw, struct gzip_file **ret_gzip, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct gzip_file *gzip_file_close(struct gzip_file *gzip);

/* As source_read(). */
ssize_t gzip_file_read(struct gzip_file *gzip, char *buffer, size_t size, char error[SOURCE_ERROR_MAX])
        __attribute__((warn_unused_result));
