/* lib/alert/alert.c: makes an alert of an incident: id, severity, owner, missing parts. The sentences are made by summary.c and
 * lib/explain. */

#include "alert/alert.h"

#include <stdio.h>
#include <stdlib.h>

#include "alert/summary.h"
#include "util/rfc3339.h"
#include "util/wide.h"

static const char *const type_names[ALERT_TYPE_COUNT] = {
        [ALERT_OOM_KILL] = "oom_kill",         [ALERT_OOM_NO_VICTIM] = "oom_no_victim",
        [ALERT_OOM_PANIC] = "oom_panic",       [ALERT_OOM_UNREAPABLE] = "oom_unreapable",
        [ALERT_RECORDS_LOST] = "records_lost", [ALERT_USER_KILL] = "user_kill",
        [ALERT_KILLS_MISSED] = "kills_missed",
};

static const enum alert_type incident_types[] = {
        [OOM_TYPE_KILL] = ALERT_OOM_KILL,
        [OOM_TYPE_NO_VICTIM] = ALERT_OOM_NO_VICTIM,
        [OOM_TYPE_PANIC] = ALERT_OOM_PANIC,
        [OOM_TYPE_UNREAPABLE] = ALERT_OOM_UNREAPABLE,
};

/* By type and scope. */
static const enum alert_severity severities[ALERT_TYPE_COUNT][OOM_SCOPE_MEMPOLICY + 1] = {
#define SAME(severity)                                                                                                 \
        {                                                                                                              \
                severity, severity, severity, severity, severity                                                       \
        }
        /* unknown, global, memcg, cpuset, mempolicy */
        [ALERT_OOM_KILL] = { ALERT_ERROR, ALERT_CRITICAL, ALERT_ERROR, ALERT_ERROR, ALERT_ERROR },
        [ALERT_OOM_NO_VICTIM] = { ALERT_WARNING, ALERT_CRITICAL, ALERT_ERROR, ALERT_ERROR, ALERT_ERROR },
        [ALERT_OOM_PANIC] = SAME(ALERT_CRITICAL),
        [ALERT_OOM_UNREAPABLE] = SAME(ALERT_WARNING),
        [ALERT_RECORDS_LOST] = SAME(ALERT_WARNING),
        [ALERT_KILLS_MISSED] = SAME(ALERT_CRITICAL),
        [ALERT_USER_KILL] = SAME(ALERT_WARNING),
#undef SAME
};

const char *alert_type_name(enum alert_type type)
{
        return type_names[type];
}

const char *alert_severity_name(enum alert_severity severity)
{
        return severity == ALERT_CRITICAL ? "critical" : severity == ALERT_ERROR ? "error" : "warning";
}

const char *alert_time_source_name(enum alert_time_source time)
{
        static const char *const names[] = {
                [ALERT_TIME_UNKNOWN] = NULL,
                [ALERT_TIME_ARRIVAL] = "arrival",
                [ALERT_TIME_ESTIMATED] = "estimated",
                [ALERT_TIME_LOG] = "log",
        };

        return names[time];
}

const char *oom_scope_name(enum oom_scope scope)
{
        static const char *const names[] = {
                [OOM_SCOPE_UNKNOWN] = NULL,    [OOM_SCOPE_GLOBAL] = "global",       [OOM_SCOPE_MEMCG] = "memcg",
                [OOM_SCOPE_CPUSET] = "cpuset", [OOM_SCOPE_MEMPOLICY] = "mempolicy",
        };

        return names[scope];
}

const char *oom_constraint_name(enum oom_constraint constraint)
{
        static const char *const names[] = {
                [OOM_CONSTRAINT_UNKNOWN] = NULL,
                [OOM_CONSTRAINT_NONE] = "CONSTRAINT_NONE",
                [OOM_CONSTRAINT_CPUSET] = "CONSTRAINT_CPUSET",
                [OOM_CONSTRAINT_MEMORY_POLICY] = "CONSTRAINT_MEMORY_POLICY",
                [OOM_CONSTRAINT_MEMCG] = "CONSTRAINT_MEMCG",
        };

        return names[constraint];
}

static void show_hash(struct fnv128 hash, char ret_id[static 33])
{
        (void)snprintf(ret_id, 33, "%016jx%016jx", (uintmax_t)hash.high, (uintmax_t)hash.low); /* it fits */
}

