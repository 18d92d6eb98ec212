/* lib/explain/hints_choice.c: hints about processes: who asked, who was chosen, who was not. */

#include <inttypes.h>

#include "explain/hints.h"
#include "explain/phrases.h"
#include "explain/zones.h"

/* A fork storm: many processes, the largest of which holds under 5 % of what all hold, which is most of the memory. */
#define MANY_PROCESSES         50
#define MANY_PROCESSES_SHARE   20
#define MANY_PROCESSES_PERCENT 50
#define EXEMPT_PERCENT         10 /* processes that can't be killed and hold less change little */
#define LITTLE_FREED_PERCENT   5  /* after a kill that frees less, the next one is near */
#define CGROUP_SHOWN           50 /* bytes of a path in a sentence; each becomes three when it is not UTF-8 */

/* --- the choice ---------------------------------------------------------------------------------------------------- */

bool hint_manual_request_holds(const struct facts *facts)
{
        return facts->report->trigger.is_sysrq;
}

void hint_manual_request_say(const struct facts *facts, struct prose *prose)
{
        (void)facts;
        prose_add(prose,
                  TEXT("An operator asked for this kill (SysRq f, or \"f\" in /proc/sysrq-trigger); memory need not "
                       "have been short."));
}

bool hint_kill_allocating_task_holds(const struct facts *facts)
{
        return facts->report->is_allocating_task;
}

void hint_kill_allocating_task_say(const struct facts *facts, struct prose *prose)
{
        (void)facts;
        prose_add(prose, TEXT("vm.oom_kill_allocating_task is set: whoever allocates is killed, whatever he holds."));
}

bool hint_group_killed_holds(const struct facts *facts)
{
        return facts->incident->is_group_member;
}

void hint_group_killed_say(const struct facts *facts, struct prose *prose)
{
        prose_add(prose, TEXT("memory.oom.group is set: the cgroup"));
        if (facts->incident->group_memcg.is_known) {
                prose_add(prose, TEXT(" "));
                prose_name(prose, oom_path_text(&facts->incident->group_memcg), CGROUP_SHOWN);
        }
        prose_add(prose, TEXT(" is killed as a whole, but for what has oom_score_adj -1000."));
}

/* A thread may be chosen, whose pid is in no row, and its process killed (up to 4.5). One that has a row has its memory, and would be
 * killed itself: then another was killed for it. */
bool hint_child_killed_holds(const struct facts *facts)
{
        return facts_parent_was_announced(facts);
}

void hint_child_killed_say(const struct facts *facts, struct prose *prose)
{
        prose_format(prose,
                     "The kernel chose %s and killed a child of it instead, as kernels up to 5.0 do: the parent is the "
                     "one to look at.",
                     SHOWN_PROCESS(facts->chosen ? &facts->chosen->comm : &facts->incident->chosen_comm,
                                   facts->incident->chosen_pid));
}

bool hint_nobody_killable_holds(const struct facts *facts)
{
        return facts_is_nobody_killable(facts);
}

void hint_nobody_killable_say(const struct facts *facts, struct prose *prose)
{
        int64_t total = facts->verdict->candidates_total;

        prose_format(prose, "%s has %s: killing can free nothing there.",
                     total == 1 ? "The only process there" : "Each of the processes there", phrase_exempt(facts));
}

/* Up to 5.8 a badness below 1 counts as 1. */
bool hint_adjustment_hides_size_holds(const struct facts *facts)
{
        const struct oom_verdict *verdict = facts->verdict;
        int64_t unkillable = (int64_t)facts->report->tasks.n_unkillable;

        return verdict->is_floor && facts->chosen && facts->chosen->oom_score_adj < 0 &&
               verdict->candidates_total != OOM_UNKNOWN && verdict->candidates_total - unkillable > 1;
}

void hint_adjustment_hides_size_say(const struct facts *facts, struct prose *prose)
{
        prose_format(prose,
                     "All that may be killed have the least badness, 1: their oom_score_adj (%" PRId64
                     " of the one chosen) takes off more than they hold, so the choice is not by size.",
                     facts->chosen->oom_score_adj);
}

