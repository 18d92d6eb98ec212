/* lib/explain/explain.h: the reason. */

#include "explain_scene.h"
#include "util/array.h"

static const char *explain(struct scene *scene)
{
        oom_explain(&scene->incident, &scene->verdict, &scene->explanation);
        check_is_safe(scene->explanation.reason);
        return scene->explanation.reason;
}

/* Explains, compares, frees. */
static void check_reason(struct scene *scene, const char *expected)
{
        ck_assert_str_eq(explain(scene), expected);
        free(scene);
}

START_TEST(test_the_largest_was_chosen)
{
        struct scene *scene = scene_memcg();

        check_reason(scene,
                     "/a.slice used 120.0 MiB of its limit of 120.0 MiB. hog held 100.0 MiB, the most of 2 processes.");
        check_reason(scene_global(), "20.0 MiB of the machine's 1.0 GiB were free, and 512.0 MiB of 1.0 GiB swap. hog "
                                     "held 100.0 MiB, the most of 2 processes.");

        scene = scene_global();
        scene->report.memory.swap_total_bytes = scene->report.memory.swap_free_bytes = 0;
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0) }, 1);
        check_reason(scene,
                     "20.0 MiB of the machine's 1.0 GiB were free, and it has no swap. hog held 100.0 MiB and was the "
                     "only process to choose from.");

        scene = scene_memcg(); /* the limit of another counter was hit */
        scene->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes = MIB(110);
        scene->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ MIB(130), MIB(130), 1 };
        check_reason(
                scene,
                "/a.slice used 130.0 MiB of its limit of 130.0 MiB of memory and swap together. hog held 100.0 MiB, "
                "the most of 2 processes.");

        scene = scene_memcg();
        scene->verdict.ties = 2;
        scene->verdict.chosen.pgtables_bytes = MIB(50);
        check_reason(
                scene,
                "/a.slice used 120.0 MiB of its limit of 120.0 MiB. hog held 100.0 MiB and 50.0 MiB of page tables, "
                "the most of 2 processes; 2 others have exactly its badness.");
}
END_TEST

/* Only the ten worst by badness are kept: one with a negative oom_score_adj may hold more and be none of them. */
START_TEST(test_the_most_is_said_only_where_it_is_certain)
{
        struct scene *scene = scene_global();

        scene->verdict.candidates_total = 143;
        check_reason(scene,
                     "20.0 MiB of the machine's 1.0 GiB were free, and 512.0 MiB of 1.0 GiB swap. hog held 100.0 "
                     "MiB, the most of 143 processes."); /* the others hold nothing */
        scene = scene_global();
        scene->verdict.candidates_total = 143;
        scene->report.tasks.sums[OOM_COLUMN_RSS] = MIB(201) / PAGE; /* all others 100 MiB at most */
        ck_assert_ptr_nonnull(strstr(explain(scene), "hog held 100.0 MiB, the most of 143 processes."));
        scene->report.tasks.sums[OOM_COLUMN_RSS] = MIB(202) / PAGE;
        ck_assert_ptr_nonnull(
                strstr(explain(scene), "hog held 100.0 MiB, and had the highest badness of 143 processes."));
        scene->report.tasks.sums[OOM_COLUMN_RSS] = OOM_UNKNOWN;
        ck_assert_ptr_nonnull(strstr(explain(scene), "and had the highest badness of 143 processes."));
        scene->verdict.candidates_total = OOM_UNKNOWN;
        ck_assert_ptr_nonnull(strstr(explain(scene), "and had the highest badness of all processes there."));
        free(scene);
}
END_TEST

