/* lib/alert/json.c: the native form of an alert. What each field means: config/alert.schema.json. The figures of the
 * report are json_report.c's.
 *
 * One function per object. */

#include "alert/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/json_claim.h"
#include "alert/json_owner.h"
#include "alert/json_report.h"
#include "util/rfc3339.h"

/* Where words of the text begin, known once it is written. */
struct offsets {
        size_t id, severity, source_kind;
        size_t group_first; /* 0: there is none */
};

static void add_host(struct object *alert_object, const struct machine_identity *host)
{
        struct object object;

        if (!host)
                return;
        object = object_begin_object(alert_object, "host");
        if (host->name[0])
                OBJECT_ADD_BYTES(&object, "name", text_from(host->name));
        object_add_word(&object, "machine_id", host->machine_id);
        object_add_word(&object, "boot_id", host->boot_id);
        if (host->kernel[0])
                OBJECT_ADD_BYTES(&object, "kernel", text_from(host->kernel));
        object_end(&object);
}

static void add_completeness(struct object *source, const struct alert *alert)
{
        const char *missing[ALERT_MISSING_MAX];
        size_t count = alert_missing(alert, missing);
        struct object list;

        if (!alert->incident || alert->type == ALERT_OOM_UNREAPABLE)
                return;
        object_add_bool(source, "complete", count == 0);
        list = object_begin_list(source, "missing");
        for (size_t i = 0; i < count; i++)
                list_add_word(&list, missing[i]);
        object_end(&list);
}

static const char *const source_kinds[] = {
        [ALERT_SOURCE_KMSG] = "kmsg",
        [ALERT_SOURCE_FILE] = "file",
        [ALERT_SOURCE_JOURNAL] = "journal",
};

static void add_source(struct object *alert_object, const struct alert *alert, struct offsets *offsets)
{
        const struct alert_log *log = &alert->context.log;
        struct object object = object_begin_object(alert_object, "source");

        offsets->source_kind = object_add_located_word(&object, "kind", source_kinds[alert->context.kind]);
        if (alert->context.kind == ALERT_SOURCE_KMSG) {
                object_add_unsigned(&object, "seq", alert->seq);
                object_add_unsigned(&object, "monotonic_usec", alert->mono_usec);
                if (alert->context.boottime_usec > 0) /* read by lib/alert/age.c */
                        object_add_number(&object, "boottime_usec", alert->context.boottime_usec);
        } else {
                object_add_number(&object, "seq", log->seq);
                object_add_number(&object, "monotonic_usec", log->mono_usec);
        }
        if (alert->context.path)
                OBJECT_ADD_BYTES(&object, "path", text_from(alert->context.path));
        if (log->line)
                object_add_unsigned(&object, "line", log->line);
        add_completeness(&object, alert);
        object_end(&object);
}

static void add_victim(struct object *alert_object, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;
        struct object object = object_begin_object(alert_object, "victim");

        object_add_number(&object, "pid", victim->pid);
        object_add_comm(&object, &victim->comm);
        object_add_number(&object, "uid", alert_victim_uid(alert));
        if (alert->context.victim_user.length > 0)
                OBJECT_ADD_BYTES(&object, "user", alert->context.victim_user);
        if (alert->context.victim_cmdline.length > 0)
                OBJECT_ADD_BYTES(&object, "cmdline", alert->context.victim_cmdline);
        if (alert->cgroup.length > 0)
                OBJECT_ADD_BYTES(&object, "cgroup", alert->cgroup);
        if (alert->is_cgroup_cut)
                object_add_bool(&object, "cgroup_cut", true);
        json_add_owner(&object, &alert->owner);
        object_add_number(&object, "total_vm_bytes", victim->total_vm_bytes);
        object_add_number(&object, "anon_rss_bytes", victim->anon_rss_bytes);
        object_add_number(&object, "file_rss_bytes", victim->file_rss_bytes);
        object_add_number(&object, "shmem_rss_bytes", victim->shmem_rss_bytes);
        object_add_number(&object, "pgtables_bytes", victim->pgtables_bytes);
        object_add_number(&object, "rss_bytes", victim->rss_bytes);
        if (victim->swap_bytes != OOM_UNKNOWN)
                object_add_number(&object, "swap_bytes", victim->swap_bytes);
        else if (alert->has_verdict && alert->verdict.has_victim)
                object_add_number(&object, "swap_bytes", alert->verdict.victim.swap_bytes);
        object_add_number(&object, "oom_score_adj", victim->oom_score_adj);
        if (alert->has_verdict && alert->verdict.has_victim)
                object_add_number(&object, "badness", alert->verdict.victim.badness);
        object_end(&object);
}

