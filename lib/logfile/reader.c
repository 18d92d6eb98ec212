#include "logfile/reader.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "logfile/prefix_parts.h"
#include "logfile/reader_state.h"

static bool read_any(struct log_reader *reader, struct text line, const struct log_origin *origin);
static void end_lines(struct log_reader *reader);

int log_reader_new(const struct log_reader_options *options, log_message_fn handler, void *userdata,
                   struct log_reader **ret_reader)
{
        struct log_reader *reader = malloc(sizeof(*reader));

        if (!reader)
                return -ENOMEM;
        memset(reader, 0,
               offsetof(struct log_reader, inner)); /* what follows is large, and written before it is read */
        memset(&reader->suspect, 0, offsetof(struct log_suspect, bytes));
        reader->soft.is_open = reader->base64.is_open = false;
        reader->may_be_inside = true;
        reader->options = *options;
        reader->handler = handler;
        reader->userdata = userdata;
        reader->read_inner = read_any;
        reader->end_lines = end_lines;
        log_years_init(&reader->years, options->modified_usec);
        log_export_clear(&reader->export);
        reader->hint.may_have_callers = true;
        *ret_reader = reader;
        return 0;
}

struct log_reader *log_reader_free(struct log_reader *reader)
{
        free(reader);
        return NULL;
}

static struct log_origin origin_of(uint64_t line_number)
{
        return (struct log_origin){ .line_number = line_number, .path_line = LOG_UNKNOWN };
}

/* Takes blanks and tabs off the front, limit at most. Returns how many. */
static size_t eat_margin(struct text *line, size_t limit)
{
        size_t margin = 0;

        while (margin < limit && margin < line->length && (line->data[margin] == ' ' || line->data[margin] == '\t'))
                margin++;
        *line = text_from_offset(*line, margin);
        return margin;
}

/* Blanks and quotes in front, in any order: a paste may be quoted, and a quotation pasted. */
static void eat_margins(const struct log_reader *reader, struct text *line)
{
        log_eat_quotes(line);
        (void)eat_margin(line, reader->margin);
        log_eat_quotes(line);
}

/* One paste may follow another. What ends the first is no line of a log; unless another speaker had the last word, whose message that
 * line may belong to, with all that follows. */
static bool may_begin_paste(const struct log_reader *reader)
{
        return reader->has_gap && !reader->is_of_other;
}

/* A line without a prefix is a message only while no line had one: in a file of another form it is a piece of a message of an
 * unknown speaker. But where another paste may begin, the kernel's text shows that it does. */
static bool is_raw(const struct log_reader *reader, struct text line)
{
        if (!log_text_may_be_raw(line))
                return false;
        if (reader->hint.last_form == LOG_FORM_NONE || reader->hint.last_form == LOG_FORM_RAW)
                return true;
        (void)text_eat_blanks(&line);
        return may_begin_paste(reader) && reader->options.is_kernel_text &&
               reader->options.is_kernel_text(line, reader->options.userdata) &&
               !(reader->has_prose && reader->options.is_mention &&
                 reader->options.is_mention(line, reader->options.userdata));
}

static bool read_raw(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_prefix prefix = log_prefix_empty(LOG_FORM_RAW);
        struct text shown = line;

        (void)text_eat_blanks(&shown);
        if (text_starts(shown, TEXT("> "))) { /* a quotation, pasted */
                log_eat_quotes(&shown);
                line = shown;
        }
        if (!is_raw(reader, line))
                return false;
        prefix.is_kernel = true;
        prefix.text = line;
        log_reader_add_line(reader, &prefix, origin);
        return true;
}

static bool read_with_path(struct log_reader *reader, struct text line, const struct log_origin *origin);

/* A paste may be indented as a whole: by as much as its first line of a known form. Later lines with more blanks in
 * front are no lines of that form, since whoever makes a message of several lines chooses what is in them; unless prose says that
 * another paste follows. */
static bool read_indented(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        size_t margin = eat_margin(&line, SIZE_MAX);

        log_eat_quotes(&line);
        if ((reader->has_margin && !(may_begin_paste(reader) && reader->has_prose)) || margin == 0 ||
            (!log_reader_read_form(reader, line, origin) && !read_with_path(reader, line, origin)))
                return false;
        if (reader->hint.last_form != LOG_FORM_RAW) {
                reader->margin = margin;
                reader->has_margin = true;
        }
        return true;
}

