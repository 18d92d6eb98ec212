/* cli/scan/spill_file.h: a temporary file without a name, for texts that are read once more and need not stay in memory. */

#pragma once

#include <pthread.h>

#include "util/text.h"

struct spill_file {
        int fd;
        pthread_mutex_t lock; /* of what follows */
        uint64_t length;
};

/* In $TMPDIR or /tmp; where none can be made, in memory. Returns 0 or a negative errno. */
int spill_file_open(struct spill_file *file) __attribute__((warn_unused_result));
void spill_file_close(struct spill_file *file);

/* For any thread: appends the pieces, one behind the other; *ret_offset is where they begin. Returns 0 or a negative errno. */
int spill_file_append(struct spill_file *file, const struct text *pieces, size_t count, uint64_t *ret_offset)
        __attribute__((warn_unused_result));
/* Reads exactly length bytes. Returns 0 or a negative errno. */
int spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t length)
        __attribute__((warn_unused_result));
