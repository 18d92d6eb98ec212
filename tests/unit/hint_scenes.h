/* tests/unit/hint_scenes.h: what makes each hint true, or nearly so (test_hints.c). */

#pragma once

#include "explain_scene.h"

static void make_manual_request(struct scene *scene)
{
        scene->report.trigger.is_sysrq = true;
}

static void make_allocating_task(struct scene *scene)
{
        scene->report.is_allocating_task = true;
}

static void make_group(struct scene *scene)
{
        scene->incident.is_group_member = true;
        oom_path_set(&scene->incident.group_memcg, TEXT("/a.slice"));
}

static void make_child(struct scene *scene)
{
        name_parent(scene, MIB(150));
}

/* The leader has no memory any more, a thread is killed for it; it was not announced as one whose child may be. */
static void make_thread(struct scene *scene)
{
        name_parent(scene, MIB(100));
        scene->report.parts = OOM_PART_SUMMARY;
}

static void make_named_without_row(struct scene *scene)
{
        name_thread(scene);
}

static void make_dma32_only(struct scene *scene)
{
        scene->report.trigger.gfp_mask = 0xcc4;
        scene->report.memory.zones[0].lowmem_reserve_pages[2] = MIB(100) / PAGE;
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(320) / PAGE;
        add_zone(scene, 0, "Normal", MIB(300), MIB(20));
}

/* As from 6.1 on: the zone above is not shown, but the total of what is free has it. */
static void make_dma32_only_hidden(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.memory.n_zones--;
}

static void make_dma32_with_spare(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(21);
}

/* The reserve of the highest zone that it can use is kept from nobody who may use that zone alone. */
static void make_dma32_with_spare_and_reserve(struct scene *scene)
{
        make_dma32_with_spare(scene);
        scene->report.memory.zones[1].lowmem_reserve_pages[3] = MIB(100) / PAGE;
}

/* The mask that is printed for a page fault says nothing of zones. */
static void make_page_fault(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.trigger.gfp_mask = 0;
        scene->report.memory.n_zones--;
        add_zone(scene, 0, "HighMem", MIB(300), MIB(20));
}

static void make_fragmented(struct scene *scene)
{
        scene->report.trigger.order = 3;
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(40);
        set_buddy(scene, 0, 0, 128);
        set_buddy(scene, 1, MIB(40) / PAGE, 0);
}

static void make_order_3_with_blocks(struct scene *scene)
{
        make_fragmented(scene);
        set_buddy(scene, 1, MIB(39) / PAGE, 32);
}

static void make_order_3_without_memory(struct scene *scene)
{
        make_fragmented(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(20);
}

static void make_confined(struct scene *scene)
{
        scene->report.scope = OOM_SCOPE_CPUSET;
        allow_node(&scene->report.mems_allowed, 0);
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(320) / PAGE;
}

/* All nodes are shown: the total is in none but these. */
static void make_policy(struct scene *scene)
{
        make_confined(scene);
        scene->report.scope = OOM_SCOPE_MEMPOLICY;
        scene->report.mems_allowed.is_known = false;
        allow_node(&scene->report.nodemask, 0);
        add_zone(scene, 1, "Normal", MIB(300), MIB(20));
}

static void make_confined_all_full(struct scene *scene)
{
        make_confined(scene);
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(20) / PAGE;
}

/* What is free elsewhere was not printed: then it is in the RAM that is not shown. */
static void make_confined_by_totals(struct scene *scene)
{
        make_confined(scene);
        scene->report.memory.pages[OOM_COUNTER_FREE] = OOM_UNKNOWN;
        scene->report.memory.zones[0].counters[OOM_COUNTER_MANAGED] = MIB(16);
        scene->report.memory.zones[1].counters[OOM_COUNTER_PRESENT] = MIB(496);
}

static void make_free_cma(struct scene *scene)
{
        scene->report.trigger.gfp_mask = 0xcc0;
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(100) / PAGE;
        scene->report.memory.pages[OOM_COUNTER_FREE_CMA] = MIB(80) / PAGE;
}

static void make_free_cma_movable(struct scene *scene)
{
        make_free_cma(scene);
        scene->report.trigger.gfp_mask = 0xcca;
}

static void make_ancestor(struct scene *scene)
{
        oom_path_set(&scene->incident.victim.task_memcg, TEXT("/a.slice/b.service"));
}

static void make_not_below(struct scene *scene)
{
        oom_path_set(&scene->incident.victim.task_memcg, TEXT("/a.slicer/b.service"));
}

static void make_larger_adjusted(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(9, "db", MIB(300), -500) }, 2);
}