static bool read_with_path(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_origin in_file = *origin;
        size_t length = line.length;

        if (origin->path.length || !log_eat_path(&line, log_reader_is_form, reader, &in_file.path, &in_file.path_line))
                return false;
        in_file.line_length -= length - line.length;
        in_file.margin += length - line.length;
        eat_margins(reader, &line);
        return log_reader_read_form(reader, line, &in_file) || read_indented(reader, line, &in_file) ||
               log_reader_open_envelope(reader, line, &in_file) ||
               (text_starts(line, TEXT("/")) && read_with_path(reader, line, origin)) ||
               read_raw(reader, line, &in_file);
}

/* "-- Boot c56c0bf4273b4284a175f502b3855546 --" and other remarks of journalctl; "--" of grep, between lines that aren't
 * adjacent */
static bool read_separator(struct log_reader *reader, struct text line)
{
        if (!text_eat(&line, TEXT("--")) || (line.length && !text_eat(&line, TEXT(" "))))
                return false;
        log_reader_skip(reader);
        if (text_eat(&line, TEXT("Boot ")) && line.length >= LOG_BOOT_ID_LENGTH) {
                line = text_until_offset(line, LOG_BOOT_ID_LENGTH);
                memcpy(reader->boot_id, line.data, line.length);
                reader->boot_id_length = line.length;
        }
        return true;
}

static bool is_dictionary(const struct log_reader *reader, struct text line)
{
        return reader->hint.last_form == LOG_FORM_KMSG && text_starts(line, TEXT(" "));
}

/* Where in line, which has no form, a line of dmesg begins that shows by itself that it is the kernel's; -1: nowhere. */
static ptrdiff_t find_refilled(struct log_reader *reader, struct text line)
{
        const struct log_reader_options *options = &reader->options;
        struct log_prefix prefix;

        for (ptrdiff_t at = text_find(line, TEXT(" ["), 0); at >= 0; at = text_find(line, TEXT(" ["), (size_t)at + 1))
                if (log_reader_parse_prefix(reader, text_from_offset(line, (size_t)at + 1), &prefix) &&
                    prefix.form == reader->hint.last_form && options->is_kernel_text(prefix.text, options->userdata))
                        return at;
        return -1;
}

/* Editors and fmt make one paragraph of the lines: a kill may begin in the middle of one. Only behind lines of the same form, since people
 * write such lines in sentences, too. */
static bool read_refilled(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        enum log_form last = reader->hint.last_form;
        struct log_origin before = *origin, rest = *origin;
        ptrdiff_t at;

        if ((last != LOG_FORM_DMESG && last != LOG_FORM_DMESG_T) || !reader->is_open || origin->n_wrappers ||
            !reader->options.is_kernel_text || (at = find_refilled(reader, line)) < 0)
                return false;
        before.line_length = (size_t)at;
        rest.line_length -= (size_t)at + 1;
        (void)log_reader_join(reader, text_until_offset(line, (size_t)at), &before);
        return log_reader_read_form(reader, text_from_offset(line, (size_t)at + 1), &rest);
}

/* Returns whether it is known what the line is. Inside of a wrapper or an envelope it may be all that it may be outside. */
static bool read_any(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        enum log_unfold_result joined;
        struct log_prefix prefix;

        eat_margins(reader, &line);
        if (log_reader_continue(reader, line, origin) || is_dictionary(reader, line))
                return true;
        if (eat_margin(&(struct text){ line.data, line.length }, SIZE_MAX) == line.length) {
                log_reader_flush(reader);
                log_unfold_end_paste(&reader->unfold);
                reader->has_gap = true;
                return true;
        }
        if (read_separator(reader, line))
                return true;
        if (log_reader_read_form(reader, line, origin) || read_with_path(reader, line, origin)) {
                if (reader->hint.last_form != LOG_FORM_RAW)
                        reader->has_margin = true;
                return true;
        }
        if (log_reader_read_program(reader, line, origin) || log_reader_join_bare(reader, line, origin) ||
            read_indented(reader, line, origin))
                return true;
        joined = log_reader_join(reader, line, origin);
        if (joined == LOG_UNFOLD_JOINED || joined == LOG_UNFOLD_WAIT || log_reader_open_envelope(reader, line, origin))
                return true;
        if (log_prefix_dated(line, &prefix)) {
                log_reader_add_line(reader, &prefix, origin);
                return true;
        }
        if (read_refilled(reader, line, origin))
                return true;
        if (joined != LOG_UNFOLD_KEEP)
                return origin->n_wrappers == 0 && read_raw(reader, line, origin);
        log_reader_keep(reader, line, origin->line_length);
        return true;
}