static void add_trigger(struct object *alert_object, const struct oom_report *report)
{
        const struct oom_trigger *trigger = &report->trigger;
        struct object object = object_begin_object(alert_object, "trigger");

        object_add_number(&object, "pid", trigger->pid);
        object_add_comm(&object, &trigger->comm);
        if (trigger->gfp_mask != OOM_UNKNOWN) {
                char mask[24];

                (void)snprintf(mask, sizeof(mask), "0x%" PRIx64, (uint64_t)trigger->gfp_mask); /* it fits */
                object_add_word(&object, "gfp_mask", mask);
        }
        if (trigger->gfp_flags.is_known)
                OBJECT_ADD_BYTES(&object, "gfp_flags", oom_path_text(&trigger->gfp_flags));
        object_add_number(&object, "order", trigger->order);
        object_add_number(&object, "oom_score_adj", trigger->oom_score_adj);
        if (report->parts & OOM_PART_HEADER || trigger->is_sysrq)
                object_add_bool(&object, "sysrq", trigger->is_sysrq);
        object_end(&object);
}

static void add_group(struct object *alert_object, const struct alert *alert, struct offsets *offsets)
{
        const struct oom_incident *incident = alert->incident;
        struct object object = object_begin_object(alert_object, "group");
        char first[33];

        if (alert->is_in_group && incident->group_memcg.is_known)
                OBJECT_ADD_BYTES(&object, "cgroup", oom_path_text(&incident->group_memcg));
        if (alert->is_in_group && incident->group_memcg.is_known && incident->group_memcg.is_cut)
                object_add_bool(&object, "cgroup_cut", true);
        if (alert->is_in_group && alert->context.kind != ALERT_SOURCE_KMSG) {
                if (alert->context.log.group_first)
                        offsets->group_first =
                                object_add_located_word(&object, "first", alert->context.log.group_first);
        } else if (alert->is_in_group && incident->group_first_seq != UINT64_MAX) {
                alert_id(ALERT_OOM_KILL, alert->context.host ? alert->context.host->boot_id : "",
                         incident->group_first_seq, incident->group_first_mono_usec, first);
                object_add_word(&object, "first", first);
        }
        object_end(&object);
}

/* The end of a run of reports that say the same. */
static void add_recurrence(struct object *alert_object, const struct alert *alert)
{
        const struct oom_incident *incident = alert->incident;
        const struct alert_context *context = &alert->context;
        struct object object;
        char time[RFC3339_SIZE], previous[33];

        if (incident->repeat != OOM_REPEAT_END)
                return;
        object = object_begin_object(alert_object, "recurrence");
        object_add_unsigned(&object, "count", incident->n_reports);
        if (incident->n_skipped > 0)
                object_add_unsigned(&object, "records_skipped", incident->n_skipped);
        if (incident->n_estimated > 0)
                object_add_unsigned(&object, "count_estimated", incident->n_estimated);
        if (context->time_source != ALERT_TIME_UNKNOWN && rfc3339_format(context->since_usec, time))
                object_add_word(&object, "since", time);
        if (context->time_source != ALERT_TIME_UNKNOWN && rfc3339_format(context->time_usec, time))
                object_add_word(&object, "until", time);
        alert_id(alert->type, context->host ? context->host->boot_id : "", incident->first_seq,
                 incident->first_mono_usec, previous);
        object_add_word(&object, "previous", previous);
        object_end(&object);
}

