#include "logfile/unwrap.h"

#include <strings.h>

#include "logfile/prefix_parts.h"
#include "util/array.h"

void log_strip_returns(struct text *line)
{
        while (text_eat_end(line, TEXT("\r")))
                ;
        while (text_eat(line, TEXT("\r")))
                ;
}

static bool is_any_of(const char *bytes, char c)
{
        return c && strchr(bytes, c);
}

static size_t strip_any_of(struct text *line, const char *bytes)
{
        size_t length = line->length;

        while (line->length && is_any_of(bytes, line->data[line->length - 1]))
                line->length--;
        return length - line->length;
}

/* "<br>", "<br />", "</td>": these alone, since the kernel prints "<TASK>". */
static bool eat_end_tag(struct text *line)
{
        static const char names[][5] = { "br", "td", "tr", "p", "pre", "code", "li", "div", "span", "font" };
        struct text rest = *line, name;
        ptrdiff_t at;

        if (!text_eat_end(&rest, TEXT(">")) || (at = text_find_last(rest, TEXT("<"))) < 0)
                return false;
        name = text_from_offset(rest, (size_t)at + 1);
        (void)text_eat(&name, TEXT("/"));
        (void)text_eat_end(&name, TEXT("/"));
        (void)strip_any_of(&name, " ");
        for (size_t i = 0; i < COUNT(names); i++) {
                if (name.length == strlen(names[i]) && strncasecmp(name.data, names[i], name.length) == 0) {
                        *line = text_until_offset(rest, (size_t)at);
                        return true;
                }
        }
        return false;
}

/* `"`, `",`, `"),`, and the line's end as a string has it, `\n"`; but not the second quote of a pair in the line. */
static bool eat_end_quote(struct text *line)
{
        struct text rest = *line;
        char quote;

        (void)strip_any_of(&rest, ",;)]} ");
        if (rest.length == 0)
                return false;
        quote = rest.data[--rest.length];
        if (!is_any_of("\"'`", quote) || text_count(rest, quote) % 2)
                return false;
        (void)text_eat_end(&rest, TEXT("\\"));
        (void)text_eat_end(&rest, TEXT("\\n"));
        (void)text_eat_end(&rest, TEXT("\\r"));
        *line = rest;
        return true;
}

/* " |" of a table's cell */
static bool eat_end_bar(struct text *line)
{
        return text_ends(*line, TEXT(" |")) && text_eat_end(line, TEXT("|"));
}

#define BLANKS " \t\r"

/* "[  123] ", "[123] " */
static bool is_row(struct text line)
{
        return line.length > 1 && line.data[0] == '[' && is_any_of(" 0123456789", line.data[1]);
}

void log_strip_tags(struct text *line)
{
        while (eat_end_tag(line))
                ;
}

void log_strip_padding(struct text *line)
{
        do
                (void)strip_any_of(line, BLANKS);
        while (eat_end_tag(line));
}

void log_strip_tail(struct text *line, struct text tail_before)
{
        struct text rest = *line;

        if (is_row(rest)) {
                size_t n_blanks = strip_any_of(&rest, BLANKS);

                if (n_blanks > 1 || (n_blanks && rest.data[rest.length] != ' '))
                        *line = rest;
                if (!tail_before.length || !text_eat_end(line, tail_before))
                        return;
                rest = *line;
                if (strip_any_of(&rest, BLANKS) > 1)
                        *line = rest;
                return;
        }
        for (bool is_padding = false;; is_padding = true) {
                size_t n_blanks = strip_any_of(&rest, BLANKS);

                is_padding |= n_blanks > 1 || (n_blanks && rest.data[rest.length] != ' '); /* one may be the kernel's */
                if (is_padding)
                        *line = rest;
                if (!eat_end_tag(&rest) && !eat_end_quote(&rest) && !(n_blanks == 0 && eat_end_bar(&rest)))
                        return;
                *line = rest;
        }
}

void log_eat_quotes(struct text *line)
{
        /* One blank belongs to each mark; more are the line's. */
        while (text_eat(line, TEXT(">")) || text_starts(*line, TEXT("| "))) {
                (void)text_eat(line, TEXT("|"));
                (void)text_eat(line, TEXT(" "));
        }
}

bool log_eat_cri(struct text *line, struct log_cri *ret_cri)
{
        struct log_cri cri = { 0 };
        struct text rest = *line;

        if (!log_stamp_eat_iso(&rest, &cri.stamp))
                return false;
        if (text_eat(&rest, TEXT(" stderr ")))
                cri.is_stderr = true;
        else if (!text_eat(&rest, TEXT(" stdout ")))
                return false;
        /* Tags after the first are for later versions. */
        if (text_eat(&rest, TEXT("P")))
                cri.is_partial = true;
        else if (!text_eat(&rest, TEXT("F")))
                return false;
        if (text_eat(&rest, TEXT(":")))
                (void)text_eat_until(&rest, ' ');
        if (rest.length && !text_eat(&rest, TEXT(" ")))
                return false;
        *line = rest;
        *ret_cri = cri;
        return true;
}

