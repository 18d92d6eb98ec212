/* lib/explain/hints.h: every hint where it holds, and where it doesn't. */

#include "explain/hints.h"
#include "hint_free_scenes.h"
#include "hint_scenes.h"
#include "util/array.h"

/* clang-format off */
static const struct hint_case {
        const char *name;
        bool holds;
        struct scene *(*new)(void);
        void (*make)(struct scene *scene);
        const char *sentence; /* NULL: any */
} hint_cases[] = {
        { "manual_request", true, scene_global, make_manual_request, NULL },
        { "manual_request", false, scene_global, make_nothing, NULL },
        { "kill_allocating_task", true, scene_global, make_allocating_task, NULL },
        { "kill_allocating_task", false, scene_global, make_nothing, NULL },
        { "group_killed", true, scene_memcg, make_group,
          "memory.oom.group is set: the cgroup /a.slice is killed as a whole, but for what has oom_score_adj -1000." },
        { "group_killed", false, scene_memcg, make_nothing, NULL },
        { "child_killed", true, scene_global, make_child,
          "The kernel chose parent (pid 6) and killed a child of it instead, as kernels up to 5.0 do: the parent is the one "
          "to look at." },
        { "child_killed", false, scene_global, make_thread_named, NULL },
        { "child_killed", false, scene_global, make_child_without_table, NULL },
        { "child_killed", false, scene_global, make_nothing, NULL },
        { "child_killed", false, scene_global, make_thread, NULL },
        { "child_killed", false, scene_global, make_named_without_row, NULL },
        { "zone_exhausted", true, scene_global, make_dma32_only,
          "The allocation (gfp_mask 0xcc4) can use only zone DMA32 and those below, where 20.0 MiB is free and 124.0 MiB must stay free; "
          "300.0 MiB is free in other zones." },
        { "zone_exhausted", true, scene_global, make_dma32_only_hidden, NULL },
        { "zone_exhausted", true, scene_global, make_dma32_hardly_above, NULL },
        { "zone_exhausted", true, scene_global, make_empty_zones,
          "The allocation (GFP_KERNEL, 0xd0) can use only zone DMA, where 4.0 MiB is free and 4.0 MiB must stay free; 300.0 MiB "
          "is free in other zones." },
        { "zone_exhausted", true, scene_global, make_lowmem, NULL },
        { "zone_exhausted", true, scene_global, make_below_movable, NULL },
        { "zone_exhausted", true, scene_global, make_lowmem_of_cma, NULL },
        { "zone_exhausted", false, scene_global, make_dma32_with_spare, NULL },
        { "zone_exhausted", false, scene_global, make_dma32_with_spare_and_reserve, NULL },
        { "zone_exhausted", false, scene_global, make_dma32_only_hidden_or_elsewhere, NULL },
        { "zone_exhausted", false, scene_global, make_lowmem_of_sysrq, NULL },
        { "zone_exhausted", false, scene_global, make_lost_zone, NULL },
        { "zone_exhausted", false, scene_global, make_page_fault, NULL },
        { "zone_exhausted", false, scene_global, make_nothing, NULL },
        { "memory_fragmented", true, scene_global, make_fragmented,
          "The allocation needs 8 adjoining pages (order 3). Zone DMA32 has 40.0 MiB free, but no block of that size: memory is "
          "fragmented." },
        { "memory_fragmented", false, scene_global, make_fragmented_without_cma, NULL },
        { "memory_fragmented", false, scene_global, make_order_3_with_blocks, NULL },
        { "memory_fragmented", false, scene_global, make_order_3_without_memory, NULL },
        { "memory_fragmented", false, scene_global, make_nothing, NULL },
        { "nodes_restricted", true, scene_global, make_confined,
          "A cpuset keeps the allocation to some of the memory nodes; 300.0 MiB is free on the others." },
        { "nodes_restricted", true, scene_global, make_policy,
          "A memory policy keeps the allocation to some of the memory nodes; 300.0 MiB is free on the others." },
        { "nodes_restricted", true, scene_global, make_confined_by_totals,
          "A cpuset keeps the allocation to some of the memory nodes; 512.0 MiB of memory is on the others." },
        { "nodes_restricted", true, scene_global, make_other_node_shown,
          "A cpuset or a memory policy keeps the allocation to some of the memory nodes; 300.0 MiB is free on the others." },
        { "nodes_restricted", true, scene_global, make_other_node_by_hugepages, NULL },
        { "nodes_restricted", false, scene_global, make_one_node, NULL },
        { "nodes_restricted", false, scene_global, make_one_node_of_sysrq, NULL },
        { "nodes_restricted", false, scene_global, make_confined_and_hidden, NULL },
        { "nodes_restricted", false, scene_global, make_confined_all_full, NULL },
        { "nodes_restricted", false, scene_global, make_nothing, NULL },
        { "free_memory_is_cma", true, scene_global, make_free_cma,
          "The allocation (GFP_KERNEL) can't use contiguous memory areas (CMA), which have 80.0 MiB of the 100.0 MiB that is "
          "free." },
        { "free_memory_is_cma", false, scene_global, make_free_cma_of_page_fault, NULL },
        { "free_memory_is_cma", false, scene_global, make_free_cma_movable, NULL },
        { "limit_of_ancestor", true, scene_memcg, make_ancestor,
          "The limit is that of /a.slice, above the victim's own cgroup: all that is below it shares it." },
        { "limit_of_ancestor", false, scene_memcg, make_not_below, NULL },
        { "limit_of_ancestor", false, scene_memcg, make_nothing, NULL },
        { "victim_not_largest", true, scene_global, make_larger_adjusted,
          "db (pid 9) held more, 300.0 MiB against 100.0 MiB; oom_score_adj is -500 there and 0 here." },
        { "victim_not_largest", true, scene_global, make_larger_exempt, NULL },
        { "victim_not_largest", true, scene_global, make_larger_swap_unused, NULL },
        { "victim_not_largest", false, scene_global, make_larger_swap_hidden, NULL },
        { "victim_not_largest", false, scene_global, make_equally_large, NULL },
        { "victim_not_largest", false, scene_global, make_nothing, NULL },
        { "slab_dominates", true, scene_global, make_slab,
          "The kernel's slab caches that can't be reclaimed hold 400.0 MiB, 39 % of the machine's memory, more than any "
          "process; the largest listed is dentry with 350.0 MiB." },
        { "slab_dominates", true, scene_global, make_slab_without_table,
          "The kernel's slab caches that can't be reclaimed hold 400.0 MiB, 39 % of the machine's memory; the largest listed "
          "is dentry with 350.0 MiB." },
        { "slab_dominates", true, scene_memcg, make_memcg_slab, NULL },
        { "slab_dominates", true, scene_global, make_slab_25_percent, NULL },
        { "slab_dominates", false, scene_global, make_slab_24_percent, NULL },
        { "slab_dominates", false, scene_global, make_slab_and_larger_process, NULL },
        { "slab_dominates", false, scene_global, make_doubtful, NULL },
        { "page_tables_dominate", true, scene_global, make_page_tables,
          "Page tables take 400.0 MiB, 39 % of the machine's memory; huge pages would need fewer." },
        { "page_tables_dominate", true, scene_global, make_page_tables_of_one,
          "Page tables take 400.0 MiB, 39 % of the machine's memory, 201.0 MiB of it those of hog (pid 7); huge pages would need "
          "fewer." },
        { "page_tables_dominate", true, scene_global, make_page_tables_of_exempt,
          "Page tables take 400.0 MiB, 39 % of the machine's memory, 390.0 MiB of it those of mapper (pid 10); huge pages would need "
          "fewer." },
        { "page_tables_dominate", true, scene_global, make_page_tables_of_several,
          "Page tables take 400.0 MiB, 39 % of the machine's memory; huge pages would need fewer." },
        { "page_tables_dominate", false, scene_global, make_nothing, NULL },
        { "shared_memory_dominates", true, scene_global, make_shmem, NULL },
        { "shared_memory_dominates", true, scene_memcg, make_memcg_v1_shmem, NULL },
        { "shared_memory_dominates", false, scene_global, make_mapped_shmem, NULL },
        { "huge_pages_dominate", true, scene_global, make_huge_pages,
          "Huge pages (hugetlb) take 300.0 MiB, 29 % of the machine's memory, used or not, which nothing else can have." },
        { "huge_pages_dominate", false, scene_global, make_few_huge_pages, NULL },
        { "unevictable_dominates", true, scene_global, make_unevictable, NULL },
        { "unevictable_dominates", false, scene_global, make_nothing, NULL },
        { "kernel_memory_dominates", true, scene_memcg, make_kernel, NULL },
        { "kernel_memory_dominates", true, scene_memcg, make_kmem,
          "What the kernel allocated for the cgroup takes 105.0 MiB, 87 % of the limit, more than any process." },
        { "kernel_memory_dominates", false, scene_memcg, make_little_kmem, NULL },
        { "network_buffers_dominate", true, scene_memcg, make_sock, NULL },
        { "network_buffers_dominate", false, scene_memcg, make_nothing, NULL },
        { "unaccounted_memory", true, scene_global, make_unaccounted,
          "No account of the report has 476.0 MiB, 46 % of the machine's memory: drivers, vmalloc, socket buffers, a balloon, or "
          "graphics hold it." },
        { "unaccounted_memory", false, scene_global, make_unknown_accounts, NULL },
        { "unaccounted_memory", false, scene_global, make_nothing, NULL },
        { "many_small_processes", true, scene_global, make_storm,
          "80 processes hold 880.0 MiB together, the largest known only 11.0 MiB; 10 of the 10 worst are named bomb." },
        { "many_small_processes", false, scene_global, make_small_storm, NULL },
        { "many_small_processes", false, scene_global, make_storm_cut, NULL },
        { "processes_exempt", true, scene_global, make_larger_exempt,
          "1 of 2 processes is exempt (oom_score_adj -1000); the largest known is db (pid 9) with 300.0 MiB." },
        { "processes_exempt", true, scene_global, make_many_small_exempt,
          "300 of 900 processes are exempt (oom_score_adj -1000)." },
        { "processes_exempt", false, scene_memcg, make_all_exempt, NULL },
        { "nobody_killable", true, scene_memcg, make_all_exempt,
          "The only process there has oom_score_adj -1000: killing can free nothing there." },
        { "nobody_killable", true, scene_memcg, make_all_exempt_2_6,
          "Each of the processes there has oom_adj -17: killing can free nothing there." },
        { "nobody_killable", false, scene_memcg, make_all_exempt_open, NULL },
        { "nobody_killable", false, scene_memcg, make_some_exempt, NULL },
        { "nobody_killable", false, scene_memcg, make_nothing, NULL },
        { "limit_lowered", true, scene_memcg, make_limit_written,
          "The limit was set below what was used already: 120.0 MiB against 150.0 MiB; sh (pid 4) wrote it, and asked for no "
          "memory itself." },
        { "limit_lowered", true, scene_memcg, make_limit_never_hit,
          "The limit was set below what was used already: 120.0 MiB against 150.0 MiB." },
        { "limit_lowered", false, scene_memcg, make_usage_above_limit, NULL },
        { "limit_lowered", false, scene_memcg, make_usage_little_above_limit, NULL },
        { "limit_lowered", false, scene_memcg, make_limit_written_above_usage, NULL },
        { "limit_lowered", false, scene_memcg, make_nothing, NULL },
        { "trigger_not_victim", false, scene_memcg, make_limit_written, NULL },
        { "memory_protected", true, scene_memcg, make_protected,
          "Protected by memory.min of the cgroups below is 12.0 MiB, 10 % of the limit: reclaim takes nothing of it." },
        { "memory_protected", true, scene_global, make_machine_protected,
          "Protected by memory.min of the top-level cgroups is 300.0 MiB, 29 % of the machine's memory: reclaim takes nothing of "
          "it." },
        { "memory_protected", false, scene_memcg, make_low_protected, NULL },
        { "memory_protected", false, scene_memcg, make_nothing, NULL },
        { "adjustment_hides_size", true, scene_memcg, make_floor,
          "All that may be killed have the least badness, 1: their oom_score_adj (-998 of the one chosen) takes off more than they "
          "hold, so the choice is not by size." },
        { "adjustment_hides_size", false, scene_memcg, make_floor_alone, NULL },
        { "adjustment_hides_size", false, scene_memcg, make_nothing, NULL },
        { "gpu_memory_dominates", true, scene_global, make_gpu,
          "Graphics drivers use (gpu_active) 300.0 MiB, 29 % of the machine's memory, more than any process; no process's size "
          "shows it." },
        { "gpu_memory_dominates", false, scene_global, make_little_gpu, NULL },
        { "unaccounted_memory", false, scene_global, make_gpu, NULL },
        { "processes_exempt", false, scene_global, make_small_exempt, NULL },
        { "victim_frees_little", true, scene_global, make_little_freed,
          "The victim held only 20.0 MiB, 1 % of the machine's memory: that is not what filled it." },
        { "victim_frees_little", false, scene_global, make_little_freed_and_lowmem, NULL },
        { "victim_frees_little", false, scene_global, make_small_victim_swap_hidden, NULL },
        { "victim_frees_little", false, scene_global, make_nothing, NULL },
        { "victim_memory_shared", true, scene_global, make_shared, NULL },
        { "victim_memory_shared", false, scene_global, make_little_shared, NULL },
        { "swap_full", true, scene_global, make_swap_full, "Of 1.0 GiB of swap, 20.0 MiB is free." },
        { "swap_full", true, scene_memcg, make_memcg_swap_full, "The cgroup used 20.0 MiB of the 20.0 MiB of swap that it may use." },
        { "swap_full", true, scene_memcg, make_memsw_full,
          "The cgroup used 150.0 MiB of the 150.0 MiB that it may use of memory and swap together." },
        { "swap_full", false, scene_global, make_swap_97_percent, NULL },
        { "swap_full", false, scene_global, make_no_swap, NULL },
        { "swap_full", false, scene_memcg, make_memsw_same, NULL },
        { "swap_full", false, scene_memcg, make_swap_refused, NULL },
        { "swap_absent", true, scene_global, make_no_swap, NULL },
        { "swap_absent", false, scene_global, make_swap_full, NULL },
        { "swap_not_allowed", true, scene_memcg, make_swap_refused, NULL },
        { "swap_not_allowed", true, scene_memcg, make_memsw_same, NULL },
        { "swap_not_allowed", false, scene_memcg, make_memsw_full, NULL },
        { "swap_not_allowed", false, scene_memcg, make_swap_unlimited, NULL },
        { "page_cache_remains", true, scene_memcg, make_cache, NULL },
        { "page_cache_remains", true, scene_memcg, make_dirty_cache,
          "Page cache still holds 50.0 MiB, 41 % of the limit: reclaim did not get it, or files are read again as fast as they are "
          "dropped." },
        { "page_cache_remains", false, scene_global, make_cache_and_lowmem, NULL },
        { "page_cache_remains", false, scene_global, make_cache_and_sysrq, NULL },
        { "writeback_pending", true, scene_memcg, make_dirty_cache,
          "Dirty or being written is 30.0 MiB, 25 % of the limit: reclaim waits for the storage." },
        { "writeback_pending", true, scene_memcg, make_dirty_cache_v1, NULL },
        { "writeback_pending", true, scene_global, make_machine_writeback, NULL },
        { "writeback_pending", false, scene_memcg, make_cache, NULL },
        { "writeback_pending", false, scene_global, make_nothing, NULL },
        { "page_cache_remains", true, scene_global, make_machine_cache, NULL },
        { "page_cache_remains", false, scene_memcg, make_shmem_cache, NULL },
        { "page_cache_remains", false, scene_global, make_nothing, NULL },
        { "limit_tiny", true, scene_memcg, make_tiny,
          "The limit is only 3.9 MiB: below 1000 pages oom_score_adj has no effect, unless it is -1000." },
        { "limit_tiny", true, scene_memcg, make_tiny_2_6_37, "The limit is only 3.9 MiB." },
        { "limit_tiny", false, scene_memcg, make_just_not_tiny, NULL },
        { "trigger_not_victim", true, scene_global, make_trigger,
          "The allocation that could not be met was made by cron (pid 4): another process, or a thread of the victim by that "
          "name." },
        { "trigger_not_victim", true, scene_global, make_trigger_in_table,
          "The allocation that could not be met was made by cron (pid 8), another process." },
        { "trigger_not_victim", true, scene_global, make_trigger_adjusted, NULL },
        { "trigger_not_victim", false, scene_global, make_trigger_thread, NULL },
        { "trigger_not_victim", false, scene_global, make_trigger_victim, NULL },
};
/* clang-format on */
#define N_HINT_CASES (COUNT(hint_cases))

