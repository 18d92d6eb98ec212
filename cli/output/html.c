#include "output/html.h"

#include <inttypes.h>
#include <stdarg.h>

#include "util/prose.h"
#include "util/rfc3339.h"
#include "util/utf8.h"

void html_put(FILE *stream, const char *markup)
{
        (void)fputs(markup, stream);
}

void html_format(FILE *stream, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vfprintf(stream, format, arguments);
        va_end(arguments);
}

static const char *escape_of(uint32_t character, bool is_multiline)
{
        switch (character) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        case '\n':
        case '\t':
                return is_multiline ? NULL : UTF8_REPLACEMENT;
        case UTF8_INVALID:
                return UTF8_REPLACEMENT;
        default:
                return utf8_is_unsafe(character) ? UTF8_REPLACEMENT : NULL;
        }
}

static void put_escaped(FILE *stream, struct text text, bool is_multiline)
{
        size_t plain = 0; /* bytes at the front that need no escape */

        while (plain < text.length) {
                uint32_t character;
                size_t step = utf8_next(text_from_offset(text, plain), &character);
                const char *escape = escape_of(character, is_multiline);

                if (!escape) {
                        plain += step;
                        continue;
                }
                (void)fwrite(text.data, 1, plain, stream);
                (void)fputs(escape, stream);
                text = text_from_offset(text, plain + step);
                plain = 0;
        }
        if (plain > 0)
                (void)fwrite(text.data, 1, plain, stream);
}

void html_text(FILE *stream, struct text text)
{
        put_escaped(stream, text, false);
}

void html_lines(FILE *stream, struct text text)
{
        put_escaped(stream, text, true);
}

void html_text_in(FILE *stream, const char *before, struct text text, const char *after)
{
        html_put(stream, before);
        html_text(stream, text);
        html_put(stream, after);
}

void html_name(FILE *stream, struct text name)
{
        html_text_in(stream, "<span class=\"name\">", name, "</span>");
}

void html_size(FILE *stream, int64_t bytes)
{
        char size[32];
        struct prose prose = prose_start(size, sizeof(size));

        if (bytes == ALERT_UNKNOWN) {
                html_put(stream, "–");
                return;
        }
        prose_size(&prose, bytes);
        html_format(stream, "<data value=\"%" PRId64 "\">%s</data>", bytes, size);
}

void html_time(FILE *stream, const struct incident_row *row, bool with_zone)
{
        char utc[RFC3339_SIZE];

        if (!rfc3339_format(row->time_usec, utc)) {
                html_put(stream, "time unknown");
                return;
        }
        html_format(stream, "<time datetime=\"%.19sZ\">%s", utc, row->time);
        if (with_zone)
                html_text_in(stream, " ", text_from(row->zone), "");
        html_put(stream, "</time>");
        if (row->time_doubts)
                html_put(stream, "<span title=\"Part of this time is not from the log: see the notes.\">~</span>");
}

void html_table_begin(FILE *stream, const struct html_table *table)
{
        html_format(stream, "<div class=\"box\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table", table->label);
        if (table->class_name)
                html_format(stream, " class=\"%s\"", table->class_name);
        html_format(stream, "><caption>%s</caption><thead><tr>", table->caption);
        for (size_t i = 0; i < HTML_COLUMNS_MAX && table->columns[i]; i++) {
                bool is_number = table->columns[i][0] == '#';

                html_format(stream, "<th scope=\"col\"%s>%s</th>", is_number ? " class=\"n\"" : "",
                            table->columns[i] + is_number);
        }
        html_put(stream, "</tr></thead><tbody>\n");
}

void html_table_end(FILE *stream)
{
        html_put(stream, "</tbody></table></div>");
}

void html_cell_text(FILE *stream, struct text text)
{
        html_text_in(stream, "<td>", text, "</td>");
}

void html_cell_size(FILE *stream, int64_t bytes)
{
        html_put(stream, "<td class=\"n\">");
        html_size(stream, bytes);
        html_put(stream, "</td>");
}

void html_cell_number(FILE *stream, int64_t number)
{
        if (number == ALERT_UNKNOWN)
                html_put(stream, "<td class=\"n\">–</td>");
        else
                html_format(stream, "<td class=\"n\">%" PRId64 "</td>", number);
}
