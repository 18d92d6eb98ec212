/* cli/output/printer.h: a form of output. */

#pragma once

#include <stdio.h>

#include "scan/finding.h"
#include "scan/options.h"

/* What was read, and what came of it. */
struct printer_totals {
        uint64_t n_incidents; /* shown */
        uint64_t n_timeless;  /* not shown, since nobody knows whether they are within --since and --until */
        uint64_t n_inputs, n_bytes;
        uint64_t n_unreadable; /* errors reported while reading */
};

/* Each returns 0 or a negative errno. Errors of writing are seen by the caller, by ferror(). */
struct printer {
        int (*begin)(FILE *stream, const struct scan_options *options, void **ret_state);
        /* In order of time; those without a time at the end. */
        int (*finding)(void *state, const struct finding *finding);
        /* Called after begin whatever happened between; frees state. totals is NULL when something went wrong. */
        int (*end)(void *state, const struct printer_totals *totals);
};

extern const struct printer printer_json;  /* print_json.c */
extern const struct printer printer_table; /* print_table.c */
extern const struct printer printer_html;  /* print_html.c */
