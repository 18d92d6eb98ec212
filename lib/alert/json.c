/* lib/alert/json.c: the native form of an alert. What each field means: config/alert.schema.json.
 *
 * Built as a json-c tree, one function per object. A failed allocation is remembered in the object and told at the end.
 */

#include "alert/json.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/utf8.h"

/* Names of fields are literals, each added once. */
#define ADD_FLAGS (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

/* All zero: an object without a member, made when it gets its first. */
struct object {
        struct json_object *json;
        bool failed;
};

/* Takes over value. */
static void add_value(struct object *object, const char *key, struct json_object *value)
{
        if (!object->json)
                object->json = json_object_new_object();
        if (value && object->json && !object->failed &&
            json_object_object_add_ex(object->json, key, value, ADD_FLAGS) == 0)
                return;
        object->failed = true;
        (void)json_object_put(value); /* frees it: there is no other reference */
}

/* Adds child, or nothing where it is empty: nothing of it is known. */
static void add_object(struct object *object, const char *key, struct object *child)
{
        object->failed = object->failed || child->failed;
        if (child->failed)
                (void)json_object_put(child->json); /* the same */
        else if (child->json)
                add_value(object, key, child->json);
}

static void add_bool(struct object *object, const char *key, bool value)
{
        add_value(object, key, json_object_new_boolean(value));
}

static void add_unsigned(struct object *object, const char *key, uint64_t value)
{
        add_value(object, key, json_object_new_uint64(value));
}

static void add_number(struct object *object, const char *key, int64_t value)
{
        if (value != OOM_UNKNOWN)
                add_value(object, key, json_object_new_int64(value));
}

static struct json_object *new_string(struct text text)
{
        return json_object_new_string_len(text.data, (int)text.length);
}

/* Adds our own words, or a name that is known to be plain ASCII; "" and NULL are unknown. */
static void add_word(struct object *object, const char *key, const char *word)
{
        if (word && word[0])
                add_value(object, key, new_string(text_from(word)));
}

static struct json_object *new_hex(struct text bytes)
{
        static const char digits[] = "0123456789abcdef";
        struct json_object *json;
        char *hex = malloc(2 * bytes.length);

        if (!hex)
                return NULL;
        for (size_t i = 0; i < bytes.length; i++) {
                hex[2 * i] = digits[(uint8_t)bytes.data[i] >> 4];
                hex[2 * i + 1] = digits[(uint8_t)bytes.data[i] & 0xf];
        }
        json = new_string((struct text){ hex, 2 * bytes.length });
        free(hex);
        return json;
}

static struct json_object *new_mended_string(struct text bytes)
{
        struct json_object *json;
        char *mended = malloc((sizeof(UTF8_REPLACEMENT) - 1) * bytes.length);
        size_t length = 0, step;
        uint32_t character;

        if (!mended)
                return NULL;
        for (; bytes.length > 0; bytes = text_from_offset(bytes, step)) {
                struct text piece;

                step = utf8_next(bytes, &character);
                piece = character == UTF8_INVALID ? TEXT(UTF8_REPLACEMENT) : text_until_offset(bytes, step);
                memcpy(mended + length, piece.data, piece.length);
                length += piece.length;
        }
        json = new_string((struct text){ mended, length });
        free(mended);
        return json;
}

/* Adds bytes of the kernel's or of /proc: what is no UTF-8 gets U+FFFD, and the raw bytes go beside it. */
static void add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes)
{
        if (utf8_is_valid(bytes)) {
                add_value(object, key, new_string(bytes));
                return;
        }
        add_value(object, key, new_mended_string(bytes));
        add_value(object, hex_key, new_hex(bytes));
}

#define ADD_BYTES(object, key, bytes) add_bytes(object, key, key "_hex", bytes)

static void add_name(struct object *object, const struct oom_name *comm)
{
        if (comm->known)
                ADD_BYTES(object, "comm", oom_name_text(comm));
}

/* --- the parts of an alert ---------------------------------------------------------------------------------------- */

static void add_host(struct object *alert_object, const struct alert_host *host)
{
        struct object object = { 0 };

        if (!host)
                return;
        if (host->name[0])
                ADD_BYTES(&object, "name", text_from(host->name));
        add_word(&object, "machine_id", host->machine_id);
        add_word(&object, "boot_id", host->boot_id);
        if (host->kernel[0])
                ADD_BYTES(&object, "kernel", text_from(host->kernel));
        add_object(alert_object, "host", &object);
}

