/* lib/explain/hints_memory.c: hints about memory: limits, swap, zones and nodes, and what no process holds. */

#include <inttypes.h>

#include "explain/hints.h"
#include "explain/phrases.h"
#include "explain/zones.h"

/* One kind of use that takes a quarter of all there is, and more than any process, is where to look first. */
#define DOMINANT_PERCENT 25
/* Memory that was free elsewhere matters when it is more than the watermarks of a machine keep free, some 1 to 3 %. */
#define FREE_ELSEWHERE_PERCENT 5
/* What the kernel counts per CPU is in no total: a free slot of swap may be in a cache (mm/swap_slots.c). */
#define SWAP_FULL_PERCENT 98
#define PROTECTED_PERCENT 10
#define PENDING_PERCENT   10
#define TINY_LIMIT_PAGES  1000 /* oom_badness() counts oom_score_adj * (totalpages / 1000), a whole number */
#define CGROUP_SHOWN      50   /* bytes of a path in a sentence; each becomes three when it is not UTF-8 */
#define SLAB_SHOWN        32   /* the same of a cache's name */

static const struct oom_usage *usage_of(const struct facts *facts, enum oom_usage_kind kind)
{
        return facts->memcg ? &facts->memcg->usages[kind] : NULL;
}

static bool is_limited(const struct oom_usage *usage)
{
        return usage && usage->limit_bytes != OOM_UNKNOWN && usage->limit_bytes != OOM_UNLIMITED;
}

/* --- limits -------------------------------------------------------------------------------------------------------- */

bool hint_limit_of_ancestor_holds(const struct facts *facts)
{
        const struct oom_path *limit = &facts->report->limit_memcg, *own = &facts->incident->victim.task_memcg;

        return facts->memcg && limit->is_known && own->is_known && limit->length < own->length &&
               oom_path_is_within(oom_path_text(limit), oom_path_text(own));
}

void hint_limit_of_ancestor_say(const struct facts *facts, struct prose *prose)
{
        prose_add(prose, TEXT("The limit is that of "));
        prose_name(prose, oom_path_text(&facts->report->limit_memcg), CGROUP_SHOWN);
        prose_add(prose, TEXT(", above the victim's own cgroup: all that is below it shares it."));
}

bool hint_limit_tiny_holds(const struct facts *facts)
{
        return facts->memcg && facts->page_bytes != OOM_UNKNOWN && facts->page_bytes > 0 &&
               facts->space_bytes != OOM_UNKNOWN && facts->space_bytes / facts->page_bytes < TINY_LIMIT_PAGES;
}

void hint_limit_tiny_say(const struct facts *facts, struct prose *prose)
{
        int64_t totalpages_bytes = facts->verdict->totalpages_bytes;

        prose_format(prose, "The limit is only %s", SHOWN_SIZE(facts->space_bytes));
        /* before 3.2 it is added as it is */
        if (totalpages_bytes != OOM_UNKNOWN && totalpages_bytes / facts->page_bytes < TINY_LIMIT_PAGES &&
            !oom_layout_has(&facts->report->tasks.layout, OOM_COLUMN_OOM_ADJ))
                prose_format(prose, ": below %d pages oom_score_adj has no effect, unless it is -1000",
                             TINY_LIMIT_PAGES);
        prose_add(prose, TEXT("."));
}

bool hint_limit_lowered_holds(const struct facts *facts)
{
        return facts_is_limit_lowered(facts);
}

void hint_limit_lowered_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_usage *usage = &facts->memcg->usages[OOM_USAGE_MEMORY];
        const struct oom_trigger *trigger = &facts->report->trigger;

        prose_format(prose, "The limit was set below what was used already: %s against %s",
                     SHOWN_SIZE(usage->limit_bytes), SHOWN_SIZE(usage->usage_bytes));
        if (trigger->is_limit_writer)
                prose_format(prose, "; %s wrote it, and asked for no memory itself",
                             SHOWN_PROCESS(&trigger->comm, trigger->pid));
        prose_add(prose, TEXT("."));
}

