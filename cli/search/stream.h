/* cli/search/stream.h: bytes of a log in, the lines around places where a report may be out.
 *
 * Nearly all of a log is passed over, by lib/logfile/search/search.h; lines are told apart only around what it finds. Of a log in
 * which it finds nothing, few are given, or none (held.h). Does no I/O: bytes come in pieces as somebody reads them, cut
 * anywhere. */

#pragma once

#include "logfile/reader.h"
#include "logfile/search/search.h"

/* What is read at once: it stays in the processor's second cache, and 1 MiB would not. */
#define STREAM_BLOCK_BYTES ((size_t)512 * 1024)

/* A longer line is passed over: the reader would too. */
#define STREAM_LINE_MAX LOG_READER_LINE_MAX

/* Lines before one where a report may be: the entry of the journal that the line is in, others' lines of a message. */
#define STREAM_BEFORE_LINES 64
#define STREAM_BEFORE_BYTES ((size_t)16 * 1024)
/* Lines after it, if no report is open: the last message is told when the next line is read. */
#define STREAM_AFTER_LINES 16
/* A file's first lines, which show its form. */
#define STREAM_FIRST_LINES 64

struct stream_handler {
        /* The next line, without its newline. line_number 0: one that was only looked at for its date. */
        void (*push)(struct text line, uint64_t line_number, void *userdata);
        /* Lines were passed over before the next one. */
        void (*skip)(void *userdata);
        /* Are more lines wanted, whatever they hold? */
        bool (*wants_more)(void *userdata);
};

struct stream;

/* What stays of the bytes when the next come in: a whole line that may go on, and what is before it. */
#define STREAM_KEPT_BYTES (STREAM_LINE_MAX + STREAM_BEFORE_BYTES)

/* The memory for a stream's bytes, for one stream after another: made once for each thread, its pages are there for the
 * next log. Returns NULL where there is no memory; free(3) it. What isn't used is never touched. */
char *stream_buffer(void);

/* *sink is copied, buffer stays the caller's. Returns 0 or -ENOMEM. */
int stream_new(const struct stream_handler *sink, void *userdata, char *buffer, struct stream **ret_stream)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct stream *stream_free(struct stream *stream);

/* Where the next bytes go: STREAM_BLOCK_BYTES of room. */
char *stream_room(struct stream *stream);
/* length bytes were put there. */
void stream_take(struct stream *stream, size_t length);

/* What is searched for; known once the first bytes were taken. */
enum log_search_form stream_form(const struct stream *stream);
/* Can bytes be passed over that hold nothing of a report? Not while lines are being given. */
bool stream_can_pass(const struct stream *stream);
/* Whole blocks come next that somebody else found nothing in: how many newlines they have, and their lines to be looked at
 * for their dates (sample.h), each with its newline. Another block has to be taken before one that may have something of a
 * report: what is before a report is given too. */
void stream_pass(struct stream *stream, uint64_t newlines, struct text samples);

/* No more come: gives what is left. */
void stream_end(struct stream *stream);

/* Lines longer than STREAM_LINE_MAX in which there may have been a report. */
uint64_t stream_too_long(const struct stream *stream);
