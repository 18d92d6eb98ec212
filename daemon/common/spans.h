/* daemon/common/spans.h: the file that says when the kernel log was watched without a gap, so that "no, it was not killed for lack of memory" can
 * be said and proven.
 *
 * A span goes from one moment to another of one boot. Between them no record of the kernel log was lost, and the kernel has counted as many
 * kills as there were kill lines. A line of text says so, and ends in a checksum; one that was torn by a crash, or is anything else, counts as
 * nothing. While a span lasts, two lines of it are replaced in turn, so that one of them is always whole. Each line is true for itself. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/text.h"

/* Bytes of the file; what is after them is not read. */
#define SPANS_FILE_MAX ((size_t)64 * 1024)
/* Bytes of a line, with its newline. All lines have the same. */
#define SPANS_LINE      240
#define SPANS_LINES_MAX (SPANS_FILE_MAX / SPANS_LINE)

struct span_end {
        int64_t real_usec; /* CLOCK_REALTIME */
        int64_t boot_usec; /* CLOCK_BOOTTIME; 0: since the boot */
        uint64_t seq;      /* of the last record before it */
        uint64_t n_kills;  /* that the kernel had counted since the boot (oom_kill of /proc/vmstat) */
};

struct span {
        char boot_id[33]; /* 32 hexadecimal digits */
        struct span_end from, to;
        uint64_t n_alerted; /* kill lines between the two, each of which was an alert */
};

/* Writes checksum and newline to the end of a line. */
void span_seal(char line[static SPANS_LINE]);
/* Writes the line of a span. */
void span_format(const struct span *span, char ret_line[static SPANS_LINE]);
/* Reads it. Returns false, and leaves *ret_span alone, for what is no line of a span, or of one that proves nothing: that ends before it begins,
 * or has other numbers of kills and alerts. */
bool span_parse(struct text line, struct span *ret_span);

/* Whether two lines are about one span. */
bool span_is_same(const struct span *a, const struct span *b);

/* Calls visit for the span of each line that is one, in their order. */
void spans_parse(struct text text, void (*visit)(const struct span *span, void *userdata), void *userdata);

/* The same for a file, up to SPANS_FILE_MAX. *ret_n_lines: where spans_store() adds the next. Returns 0; -ENOENT: there is none; -EBADMSG: it
 * is no file; -errno. Leaves no memory in use. */
int spans_read(const char *path, void (*visit)(const struct span *span, void *userdata), void *userdata,
               size_t *ret_n_lines) __attribute__((warn_unused_result));

/* All spans of a file. The caller frees *ret_spans. Returns as spans_read(), or -ENOMEM. */
int spans_load(const char *path, struct span **ret_spans, size_t *ret_n_spans) __attribute__((warn_unused_result));

/* The span that has all of the time between the two (CLOCK_REALTIME); NULL: that can't be proven. */
const struct span *spans_cover(const struct span *spans, size_t n_spans, int64_t from_usec, int64_t to_usec);

/* Replaces line number at of the file, or adds it, and makes the file where it is missing. Where at is SPANS_LINES_MAX, there is no room: the
 * file is written anew, with the later half of its spans and this one. Returns the number of the line, or -errno. Blocks on the disk. */
ssize_t spans_store(const char *path, size_t at, const struct span *span) __attribute__((warn_unused_result));
