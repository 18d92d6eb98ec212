#include "explain/zones.h"

/* The lowest bits of gfp_mask choose the zone, and have been the same since 2.6.23 (include/linux/gfp_types.h). */
#define GFP_DMA     0x1
#define GFP_HIGHMEM 0x2
#define GFP_DMA32   0x4
#define GFP_MOVABLE 0x8

/* What may be free above the high watermarks of zones that are as good as exhausted: the figures move until they are printed. */
#define SPARE_SHARE 8 /* of all their floors */

/* Zones from the bottom up, as the kernel falls back from the last to the first. */
enum zone_rank { RANK_DMA, RANK_DMA32, RANK_NORMAL, RANK_HIGHMEM, RANK_MOVABLE, RANK_OTHER };

static enum zone_rank rank_of(const struct oom_zone *zone)
{
        static const struct text names[] = {
                [RANK_DMA] = TEXT("DMA"),         [RANK_DMA32] = TEXT("DMA32"),     [RANK_NORMAL] = TEXT("Normal"),
                [RANK_HIGHMEM] = TEXT("HighMem"), [RANK_MOVABLE] = TEXT("Movable"),
        };
        size_t rank = 0;

        while (rank < RANK_OTHER && !text_equal(names[rank], (struct text){ zone->name, zone->name_length }))
                rank++;
        return (enum zone_rank)rank;
}

/* A mask of 0 is printed for a page fault, whose mask the kernel doesn't know there (mm/oom_kill.c,
 * pagefault_out_of_memory()); that of a SysRq is of no allocation. */
static bool is_mask_known(const struct oom_trigger *trigger)
{
        return trigger->gfp_mask != OOM_UNKNOWN && trigger->gfp_mask != 0 && !trigger->is_sysrq;
}

/* The highest zone that the allocation may come from; RANK_OTHER: not known. */
static enum zone_rank rank_asked(const struct oom_trigger *trigger)
{
        int64_t mask = trigger->gfp_mask;

        if (!is_mask_known(trigger))
                return RANK_OTHER;
        if (mask & GFP_DMA)
                return RANK_DMA;
        if (mask & GFP_DMA32)
                return RANK_DMA32;
        if (mask & GFP_HIGHMEM)
                return mask & GFP_MOVABLE ? RANK_MOVABLE : RANK_HIGHMEM;
        return RANK_NORMAL;
}

bool zones_is_kept_from_cma(const struct oom_trigger *trigger)
{
        return is_mask_known(trigger) && !(trigger->gfp_mask & GFP_MOVABLE);
}

/* Up to 2.6.x zones without memory are printed too. */
static bool is_empty(const struct oom_zone *zone)
{
        return zone->counters[OOM_COUNTER_PRESENT] == 0;
}

/* ---- nodes ----------------------------------------------------------------------------------------------------------- */

static bool has_node(const struct oom_node_set *set, int64_t node)
{
        if (node == OOM_UNKNOWN)
                return true; /* there is one only */
        return node >= 0 && node <= OOM_NODE_NUMBER_MAX && set->bits[node / 64] >> (node % 64) & 1;
}

/* The nodes that it may use; NULL: all, as far as is known. */
static const struct oom_node_set *allowed_nodes(const struct oom_report *report)
{
        if (report->nodemask.is_known)
                return &report->nodemask;
        return report->mems_allowed.is_known ? &report->mems_allowed : NULL;
}

static bool is_allowed(const struct facts *facts, int64_t node)
{
        const struct oom_node_set *nodes = allowed_nodes(facts->report);

        return !nodes || has_node(nodes, node);
}

/* That memory isn't shown proves nothing: it may be in a zone that isn't. But the kernel says so, or another node is shown. */
static bool has_other_nodes(const struct facts *facts)
{
        const struct oom_memory *memory = facts->memory;

        if (facts->report->trigger.is_sysrq || !allowed_nodes(facts->report))
                return false;
        if (facts->report->scope == OOM_SCOPE_CPUSET || facts->report->scope == OOM_SCOPE_MEMPOLICY)
                return true;
        for (size_t i = 0; i < memory->n_zones; i++)
                if (!is_allowed(facts, memory->zones[i].node) && !is_empty(&memory->zones[i]))
                        return true;
        for (size_t i = 0; i < memory->n_nodes; i++)
                if (!is_allowed(facts, memory->nodes[i].number))
                        return true;
        for (size_t i = 0; i < memory->n_hugepages; i++)
                if (!is_allowed(facts, memory->hugepages[i].node))
                        return true;
        return false;
}

/* Is all that isn't shown in other zones? The kernel was kept from no node (5.0 on), or has none (without CONFIG_NUMA). */
static bool has_all_nodes(const struct facts *facts)
{
        const struct oom_report *report = facts->report;

        if (facts->memory->n_zones && facts->memory->zones[0].node == OOM_UNKNOWN)
                return true;
        return report->constraint == OOM_CONSTRAINT_NONE &&
               text_find(oom_path_text(&report->trigger.gfp_flags), TEXT("THISNODE"), 0) < 0;
}

