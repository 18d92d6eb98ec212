#include "alert/json_report.h"

#include <stdio.h>

/* A name of a statistic or a counter, "_bytes", and the terminator. */
#define KEY_SIZE (OOM_STAT_NAME_MAX + sizeof("_bytes"))

/* --- the limit ------------------------------------------------------------------------------------------------------ */

struct usage_keys {
        const char *usage, *limit, *failcnt;
};

static void add_usage(struct object *limit, const struct usage_keys *keys, const struct oom_usage *usage)
{
        object_add_number(limit, keys->usage, usage->usage_bytes);
        if (usage->limit_bytes != OOM_UNLIMITED)
                object_add_number(limit, keys->limit, usage->limit_bytes);
        object_add_number(limit, keys->failcnt, usage->failcnt);
}

/* The kernel's names have these characters only; whatever else a line held is not one of them. */
static bool is_stat_name(struct text name)
{
        for (size_t i = 0; i < name.length; i++) {
                char c = name.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
                        return false;
        }
        return name.length > 0;
}

static void add_stats(struct object *limit, const struct oom_memcg *memcg)
{
        struct object object = { 0 };

        for (size_t i = 0; i < memcg->n_stats; i++) {
                const struct oom_stat *stat = &memcg->stats[i];
                char key[KEY_SIZE];

                if (!is_stat_name((struct text){ stat->name, stat->name_length }))
                        continue;
                (void)snprintf(key, sizeof(key), "%.*s", (int)stat->name_length, stat->name); /* it fits */
                object_add_named_number(&object, key, stat->value);
        }
        object_add_object(limit, "stats", &object);
}

static void add_protection(struct object *object, const struct oom_report *report)
{
        object_add_number(object, "protected_min_bytes", report->protection.min_bytes);
        object_add_number(object, "protected_low_bytes", report->protection.low_bytes);
}

void json_add_limit(struct object *alert_object, const struct alert *alert)
{
        static const struct usage_keys memory = { "usage_bytes", "limit_bytes", "failcnt" };
        static const struct usage_keys swap = { "swap_usage_bytes", "swap_limit_bytes", "swap_failcnt" };
        static const struct usage_keys kmem = { "kmem_usage_bytes", "kmem_limit_bytes", "kmem_failcnt" };
        const struct oom_path *limit_memcg = &alert->report->limit_memcg;
        const struct oom_memcg *memcg = &alert->report->memcg;
        const struct oom_usage *memsw = &memcg->usages[OOM_USAGE_MEMSW];
        struct object object = { 0 };

        if (limit_memcg->is_known)
                OBJECT_ADD_BYTES(&object, "cgroup", oom_path_text(limit_memcg));
        object_add_word(&object, "unit", alert->limit_owner.unit);
        add_usage(&object, &memory, &memcg->usages[OOM_USAGE_MEMORY]);
        /* A cgroup has either, by its version. */
        add_usage(&object, &swap, memsw->usage_bytes != OOM_UNKNOWN ? memsw : &memcg->usages[OOM_USAGE_SWAP]);
        add_usage(&object, &kmem, &memcg->usages[OOM_USAGE_KMEM]);
        /* Other reports print it too, of the machine. */
        if (alert->report->scope == OOM_SCOPE_MEMCG)
                add_protection(&object, alert->report);
        add_stats(&object, memcg);
        object_add_object(alert_object, "limit", &object);
}

/* --- the machine's memory ------------------------------------------------------------------------------------------- */

static void add_counter(struct object *object, enum oom_counter counter, int64_t bytes)
{
        char key[KEY_SIZE];

        if (counter == OOM_COUNTER_PAGES_SCANNED)
                (void)snprintf(key, sizeof(key), "%s", oom_counter_name(counter)); /* they fit */
        else
                (void)snprintf(key, sizeof(key), "%s_bytes", oom_counter_name(counter));
        object_add_named_number(object, key, bytes);
}

static void add_counters(struct object *object, const int64_t counters[OOM_COUNTER_COUNT])
{
        for (enum oom_counter counter = 0; counter < OOM_COUNTER_COUNT; counter++)
                add_counter(object, counter, counters[counter]);
}