static void add_completeness(struct object *source, const struct alert *alert)
{
        const char *missing[ALERT_MISSING_MAX];
        size_t count = alert_missing(alert, missing);
        struct json_object *list;

        if (!alert->incident || alert->type == ALERT_OOM_UNREAPABLE)
                return;
        add_bool(source, "complete", count == 0);
        if (count == 0)
                return;
        list = json_object_new_array();
        for (size_t i = 0; list && i < count; i++) {
                struct json_object *word = json_object_new_string(missing[i]);

                if (word && json_object_array_add(list, word) == 0)
                        continue;
                (void)json_object_put(word); /* frees them: there is no other reference */
                (void)json_object_put(list);
                list = NULL;
        }
        add_value(source, "missing", list);
}

static void add_source(struct object *alert_object, const struct alert *alert)
{
        struct object object = { 0 };

        add_word(&object, "kind", alert->context.kind == ALERT_SOURCE_KMSG ? "kmsg" : "file");
        add_unsigned(&object, "seq", alert->seq);
        add_unsigned(&object, "monotonic_usec", alert->mono_usec);
        if (alert->context.path)
                ADD_BYTES(&object, "path", text_from(alert->context.path));
        add_completeness(&object, alert);
        add_object(alert_object, "source", &object);
}

static void add_owner(struct object *victim, const struct owner *owner)
{
        struct object container = { 0 }, pod = { 0 };

        add_word(victim, "unit", owner->unit);
        add_word(victim, "user_unit", owner->user_unit);
        add_word(victim, "slice", owner->slice);
        add_word(&container, "id", owner->container_id);
        add_word(&container, "runtime", owner->container_runtime);
        add_object(victim, "container", &container);
        add_word(&pod, "uid", owner->pod_uid);
        add_object(victim, "pod", &pod);
}

static void add_victim(struct object *alert_object, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;
        struct object object = { 0 };

        add_number(&object, "pid", victim->pid);
        add_name(&object, &victim->comm);
        add_number(&object, "uid", victim->uid);
        if (alert->context.victim_user.length > 0)
                ADD_BYTES(&object, "user", alert->context.victim_user);
        if (alert->context.victim_cmdline.length > 0)
                ADD_BYTES(&object, "cmdline", alert->context.victim_cmdline);
        if (alert->cgroup.length > 0)
                ADD_BYTES(&object, "cgroup", alert->cgroup);
        add_owner(&object, &alert->owner);
        add_number(&object, "total_vm_bytes", victim->total_vm_bytes);
        add_number(&object, "anon_rss_bytes", victim->anon_rss_bytes);
        add_number(&object, "file_rss_bytes", victim->file_rss_bytes);
        add_number(&object, "shmem_rss_bytes", victim->shmem_rss_bytes);
        add_number(&object, "pgtables_bytes", victim->pgtables_bytes);
        add_number(&object, "oom_score_adj", victim->oom_score_adj);
        add_object(alert_object, "victim", &object);
}

static void add_trigger(struct object *alert_object, const struct oom_report *report)
{
        const struct oom_trigger *trigger = &report->trigger;
        struct object object = { 0 };

        add_number(&object, "pid", trigger->pid);
        add_name(&object, &trigger->comm);
        if (trigger->gfp_mask != OOM_UNKNOWN) {
                char mask[24];

                (void)snprintf(mask, sizeof(mask), "0x%" PRIx64, (uint64_t)trigger->gfp_mask); /* it fits */
                add_word(&object, "gfp_mask", mask);
        }
        if (trigger->gfp_flags.known)
                ADD_BYTES(&object, "gfp_flags", oom_path_text(&trigger->gfp_flags));
        add_number(&object, "order", trigger->order);
        add_number(&object, "oom_score_adj", trigger->oom_score_adj);
        if (report->parts & OOM_PART_HEADER || trigger->sysrq)
                add_bool(&object, "sysrq", trigger->sysrq);
        add_object(alert_object, "trigger", &object);
}