bool hint_memory_protected_holds(const struct facts *facts)
{
        return (facts->memcg || facts->memory) && !facts->report->trigger.is_sysrq &&
               facts_percent(facts, facts->report->protection.min_bytes) >= PROTECTED_PERCENT;
}

void hint_memory_protected_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose,
                    facts->memcg ? TEXT("Protected by memory.min of the cgroups below is")
                                 : TEXT("Protected by memory.min of the top-level cgroups is"),
                    facts->report->protection.min_bytes);
        prose_add(prose, TEXT(": reclaim takes nothing of it."));
}

/* --- swap ---------------------------------------------------------------------------------------------------------- */

/* Cgroup v1 limits memory and swap together, and that limit may be the one that was hit. */
static const struct oom_usage *full_swap(const struct facts *facts)
{
        const struct oom_usage *swap = usage_of(facts, OOM_USAGE_SWAP), *memsw = usage_of(facts, OOM_USAGE_MEMSW);
        const struct oom_usage *memory = usage_of(facts, OOM_USAGE_MEMORY);

        if (is_limited(swap) && swap->limit_bytes > 0 && swap->usage_bytes != OOM_UNKNOWN &&
            swap->usage_bytes >= swap->limit_bytes / 100 * SWAP_FULL_PERCENT)
                return swap;
        if (is_limited(memsw) && is_limited(memory) && memsw->usage_bytes != OOM_UNKNOWN &&
            memsw->limit_bytes > memory->limit_bytes &&
            memsw->usage_bytes >= memsw->limit_bytes / 100 * SWAP_FULL_PERCENT)
                return memsw;
        return NULL;
}

bool hint_swap_full_holds(const struct facts *facts)
{
        const struct oom_memory *memory = facts->memory;

        if (facts->memcg)
                return full_swap(facts);
        return memory && memory->swap_total_bytes != OOM_UNKNOWN && memory->swap_total_bytes > 0 &&
               memory->swap_free_bytes != OOM_UNKNOWN &&
               memory->swap_free_bytes <= memory->swap_total_bytes / 100 * (100 - SWAP_FULL_PERCENT);
}

void hint_swap_full_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_usage *usage = facts->memcg ? full_swap(facts) : NULL;

        if (!usage)
                prose_format(prose, "Of %s of swap, %s is free.", SHOWN_SIZE(facts->memory->swap_total_bytes),
                             SHOWN_SIZE(facts->memory->swap_free_bytes));
        else
                prose_format(prose, "The cgroup used %s of the %s %s.", SHOWN_SIZE(usage->usage_bytes),
                             SHOWN_SIZE(usage->limit_bytes),
                             usage == usage_of(facts, OOM_USAGE_SWAP) ? "of swap that it may use"
                                                                      : "that it may use of memory and swap together");
}

bool hint_swap_absent_holds(const struct facts *facts)
{
        return facts->memory && facts->memory->swap_total_bytes == 0;
}

void hint_swap_absent_say(const struct facts *facts, struct prose *prose)
{
        (void)facts;
        prose_add(prose, TEXT("The machine has no swap: what is anonymous can't leave memory."));
}

bool hint_swap_not_allowed_holds(const struct facts *facts)
{
        const struct oom_usage *swap = usage_of(facts, OOM_USAGE_SWAP), *memsw = usage_of(facts, OOM_USAGE_MEMSW);
        const struct oom_usage *memory = usage_of(facts, OOM_USAGE_MEMORY);

        return (swap && swap->limit_bytes == 0) ||
               (is_limited(memsw) && is_limited(memory) && memsw->limit_bytes <= memory->limit_bytes);
}

