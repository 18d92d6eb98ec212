/* lib/explain/explain.c: the reason in words: what was full, who was chosen, and why that follows from oom_badness(). */

#include "explain/explain.h"

#include <inttypes.h>

#include "explain/hints.h"
#include "explain/phrases.h"
#include "explain/zones.h"
#include "util/array.h"

#define ROW(name) { #name, hint_##name##_holds, hint_##name##_say },
const struct hint hints[HINTS_COUNT] = { HINTS(ROW) };
#undef ROW

#define CGROUP_SHOWN 60 /* bytes of a path in the reason; each becomes three when it is not UTF-8 */

/* After "whether another process was worse can't be told: ". */
static const char *const unknown_reasons[] = {
        [OOM_VERDICT_KNOWN] = "the report does not say it",
        [OOM_VERDICT_UNKNOWN_NOT_CHOSEN] = "it was not chosen by its badness",
        [OOM_VERDICT_UNKNOWN_ALLOCATING_TASK] = "it was not chosen by its badness",
        [OOM_VERDICT_UNKNOWN_NOT_NAMED] = "the line that names the one chosen is missing",
        [OOM_VERDICT_UNKNOWN_NO_KILL_LINE] = "the kill line, which says how it was chosen, is missing",
        [OOM_VERDICT_UNKNOWN_NO_VICTIM] = "none was chosen",
        [OOM_VERDICT_UNKNOWN_NO_TABLE] = "the log has no task table of it",
        [OOM_VERDICT_UNKNOWN_TABLE_CUT] = "the task table is not known to be whole",
        [OOM_VERDICT_UNKNOWN_NO_LAYOUT] = "the header of the task table is missing",
        [OOM_VERDICT_UNKNOWN_OLD_FORMULA] = "this kernel's formula counts what it does not print",
        [OOM_VERDICT_UNKNOWN_NOT_IN_TABLE] = "the task table has no row of it",
        [OOM_VERDICT_UNKNOWN_OTHER_ROW] = "the row of that pid in the task table is another process's",
        [OOM_VERDICT_UNKNOWN_NOT_KEPT] = "the task table is too large for all of its rows to be kept",
        [OOM_VERDICT_UNKNOWN_SWAP] = "this kernel's task table does not print how much swap each process has",
        [OOM_VERDICT_UNKNOWN_TOTALPAGES] = "the report does not tell of how much memory oom_score_adj is a share",
        [OOM_VERDICT_UNKNOWN_PAGE_SIZE] = "the size of a page is not known",
        [OOM_VERDICT_UNKNOWN_TOO_CLOSE] = "another is as bad but for what the figures move between choice and print",
};

static bool has_usage(const struct oom_usage *usage)
{
        return usage->usage_bytes != OOM_UNKNOWN && usage->limit_bytes != OOM_UNKNOWN &&
               usage->limit_bytes != OOM_UNLIMITED;
}

/* The counter that is nearest to its limit: mostly memory, on cgroup v1 perhaps another. */
static enum oom_usage_kind fullest(const struct oom_memcg *memcg)
{
        static const enum oom_usage_kind kinds[] = { OOM_USAGE_MEMORY, OOM_USAGE_MEMSW, OOM_USAGE_KMEM };
        enum oom_usage_kind fullest = OOM_USAGE_COUNT;
        int64_t least_left = INT64_MAX;

        for (size_t i = 0; i < COUNT(kinds); i++) {
                const struct oom_usage *usage = &memcg->usages[kinds[i]];
                int64_t left;

                if (!has_usage(usage))
                        continue;
                left = usage->usage_bytes < usage->limit_bytes ? usage->limit_bytes - usage->usage_bytes : 0;
                if (left < least_left) {
                        fullest = kinds[i];
                        least_left = left;
                }
        }
        return fullest;
}

