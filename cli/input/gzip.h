/* cli/input/gzip.h: what a file compressed by gzip holds: for source.c.
 *
 * Of the compressed logs nearly all are of this kind. zlib does it, and not libarchive, which doesn't look at the
 * checksums (3.6): what is corrupt would be taken for what was logged. It also costs a twentieth of the memory, and
 * gives all that stands before a fault. It is loaded for the first such file. */

#pragma once

#include "input/raw.h"

/* Do the first bytes of a file (length of them) tell that it is one? */
bool scan_gzip_is(const char *bytes, size_t length);

struct scan_gzip;

/* raw is borrowed, and to be kept until this is closed. Returns 0 or -errno; error then holds why, in words. */
int scan_gzip_open(struct scan_raw *raw, struct scan_gzip **ret_gzip, char error[SCAN_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct scan_gzip *scan_gzip_close(struct scan_gzip *gzip);

/* As scan_source_read(). */
ssize_t scan_gzip_read(struct scan_gzip *gzip, char *buffer, size_t size, char error[SCAN_ERROR_MAX])
        __attribute__((warn_unused_result));