START_TEST(test_another_held_more)
{
        /* clang-format off */
        static const struct {
                int64_t adj, other_adj;
                bool is_exempt;
                const char *words;
        } rows[] = {
                { 500, 0, false, "hog held 100.0 MiB, and with its oom_score_adj of 500 had the highest badness of 2 processes; db "
                                 "(pid 9) held 300.0 MiB, but has oom_score_adj 0." },
                { 0, -500, false, "hog held 100.0 MiB, and had the highest badness of 2 processes; db (pid 9) held 300.0 MiB, but "
                                  "has oom_score_adj -500." },
                { 0, -1000, true, "hog held 100.0 MiB, and had the highest badness of 2 processes; db (pid 9) held 300.0 MiB, but "
                                  "is exempt (oom_score_adj -1000)." },
                { 0, 0, true, "hog held 100.0 MiB, and had the highest badness of 2 processes; db (pid 9) held 300.0 MiB, but "
                              "could not be killed." },
                { 0, 0, false, "hog held 100.0 MiB, and had the highest badness of 2 processes; db (pid 9) held 300.0 MiB, but "
                               "had no higher badness." },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct scene *scene = scene_memcg();

                scene->verdict.chosen.oom_score_adj = rows[i].adj;
                set_rows(scene,
                         (struct oom_candidate[]){ row(7, "hog", MIB(100), rows[i].adj),
                                                   row(9, "db", MIB(300), rows[i].other_adj) },
                         2);
                scene->verdict.candidates[1].is_killable = !rows[i].is_exempt;
                ck_assert_msg(text_ends(text_from(explain(scene)), text_from(rows[i].words)), "row %zu: %s", i,
                              scene->explanation.reason);
                free(scene);
        }
}
END_TEST

START_TEST(test_inconsistent_and_child)
{
        struct scene *scene = scene_memcg();

        scene->verdict.kind = OOM_VERDICT_INCONSISTENT;
        scene->verdict.rank = 2;
        set_rows(scene, (struct oom_candidate[]){ row(9, "db", MIB(300), 0), row(7, "hog", MIB(100), 0) }, 2);
        check_reason(
                scene,
                "/a.slice used 120.0 MiB of its limit of 120.0 MiB. hog held 100.0 MiB, but by the printed figures db "
                "(pid 9) had a higher badness (76816 against 25616): the kernel may go by what it does not print.");

        scene = scene_memcg();
        name_parent(scene, MIB(110));
        set_rows(scene, (struct oom_candidate[]){ row(6, "parent", MIB(110), 0), row(7, "hog", MIB(100), 0) }, 2);
        check_reason(scene, "/a.slice used 120.0 MiB of its limit of 120.0 MiB. parent held 110.0 MiB, the most of 2 "
                            "processes; its "
                            "child hog (pid 7) was killed for it.");

        scene = scene_memcg(); /* the size of a page is not known */
        name_parent(scene, OOM_UNKNOWN);
        set_rows(scene, (struct oom_candidate[]){ row(6, "parent", OOM_UNKNOWN, 0), row(7, "hog", MIB(100), 0) }, 2);
        scene->verdict.kind = OOM_VERDICT_NONE;
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_TABLE_CUT;
        check_reason(
                scene,
                "/a.slice used 120.0 MiB of its limit of 120.0 MiB. parent was chosen; whether another process was "
                "worse can't be told: the task table is not known to be whole; its child hog (pid 7) was killed "
                "for it.");

        scene = scene_memcg();
        name_thread(scene);
        set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0) }, 1);
        check_reason(scene, "/a.slice used 120.0 MiB of its limit of 120.0 MiB. hog held 100.0 MiB; whether another "
                            "process was worse can't be told: the task table has no row of the one that the kernel "
                            "named, parent (pid 6): a thread, or a parent.");
        scene = scene_memcg();
        name_thread(scene);
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NO_TABLE;
        check_reason(scene, "/a.slice used 120.0 MiB of its limit of 120.0 MiB. hog held 100.0 MiB; whether another "
                            "process was worse can't be told: the log has no task table of it; the kernel named parent "
                            "(pid 6), which is its parent, or a thread.");
}
END_TEST