/* Are all zones of its nodes shown? Up to 4.20, which the cpuset's line shows, they were; later if it may use all of them. */
static bool has_all_zones(const struct facts *facts, enum zone_rank asked)
{
        const struct oom_report *report = facts->report;

        return asked == RANK_MOVABLE || (!(report->parts & OOM_PART_SUMMARY) && report->mems_allowed.is_known);
}

/* ---- zones ----------------------------------------------------------------------------------------------------------- */

/* The highest zone shown that it can use. */
static const struct oom_zone *find_highest(const struct facts *facts, enum zone_rank asked)
{
        const struct oom_zone *highest = NULL;

        for (size_t i = 0; i < facts->memory->n_zones; i++) {
                const struct oom_zone *zone = &facts->memory->zones[i];

                if (rank_of(zone) <= asked && rank_of(zone) < RANK_OTHER && is_allowed(facts, zone->node) &&
                    !is_empty(zone) && (!highest || rank_of(zone) > rank_of(highest)))
                        highest = zone;
        }
        return highest;
}

/* What is kept in a zone from allocations that could use highest, a higher one of the same node: "lowmem_reserve[]:" has an
 * entry for each kind of zone, and no reserve against those up to its own. Where highest's own line has more zeros, the
 * kinds after it have no memory, and so the same reserve. */
static int64_t reserve_pages(const struct oom_zone *zone, const struct oom_zone *highest)
{
        size_t at = 0;

        if (zone == highest || (zone->lowmem_reserve_pages[0] == OOM_UNKNOWN &&
                                highest->lowmem_reserve_pages[0] == OOM_UNKNOWN)) /* not printed before 2.6.15 */
                return 0;
        while (at < OOM_ZONE_KINDS_MAX && highest->lowmem_reserve_pages[at] == 0)
                at++;
        return at == 0 ? OOM_UNKNOWN : zone->lowmem_reserve_pages[at - 1];
}

/* The highest zone of its node that the allocation can use. */
static const struct oom_zone *highest_beside(const struct facts *facts, const struct oom_zone *zone,
                                             enum zone_rank asked)
{
        const struct oom_zone *highest = zone;

        for (size_t i = 0; i < facts->memory->n_zones; i++) {
                const struct oom_zone *other = &facts->memory->zones[i];

                if (other->node == zone->node && rank_of(other) <= asked && rank_of(other) < RANK_OTHER &&
                    !is_empty(other) && rank_of(other) > rank_of(highest))
                        highest = other;
        }
        return highest;
}

/* False where it may have one. */
static bool has_no_block(const struct oom_zone *zone, int64_t order)
{
        if (zone->buddy_bytes == OOM_UNKNOWN)
                return false;
        for (int64_t i = order; i < OOM_ORDERS_MAX; i++)
                if (zone->free_blocks[i] > 0)
                        return false;
        return true;
}

struct sums {
        int64_t free, floor, spare, free_elsewhere; /* OOM_UNKNOWN until one is known */
        int64_t free_shown, free_allowed, managed_allowed;
        size_t n_usable;
        bool is_floor_unknown; /* of one zone */
        bool has_block;        /* a zone above its watermark has one, or may have */
        const struct oom_zone *fragmented;
        int64_t fragmented_bytes;
};

static void add_usable(struct sums *sums, const struct facts *facts, const struct oom_zone *zone, enum zone_rank asked)
{
        const struct oom_trigger *trigger = &facts->report->trigger;
        int64_t order = trigger->order > 0 && trigger->order < OOM_ORDERS_MAX ? trigger->order : 0;
        int64_t request = oom_pages_bytes((int64_t)1 << order, facts->page_bytes);
        int64_t reserve = oom_pages_bytes(reserve_pages(zone, highest_beside(facts, zone, asked)), facts->page_bytes);
        int64_t min = zone->counters[OOM_COUNTER_MIN], high = zone->counters[OOM_COUNTER_HIGH];
        int64_t free_bytes = zone->counters[OOM_COUNTER_FREE], cma = zone->counters[OOM_COUNTER_FREE_CMA];
        int64_t floor = oom_sum(min, reserve), least, most;

        if (zones_is_kept_from_cma(trigger) && cma > 0 && cma <= free_bytes)
                free_bytes -= cma;
        sums->n_usable++;
        sums->free = oom_sum_known(sums->free, free_bytes);
        sums->floor = oom_sum_known(sums->floor, floor);
        least = oom_sum(floor, request);
        most = high == OOM_UNKNOWN || high < min ? least : oom_sum(oom_sum(high, reserve), request);
        if (least == OOM_UNKNOWN || most == OOM_UNKNOWN) {
                sums->is_floor_unknown = true;
                return;
        }
        sums->spare = oom_sum_known(sums->spare, free_bytes > most ? free_bytes - most : 0);
        if (free_bytes < least)
                return;
        if (!has_no_block(zone, order)) {
                sums->has_block = true;
        } else if (!sums->fragmented || free_bytes > sums->fragmented_bytes) {
                sums->fragmented = zone;
                sums->fragmented_bytes = free_bytes;
        }
}

