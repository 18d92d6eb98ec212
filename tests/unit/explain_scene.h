/* tests/unit/explain_scene.h: incidents for the tests of lib/explain, with verdicts made by hand. */

#pragma once

#include "explain/explain.h"
#include "harness.h"
#include "util/utf8.h"

#define KIB(n) ((int64_t)(n) << 10)
#define MIB(n) ((int64_t)(n) << 20)
#define GIB(n) ((int64_t)(n) << 30)
#define PAGE   KIB(4)

struct scene {
        struct oom_report report;
        struct oom_incident incident;
        struct oom_verdict verdict;
        struct oom_explanation explanation;
};

static inline struct oom_candidate row(int64_t pid, const char *comm, int64_t rss_bytes, int64_t adj)
{
        struct oom_candidate candidate = { .pid = pid,
                                           .uid = 0,
                                           .rss_bytes = rss_bytes,
                                           .swap_bytes = 0,
                                           .pgtables_bytes = KIB(64),
                                           .oom_score_adj = adj,
                                           .badness = rss_bytes / PAGE + 16,
                                           .is_killable = adj != -1000 };

        oom_name_set(&candidate.comm, text_from(comm));
        return candidate;
}

static inline void set_rows(struct scene *scene, const struct oom_candidate rows[], size_t count)
{
        int64_t rss_bytes = 0, exempt_bytes = 0;

        scene->verdict.n_candidates = (uint8_t)count;
        scene->verdict.candidates_total = (int64_t)count;
        scene->verdict.n_holders = 0;
        for (size_t i = 0; i < count; i++) {
                scene->verdict.candidates[i] = rows[i];
                if (i < OOM_HOLDERS_MAX)
                        scene->verdict.holders[scene->verdict.n_holders++] = rows[i];
                rss_bytes += rows[i].rss_bytes;
                if (rows[i].oom_score_adj == -1000)
                        exempt_bytes += rows[i].rss_bytes;
        }
        scene->report.tasks.is_known = scene->report.tasks.is_complete = true;
        scene->report.tasks.count = count;
        scene->report.tasks.unkillable_pages = exempt_bytes / PAGE;
        scene->report.tasks.sums[OOM_COLUMN_RSS] = rss_bytes / PAGE;
        scene->report.tasks.sums[OOM_COLUMN_SWAPENTS] = 0;
}

/* A kill of which nothing is known but the victim, chosen rightly: hog, pid 7, 100 MiB, beside one small process. */
static inline struct scene *scene_new(enum oom_scope scope)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        struct oom_victim *victim;
        struct oom_verdict *verdict;

        ck_assert_ptr_nonnull(scene);
        victim = &scene->incident.victim;
        verdict = &scene->verdict;
        oom_report_clear(&scene->report, 1, 1);
        scene->report.scope = scope;
        scene->incident = (struct oom_incident){ .type = OOM_TYPE_KILL, .report = &scene->report, .chosen_pid = 7 };
        victim->pid = 7;
        oom_name_set(&victim->comm, TEXT("hog"));
        victim->anon_rss_bytes = MIB(100);
        victim->uid = victim->total_vm_bytes = victim->file_rss_bytes = victim->shmem_rss_bytes = OOM_UNKNOWN;
        victim->pgtables_bytes = victim->oom_score_adj = victim->score = OOM_UNKNOWN;
        *verdict = (struct oom_verdict){ .page_size_bytes = PAGE,
                                         .totalpages_bytes = OOM_UNKNOWN,
                                         .kind = OOM_VERDICT_CONSISTENT,
                                         .rank = 1,
                                         .ties = 0,
                                         .has_chosen = true,
                                         .has_victim = true };
        verdict->chosen = verdict->victim = row(7, "hog", MIB(100), 0);
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(8, "small", MIB(1), 0) }, 2);
        return scene;
}

/* The kernel announced parent, pid 6, which has a row of its own. */
static inline void name_parent(struct scene *scene, int64_t held_bytes)
{
        scene->report.parts |= OOM_PART_ANNOUNCEMENT;
        scene->incident.chosen_pid = 6;
        oom_name_set(&scene->incident.chosen_comm, TEXT("parent"));
        scene->incident.chosen_row.state = OOM_ROW_FOUND;
        scene->incident.chosen_row.task.values[OOM_COLUMN_PID] = 6;
        scene->incident.chosen_row.task.values[OOM_COLUMN_TGID] = 6;
        scene->verdict.chosen = row(6, "parent", held_bytes, 0);
}

/* The same, but no row has that pid: it may be a thread's. */
static inline void name_thread(struct scene *scene)
{
        name_parent(scene, 0);
        scene->incident.chosen_row.state = OOM_ROW_NONE;
        scene->verdict.kind = OOM_VERDICT_NONE;
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NOT_IN_TABLE;
        scene->verdict.has_chosen = false;
        scene->verdict.rank = scene->verdict.ties = OOM_UNKNOWN;
}

