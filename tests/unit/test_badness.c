/* lib/verdict/verdict.h, badness.h: the badness of a row by hand-computed numbers, and which rows are shown. */

#include "badness_fixture.h"
#include "harness.h"

/* ---- the formula, era by era ------------------------------------------------------------------------------------------ */

START_TEST(test_badness_by_era)
{
        /* A cgroup of 4 GiB without swap: 1048576 pages, 1 of oom_score_adj is 1048. */
        static const struct {
                const char *header, *row;
                int64_t score, badness;
        } cases[] = {
                /* 6.8: 12711 + 143360/4096 (35) + 7 = 12753 */
                { HEADER_6_8,
                  "[     10]  1000    10    13091    12711    12700       11         0   143360        7             0 "
                  "x",
                  OOM_UNKNOWN, 12753 },
                /* ... + 100 * 1048 */
                { HEADER_6_8,
                  "[     10]  1000    10    13091    12711    12700       11         0   143360        7           100 "
                  "x",
                  OOM_UNKNOWN, 117553 },
                /* ... - 100 * 1048: it may be negative; up to 5.7 it would be 1, 4.19's table doesn't show which kernel it is */
                { HEADER_6_8,
                  "[     10]  1000    10    13091    12711    12700       11         0   143360        7          -100 "
                  "x",
                  OOM_UNKNOWN, -92047 },
                { HEADER_4_19, "[     10]  1000    10    13091    12711   143360        7          -100 x", OOM_UNKNOWN,
                  OOM_UNKNOWN },
                { HEADER_4_19, "[     10]     0    10    13091    12711   143360        7           100 x", OOM_UNKNOWN,
                  117553 },
                /* 4.15 takes 3 % off root's, 4.18 not, and both look alike */
                { HEADER_4_15, "[   10]  1000    10    13091    12711   143360        7           100 x", OOM_UNKNOWN,
                  117553 },
                { HEADER_4_15, "[   10]     0    10    13091    12711   143360        7           100 x", OOM_UNKNOWN,
                  OOM_UNKNOWN },
                /* 4.4: 12711 + 24 + 3 + 7 = 12745 */
                { HEADER_4_4, "[   10]  1000    10    13091    12711      24       3        7             0 x",
                  OOM_UNKNOWN, 12745 },
                /* 12711 + 24 + 7 - 20 * 1048 is negative: 1 */
                { HEADER_3_10, "[   10]  1000    10    13091    12711      24        7           -20 x", OOM_UNKNOWN,
                  1 },
                /* root: 100000 - 3 % = 97000 if it has CAP_SYS_ADMIN. 97000*1000/1048576 = 92, 100000*1000/1048576 = 95 */
                { HEADER_3_10, "[   10]     0    10   100091    99900     100        0             0 x", OOM_UNKNOWN,
                  OOM_UNKNOWN },
                { HEADER_3_10, "[   10]     0    10   100091    99900     100        0             0 x", 92, 97000 },
                { HEADER_3_10, "[   10]     0    10   100091    99900     100        0             0 x", 95, 100000 },
                { HEADER_3_10, "[   10]     0    10   100091    99900     100        0             0 x", 94,
                  OOM_UNKNOWN },
                /* root's 3 % of 33 pages is none */
                { HEADER_3_10, "[   10]     0    10      191       33       0        0             0 x", OOM_UNKNOWN,
                  33 },
                /* RHEL 6: 210000*1000/1048576 = 200, and with 426 pages of page tables too; 209715 is 199, with them 200 */
                { HEADER_RHEL6, "[   10]  1000    10   210000   210000   1       0             0 x", OOM_UNKNOWN, 200 },
                { HEADER_RHEL6, "[   10]  1000    10   210000   210000   1       1            77 x", OOM_UNKNOWN, 277 },
                { HEADER_RHEL6, "[   10]  1000    10   210000   210000   1      15          1000 x", OOM_UNKNOWN,
                  1000 },
                { HEADER_RHEL6, "[   10]  1000    10   210000   210000   1      -5          -500 x", OOM_UNKNOWN, 1 },
                { HEADER_RHEL6, "[   10]  1000    10   209715   209715   1       0             0 x", OOM_UNKNOWN,
                  OOM_UNKNOWN },
                { HEADER_RHEL6, "[   10]     0    10   210000   210000   1       0             0 x", OOM_UNKNOWN,
                  OOM_UNKNOWN }, /* 170 or 200 */
                { HEADER_RHEL6, "[   10]     0    10   210000   210000   1       0             0 x", 170, 170 },
                /* not to be computed at all */
                { HEADER_2_6_32, "[   10]  1000    10   210000   210000   1       0 x", 500, OOM_UNKNOWN },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(10);
                set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
                report.memory.swap_total_bytes = 0;
                begin_tasks(&report, cases[i].header);
                add_row(&report, cases[i].row);
                incident.victim.score = cases[i].score;
                find_verdict();
                ck_assert(verdict.has_victim && verdict.has_chosen);
                ck_assert_msg(verdict.victim.badness == cases[i].badness, "%s: %" PRId64, cases[i].row,
                              verdict.victim.badness);
                ck_assert_int_eq(verdict.totalpages_bytes, 4 * GIB);
        }
}
END_TEST

