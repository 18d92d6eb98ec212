/* cli/output/printer.h: the interface of an output format, and what formats have in common.
 *
 * command_scan.c calls begin() once. For each incident it then calls finding(), from the thread that called begin(), oldest first and
 * those without a time at the end; the finding and its texts are the caller's and only valid during the call. In the end it calls
 * end() once, also after an error. A function that returns a negative errno stops the output: no further finding follows, only end().
 *
 * A printer writes to stream in finding() and end(). The stream remains the caller's, who flushes it and asks ferror() for errors of
 * writing: a printer need not look at them. */

#pragma once

#include <stdio.h>

#include "scan/finding.h"

/* What was read, and what came of it. */
struct printer_totals {
        uint64_t n_incidents; /* shown */
        uint64_t n_timeless;  /* not shown: without a time nobody knows whether they are within --since and --until */
        uint64_t n_inputs, n_bytes;
        uint64_t n_unreadable; /* errors reported while reading */
};

struct printer {
        /* Returns 0 and a state for the other two, or a negative errno: then nothing else is called. */
        int (*begin)(FILE *stream, void **ret_state);
        /* Returns 0 or a negative errno. */
        int (*finding)(void *state, const struct finding *finding);
        /* Writes what is left and frees state. totals is NULL after an error: what was shown isn't complete. Returns 0 or a negative
         * errno. */
        int (*end)(void *state, const struct printer_totals *totals);
};

extern const struct printer printer_json;  /* print_json.c */
extern const struct printer printer_table; /* print_table.c */
extern const struct printer printer_html;  /* print_html.c */

/* The name of the file at a location, any bytes; or what it is, where it isn't a file: "standard input", "the journal". */
struct text printer_location_name(const struct alert_location *location);

/* Appends to a stream what a temporary file holds, up to end, or all of it where end is negative. Returns 0, or -EIO where from can't
 * be read. */
int printer_copy(FILE *from, long end, FILE *to) __attribute__((warn_unused_result));
