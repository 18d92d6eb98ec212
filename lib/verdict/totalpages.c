#include "verdict/totalpages.h"

static const struct oom_totalpages nothing_known = { 0, OOM_UNLIMITED, OOM_UNKNOWN };

bool oom_is_5_4_or_later(const struct oom_report *report, const struct oom_incident *incident)
{
        const struct oom_layout *layout = &report->tasks.layout;

        if (oom_layout_has(layout, OOM_COLUMN_RSS_ANON))
                return true;
        /* RHEL 8 took the kill line over, but not the wide pid */
        return incident && incident->has_pgtables_line && layout->is_wide_pid;
}

static int64_t add_limited(int64_t a, int64_t b)
{
        int64_t sum;

        return a == OOM_UNLIMITED || b == OOM_UNLIMITED || __builtin_add_overflow(a, b, &sum) ? OOM_UNLIMITED : sum;
}

static int64_t least(int64_t a, int64_t b)
{
        return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
        return a > b ? a : b;
}

static int64_t swap_total(const struct oom_report *report, const struct oom_machine *machine)
{
        if (report->memory.swap_total_bytes != OOM_UNKNOWN && !report->memory.is_doubtful)
                return report->memory.swap_total_bytes;
        return machine ? machine->swap_total_bytes : OOM_UNKNOWN;
}

/* The swap that the cgroup may use besides. *ret_open: it may be less, by what is not printed. */
static int64_t swap_excess(const struct oom_report *report, const struct oom_incident *incident, int64_t limit,
                           bool *ret_open)
{
        int64_t swap = report->memcg.usages[OOM_USAGE_SWAP].limit_bytes;
        int64_t both = report->memcg.usages[OOM_USAGE_MEMSW].limit_bytes;

        *ret_open = false;
        if (swap != OOM_UNKNOWN)
                return swap;
        if (both != OOM_UNKNOWN && both != OOM_UNLIMITED)
                return most(both - limit, 0);
        /* up to 5.2 the line of cgroup v1 is printed for v2 too, unlimited, and memory.swap.max is not */
        *ret_open = both == OOM_UNKNOWN || !oom_is_5_4_or_later(report, incident);
        return OOM_UNLIMITED;
}

static struct oom_totalpages memcg_totalpages(const struct oom_report *report, const struct oom_incident *incident,
                                              const struct oom_machine *machine)
{
        int64_t limit = report->memcg.usages[OOM_USAGE_MEMORY].limit_bytes;
        int64_t swap = swap_total(report, machine), excess;
        struct oom_totalpages total = nothing_known;
        bool is_open;

        if (limit == OOM_UNKNOWN || limit == OOM_UNLIMITED || limit <= 0)
                return nothing_known;
        excess = swap_excess(report, incident, limit, &is_open);
        total.min_bytes = limit;
        total.max_bytes = add_limited(limit, least(excess, swap == OOM_UNKNOWN ? OOM_UNLIMITED : swap));
        if (total.max_bytes == total.min_bytes || (swap != OOM_UNKNOWN && !is_open))
                total.bytes = total.max_bytes;
        return total;
}

static bool has_node(const struct oom_node_set *set, int64_t node)
{
        if (node == OOM_UNKNOWN)
                node = 0; /* the kernel knows no nodes */
        return node >= 0 && node <= OOM_NODE_NUMBER_MAX && (set->bits[node / 64] >> (node % 64) & 1);
}

/* The memory of the set's nodes, as far as their zones are printed. set NULL: of all. OOM_UNKNOWN: it isn't. */
static int64_t present_bytes(const struct oom_memory *memory, const struct oom_node_set *set)
{
        int64_t sum = 0;
        bool any = false;

        for (size_t i = 0; i < memory->n_zones; i++) {
                int64_t present = memory->zones[i].counters[OOM_COUNTER_PRESENT];

                if (set && !has_node(set, memory->zones[i].node))
                        continue;
                if (present == OOM_UNKNOWN || __builtin_add_overflow(sum, present, &sum))
                        return OOM_UNKNOWN;
                any = true;
        }
        return any && !memory->is_cut ? sum : OOM_UNKNOWN;
}