static void add_limit(struct object *alert_object, const struct alert *alert)
{
        const struct oom_path *limit_memcg = &alert->report->limit_memcg;
        struct object object = { 0 };

        if (limit_memcg->known)
                ADD_BYTES(&object, "cgroup", oom_path_text(limit_memcg));
        add_word(&object, "unit", alert->limit_owner.unit);
        add_object(alert_object, "limit", &object);
}

static void add_group(struct object *alert_object, const struct alert *alert)
{
        const struct oom_incident *incident = alert->incident;
        struct object object = { 0 };
        char first[33];

        if (alert->in_group && incident->group_memcg.known)
                ADD_BYTES(&object, "cgroup", oom_path_text(&incident->group_memcg));
        if (alert->in_group && incident->group_first_seq != UINT64_MAX) {
                alert_id(ALERT_OOM_KILL, alert->context.host ? alert->context.host->boot_id : "",
                         incident->group_first_seq, incident->group_first_mono_usec, first);
                add_word(&object, "first", first);
        }
        add_object(alert_object, "group", &object);
}

static void add_incident(struct object *object, const struct alert *alert)
{
        const struct oom_report *report = alert->report;

        if (report) {
                add_word(object, "scope", oom_scope_name(report->scope));
                add_word(object, "constraint", oom_constraint_name(report->constraint));
        }
        add_victim(object, alert);
        if (report) {
                add_trigger(object, report);
                add_limit(object, alert);
        }
        add_group(object, alert);
}

static struct object alert_object(const struct alert *alert)
{
        struct object object = { 0 };
        char time[ALERT_TIME_SIZE];

        add_word(&object, "schema", ALERT_SCHEMA);
        add_word(&object, "id", alert->id);
        add_word(&object, "type", alert_type_name(alert->type));
        add_word(&object, "severity", alert_severity_name(alert->severity));
        if (alert->context.time_source != ALERT_TIME_UNKNOWN && alert_time(alert->context.time_usec, time)) {
                add_word(&object, "time", time);
                add_word(&object, "time_source",
                         alert->context.time_source == ALERT_TIME_ARRIVAL ? "arrival" : "estimated");
        }
        add_word(&object, "summary", alert->summary);
        add_host(&object, alert->context.host);
        add_source(&object, alert);
        if (alert->incident)
                add_incident(&object, alert);
        if (alert->type == ALERT_RECORDS_LOST)
                add_unsigned(&object, "lost", alert->lost);
        return object;
}

/* Copies json and writes the controls that JSON lets stand (DEL and U+0080 to U+009F, which a terminal obeys as it does
 * ESC) as escapes; they occur in strings only. */
static char *copy_escaped(struct text json, size_t *ret_length)
{
        static const char digits[] = "0123456789abcdef";
        size_t n_controls = 0, length = 0;
        char *copy;

        for (size_t i = 0; i < json.length; i++)
                n_controls += json.data[i] == 0x7f || (uint8_t)json.data[i] == 0xc2;
        copy = malloc(json.length + 5 * n_controls + 1);
        if (!copy)
                return NULL;
        if (n_controls == 0) {
                memcpy(copy, json.data, json.length + 1);
                *ret_length = json.length;
                return copy;
        }
        for (size_t i = 0; i < json.length; i++) {
                uint8_t byte = (uint8_t)json.data[i];

                if (byte == 0xc2 && (uint8_t)json.data[i + 1] < 0xa0) /* valid UTF-8: one byte follows */
                        byte = (uint8_t)json.data[++i];
                else if (byte != 0x7f) {
                        copy[length++] = json.data[i];
                        continue;
                }
                memcpy(copy + length, "\\u00", 4);
                copy[length + 4] = digits[byte >> 4];
                copy[length + 5] = digits[byte & 0xf];
                length += 6;
        }
        copy[length] = '\0';
        *ret_length = length;
        return copy;
}

char *alert_to_json(const struct alert *alert, size_t *ret_length)
{
        struct object object = alert_object(alert);
        struct text text = { NULL, 0 };
        char *json = NULL;
        size_t length;

        /* json-c does not tell when its buffer could not grow, and the text then has a hole; realloc() does */
        errno = 0;
        if (!object.failed)
                text.data = json_object_to_json_string_length(
                        object.json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &text.length);
        if (text.data && errno != ENOMEM)
                json = copy_escaped(text, &length);
        (void)json_object_put(object.json); /* frees it: there is no other reference */
        if (json && ret_length)
                *ret_length = length;
        return json;
}
