/* lib/alert/journal.c: the fields of the journal entry, from one table. */

#include "alert/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/minimal.h"

#define NUMBERS_MAX 12
#define NUMBER_SIZE 24 /* a 64-bit number, its sign and the terminator */

/* Chosen at random once, one per type; the texts to them: systemd/oomwatchd.catalog. */
static const char *const message_ids[ALERT_TYPE_COUNT] = {
        [ALERT_OOM_KILL] = "29fa2271547e40efba23422c417bc46a",
        [ALERT_OOM_NO_VICTIM] = "6e1da5ea2216483bbdd79bc23a31bdcf",
        [ALERT_OOM_PANIC] = "d3c33032ca384dc68fce813dc476d8e9",
        [ALERT_OOM_UNREAPABLE] = "8d7fde32d55c4d558dc31f766c2600f2",
        [ALERT_RECORDS_LOST] = "c2db7f6680c44020b2c6da05b3aa0d73",
        [ALERT_KILLS_MISSED] = "84d5b51db9a4439387bc6c36dca6bc9f",
        [ALERT_USER_KILL] = "5b0e6d0a8f5c4f0d9c57a5b0c84ef1d3", /* of logs alone: oomwatchd reports none yet */
};

struct field {
        const char *name;
        struct text value;
};

struct field_list {
        struct field fields[ALERT_FIELDS_MAX];
        size_t n_fields;
        char numbers[NUMBERS_MAX][NUMBER_SIZE];
        size_t n_numbers;
};

static void add_text(struct field_list *list, const char *name, struct text value)
{
        list->fields[list->n_fields++] = (struct field){ name, value };
}

/* NULL and "": unknown. */
static void add_word(struct field_list *list, const char *name, const char *word)
{
        if (word && word[0])
                add_text(list, name, text_from(word));
}

static void add_name(struct field_list *list, const char *name, const struct oom_name *comm)
{
        if (comm->is_known)
                add_text(list, name, oom_name_text(comm));
}

static void add_path(struct field_list *list, const char *name, const struct oom_path *path)
{
        if (path->is_known)
                add_text(list, name, oom_path_text(path));
}

static void add_number(struct field_list *list, const char *name, int64_t value)
{
        char *number = list->numbers[list->n_numbers];

        if (value == OOM_UNKNOWN)
                return;
        list->n_numbers++;
        (void)snprintf(number, NUMBER_SIZE, "%" PRId64, value); /* it fits */
        add_text(list, name, text_from(number));
}

static void add_seq(struct field_list *list, const char *name, uint64_t value)
{
        char *number = list->numbers[list->n_numbers++];

        (void)snprintf(number, NUMBER_SIZE, "%" PRIu64, value); /* it fits */
        add_text(list, name, text_from(number));
}

static void add_victim(struct field_list *list, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;

        add_number(list, "OOM_VICTIM_PID", victim->pid);
        add_name(list, "OOM_VICTIM_COMM", &victim->comm);
        add_number(list, "OOM_VICTIM_UID", alert_victim_uid(alert));
        add_word(list, "OOM_VICTIM_UNIT", alert->owner.unit);
        if (alert->cgroup.length > 0)
                add_text(list, "OOM_VICTIM_CGROUP", alert->cgroup);
        if (alert->is_cgroup_cut)
                add_word(list, "OOM_VICTIM_CGROUP_CUT", "1");
        add_word(list, "OOM_VICTIM_CONTAINER_ID", alert->owner.container_id);
        add_word(list, "OOM_VICTIM_POD_UID", alert->owner.pod_uid);
        add_word(list, "OOM_VICTIM_JOB_MANAGER", alert->owner.job_manager);
        add_word(list, "OOM_VICTIM_JOB_ID", alert->owner.job_id);
        add_word(list, "OOM_VICTIM_JOB_STEP", alert->owner.job_step);
        add_number(list, "OOM_VICTIM_ANON_RSS_BYTES", victim->anon_rss_bytes);
        add_number(list, "OOM_VICTIM_OOM_SCORE_ADJ", victim->oom_score_adj);
        if (alert->has_verdict && alert->verdict.has_victim)
                add_number(list, "OOM_VICTIM_BADNESS", alert->verdict.victim.badness);
}