static void add_summary(struct object *object, const struct oom_memory *memory, int64_t page_bytes)
{
        for (enum oom_counter counter = 0; counter < OOM_COUNTER_COUNT; counter++)
                add_counter(object, counter,
                            counter == OOM_COUNTER_PAGES_SCANNED ? memory->pages[counter]
                                                                 : oom_pages_bytes(memory->pages[counter], page_bytes));
        object_add_number(object, "pagecache_bytes", oom_pages_bytes(memory->pagecache_pages, page_bytes));
        object_add_number(object, "swapcache_bytes", oom_pages_bytes(memory->swapcache_pages, page_bytes));
        object_add_number(object, "ram_bytes", oom_pages_bytes(memory->ram_pages, page_bytes));
        object_add_number(object, "reserved_bytes", oom_pages_bytes(memory->reserved_pages, page_bytes));
        object_add_number(object, "highmem_bytes", oom_pages_bytes(memory->highmem_pages, page_bytes));
        object_add_number(object, "cma_reserved_bytes", oom_pages_bytes(memory->cma_reserved_pages, page_bytes));
        object_add_number(object, "hwpoisoned_bytes", oom_pages_bytes(memory->hwpoisoned_pages, page_bytes));
}

static void add_reclaimable(struct object *object, int64_t all_unreclaimable)
{
        if (all_unreclaimable != OOM_UNKNOWN)
                object_add_bool(object, "all_unreclaimable", all_unreclaimable != 0);
}

static void add_nodes(struct object *memory_object, const struct oom_memory *memory)
{
        struct list list = { 0 };

        for (size_t i = 0; i < memory->n_nodes; i++) {
                struct object object = { 0 };

                object_add_number(&object, "node", memory->nodes[i].number);
                add_counters(&object, memory->nodes[i].counters);
                add_reclaimable(&object, memory->nodes[i].all_unreclaimable);
                list_add_object(&list, &object);
        }
        object_add_list(memory_object, "nodes", &list);
}

/* Two to this power is the number of pages of the largest free block; unknown, too, when nothing is free. */
static int64_t largest_free_order(const struct oom_zone *zone)
{
        for (int64_t order = OOM_ORDERS_MAX; order-- > 0;)
                if (zone->free_blocks[order] > 0)
                        return order;
        return OOM_UNKNOWN;
}

static void add_zones(struct object *memory_object, const struct oom_memory *memory)
{
        struct list list = { 0 };

        for (size_t i = 0; i < memory->n_zones; i++) {
                const struct oom_zone *zone = &memory->zones[i];
                struct object object = { 0 };

                object_add_number(&object, "node", zone->node);
                OBJECT_ADD_BYTES(&object, "name", ((struct text){ zone->name, zone->name_length }));
                add_counters(&object, zone->counters);
                object_add_number(&object, "largest_free_order", largest_free_order(zone));
                add_reclaimable(&object, zone->all_unreclaimable);
                list_add_object(&list, &object);
        }
        object_add_list(memory_object, "zones", &list);
}

static void add_hugepages(struct object *memory_object, const struct oom_memory *memory)
{
        struct list list = { 0 };

        for (size_t i = 0; i < memory->n_hugepages; i++) {
                const struct oom_hugepages *hugepages = &memory->hugepages[i];
                struct object object = { 0 };

                object_add_number(&object, "node", hugepages->node);
                object_add_number(&object, "size_bytes", hugepages->size_bytes);
                object_add_number(&object, "total", hugepages->total);
                object_add_number(&object, "free", hugepages->free);
                object_add_number(&object, "surplus", hugepages->surplus);
                list_add_object(&list, &object);
        }
        object_add_list(memory_object, "hugepages", &list);
}

static void add_slabs(struct object *memory_object, const struct oom_memory *memory)
{
        struct list list = { 0 };

        for (size_t i = 0; i < memory->n_slabs; i++) {
                const struct oom_slab *slab = &memory->slabs[i];
                struct object object = { 0 };

                OBJECT_ADD_BYTES(&object, "name", ((struct text){ slab->name, slab->name_length }));
                object_add_number(&object, "used_bytes", slab->used_bytes);
                object_add_number(&object, "total_bytes", slab->total_bytes);
                list_add_object(&list, &object);
        }
        object_add_list(memory_object, "slabs", &list);
}

