/* Which form a line has, and the wrappers that are forms of their own: JSON, CRI. */

#include "logfile/reader_state.h"
#include "logfile/speaker.h"

/* What is wrapped must be a line of a log: the kernel's text alone is the program's in the container there. */
static void read_wrapped(struct log_reader *reader, struct text line, const struct log_stamp *stamp,
                         const struct log_origin *origin)
{
        struct log_origin inner = *origin;

        inner.n_wrappers++;
        inner.stamp = *stamp;
        inner.is_of_program = true;
        (void)text_eat_end(&line, TEXT("\n"));
        log_strip_returns(&line);
        if (!reader->read_inner(reader, line, &inner)) {
                log_reader_flush(reader);
                reader->indent = 0;
        }
}

static bool read_cri(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_joined_line *partial = &reader->partial;
        struct log_origin whole = *origin;
        struct log_cri cri;

        if (origin->n_wrappers >= LOG_WRAP_DEPTH || !log_eat_cri(&line, &cri) || (origin->n_wrappers && cri.is_partial))
                return false;
        if (origin->n_wrappers) {
                read_wrapped(reader, line, &cri.stamp, origin);
                return true;
        }
        if (cri.is_partial || (partial->is_open && partial->is_stderr == cri.is_stderr)) {
                if (!partial->is_open) {
                        log_joined_begin(partial, origin->line_number);
                        partial->is_stderr = cri.is_stderr;
                }
                if (partial->is_stderr == cri.is_stderr)
                        log_joined_append(partial, line);
                if (cri.is_partial || !partial->is_open)
                        return true;
                partial->is_open = false;
                whole.line_number = partial->line_number;
                line = (struct text){ partial->data, partial->length };
        }
        read_wrapped(reader, line, &cri.stamp, &whole);
        return true;
}

/* What is inside must have a form: "2026-08-25T14:06:20Z host kernel: " is one by itself. */
static bool read_containers(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_stamp stamp = origin->stamp;
        struct log_prefix prefix;
        struct text rest = line;

        if (origin->n_wrappers >= LOG_WRAP_DEPTH || (!log_eat_service(&rest) && !log_eat_date(&rest, &stamp)) ||
            (!log_reader_parse_prefix(reader, rest, &prefix) && !text_starts(rest, TEXT("{"))))
                return false;
        read_wrapped(reader, rest, &stamp, origin);
        return true;
}

bool log_reader_parse_prefix(struct log_reader *reader, struct text line, struct log_prefix *ret_prefix)
{
        return log_prefix_parse(line, &reader->hint, reader->decoded, ret_prefix);
}

/* A serial console may end a line by "\r" alone. Returns the offset of the first before a line with a stamp; -1: none. */
static ptrdiff_t find_return(struct log_reader *reader, struct text text)
{
        struct log_prefix prefix;

        for (ptrdiff_t at = text_find(text, TEXT("\r"), 0); at >= 0; at = text_find(text, TEXT("\r"), (size_t)at + 1)) {
                struct text after = text_from_offset(text, (size_t)at + 1);

                log_strip_returns(&after);
                if ((text_starts(after, TEXT("[")) || text_starts(after, TEXT("<"))) &&
                    log_reader_parse_prefix(reader, after, &prefix) && prefix.form == LOG_FORM_DMESG)
                        return at;
        }
        return -1;
}

static void add_prefixed(struct log_reader *reader, struct log_prefix *prefix, const struct log_origin *origin)
{
        while (prefix->form == LOG_FORM_DMESG) {
                ptrdiff_t at = find_return(reader, prefix->text);
                struct text after;

                if (at < 0)
                        break;
                after = text_from_offset(prefix->text, (size_t)at + 1);
                prefix->text = text_until_offset(prefix->text, (size_t)at);
                log_strip_returns(&prefix->text);
                log_reader_add_line(reader, prefix, origin);
                log_strip_returns(&after);
                if (!log_reader_parse_prefix(reader, after, prefix))
                        return;
        }
        log_reader_add_line(reader, prefix, origin);
}

/* Of a line that isn't the kernel's: is it of another speaker that is wanted? */
static void find_speaker(const struct log_reader *reader, struct text line, struct log_prefix *prefix)
{
        struct log_prefix found = *prefix;

        if (reader->options.is_speaker && log_find_speaker(line, &found) && found.speaker.length <= LOG_SPEAKER_MAX &&
            reader->options.is_speaker(found.speaker, reader->options.userdata))
                *prefix = found;
}

bool log_reader_read_program(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_prefix prefix;

        if (!reader->options.is_speaker || origin->n_wrappers > 0 || !log_find_program(line, &prefix) ||
            prefix.speaker.length > LOG_SPEAKER_MAX ||
            !reader->options.is_speaker(prefix.speaker, reader->options.userdata))
                return false;
        log_reader_add_line(reader, &prefix, origin);
        return true;
}

/* A line whose form can be recognised. */
bool log_reader_read_form(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_prefix prefix;

        if (log_reader_read_json(reader, line, origin) || read_cri(reader, line, origin) ||
            read_containers(reader, line, origin))
                return true;
        if (log_reader_read_fragment(reader, &line, origin))
                return true;
        if (!log_reader_parse_prefix(reader, line, &prefix))
                return false;
        if (reader->fragment_length) {
                log_reader_end_fragment(reader);
                (void)log_reader_parse_prefix(reader, line, &prefix); /* what it had decoded is gone */
        }
        if (!prefix.is_kernel)
                find_speaker(reader, line, &prefix);
        if (prefix.is_kernel)
                log_reader_remember(reader, line, &prefix);
        add_prefixed(reader, &prefix, origin);
        return true;
}

bool log_reader_is_form(struct text line, void *userdata)
{
        struct log_reader *reader = userdata;
        struct log_prefix prefix;
        struct log_stamp stamp;
        struct log_cri cri;
        struct text field;

        log_eat_quotes(&line);
        field = line;
        return (text_eat(&field, TEXT("\"")) && log_stamp_eat_iso(&field, &stamp)) || /* of a table */
               text_starts(line, TEXT("{\"")) || log_eat_cri(&line, &cri) ||
               log_reader_parse_prefix(reader, line, &prefix);
}
