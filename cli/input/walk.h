/* cli/input/walk.h: which logs there are: the paths of the command line, what is in the directories among them, or
 * the machine's own logs.
 *
 * Directories are walked in order of names, whatever order the file system has. Symbolic links are followed where
 * they are given by name, and not in a directory: what they lead to is either found by itself or was not asked for.
 * So there are no loops but by mounts, and those are told by their inode. Each file comes once, by the first of its
 * names. In a directory sockets, devices and FIFOs are passed over, and so are file systems that hold no files
 * (proc, sysfs). */

#pragma once

#include "input/source.h"

/* Directories within each other; what is deeper is told of and not read. */
#define WALK_DEPTH_MAX 128

/* Tells of a path that can't be read; the walk goes on. path is bytes, not safe to show. */
typedef void (*walk_error_fn)(const char *path, const char *what, void *userdata);

/* What was asked for. All empty: the journal if there is one, /var/log, the dumps of pstore. */
struct walk_request {
        char *const *paths; /* n_paths; "-" is standard input */
        size_t n_paths;
        bool kmsg;                     /* --kmsg */
        bool journal;                  /* --journal: this machine's */
        const char *journal_directory; /* --directory; NULL: none */
        char *const *journal_files;    /* --file, n_journal_files */
        size_t n_journal_files;
        const char *root; /* in front of the paths that are looked at when nothing was asked for: "", but in tests */
};

struct inputs {
        size_t count;
        struct input *inputs;
        size_t room;         /* of the array */
        uint64_t size_bytes; /* of all, as far as it is known */
};

/* Finds what is to be read. Returns 0 or -ENOMEM. *ret_inputs is the caller's, to be released. */
int walk_inputs(const struct walk_request *wanted, walk_error_fn report, void *userdata, struct inputs *ret_inputs)
        __attribute__((warn_unused_result));

/* Frees what is in *inputs and makes it empty. */
void inputs_clear(struct inputs *inputs);
