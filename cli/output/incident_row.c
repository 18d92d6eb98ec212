#include "output/incident_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "logfile/message.h"
#include "owner/owner.h"
#include "util/prose.h"

/* A name longer than this loses its middle. The kernel prints none that is. */
#define NAME_MAX_SHOWN 4096

bool incident_row_local_time(int64_t time_usec, char ret_time[static INCIDENT_TIME_SIZE],
                             char ret_zone[static INCIDENT_ZONE_SIZE])
{
        time_t seconds = (time_t)(time_usec / 1000000 - (time_usec % 1000000 < 0));
        struct tm local;

        if (time_usec == LOG_UNKNOWN || !localtime_r(&seconds, &local) ||
            strftime(ret_time, INCIDENT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0 ||
            strftime(ret_zone, INCIDENT_ZONE_SIZE, "%Z", &local) == 0) {
                ret_time[0] = ret_zone[0] = '\0';
                return false;
        }
        return true;
}

struct text incident_row_day(const struct incident_row *row)
{
        struct text time = text_from(row->time);
        ptrdiff_t blank = text_find(time, TEXT(" "), 0);

        return text_until_offset(time, blank > 0 ? (size_t)blank : 0);
}

const char *incident_severity_name(enum incident_severity severity)
{
        static const char *const names[INCIDENT_SEVERITY_COUNT] = {
                [INCIDENT_CRITICAL] = "critical",
                [INCIDENT_ERROR] = "error",
                [INCIDENT_WARNING] = "warning",
        };

        return names[severity];
}

static enum incident_severity severity_of(struct text name)
{
        for (enum incident_severity severity = 0; severity < INCIDENT_WARNING; severity++)
                if (text_equal(name, text_from(incident_severity_name(severity))))
                        return severity;
        return INCIDENT_WARNING;
}

/* How the JSON calls a type of incident, and how its reason begins. */
static const struct {
        const char *name, *reason;
} types[INCIDENT_OTHER] = {
        [INCIDENT_KILL] = { "oom_kill", "" },
        [INCIDENT_NO_VICTIM] = { "oom_no_victim", "no kill followed: " }, /* where that is known */
        [INCIDENT_PANIC] = { "oom_panic", "kernel panic: " },
        [INCIDENT_UNREAPABLE] = { "oom_unreapable", "killed, memory not taken back: " },
        [INCIDENT_CLAIM] = { "user_kill", "" }, /* format_claim() */
};

static enum incident_type type_of(struct text name)
{
        enum incident_type type = 0;

        while (type < INCIDENT_OTHER && !text_equal(name, text_from(types[type].name)))
                type++;
        return type;
}

static void format_owner(struct prose *prose, const struct alert_value *victim)
{
        struct text id = alert_get_text(victim, "container.id");
        struct text runtime = alert_get_text(victim, "container.runtime");
        struct text manager = alert_get_text(victim, "job.manager"), job = alert_get_text(victim, "job.id");
        struct text pod = alert_get_text(victim, "pod.name"), namespace = alert_get_text(victim, "pod.namespace");
        struct text user_unit = alert_get_text(victim, "user_unit"), unit = alert_get_text(victim, "unit");

        if (pod.length > 0) {
                if (namespace.length > 0) {
                        prose_name(prose, namespace, NAME_MAX_SHOWN);
                        prose_add(prose, TEXT("/"));
                }
                prose_name(prose, pod, NAME_MAX_SHOWN);
        } else if (id.length > 0) {
                prose_name(prose, runtime.length > 0 ? runtime : TEXT("container"), NAME_MAX_SHOWN);
                prose_add(prose, TEXT(" "));
                prose_name(prose, owner_short_id(id), NAME_MAX_SHOWN);
        } else if (manager.length > 0) {
                prose_name(prose, manager, NAME_MAX_SHOWN);
                prose_add(prose, TEXT(" job"));
                if (job.length > 0) {
                        prose_add(prose, TEXT(" "));
                        prose_name(prose, job, NAME_MAX_SHOWN);
                }
        } else if (user_unit.length > 0) {
                prose_name(prose, user_unit, NAME_MAX_SHOWN);
                prose_add(prose, TEXT(" of "));
                prose_name(prose, unit, NAME_MAX_SHOWN);
        } else if (unit.length > 0) {
                prose_name(prose, unit, NAME_MAX_SHOWN);
        } else {
                prose_name(prose, alert_get_text(victim, "cgroup"), NAME_MAX_SHOWN);
        }
}

/* Whether the limit is that of the container that the victim is named with. */
static bool is_limit_of_container(const struct alert_value *alert)
{
        struct text before, end, id = alert_get_text(alert, "victim.container.id");

        return id.length && text_split_last(alert_get_text(alert, "limit.cgroup"), TEXT("/"), &before, &end) &&
               text_find(end, id, 0) >= 0;
}

static void format_limit(struct prose *prose, const struct alert_value *alert)
{
        int64_t bytes = alert_get_number(alert, "limit.limit_bytes");
        struct text name = alert_get_text(alert, "limit.unit");

        if (name.length == 0)
                name = alert_get_text(alert, "limit.cgroup");
        if (name.length == 0 && bytes == ALERT_UNKNOWN) {
                /* OpenVZ has limits of containers that are no cgroup's. */
                bool is_openvz = text_equal(alert_get_text(alert, "victim.container.runtime"), TEXT("openvz"));

                prose_add(prose, is_openvz ? TEXT("memory limit") : TEXT("memory limit of a cgroup"));
                return;
        }
        prose_add(prose, TEXT("limit"));
        if (bytes != ALERT_UNKNOWN) {
                prose_add(prose, TEXT(" "));
                prose_size(prose, bytes);
        }
        if (is_limit_of_container(alert)) {
                prose_add(prose, TEXT(" of the container"));
        } else if (name.length > 0) {
                prose_add(prose, TEXT(" of "));
                prose_name(prose, name, NAME_MAX_SHOWN);
        }
}

/* A log that doesn't have it is no evidence that nobody was killed. */
static bool misses_kill(const struct alert_value *alert)
{
        const struct alert_value *missing = alert_get(alert, "source.missing");

        for (size_t i = 0; i < alert_count(missing); i++)
                if (text_equal(alert_text(alert_item(missing, i)), TEXT("killed")))
                        return true;
        return false;
}

/* "earlyoom says: SIGTERM, then SIGKILL", "systemd-oomd says: killed: memory pressure for /a being ..." */
static void format_claim(struct prose *prose, const struct alert_value *alert)
{
        struct text killer = alert_get_text(alert, "killer"), by = alert_get_text(alert, "claim.by");
        struct text signal = alert_get_text(alert, "claim.signal"), first = alert_get_text(alert, "claim.first_signal");
        struct text reason = alert_get_text(alert, "claim.reason");
        bool is_retelling = alert_bool(alert_get(alert, "claim.retelling")) > 0;

        prose_name(prose, by.length ? by : killer.length ? killer : TEXT("the log"), NAME_MAX_SHOWN);
        prose_add(prose, TEXT(" says: "));
        if (text_equal(first, TEXT("SIGTERM")) || text_equal(signal, TEXT("SIGTERM")))
                prose_add(prose, first.length ? TEXT("SIGTERM, then SIGKILL") : TEXT("SIGTERM"));
        else if (alert_bool(alert_get(alert, "claim.intention")) > 0)
                prose_add(prose, TEXT("to be killed"));
        else if (text_equal(killer, TEXT("kubelet")))
                prose_add(prose, TEXT("evicted for memory"));
        else
                prose_add(prose, TEXT("killed"));
        if (is_retelling)
                prose_add(prose, killer.length ? TEXT(" by ") : TEXT(" by the OOM killer"));
        if (is_retelling)
                prose_name(prose, killer, NAME_MAX_SHOWN);
        if (text_equal(alert_get_text(alert, "claim.outcome"), TEXT("did_not_exit")))
                prose_add(prose, TEXT(", did not exit"));
        if (reason.length) {
                prose_add(prose, TEXT(": "));
                prose_name(prose, reason, NAME_MAX_SHOWN);
        }
}

static void format_reason(struct prose *prose, const struct alert_value *alert, enum incident_type type)
{
        struct text scope = alert_get_text(alert, "scope");

        if (type == INCIDENT_OTHER) {
                prose_name(prose, alert_get_text(alert, "summary"), NAME_MAX_SHOWN);
                return;
        }
        if (type == INCIDENT_CLAIM) {
                format_claim(prose, alert);
                return;
        }
        if (type == INCIDENT_PANIC && scope.length == 0) {
                prose_add(prose, TEXT("kernel panic"));
                return;
        }
        if (type == INCIDENT_NO_VICTIM && misses_kill(alert))
                prose_add(prose, TEXT("no kill in the log: "));
        else
                prose_add(prose, text_from(types[type].reason));
        if (alert_bool(alert_get(alert, "trigger.sysrq")) > 0)
                prose_add(prose, TEXT("asked for by SysRq"));
        else if (text_equal(scope, TEXT("global")))
                prose_add(prose, TEXT("machine out of memory"));
        else if (text_equal(scope, TEXT("memcg")))
                format_limit(prose, alert);
        else if (text_equal(scope, TEXT("cpuset")))
                prose_add(prose, TEXT("nodes of a cpuset out of memory"));
        else if (text_equal(scope, TEXT("mempolicy")))
                prose_add(prose, TEXT("nodes of a memory policy out of memory"));
        else
                prose_add(prose, TEXT("not printed"));
        if (alert_get(alert, "group"))
                prose_add(prose, TEXT(", killed with its cgroup"));
}

/* Where only the kernel's clock is known, "[183.267]": it is no time of day. */
static void format_stamp(const struct alert_value *alert, char ret_time[static INCIDENT_TIME_SIZE])
{
        int64_t usec = alert_get_number(alert, "source.monotonic_usec");

        if (usec != ALERT_UNKNOWN && usec >= 0)
                (void)snprintf(ret_time, INCIDENT_TIME_SIZE, "[%" PRId64 ".%03" PRId64 "]", usec / 1000000,
                               usec / 1000 % 1000);
}

void incident_row_read(const struct finding *finding, const struct alert_value *alert, struct incident_row *ret_row)
{
        struct prose owner = prose_start(ret_row->owner, sizeof(ret_row->owner));
        struct prose reason = prose_start(ret_row->reason, sizeof(ret_row->reason));

        ret_row->type = type_of(alert_get_text(alert, "type"));
        ret_row->severity = severity_of(alert_get_text(alert, "severity"));
        ret_row->time_usec = finding->time_usec;
        ret_row->time_doubts = finding->time_usec == LOG_UNKNOWN ? 0 : finding->time_doubts;
        if (!incident_row_local_time(finding->time_usec, ret_row->time, ret_row->zone))
                ret_row->time_usec = LOG_UNKNOWN;
        if (ret_row->time_usec == LOG_UNKNOWN)
                format_stamp(alert, ret_row->time);
        ret_row->host = alert_get_text(alert, "host.name");
        ret_row->scope = alert_get_text(alert, "scope");
        ret_row->comm = alert_get_text(alert, "victim.comm");
        ret_row->pid = alert_get_number(alert, "victim.pid");
        ret_row->anon_rss_bytes = alert_get_number(alert, "victim.anon_rss_bytes");
        format_owner(&owner, alert_get(alert, "victim"));
        format_reason(&reason, alert, ret_row->type);
}
