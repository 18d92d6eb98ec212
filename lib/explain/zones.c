#include "explain/zones.h"

/* The lowest bits of gfp_mask choose the zone, and have been the same since 2.6.23 (include/linux/gfp_types.h). */
#define GFP_DMA     0x1
#define GFP_HIGHMEM 0x2
#define GFP_DMA32   0x4
#define GFP_MOVABLE 0x8

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

/* The highest zone that the allocation may come from; RANK_OTHER: not known. A mask of 0 is printed for a page
 * fault, whose mask the kernel doesn't know there (mm/oom_kill.c, pagefault_out_of_memory()). */
static enum zone_rank rank_asked(const struct oom_trigger *trigger)
{
        int64_t mask = trigger->gfp_mask;

        if (mask == OOM_UNKNOWN || mask == 0 || trigger->is_sysrq)
                return RANK_OTHER;
        if (mask & GFP_DMA)
                return RANK_DMA;
        if (mask & GFP_DMA32)
                return RANK_DMA32;
        if (mask & GFP_HIGHMEM)
                return mask & GFP_MOVABLE ? RANK_MOVABLE : RANK_HIGHMEM;
        return RANK_NORMAL;
}

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

/* What must stay free in a zone: its watermark, and what is kept there from those who could use a higher zone. */
static int64_t floor_of(const struct oom_zone *zone, bool is_highest, int64_t page_bytes)
{
        int64_t reserve_pages = 0;

        for (size_t i = 0; !is_highest && i < sizeof(zone->lowmem_reserve_pages) / sizeof(int64_t); i++)
                if (zone->lowmem_reserve_pages[i] > reserve_pages)
                        reserve_pages = zone->lowmem_reserve_pages[i];
        return oom_sum_known(zone->counters[OOM_COUNTER_MIN], oom_pages_bytes(reserve_pages, page_bytes));
}

static bool has_block(const struct oom_zone *zone, int64_t order)
{
        for (int64_t i = order; i < OOM_ORDERS_MAX; i++)
                if (zone->free_blocks[i] > 0)
                        return true;
        return false;
}

struct sums {
        int64_t free, floor, free_elsewhere, free_shown, free_allowed,
                managed_allowed; /* OOM_UNKNOWN until one is known */
        unsigned n_usable, n_spare, n_fragmented, n_blocks;
};

static void add_zone(struct sums *sums, const struct facts *facts, const struct oom_zone *zone, bool is_usable,
                     bool is_highest)
{
        int64_t order = facts->report->trigger.order, free_bytes = zone->counters[OOM_COUNTER_FREE];
        int64_t floor = floor_of(zone, is_highest, facts->page_bytes), request;

        if (free_bytes == OOM_UNKNOWN)
                return;
        if (!is_usable) {
                sums->free_elsewhere = oom_sum_known(sums->free_elsewhere, free_bytes);
                return;
        }
        sums->n_usable++;
        sums->free = oom_sum_known(sums->free, free_bytes);
        sums->floor = oom_sum_known(sums->floor, floor);
        request = order > 0 && order < OOM_ORDERS_MAX ? oom_pages_bytes((int64_t)1 << order, facts->page_bytes) : 0;
        if (floor == OOM_UNKNOWN || request == OOM_UNKNOWN || free_bytes < oom_sum(floor, request))
                return; /* OOM_UNKNOWN is less than everything: a floor that is too large is reached */
        sums->n_spare++;
        if (order <= 0 || order >= OOM_ORDERS_MAX || zone->buddy_bytes == OOM_UNKNOWN)
                return;
        if (has_block(zone, order))
                sums->n_blocks++;
        else
                sums->n_fragmented++;
}

static bool is_allowed(const struct facts *facts, const struct oom_zone *zone)
{
        const struct oom_node_set *nodes = allowed_nodes(facts->report);

        return !nodes || has_node(nodes, zone->node);
}