START_TEST(test_small_cgroup_knows_no_oom_score_adj)
{
        /* 2 MiB are 512 pages; 512 / 1000 is 0 */
        begin(10);
        set_memcg(2 * MIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 400, 4096, 0, -999);
        add_6_8(11, 0, 100, 4096, 0, 1000);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.victim.badness, 401);
        ck_assert_int_eq(verdict.candidates[1].badness, 101);
}
END_TEST

START_TEST(test_negative_badness_is_known_where_the_report_shows_its_kernel)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_4_19);
        add_6_8(10, 0, 400, 4096, 0, -100); /* 401 - 104800 */
        find_verdict();
        ck_assert_int_eq(verdict.victim.badness, OOM_UNKNOWN);
        report.memcg.stats[report.memcg.n_stats++] =
                (struct oom_stat){ .name = "percpu", .name_length = 6, .value = 0 }; /* 5.10 on */
        find_verdict();
        ck_assert_int_eq(verdict.victim.badness, -104399);
        report.memcg.n_stats = 0;
        report.memory.n_nodes = 1; /* 5.9 on */
        report.memory.nodes[0].counters[OOM_COUNTER_KERNEL_STACK] = 0;
        find_verdict();
        ck_assert_int_eq(verdict.victim.badness, -104399);
}
END_TEST

START_TEST(test_sizes_are_bytes)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 33, 1000, 8192, 5, 3);
        find_verdict();
        ck_assert_int_eq(verdict.page_size_bytes, 4096);
        ck_assert_int_eq(verdict.victim.uid, 33);
        ck_assert_int_eq(verdict.victim.rss_bytes, 4096000);
        ck_assert_int_eq(verdict.victim.swap_bytes, 20480);
        ck_assert_int_eq(verdict.victim.pgtables_bytes, 8192);
        ck_assert_int_eq(verdict.victim.oom_score_adj, 3);
        ck_assert_int_eq(verdict.candidates_total, 1);
        ck_assert(text_equal(oom_name_text(&verdict.victim.comm), TEXT("p10")));
        /* page tables counted by page: 24 + 3 */
        begin_tasks(&report, HEADER_4_4);
        add_row(&report, "[   10]  1000    10    13091    12711      24       3        7             0 x");
        find_verdict();
        ck_assert_int_eq(verdict.victim.pgtables_bytes, 27 * 4096);
}
END_TEST

/* ---- who is who in the table ------------------------------------------------------------------------------------------- */

