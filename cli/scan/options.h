/* cli/scan/options.h: the command line of `oomwatch scan`. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input/walk.h"

enum scan_format { SCAN_FORMAT_TEXT, SCAN_FORMAT_JSON, SCAN_FORMAT_HTML };

/* SCAN_TROUBLE: something could not be read, wrong usage, or a failure. */
enum scan_exit { SCAN_FOUND = 0, SCAN_NOTHING = 1, SCAN_TROUBLE = 2 };

/* Threads */
#define SCAN_JOBS_MAX 256

struct scan_options {
        enum scan_format format;
        int64_t now_usec;               /* UTC, when the program began */
        int64_t since_usec, until_usec; /* UTC, both inclusive; LOG_UNKNOWN: no bound */
        unsigned n_jobs;                /* 1 to SCAN_JOBS_MAX */
        bool is_verbose;
        const char *killer;          /* "kernel", a user-space killer's name, or "unknown"; NULL: any */
        struct walk_request request; /* its texts are borrowed from argv */
        char **journal_files;        /* owned: request.journal_files */
};

/* Parses the arguments after argv[0], "scan". now_usec: UTC. Returns -1, and *ret_options is to be done; or the code to
 * exit with, after what there was to print was printed. */
int scan_options_parse(int argc, char **argv, int64_t now_usec, struct scan_options *ret_options)
        __attribute__((warn_unused_result));
/* Frees what is in *options. */
void scan_options_done(struct scan_options *options);