static void add_report(struct field_list *list, const struct oom_report *report)
{
        const struct oom_usage *memory = &report->memcg.usages[OOM_USAGE_MEMORY];

        add_word(list, "OOM_SCOPE", oom_scope_name(report->scope));
        add_word(list, "OOM_CONSTRAINT", oom_constraint_name(report->constraint));
        add_number(list, "OOM_TRIGGER_PID", report->trigger.pid);
        add_name(list, "OOM_TRIGGER_COMM", &report->trigger.comm);
        add_path(list, "OOM_LIMIT_CGROUP", &report->limit_memcg);
        if (report->limit_memcg.is_known && report->limit_memcg.is_cut)
                add_word(list, "OOM_LIMIT_CGROUP_CUT", "1");
        if (memory->limit_bytes != OOM_UNLIMITED)
                add_number(list, "OOM_LIMIT_BYTES", memory->limit_bytes);
        add_number(list, "OOM_USAGE_BYTES", memory->usage_bytes);
}

/* At most ALERT_FIELDS_MAX fields and NUMBERS_MAX numbers. */
static void add_all(struct field_list *list, const struct alert *alert, struct text json)
{
        add_word(list, "MESSAGE", alert->summary);
        add_number(list, "PRIORITY", (int64_t)alert->severity);
        add_word(list, "MESSAGE_ID", message_ids[alert->type]);
        add_word(list, "SYSLOG_IDENTIFIER", "oomwatchd");
        add_word(list, "SYSLOG_FACILITY", "3"); /* daemon */
        add_word(list, "OOM_EVENT_ID", alert->id);
        add_word(list, "OOM_TYPE", alert_type_name(alert->type));
        if (alert->incident) {
                add_victim(list, alert);
                if (alert->report)
                        add_report(list, alert->report);
        }
        add_seq(list, "OOM_KMSG_SEQ", alert->seq);
        if (json.length > 0)
                add_text(list, "OOM_ALERT_JSON", json);
}

/* Writes "NAME=value", of field_size() bytes. */
static void write_field(const struct field *field, char *out, struct alert_fields *fields)
{
        size_t name_length = strlen(field->name);

        memcpy(out, field->name, name_length);
        out[name_length] = '=';
        if (field->value.length > 0)
                memcpy(out + name_length + 1, field->value.data, field->value.length);
        fields->fields[fields->n_fields++] = (struct iovec){ out, name_length + 1 + field->value.length };
}

static size_t field_size(const struct field *field)
{
        return strlen(field->name) + 1 + field->value.length;
}

int alert_to_fields(const struct alert *alert, struct text json, struct alert_fields *ret_fields)
{
        struct field_list list = { .n_fields = 0 };
        struct alert_fields fields = { .n_fields = 0 };
        size_t size = 1, at = 0; /* size 1: no malloc(0) */

        add_all(&list, alert, json);
        for (size_t i = 0; i < list.n_fields; i++)
                size += field_size(&list.fields[i]);
        fields.buffer = malloc(size);
        if (!fields.buffer)
                return -ENOMEM;
        for (size_t i = 0; i < list.n_fields; i++) {
                write_field(&list.fields[i], fields.buffer + at, &fields);
                at += field_size(&list.fields[i]);
        }
        *ret_fields = fields;
        return 0;
}

void alert_minimal_fields(const struct alert *alert, struct text json_field,
                          char buffer[static ALERT_MINIMAL_FIELDS_MAX + 1], struct alert_fields *ret_fields)
{
        struct field_list list = { .n_fields = 0 };
        size_t at = 0;

        ret_fields->n_fields = 0;
        ret_fields->buffer = NULL;
        add_all(&list, alert, (struct text){ 0 });
        for (size_t i = 0; i < list.n_fields && ret_fields->n_fields < ALERT_FIELDS_MAX - 1; i++) {
                size_t size = field_size(&list.fields[i]);

                if (size > ALERT_MINIMAL_FIELDS_MAX - at)
                        continue;
                write_field(&list.fields[i], buffer + at, ret_fields);
                at += size;
        }
        ret_fields->fields[ret_fields->n_fields++] = (struct iovec){ (char *)json_field.data, json_field.length };
}

void alert_fields_done(struct alert_fields *fields)
{
        free(fields->buffer);
        *fields = (struct alert_fields){ .n_fields = 0 };
}
