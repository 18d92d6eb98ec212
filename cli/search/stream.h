/* cli/search/stream.h: the bytes of a log in, the lines around possible reports out.
 *
 * The search of lib/logfile/search skips nearly all of a log; only around what it finds, a candidate, the log is split
 * into lines. If it finds none, few lines are emitted, or none at all (pending.h). The stream does no I/O: its caller brings
 * the bytes, cut anywhere.
 *
 * One thread reads a log (scan/input_scan.c), and everything below happens in it, inside the call of stream_take(),
 * stream_skip() or stream_end(), each line before the next:
 *
 *         input_scan.c -> stream -> stream_handler.line -> log_reader_push() -> log_message_fn = finder_push()
 *             -> oom_parser_push() -> oom_incident_fn = finder_report() -> store_keep_texts(), sighting_batch_add()
 *
 * For each line the handler's skip is called first if lines were left out before it, then its line. After the lines around a
 * candidate, wants_more is asked whether a report is still open; the stream goes on as long as it is. A handler can't stop the
 * stream: it returns no error, and what fails further on is kept there until the end (finder_end()). A line is borrowed from the
 * stream's buffer until the handler returns. */

#pragma once

#include "logfile/reader.h"
#include "logfile/search/search.h"

/* What is read at once: it stays in the processor's second-level cache; 1 MiB would not. */
#define STREAM_BLOCK_BYTES ((size_t)512 * 1024)

/* A longer line is skipped, as the log reader would. */
#define STREAM_LINE_MAX LOG_READER_LINE_MAX

/* Lines emitted before a candidate: the rest of its journal entry, earlier lines of its message. */
#define STREAM_BEFORE_LINES 64
#define STREAM_BEFORE_BYTES ((size_t)16 * 1024)
/* So few where each line names its speaker, unless all of them are the kernel's too. */
#define STREAM_NEAR_LINES 8
/* Lines emitted after it if no report is open: the log reader hands a message on when it has seen the next line. */
#define STREAM_AFTER_LINES 16
/* A file's first lines, which show its form. */
#define STREAM_FIRST_LINES 64

struct stream_handler {
        /* The next line, without its newline. line_number is from 1; 0: emitted only for its date. */
        void (*line)(struct text line, uint64_t line_number, void *userdata);
        /* Lines were left out before the next one. */
        void (*skip)(void *userdata);
        /* Is the next line wanted, whatever it holds? */
        bool (*wants_more)(void *userdata);
};

struct stream;

/* What stays of the bytes when the next come in: a whole line that may go on, and what is before it. */
#define STREAM_KEPT_BYTES (STREAM_LINE_MAX + STREAM_BEFORE_BYTES)

/* The memory for a stream's bytes. Each thread makes one and uses it for one stream after another, so that its pages are mapped
 * only once; pages that no log needs are never touched. Returns NULL where there is no memory; free(3) it. */
char *stream_buffer(void);

/* *handler is copied; buffer is borrowed until stream_free(). Returns 0 or -ENOMEM. */
int stream_new(const struct stream_handler *handler, void *userdata, char *buffer, struct stream **ret_stream)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct stream *stream_free(struct stream *stream);

/* Where the next bytes go: STREAM_BLOCK_BYTES, until stream_take(). */
char *stream_room(struct stream *stream);
/* length bytes were put there. */
void stream_take(struct stream *stream, size_t length);

/* What is searched for; known after the first stream_take(). */
enum log_search_form stream_form(const struct stream *stream);
/* A mail's parts may hide what is searched for: only the stream itself finds it. Known after the first stream_take(). */
bool stream_is_mail(const struct stream *stream);
/* May the next bytes be skipped if they hold nothing of a report? Not while lines are emitted. */
bool stream_can_skip(const struct stream *stream);
/* Skips bytes in which nothing was found: n_newlines are in them; date_lines are their lines for date_lines.h, each with its newline.
 * What is just before a candidate has to be taken, not skipped: lines before the candidate are emitted too, and its own is so long as
 * STREAM_LINE_MAX. */
void stream_skip(struct stream *stream, uint64_t n_newlines, struct text date_lines);

/* No more bytes come: emits what is left. */
void stream_end(struct stream *stream);

/* Lines longer than STREAM_LINE_MAX that may have held a report. */
uint64_t stream_n_too_long(const struct stream *stream);
