/* Any bytes as a file of records, one per line: every incident becomes an alert in all its forms, and the JSON is JSON.
 * Lines "gap" and "tick" stand for lost records and for time. */

#include <json-c/json.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "alert/journal.h"
#include "alert/json.h"
#include "alert/plain.h"
#include "oom/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct alert_context context = {
                .time_usec = OOM_UNKNOWN, .machine = {OOM_UNKNOWN, OOM_UNKNOWN}
        };
        struct alert alert;
        struct alert_fields fields;
        struct json_object *parsed;
        size_t length;
        char *json, *plain;

        (void)userdata;
        if (alert_from_incident(incident, &context, &alert) < 0)
                abort();
        json = alert_to_json(&alert, &length);
        plain = alert_to_text(&alert);
        if (!json || !plain || strlen(json) != length || memchr(json, '\n', length))
                abort();
        parsed = json_tokener_parse(json);
        if (!parsed || alert_to_fields(&alert, (struct text){ json, length }, &fields) < 0)
                abort();
        for (const char *c = plain; *c; c++)
                if ((unsigned char)*c < 0x20 && *c != '\n')
                        abort();
        json_object_put(parsed);
        alert_fields_done(&fields);
        free(plain);
        free(json);
        alert_done(&alert);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char buffer[KMSG_RECORD_MAX];
        struct text rest = { (const char *)data, size };
        struct oom_parser *parser = NULL;
        struct kmsg_record record;

        if (oom_parser_new(on_incident, NULL, &parser) < 0)
                abort();
        while (rest.length) {
                ptrdiff_t newline = text_find(rest, TEXT("\n"), 0);
                struct text line = text_until_offset(rest, newline < 0 ? rest.length : (size_t)newline);

                if (text_equal(line, TEXT("gap")))
                        oom_parser_gap(parser);
                else if (text_equal(line, TEXT("tick")))
                        (void)oom_parser_tick(parser, UINT64_MAX / 2);
                else if (line.length <= sizeof(buffer) && kmsg_record_decode(line, buffer, &record) == 0)
                        oom_parser_push(parser, &record);
                rest = text_from_offset(rest, newline < 0 ? rest.length : (size_t)newline + 1);
        }
        oom_parser_flush(parser);
        if (oom_parser_open_seq(parser) != UINT64_MAX)
                abort();
        oom_parser_free(parser);
        return 0;
}
