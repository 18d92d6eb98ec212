/* cli/scan/kept_texts.h: texts in a temporary file: written once, one after the other, and read once more, mostly in the same order. */

#pragma once

#include "util/text.h"

struct kept_texts {
        int fd;          /* of temporary_open(); the owner closes it */
        uint64_t length; /* of all that was added */
        char *buffer;    /* what is added last, and not written yet; then what was read */
        size_t size, used;
        uint64_t begin; /* where in the file the buffer begins */
        bool is_written;
        uint64_t next; /* where the text ends that was read last */
};

void kept_texts_init(struct kept_texts *kept, int fd);
void kept_texts_done(struct kept_texts *kept);

/* Adds n_texts texts, one after the other, and sets *ret_offset to where they begin. Returns 0 or a negative errno. */
int kept_texts_add(struct kept_texts *kept, const struct text *texts, size_t n_texts, uint64_t *ret_offset)
        __attribute__((warn_unused_result));

/* Afterwards: *ret_data is what is at offset, valid until the next call. Returns 0 or a negative errno. */
int kept_texts_read(struct kept_texts *kept, uint64_t offset, size_t length, const char **ret_data)
        __attribute__((warn_unused_result));
