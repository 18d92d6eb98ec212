/* cli/scan/options.h: what `oomwatch scan` was asked for. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input/walk.h"

enum scan_format { SCAN_FORMAT_TEXT, SCAN_FORMAT_JSON, SCAN_FORMAT_HTML };

/* Found, nothing found, something unreadable (or wrong usage, or failure). */
enum scan_exit { SCAN_FOUND = 0, SCAN_NOTHING = 1, SCAN_TROUBLE = 2 };

/* Threads; a file is read by one. */
#define SCAN_JOBS_MAX 256

struct scan_options {
        enum scan_format format;
        int64_t now_usec;               /* the clock when it began */
        int64_t since_usec, until_usec; /* UTC; LOG_UNKNOWN: no bound. Both ends are within */
        unsigned jobs;                  /* 1 to SCAN_JOBS_MAX */
        bool verbose;
        struct walk_request wanted; /* its texts are borrowed from the command line */
        char **journal_files;       /* owned: wanted.journal_files */
};

/* Reads the arguments that follow "scan"; argv[0] stands for it. now_usec: the wall clock. Returns -1, or the code to exit
 * with: then everything was said. */
int scan_options_parse(int argc, char **argv, int64_t now_usec, struct scan_options *ret_options)
        __attribute__((warn_unused_result));
void scan_options_done(struct scan_options *options);