static void make_larger_exempt(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(9, "db", MIB(300), -1000) }, 2);
        scene->report.tasks.n_unkillable = 1;
}

static void make_equally_large(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(9, "db", MIB(100), 0), row(7, "hog", MIB(100), 0) }, 2);
}

static void make_small_exempt(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(9, "sshd", MIB(3), -1000) }, 2);
        scene->report.tasks.n_unkillable = 1;
}

static void make_all_exempt(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(5), -1000) }, 1);
        scene->report.tasks.n_unkillable = 1;
}

static void make_slab(struct scene *scene)
{
        struct oom_slab *slab = scene->report.memory.slabs;

        scene->report.memory.pages[OOM_COUNTER_SLAB_UNRECLAIMABLE] = MIB(400) / PAGE;
        scene->report.memory.n_slabs = 1;
        memcpy(slab->name, "dentry", 6);
        slab->name_length = 6;
        slab->total_bytes = MIB(350);
}

static void make_slab_24_percent(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_SLAB_UNRECLAIMABLE] = MIB(255) / PAGE;
}

static void make_slab_25_percent(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_SLAB_UNRECLAIMABLE] = MIB(256) / PAGE;
}

/* A process holds still more. */
static void make_slab_and_larger_process(struct scene *scene)
{
        make_slab(scene);
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(401), 0) }, 1);
}

static void make_memcg_slab(struct scene *scene)
{
        set_stat(scene, "slab_unreclaimable", MIB(101));
}

static void make_page_tables(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_PAGETABLES] = MIB(400) / PAGE;
}

static void make_page_tables_of_one(struct scene *scene)
{
        make_page_tables(scene);
        scene->verdict.holders[0].pgtables_bytes = scene->verdict.candidates[0].pgtables_bytes = MIB(201);
}

/* The kernel may not choose it, and others hold more otherwise. */
static void make_page_tables_of_exempt(struct scene *scene)
{
        make_page_tables(scene);
        scene->verdict.holders[1] = row(10, "mapper", KIB(300), -1000);
        scene->verdict.holders[1].pgtables_bytes = MIB(390);
}

static void make_page_tables_of_several(struct scene *scene)
{
        make_page_tables(scene);
        for (size_t i = 0; i < scene->verdict.n_holders; i++)
                scene->verdict.holders[i].pgtables_bytes = MIB(199);
}

static void make_shmem(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_SHMEM] = MIB(400) / PAGE;
}

static void make_mapped_shmem(struct scene *scene)
{
        make_shmem(scene);
        scene->report.tasks.sums[OOM_COLUMN_RSS_SHMEM] = MIB(390) / PAGE;
}

static void make_memcg_v1_shmem(struct scene *scene)
{
        set_stat(scene, "shmem", 0); /* of the cgroup itself: it is in those below */
        set_stat(scene, "total_shmem", MIB(110));
}

static void make_huge_pages(struct scene *scene)
{
        scene->report.memory.n_hugepages = 2;
        scene->report.memory.hugepages[0] = (struct oom_hugepages){ 0, 150, 150, 0, MIB(2) };
        scene->report.memory.hugepages[1] = (struct oom_hugepages){ 0, OOM_UNKNOWN, 0, 0, GIB(1) };
}

static void make_few_huge_pages(struct scene *scene)
{
        scene->report.memory.n_hugepages = 1;
        scene->report.memory.hugepages[0] = (struct oom_hugepages){ 0, 10, 10, 0, MIB(2) };
}

static void make_unevictable(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_UNEVICTABLE] = MIB(300) / PAGE;
}

static void make_kernel(struct scene *scene)
{
        set_stat(scene, "kernel", MIB(105));
}

static void make_kmem(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_KMEM] = (struct oom_usage){ MIB(105), OOM_UNLIMITED, 0 };
}

static void make_little_kmem(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_KMEM] = (struct oom_usage){ MIB(5), OOM_UNLIMITED, 0 };
}

static void make_sock(struct scene *scene)
{
        set_stat(scene, "sock", MIB(105));
}

static void make_unaccounted(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_ACTIVE_ANON] = MIB(100) / PAGE;
}

static void make_unknown_accounts(struct scene *scene)
{
        make_unaccounted(scene);
        scene->report.memory.pages[OOM_COUNTER_PAGETABLES] = OOM_UNKNOWN;
}

