#include "search/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "search/date_lines.h"
#include "search/pending.h"

#define NOWHERE SIZE_MAX

#define KEPT_MAX   STREAM_KEPT_BYTES
#define PAGE_BYTES 4096
_Static_assert(KEPT_MAX % PAGE_BYTES == 0 && STREAM_BLOCK_BYTES % PAGE_BYTES == 0, "the block begins with a page");

/* What is searched again with the next block: enough for words that are cut, and so that the next search begins with a cache
 * line, of which it reads one at once. */
#define OVERLAP_BYTES 64
_Static_assert(OVERLAP_BYTES >= LOG_SEARCH_OVERLAP && PAGE_BYTES % OVERLAP_BYTES == 0, "an overlap of a cache line");

/* How much of a file's beginning tells whether it is the journal's JSON. */
#define FORM_BYTES 8192

struct stream {
        struct stream_handler sink;
        void *userdata;
        bool begun;
        enum log_search_form form;
        uint64_t too_long, n_blocks;
        size_t end;        /* of the bytes in buffer */
        size_t at;         /* lines before it are given or passed over; nothing before it is looked at */
        bool headless;     /* the line at `at` has lost its beginning */
        bool reading;      /* lines are given, from `at` on */
        bool gap;          /* lines were passed over, and sink wasn't told */
        unsigned left;     /* lines to be given, whatever they hold */
        size_t candidate;  /* the next place where a report may be, at or after `at`; NOWHERE: none is known */
        size_t searched;   /* no candidate begins before it */
        bool searched_all; /* to the end, where words may still be cut */
        uint64_t number;   /* of the line at `at`, while reading */
        uint64_t newlines; /* before `counted` */
        size_t counted;
        /* The date of the line that was looked at last for it: another of the same day tells nothing. */
        char sampled[DATE_LENGTH];
        /* KEPT_MAX bytes, of which the last ones may be of before, then the block, on a page's beginning: the kernel copies
         * a third faster to there. Offsets are into this. */
        char *buffer;    /* borrowed */
        bool is_holding; /* no place was found yet where a report may be */
        struct pending held;
};

char *stream_buffer(void)
{
        return aligned_alloc(PAGE_BYTES, KEPT_MAX + STREAM_BLOCK_BYTES + PENDING_BYTES);
}

int stream_new(const struct stream_handler *sink, void *userdata, char *buffer, struct stream **ret_stream)
{
        struct stream *stream = calloc(1, sizeof(*stream));

        if (!stream)
                return -ENOMEM;
        stream->buffer = buffer;
        stream->held.bytes = buffer + KEPT_MAX + STREAM_BLOCK_BYTES;
        stream->at = stream->end = stream->counted = stream->searched = KEPT_MAX;
        stream->sink = *sink;
        stream->userdata = userdata;
        stream->candidate = NOWHERE;
        stream->reading = stream->is_holding = true;
        stream->number = 1;
        stream->left = STREAM_FIRST_LINES;
        *ret_stream = stream;
        return 0;
}

struct stream *stream_free(struct stream *stream)
{
        free(stream);
        return NULL;
}

uint64_t stream_too_long(const struct stream *stream)
{
        return stream->too_long;
}

static struct text bytes(const struct stream *stream, size_t from, size_t to)
{
        return (struct text){ stream->buffer + from, to - from };
}

/* Offset of the newline at or after from; NOWHERE. */
static size_t find_newline(const struct stream *stream, size_t from)
{
        const char *newline = memchr(stream->buffer + from, '\n', stream->end - from);

        return newline ? (size_t)(newline - stream->buffer) : NOWHERE;
}

/* Where the line at offset begins, not before floor; NOWHERE: before floor. */
static size_t find_line(const struct stream *stream, size_t floor, size_t offset)
{
        const char *newline = memrchr(stream->buffer + floor, '\n', offset - floor);

        return newline ? (size_t)(newline - stream->buffer) + 1 : NOWHERE;
}

static uint64_t count_newlines(const struct stream *stream, size_t from, size_t to)
{
        const char *at = stream->buffer + from, *end = stream->buffer + to;
        uint64_t count = 0;

        for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
                count++;
        return count;
}

