#include "input/gzip_isal.h"

#ifdef OOMWATCH_ISAL

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "input/library.h"
#include "util/array.h"

#define LIBRARY "libisal.so.2"
/* RFC 1952: the header, without its optional fields */
#define HEADER_BYTES   10
#define FLAGS_AT       3
#define FLAG_TEXT      0x01
#define FLAG_FILE_NAME 0x08

/* The functions of the library that are used. */
#define FUNCTIONS(X)                                                                                                   \
        X(isal_inflate_init)                                                                                           \
        X(isal_inflate)

struct library {
        FUNCTIONS(LIBRARY_POINTER)
};
static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

struct gzip_isal {
        struct library library;
        struct inflate_state state; /* 85 KiB */
};

struct gzip_isal *gzip_isal_new(void)
{
        /* The tables in it are filled as far as a file's codes go: what a corrupt one reads of the rest is zeros. */
        struct gzip_isal *isal = calloc(1, sizeof(*isal));

        if (isal && library_load(LIBRARY, names, COUNT(names), &isal->library) < 0)
                isal = gzip_isal_free(isal);
        return isal;
}

struct gzip_isal *gzip_isal_free(struct gzip_isal *isal)
{
        free(isal);
        return NULL;
}

int gzip_isal_begin(struct gzip_isal *isal, const unsigned char *bytes, size_t length)
{
        const unsigned char *end = bytes + HEADER_BYTES - 1; /* the header's last byte */

        if (length < HEADER_BYTES)
                return 0;
        /* gzip and all who write logs have no other flags. isa-l skips over those that it doesn't know, and forgets which there
         * are if its input ends within a header. */
        if (memcmp(bytes, "\x1f\x8b\x08", FLAGS_AT) != 0 || (bytes[FLAGS_AT] & ~(FLAG_TEXT | FLAG_FILE_NAME)))
                return -ENOTSUP;
        if (bytes[FLAGS_AT] & FLAG_FILE_NAME)
                end = memchr(bytes + HEADER_BYTES, '\0', length - HEADER_BYTES);
        if (!end)
                return 0;
        isal->library.isal_inflate_init(&isal->state);
        isal->state.crc_flag = ISAL_GZIP_NO_HDR_VER; /* the trailer's checksum and length are compared */
        return (int)(end + 1 - bytes);
}

int gzip_isal_inflate(struct gzip_isal *isal, struct z_stream_s *buffers, bool *ret_is_end)
{
        struct inflate_state *state = &isal->state;

        state->next_in = buffers->next_in;
        state->avail_in = buffers->avail_in;
        state->next_out = buffers->next_out;
        state->avail_out = buffers->avail_out;
        if (isal->library.isal_inflate(state) != ISAL_DECOMP_OK)
                return -EBADMSG;
        /* What it reads ahead, of eight bytes at most, is the trailer: nothing of what stands behind that. */
        buffers->next_in = state->next_in;
        buffers->avail_in = state->avail_in;
        buffers->next_out = state->next_out;
        buffers->avail_out = state->avail_out;
        *ret_is_end = state->block_state == ISAL_BLOCK_FINISH;
        return 0;
}

#else

struct gzip_isal *gzip_isal_new(void)
{
        return NULL;
}

struct gzip_isal *gzip_isal_free(struct gzip_isal *isal)
{
        return isal;
}

int gzip_isal_begin(struct gzip_isal *isal, const unsigned char *bytes, size_t length)
{
        (void)isal, (void)bytes, (void)length;
        return 0;
}

int gzip_isal_inflate(struct gzip_isal *isal, struct z_stream_s *buffers, bool *ret_is_end)
{
        (void)isal, (void)buffers, (void)ret_is_end;
        return 0;
}

#endif
