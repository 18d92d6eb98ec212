/* cli/scan/options.h: what `oomwatch scan` was asked for. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scan_format { SCAN_FORMAT_TEXT, SCAN_FORMAT_JSON, SCAN_FORMAT_HTML };

/* Threads; a file is read by one. */
#define SCAN_JOBS_MAX 256

/* Something can't be read, or not wholly: told at once on standard error; scanning goes on, and the exit code will be 2. path
 * may be NULL. Safe to call from any thread. */
typedef void (*scan_complain_fn)(const char *path, const char *words, void *userdata);

struct scan_options {
        enum scan_format format;
        int64_t since_usec, until_usec; /* UTC; LOG_UNKNOWN: no bound. Both ends are within */
        unsigned jobs;                  /* 1 to SCAN_JOBS_MAX */
        bool verbose;
        bool kmsg;             /* the ring buffer */
        bool journal;          /* the journal: this machine's, or that of */
        const char *directory; /* these two, as journalctl takes them; NULL: not given */
        const char *file;
        char *const *paths; /* borrowed from the command line */
        size_t n_paths;     /* 0, and neither kmsg nor journal: the defaults */
        scan_complain_fn complain;
        void *complain_userdata;
};

/* Reads the arguments that follow "scan"; argv[0] stands for it. Returns -1, or the code to exit with: then everything was
 * said. complain is left to the caller. */
int scan_options_parse(int argc, char **argv, struct scan_options *ret_options) __attribute__((warn_unused_result));
