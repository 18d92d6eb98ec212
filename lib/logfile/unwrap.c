#include "logfile/unwrap.h"

void log_strip_returns(struct text *line)
{
        while (text_eat_end(line, TEXT("\r")))
                ;
        while (text_eat(line, TEXT("\r")))
                ;
}

bool log_eat_quotes(struct text *line)
{
        struct text rest = *line;
        bool quoted = false;

        /* One blank belongs to each sign; more are the line's. */
        while (text_eat(&rest, TEXT(">")) || text_starts(rest, TEXT("| "))) {
                (void)text_eat(&rest, TEXT("|"));
                (void)text_eat(&rest, TEXT(" "));
                quoted = true;
        }
        *line = rest;
        return quoted;
}

bool log_eat_cri(struct text *line, struct log_cri *ret_cri)
{
        struct log_cri cri = { 0 };
        struct text rest = *line;

        if (!log_stamp_eat_iso(&rest, &cri.stamp))
                return false;
        if (text_eat(&rest, TEXT(" stderr ")))
                cri.error = true;
        else if (!text_eat(&rest, TEXT(" stdout ")))
                return false;
        /* Tags after the first are for later versions. */
        if (text_eat(&rest, TEXT("P")))
                cri.partial = true;
        else if (!text_eat(&rest, TEXT("F")))
                return false;
        if (text_eat(&rest, TEXT(":")))
                (void)log_eat_word(&rest);
        if (rest.length && !text_eat(&rest, TEXT(" ")))
                return false;
        *line = rest;
        *ret_cri = cri;
        return true;
}

/* "20260801": it belongs to the name of a rotated file, and is no line's number. */
static bool is_day(struct text digits)
{
        uint32_t year, month, day;

        return digits.length == 8 && log_eat_digits(&digits, 4, &year) && log_eat_digits(&digits, 2, &month) &&
               log_eat_digits(&digits, 2, &day) && year >= 1990 && year < 2100 && month >= 1 && month <= 12 &&
               day >= 1 && day <= 31;
}

/* "12:" or "12-" */
static bool eat_line_number(struct text *text, char separator, int64_t *ret_line)
{
        struct text rest = *text, digits;
        uint64_t number;

        if (!text_eat_u64(&rest, &number) || number > INT64_MAX || !rest.length || rest.data[0] != separator)
                return false;
        digits = text_until_offset(*text, text->length - rest.length);
        if (separator == '-' && is_day(digits))
                return false;
        *text = text_from_offset(rest, 1);
        *ret_line = (int64_t)number;
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

/* Is there a line behind the separator at this offset? */
static bool try_place(struct text line, size_t at, log_line_fn is_line, void *userdata, struct log_place *place)
{
        char separator = line.data[at];
        struct text rest = text_from_offset(line, at + 1), numbered = rest;

        *place = (struct log_place){ .path = text_until_offset(line, at), .line = LOG_UNKNOWN };
        if (eat_line_number(&numbered, separator, &place->line)) {
                bool raw = separator == ':' && is_absolute(place->path) && log_text_may_be_raw(numbered);

                place->width = line.length - numbered.length;
                if (is_line(numbered, userdata) || raw)
                        return true;
                place->line = LOG_UNKNOWN;
        }
        place->width = at + 1;
        if (is_line(rest, userdata)) {
                int64_t number;
                struct text digits = text_until_offset(line, at + 1);

                if (is_digits(place->path) && eat_line_number(&digits, separator, &number)) {
                        place->path = (struct text){ 0 }; /* grep -n of one file */
                        place->line = number;
                }
                return true;
        }
        return separator == ':' && is_absolute(place->path) && log_text_may_be_raw(rest);
}

bool log_find_place(struct text line, log_line_fn is_line, void *userdata, struct log_place *ret_place)
{
        static const char stdin_name[] = "(standard input)";
        size_t start = text_starts(line, TEXT("(standard input)")) ? sizeof(stdin_name) - 1 : 0;
        unsigned tries = 0;

        for (size_t at = start; at < line.length && at <= LOG_PATH_MAX && tries < LOG_PATH_TRIES; at++) {
                unsigned char c = (unsigned char)line.data[at];

                /* Names with blanks are left alone: a line of any log has them before its colons. */
                if (c <= ' ')
                        return false;
                if ((c != ':' && c != '-') || at == 0)
                        continue;
                tries++;
                if (try_place(line, at, is_line, userdata, ret_place))
                        return true;
        }
        return false;
}

size_t log_same_place(struct text line, struct text path, bool with_line)
{
        static const char separators[] = { ':', '-' };

        for (size_t i = 0; i < sizeof(separators); i++) {
                struct text rest = line;
                int64_t number;

                if (path.length && (!text_eat(&rest, path) || !text_eat(&rest, (struct text){ &separators[i], 1 })))
                        continue;
                if (!with_line || eat_line_number(&rest, separators[i], &number))
                        return line.length - rest.length;
        }
        return 0;
}
