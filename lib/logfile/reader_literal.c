/* Lines that may be in a string literal of a program (literal.h), and so be no log. They wait until the literal has ended and a few lines
 * behind it have come: only then it is known whether what opened it was a program, or somebody who writes such a line into a log to hide
 * what comes after it. Lines that were none of a literal are read as if nothing had been in front of them. */

#include "logfile/prefix_parts.h"
#include "logfile/reader_state.h"

/* So many lines of a report, or of a log, are more than an example. */
#define REPORT_LINES_MIN 5
/* So many lines after the literal show what it is in. */
#define AFTER_LINES 12
/* A log in which so many literals had no end is no source: none is looked for any more. */
#define FAILED_MAX 16

struct header {
        uint32_t length;
        uint64_t line_number;
};

static bool is_kernels(const struct log_reader *reader, struct text text)
{
        return reader->options.rate_text && reader->options.rate_text(text, reader->options.userdata) >= LOG_RATING_CUT;
}

static bool is_of_report(const struct log_reader *reader, struct text text)
{
        return reader->options.rate_text &&
               reader->options.rate_text(text, reader->options.userdata) != LOG_RATING_OTHER;
}

/* The name of a trigger may end with a newline: " invoked oom-killer: " is no string's beginning. */
static bool continues_name(struct log_reader *reader, struct text line)
{
        char *named = reader->coded[0];

        if (!text_starts(line, TEXT(" ")))
                return false;
        named[0] = 'x';
        return is_of_report(reader, (struct text){ named, 1 + text_copy(line, named + 1, LOG_READER_LINE_MAX - 1) });
}

bool log_reader_opens_literal(struct log_reader *reader, struct text line)
{
        struct log_suspect *suspect = &reader->suspect;
        enum log_form last = reader->hint.last_form;
        struct log_prefix prefix;

        /* A source has lines of a form nowhere else; and a name of the kernel's, whose newlines the log's writer left, opens none:
         * the line that it is in has begun. */
        if ((last != LOG_FORM_NONE && last != LOG_FORM_RAW) || suspect->n_failed >= FAILED_MAX ||
            !log_literal_opens(line, &suspect->literal))
                return false;
        return !log_reader_parse_prefix(reader, line, &prefix) && !is_of_report(reader, line) &&
               !(reader->is_open && is_of_report(reader, reader->message.text));
}

/* ---- the lines that wait ------------------------------------------------------------------------------------------------- */

static struct text line_at(const struct log_suspect *suspect, size_t offset, uint64_t *ret_line_number)
{
        struct header header;

        memcpy(&header, suspect->bytes + offset, sizeof(header));
        *ret_line_number = header.line_number;
        return (struct text){ suspect->bytes + offset + sizeof(header), header.length };
}

/* False: there is no room. */
static bool put(struct log_suspect *suspect, struct text line, uint64_t line_number)
{
        struct header header = { (uint32_t)line.length, line_number };

        if (suspect->count >= LOG_LITERAL_LINES_MAX ||
            sizeof(header) + line.length > sizeof(suspect->bytes) - suspect->end)
                return false;
        memcpy(suspect->bytes + suspect->end, &header, sizeof(header));
        suspect->end += sizeof(header);
        suspect->end += text_copy(line, suspect->bytes + suspect->end, line.length);
        suspect->count++;
        return true;
}

/* Makes what is known of the lines that of the first one alone, which may open a literal. */
static void restart(struct log_suspect *suspect)
{
        suspect->seen = suspect->first;
        suspect->n_seen = suspect->n_kernels = suspect->n_forms = suspect->n_after = 0;
        suspect->is_closed = suspect->has_blank = suspect->has_form_after = false;
        suspect->next = LOG_AFTER_NOTHING;
}

static struct text take_first(struct log_suspect *suspect, uint64_t *ret_line_number)
{
        struct text line = line_at(suspect, suspect->first, ret_line_number);

        suspect->first = (size_t)(line.data + line.length - suspect->bytes);
        suspect->count--;
        if (suspect->count == 0)
                suspect->first = suspect->end = 0;
        return line;
}

/* ---- what they are ------------------------------------------------------------------------------------------------------- */

enum verdict { VERDICT_WAIT, VERDICT_LITERAL, VERDICT_LOG };

/* Of a line with what a patch, a list, a quote or an indent puts in front of it. */
static void look_at(struct log_reader *reader, struct text line, bool *ret_has_form, bool *ret_is_kernels)
{
        struct log_prefix prefix;

        while (line.length && memchr(" \t+->", line.data[0], 5))
                line = text_from_offset(line, 1);
        *ret_is_kernels = log_reader_parse_prefix(reader, line, &prefix)
                                  ? prefix.is_kernel && is_kernels(reader, prefix.text)
                                  : log_text_may_be_raw(line) && is_kernels(reader, line);
        *ret_has_form = log_reader_is_form(line, reader);
}

static enum verdict look_inside(struct log_reader *reader, struct text line)
{
        struct log_suspect *suspect = &reader->suspect;
        bool has_form, is_kernel;
        struct text after;

        if (suspect->n_seen == 2 && continues_name(reader, line))
                return VERDICT_LOG;
        suspect->is_closed = log_literal_ends(&suspect->literal, line, &after);
        if (suspect->is_closed && !log_literal_may_end_with(after))
                return VERDICT_LOG;
        look_at(reader, line, &has_form, &is_kernel);
        suspect->n_forms += has_form;
        suspect->n_kernels += is_kernel;
        return suspect->is_closed && suspect->n_forms == 0 && suspect->n_kernels == 0 ? VERDICT_LITERAL : VERDICT_WAIT;
}

