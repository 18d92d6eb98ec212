/* cli/search/date_lines.h: some lines of what is passed over, for their dates.
 *
 * Years that aren't printed show in dates going back: so every now and then a line is looked at, and told if its date is
 * another than that of the line before it. */

#pragma once

#include <stdbool.h>

#include "logfile/reader.h"

/* Every so many bytes a line is looked at, if it may have a date without a year; in a log's first block more often, since
 * quiet machines write little in a year. */
#define DATE_LINES_STEP       ((size_t)64 * 1024)
#define DATE_LINES_STEP_FIRST (DATE_LINES_STEP / 16)

#define DATE_LENGTH 6 /* "Aug 25" */

/* The next line that begins at or after floor, behind a newline at or after *from, where *from goes on by step; that begins
 * with a month, and with another date than date[]. Sets date[] to it. False: there is none that is whole. */
bool date_lines_next(struct text block, size_t floor, size_t step, size_t *from, char date[static DATE_LENGTH],
                     struct text *ret_line);
