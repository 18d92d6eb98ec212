/* cli/input/gzip_isal.h: gzip decompressed by isa-l, in 0.4 of zlib's time: for gzip_file.c.
 *
 * It only says that it can't go on: of what is wrong with a file, and of all that is rare, zlib has the word. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gzip_isal;
struct z_stream_s;

/* Returns NULL if the library isn't there, or isn't what this was built for, or memory has run out. */
struct gzip_isal *gzip_isal_new(void);

/* Accepts NULL. Returns NULL. */
struct gzip_isal *gzip_isal_free(struct gzip_isal *isal);

/* Begins a member of a file, at whose first byte bytes are. Returns the length of its header, after which what
 * gzip_isal_inflate() takes begins; 0 if the header doesn't end within length; or -ENOTSUP: for zlib. */
int gzip_isal_begin(struct gzip_isal *isal, const unsigned char *bytes, size_t length)
        __attribute__((warn_unused_result));

/* Decompresses from buffers to buffers, of which the rest is zlib's, until the input is used up, the output is full, or the member
 * has ended with its checksum. Input that is used up may have more output than there was room for. Returns 0, and *ret_is_end;
 * or -EBADMSG: what it wrote doesn't count. */
int gzip_isal_inflate(struct gzip_isal *isal, struct z_stream_s *buffers, bool *ret_is_end)
        __attribute__((warn_unused_result));