static void add_allocations(struct object *memory_object, const struct oom_memory *memory)
{
        struct list list = { 0 };

        for (size_t i = 0; i < memory->n_allocations; i++) {
                const struct oom_allocation *allocation = &memory->allocations[i];
                struct object object = { 0 };

                OBJECT_ADD_BYTES(&object, "where", ((struct text){ allocation->where, allocation->where_length }));
                object_add_number(&object, "bytes", allocation->bytes);
                object_add_number(&object, "calls", allocation->calls);
                list_add_object(&list, &object);
        }
        object_add_list(memory_object, "allocations", &list);
}

void json_add_memory(struct object *alert_object, const struct alert *alert, bool is_whole)
{
        const struct oom_memory *memory = &alert->report->memory;
        int64_t page_bytes = alert_page_bytes(alert);
        struct object object = { 0 };

        if (!memory->is_known || memory->is_doubtful)
                return;
        object_add_number(&object, "page_size_bytes", page_bytes);
        object_add_number(&object, "total_bytes", oom_pages_bytes(oom_memory_managed_pages(memory), page_bytes));
        object_add_number(&object, "swap_total_bytes", memory->swap_total_bytes);
        object_add_number(&object, "swap_free_bytes", memory->swap_free_bytes);
        add_summary(&object, memory, page_bytes);
        add_protection(&object, alert->report);
        if (is_whole) {
                add_nodes(&object, memory);
                add_zones(&object, memory);
        }
        add_hugepages(&object, memory);
        add_slabs(&object, memory);
        add_allocations(&object, memory);
        if (memory->is_cut || !is_whole)
                object_add_bool(&object, "cut", true);
        object_add_object(alert_object, "memory", &object);
}

/* --- the choice ----------------------------------------------------------------------------------------------------- */

static void add_candidates(struct object *alert_object, const struct oom_verdict *verdict)
{
        struct list list = { 0 };

        for (size_t i = 0; i < verdict->n_candidates; i++) {
                const struct oom_candidate *candidate = &verdict->candidates[i];
                struct object object = { 0 };

                object_add_number(&object, "pid", candidate->pid);
                object_add_comm(&object, &candidate->comm);
                object_add_number(&object, "uid", candidate->uid);
                object_add_number(&object, "rss_bytes", candidate->rss_bytes);
                object_add_number(&object, "swap_bytes", candidate->swap_bytes);
                object_add_number(&object, "pgtables_bytes", candidate->pgtables_bytes);
                object_add_number(&object, "oom_score_adj", candidate->oom_score_adj);
                object_add_number(&object, "badness", candidate->badness);
                object_add_bool(&object, "killable", candidate->is_killable);
                list_add_object(&list, &object);
        }
        object_add_list(alert_object, "candidates", &list);
        object_add_number(alert_object, "candidates_total", verdict->candidates_total);
}

static void add_hints(struct object *verdict, const struct oom_explanation *explanation)
{
        struct list list = { 0 };

        for (size_t i = 0; i < explanation->n_hints; i++) {
                char line[OOM_SENTENCE_MAX + 64];

                (void)snprintf(line, sizeof(line), "%s: %s", explanation->hints[i].name,
                               explanation->hints[i].sentence); /* it fits */
                list_add_word(&list, line);
        }
        object_add_list(verdict, "hints", &list);
}

void json_add_verdict(struct object *alert_object, const struct alert *alert)
{
        const struct oom_verdict *verdict = &alert->verdict;
        struct object object = { 0 };

        if (!alert->has_verdict)
                return;
        add_candidates(alert_object, verdict);
        if (verdict->kind != OOM_VERDICT_NONE)
                object_add_bool(&object, "consistent", verdict->kind == OOM_VERDICT_CONSISTENT);
        object_add_number(&object, "rank", verdict->rank);
        object_add_word(&object, "reason", alert->explanation.reason);
        add_hints(&object, &alert->explanation);
        object_add_object(alert_object, "verdict", &object);
}