/* The number of the line that begins at offset. */
static uint64_t line_number(struct stream *stream, size_t offset)
{
        if (offset >= stream->counted)
                stream->newlines += count_newlines(stream, stream->counted, offset);
        else
                stream->newlines -= count_newlines(stream, offset, stream->counted);
        stream->counted = offset;
        return stream->newlines + 1;
}

/* Nothing is held back from then on. */
static void release(struct stream *stream)
{
        stream->is_holding = false;
        pending_flush(&stream->held, &stream->sink, stream->userdata);
}

static void give(struct stream *stream, struct text line, uint64_t number)
{
        if (stream->is_holding) {
                if (pending_add(&stream->held, line, number, stream->gap)) {
                        stream->gap = false;
                        return;
                }
                release(stream);
        }
        if (stream->gap)
                stream->sink.skip(stream->userdata);
        stream->gap = false;
        stream->sink.push(line, number, stream->userdata);
}

static void look_for_candidate(struct stream *stream)
{
        size_t from;
        struct text rest;

        if (stream->candidate != NOWHERE && stream->candidate >= stream->at)
                return;
        stream->candidate = NOWHERE;
        from = stream->searched > stream->at ? stream->searched : stream->at;
        if (stream->searched_all)
                return;
        (void)line_number(stream, from);
        rest = bytes(stream, from, stream->end);
        from += log_search_counting(rest, 0, stream->form, &stream->newlines);
        stream->counted = from;
        if (from < stream->end) {
                stream->candidate = from;
                stream->searched = from + 1;
                if (stream->is_holding)
                        release(stream);
                return;
        }
        stream->searched_all = true;
        if (rest.length > OVERLAP_BYTES)
                stream->searched = stream->end - OVERLAP_BYTES;
}

/* The line at `at` is longer than any that is read. It ends at newline, or hasn't yet. */
static void pass_over_long_line(struct stream *stream, size_t newline)
{
        stream->gap = true;
        stream->headless = newline == NOWHERE;
        stream->at = newline == NOWHERE ? stream->end : newline + 1;
        stream->number += newline != NOWHERE;
        if (stream->candidate != NOWHERE && stream->candidate < stream->at) {
                stream->too_long++;
                stream->candidate = NOWHERE;
        }
}

/* Begins to give lines some before the candidate's. False: that line is too long to be given. */
static bool begin_region(struct stream *stream)
{
        size_t start = find_line(stream, stream->at, stream->candidate);
        size_t floor = stream->at;

        if (start == NOWHERE && stream->headless)
                return false;
        if (start == NOWHERE)
                start = stream->at;
        if (start - floor > STREAM_BEFORE_BYTES)
                floor = start - STREAM_BEFORE_BYTES;
        for (unsigned i = 0; i < STREAM_BEFORE_LINES && start > floor; i++) {
                size_t before = find_line(stream, floor, start - 1);

                if (before == NOWHERE) {
                        if (floor == stream->at && !stream->headless)
                                start = floor;
                        break;
                }
                start = before;
        }
        if (start > stream->at)
                stream->gap = true;
        stream->at = start;
        stream->number = line_number(stream, start);
        stream->headless = false;
        stream->reading = true;
        return true;
}

/* Gives the line at `at`. False: it isn't whole yet. */
static bool give_line(struct stream *stream, bool is_last)
{
        size_t newline = find_newline(stream, stream->at);
        size_t end = newline == NOWHERE ? stream->end : newline;

        if (stream->headless || end - stream->at > STREAM_LINE_MAX) {
                pass_over_long_line(stream, newline);
                return stream->at < stream->end;
        }
        if (newline == NOWHERE && (!is_last || end == stream->at))
                return false;
        give(stream, bytes(stream, stream->at, end), stream->number++);
        if (stream->candidate != NOWHERE && stream->candidate < end)
                stream->left = STREAM_AFTER_LINES;
        else if (stream->left)
                stream->left--;
        stream->at = newline == NOWHERE ? end : newline + 1;
        if (!stream->left && !stream->sink.wants_more(stream->userdata))
                stream->reading = false;
        return stream->at < stream->end;
}

