#include "explain/facts.h"
#include "util/array.h"
#include "util/wide.h"

static const struct oom_candidate *larger(const struct oom_candidate *largest, const struct oom_candidate *candidates,
                                          size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (oom_candidate_held_bytes(&candidates[i]) != OOM_UNKNOWN &&
                    (!largest || oom_candidate_held_bytes(&candidates[i]) > oom_candidate_held_bytes(largest)))
                        largest = &candidates[i];
        return largest;
}

/* Without a limit there is the machine's memory, which a cgroup's report doesn't print. */
static int64_t find_space(const struct facts *facts)
{
        const struct oom_memory *memory = facts->memory;
        int64_t limit_bytes = facts->memcg ? facts->memcg->usages[OOM_USAGE_MEMORY].limit_bytes : OOM_UNKNOWN;

        if (facts->memcg)
                return limit_bytes == OOM_UNLIMITED ? OOM_UNKNOWN : limit_bytes;
        return memory ? oom_pages_bytes(oom_memory_managed_pages(memory), facts->page_bytes) : OOM_UNKNOWN;
}

/* Was it killed besides the one that the kernel chose? */
static bool is_beside(const struct oom_incident *incident)
{
        return incident->is_sharing_memory || incident->is_rage_kill;
}

struct facts facts_of(const struct oom_incident *incident, const struct oom_verdict *verdict)
{
        const struct oom_report *report = incident->report;
        const struct oom_memory *memory = &report->memory;
        bool is_memcg = report->scope == OOM_SCOPE_MEMCG;
        struct facts facts = {
                .incident = incident,
                .report = report,
                .verdict = verdict,
                .memcg = is_memcg ? &report->memcg : NULL,
                .memory = !is_memcg && memory->is_known && !memory->is_doubtful ? memory : NULL,
                .page_bytes = verdict->page_size_bytes,
                .chosen = verdict->has_chosen && !is_beside(incident) ? &verdict->chosen : NULL,
                .largest = larger(larger(NULL, verdict->candidates, verdict->n_candidates), verdict->holders,
                                  verdict->n_holders), /* of all rows that were kept */
        };

        if (facts.page_bytes == OOM_UNKNOWN && facts.memory)
                facts.page_bytes = oom_report_page_bytes(report);
        facts.space_bytes = find_space(&facts);
        return facts;
}

int64_t facts_column_bytes(const struct facts *facts, enum oom_column column)
{
        return oom_pages_bytes(facts->report->tasks.sums[column], facts->page_bytes);
}

int64_t facts_held_by_all(const struct facts *facts)
{
        int64_t rss_bytes = facts_column_bytes(facts, OOM_COLUMN_RSS);

        if (!facts->report->tasks.is_complete || rss_bytes == OOM_UNKNOWN)
                return OOM_UNKNOWN;
        return oom_sum_known(rss_bytes, facts_column_bytes(facts, OOM_COLUMN_SWAPENTS));
}

bool facts_other_was_announced(const struct facts *facts)
{
        const struct oom_incident *incident = facts->incident;

        return incident->type == OOM_TYPE_KILL && !is_beside(incident) &&
               facts->report->parts & OOM_PART_ANNOUNCEMENT && incident->chosen_pid != OOM_UNKNOWN &&
               incident->victim.pid != OOM_UNKNOWN && incident->chosen_pid != incident->victim.pid;
}

bool facts_parent_was_announced(const struct facts *facts)
{
        const struct oom_incident *incident = facts->incident;
        const int64_t *chosen = incident->chosen_row.task.values;

        return facts_other_was_announced(facts) && incident->chosen_row.state == OOM_ROW_FOUND &&
               chosen[OOM_COLUMN_PID] != incident->victim.pid && chosen[OOM_COLUMN_TGID] != incident->victim.pid &&
               !(incident->victim_row.state == OOM_ROW_FOUND &&
                 incident->victim_row.task.index == incident->chosen_row.task.index);
}

int64_t facts_victim_held(const struct facts *facts)
{
        const struct oom_victim *victim = &facts->incident->victim;
        int64_t held = victim->anon_rss_bytes;

        if (facts->verdict->has_victim && oom_candidate_held_bytes(&facts->verdict->victim) != OOM_UNKNOWN)
                return oom_candidate_held_bytes(&facts->verdict->victim);
        if (held == OOM_UNKNOWN)
                return OOM_UNKNOWN;
        return oom_sum_known(oom_sum_known(held, victim->file_rss_bytes), victim->shmem_rss_bytes);
}

