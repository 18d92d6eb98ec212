#include "output/html.h"

#include <inttypes.h>
#include <stdarg.h>

#include "logfile/message.h"
#include "util/prose.h"
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

void html_size(FILE *stream, int64_t bytes)
{
        char words[32];
        struct prose prose = prose_start(words, sizeof(words));

        if (bytes == ALERT_UNKNOWN) {
                html_put(stream, "–");
                return;
        }
        prose_size(&prose, bytes);
        html_format(stream, "<data value=\"%" PRId64 "\">%s</data>", bytes, words);
}

void html_number(FILE *stream, int64_t number)
{
        if (number == ALERT_UNKNOWN)
                html_put(stream, "–");
        else
                html_format(stream, "%" PRId64, number);
}

void html_time(FILE *stream, const struct incident_row *row, bool with_zone)
{
        time_t seconds = (time_t)(row->time_usec / 1000000 - (row->time_usec % 1000000 < 0));
        struct tm utc;
        char words[INCIDENT_TIME_SIZE];

        if (row->time_usec == LOG_UNKNOWN || !gmtime_r(&seconds, &utc) ||
            strftime(words, sizeof(words), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
                html_put(stream, "time unknown");
                return;
        }
        html_format(stream, "<time datetime=\"%s\">%s", words, row->time);
        if (with_zone) {
                html_put(stream, " ");
                html_text(stream, text_from(row->zone));
        }
        html_put(stream, "</time>");
        if (row->time_doubts)
                html_put(stream, "<span title=\"The time is not all from the log: see the notes.\">~</span>");
}

void html_mark(FILE *stream, enum incident_severity severity)
{
        static const char *const shapes[INCIDENT_SEVERITY_COUNT] = {
                [INCIDENT_CRITICAL] =
                        "<svg class=\"mark critical\" aria-hidden=\"true\"><use href=\"#critical\"/></svg>",
                [INCIDENT_ERROR] = "<svg class=\"mark error\" aria-hidden=\"true\"><use href=\"#error\"/></svg>",
                [INCIDENT_WARNING] = "<svg class=\"mark warning\" aria-hidden=\"true\"><use href=\"#warning\"/></svg>",
        };

        html_put(stream, shapes[severity]);
}
