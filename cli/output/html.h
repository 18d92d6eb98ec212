/* cli/output/html.h: pieces of the page.
 *
 * All that comes from a log passes html_text() or html_lines(): it can't leave the place it is put, whatever it holds. Errors of
 * writing are seen at the end, by ferror(). */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

/* Our own markup, as it is. */
void html_put(FILE *stream, const char *markup);
void html_format(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text and values of quoted attributes: markup escaped, controls and what is no UTF-8 shown as U+FFFD. */
void html_text(FILE *stream, struct text text);
/* The same, but newlines and tabs stay. */
void html_lines(FILE *stream, struct text text);

/* "380.5 MiB", with the number of bytes beside it for programs; a dash where it is unknown. */
void html_size(FILE *stream, int64_t bytes);
/* A count, or a dash. */
void html_number(FILE *stream, int64_t number);
/* Local time and its zone, with UTC for programs. */
void html_time(FILE *stream, const struct incident_row *row, bool with_zone);

/* The shape of a severity. */
void html_mark(FILE *stream, enum incident_severity severity);

/* html_style.c */
extern const char html_style[];