void alert_id(enum alert_type type, const char *boot_id, uint64_t seq, uint64_t mono_usec, char ret_id[static 33])
{
        struct fnv128 hash = FNV128_START;
        char key[128];

        if (boot_id[0])
                (void)snprintf(key, sizeof(key), "%s/%.32s/%ju", type_names[type], boot_id, (uintmax_t)seq);
        else
                (void)snprintf(key, sizeof(key), "%s//%ju/%ju", type_names[type], (uintmax_t)seq,
                               (uintmax_t)mono_usec); /* both fit */
        fnv128_add(&hash, text_from(key));
        show_hash(hash, ret_id);
}

void alert_log_id(const struct alert_log_key *key, char ret_id[static 33])
{
        struct fnv128 hash = FNV128_START;
        char number[32] = "", time[RFC3339_SIZE] = "";

        fnv128_add(&hash, text_from(type_names[key->type]));
        fnv128_add(&hash, TEXT("/"));
        fnv128_add(&hash, key->host);
        fnv128_add(&hash, TEXT("/"));
        if (rfc3339_format(key->time_usec, time))
                fnv128_add(&hash, text_from(time));
        else if (key->mono_usec != OOM_UNKNOWN)
                (void)snprintf(number, sizeof(number), "+%jd", (intmax_t)key->mono_usec); /* it fits */
        fnv128_add(&hash, text_from(number));
        number[0] = '\0';
        if (key->pid != OOM_UNKNOWN)
                (void)snprintf(number, sizeof(number), "%jd", (intmax_t)key->pid);
        fnv128_add(&hash, TEXT("/"));
        fnv128_add(&hash, text_from(number));
        fnv128_add(&hash, TEXT("/"));
        fnv128_add(&hash, key->comm);
        if (key->nth > 1) {
                (void)snprintf(number, sizeof(number), "/%ju", (uintmax_t)key->nth);
                fnv128_add(&hash, text_from(number));
        }
        show_hash(hash, ret_id);
}

struct alert_log_key alert_log_key(const struct alert *alert)
{
        struct alert_log_key key = {
                .type = alert->type,
                .host = text_from(alert->context.host ? alert->context.host->name : NULL),
                .time_usec = alert->context.time_usec,
                .mono_usec = alert->context.log.mono_usec,
                .pid = OOM_UNKNOWN,
        };

        if (alert->claim) {
                key.pid = alert->claim->pid;
                key.comm = killer_name_text(&alert->claim->name);
                key.comm.length = key.comm.length < OOM_COMM_MAX ? key.comm.length : OOM_COMM_MAX;
        } else if (alert->type == ALERT_OOM_KILL || alert->type == ALERT_OOM_UNREAPABLE) {
                key.pid = alert->incident->victim.pid;
                key.comm = oom_name_text(&alert->incident->victim.comm);
        } else if (alert->incident && alert->report) {
                key.pid = alert->report->trigger.pid;
                key.comm = oom_name_text(&alert->report->trigger.comm);
        }
        return key;
}

int64_t alert_victim_uid(const struct alert *alert)
{
        int64_t uid = alert->incident->victim.uid;

        return uid == OOM_UNKNOWN && alert->owner.uid != OWNER_UID_UNKNOWN ? alert->owner.uid : uid;
}

int64_t alert_page_bytes(const struct alert *alert)
{
        if (alert->has_verdict && alert->verdict.page_size_bytes != OOM_UNKNOWN)
                return alert->verdict.page_size_bytes;
        return oom_report_page_bytes(alert->report);
}

size_t alert_missing(const struct alert *alert, const char *ret_missing[static ALERT_MISSING_MAX])
{
        const struct oom_report *report = alert->report;
        const bool is_kill = alert->type == ALERT_OOM_KILL;
        const bool is_open = alert->type == ALERT_OOM_NO_VICTIM && alert->incident->end == OOM_END_UNKNOWN;
        /* A report whose scope isn't known has figures all the same. (A kill line alone isn't known to have had a report.) */
        const bool is_bare = !is_kill && !is_open && report && report->scope == OOM_SCOPE_UNKNOWN &&
                             report->parts & OOM_PART_HEADER && !oom_report_has_figures(report);
        size_t count = 0;

        if (!report || alert->type == ALERT_OOM_UNREAPABLE)
                return 0;
        const struct {
                const char *word;
                bool is_missing;
        } parts[ALERT_MISSING_MAX] = {
                { "header", !(report->parts & OOM_PART_HEADER) },
                { "cgroup", alert->is_cgroup_cut || (is_kill && alert->cgroup.length == 0) },
                { "killed", (is_kill && !(report->parts & OOM_PART_KILLED)) || is_open },
                { "memory", is_bare || (report->scope != OOM_SCOPE_MEMCG && report->scope != OOM_SCOPE_UNKNOWN &&
                                        (report->memory.ram_pages == OOM_UNKNOWN || report->memory.is_doubtful)) },
                { "limit", (report->limit_memcg.is_known && report->limit_memcg.is_cut) ||
                                   (report->scope == OOM_SCOPE_MEMCG &&
                                    report->memcg.usages[OOM_USAGE_MEMORY].usage_bytes == OOM_UNKNOWN) },
                { "tasks", is_kill && !report->tasks.is_complete },
                { "line_ends", report->is_cut },
                { "totalpages",
                  is_kill && alert->has_verdict && alert->verdict.unknown_reason == OOM_VERDICT_UNKNOWN_TOTALPAGES },
        };

        for (size_t i = 0; i < ALERT_MISSING_MAX; i++)
                if (parts[i].is_missing)
                        ret_missing[count++] = parts[i].word;
        return count;
}

