/* tests/tools/page_of.c: alerts, one on each line of standard input, as `oomwatch scan` shows them: page_of text|html.
 *
 * time, source.path, source.line and source.places are those of the alert; a member "raw" besides, if there is one, is the raw lines. */

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "logfile/message.h"
#include "scan/printer.h"

#define PLACES_MAX 64

static int64_t time_of(struct json_object *alert)
{
        struct json_object *value;
        struct tm tm = { 0 };
        const char *rest;

        if (!json_object_object_get_ex(alert, "time", &value))
                return LOG_UNKNOWN;
        rest = strptime(json_object_get_string(value), "%Y-%m-%dT%H:%M:%S", &tm);
        return rest ? timegm(&tm) * 1000000LL : LOG_UNKNOWN;
}

static struct scan_place place_of(struct json_object *object)
{
        struct scan_place place = { NULL, 0 };
        struct json_object *value;

        if (json_object_object_get_ex(object, "path", &value))
                place.path = json_object_get_string(value);
        if (json_object_object_get_ex(object, "line", &value))
                place.line = (uint64_t)json_object_get_int64(value);
        return place;
}

static size_t places_of(struct json_object *alert, struct scan_place *places)
{
        struct json_object *source, *list;

        if (!json_object_object_get_ex(alert, "source", &source))
                return 0;
        if (!json_object_object_get_ex(source, "places", &list)) {
                places[0] = place_of(source);
                return 1;
        }
        for (size_t i = 0; i < json_object_array_length(list) && i < PLACES_MAX; i++)
                places[i] = place_of(json_object_array_get_idx(list, i));
        return json_object_array_length(list);
}

int main(int argc, char **argv)
{
        const struct scan_printer *printer =
                argc > 1 && strcmp(argv[1], "html") == 0 ? &scan_printer_page : &scan_printer_table;
        struct scan_options options = { .format = SCAN_FORMAT_HTML };
        struct scan_totals totals = { .inputs = 2, .bytes = 12345678 };
        char *line = NULL;
        size_t size = 0;
        ssize_t length;
        void *state;

        if (printer->begin(stdout, &options, &state) < 0)
                return 2;
        while ((length = getline(&line, &size, stdin)) > 0) {
                struct json_object *alert = json_tokener_parse(line), *raw = NULL;
                struct scan_place places[PLACES_MAX];
                struct scan_finding finding = { .json = line, .json_length = (size_t)length, .places = places };
                const char *doubts = getenv("PAGE_OF_DOUBTS");

                if (!alert)
                        return 2;
                finding.time_usec = time_of(alert);
                finding.time_doubts = doubts ? (unsigned)strtoul(doubts, NULL, 10) : 0;
                finding.n_places = places_of(alert, places);
                if (json_object_object_get_ex(alert, "raw", &raw)) {
                        finding.raw = json_object_get_string(raw);
                        finding.raw_length = (size_t)json_object_get_string_len(raw);
                }
                if (argc > 2)
                        finding.block = "BLOCK\n";
                if (printer->finding(state, &finding) < 0)
                        return 2;
                totals.incidents++;
                (void)json_object_put(alert);
        }
        free(line);
        return printer->end(state, &totals) < 0 || fflush(stdout) != 0 ? 2 : 0;
}
