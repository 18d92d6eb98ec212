#include "alert/json_report.h"

#include <stdio.h>

/* A name of a statistic or a counter, "_bytes", and the terminator. */
#define KEY_SIZE (OOM_STAT_NAME_MAX + sizeof("_bytes"))

/* Adds a list with an object of each item, unless there is none. */
static void add_each(struct object *object, const char *key, const void *items, size_t n_items, size_t item_size,
                     void (*add)(struct object *object, const void *item))
{
        struct object list = object_begin_list(object, key);

        for (size_t i = 0; i < n_items; i++) {
                struct object child = list_begin_object(&list);

                add(&child, (const char *)items + i * item_size);
                object_end(&child);
        }
        object_end(&list);
}
#define ADD_EACH(object, key, items, n_items, add) add_each(object, key, items, n_items, sizeof((items)[0]), add)

/* The keys are literals, as object_add_number() needs them. */
#define ADD_USAGE(limit, prefix, usage)                                                                                \
        add_usage(limit, prefix "usage_bytes", prefix "limit_bytes", prefix "failcnt", usage)
static void add_usage(struct object *limit, const char *usage_key, const char *limit_key, const char *failcnt_key,
                      const struct oom_usage *usage)
{
        object_add_number(limit, usage_key, usage->usage_bytes);
        if (usage->limit_bytes != OOM_UNLIMITED)
                object_add_number(limit, limit_key, usage->limit_bytes);
        object_add_number(limit, failcnt_key, usage->failcnt);
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
        struct object object = object_begin_object(limit, "stats");

        for (size_t i = 0; i < memcg->n_stats; i++) {
                const struct oom_stat *stat = &memcg->stats[i];
                char key[KEY_SIZE];

                if (!is_stat_name((struct text){ stat->name, stat->name_length }))
                        continue;
                (void)snprintf(key, sizeof(key), "%.*s", (int)stat->name_length, stat->name); /* it fits */
                object_add_number(&object, key, stat->value);
        }
        object_end(&object);
}

static void add_protection(struct object *object, const struct oom_report *report)
{
        object_add_number(object, "protected_min_bytes", report->protection.min_bytes);
        object_add_number(object, "protected_low_bytes", report->protection.low_bytes);
}

void json_add_limit(struct object *alert_object, const struct alert *alert)
{
        const struct oom_path *limit_memcg = &alert->report->limit_memcg;
        const struct oom_memcg *memcg = &alert->report->memcg;
        const struct oom_usage *memsw = &memcg->usages[OOM_USAGE_MEMSW];
        struct object object = object_begin_object(alert_object, "limit");

        if (limit_memcg->is_known)
                OBJECT_ADD_BYTES(&object, "cgroup", oom_path_text(limit_memcg));
        if (limit_memcg->is_known && limit_memcg->is_cut)
                object_add_bool(&object, "cgroup_cut", true);
        object_add_word(&object, "unit", alert->limit_owner.unit);
        ADD_USAGE(&object, "", &memcg->usages[OOM_USAGE_MEMORY]);
        /* A cgroup has either, by its version. */
        ADD_USAGE(&object, "swap_", memsw->usage_bytes != OOM_UNKNOWN ? memsw : &memcg->usages[OOM_USAGE_SWAP]);
        ADD_USAGE(&object, "kmem_", &memcg->usages[OOM_USAGE_KMEM]);
        /* Other reports print it too, of the machine. */
        if (alert->report->scope == OOM_SCOPE_MEMCG)
                add_protection(&object, alert->report);
        add_stats(&object, memcg);
        object_end(&object);
}

/* sizes are in units of unit_bytes. */
static void add_counters(struct object *object, const int64_t counters[OOM_COUNTER_COUNT], int64_t unit_bytes)
{
        for (enum oom_counter counter = 0; counter < OOM_COUNTER_COUNT; counter++) {
                bool is_size = counter != OOM_COUNTER_PAGES_SCANNED;
                char key[KEY_SIZE] = "";
                size_t length;

                if (counters[counter] == OOM_UNKNOWN)
                        continue;
                length = text_copy(text_from(oom_counter_name(counter)), key, OOM_STAT_NAME_MAX);
                if (is_size)
                        memcpy(key + length, "_bytes", sizeof("_bytes"));
                object_add_number(object, key,
                                  is_size ? oom_pages_bytes(counters[counter], unit_bytes) : counters[counter]);
        }
}

static void add_reclaimable(struct object *object, int64_t all_unreclaimable)
{
        if (all_unreclaimable != OOM_UNKNOWN)
                object_add_bool(object, "all_unreclaimable", all_unreclaimable != 0);
}

static void add_node(struct object *object, const void *item)
{
        const struct oom_node *node = item;

        object_add_number(object, "node", node->number);
        add_counters(object, node->counters, 1);
        add_reclaimable(object, node->all_unreclaimable);
}

/* Two to this power is the number of pages of the largest free block; unknown, too, when nothing is free. */
static int64_t largest_free_order(const struct oom_zone *zone)
{
        for (int64_t order = OOM_ORDERS_MAX; order-- > 0;)
                if (zone->free_blocks[order] > 0)
                        return order;
        return OOM_UNKNOWN;
}