START_TEST(test_who_can_not_be_killed_is_not_counted)
{
        struct oom_task killed = { .is_victim_already = true };

        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 1000, 0, 0, 0);
        add_6_8(11, 0, 100000, 0, 0, -1000);
        add_6_8(1, 0, 90000, 0, 0, 0);
        for (size_t i = 0; i < OOM_COLUMN_COUNT; i++)
                killed.values[i] = 0;
        killed.values[OOM_COLUMN_PID] = killed.values[OOM_COLUMN_TGID] = 13;
        killed.values[OOM_COLUMN_RSS] = 80000;
        add_task(&report.tasks, &killed);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_uint_eq(verdict.n_candidates, 4);
        ck_assert_int_eq(verdict.candidates[0].pid, 10);
        ck_assert(verdict.candidates[0].is_killable);
        ck_assert_int_eq(verdict.candidates[1].pid, 11); /* then the others, by what they hold */
        ck_assert_int_eq(verdict.candidates[1].badness, OOM_UNKNOWN);
        ck_assert(!verdict.candidates[1].is_killable && !verdict.candidates[2].is_killable);
        ck_assert(!verdict.candidates[3].is_killable);
        ck_assert_int_eq(verdict.candidates[3].badness, 80000);
        ck_assert_uint_eq(verdict.n_holders, 4);
        ck_assert_int_eq(verdict.holders[0].pid, 11);
        ck_assert_int_eq(verdict.holders[3].pid, 10);
}
END_TEST

START_TEST(test_protected_holder_is_shown_behind_many_others)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(9, 0, 500000, 0, 0, -1000);
        for (int64_t i = 0; i < 20; i++)
                add_6_8(10 + i, 0, 1000 - i, 0, 0, 0);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_uint_eq(verdict.n_candidates, OOM_CANDIDATES_MAX);
        for (size_t i = 0; i < OOM_CANDIDATES_MAX; i++)
                ck_assert_int_eq(verdict.candidates[i].pid, 10 + (int64_t)i);
        ck_assert_int_eq(verdict.candidates_total, 21);
        ck_assert_uint_eq(verdict.n_holders, OOM_HOLDERS_MAX);
        ck_assert_int_eq(verdict.holders[0].pid, 9);
        ck_assert(!verdict.holders[0].is_killable);
}
END_TEST

START_TEST(test_processes_that_are_threads)
{
        /* the leader is dead, a thread has the memory: the kernel names the process, or the thread */
        begin(600);
        set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
        begin_tasks(&report, HEADER_4_15);
        add_row(&report, "[  606]  1000   600    13091    12711   143360        0             0 x");
        add_row(&report, "[  700]  1000   700    13091     2711   143360        0             0 y");
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.chosen.pid, 606);
        /* up to 3.x: announced by its own pid, which is in no row; killed by its process's, or it is a thread of another, whose child
         * was killed */
        incident.chosen_pid = 611;
        incident.victim.score = 12;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_IN_TABLE, OOM_UNKNOWN);
        ck_assert(verdict.has_victim && !verdict.has_chosen);
}
END_TEST

START_TEST(test_child_killed_for_its_parent)
{
        begin(11);
        incident.chosen_pid = 10;
        set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
        begin_tasks(&report, HEADER_4_4);
        add_row(&report, "[   10]  1000    10    13091    12711      20       4        0             0 parent");
        add_row(&report, "[   11]  1000    11    13091     2711      20       4        0             0 child");
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.chosen.badness, 12735);
        ck_assert_int_eq(verdict.victim.badness, 2735);
}
END_TEST

START_TEST(test_empty_report)
{
        begin(10);
        oom_verdict_of(&incident, NULL, &verdict);
        ck_assert_int_eq(verdict.unknown_reason, OOM_VERDICT_UNKNOWN_NO_TABLE);
        ck_assert_uint_eq(verdict.n_candidates, 0);
        ck_assert_int_eq(verdict.totalpages_bytes, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_candidates_by_memory_where_the_badness_is_open)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNLIMITED);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 100, 0, 0, 900);
        add_6_8(11, 0, 5000, 0, 0, 0);
        add_6_8(12, 0, 9000, 0, 0, -1000);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.candidates[0].pid, 12);
        ck_assert_int_eq(verdict.candidates[1].pid, 11);
        ck_assert_int_eq(verdict.candidates[2].pid, 10);
        ck_assert_int_eq(verdict.candidates[1].badness, 5000);
        ck_assert_int_eq(verdict.candidates[2].badness, OOM_UNKNOWN);
        /* swap and page tables count: without an oom_score_adj the badness is known, and the list can't go against it */
        add_6_8(13, 0, 4000, 0, 2000, 0);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.candidates[1].pid, 13);
        ck_assert_int_eq(verdict.candidates[1].badness, 6000);
        ck_assert_int_eq(verdict.candidates[2].pid, 11);
}
END_TEST

