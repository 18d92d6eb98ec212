/* cli/output/print_json.c: --format json: the alerts as they are, one on each line. */

#include <errno.h>

#include "output/printer.h"

static int json_begin(FILE *stream, void **ret_state)
{
        *ret_state = stream;
        return 0;
}

static int json_finding(void *state, const struct finding *finding)
{
        FILE *stream = state;

        if (fwrite(finding->json, 1, finding->json_length, stream) != finding->json_length || putc('\n', stream) == EOF)
                return errno ? -errno : -EIO;
        return 0;
}

static int json_end(void *state, const struct printer_totals *totals)
{
        (void)state;
        (void)totals;
        return 0;
}

const struct printer printer_json = { json_begin, json_finding, json_end };