static void add_zone(struct object *object, const void *item)
{
        const struct oom_zone *zone = item;

        object_add_number(object, "node", zone->node);
        OBJECT_ADD_BYTES(object, "name", ((struct text){ zone->name, zone->name_length }));
        add_counters(object, zone->counters, 1);
        object_add_number(object, "largest_free_order", largest_free_order(zone));
        add_reclaimable(object, zone->all_unreclaimable);
}

static void add_hugepages(struct object *object, const void *item)
{
        const struct oom_hugepages *hugepages = item;

        object_add_number(object, "node", hugepages->node);
        object_add_number(object, "size_bytes", hugepages->size_bytes);
        object_add_number(object, "total", hugepages->total);
        object_add_number(object, "free", hugepages->free);
        object_add_number(object, "surplus", hugepages->surplus);
}

static void add_slab(struct object *object, const void *item)
{
        const struct oom_slab *slab = item;

        OBJECT_ADD_BYTES(object, "name", ((struct text){ slab->name, slab->name_length }));
        object_add_number(object, "used_bytes", slab->used_bytes);
        object_add_number(object, "total_bytes", slab->total_bytes);
}

static void add_allocation(struct object *object, const void *item)
{
        const struct oom_allocation *allocation = item;

        OBJECT_ADD_BYTES(object, "where", ((struct text){ allocation->where, allocation->where_length }));
        object_add_number(object, "bytes", allocation->bytes);
        object_add_number(object, "calls", allocation->calls);
}

void json_add_memory(struct object *alert_object, const struct alert *alert, bool is_whole)
{
        const struct oom_memory *memory = &alert->report->memory;
        int64_t page_bytes = alert_page_bytes(alert);
        struct object object;

        if (!memory->is_known || memory->is_doubtful)
                return;
        object = object_begin_object(alert_object, "memory");
        object_add_number(&object, "page_size_bytes", page_bytes);
        object_add_number(&object, "total_bytes", oom_pages_bytes(oom_memory_managed_pages(memory), page_bytes));
        object_add_number(&object, "swap_total_bytes", memory->swap_total_bytes);
        object_add_number(&object, "swap_free_bytes", memory->swap_free_bytes);
        add_counters(&object, memory->pages, page_bytes);
        object_add_number(&object, "pagecache_bytes", oom_pages_bytes(memory->pagecache_pages, page_bytes));
        object_add_number(&object, "swapcache_bytes", oom_pages_bytes(memory->swapcache_pages, page_bytes));
        object_add_number(&object, "ram_bytes", oom_pages_bytes(memory->ram_pages, page_bytes));
        object_add_number(&object, "reserved_bytes", oom_pages_bytes(memory->reserved_pages, page_bytes));
        object_add_number(&object, "highmem_bytes", oom_pages_bytes(memory->highmem_pages, page_bytes));
        object_add_number(&object, "cma_reserved_bytes", oom_pages_bytes(memory->cma_reserved_pages, page_bytes));
        object_add_number(&object, "hwpoisoned_bytes", oom_pages_bytes(memory->hwpoisoned_pages, page_bytes));
        add_protection(&object, alert->report);
        if (is_whole) {
                ADD_EACH(&object, "nodes", memory->nodes, memory->n_nodes, add_node);
                ADD_EACH(&object, "zones", memory->zones, memory->n_zones, add_zone);
        }
        ADD_EACH(&object, "hugepages", memory->hugepages, memory->n_hugepages, add_hugepages);
        ADD_EACH(&object, "slabs", memory->slabs, memory->n_slabs, add_slab);
        ADD_EACH(&object, "allocations", memory->allocations, memory->n_allocations, add_allocation);
        if (memory->is_cut || !is_whole)
                object_add_bool(&object, "cut", true);
        object_end(&object);
}

static void add_candidate(struct object *object, const void *item)
{
        const struct oom_candidate *candidate = item;

        object_add_number(object, "pid", candidate->pid);
        object_add_comm(object, &candidate->comm);
        object_add_number(object, "uid", candidate->uid);
        object_add_number(object, "rss_bytes", candidate->rss_bytes);
        object_add_number(object, "swap_bytes", candidate->swap_bytes);
        object_add_number(object, "pgtables_bytes", candidate->pgtables_bytes);
        object_add_number(object, "oom_score_adj", candidate->oom_score_adj);
        object_add_number(object, "badness", candidate->badness);
        object_add_bool(object, "killable", candidate->is_killable);
}

static void add_hint(struct object *object, const void *item)
{
        const struct oom_hint *hint = item;

        object_add_word(object, "code", hint->code);
        object_add_word(object, "text", hint->text);
}

void json_add_verdict(struct object *alert_object, const struct alert *alert)
{
        const struct oom_verdict *verdict = &alert->verdict;
        struct object object;

        if (!alert->has_verdict)
                return;
        ADD_EACH(alert_object, "candidates", verdict->candidates, verdict->n_candidates, add_candidate);
        object_add_number(alert_object, "candidates_total", verdict->candidates_total);
        object = object_begin_object(alert_object, "verdict");
        if (verdict->kind != OOM_VERDICT_NONE)
                object_add_bool(&object, "consistent", verdict->kind == OOM_VERDICT_CONSISTENT);
        object_add_number(&object, "rank", verdict->rank);
        object_add_word(&object, "reason", alert->explanation.reason);
        ADD_EACH(&object, "hints", alert->explanation.hints, alert->explanation.n_hints, add_hint);
        object_end(&object);
}
