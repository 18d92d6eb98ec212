#include "alert/summary.h"

#include <inttypes.h>

#include "explain/phrases.h"
#include "util/rfc3339.h"
#include "util/usec.h"

/* Bytes of a path and of a unit's name that the sentence takes: the whole is in the alert's fields. Even if all of two
 * paths' bytes become U+FFFD, the reason is not cut off the end. */
#define PATH_SHOWN 120
#define UNIT_SHOWN 80
/* Cgroups of missed kills that the sentence names. */
#define MISSED_SHOWN 2

static void add_container(struct prose *prose, const struct owner *owner)
{
        if (owner->container_runtime)
                prose_format(prose, "%s ", owner->container_runtime);
        /* Talos' own services: some are containers, some are not. */
        prose_add(prose, text_equal(text_from(owner->container_runtime), TEXT("talos")) ? TEXT("service ")
                                                                                        : TEXT("container "));
        prose_name(prose, owner_short_id(text_from(owner->container_id)), UNIT_SHOWN);
}

/* A user names the units of his own manager as he likes, so whose manager it is belongs to the name. */
static void add_unit(struct prose *prose, const struct owner *owner)
{
        if (owner->user_unit[0]) {
                prose_name(prose, text_from(owner->user_unit), UNIT_SHOWN);
                prose_add(prose, TEXT(" of "));
        }
        prose_name(prose, text_from(owner->unit), UNIT_SHOWN);
}

/* "slurm job 4711, step batch", "htcondor job" */
static void add_job(struct prose *prose, const struct owner *owner)
{
        prose_format(prose, "%s job", owner->job_manager);
        if (owner->job_id[0]) {
                prose_add(prose, TEXT(" "));
                prose_name(prose, text_from(owner->job_id), UNIT_SHOWN);
        }
        if (owner->job_step[0]) {
                prose_add(prose, TEXT(", step "));
                prose_name(prose, text_from(owner->job_step), UNIT_SHOWN);
        }
}

/* "nginx.service", "docker container a1b2c3d4e5f6 of pod 0f6d...", "cgroup /x"; returns false, and adds nothing, when the
 * owner is unknown. Anybody who may make cgroups below a unit can make one look like a container: so the unit is named
 * too, unless it is the container's own ("docker-<id>.scope"). */
static bool add_owner(struct prose *prose, const struct owner *owner, struct text cgroup)
{
        const char *separator = "";

        if (owner->container_id[0]) {
                add_container(prose, owner);
                separator = " of ";
        }
        if (owner->pod_uid[0]) {
                prose_format(prose, "%spod %s", separator, owner->pod_uid);
                separator = " of ";
        }
        if (owner->job_manager) {
                prose_add(prose, text_from(separator));
                add_job(prose, owner);
                return true; /* its unit is the batch system's, or is named like the job */
        }
        if (owner->unit[0] && !(owner->container_id[0] && strstr(owner->unit, owner->container_id))) {
                prose_add(prose, text_from(separator));
                add_unit(prose, owner);
                return true;
        }
        if (separator[0] || cgroup.length <= 1)
                return separator[0];
        prose_add(prose, TEXT("cgroup "));
        prose_name(prose, cgroup, PATH_SHOWN);
        return true;
}

static void add_victim(struct prose *prose, const struct alert *alert)
{
        size_t before;

        phrase_process(prose, &alert->incident->victim.comm, alert->incident->victim.pid);
        before = prose->length;
        prose_add(prose, TEXT(" of "));
        if (!add_owner(prose, &alert->owner, alert->cgroup)) {
                prose->length = before;
                prose->data[before] = '\0';
        }
}

static bool has_end(struct text path, struct text name)
{
        struct text before, end;

        return name.length && text_split_last(path, TEXT("/"), &before, &end) &&
               text_find(end, owner_short_id(name), 0) >= 0;
}

/* "that container", "that pod", which the victim is named with; false: it is neither's limit. */
static bool add_named_owner(struct prose *prose, const struct alert *alert)
{
        const struct owner *owner = &alert->owner, *limit = &alert->limit_owner;
        struct text path = oom_path_text(&alert->report->limit_memcg);

        if (strcmp(owner->container_id, limit->container_id) == 0 && has_end(path, text_from(owner->container_id)))
                prose_add(prose, TEXT("that container"));
        else if (owner->pod_uid[0] && strcmp(owner->pod_uid, limit->pod_uid) == 0 && !limit->container_id[0])
                prose_add(prose, TEXT("that pod"));
        else
                return false;
        return true;
}

