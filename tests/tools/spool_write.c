/* spool_write SPOOL SINK: puts alerts into a spool as oomwatchd does: one for each line of standard input, "<id> <json>",
 * in their order. */

#include <stdio.h>
#include <string.h>

#include "common/spool.h"
#include "util/cleanup.h"

int main(int argc, char **argv)
{
        _cleanup_(freep) char *line = NULL;
        struct spool *spool;
        size_t room = 0;
        ssize_t length;
        int r;

        if (argc != 3) {
                (void)fprintf(stderr, "spool_write SPOOL SINK\n");
                return 2;
        }
        r = spool_open(argv[1], argv[2], &spool);
        while (r >= 0 && (length = getline(&line, &room, stdin)) > 0) {
                char *json = strchr(line, ' ');

                if (line[length - 1] == '\n')
                        line[length - 1] = '\0';
                if (!json)
                        return 2;
                *json++ = '\0';
                r = spool_write(spool, line, json, strlen(json));
        }
        if (r < 0) {
                (void)fprintf(stderr, "spool_write: %s\n", strerror(-r));
                return 1;
        }
        spool_close(spool);
        return 0;
}