START_TEST(test_every_unknown_reason_has_its_words)
{
        /* clang-format off */
        static const struct {
                enum oom_unknown_reason reason;
                const char *words;
        } rows[] = {
                { OOM_VERDICT_UNKNOWN_NOT_CHOSEN, "hog held 100.0 MiB; it was killed because it shares the memory of another that was "
                                         "killed." },
                { OOM_VERDICT_UNKNOWN_NOT_NAMED, "can't be told: the line that names the one chosen is missing." },
                { OOM_VERDICT_UNKNOWN_NO_KILL_LINE, "can't be told: the kill line, which says how it was chosen, is missing." },
                { OOM_VERDICT_UNKNOWN_ALLOCATING_TASK, "hog held 100.0 MiB; it was killed because it allocated "
                                              "(vm.oom_kill_allocating_task)." },
                { OOM_VERDICT_UNKNOWN_NO_TABLE, "can't be told: the log has no task table of it." },
                { OOM_VERDICT_UNKNOWN_TABLE_CUT, "can't be told: the task table is not known to be whole." },
                { OOM_VERDICT_UNKNOWN_NO_LAYOUT, "can't be told: the header of the task table is missing." },
                { OOM_VERDICT_UNKNOWN_OLD_FORMULA, "can't be told: this kernel's formula counts what it does not print." },
                { OOM_VERDICT_UNKNOWN_NOT_IN_TABLE, "can't be told: the task table has no row of it." },
                { OOM_VERDICT_UNKNOWN_OTHER_ROW, "can't be told: the row of that pid in the task table is another process's." },
                { OOM_VERDICT_UNKNOWN_NOT_KEPT, "can't be told: the task table is too large for all of its rows to be kept." },
                { OOM_VERDICT_UNKNOWN_SWAP, "can't be told: this kernel's task table does not print how much swap each process has." },
                { OOM_VERDICT_UNKNOWN_TOTALPAGES, "can't be told: the report does not print how much swap the machine has." },
                { OOM_VERDICT_UNKNOWN_PAGE_SIZE, "can't be told: the size of a page is not known." },
                { OOM_VERDICT_UNKNOWN_TOO_CLOSE, "can't be told: another is as bad but for what the figures move between choice and "
                                        "print." },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct scene *scene = scene_memcg();

                scene->verdict.kind = OOM_VERDICT_NONE;
                scene->verdict.unknown_reason = rows[i].reason;
                scene->verdict.has_chosen = scene->verdict.has_victim = false;
                ck_assert_msg(text_ends(text_from(explain(scene)), text_from(rows[i].words)), "%s",
                              scene->explanation.reason);
                ck_assert_msg(strstr(scene->explanation.reason, "hog held 100.0 MiB"), "%s", scene->explanation.reason);
                free(scene);
        }
}
END_TEST

START_TEST(test_rage_kill)
{
        struct scene *scene = scene_memcg();

        scene->incident.is_rage_kill = true;
        scene->verdict.kind = OOM_VERDICT_NONE;
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NOT_CHOSEN;
        ck_assert_ptr_nonnull(strstr(explain(scene), "it was killed besides the one chosen (rage kill)."));
        /* what stands of the chosen one isn't the victim's */
        scene->verdict.chosen = row(8, "big", GIB(1), 0);
        scene->incident.chosen_pid = 8;
        oom_name_set(&scene->incident.chosen_comm, TEXT("big"));
        ck_assert_ptr_nonnull(strstr(explain(scene),
                                     "hog held 100.0 MiB; it was killed besides the one chosen (rage kill); the kernel "
                                     "chose big (pid 8), and the log does not have the kill line of that."));
        free(scene);
}
END_TEST

/* Old kernels print no sizes. */
START_TEST(test_sizes_are_not_needed)
{
        struct scene *scene = scene_new(OOM_SCOPE_UNKNOWN);

        scene->verdict.kind = OOM_VERDICT_NONE;
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NOT_CHOSEN;
        scene->verdict.has_chosen = scene->verdict.has_victim = false;
        scene->verdict.n_candidates = 0;
        scene->verdict.page_size_bytes = OOM_UNKNOWN;
        scene->incident.victim.anon_rss_bytes = OOM_UNKNOWN;
        ck_assert_str_eq(explain(scene), "hog was killed because it shares the memory of another that was killed.");
        scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NO_TABLE;
        check_reason(
                scene,
                "hog was killed; whether another process was worse can't be told: the log has no task table of it.");
}
END_TEST

