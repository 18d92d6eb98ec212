/* lib/verdict/verdict.c: does the kernel's choice follow from the table? By hand-computed numbers. */

#include "badness_fixture.h"
#include "harness.h"

START_TEST(test_choice_by_oom_score_adj)
{
        /* 8 MiB: 2048 pages, 1 of oom_score_adj is 2 pages */
        static const struct {
                int64_t chosen, adj, rank;
                enum oom_verdict_kind kind;
                enum oom_unknown_reason reason;
        } cases[] = {
                { 11, 300, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },       /* 501 + 600 = 1101 against 1002 */
                { 10, 300, 2, OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE }, /* 99 less */
                { 10, 378, 2, OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE }, /* 501 + 756 = 1257: 255 less */
                { 10, 379, 2, OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN },     /* 1259: 257 less */
                { 10, 250, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },       /* 1001 */
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(cases[i].chosen);
                set_memcg(8 * MIB, OOM_UNKNOWN, 0);
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, 1000, 8192, 0, 0);
                add_6_8(11, 0, 500, 4096, 0, cases[i].adj);
                expect(cases[i].kind, cases[i].reason, cases[i].rank);
                ck_assert_int_eq(verdict.ties, 0);
        }
}
END_TEST

START_TEST(test_margin_grows_with_the_badness)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 100000, 0, 0, 0);
        add_6_8(11, 0, 101000, 0, 0, 0); /* 1 % */
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE, 2);
        add_6_8(12, 0, 101001, 0, 0, 0);
        expect(OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN, 3);
}
END_TEST

START_TEST(test_bonus_of_root_is_not_guessed)
{
        /* a process of root with 100000 pages has 97000 to 100000 */
        static const struct {
                int64_t rss, rank;
                enum oom_verdict_kind kind;
                enum oom_unknown_reason reason;
        } cases[] = {
                { 100000, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },
                { 98000, OOM_UNKNOWN, OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE },
                { 96800, 2, OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE }, /* 200 less at least */
                { 90000, 2, OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char row[128];

                begin(10);
                set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
                begin_tasks(&report, HEADER_3_10);
                snprintf(row, sizeof(row), "[   10]  1000    10   200091 %8" PRId64 "       0        0             0 x",
                         cases[i].rss);
                add_row(&report, row);
                add_row(&report, "[   11]     0    11   200091   100000       0        0             0 x");
                expect(cases[i].kind, cases[i].reason, cases[i].rank);
        }
}
END_TEST

START_TEST(test_both_forms_of_an_open_era_must_agree)
{
        /* 4 GiB: 1 of oom_score_adj is 1048 pages. Both are far below 0: up to 5.7 that is 1 and 1, a tie */
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_4_19);
        add_6_8(10, 0, 1000, 0, 0, -600);
        add_6_8(11, 0, 1000, 0, 0, -500);
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE, OOM_UNKNOWN);
        incident.chosen_pid = incident.victim.pid = 11;
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.ties, OOM_UNKNOWN); /* 1 or 0 */
}
END_TEST

START_TEST(test_verdict_that_hangs_on_totalpages)
{
        static const struct {
                int64_t rss, adj, machine_swap, rank;
                enum oom_verdict_kind kind;
                enum oom_unknown_reason reason;
        } cases[] = {
                /* the chosen one has 100000 pages; 1 of oom_score_adj is 1048 pages, more with swap */
                { 50000, 0, OOM_UNKNOWN, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },
                { 50000, -100, OOM_UNKNOWN, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },
                { 50000, 100, OOM_UNKNOWN, 2, OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN }, /* 154800 at least */
                { 50000, 10, OOM_UNKNOWN, OOM_UNKNOWN, OOM_VERDICT_NONE,
                  OOM_VERDICT_UNKNOWN_TOTALPAGES }, /* 60480 at least */
                { 50000, 10, 0, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },
                { 50000, 10, 4 * GIB, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN }, /* 70970 at most */
                { 50000, 10, 40 * GIB, OOM_UNKNOWN, OOM_VERDICT_NONE,
                  OOM_VERDICT_UNKNOWN_TOTALPAGES }, /* 165340 at most */
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(10);
                set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNLIMITED);
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, 100000, 0, 0, 0);
                add_6_8(11, 0, cases[i].rss, 0, 0, cases[i].adj);
                machine.swap_total_bytes = cases[i].machine_swap;
                expect(cases[i].kind, cases[i].reason, cases[i].rank);
                /* of no oom_score_adj the badness is known whatever totalpages is */
                ck_assert_int_eq(verdict.chosen.badness, 100000);
        }
        ck_assert_int_eq(verdict.candidates[0].pid, 11);
        ck_assert_int_eq(verdict.candidates[0].badness, 50000 + 10 * 11534); /* 44 GiB: 11534336 pages */
}
END_TEST

