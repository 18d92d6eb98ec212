/* cli/scan/finding.h: an incident with all its locations in logs, as the store gives it to the output. */

#pragma once

#include "alert/completion.h"

/* All of it is borrowed for the call that it is passed to. */
struct finding {
        int64_t time_usec;    /* UTC; LOG_UNKNOWN */
        unsigned time_doubts; /* enum log_doubt */
        const char *killer;   /* "kernel", or a user-space killer's name; NULL: unknown */
        const char *json;     /* the alert (config/alert.schema.json), terminated, without a newline */
        size_t json_length;
        /* the alert for people (alert/plain.h), terminated; NULL but with --verbose and --format text */
        const char *block;
        const char *raw; /* the kernel's lines that it was read from, a newline after each; NULL: not kept */
        size_t raw_length;
        size_t n_locations; /* 1 or more */
        /* path: of the file that was read, as given or found; "-": standard input; "/dev/kmsg": the ring buffer; NULL:
         * the journal. line: from 1; 0: it has none */
        const struct alert_location *locations;
};

/* Returns 0, or a negative errno: then it is not called again. */
typedef int (*finding_fn)(const struct finding *finding, void *userdata);