/* The most of those that are known; it may be the chosen one itself. */
static const struct oom_candidate *larger_than_chosen(const struct facts *facts)
{
        const struct oom_candidate *largest = facts->largest;

        if (!facts->chosen || !largest || largest->pid == facts->chosen->pid || facts_is_swap_hidden(facts) ||
            oom_candidate_held_bytes(facts->chosen) == OOM_UNKNOWN ||
            oom_candidate_held_bytes(largest) <= oom_candidate_held_bytes(facts->chosen))
                return NULL;
        return largest;
}

bool hint_victim_not_largest_holds(const struct facts *facts)
{
        return larger_than_chosen(facts);
}

void hint_victim_not_largest_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_candidate *larger = larger_than_chosen(facts);

        prose_format(prose, "%s held more, %s against %s", SHOWN_PROCESS(&larger->comm, larger->pid),
                     SHOWN_SIZE(oom_candidate_held_bytes(larger)), SHOWN_SIZE(oom_candidate_held_bytes(facts->chosen)));
        if (!larger->is_killable)
                prose_add(prose, TEXT(", but may not be killed"));
        if (larger->oom_score_adj != OOM_UNKNOWN && facts->chosen->oom_score_adj != OOM_UNKNOWN &&
            larger->oom_score_adj != facts->chosen->oom_score_adj)
                prose_format(prose, "; oom_score_adj is %" PRId64 " there and %" PRId64 " here", larger->oom_score_adj,
                             facts->chosen->oom_score_adj);
        prose_add(prose, TEXT("."));
}

/* Both belong to the process, not to the thread: where they differ, it is another one. A thread has a pid of its own, and never 1. */
static bool is_other_process(const struct facts *facts)
{
        const struct oom_trigger *trigger = &facts->report->trigger;
        const struct oom_victim *victim = &facts->incident->victim;

        if (trigger->pid == 1 && victim->pid != 1)
                return true;
        if (trigger->oom_score_adj != OOM_UNKNOWN && victim->oom_score_adj != OOM_UNKNOWN &&
            trigger->oom_score_adj != victim->oom_score_adj)
                return true;
        for (size_t i = 0; i < facts->verdict->n_candidates; i++)
                if (facts->verdict->candidates[i].pid == trigger->pid && trigger->pid != victim->pid)
                        return true;
        return false;
}

bool hint_trigger_not_victim_holds(const struct facts *facts)
{
        const struct oom_trigger *trigger = &facts->report->trigger;
        const struct oom_victim *victim = &facts->incident->victim;

        if (facts->incident->type != OOM_TYPE_KILL || trigger->is_sysrq || trigger->pid == OOM_UNKNOWN ||
            victim->pid == OOM_UNKNOWN || trigger->pid == victim->pid || facts_is_limit_lowered(facts))
                return false;
        return is_other_process(facts) || !trigger->comm.is_known || !victim->comm.is_known ||
               !text_equal(oom_name_text(&trigger->comm), oom_name_text(&victim->comm));
}

void hint_trigger_not_victim_say(const struct facts *facts, struct prose *prose)
{
        prose_format(prose, "The allocation that could not be met was made by %s",
                     SHOWN_PROCESS(&facts->report->trigger.comm, facts->report->trigger.pid));
        prose_add(prose, is_other_process(facts) ? TEXT(", another process.")
                                                 : TEXT(": another process, or a thread of the victim by that name."));
}

/* --- what they hold ------------------------------------------------------------------------------------------------ */

bool hint_processes_exempt_holds(const struct facts *facts)
{
        int64_t bytes = oom_pages_bytes(facts->report->tasks.unkillable_pages, facts->page_bytes);

        return facts_percent(facts, bytes) >= EXEMPT_PERCENT && !facts_is_nobody_killable(facts);
}