/* A line of what is passed over. To count the lines before it would take longer than the search. */
static void give_sample(struct stream *stream, struct text line)
{
        stream->gap = true;
        give(stream, line, 0);
        stream->gap = true;
}

static void sample_dates(struct stream *stream, size_t from)
{
        const struct text block = { stream->buffer, stream->end };
        size_t step = stream->n_blocks > 1 ? DATE_LINES_STEP : DATE_LINES_STEP_FIRST;
        struct text line;

        while (date_lines_next(block, stream->at, step, &from, stream->sampled, &line))
                give_sample(stream, line);
}

static void find_form(struct stream *stream)
{
        size_t length = stream->end - stream->at;
        struct text head = bytes(stream, stream->at, stream->at + (length < FORM_BYTES ? length : FORM_BYTES));

        stream->begun = true;
        if (text_find(head, TEXT("\"__REALTIME_TIMESTAMP\""), 0) >= 0 ||
            text_find(head, TEXT("\"_TRANSPORT\""), 0) >= 0)
                stream->form = LOG_SEARCH_JOURNAL_JSON;
}

static void process(struct stream *stream, size_t new_from, bool is_last)
{
        if (!stream->begun)
                find_form(stream);
        while (stream->at < stream->end) {
                look_for_candidate(stream);
                if (!stream->reading && stream->candidate == NOWHERE)
                        break;
                if (!stream->reading && !begin_region(stream)) {
                        pass_over_long_line(stream, find_newline(stream, stream->candidate));
                        continue;
                }
                if (!give_line(stream, is_last))
                        break;
        }
        if (!stream->reading)
                sample_dates(stream, new_from);
}

/* Makes room for a block, keeping what may still be needed just before it. */
static void compact(struct stream *stream)
{
        size_t floor = stream->end > stream->at + STREAM_LINE_MAX ? stream->end - STREAM_LINE_MAX : stream->at;
        size_t from = find_line(stream, floor, stream->end), shift;

        if (from == NOWHERE)
                from = floor; /* of a long line; or all there is */
        from = from > stream->at + STREAM_BEFORE_BYTES ? from - STREAM_BEFORE_BYTES : stream->at;
        if (stream->counted < from)
                (void)line_number(stream, from);
        if (stream->at < from) {
                stream->headless = stream->buffer[from - 1] != '\n';
                stream->at = from;
                stream->gap = true;
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
        compact(stream);
        return stream->buffer + stream->end;
}

void stream_take(struct stream *stream, size_t length)
{
        size_t from = stream->end;

        stream->end += length;
        stream->n_blocks++;
        stream->searched_all = false;
        process(stream, from, false);
}

bool stream_can_pass(const struct stream *stream)
{
        return !stream->reading;
}

void stream_pass(struct stream *stream, uint64_t newlines, struct text samples)
{
        (void)line_number(stream, stream->end);
        stream->newlines += newlines;
        stream->at = stream->end = stream->counted = stream->searched = KEPT_MAX;
        stream->candidate = NOWHERE;
        stream->headless = stream->gap = true;
        while (samples.length) {
                ptrdiff_t newline = text_find(samples, TEXT("\n"), 0);
                struct text line = text_until_offset(samples, newline < 0 ? samples.length : (size_t)newline);

                if (memcmp(line.data, stream->sampled, DATE_LENGTH) != 0)
                        give_sample(stream, line);
                memcpy(stream->sampled, line.data, DATE_LENGTH);
                samples = text_from_offset(samples, newline < 0 ? samples.length : (size_t)newline + 1);
        }
}

enum log_search_form stream_form(const struct stream *stream)
{
        return stream->form;
}

void stream_end(struct stream *stream)
{
        size_t last;

        process(stream, stream->end, true);
        if (stream->reading || stream->at == stream->end)
                return;
        last = find_line(stream, stream->at, stream->end - 1);
        stream->sampled[0] = '\0';
        if (last != NOWHERE)
                sample_dates(stream, last - 1);
}
