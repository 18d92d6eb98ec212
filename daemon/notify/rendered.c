#include "notify/rendered.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alert/json.h"
#include "alert/plain.h"

#define USEC_PER_SEC INT64_C(1000000)

struct rendered *rendered_new(const struct alert *alert)
{
        struct rendered *rendered = calloc(1, sizeof(*rendered));

        if (!rendered)
                return NULL;
        rendered->references = 1;
        rendered->seq = alert->context.kind == ALERT_SOURCE_KMSG ? alert->seq : UINT64_MAX;
        rendered->time_usec = alert->context.time_usec;
        memcpy(rendered->id, alert->id, sizeof(rendered->id));
        rendered->json = alert_to_json(alert, &rendered->json_length);
        if (rendered->json)
                rendered->json[rendered->json_length] =
                        '\n'; /* in place of the terminator: a line is sent with one call */
        return rendered;
}

void rendered_add_text(struct rendered *rendered, const struct alert *alert)
{
        if (rendered->text)
                return;
        rendered->text = alert_to_text(alert);
        rendered->text_length = rendered->text ? strlen(rendered->text) : 0;
}

void rendered_add_fields(struct rendered *rendered, const struct alert *alert)
{
        struct text json = { rendered->json, rendered->json ? rendered->json_length : 0 };

        if (rendered->fields.count > 0)
                return;
        if (alert_to_fields(alert, json, &rendered->fields) < 0)
                rendered->fields = (struct alert_fields){ .count = 0 };
}

void rendered_drop_fields(struct rendered *rendered)
{
        if (rendered->fields.count == 0)
                return;
        alert_fields_done(&rendered->fields);
        rendered->fields = (struct alert_fields){ .count = 0 };
}

/* "2026-07-30T12:34:56.123456Z" to microseconds. */
static int64_t parse_time(struct text text)
{
        static const size_t length = sizeof("2026-07-30T12:34:56") - 1;
        uint64_t usec = 0;
        struct tm tm = { .tm_year = 0 };
        char seconds[sizeof("2026-07-30T12:34:56")];
        const char *end;
        size_t left;

        if (text.length < length)
                return OOM_UNKNOWN;
        memcpy(seconds, text.data, length);
        seconds[length] = '\0';
        end = strptime(seconds, "%Y-%m-%dT%H:%M:%S", &tm);
        if (!end || *end)
                return OOM_UNKNOWN;
        text = text_from_offset(text, length);
        if (text_eat(&text, TEXT("."))) {
                left = text.length;
                if (!text_eat_u64(&text, &usec) || left - text.length != 6)
                        return OOM_UNKNOWN;
        }
        if (!text_eat(&text, TEXT("Z\"")))
                return OOM_UNKNOWN;
        return (int64_t)timegm(&tm) * USEC_PER_SEC + (int64_t)usec;
}

/* The value of the key "time". Inside a string of valid JSON every '"' has a '\' before it, so that no name can hold
 * what is looked for here. */
static int64_t json_time_usec(struct text json)
{
        ptrdiff_t at = text_find(json, TEXT("\"time\":"), 0);
        struct text value;

        if (at < 0)
                return OOM_UNKNOWN;
        value = text_from_offset(json, (size_t)at + strlen("\"time\":"));
        while (text_eat(&value, TEXT(" ")))
                ;
        return text_eat(&value, TEXT("\"")) ? parse_time(value) : OOM_UNKNOWN;
}

struct rendered *rendered_from_json(const char *id, char *json, size_t length)
{
        struct rendered *rendered = calloc(1, sizeof(*rendered));

        if (!rendered) {
                free(json);
                return NULL;
        }
        while (length > 0 && json[length - 1] == '\n') /* a file that people have edited */
                length--;
        rendered->references = 1;
        rendered->seq = UINT64_MAX;
        rendered->time_usec = json_time_usec((struct text){ json, length });
        (void)snprintf(rendered->id, sizeof(rendered->id), "%s", id); /* an id has a fixed length: it fits */
        rendered->json = json;
        rendered->json_length = length;
        json[length] = '\n';
        return rendered;
}

struct rendered *rendered_ref(struct rendered *rendered)
{
        rendered->references++;
        return rendered;
}

struct rendered *rendered_unref(struct rendered *rendered)
{
        if (!rendered || --rendered->references > 0)
                return NULL;
        assert(rendered->under_way == 0);
        rendered_drop_fields(rendered);
        free(rendered->text);
        free(rendered->json);
        free(rendered);
        return NULL;
}