START_TEST(test_normalised_form_needs_totalpages)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNKNOWN);
        begin_tasks(&report, HEADER_RHEL6);
        add_row(&report, "[   10]  1000    10   210000   210000   1       0             0 x");
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOTALPAGES, OOM_UNKNOWN); /* it may be infinite */
        set_memcg(4095, 4095, OOM_UNKNOWN);                                    /* no page */
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOTALPAGES, OOM_UNKNOWN);
        ck_assert_int_eq(verdict.victim.badness, OOM_UNKNOWN);
        set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
}
END_TEST

START_TEST(test_page_size_out_of_table_and_kill_line)
{
        begin(10);
        machine.page_size_bytes = OOM_UNKNOWN;
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 900, 0, 0, 1); /* total_vm 1000; 4 KiB: 900 + 1048, 64 KiB: 900 + 65 */
        add_6_8(11, 0, 1500, 0, 0, 0);
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_PAGE_SIZE, OOM_UNKNOWN);
        ck_assert_int_eq(verdict.page_size_bytes, OOM_UNKNOWN);
        ck_assert_int_eq(verdict.victim.rss_bytes, OOM_UNKNOWN);
        ck_assert_int_eq(verdict.totalpages_bytes, 4 * GIB);
        incident.victim.total_vm_bytes = 1000 * 4096;
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.page_size_bytes, 4096);
        incident.victim.total_vm_bytes = 1010 * 65536; /* grown a little meanwhile */
        expect(OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN, 2);
        ck_assert_int_eq(verdict.page_size_bytes, 65536);
        ck_assert_int_eq(verdict.victim.badness, 965);
        incident.victim.total_vm_bytes = 1500 * 4096; /* fits none */
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_PAGE_SIZE, OOM_UNKNOWN);
        incident.victim.total_vm_bytes = 0;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_PAGE_SIZE, OOM_UNKNOWN);
        report.memory.page_size_bytes = 65536; /* buddy lines know it */
        expect(OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN, 2);
}
END_TEST

START_TEST(test_ties_are_counted_and_consistent)
{
        begin(12);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 700, 0, 0, 0);
        add_6_8(11, 0, 700, 0, 0, 0);
        add_6_8(12, 0, 700, 0, 0, 0);
        add_6_8(13, 0, 700, 0, 0, 0);
        add_6_8(14, 0, 699, 0, 0, 0);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.ties, 3);
        /* the chosen one first, then in the order in which 5.3 and later would have taken them */
        ck_assert_int_eq(verdict.candidates[0].pid, 12);
        ck_assert_int_eq(verdict.candidates[1].pid, 13);
        ck_assert_int_eq(verdict.candidates[2].pid, 11);
        ck_assert_int_eq(verdict.candidates[3].pid, 10);
        ck_assert_int_eq(verdict.candidates[4].pid, 14);
        /* up to 5.2 */
        begin_tasks(&report, HEADER_4_15);
        add_6_8(10, 1, 700, 0, 0, 0);
        add_6_8(11, 1, 700, 0, 0, 0);
        add_6_8(12, 1, 700, 0, 0, 0);
        add_6_8(13, 1, 700, 0, 0, 0);
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.candidates[0].pid, 12);
        ck_assert_int_eq(verdict.candidates[1].pid, 10);
        ck_assert_int_eq(verdict.candidates[3].pid, 13);
}
END_TEST