/* The least that is present in any one node. */
static int64_t smallest_node_bytes(const struct oom_memory *memory)
{
        int64_t smallest = OOM_UNKNOWN;

        for (size_t i = 0; i < memory->n_zones; i++) {
                struct oom_node_set one = { .is_known = true };
                int64_t node = memory->zones[i].node == OOM_UNKNOWN ? 0 : memory->zones[i].node, present;

                if (node < 0 || node > OOM_NODE_NUMBER_MAX)
                        return OOM_UNKNOWN;
                one.bits[node / 64] = UINT64_C(1) << (node % 64);
                present = present_bytes(memory, &one);
                if (present == OOM_UNKNOWN)
                        return OOM_UNKNOWN;
                smallest = smallest == OOM_UNKNOWN ? present : least(smallest, present);
        }
        return smallest;
}

/* RAM that the kernel manages, and swap. */
static struct oom_totalpages machine_totalpages(const struct oom_report *report, int64_t swap, int64_t page_size)
{
        const struct oom_memory *memory = &report->memory;
        int64_t pages = oom_memory_managed_pages(memory), bytes;

        if (pages <= 0 || __builtin_mul_overflow(pages, page_size, &bytes))
                return nothing_known;
        bytes = add_limited(bytes, swap);
        /* Up to 3.10 both figures are counts of page flags, and are not quite what the kernel reckons with. Kernels
         * before 4.4 all look alike here. */
        if (!oom_layout_has(&report->tasks.layout, OOM_COLUMN_NR_PMDS) &&
            !oom_layout_has(&report->tasks.layout, OOM_COLUMN_PGTABLES_BYTES))
                return (struct oom_totalpages){ bytes - bytes / 64, add_limited(bytes, bytes / 64), OOM_UNKNOWN };
        return (struct oom_totalpages){ bytes, bytes, bytes };
}

/* The present memory of the nodes, from 5.4 on; before that what they span, holes and all, which is not printed. */
static struct oom_totalpages nodes_totalpages(const struct oom_report *report, const struct oom_incident *incident,
                                              const struct oom_node_set *set, int64_t swap, int64_t page_size)
{
        const struct oom_memory *memory = &report->memory;
        int64_t present = set->is_known ? present_bytes(memory, set) : OOM_UNKNOWN, all;
        struct oom_totalpages total = nothing_known;

        if (present == OOM_UNKNOWN)
                return nothing_known;
        total.min_bytes = add_limited(present, swap);
        if (!oom_is_5_4_or_later(report, incident))
                return total;
        /* 6.1 on leaves out zones that the allocation could not have used */
        if (text_find(oom_path_text(&report->trigger.gfp_flags), TEXT("MOVABLE"), 0) >= 0)
                total.bytes = total.max_bytes = total.min_bytes;
        else if (memory->ram_pages != OOM_UNKNOWN && !__builtin_mul_overflow(memory->ram_pages, page_size, &all))
                total.max_bytes = add_limited(all, swap);
        return total;
}

/* Are these all the nodes that there are? Zones of other nodes are left out of a report, but count in its "pages RAM". */
static bool is_all_nodes(const struct oom_memory *memory, const struct oom_node_set *set, int64_t page_size)
{
        int64_t present, all;

        if (memory->n_zones && memory->zones[0].node == OOM_UNKNOWN)
                return true;
        present = present_bytes(memory, set && set->is_known ? set : NULL);
        if (present == OOM_UNKNOWN || memory->ram_pages == OOM_UNKNOWN ||
            __builtin_mul_overflow(memory->ram_pages, page_size, &all))
                return false;
        return present >= all - all / 8; /* up to 3.10 "pages RAM" counts holes */
}

static struct oom_totalpages hull(struct oom_totalpages a, struct oom_totalpages b)
{
        return (struct oom_totalpages){ least(a.min_bytes, b.min_bytes), most(a.max_bytes, b.max_bytes), OOM_UNKNOWN };
}

