#include "oom/memory.h"

static void clear_numbers(int64_t *numbers, size_t count)
{
        for (size_t i = 0; i < count; i++)
                numbers[i] = OOM_UNKNOWN;
}

void oom_memory_clear(struct oom_memory *memory)
{
        memory->known = memory->is_cut = memory->is_doubtful = false;
        memory->page_size_bytes = OOM_UNKNOWN;
        clear_numbers(memory->pages, OOM_COUNTER_COUNT);
        memory->pagecache_pages = memory->swapcache_pages = OOM_UNKNOWN;
        memory->swap_free_bytes = memory->swap_total_bytes = OOM_UNKNOWN;
        memory->ram_pages = memory->highmem_pages = memory->reserved_pages = OOM_UNKNOWN;
        memory->cma_reserved_pages = memory->hwpoisoned_pages = OOM_UNKNOWN;
        memory->nodes_used = memory->zones_used = memory->hugepages_used = 0;
        memory->slabs_used = memory->allocations_used = 0;
}

void oom_memcg_clear(struct oom_memcg *memcg)
{
        for (size_t i = 0; i < OOM_USAGE_COUNT; i++)
                memcg->usages[i] = (struct oom_usage){ OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN };
        memcg->stats_cut = false;
        memcg->stats_used = 0;
}

int64_t oom_memcg_stat(const struct oom_memcg *memcg, struct text name)
{
        for (size_t i = 0; i < memcg->stats_used; i++)
                if (text_equal((struct text){ memcg->stats[i].name, memcg->stats[i].name_length }, name))
                        return memcg->stats[i].value;
        return OOM_UNKNOWN;
}
