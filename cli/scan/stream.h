/* cli/scan/stream.h: bytes of a log in, the lines around places where a report may be out.
 *
 * Nearly all of a log is passed over, by lib/logfile/search.h; lines are told apart only around what it finds. Does no I/O:
 * bytes come in pieces as somebody reads them, cut anywhere. */

#pragma once

#include "logfile/reader.h"

/* What is read at once: it stays in the processor's second cache, and 1 MiB would not. */
#define SCAN_BLOCK_BYTES ((size_t)512 * 1024)

/* A longer line is passed over: the reader would too. */
#define SCAN_LINE_MAX LOG_READER_LINE_MAX

/* Lines before one where a report may be: the entry of the journal that the line is in, others' lines of a message. */
#define SCAN_BEFORE_LINES 64
#define SCAN_BEFORE_BYTES ((size_t)16 * 1024)
/* Lines after it, if no report is open: the last message is told when the next line is read. */
#define SCAN_AFTER_LINES 16
/* A file's first lines, which show its form. */
#define SCAN_FIRST_LINES 64
/* Every so many bytes a line is looked at for its date, if it may have one without a year; in the first block more often,
 * since quiet machines write little in a year. */
#define SCAN_SAMPLE_BYTES ((size_t)64 * 1024)

struct scan_line_sink {
        /* The next line, without its newline. line_number 0: one that was only looked at for its date. */
        void (*push)(struct text line, uint64_t line_number, void *userdata);
        /* Lines were passed over before the next one. */
        void (*skip)(void *userdata);
        /* Are more lines wanted, whatever they hold? */
        bool (*wants_more)(void *userdata);
};

struct scan_stream;

/* *sink is copied. Returns 0 or -ENOMEM. */
int scan_stream_new(const struct scan_line_sink *sink, void *userdata, struct scan_stream **ret_stream)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct scan_stream *scan_stream_free(struct scan_stream *stream);

/* Where the next bytes go: SCAN_BLOCK_BYTES of room. */
char *scan_stream_room(struct scan_stream *stream);
/* length bytes were put there. */
void scan_stream_take(struct scan_stream *stream, size_t length);
/* No more come: gives what is left. */
void scan_stream_end(struct scan_stream *stream);

/* Lines longer than SCAN_LINE_MAX in which there may have been a report. */
uint64_t scan_stream_too_long(const struct scan_stream *stream);
