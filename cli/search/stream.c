#include "search/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "search/date_lines.h"
#include "util/array.h"

#define NOWHERE SIZE_MAX /* after any offset */

#define KEPT_MAX   STREAM_KEPT_BYTES
#define PAGE_BYTES 4096
_Static_assert(KEPT_MAX % PAGE_BYTES == 0 && STREAM_BLOCK_BYTES % PAGE_BYTES == 0, "the block begins with a page");

/* The end of a block is searched again with the next one, for words that the cut divides; by a whole cache line, since the
 * search reads one at a time. */
#define OVERLAP_BYTES 64
_Static_assert(OVERLAP_BYTES >= LOG_SEARCH_OVERLAP && PAGE_BYTES % OVERLAP_BYTES == 0, "an overlap of a cache line");

/* How much of a file's beginning shows whether it is the journal's JSON, or a mail. */
#define FORM_BYTES 8192

/* Most logs have no candidate; to parse the lines that show such a log's form and dates would take longer than its search. So lines
 * are kept back until there is a candidate, or no more room for them. */
#define PENDING_BYTES ((size_t)64 * 1024)

/* In front of each pending line's bytes. */
struct pending_head {
        uint64_t line_number;
        size_t length;
        bool has_gap;
};

struct stream {
        struct stream_handler handler;
        void *userdata;
        struct log_searcher searcher;
        uint64_t n_too_long, n_blocks;
        size_t end;          /* of the bytes in buffer */
        size_t at;           /* lines before it are emitted or skipped; nothing before it is looked at */
        bool is_headless;    /* the line at `at` has lost its beginning */
        bool is_emitting;    /* lines are emitted, from `at` on */
        bool is_mail;        /* parts of it may be in base64, which hides the words of a report */
        bool is_program;     /* a script: what it holds of the kernel's words are strings and comments */
        bool has_gap;        /* lines were skipped, and the handler doesn't know */
        unsigned n_left;     /* lines to be emitted, whatever they hold */
        size_t candidate;    /* where the next possible report is, at or after `at`; NOWHERE: none is known */
        size_t searched;     /* no candidate begins before it */
        bool is_searched;    /* to the end; words may still be divided there */
        uint64_t number;     /* of the line at `at`, while is_emitting */
        uint64_t n_newlines; /* before `counted` */
        size_t counted;
        char last_date[DATE_LENGTH]; /* of the last date line */
        /* KEPT_MAX bytes, of which the last ones may be of before, then the block, which begins with a page: the kernel copies
         * a third faster to there. Offsets are into this. */
        char *buffer;    /* borrowed */
        bool is_pending; /* no candidate was found yet, and there is room in pending */
        char *pending;   /* PENDING_BYTES, of the buffer's */
        size_t n_pending_bytes;
};

char *stream_buffer(void)
{
        return aligned_alloc(PAGE_BYTES, KEPT_MAX + STREAM_BLOCK_BYTES + PENDING_BYTES);
}

int stream_new(const struct stream_handler *handler, void *userdata, char *buffer, struct stream **ret_stream)
{
        struct stream *stream = calloc(1, sizeof(*stream));

        if (!stream)
                return -ENOMEM;
        stream->buffer = buffer;
        stream->pending = buffer + KEPT_MAX + STREAM_BLOCK_BYTES;
        stream->at = stream->end = stream->counted = stream->searched = KEPT_MAX;
        stream->handler = *handler;
        stream->userdata = userdata;
        stream->candidate = NOWHERE;
        stream->is_emitting = stream->is_pending = true;
        stream->number = 1;
        stream->n_left = STREAM_FIRST_LINES;
        *ret_stream = stream;
        return 0;
}

struct stream *stream_free(struct stream *stream)
{
        free(stream);
        return NULL;
}

uint64_t stream_n_too_long(const struct stream *stream)
{
        return stream->n_too_long;
}

static struct text bytes(const struct stream *stream, size_t from, size_t to)
{
        return (struct text){ stream->buffer + from, to - from };
}

/* Returns the offset of the newline at or after from, or NOWHERE. */
static size_t find_newline(const struct stream *stream, size_t from)
{
        const char *newline = memchr(stream->buffer + from, '\n', stream->end - from);

        return newline ? (size_t)(newline - stream->buffer) : NOWHERE;
}