void hint_processes_exempt_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_verdict *verdict = facts->verdict;
        const struct oom_candidate *most = NULL;

        for (size_t i = 0; i < verdict->n_holders; i++) {
                const struct oom_candidate *candidate = &verdict->holders[i];

                if (candidate->oom_score_adj == -1000 &&
                    (!most || oom_candidate_held_bytes(candidate) > oom_candidate_held_bytes(most)))
                        most = candidate;
        }
        prose_format(prose, "%" PRIu64, facts->report->tasks.n_unkillable);
        if (verdict->candidates_total != OOM_UNKNOWN)
                prose_format(prose, " of %" PRId64 " processes", verdict->candidates_total);
        else
                prose_add(prose, TEXT(" or more processes"));
        prose_format(prose, " %s exempt (%s)", facts->report->tasks.n_unkillable == 1 ? "is" : "are",
                     phrase_exempt(facts));
        if (most && oom_candidate_held_bytes(most) != OOM_UNKNOWN && !facts_is_swap_hidden(facts)) {
                prose_format(prose, "; the largest known is %s with %s", SHOWN_PROCESS(&most->comm, most->pid),
                             SHOWN_SIZE(oom_candidate_held_bytes(most)));
        }
        prose_add(prose, TEXT("."));
}

/* The largest is surely known when no row was left out that could be larger: facts_chosen_held_most(). */
bool hint_many_small_processes_holds(const struct facts *facts)
{
        int64_t held = facts_held_by_all(facts);

        return facts->verdict->candidates_total != OOM_UNKNOWN && facts->verdict->candidates_total >= MANY_PROCESSES &&
               facts->largest && held != OOM_UNKNOWN && !facts_is_swap_hidden(facts) &&
               facts_percent(facts, held) >= MANY_PROCESSES_PERCENT &&
               oom_candidate_held_bytes(facts->largest) < held / MANY_PROCESSES_SHARE;
}

void hint_many_small_processes_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_name *comm = &facts->largest->comm;
        unsigned alike = 0;

        for (size_t i = 0; i < facts->verdict->n_candidates; i++)
                alike += text_equal(oom_name_text(&facts->verdict->candidates[i].comm), oom_name_text(comm));
        prose_format(prose, "%" PRId64 " processes hold %s together, the largest known only %s",
                     facts->verdict->candidates_total, SHOWN_SIZE(facts_held_by_all(facts)),
                     SHOWN_SIZE(oom_candidate_held_bytes(facts->largest)));
        if (comm->is_known && alike > facts->verdict->n_candidates / 2) {
                prose_format(prose, "; %u of the %u worst are named ", alike, facts->verdict->n_candidates);
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        }
        prose_add(prose, TEXT("."));
}

bool hint_victim_frees_little_holds(const struct facts *facts)
{
        int64_t held = facts_victim_held(facts);

        return facts->incident->type == OOM_TYPE_KILL && !facts->incident->is_group_member &&
               facts->verdict->has_victim && held != OOM_UNKNOWN && !facts_is_swap_hidden(facts) &&
               facts->space_bytes != OOM_UNKNOWN && facts->space_bytes > 0 &&
               facts_percent(facts, held) < LITTLE_FREED_PERCENT && !zones_explain(facts);
}

void hint_victim_frees_little_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose, TEXT("The victim held only"), facts_victim_held(facts));
        prose_add(prose, TEXT(": that is not what filled it."));
}

/* Shmem stays, unless the victim was the last to map it and it has no name. */
bool hint_victim_memory_shared_holds(const struct facts *facts)
{
        const struct oom_victim *victim = &facts->incident->victim;
        int64_t shared = victim->shmem_rss_bytes, held = facts_victim_held(facts);

        return facts->incident->type == OOM_TYPE_KILL && shared != OOM_UNKNOWN && held != OOM_UNKNOWN && shared > 0 &&
               shared >= held / 2 && facts_percent(facts, shared) >= LITTLE_FREED_PERCENT;
}

void hint_victim_memory_shared_say(const struct facts *facts, struct prose *prose)
{
        prose_format(prose, "%s of what the victim held is shared memory, which its death alone need not free.",
                     SHOWN_SIZE(facts->incident->victim.shmem_rss_bytes));
}