/* Up to 4.20 it isn't printed which it was; later that comes after the table. */
static struct oom_totalpages any_totalpages(const struct oom_report *report, const struct oom_incident *incident,
                                            int64_t swap, int64_t page_size)
{
        const struct oom_memory *memory = &report->memory;
        struct oom_totalpages total = machine_totalpages(report, swap, page_size);
        int64_t smallest;

        if (report->nodemask.is_known && !is_all_nodes(memory, &report->nodemask, page_size))
                total = hull(total, nodes_totalpages(report, incident, &report->nodemask, swap, page_size));
        if (is_all_nodes(memory, &report->mems_allowed, page_size) &&
            (report->mems_allowed.is_known || smallest_node_bytes(memory) == present_bytes(memory, NULL)))
                return total;
        if (report->mems_allowed.is_known)
                return hull(total, nodes_totalpages(report, incident, &report->mems_allowed, swap, page_size));
        smallest = smallest_node_bytes(memory);
        if (smallest == OOM_UNKNOWN)
                return nothing_known;
        total.min_bytes = least(total.min_bytes, add_limited(smallest, swap));
        total.bytes = OOM_UNKNOWN;
        return total;
}

struct oom_totalpages oom_totalpages(const struct oom_report *report, const struct oom_incident *incident,
                                     const struct oom_machine *machine, int64_t page_size_bytes)
{
        int64_t swap;

        if (report->scope == OOM_SCOPE_MEMCG ||
            (report->scope == OOM_SCOPE_UNKNOWN && report->memcg.usages[OOM_USAGE_MEMORY].limit_bytes != OOM_UNKNOWN))
                return memcg_totalpages(report, incident, machine);
        swap = swap_total(report, machine);
        if (!report->memory.is_known || report->memory.is_doubtful || swap == OOM_UNKNOWN)
                return nothing_known;
        if (report->constraint == OOM_CONSTRAINT_NONE)
                return machine_totalpages(report, swap, page_size_bytes);
        if (report->scope == OOM_SCOPE_CPUSET)
                return nodes_totalpages(report, incident, &report->mems_allowed, swap, page_size_bytes);
        if (report->scope == OOM_SCOPE_MEMPOLICY)
                return nodes_totalpages(report, incident, &report->nodemask, swap, page_size_bytes);
        return any_totalpages(report, incident, swap, page_size_bytes);
}

static bool is_page_size(int64_t bytes)
{
        return bytes >= 4096 && bytes <= 1024 * 1024 && (bytes & (bytes - 1)) == 0;
}

size_t oom_page_sizes(const struct oom_report *report, const struct oom_machine *machine,
                      int64_t ret_sizes[static OOM_PAGE_SIZES_MAX])
{
        static const int64_t sizes[OOM_PAGE_SIZES_MAX] = { 4096, 16384, 65536 };

        if (is_page_size(report->memory.page_size_bytes) && !report->memory.is_doubtful) {
                ret_sizes[0] = report->memory.page_size_bytes;
                return 1;
        }
        if (machine && is_page_size(machine->page_size_bytes)) {
                ret_sizes[0] = machine->page_size_bytes;
                return 1;
        }
        memcpy(ret_sizes, sizes, sizeof(sizes));
        return OOM_PAGE_SIZES_MAX;
}

size_t oom_hypotheses(const struct oom_report *report, struct oom_hypothesis ret_hypotheses[static OOM_HYPOTHESES_MAX])
{
        int64_t sizes[OOM_PAGE_SIZES_MAX];
        size_t count = 0, n_sizes = oom_page_sizes(report, NULL, sizes);

        for (size_t i = 0; i < n_sizes; i++) {
                struct oom_totalpages total = oom_totalpages(report, NULL, NULL, sizes[i]);

                ret_hypotheses[count++] = (struct oom_hypothesis){ sizes[i], total.min_bytes };
                if (total.max_bytes != total.min_bytes)
                        ret_hypotheses[count++] = (struct oom_hypothesis){ sizes[i], total.max_bytes };
        }
        return count;
}
