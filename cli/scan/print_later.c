/* Until the table and the page are there. */
#include <stdio.h>

#include "scan/printer.h"

static int begin(FILE *stream, const struct scan_options *options, void **ret_state)
{
        (void)options;
        *ret_state = stream;
        return 0;
}

static int print(void *state, const struct scan_finding *finding)
{
        return fputs(finding->block ? finding->block : finding->json, state) < 0 || putc('\n', state) < 0 ? -5 : 0;
}

static int end(void *state, const struct scan_totals *totals)
{
        (void)state;
        (void)totals;
        return 0;
}

const struct scan_printer scan_printer_table = { begin, print, end };
const struct scan_printer scan_printer_page = { begin, print, end };