/* "grep -c x log": what follows a here-document */
static bool is_command(struct text line)
{
        return line.data[0] >= 'a' && line.data[0] <= 'z' && !memchr(line.data, ':', line.length);
}

static enum verdict look_after(struct log_reader *reader, struct text line)
{
        struct log_suspect *suspect = &reader->suspect;
        struct text rest = line;
        bool has_form, is_kernel;

        while (rest.length && memchr(" \t\r", rest.data[0], 3))
                rest = text_from_offset(rest, 1);
        suspect->n_after++;
        if (rest.length == 0) {
                suspect->has_blank |= suspect->next == LOG_AFTER_NOTHING;
                return VERDICT_WAIT;
        }
        look_at(reader, line, &has_form, &is_kernel);
        suspect->has_form_after |= has_form;
        if (suspect->next == LOG_AFTER_NOTHING)
                suspect->next = has_form || is_kernel            ? LOG_AFTER_LOG
                                : log_literal_is_statement(line) ? LOG_AFTER_STATEMENT
                                : log_literal_is_code(line) || (suspect->literal.is_line && is_command(rest))
                                        ? LOG_AFTER_CODE
                                        : LOG_AFTER_PROSE;
        return VERDICT_WAIT;
}

/* The literal is whole, and so much of what is behind it as is needed. A program has no lines of a log outside of its strings; but who
 * pastes both may have them apart from each other. The more of a report is inside, the less is doubt in favour of the program. */
static bool is_literal(const struct log_suspect *suspect)
{
        bool is_report = suspect->n_kernels >= REPORT_LINES_MIN || suspect->n_forms >= REPORT_LINES_MIN;

        if (suspect->literal.is_docstring && suspect->next != LOG_AFTER_STATEMENT)
                return false;
        if (is_report)
                return suspect->next != LOG_AFTER_LOG && suspect->next != LOG_AFTER_PROSE &&
                       !(suspect->n_forms && suspect->has_form_after);
        return suspect->next != LOG_AFTER_LOG || suspect->has_blank;
}

/* Of the first line that waits, which opens a literal if it is one. is_end: nothing comes after those that wait. */
static enum verdict decide(struct log_reader *reader, bool is_end)
{
        struct log_suspect *suspect = &reader->suspect;

        while (suspect->n_seen < suspect->count && suspect->n_after < AFTER_LINES) {
                uint64_t line_number;
                struct text line = line_at(suspect, suspect->seen, &line_number);
                enum verdict verdict = VERDICT_WAIT;

                suspect->seen = (size_t)(line.data + line.length - suspect->bytes);
                suspect->n_seen++;
                if (suspect->is_closed)
                        verdict = look_after(reader, line);
                else if (suspect->n_seen > 1)
                        verdict = look_inside(reader, line);
                if (!suspect->is_closed)
                        suspect->n_literal = suspect->n_seen + 1;
                if (verdict != VERDICT_WAIT)
                        return verdict;
        }
        if (suspect->is_closed && (is_end || suspect->n_after >= AFTER_LINES))
                return is_literal(suspect) ? VERDICT_LITERAL : VERDICT_LOG;
        if (!is_end)
                return VERDICT_WAIT;
        return VERDICT_LOG;
}

static void drop_literal(struct log_reader *reader)
{
        struct log_suspect *suspect = &reader->suspect;
        size_t n = suspect->n_literal < suspect->count ? suspect->n_literal : suspect->count;

        while (n--)
                (void)take_first(suspect, &(uint64_t){ 0 });
        reader->end_lines(reader);
        reader->has_gap = reader->has_prose = true;
}

/* Reads what waits, as far as it is decided. */
static void read_suspect(struct log_reader *reader, bool is_end, log_read_line_fn *read_line)
{
        struct log_suspect *suspect = &reader->suspect;

        suspect->is_reading = true;
        while (suspect->count > 0) {
                uint64_t line_number;
                enum verdict verdict = decide(reader, is_end);

                if (verdict == VERDICT_WAIT)
                        break;
                if (verdict == VERDICT_LITERAL) {
                        drop_literal(reader);
                } else {
                        struct text line = take_first(suspect, &line_number);

                        suspect->n_failed++;
                        read_line(reader, line, line_number);
                }
                while (suspect->count > 0 &&
                       !log_reader_opens_literal(reader, line_at(suspect, suspect->first, &line_number))) {
                        struct text line = take_first(suspect, &line_number);

                        read_line(reader, line, line_number);
                }
                restart(suspect);
        }
        suspect->is_reading = false;
}

/* The lines that were read make room. */
static void compact(struct log_suspect *suspect)
{
        memmove(suspect->bytes, suspect->bytes + suspect->first, suspect->end - suspect->first);
        suspect->end -= suspect->first;
        suspect->seen -= suspect->first;
        suspect->first = 0;
}

void log_reader_suspect(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line)
{
        struct log_suspect *suspect = &reader->suspect;

        if (suspect->count == 0)
                restart(suspect);
        if (!put(suspect, line, line_number)) {
                compact(suspect);
                if (!put(suspect, line, line_number)) {
                        read_suspect(reader, true, read_line);
                        read_line(reader, line, line_number);
                        return;
                }
        }
        read_suspect(reader, false, read_line);
}

void log_reader_end_suspect(struct log_reader *reader, log_read_line_fn *read_line)
{
        if (!reader->suspect.is_reading)
                read_suspect(reader, true, read_line);
}
