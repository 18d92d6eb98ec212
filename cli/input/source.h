/* cli/input/source.h: an input of the scan, and its bytes: a plain file, what a compressed one holds, standard input, the
 * ring buffer, the parts of a pstore dump in order.
 *
 * Whoever reads needn't know which it is. Nothing is mapped here (search/file_view.h). A file that grows, shrinks or is rotated
 * away while it is read is no error: it is read to the end that it has when that is reached, but not for ever
 * (SOURCE_GROWTH_MAX). The journal is not read as bytes: journal.h. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

/* How far a file is followed past the size that it had when it was opened. */
#define SOURCE_GROWTH_MAX (64 * 1024 * 1024)
/* /dev/kmsg (Documentation/admin-guide/devices.txt) */
#define SOURCE_KMSG_DEVICE makedev(1, 11)
/* The ring buffer is 32 MiB at most (CONFIG_LOG_BUF_SHIFT, log_buf_len=): as records in text, less than this. A process that
 * floods it can't keep the scan busy for ever. */
#define SOURCE_KMSG_MAX (256 * 1024 * 1024)
/* The least size that source_read() takes: a record of the ring buffer. */
#define SOURCE_READ_MIN (8 * 1024)
/* What source_error() returns, with its terminator. */
#define SOURCE_ERROR_MAX 256

enum input_kind {
        INPUT_FILE,
        INPUT_PSTORE,  /* parts of one dump: path is the oldest, lines are counted through all */
        INPUT_STDIN,   /* path is "-" */
        INPUT_KMSG,    /* the ring buffer itself: path is that of a device, mostly "/dev/kmsg" */
        INPUT_JOURNAL, /* path is a directory, a file, or NULL: this machine's; for journal.h */
};

struct input {
        enum input_kind kind;
        bool is_given;       /* on the command line, by this very name */
        char *path;          /* as given or found; bytes: not safe to show */
        char **parts;        /* INPUT_PSTORE: their paths, the oldest first; else NULL */
        size_t n_parts;      /* 0 but for INPUT_PSTORE */
        uint64_t size_bytes; /* 0: unknown */
        int64_t mtime_usec;  /* INT64_MIN: unknown */
        dev_t device; /* with inode, which file it was, whatever its name is when it is opened; both 0: unknown */
        ino_t inode;
        bool is_duplicate; /* another input is the same file */
};

struct source;

/* Opens an input that isn't INPUT_JOURNAL, and borrows it until source_close(). Returns 0 or -errno, where
 * source_is_gone() says which errors are none. A compressed file that can't be decompressed is an error of source_read(). */
int source_open(const struct input *input, struct source **ret_source) __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct source *source_close(struct source *source);

/* Reads at most size bytes (SOURCE_READ_MIN or more); fewer don't mean that the end is near. Returns how many, 0 at the end, or
 * -errno after everything that could be read: -EBADMSG for a compressed file that is corrupt or cut short. */
ssize_t source_read(struct source *source, char *buffer, size_t size) __attribute__((warn_unused_result));

/* Is it a regular file whose bytes are read as they are stored, from one end to the other? Then *ret_fd is its
 * descriptor, which stays the source's, and *ret_size the size that it had when it was opened. */
bool source_is_plain(const struct source *source, int *ret_fd, uint64_t *ret_size);
/* Skips length bytes of a plain one. */
void source_skip(struct source *source, uint64_t length);

/* Why source_read() failed, for people. Borrowed from source. */
const char *source_error(const struct source *source);

/* How many bytes of the file (compressed, if it is) were read so far: for the progress. It goes back where isa-l leaves a file to
 * zlib. */
uint64_t source_position(const struct source *source);

/* Does error, of source_open(), mean that a file which was found in a directory is gone by now? Then there is nothing to
 * report. */
bool source_is_gone(const struct input *input, int error);