static void read_line(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_origin origin = origin_of(line_number);
        struct text bare = line;

        log_strip_tags(&bare);
        origin.line_length = bare.length;
        origin.margin = reader->line_margin;
        log_eat_quotes(&line);
        if (log_reader_read_logcat(reader, line, line_number) || log_reader_read_verbose(reader, line, line_number) ||
            log_reader_read_yaml(reader, line, line_number) || log_reader_read_document(reader, line, line_number))
                return;
        if (!read_any(reader, line, &origin)) { /* it is of no known speaker */
                log_reader_flush(reader);
                reader->has_gap = reader->has_prose = true;
        }
}

static void add_export(struct log_reader *reader)
{
        struct log_origin origin = origin_of(reader->export.line_number);

        log_reader_add_entry(reader, &reader->export.entry, LOG_FORM_EXPORT, &origin);
}

/* Returns whether line is a part of an export. */
static bool read_export(struct log_reader *reader, struct text line, uint64_t line_number)
{
        bool was_closed = reader->export.state == LOG_EXPORT_CLOSED;

        if (was_closed)
                log_strip_returns(&line);
        switch (log_export_push(&reader->export, line, line_number)) {
        case LOG_EXPORT_NOT:
                if (!was_closed && log_export_end(&reader->export))
                        add_export(reader);
                return false;
        case LOG_EXPORT_MORE:
                if (was_closed) {
                        log_reader_end_window(reader, read_line);
                        log_reader_flush(reader);
                        reader->hint.last_form = LOG_FORM_EXPORT;
                        reader->indent = 0;
                }
                return true;
        case LOG_EXPORT_ENTRY:
                add_export(reader);
                return true;
        }
        return false;
}

static void read_decoded(struct log_reader *reader, struct text line, uint64_t line_number)
{
        log_reader_read_window(reader, line, line_number, read_line);
}

/* A line as pages and terminals have it. */
static void read_dressed(struct log_reader *reader, struct text line, uint64_t line_number)
{
        line = log_reader_decode(reader, line);
        if (!log_reader_split(reader, line, line_number, read_decoded))
                read_decoded(reader, line, line_number);
}

/* And as mails have it. */
static void read_coded(struct log_reader *reader, struct text line, uint64_t line_number)
{
        if (log_reader_join_soft(reader, &line, &line_number) &&
            !log_reader_split_page(reader, line, line_number, read_dressed))
                read_dressed(reader, line, line_number);
}

static void take_off_ends(struct text *line)
{
        log_strip_returns(line);
        (void)text_eat(line, TEXT("\xef\xbb\xbf")); /* the mark of UTF-8 that some programs begin a file with */
}

/* A line that is in no literal. */
static void push_line(struct log_reader *reader, struct text line, uint64_t line_number)
{
        if (log_reader_repeat(reader, line, line_number) || read_export(reader, line, line_number))
                return;
        if (!log_reader_base64(reader, line, line_number, read_coded))
                read_coded(reader, line, line_number);
}

void log_reader_push(struct log_reader *reader, struct text line, uint64_t line_number)
{
        if (line.length > LOG_READER_LINE_MAX) {
                log_reader_skip(reader);
                return;
        }
        if (reader->suspect.count > 0) {
                take_off_ends(&line);
                log_reader_suspect(reader, line, line_number, push_line);
                return;
        }
        if (log_reader_repeat(reader, line, line_number) || read_export(reader, line, line_number))
                return;
        take_off_ends(&line);
        if (log_reader_opens_literal(reader, line))
                log_reader_suspect(reader, line, line_number, push_line);
        else if (!log_reader_base64(reader, line, line_number, read_coded))
                read_coded(reader, line, line_number);
}

static void end_lines(struct log_reader *reader)
{
        log_reader_end_window(reader, read_line);
        log_reader_flush(reader);
}

void log_reader_skip(struct log_reader *reader)
{
        log_reader_end_suspect(reader, push_line);
        log_reader_end_window(reader, read_line);
        log_reader_end_fragment(reader);
        log_reader_flush(reader);
        if (log_export_end(&reader->export))
                add_export(reader);
        log_reader_end_document(reader, false);
        log_reader_end_verbose(reader);
        log_reader_end_yaml(reader, false);
        log_reader_skip_logcat(reader);
        reader->partial.is_open = false;
        reader->soft.is_open = false;
        reader->base64.is_open = reader->has_base64_header = false;
        reader->boot_id_length = 0;
        reader->may_be_inside = reader->has_skipped = true;
        reader->relative = (struct log_relative){ 0 };
}

void log_reader_end(struct log_reader *reader)
{
        log_reader_end_suspect(reader, push_line);
        log_reader_end_window(reader, read_line);
        log_reader_end_document(reader, true);
        log_reader_end_yaml(reader, true);
        log_reader_skip(reader);
}