static void add_reason(struct prose *prose, const struct alert *alert)
{
        static const char *const reasons[] = {
                [OOM_SCOPE_UNKNOWN] = "out of memory, the kernel did not print of what",
                [OOM_SCOPE_GLOBAL] = "the machine is out of memory",
                [OOM_SCOPE_MEMCG] = "memory limit of a cgroup reached",
                [OOM_SCOPE_CPUSET] = "no memory left on the nodes of a cpuset",
                [OOM_SCOPE_MEMPOLICY] = "no memory left on the nodes of a memory policy",
        };
        const struct oom_report *report = alert->report;

        if (report && report->trigger.is_sysrq) {
                prose_add(prose, TEXT("asked for by SysRq"));
                return;
        }
        if (report && report->scope == OOM_SCOPE_MEMCG && report->limit_memcg.is_known) {
                prose_add(prose, TEXT("memory limit of "));
                if (!add_named_owner(prose, alert))
                        prose_name(prose, oom_path_text(&report->limit_memcg), PATH_SHOWN);
                prose_add(prose, TEXT(" reached"));
        } else if (alert->incident->victim.is_container_limit) {
                prose_add(prose, TEXT("a limit of that container was reached"));
        } else {
                prose_add(prose, text_from(reasons[report ? report->scope : OOM_SCOPE_UNKNOWN]));
        }
}

static void describe_kill(struct prose *prose, const struct alert *alert)
{
        add_victim(prose, alert);
        prose_add(prose, TEXT(" was killed"));
        if (alert->is_in_group) {
                prose_add(prose, TEXT(" with the whole cgroup"));
                if (alert->incident->group_memcg.is_known) {
                        prose_add(prose, TEXT(" "));
                        prose_name(prose, oom_path_text(&alert->incident->group_memcg), PATH_SHOWN / 2);
                }
        }
        prose_add(prose, TEXT(": "));
        add_reason(prose, alert);
}

/* ", 2000 times in 8 s", ", at least 300 times, 2000 by estimate, in 8 s" */
static void add_count(struct prose *prose, const struct oom_incident *incident)
{
        if (incident->n_reports < 2)
                return;
        prose_format(prose, ", %s%" PRIu64 " times", incident->n_skipped > 0 ? "at least " : "", incident->n_reports);
        if (incident->n_estimated > 0)
                prose_format(prose, ", %" PRIu64 " by estimate,", incident->n_estimated);
        if (incident->span_usec > 0)
                prose_format(prose, " in %" PRIu64 " s", incident->span_usec / USEC_PER_SEC + 1);
}

static void describe_no_victim(struct prose *prose, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;

        prose_add(prose,
                  alert->incident->end == OOM_END_UNKNOWN ? TEXT("No kill is in the log") : TEXT("No kill followed"));
        add_count(prose, alert->incident);
        prose_add(prose, TEXT(": "));
        add_reason(prose, alert);
        if (victim->pid == OOM_UNKNOWN && !victim->comm.is_known)
                return;
        prose_add(prose, TEXT("; the kernel named "));
        add_victim(prose, alert);
}

static void describe_panic(struct prose *prose, const struct alert *alert)
{
        prose_add(prose, TEXT("Kernel panic for lack of memory"));
        if (alert->incident->message.length == 0)
                return;
        prose_add(prose, TEXT(": "));
        prose_name(prose, alert->incident->message, PATH_SHOWN);
}

static void describe_unreapable(struct prose *prose, const struct alert *alert)
{
        add_victim(prose, alert);
        prose_add(prose, TEXT(" was killed, but its memory could not be taken back"));
}

static void describe_loss(struct prose *prose, const struct alert *alert)
{
        prose_format(prose, "%" PRIu64 " kernel log record%s lost before %s could be read", alert->n_lost,
                     alert->n_lost == 1 ? " was" : "s were", alert->n_lost == 1 ? "it" : "they");
}

static void describe_missed(struct prose *prose, const struct alert *alert)
{
        const struct alert_missed *missed = &alert->missed;
        char time[RFC3339_SIZE];

        prose_format(prose, "The kernel has counted %" PRIu64 " OOM kill%s ", missed->n_kills,
                     missed->n_kills == 1 ? "" : "s");
        if (alert->context.since_usec != OOM_UNKNOWN && rfc3339_format(alert->context.since_usec, time))
                prose_format(prose, "since %.19sZ ", time); /* to the second */
        prose_add(prose, TEXT("of which its log has no record: who was killed is not known"));
        for (size_t i = 0; i < missed->n_cgroups && i < MISSED_SHOWN; i++) {
                const struct alert_missed_cgroup *cgroup = &missed->cgroups[i];
                struct owner owner;

                owner_from_cgroup(text_from(cgroup->path), false, &owner);
                prose_add(prose, i == 0 ? TEXT("; counted since then in ") : TEXT(", "));
                (void)add_owner(prose, &owner, text_from(cgroup->path));
                prose_format(prose, ": %" PRIu64, cgroup->n_kills);
        }
}

