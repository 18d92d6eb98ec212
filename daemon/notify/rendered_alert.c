#include "notify/rendered_alert.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/json.h"
#include "alert/plain.h"

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

struct rendered *rendered_from_json(const char *id, char *json, size_t length, int64_t time_usec)
{
        struct rendered *rendered = calloc(1, sizeof(*rendered));

        if (!rendered) {
                free(json);
                return NULL;
        }
        rendered->references = 1;
        rendered->seq = UINT64_MAX;
        rendered->time_usec = time_usec;
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