/* The limit of a slice is nobody's but the slice's, and a slice is a unit. */
static void find_limit_owner(const struct oom_path *limit_memcg, struct owner *owner)
{
        owner_from_cgroup(oom_path_text(limit_memcg), limit_memcg->is_cut, owner);
        if (!owner->unit[0] && owner->slice[0] && !limit_memcg->is_cut &&
            text_ends(oom_path_text(limit_memcg), text_from(owner->slice)))
                memcpy(owner->unit, owner->slice, sizeof(owner->unit));
}

/* Where the victim's own cgroup is unknown, the one that it is certainly in or below: a group is killed whole, and a
 * limit kills below itself only (mm/oom_kill.c, oom_unkillable_task()). So whose it is may be known when where it is
 * isn't. */
static struct text owning_cgroup(const struct alert *alert, bool *ret_is_cut)
{
        const struct oom_incident *incident = alert->incident;
        const struct oom_report *report = alert->report;
        const struct oom_path *path = NULL;

        *ret_is_cut = alert->is_cgroup_cut;
        if (alert->cgroup.length > 0)
                return alert->cgroup;
        if (alert->is_in_group && incident->group_memcg.is_known)
                path = &incident->group_memcg;
        else if (incident->type == OOM_TYPE_KILL && report && report->limit_memcg.is_known)
                path = &report->limit_memcg;
        *ret_is_cut = path && path->is_cut;
        return path ? oom_path_text(path) : (struct text){ 0 };
}

static void find_owner(struct alert *alert)
{
        const struct oom_container *container = &alert->incident->victim.container;
        bool is_cut;
        struct text path = owning_cgroup(alert, &is_cut), namespace, id;

        owner_from_cgroup(path, is_cut, &alert->owner);
        if (alert->context.is_containerd_task && owner_may_be_containerd(path, is_cut, &namespace, &id) &&
            alert->context.is_containerd_task(namespace, id))
                owner_set_container(&alert->owner, "containerd", id);
        if (container->length > 0 && !alert->owner.container_id[0])
                owner_set_container(&alert->owner, "openvz", (struct text){ container->data, container->length });
}

/* The path that the report names, but where its end is missing and the victim was seen: the whole one. */
static void take_named_cgroup(struct alert *alert, const struct oom_path *named)
{
        struct text seen = alert->cgroup;

        if (named->is_cut && text_starts(seen, oom_path_text(named)))
                return;
        alert->cgroup = oom_path_text(named);
        alert->is_cgroup_cut = named->is_cut;
}

/* A kill whose own header was suppressed may follow a group's within its time, or stand between the lines of another
 * report (before 4.2 reports are not serialised), and then looks as if it belonged there. But a group and a limit kill
 * only what is below them, and a victim that was seen elsewhere was not. An "oom-kill:" line names the very victim. */
static bool is_seen_elsewhere(const struct oom_incident *incident, struct text seen)
{
        const struct oom_report *report = incident->report;
        bool is_named = report && report->parts & OOM_PART_SUMMARY && incident->victim.task_memcg.is_known;

        if (incident->type != OOM_TYPE_KILL || seen.length == 0)
                return false;
        if (incident->is_group_member && incident->group_memcg.is_known)
                return !oom_path_may_hold(&incident->group_memcg, seen);
        return report && report->limit_memcg.is_known && !is_named && !oom_path_may_hold(&report->limit_memcg, seen);
}