START_TEST(test_how_a_report_without_a_kill_ended)
{
        /* clang-format off */
        static const struct {
                enum oom_end end;
                int64_t total, unkillable, named_pid;
                const char *words;
        } rows[] = {
                { OOM_END_NONE_KILLABLE, 2, 2, OOM_UNKNOWN, "None of the processes there may be killed: all have oom_score_adj -1000." },
                { OOM_END_NONE_KILLABLE, 1, 1, OOM_UNKNOWN, "None of the processes there may be killed: the only one has oom_score_adj -1000." },
                { OOM_END_NONE_KILLABLE, 2, 1, OOM_UNKNOWN, "The kernel found no process that it may kill." },
                { OOM_END_NONE_KILLABLE, OOM_UNKNOWN, 2, OOM_UNKNOWN, "The kernel found no process that it may kill." },
                { OOM_END_NONE_KILLABLE, 0, 0, OOM_UNKNOWN, "There was no process to kill." },
                { OOM_END_EXITING, 2, 0, 7, "The process that the kernel chose was already exiting." },
                { OOM_END_SPARED, 2, 0, 7, "The kernel chose a process, and went on without killing it." },
                { OOM_END_REFUSED, 2, 0, OOM_UNKNOWN, "The request was refused: the kernel's OOM killer is disabled." },
                /* whatever the table shows: the log may merely lack the end */
                { OOM_END_UNKNOWN, 2, 2, OOM_UNKNOWN, "The log does not tell who was killed, if anyone was." },
                { OOM_END_UNKNOWN, 0, 0, OOM_UNKNOWN, "The log does not tell who was killed, if anyone was." },
                { OOM_END_UNKNOWN, OOM_UNKNOWN, 0, 7, "The kernel chose hog (pid 7); the log does not have the kill line, which tells "
                                                      "whether it was this one or a child of it." },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct scene *scene = scene_memcg();

                scene->verdict.kind = OOM_VERDICT_NONE;
                scene->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_NO_VICTIM;
                scene->verdict.has_chosen = scene->verdict.has_victim = false;
                scene->incident.type = OOM_TYPE_NO_VICTIM;
                scene->incident.end = rows[i].end;
                scene->incident.victim.pid = rows[i].named_pid;
                scene->incident.victim.comm.is_known = rows[i].named_pid != OOM_UNKNOWN;
                scene->verdict.candidates_total = rows[i].total;
                scene->report.tasks.n_unkillable = (uint64_t)rows[i].unkillable;
                ck_assert_msg(text_ends(text_from(explain(scene)), text_from(rows[i].words)), "row %zu: %s", i,
                              scene->explanation.reason);
                free(scene);
        }
}
END_TEST

/* With the same adjustment, what else counts. */
START_TEST(test_why_one_that_held_more_counts_less)
{
        static const struct {
                int64_t pgtables_bytes, uid;
                const char *words;
        } rows[] = {
                { MIB(210), 0, "but not with page tables." },
                { MIB(100), 5, "but root's processes count for less." }, /* up to 4.17 */
                { MIB(100), 0, "but had no higher badness." },
        };

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct scene *scene = scene_memcg();

                set_rows(scene, (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(9, "db", MIB(300), 0) }, 2);
                scene->verdict.chosen.pgtables_bytes = rows[i].pgtables_bytes;
                scene->verdict.chosen.uid = rows[i].uid;
                ck_assert_msg(text_ends(text_from(explain(scene)), text_from(rows[i].words)), "row %zu: %s", i,
                              scene->explanation.reason);
                free(scene);
        }
}
END_TEST