static bool add_memcg_usage(struct prose *prose, const struct facts *facts)
{
        static const char *const kinds_text[] = {
                [OOM_USAGE_MEMORY] = "",
                [OOM_USAGE_MEMSW] = " of memory and swap together",
                [OOM_USAGE_KMEM] = " of kernel memory",
                [OOM_USAGE_SWAP] = " of swap",
        };
        enum oom_usage_kind kind = fullest(facts->memcg);
        const struct oom_path *path = &facts->report->limit_memcg;

        if (kind == OOM_USAGE_COUNT)
                return false;
        prose_name(prose, path->is_known && path->length > 0 ? oom_path_text(path) : TEXT("The cgroup"), CGROUP_SHOWN);
        prose_format(prose, " used %s of its limit of %s", SHOWN_SIZE(facts->memcg->usages[kind].usage_bytes),
                     SHOWN_SIZE(facts->memcg->usages[kind].limit_bytes));
        prose_add(prose, text_from(kinds_text[kind]));
        return true;
}

static bool add_machine_memory(struct prose *prose, const struct facts *facts)
{
        int64_t free_bytes = facts_counter(facts, OOM_COUNTER_FREE);
        const struct oom_memory *memory = facts->memory;

        if (facts->space_bytes == OOM_UNKNOWN || free_bytes == OOM_UNKNOWN)
                return false;
        prose_format(prose, "%s of the machine's %s were free", SHOWN_SIZE(free_bytes), SHOWN_SIZE(facts->space_bytes));
        if (memory->swap_total_bytes == 0) {
                prose_add(prose, TEXT(", and it has no swap"));
        } else if (memory->swap_total_bytes != OOM_UNKNOWN && memory->swap_free_bytes != OOM_UNKNOWN) {
                prose_format(prose, ", and %s of %s swap", SHOWN_SIZE(memory->swap_free_bytes),
                             SHOWN_SIZE(memory->swap_total_bytes));
        }
        return true;
}

static bool add_nodes_memory(struct prose *prose, const struct facts *facts)
{
        struct zones zones = zones_of(facts);

        if (zones.free_bytes == OOM_UNKNOWN)
                return false;
        prose_format(prose, "%s were free in the zones of the memory nodes that the allocation may use",
                     SHOWN_SIZE(zones.free_bytes));
        return true;
}

static void add_shortage(struct prose *prose, const struct facts *facts)
{
        bool said;

        if (facts->report->trigger.is_sysrq) {
                prose_add(prose, TEXT("An operator asked for a kill by SysRq. "));
                return;
        }
        if (facts->memcg)
                said = add_memcg_usage(prose, facts);
        else if (facts->report->scope == OOM_SCOPE_CPUSET || facts->report->scope == OOM_SCOPE_MEMPOLICY)
                said = add_nodes_memory(prose, facts);
        else
                said = add_machine_memory(prose, facts);
        if (said)
                prose_add(prose, TEXT(". "));
}

/* "hog held 380.5 MiB", with its page tables where these are a part of it that matters: badness counts them. */
static void add_held(struct prose *prose, const struct facts *facts)
{
        int64_t held = facts->chosen ? oom_candidate_held_bytes(facts->chosen) : facts_victim_held(facts);
        int64_t pgtables = facts->chosen ? facts->chosen->pgtables_bytes : OOM_UNKNOWN;
        /* the parent that the kernel named, where a child was killed for it */
        const struct oom_name *comm = facts->chosen ? &facts->chosen->comm : &facts->incident->victim.comm;

        prose_add(prose, comm->is_known && comm->length > 0 ? text_from(SHOWN_PROCESS(comm, OOM_UNKNOWN))
                                                            : TEXT("The process"));
        if (held == OOM_UNKNOWN) {
                const struct oom_incident *incident = facts->incident;
                bool is_other = facts->chosen && facts->chosen->pid != incident->victim.pid &&
                                incident->chosen_pid != incident->victim.pid;

                prose_add(prose, is_other ? TEXT(" was chosen") : TEXT(" was killed"));
                return;
        }
        prose_format(prose, " held %s", SHOWN_SIZE(held));
        if (facts_is_swap_hidden(facts))
                prose_add(prose, TEXT(" in memory"));
        if (pgtables != OOM_UNKNOWN && pgtables > held / 4) {
                prose_format(prose, " and %s of page tables", SHOWN_SIZE(pgtables));
        }
}

