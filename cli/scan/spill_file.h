/* cli/scan/spill_file.h: keeps texts outside memory that are read once more: in a temporary file without a name. */

#pragma once

#include <pthread.h>

#include "util/text.h"

struct spill_file {
        int fd;
        pthread_mutex_t lock; /* of what follows */
        uint64_t length;      /* of what was appended */
};

/* Returns 0, or the negative errno of temporary_open(). */
int spill_file_open(struct spill_file *file) __attribute__((warn_unused_result));
void spill_file_close(struct spill_file *file);

/* Appends the texts, one after the other; *ret_offset is where the first begins. For any thread. Returns 0 or a negative
 * errno. */
int spill_file_append(struct spill_file *file, const struct text *texts, size_t n_texts, uint64_t *ret_offset)
        __attribute__((warn_unused_result));
/* Reads exactly length bytes. Returns 0 or a negative errno. */
int spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t length)
        __attribute__((warn_unused_result));
