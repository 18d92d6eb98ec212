/* cli/scan/input_scan.h: reads one input from its beginning to its end, and collects what is found in it. */

#pragma once

#include "input/source.h"
#include "scan/finder.h"
#include "scan/options.h"

struct file_view;
struct prefetch;
struct progress;

struct input_scan {
        /* borrowed, set by the caller */
        const struct input *input;
        const struct scan_options *options;
        const struct ring *ring; /* for INPUT_KMSG */
        struct store *store;
        struct progress *progress; /* NULL: not shown */
        struct prefetch *prefetch; /* NULL: no other thread helps */
        char *buffer;              /* of this thread: stream_buffer() */
        struct file_view *view;    /* of this thread; NULL: every byte is read */
        /* the result, the caller's to free */
        struct sighting_batch batch; /* borrows from input and ring */
        char *error;                 /* for people; NULL: none. What could be read was read all the same */
        uint64_t n_bytes;            /* read or skipped */
        uint64_t n_too_long;         /* lines that may be of a report and were too long to be read */
};

/* Returns 0, also when the input could not be read; or a negative errno: out of memory, or the spill file can't be
 * written. For any thread. */
int input_scan_run(struct input_scan *scan) __attribute__((warn_unused_result));
