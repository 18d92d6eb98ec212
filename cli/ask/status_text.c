#include "ask/status_text.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "util/array.h"

static struct json_object *member(struct json_object *object, const char *key)
{
        struct json_object *value = NULL;

        return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static int64_t number(struct json_object *object, const char *key)
{
        return json_object_get_int64(member(object, key)); /* 0 where there is none */
}

/* "" where there is none. */
static const char *word(struct json_object *object, const char *key)
{
        struct json_object *value = member(object, key);

        return value ? json_object_get_string(value) : "";
}

/* Paths and messages may hold what a terminal takes for commands. */
static void print_safe(FILE *stream, const char *text)
{
        for (; *text; text++) {
                bool is_c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 &&
                             (unsigned char)text[1] < 0xa0;

                (void)fputc((unsigned char)*text < 0x20 || *text == 0x7f || is_c1 ? '?' : *text, stream);
                text += is_c1;
        }
}

/* "2026-01-02T03:04:05.678901Z" as "2026-01-02 03:04:05 UTC". */
static void print_time(FILE *stream, const char *time)
{
        if (strlen(time) >= 19 && time[10] == 'T')
                (void)fprintf(stream, "%.10s %.8s UTC", time, time + 11);
        else
                print_safe(stream, time);
}

static void print_duration(FILE *stream, int64_t sec)
{
        if (sec < 60)
                (void)fprintf(stream, "%" PRId64 " s", sec);
        else if (sec < 3600)
                (void)fprintf(stream, "%" PRId64 " min", sec / 60);
        else if (sec < 86400)
                (void)fprintf(stream, "%" PRId64 " h %" PRId64 " min", sec / 3600, sec % 3600 / 60);
        else
                (void)fprintf(stream, "%" PRId64 " d %" PRId64 " h", sec / 86400, sec % 86400 / 3600);
}

static void print_watch(struct json_object *status, FILE *stream)
{
        struct json_object *kills = member(status, "kills");

        (void)fprintf(stream, "oomwatchd %s, process %" PRId64 ", runs since ", word(status, "version"),
                      number(status, "pid"));
        print_time(stream, word(status, "started"));
        (void)fputs(" (", stream);
        print_duration(stream, number(status, "uptime_sec"));
        (void)fputs(")\n  Watch      ", stream);
        if (member(status, "watched_since")) {
                (void)fputs("without a gap since ", stream);
                print_time(stream, word(status, "watched_since"));
                (void)fputs("\n", stream);
        } else {
                (void)fprintf(stream, "%" PRId64 " records lost\n", number(status, "records_lost"));
        }
        if (kills)
                (void)fprintf(stream,
                              "  Kills      %" PRId64 " counted by the kernel since the boot, %" PRId64
                              " explained, %" PRId64 " missed\n",
                              number(kills, "counted"), number(kills, "explained"), number(kills, "missed"));
        else
                (void)fputs("  Kills      not counted by the kernel\n", stream);
}

static void print_parts(struct json_object *status, FILE *stream)
{
        struct json_object *log = member(status, "log"), *alerts = member(status, "alerts"),
                           *cursor = member(status, "cursor"), *courier = member(status, "courier");

        (void)fputs("  Log        ", stream);
        print_safe(stream, word(log, "path"));
        (void)fprintf(stream,
                      ": %" PRId64 " records read, %" PRId64 " lost, %" PRId64 " refused, %" PRId64 " malformed\n",
                      number(log, "records"), number(status, "records_lost"), number(log, "refused"),
                      number(log, "malformed"));
        (void)fprintf(stream,
                      "  Incidents  %" PRId64 "; %" PRId64 " alerts made, %" PRId64 " waiting, %" PRId64 " dropped\n",
                      number(status, "incidents"), number(alerts, "made"), number(alerts, "waiting"),
                      number(alerts, "dropped"));
        (void)fprintf(stream, "  Priority   %s; memory %slocked\n", word(status, "priority"),
                      json_object_get_boolean(member(status, "memory_locked")) ? "" : "not ");
        if (cursor) {
                (void)fputs("  Cursor     ", stream);
                if (member(cursor, "seq"))
                        (void)fprintf(stream, "record %" PRId64 " in ", number(cursor, "seq"));
                else
                        (void)fputs("not stored in ", stream);
                print_safe(stream, word(cursor, "path"));
                (void)fputs("\n", stream);
        }
        if (courier)
                (void)fprintf(stream, "  Courier    %s\n",
                              json_object_get_boolean(member(courier, "running")) ? "runs" : "does not run");
}

/* A number, or "-" where there is none. */
static void print_cell(struct json_object *sink, const char *key, int width, FILE *stream)
{
        if (member(sink, key))
                (void)fprintf(stream, "  %*" PRId64, width, number(sink, key));
        else
                (void)fprintf(stream, "  %*s", width, "-");
}

static void print_sink(struct json_object *sink, int name_width, FILE *stream)
{
        static const struct {
                const char *key;
                int width;
        } columns[] = { { "queued", 6 }, { "on_disk", 7 }, { "rejected", 8 }, { "dropped", 7 }, { "too_old", 7 } };
        struct json_object *error = member(sink, "last_error");
        char name[128];

        (void)snprintf(name, sizeof(name), "%s%s%s", word(sink, "kind"), *word(sink, "name") ? " " : "",
                       word(sink, "name"));
        (void)fprintf(stream, "  %-*s  %-5s", name_width, name, word(sink, "state"));
        print_cell(sink, member(sink, "spooled") ? "spooled" : "delivered", 9, stream);
        for (size_t i = 0; i < COUNT(columns); i++)
                print_cell(sink, columns[i].key, columns[i].width, stream);
        (void)fputs("\n", stream);
        if (!error)
                return;
        (void)fputs("      last error ", stream);
        print_time(stream, word(error, "time"));
        (void)fputs(": ", stream);
        print_safe(stream, word(error, "text"));
        (void)fputs("\n", stream);
}

static void print_sinks(struct json_object *sinks, FILE *stream)
{
        size_t n = json_object_array_length(sinks);
        int width = 4;

        if (n == 0) {
                (void)fputs("\n  No sink: nobody gets the alerts\n", stream);
                return;
        }
        for (size_t i = 0; i < n; i++) {
                struct json_object *sink = json_object_array_get_idx(sinks, i);
                int length = (int)(strlen(word(sink, "kind")) + 1 + strlen(word(sink, "name")));

                width = length > width ? length : width;
        }
        (void)fprintf(stream, "\n  %-*s  STATE  DELIVERED  QUEUED  ON DISK  REJECTED  DROPPED  TOO OLD\n", width,
                      "SINK");
        for (size_t i = 0; i < n; i++)
                print_sink(json_object_array_get_idx(sinks, i), width, stream);
}

void status_text_print(struct json_object *status, FILE *stream)
{
        struct json_object *sinks = member(status, "sinks"), *attention = member(status, "attention");

        print_watch(status, stream);
        if (json_object_is_type(sinks, json_type_array)) {
                print_parts(status, stream);
                print_sinks(sinks, stream);
        } else {
                (void)fputs(
                        "  More is shown to root, the user of oomwatchd, and the group that control { group } names\n",
                        stream);
        }
        for (size_t i = 0; attention && i < json_object_array_length(attention); i++) {
                (void)fputs(i == 0 ? "\n  Attention: " : "             ", stream);
                print_safe(stream, json_object_get_string(json_object_array_get_idx(attention, i)));
                (void)fputs("\n", stream);
        }
}
