/* Lines that are one message: where a record of several lines was written as several. */

#include "logfile/reader_state.h"

bool log_is_next_of_summary(struct text text)
{
        uint64_t number;

        if (text_eat_blanks(&text)) /* a paste is indented, and so may be this */
                text = (struct text){ text.data - 1, text.length + 1 };
        while (text_eat(&text, TEXT(" "))) {
                size_t name = 0;

                while (name < text.length &&
                       ((text.data[name] >= 'a' && text.data[name] <= 'z') || text.data[name] == '_'))
                        name++;
                text = text_from_offset(text, name);
                if (name == 0 || !text_eat(&text, TEXT(":")) || !text_eat_u64(&text, &number))
                        return false;
                if (text.length == 0)
                        return true;
        }
        return false;
}

/* The kernel's summary of memory ("Active" up to 2.6.30) is the one record of several lines that lib/parse/line.h takes
 * only as a whole. Consoles and /proc/kmsg have each of its lines with the same stamp. */
static bool is_next_of_summary(struct text first, struct text next)
{
        (void)text_eat_blanks(&first);
        return (text_starts(first, TEXT("active_anon:")) || text_starts(first, TEXT("Active"))) &&
               log_is_next_of_summary(next);
}

/* The newest of the lines of a record with only numbers, "file_mapped 0": the statistics of a cgroup. */
static bool is_counter(struct text line)
{
        struct text name = text_eat_until(&line, ' ');
        uint64_t number;

        for (size_t i = 0; i < name.length; i++) {
                char c = name.data[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
                        return false;
        }
        return name.length && text_eat(&line, TEXT(" ")) && text_eat_u64(&line, &number) && line.length == 0;
}

/* Whether after a newline, written as escaped, comes what the kernel prints there. */
static bool has_newline(struct text text, struct text escaped)
{
        ptrdiff_t at = text_find(text, escaped, 0);
        struct text line;

        if (at < 0)
                return false;
        line = text_from_offset(text, (size_t)at + escaped.length);
        at = text_find(line, escaped, 0);
        if (at >= 0)
                line = text_until_offset(line, (size_t)at);
        return log_is_next_of_summary(line) || is_counter(line);
}

enum log_escape log_shown_escape(struct text text)
{
        if (memchr(text.data, '\\', text.length) && has_newline(text, TEXT("\\x0a")))
                return LOG_ESCAPE_KMSG;
        return memchr(text.data, '#', text.length) && has_newline(text, TEXT("#012")) ? LOG_ESCAPE_BOTH
                                                                                      : LOG_ESCAPE_NONE;
}

static bool joins(const struct log_reader *reader, struct text next, bool is_same_moment)
{
        return reader->options.joins &&
               reader->options.joins(reader->message.text, next, is_same_moment, reader->options.userdata);
}

bool log_is_same_stamp(const struct log_stamp *a, const struct log_stamp *b)
{
        if (a->kind != b->kind || a->fraction_usec != b->fraction_usec)
                return false;
        switch (a->kind) {
        case LOG_STAMP_NONE:
                return true;
        case LOG_STAMP_UTC:
                return a->utc_usec == b->utc_usec;
        case LOG_STAMP_LOCAL:
        case LOG_STAMP_YEARLESS:
                return a->date.year == b->date.year && a->date.month == b->date.month && a->date.day == b->date.day &&
                       a->date.hour == b->date.hour && a->date.minute == b->date.minute &&
                       a->date.second == b->date.second;
        }
        return false;
}

/* Times finer than this show that two lines were printed at once. */
#define MOMENT_USEC 1000

bool log_reader_joins(const struct log_reader *reader, const struct log_prefix *prefix, const struct log_stamp *stamp,
                      const struct log_origin *origin)
{
        const struct log_message *message = &reader->message;
        bool has_stamp = message->mono_usec != LOG_UNKNOWN;

        if (!reader->is_open || message->speaker.length || !prefix->is_kernel || message->form != prefix->form ||
            message->mono_usec != prefix->mono_usec || prefix->seq != LOG_UNKNOWN ||
            !text_equal(message->host, prefix->host.length ? prefix->host : origin->host) ||
            !text_equal(message->caller, prefix->caller) || !text_equal(message->path, origin->path))
                return false;
        if (is_next_of_summary(message->text, prefix->text))
                return true;
        if (!has_stamp && !log_is_same_stamp(&reader->stamp, stamp))
                return false;
        return joins(reader, prefix->text,
                     has_stamp || (stamp->kind != LOG_STAMP_NONE && stamp->resolution_usec <= MOMENT_USEC));
}

bool log_reader_joins_raw(const struct log_reader *reader, struct text line)
{
        return joins(reader, line, false);
}

bool log_reader_joins_bare(const struct log_reader *reader, struct text line)
{
        struct text last = reader->message.text, before;

        if (!reader->is_open || reader->message.speaker.length || reader->message.form == LOG_FORM_RAW ||
            reader->message.form == LOG_FORM_KMSG)
                return false;
        (void)text_split_last(last, TEXT("\n"), &before, &last);
        return is_next_of_summary(reader->message.text, line) || (is_counter(last) && is_counter(line));
}
