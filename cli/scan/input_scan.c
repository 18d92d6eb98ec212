#include "scan/input_scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input/journal.h"
#include "logfile/transcode.h"
#include "parse/rating.h"
#include "scan/claims.h"
#include "scan/order.h"
#include "scan/progress.h"
#include "scan/times.h"
#include "search/lookahead.h"
#include "search/stream.h"
#include "util/cleanup.h"

/* What the callbacks share; search/stream.h says who calls whom. */
struct pipeline {
        struct log_reader *reader;
        struct finder *finder;
        struct claims *claims;
        struct order *order;
        struct stream *stream;
        struct source *source;
        struct lookahead *lookahead; /* NULL: every byte is read */
        const struct ring *ring;     /* NULL: the input isn't the ring buffer */
        uint64_t line_bytes;         /* since the last finder_expects_more() */
        struct log_transcoder transcoder;
        char *coded; /* STREAM_BLOCK_BYTES of a log that is no lines of UTF-8; NULL: it is */
};

static void pipeline_done(struct pipeline *pipeline)
{
        lookahead_free(pipeline->lookahead); /* before the file is closed */
        source_close(pipeline->source);
        stream_free(pipeline->stream);
        log_reader_free(pipeline->reader);
        order_free(pipeline->order);
        finder_free(pipeline->finder);
        claims_free(pipeline->claims);
        free(pipeline->coded);
}

static void push_line(struct text line, uint64_t line_number, void *userdata)
{
        struct pipeline *pipeline = userdata;

        pipeline->line_bytes += line.length + 1;
        log_reader_push(pipeline->reader, line, line_number);
}

static void skip_lines(void *userdata)
{
        struct pipeline *pipeline = userdata;

        log_reader_skip(pipeline->reader);
        order_skip(pipeline->order);
}

static bool wants_more(void *userdata)
{
        struct pipeline *pipeline = userdata;
        uint64_t bytes = pipeline->line_bytes;
        bool is_held = order_expects_more(pipeline->order, bytes, log_reader_goes_forward(pipeline->reader));

        pipeline->line_bytes = 0;
        return finder_expects_more(pipeline->finder, bytes) || is_held || log_reader_is_inside(pipeline->reader);
}

/* Of the kernel, or of a program that tells of kills */
static void push_message(const struct log_message *message, void *userdata)
{
        struct pipeline *pipeline = userdata;

        claims_push(pipeline->claims, message);
        if (message->speaker.length == 0)
                finder_push(message, pipeline->finder);
}

static void push_unordered(const struct log_message *message, void *userdata)
{
        struct pipeline *pipeline = userdata;

        if (message->speaker.length == 0)
                order_push(message, pipeline->order);
        else
                claims_push(pipeline->claims, message);
}

static void skip_ordered(void *userdata)
{
        struct pipeline *pipeline = userdata;

        finder_skip(pipeline->finder);
}

/* For the ring buffer, in which everything is a record. */
static void push_record(const struct log_message *message, void *userdata)
{
        struct pipeline *pipeline = userdata;
        struct log_message record = *message;

        if (message->form != LOG_FORM_KMSG || message->seq == LOG_UNKNOWN)
                return;
        ring_complete(pipeline->ring, &record);
        push_message(&record, pipeline);
}

static bool joins(struct text line, struct text next, bool is_same_moment, void *userdata)
{
        (void)userdata;
        return oom_line_joins(line, next, is_same_moment);
}

static enum log_rating rate_text(struct text text, void *userdata)
{
        (void)userdata;
        return (enum log_rating)oom_rate_text(text); /* one and the same order */
}

static int pipeline_begin(struct pipeline *pipeline, const struct input_scan *scan)
{
        static const struct stream_handler handler = { push_line, skip_lines, wants_more };
        static const struct order_handler order_handler = { push_message, skip_ordered };
        /* What comes through a pipe was written by now. */
        bool has_time = scan->input->mtime_usec != LOG_UNKNOWN;
        struct log_reader_options options = {
                .modified_usec = has_time ? scan->input->mtime_usec : scan->options->now_usec,
                .local_time = local_time_usec,
                .is_kernel_text = oom_line_is_alone,
                .is_speaker = claims_is_speaker,
                .joins = joins,
                .rate_text = rate_text,
                .is_mention = oom_is_mention,
        };
        int r = order_new(&order_handler, pipeline, &pipeline->order);

        if (r < 0)
                return r;
        r = pipeline->ring ? log_reader_new(&options, push_record, pipeline, &pipeline->reader)
                           : log_reader_new(&options, push_unordered, pipeline, &pipeline->reader);

        return r < 0 ? r : stream_new(&handler, pipeline, scan->buffer, &pipeline->stream);
}

/* Replaces an earlier one. */
static int set_error(struct input_scan *scan, int error, const char *reason)
{
        free(scan->error);
        scan->error = strdup(reason && *reason ? reason : strerror(-error));
        return scan->error ? 0 : -ENOMEM;
}

/* Skips what holds nothing of a report in a large file, once its first block has shown what is searched for. Returns how many bytes
 * to read next. */
static size_t skip_ahead(struct input_scan *scan, struct pipeline *pipeline)
{
        uint64_t size, length;
        int fd;

        if (scan->view && scan->n_bytes == STREAM_BLOCK_BYTES && !pipeline->coded &&
            !stream_is_mail(pipeline->stream) && source_is_plain(pipeline->source, &fd, &size))
                pipeline->lookahead =
                        lookahead_new(scan->view, fd, size, stream_form(pipeline->stream), scan->prefetch);
        if (!pipeline->lookahead)
                return STREAM_BLOCK_BYTES;
        length = lookahead_skip(pipeline->lookahead, scan->n_bytes, pipeline->stream);
        source_skip(pipeline->source, length);
        scan->n_bytes += length;
        return length ? LOOKAHEAD_READ_BYTES : STREAM_BLOCK_BYTES;
}

