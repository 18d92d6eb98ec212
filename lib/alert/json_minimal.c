/* lib/alert/json_minimal.c: the minimal form in JSON. */

#include "alert/minimal.h"
#include "alert/object.h"
#include "util/rfc3339.h"

static void add_short(struct object *object, const char *key, const char *hex_key, const char *name)
{
        if (name[0] && strlen(name) <= ALERT_MINIMAL_NAME_MAX)
                object_add_bytes(object, key, hex_key, text_from(name));
}

static void add_host(struct object *alert_object, const struct machine_identity *host)
{
        struct object object;

        if (!host)
                return;
        object = object_begin_object(alert_object, "host");
        add_short(&object, "name", "name_hex", host->name);
        object_add_word(&object, "machine_id", host->machine_id);
        object_add_word(&object, "boot_id", host->boot_id);
        object_end(&object);
}

static void add_source(struct object *alert_object, const struct alert *alert)
{
        struct object object = object_begin_object(alert_object, "source"), list;

        object_add_word(&object, "kind", "kmsg");
        object_add_unsigned(&object, "seq", alert->seq);
        object_add_unsigned(&object, "monotonic_usec", alert->mono_usec);
        if (alert->incident) {
                object_add_bool(&object, "complete", false);
                list = object_begin_list(&object, "missing");
                list_add_word(&list, "details");
                object_end(&list);
        }
        object_end(&object);
}

static void add_victim(struct object *alert_object, const struct alert *alert, bool has_owner)
{
        const struct oom_victim *victim = &alert->incident->victim;
        struct object object = object_begin_object(alert_object, "victim"), container;

        object_add_number(&object, "pid", victim->pid);
        object_add_comm(&object, &victim->comm);
        object_add_number(&object, "uid", alert_victim_uid(alert));
        if (has_owner) {
                if (strlen(alert->owner.unit) <= ALERT_MINIMAL_NAME_MAX)
                        object_add_word(&object, "unit", alert->owner.unit);
                container = object_begin_object(&object, "container");
                if (strlen(alert->owner.container_id) <= ALERT_MINIMAL_NAME_MAX)
                        object_add_word(&container, "id", alert->owner.container_id);
                object_end(&container);
        }
        object_add_number(&object, "total_vm_bytes", victim->total_vm_bytes);
        object_add_number(&object, "anon_rss_bytes", victim->anon_rss_bytes);
        object_add_number(&object, "file_rss_bytes", victim->file_rss_bytes);
        object_add_number(&object, "shmem_rss_bytes", victim->shmem_rss_bytes);
        object_add_number(&object, "pgtables_bytes", victim->pgtables_bytes);
        object_add_number(&object, "rss_bytes", victim->rss_bytes);
        object_add_number(&object, "oom_score_adj", victim->oom_score_adj);
        object_end(&object);
}

static void write_json(const struct alert *alert, bool has_names, struct json_text *json)
{
        struct object object = object_begin(json);
        char time[RFC3339_SIZE];

        object_add_word(&object, "schema", ALERT_SCHEMA);
        object_add_word(&object, "id", alert->id);
        object_add_word(&object, "type", alert_type_name(alert->type));
        object_add_word(&object, "severity", alert_severity_name(alert->severity));
        if (alert->context.time_source != ALERT_TIME_UNKNOWN && rfc3339_format(alert->context.time_usec, time)) {
                object_add_word(&object, "time", time);
                object_add_word(&object, "time_source", alert_time_source_name(alert->context.time_source));
        }
        object_add_word(&object, "summary", alert->summary);
        if (has_names)
                add_host(&object, alert->context.host);
        add_source(&object, alert);
        if (alert->incident) {
                if (alert->report)
                        object_add_word(&object, "scope", oom_scope_name(alert->report->scope));
                add_victim(&object, alert, has_names);
        }
        if (alert->type == ALERT_RECORDS_LOST)
                object_add_unsigned(&object, "lost", alert->n_lost);
        if (alert->type == ALERT_KILLS_MISSED)
                object_add_unsigned(&object, "missed", alert->missed.n_kills);
        object_end(&object);
}

size_t alert_minimal_json(const struct alert *alert, char ret_json[static ALERT_MINIMAL_JSON_MAX + 1])
{
        struct json_text json = { .data = ret_json, .size = ALERT_MINIMAL_JSON_MAX + 1, .is_fixed = true };

        write_json(alert, true, &json);
        if (json.has_failed) { /* each byte of the names was escaped */
                json.length = 0;
                json.has_failed = false;
                write_json(alert, false, &json);
        }
        ret_json[json.length] = '\0';
        return json.length;
}