static void add_incident(struct object *object, const struct alert *alert, bool is_whole, struct offsets *offsets)
{
        const struct oom_report *report = alert->report;

        if (report) {
                object_add_word(object, "scope", oom_scope_name(report->scope));
                object_add_word(object, "constraint", oom_constraint_name(report->constraint));
        }
        add_victim(object, alert);
        if (report) {
                add_trigger(object, report);
                json_add_limit(object, alert);
                json_add_memory(object, alert, is_whole);
        }
        add_group(object, alert, offsets);
        add_recurrence(object, alert);
        json_add_verdict(object, alert);
}

static void add_missed(struct object *alert_object, const struct alert *alert)
{
        const struct alert_missed *missed = &alert->missed;
        char time[RFC3339_SIZE];
        struct object list;

        object_add_unsigned(alert_object, "missed", missed->n_kills);
        if (alert->context.since_usec != OOM_UNKNOWN && rfc3339_format(alert->context.since_usec, time))
                object_add_word(alert_object, "missed_since", time);
        list = object_begin_list(alert_object, "missed_cgroups");
        for (size_t i = 0; i < missed->n_cgroups; i++) {
                const struct alert_missed_cgroup *cgroup = &missed->cgroups[i];
                struct object object = list_begin_object(&list);
                struct owner owner;

                owner_from_cgroup(text_from(cgroup->path), false, &owner);
                object_add_unsigned(&object, "kills", cgroup->n_kills);
                OBJECT_ADD_BYTES(&object, "cgroup", text_from(cgroup->path));
                json_add_owner(&object, &owner);
                object_end(&object);
        }
        object_end(&list);
}

static char *write_json(const struct alert *alert, bool is_whole, size_t *ret_length, struct offsets *ret_offsets)
{
        struct json_text json = { 0 };
        struct object object = object_begin(&json);
        struct offsets offsets = { 0 };
        char time[RFC3339_SIZE];

        object_add_word(&object, "schema", ALERT_SCHEMA);
        offsets.id = object_add_located_word(&object, "id", alert->id);
        object_add_word(&object, "type", alert_type_name(alert->type));
        offsets.severity = object_add_located_word(&object, "severity", alert_severity_name(alert->severity));
        if (alert->context.time_source != ALERT_TIME_UNKNOWN && rfc3339_format(alert->context.time_usec, time)) {
                object_add_word(&object, "time", time);
                object_add_word(&object, "time_source", alert_time_source_name(alert->context.time_source));
        }
        object_add_word(&object, "summary", alert->summary);
        add_host(&object, alert->context.host);
        add_source(&object, alert, &offsets);
        if (alert->incident)
                add_incident(&object, alert, is_whole, &offsets);
        if (alert->claim)
                json_add_claim(&object, alert);
        if (alert->type == ALERT_RECORDS_LOST)
                object_add_unsigned(&object, "lost", alert->n_lost);
        if (alert->type == ALERT_KILLS_MISSED)
                add_missed(&object, alert);
        object_end(&object);
        *ret_offsets = offsets;
        return json_text_end(&json, ret_length);
}

char *alert_to_json_with_gaps(const struct alert *alert, size_t *ret_length, struct alert_gaps *ret_gaps)
{
        struct offsets offsets;
        char *json = write_json(alert, true, ret_length, &offsets);

        if (json && *ret_length > ALERT_JSON_MAX) {
                free(json);
                json = write_json(alert, false, ret_length, &offsets);
        }
        *ret_gaps = (struct alert_gaps){
                .id = (uint32_t)offsets.id,
                .time = (uint32_t)(offsets.severity + strlen(alert_severity_name(alert->severity)) + strlen("\",")),
                .locations = (uint32_t)(offsets.source_kind - strlen("\"kind\":\"")),
                .group_first = (uint32_t)offsets.group_first,
        };
        return json;
}

char *alert_to_json(const struct alert *alert, size_t *ret_length)
{
        struct alert_gaps gaps;
        size_t length;

        return alert_to_json_with_gaps(alert, ret_length ? ret_length : &length, &gaps);
}