static const struct oom_hint *find_hint(const struct scene *scene, const char *name)
{
        for (size_t i = 0; i < scene->explanation.n_hints; i++)
                if (strcmp(scene->explanation.hints[i].code, name) == 0)
                        return &scene->explanation.hints[i];
        return NULL;
}

START_TEST(test_each_hint_where_it_holds_and_where_not)
{
        for (size_t i = 0; i < N_HINT_CASES; i++) {
                const struct hint_case *c = &hint_cases[i];
                struct scene *scene = c->new ();
                const struct oom_hint *hint;

                c->make(scene);
                oom_explain(&scene->incident, &scene->verdict, &scene->explanation);
                hint = find_hint(scene, c->name);
                ck_assert_msg(!!hint == c->holds, "case %zu: %s", i, c->name);
                if (hint && c->sentence)
                        ck_assert_str_eq(hint->text, c->sentence);
                free(scene);
        }
}
END_TEST

START_TEST(test_no_hint_is_without_its_cases)
{
        for (size_t h = 0; h < HINTS_COUNT; h++) {
                bool is_seen[2] = { false, false };

                ck_assert_uint_eq(strspn(hints[h].code, "abcdefghijklmnopqrstuvwxyz_"), strlen(hints[h].code));
                for (size_t i = 0; i < N_HINT_CASES; i++)
                        if (strcmp(hint_cases[i].name, hints[h].code) == 0)
                                is_seen[hint_cases[i].holds] = true;
                ck_assert_msg(is_seen[false] && is_seen[true], "%s", hints[h].code);
                for (size_t other = 0; other < h; other++)
                        ck_assert_str_ne(hints[h].code, hints[other].code);
        }
}
END_TEST