bool facts_chosen_held_most(const struct facts *facts)
{
        const struct oom_verdict *verdict = facts->verdict;
        int64_t held = facts->chosen ? oom_candidate_held_bytes(facts->chosen) : OOM_UNKNOWN;
        int64_t rest = facts_held_by_all(facts);
        bool is_listed = false;

        if (held == OOM_UNKNOWN || !facts->largest || oom_candidate_held_bytes(facts->largest) > held ||
            facts_is_swap_hidden(facts))
                return false;
        if (verdict->candidates_total != OOM_UNKNOWN && verdict->candidates_total <= verdict->n_candidates)
                return true;
        /* The rows that were not kept together: none of them is larger than that. */
        for (size_t i = 0; rest != OOM_UNKNOWN && i < verdict->n_candidates; i++) {
                int64_t part = oom_candidate_held_bytes(&verdict->candidates[i]);

                is_listed = is_listed || verdict->candidates[i].pid == facts->chosen->pid;
                rest = part == OOM_UNKNOWN ? OOM_UNKNOWN : rest - part;
        }
        if (rest == OOM_UNKNOWN)
                return false;
        return (is_listed ? rest : rest - held) <= held;
}

/* Where each is found: statistics of the cgroup, the first that is printed, and a counter of the machine. Of cgroup v1
 * the plain names leave out the cgroups below. */
static const struct {
        struct text stats[3];
        enum oom_counter counter;
} pools[FACTS_USE_COUNT] = {
        [FACTS_SLAB] = { { TEXT("slab_unreclaimable") }, OOM_COUNTER_SLAB_UNRECLAIMABLE },
        [FACTS_PAGE_TABLES] = { { TEXT("pagetables") }, OOM_COUNTER_PAGETABLES },
        [FACTS_SHMEM] = { { TEXT("total_shmem"), TEXT("shmem") }, OOM_COUNTER_SHMEM },
        [FACTS_HUGE_PAGES] = { { TEXT("hugetlb") }, OOM_COUNTER_COUNT },
        [FACTS_UNEVICTABLE] = { { TEXT("total_unevictable"), TEXT("unevictable") }, OOM_COUNTER_UNEVICTABLE },
        [FACTS_KERNEL] = { { TEXT("kernel") }, OOM_COUNTER_COUNT },
        [FACTS_NETWORK_BUFFERS] = { { TEXT("sock") }, OOM_COUNTER_COUNT },
        [FACTS_PAGE_CACHE] = { { TEXT("total_cache"), TEXT("cache"), TEXT("file") }, OOM_COUNTER_COUNT },
        [FACTS_GPU] = { { TEXT("") }, OOM_COUNTER_COUNT },
        [FACTS_DIRTY] = { { TEXT("total_dirty"), TEXT("dirty"), TEXT("file_dirty") }, OOM_COUNTER_DIRTY },
};

static int64_t stat_of(const struct facts *facts, const struct text names[], size_t count)
{
        for (size_t i = 0; i < count && names[i].length > 0; i++) {
                int64_t value = oom_memcg_stat(facts->memcg, names[i]);

                if (value != OOM_UNKNOWN)
                        return value;
        }
        return OOM_UNKNOWN;
}

int64_t facts_counter(const struct facts *facts, enum oom_counter counter)
{
        return facts->memory ? oom_pages_bytes(facts->memory->pages[counter], facts->page_bytes) : OOM_UNKNOWN;
}

static int64_t huge_pages(const struct oom_memory *memory)
{
        int64_t bytes = OOM_UNKNOWN;

        for (size_t i = 0; i < memory->n_hugepages; i++)
                bytes = oom_sum_known(bytes,
                                      oom_pages_bytes(memory->hugepages[i].total, memory->hugepages[i].size_bytes));
        return bytes;
}

/* Of all nodes together. */
static int64_t node_counter(const struct oom_memory *memory, enum oom_counter counter)
{
        int64_t bytes = OOM_UNKNOWN;

        for (size_t i = 0; i < memory->n_nodes; i++)
                bytes = oom_sum_known(bytes, memory->nodes[i].counters[counter]);
        return bytes;
}

static int64_t pool_of_memcg(const struct facts *facts, enum facts_use pool)
{
        static const struct text writeback[] = { TEXT("total_writeback"), TEXT("writeback"), TEXT("file_writeback") };
        int64_t bytes = stat_of(facts, pools[pool].stats, COUNT(pools[pool].stats));
        int64_t shmem_bytes;

        switch (pool) {
        case FACTS_KERNEL:
                return bytes == OOM_UNKNOWN ? facts->memcg->usages[OOM_USAGE_KMEM].usage_bytes : bytes;
        case FACTS_PAGE_CACHE: /* the kernel counts shmem in */
                shmem_bytes = facts_use(facts, FACTS_SHMEM);
                return bytes == OOM_UNKNOWN || shmem_bytes == OOM_UNKNOWN || shmem_bytes > bytes ? bytes
                                                                                                 : bytes - shmem_bytes;
        case FACTS_DIRTY:
                return oom_sum_known(bytes, stat_of(facts, writeback, COUNT(writeback)));
        default:
                return bytes;
        }
}