void hint_swap_not_allowed_say(const struct facts *facts, struct prose *prose)
{
        prose_add(prose, usage_of(facts, OOM_USAGE_SWAP)->limit_bytes == 0
                                 ? TEXT("The cgroup may not use swap (memory.swap.max is 0).")
                                 : TEXT("The cgroup may not use swap: its limit of memory and swap together is that of "
                                        "memory."));
}

/* --- zones and nodes ----------------------------------------------------------------------------------------------- */

static bool is_elsewhere(const struct facts *facts, int64_t bytes)
{
        return facts_percent(facts, bytes) >= FREE_ELSEWHERE_PERCENT;
}

bool hint_zone_exhausted_holds(const struct facts *facts)
{
        struct zones zones = zones_of(facts);

        return zones.is_limited && zones.is_exhausted && is_elsewhere(facts, zones.free_in_other_zones_bytes);
}

void hint_zone_exhausted_say(const struct facts *facts, struct prose *prose)
{
        struct zones zones = zones_of(facts);

        phrase_allocation(prose, &facts->report->trigger);
        prose_add(prose, TEXT(" can use only zone "));
        prose_name(prose, (struct text){ zones.highest->name, zones.highest->name_length }, OOM_ZONE_NAME_MAX);
        prose_format(prose, "%s, where %s is free and %s must stay free; %s is free in other zones.",
                     zones.n_usable > 1 ? " and those below" : "", SHOWN_SIZE(zones.free_bytes),
                     SHOWN_SIZE(zones.floor_bytes), SHOWN_SIZE(zones.free_in_other_zones_bytes));
}

bool hint_memory_fragmented_holds(const struct facts *facts)
{
        return facts->report->trigger.order > 0 && zones_of(facts).fragmented;
}

void hint_memory_fragmented_say(const struct facts *facts, struct prose *prose)
{
        int64_t order = facts->report->trigger.order;
        struct zones zones = zones_of(facts);

        prose_format(prose, "The allocation needs %" PRId64 " adjoining pages (order %" PRId64 "). Zone ",
                     (int64_t)1 << order, order);
        prose_name(prose, (struct text){ zones.fragmented->name, zones.fragmented->name_length }, OOM_ZONE_NAME_MAX);
        prose_format(prose, " has %s free, but no block of that size: memory is fragmented.",
                     SHOWN_SIZE(zones.fragmented_bytes));
}

bool hint_nodes_restricted_holds(const struct facts *facts)
{
        struct zones zones = zones_of(facts);

        return zones.has_other_nodes &&
               is_elsewhere(facts, zones.free_on_other_nodes_bytes != OOM_UNKNOWN ? zones.free_on_other_nodes_bytes
                                                                                  : zones.memory_on_other_nodes_bytes);
}

void hint_nodes_restricted_say(const struct facts *facts, struct prose *prose)
{
        struct zones zones = zones_of(facts);
        bool is_free = zones.free_on_other_nodes_bytes != OOM_UNKNOWN;

        prose_add(prose, facts->report->scope == OOM_SCOPE_CPUSET      ? TEXT("A cpuset")
                         : facts->report->scope == OOM_SCOPE_MEMPOLICY ? TEXT("A memory policy")
                                                                       : TEXT("A cpuset or a memory policy"));
        prose_format(prose, " keeps the allocation to some of the memory nodes; %s",
                     SHOWN_SIZE(is_free ? zones.free_on_other_nodes_bytes : zones.memory_on_other_nodes_bytes));
        prose_add(prose, is_free ? TEXT(" is free on the others.") : TEXT(" of memory is on the others."));
}

bool zones_explain(const struct facts *facts)
{
        return facts->report->trigger.is_sysrq || hint_zone_exhausted_holds(facts) ||
               hint_memory_fragmented_holds(facts) || hint_nodes_restricted_holds(facts) ||
               hint_free_memory_is_cma_holds(facts);
}