/* The row of the process is taken for the thread's: it is not known to be its parent, nor to be the only one. */
START_TEST(test_what_is_no_kill)
{
        struct scene *scene;

        scene = scene_global();
        scene->verdict.kind = OOM_VERDICT_NONE;
        scene->incident.type = OOM_TYPE_PANIC;
        scene->incident.message = TEXT("Out of memory: system-wide panic_on_oom is enabled");
        ck_assert_ptr_nonnull(strstr(explain(scene), "vm.panic_on_oom is set: the kernel stops the machine"));
        free(scene);

        scene = scene_global();
        scene->incident.type = OOM_TYPE_UNREAPABLE;
        ck_assert_str_eq(explain(scene), "");
        ck_assert_uint_eq(scene->explanation.n_hints, 0);
        free(scene);

        scene = scene_new(OOM_SCOPE_GLOBAL); /* SysRq, and nothing more than the kill line */
        scene->report.trigger.is_sysrq = true;
        check_reason(scene, "An operator asked for a kill by SysRq. hog held 100.0 MiB, the most of 2 processes.");
}
END_TEST

START_TEST(test_figures_out_of_range_are_unknown)
{
        struct scene *scene = scene_global();

        /* A hostile line: no sum, no product may overflow. */
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                scene->report.memory.pages[i] = INT64_MAX;
        for (size_t i = 0; i < scene->report.memory.n_zones; i++)
                for (size_t k = 0; k < OOM_COUNTER_COUNT; k++)
                        scene->report.memory.zones[i].counters[k] = INT64_MAX;
        scene->report.memory.ram_pages = INT64_MAX;
        scene->report.memory.n_hugepages = 1;
        scene->report.memory.hugepages[0] = (struct oom_hugepages){ 0, INT64_MAX, 0, 0, INT64_MAX };
        scene->report.tasks.sums[OOM_COLUMN_RSS] = INT64_MAX;
        scene->report.trigger.order = INT64_MAX;
        scene->verdict.candidates[0].rss_bytes = scene->verdict.candidates[0].swap_bytes = INT64_MAX;
        scene->incident.victim.file_rss_bytes = INT64_MAX;
        scene->verdict.has_victim = false;
        ck_assert_str_ne(explain(scene), "");
        free(scene);

        scene = scene_memcg();
        scene->report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes = 0;
        scene->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ INT64_MAX, 1, 0 };
        ck_assert_str_ne(explain(scene), "");
        free(scene);
}
END_TEST

START_TEST(test_hostile_names)
{
        static char path[OOM_PATH_MAX];
        struct scene *scene = scene_memcg();

        memset(path, 0xff, sizeof(path));
        oom_path_set(&scene->report.limit_memcg, (struct text){ path, sizeof(path) });
        oom_name_set(&scene->verdict.chosen.comm, TEXT("\033]0;x\a\n\xff"));
        set_rows(scene,
                 (struct oom_candidate[]){ row(7, "hog", MIB(100), 0), row(9, "\xe2\x80\xae\xc2\x9b", MIB(300), -500) },
                 2);
        ck_assert_ptr_nonnull(strstr(explain(scene), "has oom_score_adj -500."));
        scene->verdict.chosen.comm.length = 0;
        ck_assert_ptr_nonnull(strstr(explain(scene), "The process held 100.0 MiB"));
        free(scene);
}
END_TEST

TEST_MAIN("explain", CASE(test_the_largest_was_chosen), CASE(test_the_most_is_said_only_where_it_is_certain),
          CASE(test_another_held_more), CASE(test_inconsistent_and_child),
          CASE(test_every_unknown_reason_has_its_words), CASE(test_rage_kill), CASE(test_sizes_are_not_needed),
          CASE(test_how_a_report_without_a_kill_ended), CASE(test_why_one_that_held_more_counts_less),
          CASE(test_what_is_no_kill), CASE(test_figures_out_of_range_are_unknown), CASE(test_hostile_names))
