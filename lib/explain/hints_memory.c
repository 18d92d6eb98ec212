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
        if (totalpages_bytes != OOM_UNKNOWN && totalpages_bytes / facts->page_bytes < TINY_LIMIT_PAGES)
                prose_format(prose, ": below %d pages oom_score_adj has no effect, unless it is -1000",
                             TINY_LIMIT_PAGES);
        prose_add(prose, TEXT("."));
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
                prose_format(prose, "All %s of swap are in use.", SHOWN_SIZE(facts->memory->swap_total_bytes));
        else
                prose_format(prose, "The cgroup has used up the %s %s.", SHOWN_SIZE(usage->limit_bytes),
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

        prose_add(prose, TEXT("The allocation can use only zone "));
        prose_name(prose, (struct text){ zones.name, zones.name_length }, OOM_ZONE_NAME_MAX);
        prose_format(prose, " and those below, where %s is free and %s must stay free; %s is free in other zones.",
                     SHOWN_SIZE(zones.free_bytes), SHOWN_SIZE(zones.floor_bytes),
                     SHOWN_SIZE(zones.free_in_other_zones_bytes));
}

bool hint_memory_fragmented_holds(const struct facts *facts)
{
        return facts->report->trigger.order > 0 && zones_of(facts).is_fragmented;
}

void hint_memory_fragmented_say(const struct facts *facts, struct prose *prose)
{
        int64_t order = facts->report->trigger.order;

        prose_format(prose,
                     "The allocation needs %" PRId64 " adjoining pages (order %" PRId64
                     "). %s is free, but in no block of that size: memory is fragmented.",
                     (int64_t)1 << order, order, SHOWN_SIZE(zones_of(facts).free_bytes));
}

/* Up to 4.20 the constraint is not printed, but the nodes are. */
bool hint_nodes_restricted_holds(const struct facts *facts)
{
        struct zones zones = zones_of(facts);

        if (zones.free_on_other_nodes_bytes != OOM_UNKNOWN)
                return is_elsewhere(facts, zones.free_on_other_nodes_bytes);
        return facts->report->scope != OOM_SCOPE_GLOBAL && is_elsewhere(facts, zones.memory_on_other_nodes_bytes);
}

void hint_nodes_restricted_say(const struct facts *facts, struct prose *prose)
{
        struct zones zones = zones_of(facts);
        bool is_free = zones.free_on_other_nodes_bytes != OOM_UNKNOWN;

        prose_add(prose, facts->report->nodemask.is_known ? TEXT("A memory policy") : TEXT("A cpuset"));
        prose_format(prose, " keeps the allocation to some of the memory nodes; %s",
                     SHOWN_SIZE(is_free ? zones.free_on_other_nodes_bytes : zones.memory_on_other_nodes_bytes));
        prose_add(prose, is_free ? TEXT(" is free on the others.") : TEXT(" of memory is on the others."));
}

/* Contiguous memory areas lend their pages to what can be moved only (__GFP_MOVABLE, 0x8). */
bool hint_free_memory_is_cma_holds(const struct facts *facts)
{
        int64_t cma_bytes = facts_counter(facts, OOM_COUNTER_FREE_CMA), mask = facts->report->trigger.gfp_mask;
        int64_t free_bytes = facts_counter(facts, OOM_COUNTER_FREE);

        return mask != OOM_UNKNOWN && mask != 0 && !(mask & 0x8) && cma_bytes != OOM_UNKNOWN &&
               free_bytes != OOM_UNKNOWN && cma_bytes > free_bytes / 2 && is_elsewhere(facts, cma_bytes);
}

void hint_free_memory_is_cma_say(const struct facts *facts, struct prose *prose)
{
        prose_format(prose, "%s of the free memory is reserved for CMA, which this allocation may not use.",
                     SHOWN_SIZE(facts_counter(facts, OOM_COUNTER_FREE_CMA)));
}

/* --- what no process holds ----------------------------------------------------------------------------------------- */

static bool dominates(const struct facts *facts, int64_t bytes)
{
        int64_t held = facts->largest ? oom_candidate_held_bytes(facts->largest) : facts_victim_held(facts);

        return facts_percent(facts, bytes) >= DOMINANT_PERCENT && (held == OOM_UNKNOWN || bytes > held);
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
        prose_add(prose, TEXT(", more than any process"));
        if (slab && slab->total_bytes != OOM_UNKNOWN) {
                prose_add(prose, TEXT("; the largest is "));
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
                prose_add(prose, TEXT(after));                                                                         \
        }

DOMINATES(shared_memory_dominates, unmapped_shmem(facts), "Shared memory and files in tmpfs hold",
          ", more than any process; they stay when a process is killed.")
DOMINATES(unevictable_dominates, facts_use(facts, FACTS_UNEVICTABLE), "Locked or otherwise unevictable memory holds",
          ", more than any process; it can't be reclaimed or swapped out.")
DOMINATES(kernel_memory_dominates, facts_use(facts, FACTS_KERNEL), "What the kernel allocated for the cgroup takes",
          ", more than any process holds.")
DOMINATES(network_buffers_dominate, facts_use(facts, FACTS_NETWORK_BUFFERS), "Network buffers of the cgroup take",
          ", more than any process holds.")
DOMINATES(unaccounted_memory, facts_unaccounted(facts), "No account of the report has",
          ": drivers, vmalloc, socket buffers, a balloon, or graphics hold it.")

bool hint_page_cache_remains_holds(const struct facts *facts)
{
        return facts_percent(facts, facts_use(facts, FACTS_PAGE_CACHE)) >= DOMINANT_PERCENT;
}

void hint_page_cache_remains_say(const struct facts *facts, struct prose *prose)
{
        int64_t cache_bytes = facts_use(facts, FACTS_PAGE_CACHE), dirty_bytes = facts_use(facts, FACTS_DIRTY);

        phrase_pool(facts, prose, TEXT("Page cache still holds"), cache_bytes);
        if (dirty_bytes != OOM_UNKNOWN && dirty_bytes > cache_bytes / 2) {
                prose_format(prose, "; %s of it waits to be written: the storage is slower than who writes.",
                             SHOWN_SIZE(dirty_bytes));
        } else {
                prose_add(prose,
                          TEXT(", which could be reclaimed: files are read again as fast as they are dropped, or the "
                               "kernel could not wait."));
        }
}
