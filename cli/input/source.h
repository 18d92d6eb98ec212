/* cli/input/source.h: what is to be read, and its bytes: a plain file, what a compressed one holds, standard input,
 * the ring buffer, the parts of a pstore dump put in order.
 *
 * Whoever reads needn't know which it is. Nothing is mapped: a log truncated under a mapping is SIGBUS. A file that
 * grows, shrinks, or is rotated away while it is read is no error: it is read to its end as that is when it is
 * reached, though not for ever (SOURCE_GROWTH_MAX). Journals are not read as bytes: journal.h. */

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
/* The ring buffer is 32 MiB at most (CONFIG_LOG_BUF_SHIFT, log_buf_len=): as records in text, less than this. Who
 * floods it while it is read shall not keep us for ever. */
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

/* One log. */
struct input {
        enum input_kind kind;
        bool is_given;       /* on the command line, by this very name */
        char *path;          /* as given or found; bytes: not safe to show */
        char **parts;        /* INPUT_PSTORE: in order of time; else NULL */
        size_t n_parts;      /* 0 but for that */
        uint64_t size_bytes; /* 0: not known */
        int64_t mtime_usec;  /* INT64_MIN: not known */
        dev_t device;        /* which file it was, whatever it is called when it is opened */
        ino_t inode;
        bool is_double; /* of a file that is read already */
};

struct source;

/* Opens what is no journal. Returns 0, or -errno, also where that depends on what is in the file; a file that was
 * found in a directory and is gone by now is -ENOENT and no error to speak of: see source_is_gone(). */
int source_open(const struct input *input, struct source **ret_source) __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct source *source_close(struct source *source);

/* The next bytes, at most size (at least SOURCE_READ_MIN), as many as there are: less don't mean that the end is near.
 * Returns 0 at the end, or -errno, after all that could be read was given: -EBADMSG for an archive that is corrupt
 * or cut. */
ssize_t source_read(struct source *source, char *buffer, size_t size) __attribute__((warn_unused_result));

/* A file whose bytes are given as they are stored, from one end to the other: its descriptor, which stays the source's, and
 * the size that it had when it was opened. False: it isn't one. */
bool source_is_plain(const struct source *source, int *ret_fd, uint64_t *ret_size);
/* Passes over so many bytes of such a file. */
void source_skip(struct source *source, uint64_t length);

/* What was wrong, in words, after source_read() failed. Borrowed from source. */
const char *source_error(const struct source *source);

/* How many bytes of the file (compressed, if it is) were read so far: for the progress. */
uint64_t source_position(const struct source *source);

/* Whether error, of source_open(), means that there is nothing to be read any more and nothing wrong with that. */
bool source_is_gone(const struct input *input, int error);