/* Everything is at its limit, and of bytes that grow most when they are made safe. */
START_TEST(test_no_sentence_is_cut_or_unsafe_whatever_the_names)
{
        static char path[OOM_PATH_MAX];
        struct text bytes = { path, sizeof(path) };

        memset(path, 0xff, sizeof(path));
        for (size_t i = 0; i < N_HINT_CASES; i++) {
                struct scene *scene = hint_cases[i].new();
                const struct oom_hint *hint;

                hint_cases[i].make(scene);
                for (size_t k = 0; k < scene->verdict.n_candidates; k++) {
                        oom_name_set(&scene->verdict.candidates[k].comm, bytes);
                        scene->verdict.candidates[k].pid += 4000000;
                }
                scene->verdict.chosen.pid += 4000000;
                scene->verdict.victim.pid += 4000000;
                scene->incident.chosen_pid += 4000000;
                scene->incident.victim.pid += 4000000;
                oom_name_set(&scene->verdict.chosen.comm, bytes);
                oom_name_set(&scene->report.trigger.comm, bytes);
                oom_name_set(&scene->incident.victim.comm, TEXT("\033[2J"));
                oom_path_set(&scene->incident.group_memcg, bytes);
                memset(scene->report.memory.slabs[0].name, 0xff, OOM_STAT_NAME_MAX);
                scene->report.memory.slabs[0].name_length = OOM_STAT_NAME_MAX;
                if (strcmp(hint_cases[i].name, "limit_of_ancestor") == 0) {
                        bytes.length = OOM_PATH_MAX - 2;
                        oom_path_set(&scene->report.limit_memcg, bytes);
                        oom_path_set(&scene->incident.victim.task_memcg, bytes);
                        scene->incident.victim.task_memcg.data[scene->incident.victim.task_memcg.length++] = '/';
                        bytes.length = OOM_PATH_MAX;
                }
                oom_explain(&scene->incident, &scene->verdict, &scene->explanation);
                hint = find_hint(scene, hint_cases[i].name);
                for (size_t k = 0; k < scene->explanation.n_hints; k++) {
                        check_is_safe(scene->explanation.hints[k].text);
                        ck_assert_msg(text_ends(text_from(scene->explanation.hints[k].text), TEXT(".")), "%s",
                                      scene->explanation.hints[k].text);
                }
                ck_assert_msg(hint || !hint_cases[i].holds || strcmp(hint_cases[i].name, "trigger_not_victim") == 0,
                              "%s", hint_cases[i].name);
                free(scene);
        }
}
END_TEST