static void leave_report(struct alert *alert)
{
        struct oom_report *bare = calloc(1, sizeof(*bare)); /* none: the alert goes out without */

        if (bare) {
                oom_report_clear(bare, alert->seq, alert->mono_usec);
                bare->parts = OOM_PART_KILLED;
                bare->scope =
                        alert->report ? alert->report->scope : OOM_SCOPE_UNKNOWN; /* the kill line itself says it */
        }
        alert->report = alert->bare = bare;
        alert->is_in_group = false;
}

/* key_seq: the number by which the alert is known in its boot. */
static void finish_as(struct alert *alert, uint64_t key_seq)
{
        if (alert->context.kind == ALERT_SOURCE_KMSG) {
                alert_id(alert->type, alert->context.host ? alert->context.host->boot_id : "", key_seq,
                         alert->mono_usec, alert->id);
        } else {
                struct alert_log_key key = alert_log_key(alert);

                alert_log_id(&key, alert->id);
        }
        alert_summarize(alert, alert->summary);
}

static void finish(struct alert *alert)
{
        finish_as(alert, alert->seq);
}

void alert_from_incident(const struct oom_incident *incident, const struct alert_context *context,
                         struct alert *ret_alert)
{
        struct alert alert = {
                .type = incident_types[incident->type],
                .context = *context,
                .seq = incident->seq,
                .mono_usec = incident->mono_usec,
                .incident = incident,
                .report = incident->report,
                .is_in_group = incident->is_group_member,
                .cgroup = context->victim_cgroup,
        };
        bool is_elsewhere = is_seen_elsewhere(incident, context->victim_cgroup);

        if (is_elsewhere)
                leave_report(&alert);
        else if (incident->victim.task_memcg.is_known)
                take_named_cgroup(&alert, &incident->victim.task_memcg);
        alert.severity = severities[alert.type][incident->report ? incident->report->scope : OOM_SCOPE_UNKNOWN];
        find_owner(&alert);
        if (alert.report && alert.report->limit_memcg.is_known)
                find_limit_owner(&alert.report->limit_memcg, &alert.limit_owner);
        if (incident->report && !is_elsewhere && incident->type != OOM_TYPE_UNREAPABLE) {
                alert.has_verdict = true;
                oom_verdict_of(incident, &context->machine, &alert.verdict);
                oom_explain(incident, &alert.verdict, &alert.explanation);
        }
        finish(&alert);
        *ret_alert = alert;
}

void alert_from_loss(uint64_t seq, uint64_t mono_usec, uint64_t n_lost, const struct alert_context *context,
                     struct alert *ret_alert)
{
        struct alert alert = {
                .type = ALERT_RECORDS_LOST,
                .severity = severities[ALERT_RECORDS_LOST][OOM_SCOPE_UNKNOWN],
                .context = *context,
                .seq = seq,
                .mono_usec = mono_usec,
                .n_lost = n_lost,
        };

        finish(&alert);
        *ret_alert = alert;
}

void alert_from_missed(const struct alert_missed *missed, uint64_t seq, uint64_t mono_usec,
                       const struct alert_context *context, struct alert *ret_alert)
{
        struct alert alert = {
                .type = ALERT_KILLS_MISSED,
                .severity = severities[ALERT_KILLS_MISSED][OOM_SCOPE_UNKNOWN],
                .context = *context,
                .seq = seq,
                .mono_usec = mono_usec,
                .missed = *missed,
        };

        finish_as(&alert, missed->n_explained);
        *ret_alert = alert;
}

void alert_from_claim(const struct killer_claim *claim, const struct alert_context *context, struct alert *ret_alert)
{
        struct alert alert = {
                .type = ALERT_USER_KILL,
                .severity = severities[ALERT_USER_KILL][OOM_SCOPE_UNKNOWN],
                .context = *context,
                .claim = claim,
                .cgroup = killer_path_text(&claim->cgroup),
        };

        if (claim->is_pressure_only)
                alert.cgroup.length = 0; /* who died is somewhere below */
        owner_from_cgroup(alert.cgroup, claim->cgroup.length == KILLER_PATH_MAX, &alert.owner);
        if (claim->unit.length)
                (void)text_copy(killer_name_text(&claim->unit), alert.owner.unit, OWNER_NAME_MAX); /* it is all 0 */
        if (claim->container.length)
                owner_set_container(&alert.owner, "docker", killer_name_text(&claim->container));
        finish(&alert);
        *ret_alert = alert;
}

void alert_done(struct alert *alert)
{
        free(alert->bare);
        *alert = (struct alert){ 0 };
}