static void add_process_count(struct prose *prose, const struct facts *facts)
{
        int64_t total = facts->verdict->candidates_total;

        if (total != OOM_UNKNOWN)
                prose_format(prose, " of %" PRId64 " processes", total);
        else
                prose_add(prose, TEXT(" of all processes there"));
}

/* Of one that held more, with the same adjustment: what its badness has less of. */
static void add_why_less(struct prose *prose, const struct facts *facts)
{
        int64_t more = oom_sum(oom_candidate_held_bytes(facts->largest), facts->largest->pgtables_bytes);
        int64_t chosen = oom_sum(oom_candidate_held_bytes(facts->chosen), facts->chosen->pgtables_bytes);

        if (more != OOM_UNKNOWN && more <= chosen)
                prose_add(prose, TEXT(", but not with page tables"));
        else if (facts->largest->uid == 0 && facts->chosen->uid != 0)
                prose_add(prose, TEXT(", but root's processes count for less"));
        else
                prose_add(prose, TEXT(", but had no higher badness"));
}

static void add_larger(struct prose *prose, const struct facts *facts)
{
        const struct oom_candidate *larger = facts->largest;

        prose_format(prose, "%s held %s", SHOWN_PROCESS(&larger->comm, larger->pid),
                     SHOWN_SIZE(oom_candidate_held_bytes(larger)));
        if (larger->oom_score_adj == OOM_SCORE_ADJ_MIN)
                prose_format(prose, ", but is exempt (%s)", phrase_exempt(facts));
        else if (!larger->is_killable)
                prose_add(prose, TEXT(", but could not be killed"));
        else if (larger->oom_score_adj != OOM_UNKNOWN && larger->oom_score_adj != facts->chosen->oom_score_adj)
                prose_format(prose, ", but has oom_score_adj %" PRId64, larger->oom_score_adj);
        else
                add_why_less(prose, facts);
}

static void add_consistent(struct prose *prose, const struct facts *facts)
{
        const struct oom_candidate *chosen = facts->chosen;
        bool is_adjusted = chosen && chosen->oom_score_adj != OOM_UNKNOWN && chosen->oom_score_adj != 0;

        add_held(prose, facts);
        if (facts->verdict->candidates_total == 1) {
                prose_add(prose, chosen && chosen->pid == facts->incident->chosen_pid
                                         ? TEXT(" and was the only process to choose from")
                                         : TEXT(" and was the only process in the task table"));
        } else if (facts_chosen_held_most(facts)) {
                prose_add(prose, TEXT(", the most"));
                add_process_count(prose, facts);
        } else {
                if (is_adjusted)
                        prose_format(prose, ", and with its oom_score_adj of %" PRId64, chosen->oom_score_adj);
                else
                        prose_add(prose, TEXT(", and"));
                prose_add(prose, TEXT(" had the highest badness"));
                add_process_count(prose, facts);
                if (chosen && facts->largest && !facts_is_swap_hidden(facts) &&
                    oom_candidate_held_bytes(chosen) != OOM_UNKNOWN &&
                    oom_candidate_held_bytes(facts->largest) > oom_candidate_held_bytes(chosen)) {
                        prose_add(prose, TEXT("; "));
                        add_larger(prose, facts);
                }
        }
        if (facts->verdict->ties != OOM_UNKNOWN && facts->verdict->ties > 0)
                prose_format(prose, "; %" PRId64 " other%s exactly its badness", facts->verdict->ties,
                             facts->verdict->ties == 1 ? " has" : "s have");
}

/* The worst that the kernel could have killed and did not. */
static const struct oom_candidate *worse_than_chosen(const struct facts *facts)
{
        for (size_t i = 0; i < facts->verdict->n_candidates; i++) {
                const struct oom_candidate *candidate = &facts->verdict->candidates[i];

                if (candidate->is_killable && !(facts->chosen && candidate->pid == facts->chosen->pid))
                        return candidate;
        }
        return NULL;
}