bool hint_free_memory_is_cma_holds(const struct facts *facts)
{
        int64_t cma_bytes = facts_counter(facts, OOM_COUNTER_FREE_CMA);
        int64_t free_bytes = facts_counter(facts, OOM_COUNTER_FREE);

        return zones_is_kept_from_cma(&facts->report->trigger) && cma_bytes != OOM_UNKNOWN &&
               free_bytes != OOM_UNKNOWN && cma_bytes > free_bytes / 2 && is_elsewhere(facts, cma_bytes);
}

void hint_free_memory_is_cma_say(const struct facts *facts, struct prose *prose)
{
        phrase_allocation(prose, &facts->report->trigger);
        prose_format(prose, " can't use contiguous memory areas (CMA), which have %s of the %s that is free.",
                     SHOWN_SIZE(facts_counter(facts, OOM_COUNTER_FREE_CMA)),
                     SHOWN_SIZE(facts_counter(facts, OOM_COUNTER_FREE)));
}

/* --- what no process holds ----------------------------------------------------------------------------------------- */

static bool dominates(const struct facts *facts, int64_t bytes)
{
        int64_t held = facts->largest ? oom_candidate_held_bytes(facts->largest) : facts_victim_held(facts);

        return facts_percent(facts, bytes) >= DOMINANT_PERCENT && (held == OOM_UNKNOWN || bytes > held);
}

/* Ends the sentence of what dominates. It is more than any process held only if all of them are known. */
static void add_more_than(struct prose *prose, const struct facts *facts, struct text after)
{
        if (facts->report->tasks.is_complete && facts->largest && !facts_is_swap_hidden(facts))
                prose_add(prose, TEXT(", more than any process"));
        prose_add(prose, after);
}

/* What processes have mapped of shmem is theirs; that can be known since 6.8. */
static int64_t unmapped_shmem(const struct facts *facts)
{
        int64_t bytes = facts_use(facts, FACTS_SHMEM);
        int64_t mapped_bytes = facts_column_bytes(facts, OOM_COLUMN_RSS_SHMEM);

        if (bytes == OOM_UNKNOWN || mapped_bytes == OOM_UNKNOWN)
                return bytes;
        return mapped_bytes < bytes ? bytes - mapped_bytes : 0;
}

bool hint_slab_dominates_holds(const struct facts *facts)
{
        return dominates(facts, facts_use(facts, FACTS_SLAB));
}

void hint_slab_dominates_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_slab *slab = facts->memory && facts->memory->n_slabs > 0 ? facts->memory->slabs : NULL;

        phrase_pool(facts, prose, TEXT("The kernel's slab caches that can't be reclaimed hold"),
                    facts_use(facts, FACTS_SLAB));
        add_more_than(prose, facts, TEXT(""));
        if (slab && slab->total_bytes != OOM_UNKNOWN) {
                prose_add(prose, TEXT("; the largest listed is "));
                prose_name(prose, (struct text){ slab->name, slab->name_length }, SLAB_SHOWN);
                prose_format(prose, " with %s", SHOWN_SIZE(slab->total_bytes));
        }
        prose_add(prose, TEXT("."));
}

bool hint_huge_pages_dominate_holds(const struct facts *facts)
{
        return dominates(facts, facts_use(facts, FACTS_HUGE_PAGES));
}

void hint_huge_pages_dominate_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose, TEXT("Huge pages (hugetlb) take"), facts_use(facts, FACTS_HUGE_PAGES));
        prose_add(prose, facts->memcg ? TEXT(", which no process's size shows.")
                                      : TEXT(", used or not, which nothing else can have."));
}

bool hint_page_tables_dominate_holds(const struct facts *facts)
{
        return dominates(facts, facts_use(facts, FACTS_PAGE_TABLES));
}

