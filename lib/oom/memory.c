#include "oom/memory.h"

void oom_memory_clear(struct oom_memory *memory)
{
        memory->is_known = memory->is_cut = memory->is_doubtful = false;
        memory->page_size_bytes = OOM_UNKNOWN;
        oom_set_unknown(memory->pages, OOM_COUNTER_COUNT);
        memory->pagecache_pages = memory->swapcache_pages = OOM_UNKNOWN;
        memory->swap_free_bytes = memory->swap_total_bytes = OOM_UNKNOWN;
        memory->ram_pages = memory->highmem_pages = memory->reserved_pages = OOM_UNKNOWN;
        memory->cma_reserved_pages = memory->hwpoisoned_pages = OOM_UNKNOWN;
        memory->n_nodes = memory->n_zones = memory->n_hugepages = 0;
        memory->n_slabs = memory->n_allocations = 0;
}

struct oom_node *oom_memory_node(struct oom_memory *memory, int64_t number)
{
        struct oom_node *node;

        for (size_t i = 0; i < memory->n_nodes; i++)
                if (memory->nodes[i].number == number)
                        return &memory->nodes[i];
        if (memory->n_nodes == OOM_NODES_MAX) {
                memory->is_cut = true;
                return NULL;
        }
        node = &memory->nodes[memory->n_nodes++];
        node->number = number;
        node->all_unreclaimable = OOM_UNKNOWN;
        oom_set_unknown(node->counters, OOM_COUNTER_COUNT);
        return node;
}

struct oom_zone *oom_memory_zone(struct oom_memory *memory, int64_t node, struct text name)
{
        struct oom_zone *zone;

        if (name.length > OOM_ZONE_NAME_MAX)
                name.length = OOM_ZONE_NAME_MAX;
        for (size_t i = 0; i < memory->n_zones; i++) {
                zone = &memory->zones[i];
                if (zone->node == node && text_equal((struct text){ zone->name, zone->name_length }, name))
                        return zone;
        }
        if (memory->n_zones == OOM_ZONES_MAX) {
                memory->is_cut = true;
                return NULL;
        }
        zone = &memory->zones[memory->n_zones++];
        zone->node = node;
        zone->name_length = (uint8_t)text_copy(name, zone->name, sizeof(zone->name));
        zone->all_unreclaimable = zone->buddy_bytes = OOM_UNKNOWN;
        oom_set_unknown(zone->counters, OOM_COUNTER_COUNT);
        oom_set_unknown(zone->lowmem_reserve_pages, OOM_ZONE_KINDS_MAX);
        oom_set_unknown(zone->free_blocks, OOM_ORDERS_MAX);
        return zone;
}

void oom_memcg_clear(struct oom_memcg *memcg)
{
        for (size_t i = 0; i < OOM_USAGE_COUNT; i++)
                memcg->usages[i] = (struct oom_usage){ OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN };
        memcg->is_stats_cut = false;
        memcg->n_stats = 0;
}

int64_t oom_memcg_stat(const struct oom_memcg *memcg, struct text name)
{
        for (size_t i = 0; i < memcg->n_stats; i++)
                if (text_equal((struct text){ memcg->stats[i].name, memcg->stats[i].name_length }, name))
                        return memcg->stats[i].value;
        return OOM_UNKNOWN;
}