/* The highest zone shown that it can use. */
static const struct oom_zone *find_highest(const struct facts *facts, enum zone_rank asked)
{
        const struct oom_zone *highest = NULL;

        for (size_t i = 0; i < facts->memory->n_zones; i++) {
                const struct oom_zone *zone = &facts->memory->zones[i];

                if (rank_of(zone) <= asked && rank_of(zone) < RANK_OTHER && is_allowed(facts, zone) &&
                    (!highest || rank_of(zone) > rank_of(highest)))
                        highest = zone;
        }
        return highest;
}

static int64_t difference(int64_t whole, int64_t part)
{
        return whole == OOM_UNKNOWN || part == OOM_UNKNOWN || part > whole ? OOM_UNKNOWN : whole - part;
}

/* Sums over the zones shown. highest: NULL where it isn't known which of them it can use. */
static struct sums sum_up(const struct facts *facts, const struct oom_zone *highest, enum zone_rank asked)
{
        struct sums sums = { .free = OOM_UNKNOWN,
                             .floor = OOM_UNKNOWN,
                             .free_elsewhere = OOM_UNKNOWN,
                             .free_shown = OOM_UNKNOWN,
                             .free_allowed = OOM_UNKNOWN,
                             .managed_allowed = OOM_UNKNOWN };

        for (size_t i = 0; i < facts->memory->n_zones; i++) {
                const struct oom_zone *zone = &facts->memory->zones[i];
                int64_t size = zone->counters[OOM_COUNTER_MANAGED];

                sums.free_shown = oom_sum_known(sums.free_shown, zone->counters[OOM_COUNTER_FREE]);
                if (!is_allowed(facts, zone))
                        continue;
                if (size == OOM_UNKNOWN) /* before 3.9 */
                        size = zone->counters[OOM_COUNTER_PRESENT];
                sums.free_allowed = oom_sum_known(sums.free_allowed, zone->counters[OOM_COUNTER_FREE]);
                sums.managed_allowed = oom_sum_known(sums.managed_allowed, size);
                if (highest)
                        add_zone(&sums, facts, zone, rank_of(zone) <= asked, rank_of(zone) == rank_of(highest));
        }
        return sums;
}

struct zones zones_of(const struct facts *facts)
{
        struct zones zones = { .free_bytes = OOM_UNKNOWN,
                               .floor_bytes = OOM_UNKNOWN,
                               .free_in_other_zones_bytes = OOM_UNKNOWN,
                               .free_on_other_nodes_bytes = OOM_UNKNOWN,
                               .memory_on_other_nodes_bytes = OOM_UNKNOWN };
        enum zone_rank asked = rank_asked(&facts->report->trigger);
        int64_t free_bytes = facts_counter(facts, OOM_COUNTER_FREE);
        const struct oom_zone *highest;
        struct sums sums;

        if (!facts->memory || facts->memory->is_cut)
                return zones;
        highest = find_highest(facts, asked);
        sums = sum_up(facts, highest, asked);
        if (allowed_nodes(facts->report)) {
                zones.free_on_other_nodes_bytes = difference(free_bytes, sums.free_allowed);
                zones.memory_on_other_nodes_bytes = difference(facts->space_bytes, sums.managed_allowed);
        }
        if (!highest)
                return zones;
        zones.name = highest->name;
        zones.name_length = highest->name_length;
        zones.is_limited = asked <= RANK_NORMAL;
        zones.free_bytes = sums.free;
        zones.floor_bytes = sums.floor;
        zones.free_in_other_zones_bytes = sums.free_elsewhere;
        /* Zones above are hidden since 6.1; what is missing in the sum is there, if not on hidden nodes. */
        if (facts->report->scope == OOM_SCOPE_GLOBAL)
                zones.free_in_other_zones_bytes =
                        oom_sum_known(sums.free_elsewhere, difference(free_bytes, sums.free_shown));
        zones.is_exhausted = sums.n_usable > 0 && sums.n_spare == 0;
        zones.is_fragmented = sums.n_fragmented > 0 && sums.n_blocks == 0;
        return zones;
}