bool log_eat_service(struct text *line)
{
        struct text rest = *line, name = text_eat_until(&rest, ' ');

        if (text_starts(name, TEXT("[pod/"))) {
                if (!text_ends(name, TEXT("]")) || !text_eat(&rest, TEXT(" ")))
                        return false;
        } else if (name.length == 0 || text_eat_blanks(&rest) == 0 || !text_eat(&rest, TEXT("| "))) {
                return false;
        }
        *line = rest;
        return true;
}

bool log_eat_date(struct text *line, struct log_stamp *ret_stamp)
{
        struct text rest = *line;
        struct log_stamp stamp;

        if ((rest.length > 19 && rest.data[19] == ',') /* dmesg's, which may have another stamp behind */ ||
            !log_stamp_eat_iso(&rest, &stamp) || !text_eat(&rest, TEXT(" ")))
                return false;
        *line = rest;
        *ret_stamp = stamp;
        return true;
}

/* "20260801": the end of a rotated file's name, not a line number */
static bool is_day(struct text digits)
{
        uint32_t year, month, day;

        return digits.length == 8 && log_eat_digits(&digits, 4, &year) && log_eat_digits(&digits, 2, &month) &&
               log_eat_digits(&digits, 2, &day) && year >= 1990 && year < 2100 && month >= 1 && month <= 12 &&
               day >= 1 && day <= 31;
}

/* "12:" or "12-" */
static bool eat_line_number(struct text *text, char separator, int64_t *ret_number)
{
        struct text rest = *text, digits;
        uint64_t number;

        if (!text_eat_u64(&rest, &number) || number > INT64_MAX || !rest.length || rest.data[0] != separator)
                return false;
        digits = text_until_offset(*text, text->length - rest.length);
        if (separator == '-' && is_day(digits))
                return false;
        *text = text_from_offset(rest, 1);
        *ret_number = (int64_t)number;
        return true;
}

static bool is_absolute(struct text path)
{
        return text_starts(path, TEXT("/")) || text_starts(path, TEXT("./")) || text_starts(path, TEXT("../"));
}

static bool is_digits(struct text text)
{
        uint64_t number;

        return text_eat_u64(&text, &number) && text.length == 0;
}

/* Whether the separator at this offset ends a path, or a line number, in front of a line of a log. */
static bool try_separator(struct text *line, size_t at, log_line_fn is_line, void *userdata, struct text *ret_path,
                          int64_t *ret_number)
{
        char separator = line->data[at];
        struct text path = text_until_offset(*line, at), rest = text_from_offset(*line, at + 1), numbered = rest;
        struct text digits = text_until_offset(*line, at + 1);
        bool may_be_raw = separator == ':' && is_absolute(path);
        int64_t number = LOG_UNKNOWN;

        if (eat_line_number(&numbered, separator, &number) &&
            (is_line(numbered, userdata) || (may_be_raw && log_text_may_be_raw(numbered)))) {
                rest = numbered;
        } else {
                struct text shown = rest;

                number = LOG_UNKNOWN;
                if (may_be_raw) /* a pasted line, in a file */
                        (void)text_eat_blanks(&shown);
                if (is_line(shown, userdata)) {
                        if (is_digits(path) && eat_line_number(&digits, separator, &number))
                                path = (struct text){ 0 }; /* grep -n of one file */
                } else if (!may_be_raw || !log_text_may_be_raw(rest)) {
                        return false;
                }
        }
        *line = rest;
        *ret_path = path;
        *ret_number = number;
        return true;
}

bool log_eat_path(struct text *line, log_line_fn is_line, void *userdata, struct text *ret_path, int64_t *ret_number)
{
        static const char stdin_name[] = "(standard input)";
        size_t start = text_starts(*line, text_from(stdin_name)) ? sizeof(stdin_name) - 1 : 0;
        unsigned n_tries = 0;

        for (size_t at = start; at < line->length && at <= LOG_PATH_MAX && n_tries < LOG_PATH_TRIES; at++) {
                unsigned char c = (unsigned char)line->data[at];

                /* A path with blanks isn't recognised: lines of any log have blanks before a colon. */
                if (c <= ' ' ||
                    (c == '"' && text_starts(text_from_offset(*line, at + 1), TEXT(",")))) /* nor a row of a table */
                        return false;
                if ((c != ':' && c != '-') || at == 0)
                        continue;
                n_tries++;
                if (try_separator(line, at, is_line, userdata, ret_path, ret_number))
                        return true;
        }
        return false;
}

bool log_eat_same_path(struct text *line, struct text path, bool has_number)
{
        static const char separators[] = { ':', '-' };

        for (size_t i = 0; i < sizeof(separators); i++) {
                struct text rest = *line;
                int64_t number;

                if (path.length && (!text_eat(&rest, path) || !text_eat(&rest, (struct text){ &separators[i], 1 })))
                        continue;
                if (!has_number || eat_line_number(&rest, separators[i], &number)) {
                        *line = rest;
                        return true;
                }
        }
        return false;
}
