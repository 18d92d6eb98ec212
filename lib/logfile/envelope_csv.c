/* A line of a table, as searches of logs export it: `2026-08-25T14:06:20Z,"web1","[  12.345678] text"`, with ',', ';' or tabs. It has
 * two fields at least, and no blank between them: else it would be a list of strings in a program's source. */

#include "logfile/envelope.h"
#include "util/array.h"

/* A label for each column; more are not looked at. */
static const char columns[] = "123456789abcdefghijklmnopqrstuvwxyz";
#define FIELDS_MAX (sizeof(columns) - 1)

static bool is_separator(char c)
{
        return c == ',' || c == ';' || c == '\t';
}

/* The next field. A quoted one is decoded to buffer. *ret_is_whole: that it isn't a piece of a text which has commas itself. False:
 * there is none more. */
static bool eat_field(struct text *line, char *buffer, struct text *ret_field, bool *ret_is_whole)
{
        size_t at = 0, length = 0;

        if (line->length == 0)
                return false;
        if (line->data[0] != '"') {
                while (at < line->length && !is_separator(line->data[at]))
                        at++;
                *ret_field = text_until_offset(*line, at);
        } else {
                for (at = 1; at < line->length; at++) {
                        if (line->data[at] == '"' && (++at == line->length || line->data[at] != '"'))
                                break; /* two of them are one of the text's */
                        buffer[length++] = line->data[at];
                }
                *ret_field = (struct text){ buffer, length };
        }
        while (at < line->length && !is_separator(line->data[at]))
                at++;
        *ret_is_whole = ret_field->data == buffer || (at < line->length && line->data[at] != ',');
        *line = text_from_offset(*line, at < line->length ? at + 1 : at);
        return true;
}

/* `"a", "b"`; but `""a"", ""b""` is in a field, with its quotes doubled. */
static bool is_list_of_strings(struct text line)
{
        static const struct text between = { "\", \"", 4 };
        ptrdiff_t at = -1;

        while ((at = text_find(line, between, (size_t)(at + 1))) >= 0)
                if (at > 0 && line.data[at - 1] != '"' &&
                    !text_starts(text_from_offset(line, (size_t)at + between.length), TEXT("\"")))
                        return true;
        return false;
}

bool log_envelope_csv(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        struct text fields[FIELDS_MAX];
        struct log_inner inner = { 0 };
        size_t n_fields = 0, n_seen = 0;
        bool is_whole;

        (void)text_eat_blanks(&line);
        if (line.length == 0 || !memchr(line.data, '"', line.length) || is_list_of_strings(line))
                return false;
        while (n_fields < FIELDS_MAX && eat_field(&line, buffer, &fields[n_fields], &is_whole)) {
                struct text after = fields[n_fields];
                struct log_stamp stamp;

                n_seen += after.length > 0;
                if (after.data == buffer)
                        buffer += after.length;
                if (inner.stamp.kind == LOG_STAMP_NONE && log_stamp_eat_iso(&after, &stamp) && after.length == 0)
                        inner.stamp = stamp;
                else if (is_whole)
                        n_fields++;
        }
        if (n_seen < 2)
                return false;
        for (size_t i = 0; i < n_fields; i++) {
                inner.text = fields[i];
                inner.label = (struct text){ &columns[i], 1 };
                if (inner.text.length && offer(&inner, userdata))
                        return true;
        }
        return false;
}
