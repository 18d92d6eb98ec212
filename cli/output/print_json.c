/* cli/output/print_json.c: the alerts as they are, one on each line. */

#include <errno.h>

#include "output/printer.h"

static int begin(FILE *stream, const struct scan_options *options, void **ret_state)
{
        (void)options;
        *ret_state = stream;
        return 0;
}

static int print(void *state, const struct finding *finding)
{
        FILE *stream = state;

        if (fwrite(finding->json, 1, finding->json_length, stream) != finding->json_length || putc('\n', stream) == EOF)
                return errno ? -errno : -EIO;
        return 0;
}

static int end(void *state, const struct printer_totals *totals)
{
        (void)state;
        (void)totals;
        return 0;
}

const struct printer printer_json = { begin, print, end };
