/* tests/unit/hint_scenes.h: what makes each hint true, or nearly so (test_hints.c); see also hint_free_scenes.h. */

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

/* By its own pid, which has no row: the row of its process is taken for its own. */
static void make_thread_named(struct scene *scene)
{
        scene->incident.chosen_pid = 6;
}

/* It may have been a thread. */
static void make_child_without_table(struct scene *scene)
{
        make_child(scene);
        scene->incident.chosen_row.state = OOM_ROW_NONE;
        scene->verdict.has_chosen = scene->verdict.has_victim = false;
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

/* None of them is among the largest. */
static void make_many_small_exempt(struct scene *scene)
{
        scene->report.tasks.n_unkillable = 300;
        scene->report.tasks.unkillable_pages = MIB(150) / PAGE;
        scene->verdict.candidates_total = 900;
}

static void hide_swap(struct oom_candidate *rows, size_t count)
{
        for (size_t i = 0; i < count; i++)
                rows[i].swap_bytes = OOM_UNKNOWN;
}

/* The table has no column for swap, or its header is lost: who holds more isn't known. */
static void make_larger_swap_hidden(struct scene *scene)
{
        make_larger_adjusted(scene);
        hide_swap(scene->verdict.candidates, scene->verdict.n_candidates);
        hide_swap(scene->verdict.holders, scene->verdict.n_holders);
}

static void make_larger_swap_unused(struct scene *scene)
{
        make_larger_swap_hidden(scene);
        scene->report.memory.swap_free_bytes = scene->report.memory.swap_total_bytes;
}

static void make_all_exempt(struct scene *scene)
{
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), -1000) }, 1);
        scene->report.tasks.n_unkillable = 1;
        scene->incident.type = OOM_TYPE_NO_VICTIM;
        scene->incident.end = OOM_END_NONE_KILLABLE;
}

static void make_all_exempt_2_6(struct scene *scene)
{
        make_all_exempt(scene);
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(5), OOM_UNKNOWN), row(8, "b", 0, OOM_UNKNOWN) }, 2);
        scene->report.tasks.n_unkillable = 2;
        scene->report.tasks.layout.columns[scene->report.tasks.layout.count++] = OOM_COLUMN_OOM_ADJ;
}

/* The log stops after the table. */
static void make_all_exempt_open(struct scene *scene)
{
        make_all_exempt(scene);
        scene->incident.end = OOM_END_UNKNOWN;
}

static void make_some_exempt(struct scene *scene)
{
        make_all_exempt(scene);
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(5), -1000), row(8, "dying", MIB(5), 0) }, 2);
}

/* Written by the trigger; the usage is above it. Charges failed before. */
static void make_limit_written(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ MIB(150), MIB(120), 7 };
        scene->report.trigger.pid = 4;
        oom_name_set(&scene->report.trigger.comm, TEXT("sh"));
        scene->report.trigger.is_limit_writer = true;
}

static void make_limit_never_hit(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ MIB(150), MIB(120), 0 };
}

/* What the kernel can't do without is charged above the limit. */
static void make_usage_above_limit(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ MIB(121), MIB(120), 7 };
}

static void make_usage_little_above_limit(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ MIB(121), MIB(120), 0 };
}

static void make_limit_written_above_usage(struct scene *scene)
{
        make_limit_written(scene);
        scene->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes = MIB(120);
}

static void make_protected(struct scene *scene)
{
        scene->report.protection = (struct oom_protection){ MIB(12), 0 };
}

static void make_machine_protected(struct scene *scene)
{
        scene->report.protection = (struct oom_protection){ MIB(300), 0 };
}

/* Reclaim takes it last, but takes it. */
static void make_low_protected(struct scene *scene)
{
        scene->report.protection = (struct oom_protection){ MIB(11), MIB(100) };
}

static void make_floor(struct scene *scene)
{
        scene->verdict.is_floor = true;
        scene->verdict.chosen.oom_score_adj = -998;
        scene->verdict.chosen.badness = 1;
}

static void make_floor_alone(struct scene *scene)
{
        make_floor(scene);
        scene->report.tasks.n_unkillable = 1;
}

static void make_gpu(struct scene *scene)
{
        struct oom_memory *memory = &scene->report.memory;

        memory->pages[OOM_COUNTER_ACTIVE_ANON] = MIB(200) / PAGE;
        for (size_t i = 0; i < 2; i++) {
                struct oom_node *node = oom_memory_node(memory, (int64_t)i);

                node->counters[OOM_COUNTER_GPU_ACTIVE] = MIB(150);
                node->counters[OOM_COUNTER_GPU_RECLAIM] = 0;
        }
}

static void make_little_gpu(struct scene *scene)
{
        make_gpu(scene);
        scene->report.memory.nodes[0].counters[OOM_COUNTER_GPU_ACTIVE] = MIB(50);
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

/* More than the victim held; of the others nothing is known. */
static void make_slab_without_table(struct scene *scene)
{
        make_slab(scene);
        scene->report.tasks.is_complete = false;
        scene->verdict.candidates_total = OOM_UNKNOWN;
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

static void make_small_victim_swap_hidden(struct scene *scene)
{
        make_little_freed(scene);
        hide_swap(scene->verdict.candidates, scene->verdict.n_candidates);
        hide_swap(scene->verdict.holders, scene->verdict.n_holders);
}

/* The machine wasn't full, but its low zone. */
static void make_little_freed_and_lowmem(struct scene *scene)
{
        make_little_freed(scene);
        make_lowmem(scene);
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

static void make_dirty_cache_v1(struct scene *scene)
{
        set_stat(scene, "dirty", 0); /* of the cgroup itself: it is in those below */
        set_stat(scene, "total_dirty", MIB(15));
        set_stat(scene, "total_writeback", MIB(5));
}

static void make_machine_writeback(struct scene *scene)
{
        scene->report.memory.pages[OOM_COUNTER_WRITEBACK] = MIB(200) / PAGE;
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

/* It is in a zone that the allocation can't use. */
static void make_cache_and_lowmem(struct scene *scene)
{
        make_machine_cache(scene);
        make_lowmem(scene);
}

static void make_cache_and_sysrq(struct scene *scene)
{
        make_machine_cache(scene);
        scene->report.trigger.is_sysrq = true;
}

static void make_tiny(struct scene *scene)
{
        scene->report.memcg.usages[OOM_USAGE_MEMORY] = (struct oom_usage){ 999 * PAGE, 999 * PAGE, 5 };
        scene->verdict.totalpages_bytes = 999 * PAGE;
}

/* There oom_score_adj is added to thousandths. */
static void make_tiny_2_6_37(struct scene *scene)
{
        make_tiny(scene);
        scene->report.tasks.layout.columns[scene->report.tasks.layout.count++] = OOM_COLUMN_OOM_ADJ;
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