/* Returns where the line at offset begins, or NOWHERE if that is at or before floor. */
static size_t find_line_start(const struct stream *stream, size_t floor, size_t offset)
{
        const char *newline = memrchr(stream->buffer + floor, '\n', offset - floor);

        return newline ? (size_t)(newline - stream->buffer) + 1 : NOWHERE;
}

/* Returns the number of the line that begins at offset. */
static uint64_t number_at(struct stream *stream, size_t offset)
{
        if (offset >= stream->counted)
                stream->n_newlines += text_count(bytes(stream, stream->counted, offset), '\n');
        else
                stream->n_newlines -= text_count(bytes(stream, offset, stream->counted), '\n');
        stream->counted = offset;
        return stream->n_newlines + 1;
}

static void call_handler(const struct stream *stream, struct text line, uint64_t number, bool has_gap)
{
        if (has_gap)
                stream->handler.skip(stream->userdata);
        stream->handler.line(line, number, stream->userdata);
}

/* From then on no line is kept back. */
static void emit_pending(struct stream *stream)
{
        const char *at = stream->pending, *end = at + stream->n_pending_bytes;
        struct pending_head head;

        stream->is_pending = false;
        for (; at < end; at += sizeof(head) + head.length) {
                memcpy(&head, at, sizeof(head));
                call_handler(stream, (struct text){ at + sizeof(head), head.length }, head.line_number, head.has_gap);
        }
}

static void emit(struct stream *stream, struct text line, uint64_t number)
{
        const struct pending_head head = { number, line.length, stream->has_gap };
        char *to = stream->pending + stream->n_pending_bytes;

        stream->has_gap = false;
        if (stream->is_pending && sizeof(head) + line.length > PENDING_BYTES - stream->n_pending_bytes)
                emit_pending(stream);
        if (!stream->is_pending) {
                call_handler(stream, line, number, head.has_gap);
                return;
        }
        memcpy(to, &head, sizeof(head));
        (void)text_copy(line, to + sizeof(head), line.length);
        stream->n_pending_bytes += sizeof(head) + line.length;
}

/* Returns the offset of what is in the header of a part in base64, or text.length. The lines from there on are the reader's. */
static size_t find_coded_part(struct text text)
{
        ptrdiff_t at = text_find(text, TEXT("ncoding: base64"), 0), large = text_find(text, TEXT("ncoding: BASE64"), 0);

        if (at < 0 || (large >= 0 && large < at))
                at = large;
        return at < 0 ? text.length : (size_t)at;
}

static void find_candidate(struct stream *stream)
{
        size_t from, length;
        struct text rest;

        if (stream->candidate != NOWHERE && stream->candidate >= stream->at)
                return;
        stream->candidate = NOWHERE;
        if (stream->is_searched)
                return;
        from = stream->searched > stream->at ? stream->searched : stream->at;
        (void)number_at(stream, from);
        rest = bytes(stream, from, stream->end);
        length = log_searcher_find(&stream->searcher, rest, 0, &stream->n_newlines);
        stream->counted = from + length;
        from += stream->is_mail ? find_coded_part(text_until_offset(rest, length)) : length;
        if (from < stream->end) {
                stream->candidate = from;
                stream->searched = from + 1;
                if (stream->is_pending)
                        emit_pending(stream);
                return;
        }
        stream->is_searched = true;
        if (rest.length > OVERLAP_BYTES)
                stream->searched = stream->end - OVERLAP_BYTES;
}

/* The line at `at` is too long to be emitted. It ends at newline; NOWHERE: its end hasn't come yet. */
static void skip_long_line(struct stream *stream, size_t newline)
{
        stream->has_gap = true;
        stream->is_headless = newline == NOWHERE;
        stream->at = newline == NOWHERE ? stream->end : newline + 1;
        stream->number += newline != NOWHERE;
        if (stream->candidate < stream->at) {
                stream->n_too_long++;
                stream->candidate = NOWHERE;
        }
}

