/* cli/output/html.h: pieces of the page, written to a stream.
 *
 * Everything that comes from a log passes html_text() or html_lines(), which escape it: whatever it holds, it stays text. Strings
 * named markup, label, caption or format are our own and are written as they are. Errors of writing stay in the stream: who writes
 * the last piece asks ferror(). */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

void html_put(FILE *stream, const char *markup);
void html_format(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For text, and for values of quoted attributes. Control characters, and bytes that are not UTF-8, become U+FFFD. */
void html_text(FILE *stream, struct text text);
/* The same, but newlines and tabs stay. */
void html_lines(FILE *stream, struct text text);
/* html_text() between two pieces of markup. */
void html_text_in(FILE *stream, const char *before, struct text text, const char *after);
/* The same as html_text(), in the typeface of names. */
void html_name(FILE *stream, struct text name);

/* "380.5 MiB", with the number of bytes in an attribute for programs; a dash for ALERT_UNKNOWN. */
void html_size(FILE *stream, int64_t bytes);
/* Local time, and its zone if asked for, with UTC in an attribute for programs. */
void html_time(FILE *stream, const struct incident_row *row, bool with_zone);

/* A table in a box of its own, which scrolls where the window is too narrow for it. */
#define HTML_COLUMNS_MAX 8
struct html_table {
        const char *label;      /* of the box, read out by screen readers */
        const char *class_name; /* NULL: none */
        const char *caption;
        const char *columns[HTML_COLUMNS_MAX]; /* headings; '#' in front of one: its column has numbers */
};

/* The table up to its first row; the caller writes the rows. */
void html_table_begin(FILE *stream, const struct html_table *table);
void html_table_end(FILE *stream);

/* One cell of a row. A number that is ALERT_UNKNOWN is a dash. */
void html_cell_text(FILE *stream, struct text text);
void html_cell_size(FILE *stream, int64_t bytes);
void html_cell_number(FILE *stream, int64_t number);

extern const char html_style[]; /* html_style.c */