static void add_inconsistent(struct prose *prose, const struct facts *facts)
{
        const struct oom_candidate *worse = worse_than_chosen(facts);

        add_held(prose, facts);
        prose_add(prose, TEXT(", but by the printed figures "));
        if (worse)
                phrase_process(prose, &worse->comm, worse->pid);
        else
                prose_add(prose, TEXT("another process"));
        prose_add(prose, TEXT(" had a higher badness"));
        if (worse && worse->badness != OOM_UNKNOWN && facts->chosen && facts->chosen->badness != OOM_UNKNOWN)
                prose_format(prose, " (%" PRId64 " against %" PRId64 ")", worse->badness, facts->chosen->badness);
        prose_add(prose, TEXT(": the kernel may go by what it does not print"));
}

/* What is true of a whole table only is said of one. */
static void add_none_killable(struct prose *prose, const struct facts *facts)
{
        int64_t total = facts->verdict->candidates_total;

        if (total == 0)
                prose_add(prose, TEXT("There was no process to kill"));
        else if (total > 0 && facts->report->tasks.n_unkillable >= (uint64_t)total)
                prose_format(prose, "None of the processes there may be killed: %s %s",
                             total == 1 ? "the only one has" : "all have", phrase_exempt(facts));
        else
                prose_add(prose, TEXT("The kernel found no process that it may kill"));
}

/* A log that has no kill line is no evidence that nobody was killed. */
static void add_open_end(struct prose *prose, const struct facts *facts)
{
        const struct oom_victim *named = &facts->incident->victim;

        if (named->pid == OOM_UNKNOWN && !named->comm.is_known)
                prose_add(prose, TEXT("The log does not tell who was killed, if anyone was"));
        else
                prose_format(prose,
                             "The kernel chose %s; the log does not have the kill line, which tells whether it was "
                             "this one or a child of it",
                             SHOWN_PROCESS(&named->comm, named->pid));
}

static void add_no_victim(struct prose *prose, const struct facts *facts)
{
        const struct oom_incident *incident = facts->incident;

        if (incident->type == OOM_TYPE_PANIC) {
                if (text_find(incident->message, TEXT("panic_on_oom"), 0) >= 0)
                        prose_add(prose,
                                  TEXT("vm.panic_on_oom is set: the kernel stops the machine instead of a process"));
                else
                        add_none_killable(prose, facts);
                return;
        }
        switch (incident->end) {
        case OOM_END_NONE_KILLABLE:
                add_none_killable(prose, facts);
                break;
        case OOM_END_EXITING:
                prose_add(prose, TEXT("The process that the kernel chose was already exiting"));
                break;
        case OOM_END_SPARED:
                prose_add(prose, TEXT("The kernel chose a process, and went on without killing it"));
                break;
        case OOM_END_REFUSED:
                prose_add(prose, TEXT("The request was refused: the kernel's OOM killer is disabled"));
                break;
        case OOM_END_UNKNOWN:
                add_open_end(prose, facts);
                break;
        }
}

/* "hog held 380.5 MiB; it was killed because ...", or "hog was killed because ..." */
static void add_killed(struct prose *prose, const struct facts *facts, struct text why)
{
        int64_t held = facts->chosen ? oom_candidate_held_bytes(facts->chosen) : facts_victim_held(facts);

        add_held(prose, facts);
        prose_add(prose, held == OOM_UNKNOWN ? TEXT(" ") : TEXT("; it was killed "));
        prose_add(prose, why);
}

static void add_unknown_reason(struct prose *prose, const struct facts *facts)
{
        const struct oom_report *report = facts->report;
        enum oom_unknown_reason reason = facts->verdict->unknown_reason;

        if (reason == OOM_VERDICT_UNKNOWN_NOT_IN_TABLE && facts->incident->chosen_pid != facts->incident->victim.pid)
                prose_format(prose, "the task table has no row of the one that the kernel named, %s%s",
                             SHOWN_PROCESS(&facts->incident->chosen_comm, facts->incident->chosen_pid),
                             facts_other_was_announced(facts) ? ": a thread, or a parent" : "");
        else if (reason == OOM_VERDICT_UNKNOWN_TOTALPAGES && report->scope == OOM_SCOPE_MEMCG &&
                 has_usage(&report->memcg.usages[OOM_USAGE_MEMORY]) && report->memory.swap_total_bytes == OOM_UNKNOWN)
                prose_add(prose, TEXT("the report does not print how much swap the machine has"));
        else
                prose_add(prose, text_from(unknown_reasons[reason]));
}