/* count processes of 11 MiB each. */
static void set_storm(struct scene *scene, int64_t count)
{
        struct oom_candidate rows[OOM_CANDIDATES_MAX];

        for (size_t i = 0; i < OOM_CANDIDATES_MAX; i++)
                rows[i] = row((int64_t)(7 + i), "bomb", MIB(11), 0);
        set_rows(scene, rows, OOM_CANDIDATES_MAX);
        scene->verdict.chosen = scene->verdict.victim = rows[0];
        scene->verdict.candidates_total = count;
        scene->report.tasks.sums[OOM_COLUMN_RSS] = count * MIB(11) / PAGE;
}

static void make_storm(struct scene *scene)
{
        set_storm(scene, 80);
}

static void make_small_storm(struct scene *scene)
{
        set_storm(scene, 49);
}

/* As many, but the table was cut: how much all hold is not known. */
static void make_storm_cut(struct scene *scene)
{
        make_storm(scene);
        scene->report.tasks.is_complete = false;
        scene->verdict.candidates_total = OOM_UNKNOWN;
}

static void make_little_freed(struct scene *scene)
{
        scene->verdict.chosen = scene->verdict.victim = row(7, "hog", MIB(20), 0);
}

static void make_shared(struct scene *scene)
{
        scene->incident.victim.shmem_rss_bytes = MIB(80);
}

static void make_little_shared(struct scene *scene)
{
        scene->incident.victim.shmem_rss_bytes = MIB(40);
}

static void make_swap_full(struct scene *scene)
{
        scene->report.memory.swap_free_bytes = MIB(20);
}

static void make_swap_97_percent(struct scene *scene)
{
        scene->report.memory.swap_free_bytes = MIB(30);
}

static void make_no_swap(struct scene *scene)
{
        scene->report.memory.swap_total_bytes = scene->report.memory.swap_free_bytes = 0;
}

static void make_memcg_swap_full(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_SWAP] = (struct oom_usage){ MIB(20), MIB(20), 3 };
}

static void make_memsw_full(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ MIB(150), MIB(150), 3 };
}

static void make_memsw_same(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ MIB(120), MIB(120), 3 };
}

static void make_swap_refused(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_SWAP] = (struct oom_usage){ 0, 0, 0 };
}

static void make_swap_unlimited(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_SWAP] = (struct oom_usage){ MIB(5), OOM_UNLIMITED, 0 };
        scene->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ MIB(125), OOM_UNLIMITED, 0 };
}

static void make_cache(struct scene *scene)
{
        set_stat(scene, "file", MIB(60));
        set_stat(scene, "shmem", MIB(10));
        set_stat(scene, "file_dirty", MIB(1));
        set_stat(scene, "file_writeback", 0);
}

static void make_dirty_cache(struct scene *scene)
{
        make_cache(scene);
        scene->report.memcg.stats[2].value = MIB(20);
        scene->report.memcg.stats[3].value = MIB(10);
}

/* All of it is shmem, which the kernel counts as file. */
static void make_shmem_cache(struct scene *scene)
{
        make_cache(scene);
        scene->report.memcg.stats[1].value = MIB(60);
}

static void make_machine_cache(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_ACTIVE_FILE] = MIB(300) / PAGE;
}

static void make_tiny(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ 999 * PAGE, 999 * PAGE, 5 };
        scene->verdict.totalpages_bytes = 999 * PAGE;
}

static void make_just_not_tiny(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ 1000 * PAGE, 1000 * PAGE, 5 };
}

static void make_trigger(struct scene *scene)
{
        scene->report.trigger.pid = 4;
        oom_name_set(&scene->report.trigger.comm, TEXT("cron"));
}

static void make_trigger_in_table(struct scene *scene)
{
        make_trigger(scene);
        scene->report.trigger.pid = 8;
}

static void make_trigger_adjusted(struct scene *scene)
{
        make_trigger(scene);
        oom_name_set(&scene->report.trigger.comm, TEXT("hog"));
        scene->report.trigger.oom_score_adj = 0;
        scene->incident.victim.oom_score_adj = 100;
}

/* A thread of the victim by its name. */
static void make_trigger_thread(struct scene *scene)
{
        make_trigger(scene);
        oom_name_set(&scene->report.trigger.comm, TEXT("hog"));
}

static void make_trigger_victim(struct scene *scene)
{
        make_trigger(scene);
        scene->report.trigger.pid = 7;
}

/* Figures that are of two reports at once are nobody's. */
static void make_doubtful(struct scene *scene)
{
        make_slab(scene);
        scene->report.memory.is_doubtful = true;
}

static void make_nothing(struct scene *scene)
{
        (void)scene;
}