/* Moves `at` to the first line to be emitted for the candidate. Returns false if the candidate's line is too long. */
static bool begin_region(struct stream *stream)
{
        const struct text kernel_tag = { " kernel: ", 9 };
        size_t start = find_line_start(stream, stream->at, stream->candidate);
        size_t floor = stream->at;
        unsigned n_before = 0;
        bool has_tag;

        if (start == NOWHERE && stream->is_headless)
                return false;
        if (start == NOWHERE)
                start = stream->at;
        if (start - floor > STREAM_BEFORE_BYTES)
                floor = start - STREAM_BEFORE_BYTES;
        has_tag = text_find(bytes(stream, start, stream->candidate), kernel_tag, 0) >= 0;
        for (; n_before < STREAM_BEFORE_LINES && start > floor; n_before++) {
                size_t before = find_line_start(stream, floor, start - 1);

                if (before == NOWHERE && (floor != stream->at || stream->is_headless))
                        break;
                if (before == NOWHERE)
                        before = floor;
                else if (has_tag && n_before >= STREAM_NEAR_LINES &&
                         text_find(bytes(stream, before, start), kernel_tag, 0) < 0)
                        break;
                start = before;
        }
        if (start > stream->at)
                stream->has_gap = true;
        stream->at = start;
        stream->number = number_at(stream, start);
        stream->n_left = n_before + 1; /* the candidate's own */
        stream->is_headless = false;
        stream->is_emitting = true;
        return true;
}

/* Emits the line at `at`. Returns false if no more can be done: the line isn't whole, or was the last one. */
static bool emit_line(struct stream *stream, bool is_last)
{
        size_t newline = find_newline(stream, stream->at);
        size_t end = newline == NOWHERE ? stream->end : newline;

        if (stream->is_headless || end - stream->at > STREAM_LINE_MAX) {
                skip_long_line(stream, newline);
                return stream->at < stream->end;
        }
        if (newline == NOWHERE && (!is_last || end == stream->at))
                return false;
        emit(stream, bytes(stream, stream->at, end), stream->number++);
        if (stream->candidate < end)
                stream->n_left = STREAM_AFTER_LINES;
        else if (stream->n_left)
                stream->n_left--;
        stream->at = newline == NOWHERE ? end : newline + 1;
        if (!stream->n_left && !stream->handler.wants_more(stream->userdata))
                stream->is_emitting = false;
        return stream->at < stream->end;
}

/* It has no number: to count the lines before it would take longer than the search. */
static void emit_date_line(struct stream *stream, struct text line)
{
        stream->has_gap = true;
        emit(stream, line, 0);
        stream->has_gap = true;
}

static void emit_date_lines(struct stream *stream, size_t from)
{
        const struct text block = { stream->buffer, stream->end };
        size_t step = stream->n_blocks > 1 ? DATE_LINES_STEP : DATE_LINES_STEP_FIRST;
        struct text line;

        while (date_lines_next(block, stream->at, step, &from, stream->last_date, &line))
                emit_date_line(stream, line);
}

/* By its header, or that of a part. */
static bool is_mail(struct text head)
{
        static const struct text names[] = { { "MIME-Version:", 13 }, { "Mime-Version:", 13 },
                                             { "mime-version:", 13 }, { "Content-Transfer-Encoding:", 26 },
                                             { "Received:", 9 },      { "Return-Path:", 12 } };

        if (text_starts(head, TEXT("From ")) || text_starts(head, TEXT("From: ")))
                return true;
        for (size_t i = 0; i < COUNT(names); i++)
                if (text_find(head, names[i], 0) >= 0)
                        return true;
        return false;
}

static void find_form(struct stream *stream)
{
        size_t length = stream->end - stream->at;
        struct text head = bytes(stream, stream->at, stream->at + (length < FORM_BYTES ? length : FORM_BYTES));
        enum log_search_form form = LOG_SEARCH_TEXT;
        uint64_t n_newlines = 0;
        ptrdiff_t term;

        stream->is_program = text_starts(head, TEXT("#!/"));
        if (text_find(head, TEXT("\"__REALTIME_TIMESTAMP\""), 0) >= 0 ||
            text_find(head, TEXT("\"_TRANSPORT\""), 0) >= 0)
                form = LOG_SEARCH_JOURNAL_JSON;
        log_searcher_init(&stream->searcher, form);
        stream->is_mail = is_mail(head);
        /* earlyoom's line, in an excerpt that hasn't the one before it: it has no words to search for. */
        term = text_find(head, TEXT("sending SIGTERM to process "), 0);
        if (term >= 0 && log_searcher_find(&stream->searcher, text_until_offset(head, (size_t)term), 0, &n_newlines) ==
                                 (size_t)term) {
                stream->candidate = stream->at + (size_t)term;
                stream->is_pending = false;
        }
}

