/* cli/input/raw_file.h: the bytes of a file as they are stored: for source.c. */

#pragma once

#include "input/source.h"

/* By so many bytes a compressed file is recognised: the longest magic number, bzip2's, has ten. */
#define RAW_FILE_PEEK_BYTES 16

struct raw_file {
        int fd; /* -1: closed */
        bool is_regular, is_kmsg, is_sparse;
        uint64_t position;   /* bytes read; of a regular file, the offset */
        uint64_t size;       /* of a regular file, when it was opened */
        uint64_t limit;      /* where reading ends */
        uint64_t data_until; /* of a sparse file: there is no hole from position to here */
        char peek[RAW_FILE_PEEK_BYTES];
        size_t peek_length, peek_used; /* of what can't be read twice */
};

/* Opens path, which is the input's or that of one of its parts. Returns 0, and raw is to be closed; or -errno. */
int raw_file_open(const struct input *input, const char *path, struct raw_file *raw)
        __attribute__((warn_unused_result));

/* Accepts a closed one. */
void raw_file_close(struct raw_file *raw);

/* Reads the first bytes, fewer than RAW_FILE_PEEK_BYTES only if there are no more; raw_file_read() reads them again. May
 * be called once, before that. Returns their number or -errno. */
ssize_t raw_file_peek(struct raw_file *raw, char bytes[RAW_FILE_PEEK_BYTES]) __attribute__((warn_unused_result));

/* As source_read(). A hole is read as one NUL. */
ssize_t raw_file_read(struct raw_file *raw, char *buffer, size_t size) __attribute__((warn_unused_result));