static void add_unknown(struct prose *prose, const struct facts *facts)
{
        enum oom_unknown_reason reason = facts->verdict->unknown_reason;

        if (facts->incident->type != OOM_TYPE_KILL || reason == OOM_VERDICT_UNKNOWN_NO_VICTIM) {
                add_no_victim(prose, facts);
        } else if (facts->incident->is_group_member) {
                add_killed(prose, facts, TEXT("with its whole cgroup (memory.oom.group), not for its badness"));
        } else if (reason == OOM_VERDICT_UNKNOWN_ALLOCATING_TASK) {
                add_killed(prose, facts, TEXT("because it allocated (vm.oom_kill_allocating_task)"));
        } else if (reason == OOM_VERDICT_UNKNOWN_NOT_CHOSEN) {
                add_killed(prose, facts,
                           facts->incident->is_rage_kill
                                   ? TEXT("besides the one chosen (rage kill)")
                                   : TEXT("because it shares the memory of another that was killed"));
                if (facts->incident->chosen_pid != OOM_UNKNOWN &&
                    facts->incident->chosen_pid != facts->incident->victim.pid)
                        prose_format(prose, "; the kernel chose %s, and the log does not have the kill line of that",
                                     SHOWN_PROCESS(&facts->incident->chosen_comm, facts->incident->chosen_pid));
        } else {
                add_held(prose, facts);
                prose_add(prose, TEXT("; whether another process was worse can't be told: "));
                add_unknown_reason(prose, facts);
        }
}

static void add_choice(struct prose *prose, const struct facts *facts)
{
        if (facts->verdict->kind == OOM_VERDICT_CONSISTENT)
                add_consistent(prose, facts);
        else if (facts->verdict->kind == OOM_VERDICT_INCONSISTENT)
                add_inconsistent(prose, facts);
        else
                add_unknown(prose, facts);
        if (hint_child_killed_holds(facts)) {
                prose_format(prose, "; its child %s was killed for it",
                             SHOWN_PROCESS(&facts->incident->victim.comm, facts->incident->victim.pid));
        } else if (facts_other_was_announced(facts) &&
                   facts->verdict->unknown_reason != OOM_VERDICT_UNKNOWN_NOT_IN_TABLE) {
                prose_format(prose, "; the kernel named %s, which is its parent, or a thread",
                             SHOWN_PROCESS(&facts->incident->chosen_comm, facts->incident->chosen_pid));
        }
        prose_add(prose, TEXT("."));
}

void oom_explain(const struct oom_incident *incident, const struct oom_verdict *verdict,
                 struct oom_explanation *ret_explanation)
{
        struct prose reason = prose_start(ret_explanation->reason, sizeof(ret_explanation->reason));
        struct facts facts;

        ret_explanation->n_hints = 0;
        if (!incident->report || incident->type == OOM_TYPE_UNREAPABLE)
                return; /* what was to be said of it was said at its kill */
        facts = facts_of(incident, verdict);
        add_shortage(&reason, &facts);
        add_choice(&reason, &facts);
        for (size_t i = 0; i < HINTS_COUNT && ret_explanation->n_hints < OOM_HINTS_MAX; i++) {
                struct oom_hint *hint = &ret_explanation->hints[ret_explanation->n_hints];
                struct prose text;

                if (!hints[i].holds(&facts))
                        continue;
                text = prose_start(hint->text, sizeof(hint->text));
                hints[i].say(&facts, &text);
                hint->code = hints[i].code;
                ret_explanation->n_hints++;
        }
}