static void process(struct stream *stream, size_t new_from, bool is_last)
{
        while (stream->at < stream->end) {
                find_candidate(stream);
                if (!stream->is_emitting && stream->candidate == NOWHERE)
                        break;
                if (!stream->is_emitting && !begin_region(stream)) {
                        skip_long_line(stream, find_newline(stream, stream->candidate));
                        continue;
                }
                if (!emit_line(stream, is_last))
                        break;
        }
        if (!stream->is_emitting)
                emit_date_lines(stream, new_from);
}

/* Makes room for a block. What may still be needed is moved to just before it. */
static void keep_end(struct stream *stream)
{
        size_t floor = stream->end > stream->at + STREAM_LINE_MAX ? stream->end - STREAM_LINE_MAX : stream->at;
        size_t from = find_line_start(stream, floor, stream->end), shift;

        if (from == NOWHERE)
                from = floor; /* in a long line; or that is all there is */
        from = from > stream->at + STREAM_BEFORE_BYTES ? from - STREAM_BEFORE_BYTES : stream->at;
        if (stream->counted < from)
                (void)number_at(stream, from);
        if (stream->at < from) {
                stream->is_headless = stream->buffer[from - 1] != '\n';
                stream->at = from;
                stream->has_gap = true;
        }
        shift = KEPT_MAX - (stream->end - from);
        memmove(stream->buffer + shift, stream->buffer + from, stream->end - from);
        stream->at = shift;
        stream->counted = stream->counted - from + shift;
        stream->searched = stream->searched > from ? stream->searched - from + shift : shift;
        if (stream->candidate != NOWHERE)
                stream->candidate = stream->candidate >= from ? stream->candidate - from + shift : NOWHERE;
        stream->end = KEPT_MAX;
}

char *stream_room(struct stream *stream)
{
        keep_end(stream);
        return stream->buffer + stream->end;
}

void stream_take(struct stream *stream, size_t length)
{
        size_t from = stream->end;

        stream->end += length;
        if (stream->n_blocks++ == 0)
                find_form(stream);
        if (stream->is_program) {
                stream->at = stream->end;
                stream->is_emitting = false;
                return;
        }
        stream->is_searched = false;
        process(stream, from, false);
}

bool stream_is_mail(const struct stream *stream)
{
        return stream->is_mail;
}

bool stream_can_skip(const struct stream *stream)
{
        return !stream->is_emitting;
}

void stream_skip(struct stream *stream, uint64_t n_newlines, struct text date_lines)
{
        (void)number_at(stream, stream->end);
        stream->n_newlines += n_newlines;
        stream->at = stream->end = stream->counted = stream->searched = KEPT_MAX;
        stream->candidate = NOWHERE;
        stream->is_headless = stream->has_gap = true;
        while (date_lines.length) {
                struct text line = text_eat_until(&date_lines, '\n');

                date_lines = text_from_offset(date_lines, date_lines.length > 0);
                if (line.length < DATE_LENGTH) /* the log was written to while it was copied */
                        continue;
                if (memcmp(line.data, stream->last_date, DATE_LENGTH) != 0)
                        emit_date_line(stream, line);
                memcpy(stream->last_date, line.data, DATE_LENGTH);
        }
}

enum log_search_form stream_form(const struct stream *stream)
{
        return stream->searcher.form;
}

void stream_end(struct stream *stream)
{
        size_t last;

        process(stream, stream->end, true);
        if (stream->is_emitting || stream->at == stream->end)
                return;
        last = find_line_start(stream, stream->at, stream->end - 1);
        stream->last_date[0] = '\0';
        if (last != NOWHERE)
                emit_date_lines(stream, last - 1);
}
