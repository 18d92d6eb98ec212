/* cli/scan/log.h: reads one log from its beginning to its end. */

#pragma once

#include "input/source.h"
#include "scan/finder.h"
#include "scan/options.h"

struct scan_crew;
struct scan_progress;

struct scan_log {
        const struct scan_input *input;
        const struct scan_options *options;
        const struct scan_ring *ring; /* of SCAN_INPUT_KMSG */
        struct scan_store *store;
        struct scan_progress *progress;
        struct scan_crew *crew; /* NULL: nobody can help */
        char *buffer;           /* of this thread: scan_stream_buffer() */
        /* what came of it */
        struct scan_batch batch;
        char *error; /* owned: in words; NULL: none. What could be read was read all the same */
        uint64_t bytes;
        uint64_t too_long; /* lines with words of a report that were too long to be read */
};

/* Fills the latter part, which borrows from input and ring. Returns 0, also when the log could not be read; or a negative
 * errno: memory ran out, or the temporary file can't be written. For any thread. */
int scan_log_read(struct scan_log *log) __attribute__((warn_unused_result));
