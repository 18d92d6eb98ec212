/* cli/scan/log.h: reads one log from its beginning to its end. */

#pragma once

#include "input/source.h"
#include "scan/finder.h"
#include "scan/options.h"

struct prefetch;
struct progress;

struct input_scan {
        const struct input *input;
        const struct scan_options *options;
        const struct ring *ring; /* of INPUT_KMSG */
        struct store *store;
        struct progress *progress;
        struct prefetch *prefetch; /* NULL: nobody can help */
        char *buffer;              /* of this thread: stream_buffer() */
        /* what came of it */
        struct sighting_batch batch;
        char *error; /* owned: in words; NULL: none. What could be read was read all the same */
        uint64_t bytes;
        uint64_t too_long; /* lines with words of a report that were too long to be read */
};

/* Fills the latter part, which borrows from input and ring. Returns 0, also when the log could not be read; or a negative
 * errno: memory ran out, or the temporary file can't be written. For any thread. */
int input_scan_run(struct input_scan *log) __attribute__((warn_unused_result));
