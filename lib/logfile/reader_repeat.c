/* Lines that begin as the last one of the kernel did: "Aug 25 14:06:20 host kernel: ". A report has fifty of them, and most of the time of
 * reading a line goes into what its beginning is. Whatever decides that is in these bytes, so it is known of the next such line. */

#include "logfile/decode.h"
#include "logfile/prefix_speaker.h"
#include "logfile/reader_state.h"

void log_reader_remember(struct log_reader *reader, struct text line, const struct log_prefix *prefix)
{
        struct log_repeat *repeat = &reader->repeat;
        struct text begin = text_until_offset(line, prefix->head_length);

        repeat->length = 0;
        /* as it was pushed: nothing was taken off it or decoded */
        if (line.data != reader->pushed.data || line.length != reader->pushed.length || !prefix->is_kernel ||
            prefix->has_margin || begin.length == 0 || begin.length > sizeof(repeat->begin) ||
            !text_ends(begin, TEXT(": ")) || line.length == begin.length || memchr(" <", line.data[begin.length], 2) ||
            log_decoders_of(begin))
                return;
        repeat->length = text_copy(begin, repeat->begin, sizeof(repeat->begin));
        repeat->prefix = *prefix;
        if (prefix->host.length)
                repeat->prefix.host.data = repeat->begin + (prefix->host.data - line.data);
        repeat->prefix.caller.length = 0;
        repeat->prefix.mono_usec = LOG_UNKNOWN;
}

/* What may take a line before its prefix is asked for. */
static bool is_reading_other(const struct log_reader *reader)
{
        const struct log_json *json = &reader->document.json;

        return reader->export.state != LOG_EXPORT_CLOSED || reader->base64.is_open || reader->soft.is_open ||
               reader->verbose.is_open || reader->yaml.is_open || reader->may_be_inside || reader->fragment_length ||
               reader->partial.is_open || reader->path_length || reader->has_path_line || reader->window.count ||
               (json->handler && log_json_is_open(json));
}

bool log_reader_repeat(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_repeat *repeat = &reader->repeat;
        struct log_origin origin = { .line_number = line_number, .path_line = LOG_UNKNOWN };
        struct log_prefix prefix;
        struct text rest;

        log_strip_returns(&line);
        reader->pushed = line;
        origin.line_length = line.length;
        rest = line;
        if (repeat->length == 0 || !text_eat(&rest, (struct text){ repeat->begin, repeat->length }) ||
            is_reading_other(reader) || text_ends(line, TEXT("=")) || log_decoders_of(rest))
                return false;
        prefix = repeat->prefix;
        prefix.indent = repeat->length;
        log_set_kernel_text(rest, &reader->hint, &prefix);
        if (prefix.mono_usec != LOG_UNKNOWN)
                prefix.indent = 0;
        reader->has_margin = true;
        log_reader_add_line(reader, &prefix, &origin);
        return true;
}