int64_t facts_use(const struct facts *facts, enum facts_use pool)
{
        if (facts->memcg)
                return pool_of_memcg(facts, pool);
        if (!facts->memory)
                return OOM_UNKNOWN;
        switch (pool) {
        case FACTS_HUGE_PAGES:
                return huge_pages(facts->memory);
        case FACTS_PAGE_CACHE:
                return oom_sum(facts_counter(facts, OOM_COUNTER_ACTIVE_FILE),
                               facts_counter(facts, OOM_COUNTER_INACTIVE_FILE));
        case FACTS_DIRTY:
                return oom_sum(facts_counter(facts, OOM_COUNTER_DIRTY), facts_counter(facts, OOM_COUNTER_WRITEBACK));
        case FACTS_GPU:
                return node_counter(facts->memory, OOM_COUNTER_GPU_ACTIVE);
        default:
                return pools[pool].counter == OOM_COUNTER_COUNT ? OOM_UNKNOWN
                                                                : facts_counter(facts, pools[pool].counter);
        }
}

int64_t facts_unaccounted(const struct facts *facts)
{
        /* Without one of the first the sum means nothing; the others are small, or not printed everywhere. */
        static const enum oom_counter needed[] = {
                OOM_COUNTER_FREE,
                OOM_COUNTER_ACTIVE_ANON,
                OOM_COUNTER_INACTIVE_ANON,
                OOM_COUNTER_ACTIVE_FILE,
                OOM_COUNTER_INACTIVE_FILE,
                OOM_COUNTER_UNEVICTABLE,
                OOM_COUNTER_SLAB_RECLAIMABLE,
                OOM_COUNTER_SLAB_UNRECLAIMABLE,
                OOM_COUNTER_PAGETABLES,
        };
        static const enum oom_counter optional[] = {
                OOM_COUNTER_ISOLATED_ANON,           OOM_COUNTER_ISOLATED_FILE, OOM_COUNTER_FREE_PCP,
                OOM_COUNTER_KERNEL_MISC_RECLAIMABLE, OOM_COUNTER_BOUNCE,        OOM_COUNTER_SEC_PAGETABLES,
        };
        int64_t known = 0;

        if (!facts->memory || facts->memory->is_cut || facts->space_bytes == OOM_UNKNOWN)
                return OOM_UNKNOWN;
        for (size_t i = 0; i < COUNT(needed); i++)
                known = oom_sum(known, facts_counter(facts, needed[i]));
        if (known == OOM_UNKNOWN)
                return OOM_UNKNOWN;
        for (size_t i = 0; i < COUNT(optional); i++)
                known = oom_sum_known(known, facts_counter(facts, optional[i]));
        known = oom_sum_known(known, node_counter(facts->memory, OOM_COUNTER_KERNEL_STACK));
        known = oom_sum_known(known, node_counter(facts->memory, OOM_COUNTER_GPU_ACTIVE));
        known = oom_sum_known(known, node_counter(facts->memory, OOM_COUNTER_GPU_RECLAIM));
        known = oom_sum_known(known, huge_pages(facts->memory));
        return known == OOM_UNKNOWN || known > facts->space_bytes ? OOM_UNKNOWN : facts->space_bytes - known;
}

bool facts_is_swap_hidden(const struct facts *facts)
{
        const struct oom_usage *usages = facts->report->memcg.usages;
        const struct oom_memory *memory = &facts->report->memory;

        if (!facts->largest || facts->largest->swap_bytes != OOM_UNKNOWN)
                return false;
        if (!memory->is_doubtful && memory->swap_total_bytes != OOM_UNKNOWN &&
            (memory->swap_total_bytes == 0 || memory->swap_free_bytes == memory->swap_total_bytes))
                return false;
        if (!facts->memcg)
                return true;
        return usages[OOM_USAGE_SWAP].usage_bytes != 0 && usages[OOM_USAGE_SWAP].limit_bytes != 0 &&
               !(usages[OOM_USAGE_MEMSW].usage_bytes > 0 &&
                 usages[OOM_USAGE_MEMSW].usage_bytes <= usages[OOM_USAGE_MEMORY].usage_bytes);
}

bool facts_is_nobody_killable(const struct facts *facts)
{
        int64_t total = facts->verdict->candidates_total;
        bool is_end = facts->incident->type == OOM_TYPE_NO_VICTIM && facts->incident->end == OOM_END_NONE_KILLABLE;

        return is_end && total > 0 && facts->report->tasks.n_unkillable >= (uint64_t)total;
}

/* A charge that doesn't fit is counted as a failure before it may lead here, one that wrote the limit charged nothing. A little more than
 * the limit is used in other cases too: what the kernel can't do without. */
#define LOWERED_SHARE 16
bool facts_is_limit_lowered(const struct facts *facts)
{
        const struct oom_usage *usage = facts->memcg ? &facts->memcg->usages[OOM_USAGE_MEMORY] : NULL;

        if (!usage || usage->limit_bytes == OOM_UNKNOWN || usage->usage_bytes <= usage->limit_bytes)
                return false;
        return facts->report->trigger.is_limit_writer ||
               (usage->failcnt == 0 && usage->usage_bytes - usage->limit_bytes >= usage->limit_bytes / LOWERED_SHARE);
}

int64_t facts_percent(const struct facts *facts, int64_t bytes)
{
        if (facts->space_bytes == OOM_UNKNOWN || facts->space_bytes <= 0 || bytes == OOM_UNKNOWN || bytes < 0)
                return 0;
        return mul_div(bytes, 100, facts->space_bytes);
}