/* A cgroup at its limit of 120 MiB. */
static inline struct scene *scene_memcg(void)
{
        struct scene *scene = scene_new(OOM_SCOPE_MEMCG);

        oom_path_set(&scene->report.limit_memcg, TEXT("/a.slice"));
        oom_path_set(&scene->incident.victim.task_memcg, TEXT("/a.slice"));
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ MIB(120), MIB(120), 5 };
        return scene;
}

static inline void add_zone(struct scene *scene, int64_t node, const char *name, int64_t free_bytes, int64_t min_bytes)
{
        struct oom_zone *zone = &scene->report.memory.zones[scene->report.memory.n_zones++];

        *zone = (struct oom_zone){ .node = node, .all_unreclaimable = OOM_UNKNOWN, .buddy_bytes = OOM_UNKNOWN };
        zone->name_length = (uint8_t)strlen(name);
        memcpy(zone->name, name, strlen(name));
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                zone->counters[i] = OOM_UNKNOWN;
        for (size_t i = 0; i < OOM_ORDERS_MAX; i++)
                zone->free_blocks[i] = OOM_UNKNOWN;
        for (size_t i = 0; i < sizeof(zone->lowmem_reserve_pages) / sizeof(int64_t); i++)
                zone->lowmem_reserve_pages[i] = OOM_UNKNOWN;
        zone->counters[OOM_COUNTER_FREE] = free_bytes;
        zone->counters[OOM_COUNTER_MIN] = min_bytes;
}

static inline void set_buddy(struct scene *scene, size_t zone_number, int64_t singles, int64_t of_order_3)
{
        struct oom_zone *zone = &scene->report.memory.zones[zone_number];

        for (size_t i = 0; i <= 10; i++)
                zone->free_blocks[i] = 0;
        zone->free_blocks[0] = singles;
        zone->free_blocks[3] = of_order_3;
        zone->buddy_bytes = (singles + 8 * of_order_3) * PAGE;
}

/* A machine of 1 GiB (and 16 MiB reserved) with 20 MiB free, all of it in use by processes' anonymous memory. */
static inline struct scene *scene_global(void)
{
        struct scene *scene = scene_new(OOM_SCOPE_GLOBAL);
        struct oom_memory *memory = &scene->report.memory;

        memory->is_known = true;
        memory->page_size_bytes = PAGE;
        memory->ram_pages = MIB(1040) / PAGE;
        memory->reserved_pages = MIB(16) / PAGE;
        memory->swap_total_bytes = GIB(1);
        memory->swap_free_bytes = MIB(512);
        memory->pages[OOM_COUNTER_FREE] = MIB(20) / PAGE;
        memory->pages[OOM_COUNTER_ACTIVE_ANON] = MIB(500) / PAGE;
        memory->pages[OOM_COUNTER_INACTIVE_ANON] = MIB(400) / PAGE;
        memory->pages[OOM_COUNTER_ACTIVE_FILE] = memory->pages[OOM_COUNTER_INACTIVE_FILE] = MIB(2) / PAGE;
        memory->pages[OOM_COUNTER_DIRTY] = memory->pages[OOM_COUNTER_WRITEBACK] = 0;
        memory->pages[OOM_COUNTER_UNEVICTABLE] = memory->pages[OOM_COUNTER_FREE_CMA] = 0;
        memory->pages[OOM_COUNTER_SLAB_RECLAIMABLE] = memory->pages[OOM_COUNTER_SLAB_UNRECLAIMABLE] = MIB(10) / PAGE;
        memory->pages[OOM_COUNTER_PAGETABLES] = MIB(4) / PAGE;
        memory->pages[OOM_COUNTER_SHMEM] = MIB(4) / PAGE;
        scene->report.trigger.order = 0;
        scene->report.trigger.gfp_mask = 0x140cca; /* GFP_HIGHUSER_MOVABLE|__GFP_COMP of 6.x */
        add_zone(scene, 0, "DMA", MIB(4), MIB(4));
        add_zone(scene, 0, "DMA32", MIB(16), MIB(20));
        return scene;
}

static inline void set_stat(struct scene *scene, const char *name, int64_t value)
{
        struct oom_stat *stat = &scene->report.memcg.stats[scene->report.memcg.n_stats++];

        stat->name_length = (uint8_t)strlen(name);
        memcpy(stat->name, name, strlen(name));
        stat->value = value;
}

static inline void allow_node(struct oom_node_set *set, unsigned node)
{
        set->is_known = true;
        set->bits[node / 64] |= (uint64_t)1 << (node % 64);
}

static inline void check_is_safe(const char *sentence)
{
        uint32_t character;

        for (struct text text = text_from(sentence); text.length > 0;) {
                text = text_from_offset(text, utf8_next(text, &character));
                ck_assert(character != UTF8_INVALID && !utf8_is_unsafe(character));
        }
}
