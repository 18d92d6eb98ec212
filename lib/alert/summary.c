#include "alert/summary.h"

#include <inttypes.h>

/* Bytes of a path and of a unit's name that the sentence takes: the whole is in the alert's fields. Even if all of two
 * paths' bytes become U+FFFD, the reason is not cut off the end. */
#define PATH_SHOWN 120
#define UNIT_SHOWN 80

/* As docker and podman themselves show the start of an id. */
#define SHORT_ID 12

static void container_words(struct prose *prose, const struct owner *owner)
{
        struct text id = text_from(owner->container_id);
        bool is_hex_id = id.length == 64;

        if (owner->container_runtime)
                prose_format(prose, "%s ", owner->container_runtime);
        prose_add(prose, TEXT("container "));
        prose_name(prose, is_hex_id ? text_until_offset(id, SHORT_ID) : id, UNIT_SHOWN);
}

/* A user names the units of his own manager as he likes, so whose manager it is belongs to the name. */
static void unit_words(struct prose *prose, const struct owner *owner)
{
        if (owner->user_unit[0]) {
                prose_name(prose, text_from(owner->user_unit), UNIT_SHOWN);
                prose_add(prose, TEXT(" of "));
        }
        prose_name(prose, text_from(owner->unit), UNIT_SHOWN);
}

/* Anybody who may make cgroups below a unit can look like a container: the unit is named too, but where it is the
 * container's own ("docker-<id>.scope"). */
bool alert_owner_words(struct prose *prose, const struct owner *owner, struct text cgroup)
{
        const char *separator = "";

        if (owner->container_id[0]) {
                container_words(prose, owner);
                separator = " of ";
        }
        if (owner->pod_uid[0]) {
                prose_format(prose, "%spod %s", separator, owner->pod_uid);
                separator = " of ";
        }
        if (owner->unit[0] && !(owner->container_id[0] && strstr(owner->unit, owner->container_id))) {
                prose_add(prose, text_from(separator));
                unit_words(prose, owner);
                return true;
        }
        if (separator[0] || cgroup.length <= 1)
                return separator[0];
        prose_add(prose, TEXT("cgroup "));
        prose_name(prose, cgroup, PATH_SHOWN);
        return true;
}

void alert_process_words(struct prose *prose, const struct oom_name *comm, int64_t pid)
{
        if (!comm->known)
                prose_add(prose, TEXT("a process"));
        else if (comm->length == 0)
                prose_add(prose, TEXT("a process without a name"));
        else
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        if (pid != OOM_UNKNOWN)
                prose_format(prose, " (pid %" PRId64 ")", pid);
}

static void victim_words(struct prose *prose, const struct alert *alert)
{
        size_t before;

        alert_process_words(prose, &alert->incident->victim.comm, alert->incident->victim.pid);
        before = prose->length;
        prose_add(prose, TEXT(" of "));
        if (!alert_owner_words(prose, &alert->owner, alert->cgroup)) {
                prose->length = before;
                prose->data[before] = '\0';
        }
}

static void reason_words(struct prose *prose, const struct alert *alert)
{
        const struct oom_report *report = alert->report;

        if (report && report->trigger.sysrq) {
                prose_add(prose, TEXT("asked for by SysRq"));
                return;
        }
        switch (report ? report->scope : OOM_SCOPE_UNKNOWN) {
        case OOM_SCOPE_GLOBAL:
                prose_add(prose, TEXT("the machine is out of memory"));
                break;
        case OOM_SCOPE_MEMCG:
                if (!report->limit_memcg.known) {
                        prose_add(prose, TEXT("memory limit of a cgroup reached"));
                        break;
                }
                prose_add(prose, TEXT("memory limit of "));
                prose_name(prose, oom_path_text(&report->limit_memcg), PATH_SHOWN);
                prose_add(prose, TEXT(" reached"));
                break;
        case OOM_SCOPE_CPUSET:
                prose_add(prose, TEXT("no memory left on the nodes of its cpuset"));
                break;
        case OOM_SCOPE_MEMPOLICY:
                prose_add(prose, TEXT("no memory left on the nodes of its memory policy"));
                break;
        case OOM_SCOPE_UNKNOWN:
                prose_add(prose, TEXT("out of memory, the kernel did not print of what"));
                break;
        }
}

static void kill_words(struct prose *prose, const struct alert *alert)
{
        victim_words(prose, alert);
        prose_add(prose, TEXT(" was killed"));
        if (alert->in_group) {
                prose_add(prose, TEXT(" with the whole cgroup"));
                if (alert->incident->group_memcg.known) {
                        prose_add(prose, TEXT(" "));
                        prose_name(prose, oom_path_text(&alert->incident->group_memcg), PATH_SHOWN / 2);
                }
        }
        prose_add(prose, TEXT(": "));
        reason_words(prose, alert);
}

static void no_victim_words(struct prose *prose, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;

        prose_add(prose, TEXT("No kill followed: "));
        reason_words(prose, alert);
        if (victim->pid == OOM_UNKNOWN && !victim->comm.known)
                return;
        prose_add(prose, TEXT("; the kernel named "));
        victim_words(prose, alert);
}

static void panic_words(struct prose *prose, const struct alert *alert)
{
        prose_add(prose, TEXT("Kernel panic for lack of memory"));
        if (alert->incident->message.length == 0)
                return;
        prose_add(prose, TEXT(": "));
        prose_name(prose, alert->incident->message, PATH_SHOWN);
}

static void unreapable_words(struct prose *prose, const struct alert *alert)
{
        victim_words(prose, alert);
        prose_add(prose, TEXT(" was killed, but its memory could not be taken back"));
}

static void lost_words(struct prose *prose, const struct alert *alert)
{
        prose_format(prose, "%" PRIu64 " kernel log record%s lost before %s could be read", alert->lost,
                     alert->lost == 1 ? " was" : "s were", alert->lost == 1 ? "it" : "they");
}

void alert_summarize(const struct alert *alert, char ret_summary[static ALERT_SUMMARY_MAX + 1])
{
        static void (*const words[ALERT_TYPE_COUNT])(struct prose *, const struct alert *) = {
                [ALERT_OOM_KILL] = kill_words,     [ALERT_OOM_NO_VICTIM] = no_victim_words,
                [ALERT_OOM_PANIC] = panic_words,   [ALERT_OOM_UNREAPABLE] = unreapable_words,
                [ALERT_RECORDS_LOST] = lost_words,
        };
        struct prose prose = prose_start(ret_summary, ALERT_SUMMARY_MAX + 1);

        words[alert->type](&prose, alert);
}