/* No kernel prints such a table; a damaged line may look like its header. */
START_TEST(test_table_without_its_main_columns_has_no_verdict)
{
        begin(2390);
        set_memory(4096, 262144, 0, 0);
        begin_tasks(&report, "[ pid ]   uid  tgid total_vm cpu oom_adj oom_score_adj name");
        add_row(&report, "[ 2390]    33  2390    91288   0       0             0 apache2");
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NO_LAYOUT, OOM_UNKNOWN);
        ck_assert_int_eq(verdict.candidates[0].badness, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_largest_numbers_overflow_nothing)
{
        static const char *const headers[] = { HEADER_2_6_32, HEADER_RHEL6, HEADER_3_10, HEADER_4_4,
                                               HEADER_4_15,   HEADER_4_19,  HEADER_6_8 };
        static const int64_t limits[] = { 1, 4096, GIB, INT64_MAX - 1, OOM_UNLIMITED, OOM_UNKNOWN };

        for (size_t i = 0; i < COUNT(headers); i++)
                for (size_t j = 0; j < COUNT(limits); j++) {
                        begin(5);
                        incident.victim.total_vm_bytes = INT64_MAX;
                        incident.victim.pgtables_bytes = INT64_MAX;
                        incident.victim.oom_score_adj = INT64_MAX;
                        incident.victim.score = INT64_MAX;
                        machine = (struct oom_machine){ j % 2 ? 4096 : OOM_UNKNOWN, limits[j] };
                        set_memcg(limits[j], OOM_UNKNOWN, limits[(j + 3) % 6]);
                        begin_tasks(&report, headers[i]);
                        for (int64_t pid = 2; pid < 30; pid++) {
                                struct oom_task task = { 0 };

                                for (size_t k = 0; k < OOM_COLUMN_COUNT; k++)
                                        task.values[k] = oom_layout_has(&report.tasks.layout, (enum oom_column)k)
                                                                 ? OOM_TASK_VALUE_MAX - pid
                                                                 : OOM_UNKNOWN;
                                task.values[OOM_COLUMN_PID] = task.values[OOM_COLUMN_TGID] = pid;
                                task.values[OOM_COLUMN_UID] = pid % 2;
                                if (task.values[OOM_COLUMN_OOM_ADJ] != OOM_UNKNOWN)
                                        task.values[OOM_COLUMN_OOM_ADJ] = OOM_ADJ_MAX;
                                if (task.values[OOM_COLUMN_OOM_SCORE_ADJ] != OOM_UNKNOWN)
                                        task.values[OOM_COLUMN_OOM_SCORE_ADJ] = pid % 3 ? OOM_SCORE_ADJ_MAX : -999;
                                add_task(&report.tasks, &task);
                        }
                        find_verdict();
                        incident.chosen_pid = 1000; /* in no row */
                        find_verdict();
                }
}
END_TEST

TEST_MAIN("badness", CASE(test_badness_by_era), CASE(test_small_cgroup_knows_no_oom_score_adj),
          CASE(test_negative_badness_is_known_where_the_report_shows_its_kernel), CASE(test_sizes_are_bytes),
          CASE(test_who_can_not_be_killed_is_not_counted), CASE(test_protected_holder_is_shown_behind_many_others),
          CASE(test_processes_that_are_threads), CASE(test_child_killed_for_its_parent), CASE(test_empty_report),
          CASE(test_candidates_by_memory_where_the_badness_is_open),
          CASE(test_table_without_its_main_columns_has_no_verdict), CASE(test_largest_numbers_overflow_nothing))
