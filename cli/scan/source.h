/* cli/scan/source.h: what is to be read, and its bytes. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum scan_input_kind { SCAN_INPUT_FILE, SCAN_INPUT_STDIN, SCAN_INPUT_KMSG, SCAN_INPUT_JOURNAL };

/* One log. */
struct scan_input {
        enum scan_input_kind kind;
        char *path;          /* as given or found; "-": standard input; the journal: directory, file or NULL */
        uint64_t size_bytes; /* when it was found */
        int64_t mtime_usec;  /* LOG_UNKNOWN: it has none */
};

struct scan_inputs {
        size_t count;
        struct scan_input *inputs;
};

/* The bytes of a log: those of a plain file, or what a compressed one has in it. */
struct scan_source;

/* Returns 0 or a negative errno. */
int scan_source_open(const struct scan_input *input, struct scan_source **ret_source)
        __attribute__((warn_unused_result));
/* Returns how many bytes were read, 0 at the end, or a negative errno: scan_source_error() has the words then. */
ssize_t scan_source_read(struct scan_source *source, char *buffer, size_t size) __attribute__((warn_unused_result));
const char *scan_source_error(const struct scan_source *source);
/* Accepts NULL. Returns NULL. */
struct scan_source *scan_source_close(struct scan_source *source);