/* A kubelet's -998 of 1 GiB takes off more than these hold. From 5.9 on a badness may be negative, and the choice is by size. */
START_TEST(test_the_least_badness_hides_the_sizes)
{
        static const struct {
                const char *header;
                int64_t rss;
                bool is_announced, is_floor;
        } cases[] = {
                { HEADER_3_10, 200000, true, true },
                { HEADER_3_10, 262000, true, false }, /* more than 998 thousandths */
                { HEADER_4_19, 200000, true, true },
                { HEADER_4_19, 200000, false, false }, /* which of the two forms isn't known */
                { HEADER_6_8, 200000, false, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char row[128];

                begin(10);
                set_memcg(GIB, GIB, OOM_UNKNOWN);
                begin_tasks(&report, cases[i].header);
                if (cases[i].is_announced)
                        report.parts |= OOM_PART_ANNOUNCEMENT;
                if (strcmp(cases[i].header, HEADER_3_10) == 0) {
                        snprintf(row, sizeof(row),
                                 "[   10]  1000    10   300000 %8" PRId64 "       0        0          -998 x",
                                 cases[i].rss);
                        add_row(&report, row);
                        add_row(&report, "[   11]  1000    11   300000   100000       0        0          -998 x");
                } else {
                        add_6_8(10, 1000, cases[i].rss, 0, 0, -998);
                        add_6_8(11, 1000, 100000, 0, 0, -998);
                }
                find_verdict();
                ck_assert_msg(verdict.is_floor == cases[i].is_floor, "case %zu", i);
        }
}
END_TEST

START_TEST(test_100000_equal_rows)
{
        const int64_t chosen[] = { 100, 100099 }; /* the first, up to 5.2; the last, 5.3 on */

        begin(0);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        for (int64_t i = 0; i < 100000; i++)
                add_6_8(100 + i, 0, 10, 0, 0, 0);
        for (size_t i = 0; i < 2; i++) {
                incident.chosen_pid = incident.victim.pid = chosen[i];
                expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
                ck_assert_int_eq(verdict.ties, 99999);
                ck_assert_int_eq(verdict.candidates_total, 100000);
                ck_assert_int_eq(verdict.candidates[0].pid, chosen[i]);
        }
}
END_TEST

/* While the table was read totalpages was 4 to 8 GiB: it is the one or the other, and the rows kept for just that count. */
START_TEST(test_ties_are_counted_at_either_end_of_totalpages)
{
        const int64_t swaps[] = { 0, 8 * GIB };

        for (size_t i = 0; i < COUNT(swaps); i++) {
                begin(100);
                set_memcg(4 * GIB, OOM_UNKNOWN, 4 * GIB);
                machine.swap_total_bytes = swaps[i];
                begin_tasks(&report, HEADER_6_8);
                for (int64_t k = 0; k < 1000; k++)
                        add_6_8(100 + k, 0, 10, 0, 0, 0);
                expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
                ck_assert_int_eq(verdict.ties, 999);
        }
}
END_TEST

START_TEST(test_100000_rows_of_all_sizes)
{
        begin(0);
        set_memcg(400 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        for (int64_t i = 0; i < 100000; i++)
                add_6_8(100 + i, 0, 2000 * (i * 7919 % 100000), 0, 0, 0);
        /* 7919 * 52079 = 99999 (mod 100000): the largest; 5 times that is the fifth from the end */
        for (int64_t i = 0; i < 100000; i++)
                if (i * 7919 % 100000 >= 99995)
                        incident.chosen_pid = i * 7919 % 100000 == 99995 ? 100 + i : incident.chosen_pid;
        incident.victim.pid = incident.chosen_pid;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE, 5); /* 8000 pages of 199990000 */
        incident.chosen_pid = incident.victim.pid = verdict.candidates[0].pid;
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(verdict.ties, 0);
        ck_assert_int_eq(verdict.chosen.badness, 199998000);
        incident.chosen_pid = incident.victim.pid = 100; /* rss 0 */
        expect(OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN, 100000);
        ck_assert_int_eq(verdict.chosen.badness, 0);
        for (int64_t i = 1; i < 100000; i += 9973) {
                incident.chosen_pid = incident.victim.pid = 100 + i;
                expect(OOM_VERDICT_INCONSISTENT, OOM_VERDICT_KNOWN, 100000 - i * 7919 % 100000);
        }
        incident.chosen_pid = incident.victim.pid = 99;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_IN_TABLE, OOM_UNKNOWN);
        ck_assert(!verdict.has_chosen);
}
END_TEST

START_TEST(test_rows_that_were_not_kept_are_reckoned_with)
{
        /* 4 GiB of memory, unlimited swap of which the machine has 4 GiB: 1 of oom_score_adj is 1048 pages to 2097. While the table
         * was read the second was not known: kept are the ten with 100000 pages, and the ten with oom_score_adj 20. A row that
         * was not kept may have up to 100000 + 20 * 1049 = 120980. Where all are kept, as in a table of less than 100,000, it is known
         * that none has so much. */
        static const struct {
                int64_t rss, rank;
                enum oom_verdict_kind kind;
                enum oom_unknown_reason reason;
        } cases[] = {
                { 120980, 1, OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN },
                { 120979, OOM_UNKNOWN, OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_KEPT },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(10);
                set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNLIMITED);
                machine.swap_total_bytes = 4 * GIB;
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, cases[i].rss, 0, 0, 0);
                for (int64_t k = 0; k < 12; k++) {
                        add_6_8(100 + k, 0, 100000, 0, 0, 0);
                        add_6_8(200 + k, 0, 1, 0, 0, 20);
                }
                expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
                fixture_rows.is_cut = true;
                expect(cases[i].kind, cases[i].reason, cases[i].rank);
        }
}
END_TEST

/* That vm.oom_kill_allocating_task chose it is said by the kill line, or the announcement. */
START_TEST(test_without_a_kill_line_the_choice_may_have_been_another)
{
        begin(10);
        report.parts = OOM_PART_HEADER | OOM_PART_SUMMARY;
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 1000, 0, 0, 0);
        add_6_8(11, 0, 2000, 0, 0, 0);
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NO_KILL_LINE, OOM_UNKNOWN);
        incident.chosen_pid = incident.victim.pid = 11;
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
}
END_TEST