/* Whose page tables are the largest; NULL: not known. The rows that were kept are the largest ones, with and without them. */
static const struct oom_candidate *most_page_tables(const struct oom_verdict *verdict)
{
        const struct oom_candidate *most = NULL;

        for (size_t i = 0; i < verdict->n_holders + verdict->n_candidates; i++) {
                const struct oom_candidate *candidate =
                        i < verdict->n_holders ? &verdict->holders[i] : &verdict->candidates[i - verdict->n_holders];

                if (!most || candidate->pgtables_bytes > most->pgtables_bytes)
                        most = candidate;
        }
        return most && most->pgtables_bytes != OOM_UNKNOWN ? most : NULL;
}

void hint_page_tables_dominate_say(const struct facts *facts, struct prose *prose)
{
        const struct oom_candidate *most = most_page_tables(facts->verdict);
        int64_t bytes = facts_use(facts, FACTS_PAGE_TABLES);

        phrase_pool(facts, prose, TEXT("Page tables take"), bytes);
        if (most && most->pgtables_bytes > bytes / 2)
                prose_format(prose, ", %s of it those of %s", SHOWN_SIZE(most->pgtables_bytes),
                             SHOWN_PROCESS(&most->comm, most->pid));
        prose_add(prose, TEXT("; huge pages would need fewer."));
}

/* A hint that holds where bytes dominate: "BEFORE 310.2 MiB, 31 % of the limit, AFTER". */
#define DOMINATES(name, bytes, before, after)                                                                          \
        bool hint_##name##_holds(const struct facts *facts)                                                            \
        {                                                                                                              \
                return dominates(facts, bytes);                                                                        \
        }                                                                                                              \
                                                                                                                       \
        void hint_##name##_say(const struct facts *facts, struct prose *prose)                                         \
        {                                                                                                              \
                phrase_pool(facts, prose, TEXT(before), bytes);                                                        \
                add_more_than(prose, facts, TEXT(after));                                                              \
        }

DOMINATES(shared_memory_dominates, unmapped_shmem(facts), "Shared memory and files in tmpfs hold",
          "; killing a process need not free them.")
DOMINATES(unevictable_dominates, facts_use(facts, FACTS_UNEVICTABLE), "Locked or otherwise unevictable memory holds",
          "; it can't be reclaimed or swapped out.")
DOMINATES(kernel_memory_dominates, facts_use(facts, FACTS_KERNEL), "What the kernel allocated for the cgroup takes",
          ".")
DOMINATES(network_buffers_dominate, facts_use(facts, FACTS_NETWORK_BUFFERS), "Network buffers of the cgroup take", ".")

bool hint_unaccounted_memory_holds(const struct facts *facts)
{
        return dominates(facts, facts_unaccounted(facts));
}

void hint_unaccounted_memory_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose, TEXT("No account of the report has"), facts_unaccounted(facts));
        prose_add(prose, TEXT(": drivers, vmalloc, socket buffers, a balloon, or graphics hold it."));
}

DOMINATES(gpu_memory_dominates, facts_use(facts, FACTS_GPU), "Graphics drivers use (gpu_active)",
          "; no process's size shows it.")

bool hint_writeback_pending_holds(const struct facts *facts)
{
        return !facts->report->trigger.is_sysrq &&
               facts_percent(facts, facts_use(facts, FACTS_DIRTY)) >= PENDING_PERCENT;
}

void hint_writeback_pending_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose, TEXT("Dirty or being written is"), facts_use(facts, FACTS_DIRTY));
        prose_add(prose, TEXT(": reclaim waits for the storage."));
}

bool hint_page_cache_remains_holds(const struct facts *facts)
{
        return facts_percent(facts, facts_use(facts, FACTS_PAGE_CACHE)) >= DOMINANT_PERCENT && !zones_explain(facts);
}

void hint_page_cache_remains_say(const struct facts *facts, struct prose *prose)
{
        phrase_pool(facts, prose, TEXT("Page cache still holds"), facts_use(facts, FACTS_PAGE_CACHE));
        prose_add(prose, TEXT(": reclaim did not get it, or files are read again as fast as they are dropped."));
}