/* "renderer (pid 7)", "a process of nginx.service", "nginx.service", "pod shop/cart-0" */
static void add_claimed(struct prose *prose, const struct alert *alert)
{
        const struct killer_claim *claim = alert->claim;
        bool is_process = claim->pid != KILLER_UNKNOWN_NUMBER;
        size_t before;

        if (is_process) {
                prose_name(prose, claim->name.length ? killer_name_text(&claim->name) : TEXT("a process"), UNIT_SHOWN);
                prose_format(prose, " (pid %" PRId64 ")", claim->pid);
        } else if (claim->pod.length) {
                prose_add(prose, TEXT("pod "));
                prose_name(prose, killer_name_text(&claim->pod), UNIT_SHOWN);
                return;
        }
        before = prose->length;
        if (is_process)
                prose_add(prose, TEXT(" of "));
        else if (claim->n_processes > 0)
                prose_format(prose, "%" PRId64 " process%s of ", claim->n_processes,
                             claim->n_processes == 1 ? "" : "es");
        else if (claim->is_retelling || claim->is_pressure_only)
                prose_add(prose, TEXT("a process of "));
        if (add_owner(prose, &alert->owner, alert->cgroup) || !claim->is_pressure_only) {
                if (is_process && !alert->cgroup.length) {
                        prose->length = before;
                        prose->data[before] = '\0';
                }
                return;
        }
        prose_add(prose, TEXT("what is below "));
        prose_name(prose, killer_path_text(&claim->cgroup), PATH_SHOWN);
}

/* What is claimed, as what whoever claims it says. */
static void describe_claim(struct prose *prose, const struct alert *alert)
{
        const struct killer_claim *claim = alert->claim;
        const char *killer = killer_name(claim->killer), *by = killer_speaker_name(claim->by);
        bool was_asked = claim->signal == KILLER_SIGTERM || claim->first_signal == KILLER_SIGTERM;

        prose_format(prose, "%s says that ", by ? by : killer ? killer : "the log");
        if (claim->is_retelling)
                prose_format(prose, "%s killed ", claim->is_kernels ? "the OOM killer" : killer ? killer : "somebody");
        else if (was_asked)
                prose_format(prose, "it sent SIGTERM%s to ",
                             claim->signal == KILLER_SIGKILL ? " and then SIGKILL" : "");
        else if (claim->is_intention)
                prose_add(prose, TEXT("it was about to kill "));
        else
                prose_add(prose, claim->killer == KILLER_KUBELET ? TEXT("it evicted ") : TEXT("it killed "));
        add_claimed(prose, alert);
        if (claim->killer == KILLER_KUBELET)
                prose_add(prose, TEXT(" for lack of memory"));
        if (claim->outcome != KILLER_OUTCOME_UNKNOWN)
                prose_add(prose,
                          claim->outcome == KILLER_EXITED ? TEXT(", which exited") : TEXT(", which did not exit"));
        if (claim->reason_length) {
                prose_add(prose, TEXT(": "));
                prose_name(prose, (struct text){ claim->reason, claim->reason_length }, 2 * PATH_SHOWN);
        }
}

void alert_summarize(const struct alert *alert, char ret_summary[static ALERT_SUMMARY_MAX + 1])
{
        static void (*const describe[ALERT_TYPE_COUNT])(struct prose *, const struct alert *) = {
                [ALERT_OOM_KILL] = describe_kill,       [ALERT_OOM_NO_VICTIM] = describe_no_victim,
                [ALERT_OOM_PANIC] = describe_panic,     [ALERT_OOM_UNREAPABLE] = describe_unreapable,
                [ALERT_RECORDS_LOST] = describe_loss,   [ALERT_USER_KILL] = describe_claim,
                [ALERT_KILLS_MISSED] = describe_missed,
        };
        struct prose prose = prose_start(ret_summary, ALERT_SUMMARY_MAX + 1);

        describe[alert->type](&prose, alert);
}