#define CODED_PIECE ((STREAM_BLOCK_BYTES - LOG_TRANSCODED_MAX((size_t)0)) / 2)
_Static_assert(LOG_TRANSCODED_MAX(CODED_PIECE) <= STREAM_BLOCK_BYTES, "a piece has room in the stream");

static void take_coded(struct pipeline *pipeline, size_t length)
{
        struct text bytes = { pipeline->coded, length };

        while (bytes.length) {
                struct text piece = text_until_offset(bytes, bytes.length < CODED_PIECE ? bytes.length : CODED_PIECE);

                stream_take(pipeline->stream,
                            log_transcode(&pipeline->transcoder, piece, stream_room(pipeline->stream)));
                bytes = text_from_offset(bytes, piece.length);
        }
}

/* The log's first bytes are in the stream's room. */
static int find_coding(struct pipeline *pipeline, const char *bytes, size_t length)
{
        enum log_coding coding = log_coding_of((struct text){ bytes, length });

        if (coding == LOG_CODING_LINES)
                return 0;
        log_transcoder_init(&pipeline->transcoder, coding);
        pipeline->coded = malloc(STREAM_BLOCK_BYTES);
        if (!pipeline->coded)
                return -ENOMEM;
        memcpy(pipeline->coded, bytes, length);
        return 0;
}

static int read_bytes(struct input_scan *scan, struct pipeline *pipeline)
{
        uint64_t furthest = 0;
        int r = 0;

        for (;;) {
                size_t size = skip_ahead(scan, pipeline);
                char *room = pipeline->coded ? pipeline->coded : stream_room(pipeline->stream);
                ssize_t length = source_read(pipeline->source, room, size);
                uint64_t position;

                if (length < 0)
                        r = set_error(scan, (int)length, source_error(pipeline->source));
                if (length <= 0)
                        break;
                if (scan->n_bytes == 0 && find_coding(pipeline, room, (size_t)length) < 0)
                        return -ENOMEM;
                scan->n_bytes += (uint64_t)length;
                if (pipeline->coded)
                        take_coded(pipeline, (size_t)length);
                else
                        stream_take(pipeline->stream, (size_t)length);
                position = source_position(pipeline->source);
                if (position <= furthest)
                        continue;
                if (scan->progress)
                        progress_add(scan->progress, position - furthest, 0);
                furthest = position;
        }
        stream_end(pipeline->stream);
        log_reader_end(pipeline->reader);
        scan->n_too_long = stream_n_too_long(pipeline->stream);
        return r;
}

static int end_findings(struct pipeline *pipeline)
{
        int r = finder_end(pipeline->finder), claims_r = claims_end(pipeline->claims);

        return r < 0 ? r : claims_r;
}

static int read_file(struct input_scan *scan, struct pipeline *pipeline)
{
        int r = source_open(scan->input, &pipeline->source);

        if (r < 0)
                return source_is_gone(scan->input, r) ? 0 : set_error(scan, r, NULL);
        r = pipeline_begin(pipeline, scan);
        if (r < 0)
                return r;
        r = read_bytes(scan, pipeline);
        if (r < 0)
                return r;
        order_end(pipeline->order);
        r = end_findings(pipeline);
        if (order_is_newest_first(pipeline->order))
                log_reader_set_newest_first(pipeline->reader);
        /* Only the end of the file shows in which years its dates without a year are. */
        for (size_t i = 0; i < scan->batch.n_sightings; i++) {
                struct sighting *sighting = &scan->batch.sightings[i];

                sighting->time.usec = log_reader_resolve_time(pipeline->reader, &sighting->time);
                if (sighting->run)
                        sighting->run->time.usec = log_reader_resolve_time(pipeline->reader, &sighting->run->time);
        }
        return r;
}

static int read_journal(struct input_scan *scan, struct pipeline *pipeline)
{
        struct journal_range range = { scan->options->since_usec, scan->options->until_usec };
        char error[SOURCE_ERROR_MAX] = "";
        int r = journal_read(scan->input, &range, push_message, pipeline, error);

        if (r < 0)
                r = set_error(scan, r, error);
        return r < 0 ? r : end_findings(pipeline);
}

int input_scan_run(struct input_scan *scan)
{
        bool is_journal = scan->input->kind == INPUT_JOURNAL;
        const struct ring *ring = scan->input->kind == INPUT_KMSG ? scan->ring : NULL; /* of no other input */
        _cleanup_(pipeline_done) struct pipeline pipeline = { .ring = ring };
        struct finder_options options = {
                .kind = is_journal ? ALERT_SOURCE_JOURNAL
                        : ring     ? ALERT_SOURCE_KMSG
                                   : ALERT_SOURCE_FILE,
                .path = is_journal || ring ? NULL : scan->input->path,
                .ring = ring,
                .with_block = scan->options->is_verbose && scan->options->format == SCAN_FORMAT_TEXT,
                .with_raw = scan->options->format == SCAN_FORMAT_HTML,
        };
        int r;

        scan->batch.path = is_journal ? NULL : scan->input->path;
        scan->batch.boot_id = ring ? ring->host.boot_id : NULL;
        r = finder_new(&options, scan->store, &scan->batch, &pipeline.finder);
        if (r == 0)
                r = claims_new(&options, scan->store, &scan->batch, &pipeline.claims);
        if (r < 0)
                return r;
        r = (is_journal ? read_journal : read_file)(scan, &pipeline);
        if (scan->progress)
                progress_add(scan->progress, 0, 1);
        return r;
}