START_TEST(test_an_unknown_verdict_has_its_reason)
{
        static const struct {
                enum oom_type type;
                int64_t chosen;
                bool is_allocating_task, has_rows, has_layout, is_complete;
                const char *header;
                enum oom_unknown_reason reason;
        } cases[] = {
                { OOM_TYPE_KILL, 10, false, true, true, true, HEADER_6_8, OOM_VERDICT_KNOWN },
                { OOM_TYPE_KILL, OOM_UNKNOWN, false, true, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_NOT_NAMED },
                { OOM_TYPE_KILL, 10, true, true, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_ALLOCATING_TASK },
                { OOM_TYPE_NO_VICTIM, OOM_UNKNOWN, false, true, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_NO_VICTIM },
                { OOM_TYPE_PANIC, OOM_UNKNOWN, false, true, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_NO_VICTIM },
                { OOM_TYPE_KILL, 10, false, false, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_NO_TABLE },
                { OOM_TYPE_KILL, 10, false, false, false, false, HEADER_6_8, OOM_VERDICT_UNKNOWN_NO_TABLE },
                { OOM_TYPE_KILL, 10, false, false, true, false, HEADER_6_8, OOM_VERDICT_UNKNOWN_TABLE_CUT },
                { OOM_TYPE_KILL, 10, false, true, true, false, HEADER_6_8, OOM_VERDICT_UNKNOWN_TABLE_CUT },
                { OOM_TYPE_KILL, 10, false, true, false, false, HEADER_6_8, OOM_VERDICT_UNKNOWN_NO_LAYOUT },
                { OOM_TYPE_KILL, 10, false, true, true, true, HEADER_2_6_32, OOM_VERDICT_UNKNOWN_OLD_FORMULA },
                /* a table of tomorrow without swap */
                { OOM_TYPE_KILL, 10, false, true, true, true,
                  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes held oom_score_adj name",
                  OOM_VERDICT_UNKNOWN_NO_LAYOUT },
                { OOM_TYPE_KILL, 77, false, true, true, true, HEADER_6_8, OOM_VERDICT_UNKNOWN_NOT_IN_TABLE },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(10);
                incident.type = cases[i].type;
                incident.chosen_pid = cases[i].chosen;
                set_memcg(4 * GIB, OOM_UNKNOWN, 0);
                report.is_allocating_task = cases[i].is_allocating_task;
                begin_tasks(&report, cases[i].header);
                if (!cases[i].has_layout)
                        oom_tasks_begin(&report.tasks, NULL, NULL, 0);
                if (cases[i].has_rows && strcmp(cases[i].header, HEADER_6_8) == 0 && cases[i].has_layout)
                        add_6_8(10, 0, 1000, 0, 0, 0);
                else if (cases[i].has_rows) {
                        struct oom_task task = { .values = { 10, 0, 10, 2000, 1000 } };

                        task.values[OOM_COLUMN_OOM_SCORE_ADJ] = OOM_UNKNOWN;
                        add_task(&report.tasks, &task);
                }
                report.tasks.is_complete = cases[i].is_complete;
                find_verdict();
                ck_assert_msg(verdict.unknown_reason == cases[i].reason, "case %zu: %d", i, verdict.unknown_reason);
                ck_assert_int_eq(verdict.kind,
                                 cases[i].reason == OOM_VERDICT_KNOWN ? OOM_VERDICT_CONSISTENT : OOM_VERDICT_NONE);
                ck_assert_int_eq(verdict.candidates_total,
                                 cases[i].is_complete ? (int64_t)report.tasks.count : OOM_UNKNOWN);
                ck_assert_uint_eq(verdict.n_candidates, cases[i].has_rows);
        }
}
END_TEST

TEST_MAIN("verdict", CASE(test_choice_by_oom_score_adj), CASE(test_margin_grows_with_the_badness),
          CASE(test_bonus_of_root_is_not_guessed), CASE(test_both_forms_of_an_open_era_must_agree),
          CASE(test_verdict_that_hangs_on_totalpages), CASE(test_normalised_form_needs_totalpages),
          CASE(test_page_size_out_of_table_and_kill_line), CASE(test_ties_are_counted_and_consistent),
          CASE(test_the_least_badness_hides_the_sizes), CASE(test_100000_equal_rows),
          CASE(test_ties_are_counted_at_either_end_of_totalpages), CASE(test_100000_rows_of_all_sizes),
          CASE(test_rows_that_were_not_kept_are_reckoned_with),
          CASE(test_without_a_kill_line_the_choice_may_have_been_another), CASE(test_an_unknown_verdict_has_its_reason))
