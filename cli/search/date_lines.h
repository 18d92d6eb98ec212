/* cli/search/date_lines.h: which lines of skipped bytes the log reader needs for their dates.
 *
 * Where dates have no year, the reader sees a new year by dates that go back. So a line is looked at every now and then, and
 * emitted if its date differs from that of the last one. */

#pragma once

#include <stdbool.h>

#include "logfile/reader.h"

/* A line is looked at every so many bytes; in a log's first block more often, since quiet machines write little in a year. */
#define DATE_LINES_STEP       ((size_t)64 * 1024)
#define DATE_LINES_STEP_FIRST (DATE_LINES_STEP / 16)

#define DATE_LENGTH 6 /* "Aug 25" */

/* Looks at the line after the first newline at or after *from, then moves *from by step, until a line begins at or after floor,
 * is whole, and begins with a month and with another date than date[]. Copies its date to date[]. *ret_line is borrowed from
 * block. Returns false if there is none. */
bool date_lines_next(struct text block, size_t floor, size_t step, size_t *from, char date[static DATE_LENGTH],
                     struct text *ret_line);
