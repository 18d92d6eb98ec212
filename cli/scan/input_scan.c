#include "scan/input_scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input/journal.h"
#include "scan/local_time.h"
#include "scan/progress.h"
#include "search/prefetch.h"
#include "search/stream.h"
#include "util/cleanup.h"

/* What the callbacks of one log share. */
struct reading {
        struct log_reader *reader;
        struct finder *finder;
        struct stream *stream;
        struct source *source;
        struct prefetch_window *window; /* NULL: nobody searches ahead */
        const struct ring *ring;        /* NULL: it is another log */
        uint64_t line_bytes;            /* since the finder was asked last */
};

static void reading_done(struct reading *reading)
{
        prefetch_window_free(reading->window); /* before the file is closed */
        source_close(reading->source);
        stream_free(reading->stream);
        log_reader_free(reading->reader);
        finder_free(reading->finder);
}

static void push_line(struct text line, uint64_t line_number, void *userdata)
{
        struct reading *reading = userdata;

        reading->line_bytes += line.length + 1;
        log_reader_push(reading->reader, line, line_number);
}

static void skip_lines(void *userdata)
{
        struct reading *reading = userdata;

        log_reader_skip(reading->reader);
        finder_skip(reading->finder);
}

static bool wants_more(void *userdata)
{
        struct reading *reading = userdata;
        uint64_t bytes = reading->line_bytes;

        reading->line_bytes = 0;
        return finder_expects_more(reading->finder, bytes);
}

/* What is no record can't be in the ring buffer. */
static void push_record(const struct log_message *message, void *userdata)
{
        struct reading *reading = userdata;
        struct log_message record = *message;

        if (message->form != LOG_FORM_KMSG || message->seq == LOG_UNKNOWN)
                return;
        ring_complete(reading->ring, &record);
        finder_push(&record, reading->finder);
}

static int reading_begin(struct reading *reading, const struct input_scan *log)
{
        static const struct stream_handler sink = { push_line, skip_lines, wants_more };
        /* What comes through a pipe was written before now. */
        bool has_time = log->input->mtime_usec != LOG_UNKNOWN;
        struct log_reader_options options = {
                .modified_usec = has_time ? log->input->mtime_usec : log->options->now_usec,
                .local_time = local_time_usec,
        };
        int r = reading->ring ? log_reader_new(&options, push_record, reading, &reading->reader)
                              : log_reader_new(&options, finder_push, reading->finder, &reading->reader);

        return r < 0 ? r : stream_new(&sink, reading, log->buffer, &reading->stream);
}

/* The last one is told. */
static int tell_error(struct input_scan *log, int error, const char *words)
{
        free(log->error);
        log->error = strdup(words && *words ? words : strerror(-error));
        return log->error ? 0 : -ENOMEM;
}

static void report_progress(const struct input_scan *log, const struct reading *reading, uint64_t *position)
{
        uint64_t now = source_position(reading->source);

        if (log->progress && now > *position)
                progress_add(log->progress, now - *position, 0);
        *position = now;
}

/* Others may search ahead in a large file, once its first block showed what is searched for. */
static void let_others_help(const struct input_scan *log, struct reading *reading)
{
        uint64_t size;
        int fd;

        if (log->prefetch && log->bytes == STREAM_BLOCK_BYTES && source_is_plain(reading->source, &fd, &size))
                reading->window = prefetch_window_new(log->prefetch, fd, size, stream_form(reading->stream));
}

/* Passes over what others found nothing in. */
static void pass_over(struct input_scan *log, const struct reading *reading)
{
        uint64_t length;

        if (!reading->window || log->bytes % CHUNK_BYTES != 0)
                return;
        length = prefetch_window_skip(reading->window, log->bytes, reading->stream);
        source_skip(reading->source, length);
        log->bytes += length;
}

static int read_bytes(struct input_scan *log, struct reading *reading)
{
        uint64_t position = 0;
        int r = 0;

        for (;;) {
                ssize_t length;

                let_others_help(log, reading);
                pass_over(log, reading);
                length = source_read(reading->source, stream_room(reading->stream), STREAM_BLOCK_BYTES);

                if (length < 0)
                        r = tell_error(log, (int)length, source_error(reading->source));
                if (length <= 0)
                        break;
                log->bytes += (uint64_t)length;
                stream_take(reading->stream, (size_t)length);
                report_progress(log, reading, &position);
        }
        stream_end(reading->stream);
        log_reader_end(reading->reader);
        log->too_long = stream_n_too_long(reading->stream);
        return r;
}

/* Years may have been inferred wrongly as long as the end of the file wasn't known. */
static void settle(struct input_scan *log, const struct reading *reading)
{
        for (size_t i = 0; i < log->batch.count; i++)
                log->batch.sightings[i].time.usec =
                        log_reader_resolve_time(reading->reader, &log->batch.sightings[i].time);
}

static int read_file(struct input_scan *log, struct reading *reading)
{
        int r = source_open(log->input, &reading->source);

        if (r < 0)
                return source_is_gone(log->input, r) ? 0 : tell_error(log, r, NULL);
        r = reading_begin(reading, log);
        if (r < 0)
                return r;
        r = read_bytes(log, reading);
        if (r < 0)
                return r;
        r = finder_end(reading->finder);
        settle(log, reading);
        return r;
}

static int read_journal(struct input_scan *log, struct reading *reading)
{
        struct journal_range range = { log->options->since_usec, log->options->until_usec };
        char error[SOURCE_ERROR_MAX] = "";
        int r = journal_read(log->input, &range, finder_push, reading->finder, error);

        if (r < 0 || error[0]) {
                r = tell_error(log, r, error);
                if (r < 0)
                        return r;
        }
        return finder_end(reading->finder);
}

int input_scan_run(struct input_scan *log)
{
        static const struct {
                enum alert_source_kind kind;
                bool is_file, is_place; /* its path is the alert's; is shown where there are several places */
        } kinds[] = {
                [INPUT_FILE] = { ALERT_SOURCE_FILE, true, true },
                [INPUT_PSTORE] = { ALERT_SOURCE_FILE, true, true },
                [INPUT_STDIN] = { ALERT_SOURCE_FILE, true, true },
                [INPUT_KMSG] = { ALERT_SOURCE_KMSG, false, true },
                [INPUT_JOURNAL] = { ALERT_SOURCE_JOURNAL, false, false },
        };
        const struct ring *ring = log->input->kind == INPUT_KMSG ? log->ring : NULL;
        _cleanup_(reading_done) struct reading reading = { .ring = ring };
        struct finder_options options = {
                .kind = kinds[log->input->kind].kind,
                .path = kinds[log->input->kind].is_file ? log->input->path : NULL,
                .ring = ring,
                .with_block = log->options->verbose && log->options->format == SCAN_FORMAT_TEXT,
                .with_raw = log->options->format == SCAN_FORMAT_HTML,
        };
        int r;

        log->batch.path = kinds[log->input->kind].is_place ? log->input->path : NULL;
        log->batch.boot_id = ring ? ring->host.boot_id : NULL;
        r = finder_new(&options, log->store, &log->batch, &reading.finder);
        if (r < 0)
                return r;
        if (log->input->kind == INPUT_JOURNAL)
                r = read_journal(log, &reading);
        else
                r = read_file(log, &reading);
        if (log->progress)
                progress_add(log->progress, 0, 1);
        return r;
}