/* Sums over the zones shown. Returns false if a zone's figures are missing. */
static bool sum_up(const struct facts *facts, enum zone_rank asked, struct sums *sums)
{
        *sums = (struct sums){ .free = OOM_UNKNOWN,
                               .floor = OOM_UNKNOWN,
                               .spare = OOM_UNKNOWN,
                               .free_elsewhere = OOM_UNKNOWN,
                               .free_shown = OOM_UNKNOWN,
                               .free_allowed = OOM_UNKNOWN,
                               .managed_allowed = OOM_UNKNOWN };
        for (size_t i = 0; i < facts->memory->n_zones; i++) {
                const struct oom_zone *zone = &facts->memory->zones[i];
                int64_t free_bytes = zone->counters[OOM_COUNTER_FREE], size = zone->counters[OOM_COUNTER_MANAGED];

                if (is_empty(zone))
                        continue;
                if (free_bytes == OOM_UNKNOWN)
                        return false;
                sums->free_shown = oom_sum_known(sums->free_shown, free_bytes);
                if (!is_allowed(facts, zone->node))
                        continue;
                if (size == OOM_UNKNOWN) /* before 3.9 */
                        size = zone->counters[OOM_COUNTER_PRESENT];
                sums->free_allowed = oom_sum_known(sums->free_allowed, free_bytes);
                sums->managed_allowed = oom_sum_known(sums->managed_allowed, size);
                if (rank_of(zone) <= asked)
                        add_usable(sums, facts, zone, asked);
                else
                        sums->free_elsewhere = oom_sum_known(sums->free_elsewhere, free_bytes);
        }
        return true;
}

static int64_t difference(int64_t whole, int64_t part)
{
        return whole == OOM_UNKNOWN || part == OOM_UNKNOWN || part > whole ? OOM_UNKNOWN : whole - part;
}

/* Are there zones with memory above it? Allocations that could use them have a reserve kept from them. */
static bool has_zones_above(const struct oom_zone *zone)
{
        for (size_t i = 0; zone && i < OOM_ZONE_KINDS_MAX; i++)
                if (zone->lowmem_reserve_pages[i] > 0)
                        return true;
        return false;
}

static void find_elsewhere(const struct facts *facts, enum zone_rank asked, const struct sums *sums,
                           struct zones *zones)
{
        int64_t free_bytes = facts_counter(facts, OOM_COUNTER_FREE);

        zones->has_other_nodes = has_other_nodes(facts);
        zones->free_in_other_zones_bytes = sums->free_elsewhere;
        if (zones->has_other_nodes && has_all_zones(facts, asked)) {
                zones->free_on_other_nodes_bytes = difference(free_bytes, sums->free_allowed);
                zones->memory_on_other_nodes_bytes = difference(facts->space_bytes, sums->managed_allowed);
        } else if (zones->has_other_nodes) {
                zones->free_on_other_nodes_bytes = difference(sums->free_shown, sums->free_allowed);
                if (zones->free_on_other_nodes_bytes == 0)
                        zones->free_on_other_nodes_bytes = OOM_UNKNOWN; /* they aren't shown */
        } else if (has_all_nodes(facts) && has_zones_above(find_highest(facts, asked))) {
                zones->free_in_other_zones_bytes =
                        oom_sum_known(sums->free_elsewhere, difference(free_bytes, sums->free_shown));
        }
}

struct zones zones_of(const struct facts *facts)
{
        struct zones zones = { .free_bytes = OOM_UNKNOWN,
                               .floor_bytes = OOM_UNKNOWN,
                               .free_in_other_zones_bytes = OOM_UNKNOWN,
                               .free_on_other_nodes_bytes = OOM_UNKNOWN,
                               .memory_on_other_nodes_bytes = OOM_UNKNOWN };
        enum zone_rank asked = rank_asked(&facts->report->trigger);
        const struct oom_zone *highest;
        struct sums sums;

        if (!facts->memory || facts->memory->is_cut || !sum_up(facts, asked, &sums))
                return zones;
        find_elsewhere(facts, asked, &sums, &zones);
        highest = find_highest(facts, asked);
        if (!highest)
                return zones;
        zones.highest = highest;
        zones.n_usable = sums.n_usable;
        zones.is_limited = asked < RANK_MOVABLE;
        zones.free_bytes = sums.free;
        zones.floor_bytes = sums.floor;
        zones.is_exhausted = sums.n_usable > 0 && !sums.is_floor_unknown && sums.spare != OOM_UNKNOWN &&
                             sums.spare <= sums.floor / SPARE_SHARE;
        if (!sums.has_block && !sums.is_floor_unknown) {
                zones.fragmented = sums.fragmented;
                zones.fragmented_bytes = sums.fragmented_bytes;
        }
        return zones;
}