START_TEST(test_the_weightiest_are_kept)
{
        struct scene *scene = scene_global();

        make_manual_request(scene);
        make_allocating_task(scene);
        make_group(scene);
        make_child(scene);
        make_fragmented(scene);
        make_larger_exempt(scene);
        make_slab(scene);
        make_page_tables(scene);
        make_unevictable(scene);
        make_huge_pages(scene);
        make_machine_cache(scene);
        make_no_swap(scene);
        make_shared(scene);
        scene->verdict.candidates[1].rss_bytes = scene->verdict.holders[1].rss_bytes = MIB(200);
        oom_explain(&scene->incident, &scene->verdict, &scene->explanation);
        ck_assert_uint_eq(scene->explanation.n_hints, OOM_HINTS_MAX);
        for (size_t i = 0, at = 0; i < OOM_HINTS_MAX; i++, at++) {
                while (at < HINTS_COUNT && strcmp(hints[at].code, scene->explanation.hints[i].code) != 0)
                        at++;
                ck_assert_uint_lt(at, HINTS_COUNT);
        }
        ck_assert_ptr_null(find_hint(scene, "swap_absent"));
        free(scene);
}
END_TEST

TEST_MAIN("hints", CASE(test_each_hint_where_it_holds_and_where_not), CASE(test_no_hint_is_without_its_cases),
          CASE(test_no_sentence_is_cut_or_unsafe_whatever_the_names), CASE(test_the_weightiest_are_kept))
