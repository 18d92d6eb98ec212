#include "notify/rendered_alert.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/age.h"
#include "alert/json.h"
#include "alert/plain.h"

/* The kill line alone would make an alert too, but one without the reason. */
uint64_t rendered_alert_first_seq(const struct alert *alert)
{
        uint64_t seq = alert->seq;

        if (alert->context.kind != ALERT_SOURCE_KMSG)
                return UINT64_MAX;
        if (alert->report && alert->report->seq < seq)
                seq = alert->report->seq;
        if (alert->incident && alert->incident->repeat == OOM_REPEAT_END && alert->incident->first_seq < seq)
                seq = alert->incident->first_seq;
        return seq;
}

/* A kill whose line was waited for was printed after the run before had ended. What else is told (records that were lost,
 * kills that were missed) is told when it is noticed, by each run. Of a file, whoever reads it again wants it again. */
static bool may_be_repeat(const struct alert *alert)
{
        enum alert_time_source source = alert->context.time_source;

        return source == ALERT_TIME_ESTIMATED || (source == ALERT_TIME_ARRIVAL && !alert->incident);
}

void rendered_alert_init(struct rendered_alert *rendered, const struct alert *alert)
{
        *rendered = (struct rendered_alert){
                .n_references = 1,
                .seq = rendered_alert_first_seq(alert),
                .may_be_repeat = may_be_repeat(alert),
                .time_usec = alert->context.time_usec,
                .boottime_usec = alert->context.boottime_usec > 0 ? alert->context.boottime_usec : ALERT_AGE_UNKNOWN,
        };
        memcpy(rendered->id, alert->id, sizeof(rendered->id));
}

struct rendered_alert *rendered_alert_new(const struct alert *alert)
{
        struct rendered_alert *rendered = malloc(sizeof(*rendered));

        if (!rendered)
                return NULL;
        rendered_alert_init(rendered, alert);
        rendered->json = alert_to_json(alert, &rendered->json_length);
        if (!rendered->json)
                return rendered_alert_unref(rendered);
        rendered->json[rendered->json_length] = '\n'; /* in place of the terminator */
        return rendered;
}

void rendered_alert_add_text(struct rendered_alert *rendered, const struct alert *alert)
{
        if (rendered->text)
                return;
        rendered->text = alert_to_text(alert);
        rendered->text_length = rendered->text ? strlen(rendered->text) : 0;
}

void rendered_alert_add_fields(struct rendered_alert *rendered, const struct alert *alert)
{
        if (rendered->fields.n_fields > 0)
                return;
        if (alert_to_fields(alert, (struct text){ rendered->json, rendered->json_length }, &rendered->fields) < 0)
                rendered->fields.n_fields = 0;
}

bool rendered_alert_has(const struct rendered_alert *rendered, enum alert_form form)
{
        if (form == ALERT_FORM_FIELDS)
                return rendered->fields.n_fields > 0;
        return (form == ALERT_FORM_JSON ? rendered->json : rendered->text) != NULL;
}

void rendered_alert_drop_fields(struct rendered_alert *rendered)
{
        alert_fields_done(&rendered->fields);
}

struct rendered_alert *rendered_alert_from_json(const char *id, char *json, size_t length, int64_t time_usec)
{
        struct rendered_alert *rendered = calloc(1, sizeof(*rendered));

        if (!rendered) {
                free(json);
                return NULL;
        }
        rendered->n_references = 1;
        rendered->seq = UINT64_MAX;
        rendered->time_usec = time_usec;
        rendered->boottime_usec = ALERT_AGE_UNKNOWN;
        (void)snprintf(rendered->id, sizeof(rendered->id), "%s", id); /* an id has a fixed length: it fits */
        rendered->json = json;
        rendered->json_length = length;
        json[length] = '\n';
        return rendered;
}

struct rendered_alert *rendered_alert_ref(struct rendered_alert *rendered)
{
        rendered->n_references++;
        return rendered;
}

struct rendered_alert *rendered_alert_unref(struct rendered_alert *rendered)
{
        if (!rendered || --rendered->n_references > 0)
                return NULL;
        assert(rendered->n_pending == 0 && !rendered->members);
        if (rendered->release) {
                rendered->release(rendered);
                return NULL;
        }
        rendered_alert_drop_fields(rendered);
        free(rendered->text);
        free(rendered->json);
        free(rendered);
        return NULL;
}
