/* cli/input/walk.h: finds the logs: the paths of the command line and what is in directories among them, or the machine's
 * own logs.
 *
 * Directories are walked in the order of names, whatever order the file system has. A symbolic link that is given by name
 * is followed; one in a directory is not: what it leads to is either found by itself or was not asked for. So only mounts
 * can make loops, and these are recognised by the inode. Each file comes once, by the first of its names. In directories,
 * sockets, devices and FIFOs are skipped, and so are mounted file systems that hold no files (proc, sysfs), and what has the name of
 * a program's source (.c, .py, .patch). */

#pragma once

#include "input/inputs.h"

/* Directories within each other; what is deeper is reported and not read. */
#define WALK_DEPTH_MAX 128

/* A path can't be read, for the reason error; the walk goes on. path is NULL where what was asked for has none. path is bytes, not safe to show. Both are borrowed for
 * the call. */
typedef void (*walk_error_fn)(const char *path, const char *error, void *userdata);

/* What was asked for; its texts are borrowed. All empty: the journal if there is one, /var/log, the dumps of pstore. */
struct walk_request {
        char *const *paths; /* n_paths; "-" is standard input */
        size_t n_paths;
        bool with_kmsg;                /* --kmsg */
        bool with_journal;             /* --journal: this machine's */
        const char *journal_directory; /* --directory; NULL: none */
        char *const *journal_files;    /* --file, n_journal_files */
        size_t n_journal_files;
        const char *root; /* in front of the paths that are looked at when nothing was asked for: "", but in tests */
};

/* Whether nothing was asked for. */
bool walk_request_is_empty(const struct walk_request *request);

/* Returns 0, and *ret_inputs is the caller's, for inputs_clear(); or -ENOMEM. */
int walk_inputs(const struct walk_request *request, walk_error_fn report, void *userdata, struct inputs *ret_inputs)
        __attribute__((warn_unused_result));
