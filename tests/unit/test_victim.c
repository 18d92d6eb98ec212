/* lib/verdict/victim.h: the rows of the victim and of the chosen one, and what the kill line doesn't print of the victim. */

#include "badness_fixture.h"
#include "harness.h"

static void find(void)
{
        completed = incident;
        oom_incident_find_rows(&completed);
}

static void name_victim(const char *comm)
{
        oom_name_set(&incident.victim.comm, text_from(comm));
        incident.chosen_comm = incident.victim.comm;
}

START_TEST(test_what_is_unknown_of_the_victim_is_its_rows)
{
        static const struct {
                const char *header, *row;
                int64_t uid, adj, pgtables, total_vm, anon;
        } cases[] = {
                { HEADER_2_6_32, "[   10]  1000    10    50000    40000   1      -3 x", 1000, OOM_UNKNOWN, OOM_UNKNOWN,
                  50000 * 4096, OOM_UNKNOWN },
                { HEADER_RHEL6, "[   10]    -2    10    50000    40000   1       0            15 x", 4294967294, 15,
                  OOM_UNKNOWN, 50000 * 4096, OOM_UNKNOWN },
                { HEADER_3_10, "[   10]     0    10    50000    40000      90        7          -998 x", 0, -998,
                  90 * 4096, 50000 * 4096, OOM_UNKNOWN },
                { HEADER_4_4, "[   10]     0    10    50000    40000      90       3        7             0 x", 0, 0,
                  93 * 4096, 50000 * 4096, OOM_UNKNOWN },
                { HEADER_4_19, "[     10]     1    10    50000    40000   380928        7          1000 x", 1, 1000,
                  380928, 50000 * 4096, OOM_UNKNOWN },
                { HEADER_6_8,
                  "[     10]     1    10    50000    40000    39000     1000         0   380928        7             0 "
                  "x",
                  1, 0, 380928, 50000 * 4096, 39000 * 4096 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct oom_victim *victim = &completed.victim;

                begin(10);
                set_memory(4096, 262144, 0, 0);
                begin_tasks(&report, cases[i].header);
                add_row(&report, cases[i].row);
                find();
                ck_assert_int_eq(completed.victim_row.state, OOM_ROW_FOUND);
                ck_assert_int_eq(completed.chosen_row.state, OOM_ROW_FOUND);
                ck_assert_msg(victim->uid == cases[i].uid, "case %zu: %" PRId64, i, victim->uid);
                ck_assert_msg(victim->oom_score_adj == cases[i].adj, "case %zu: %" PRId64, i, victim->oom_score_adj);
                ck_assert_msg(victim->pgtables_bytes == cases[i].pgtables, "case %zu: %" PRId64, i,
                              victim->pgtables_bytes);
                ck_assert_msg(victim->total_vm_bytes == cases[i].total_vm, "case %zu", i);
                ck_assert_msg(victim->anon_rss_bytes == cases[i].anon, "case %zu", i);
                ck_assert_msg(victim->rss_bytes == (cases[i].anon == OOM_UNKNOWN ? 40000 * 4096 : OOM_UNKNOWN),
                              "case %zu", i);
                ck_assert(!completed.has_pgtables_line);
        }
}
END_TEST

START_TEST(test_what_the_kill_line_says_is_not_replaced)
{
        begin(10);
        set_memory(4096, 262144, 0, 0);
        begin_tasks(&report, HEADER_4_19);
        add_row(&report, "[     10]     1    10    50000    40000   380928        7          1000 x");
        incident.victim.uid = 1;
        incident.victim.oom_score_adj = 0;
        incident.victim.pgtables_bytes = 8192;
        incident.victim.total_vm_bytes = 4096;
        incident.victim.anon_rss_bytes = 0;
        find();
        ck_assert_int_eq(completed.victim_row.state, OOM_ROW_FOUND);
        ck_assert_int_eq(completed.victim.oom_score_adj, 0);
        ck_assert_int_eq(completed.victim.pgtables_bytes, 8192);
        ck_assert_int_eq(completed.victim.total_vm_bytes, 4096);
        ck_assert_int_eq(completed.victim.anon_rss_bytes, 0);
        ck_assert(completed.has_pgtables_line);
}
END_TEST

START_TEST(test_which_row_is_the_victims)
{
        static const struct {
                const char *row, *comm;
                int64_t uid, total_vm_bytes;
                enum oom_row_state state;
        } cases[] = {
                { "[     10]  1000    10    50000    40000   380928        0             0 java", "java", OOM_UNKNOWN,
                  OOM_UNKNOWN, OOM_ROW_FOUND },
                { "[     10]  1000    10    50000    40000   380928        0             0 a", "a  ", OOM_UNKNOWN,
                  OOM_UNKNOWN, OOM_ROW_FOUND }, /* the blanks at the end of a line were lost */
                { "[     10]  1000    10    50000    40000   380928        0             0 ", "", OOM_UNKNOWN,
                  OOM_UNKNOWN, OOM_ROW_FOUND },
                { "[     15]  1000    10    50000    40000   380928        0             0 java", "java", 1000,
                  50000 * 4096, OOM_ROW_FOUND }, /* of a thread that is left */
                { "[     10]  1000    15    50000    40000   380928        0             0 java", "java", 1000,
                  51000 * 4096, OOM_ROW_FOUND }, /* it has grown */
                { "[     10]  1000    10    50000    40000   380928        0             0 ja", "java", OOM_UNKNOWN,
                  50000 * 4096, OOM_ROW_FOUND }, /* the line was cut, or it was renamed */
                { "[     10]  1000    10    50000    40000   380928        0             0 java", "perl", OOM_UNKNOWN,
                  INT64_C(50000) * 65536, OOM_ROW_FOUND },
                { "[     10]  1000    10    50000    40000   380928        0             0 java", "perl", OOM_UNKNOWN,
                  50001 * 4096, OOM_ROW_OTHER },
                { "[     10]  1000    10    50000    40000   380928        0             0 java", "perl", OOM_UNKNOWN,
                  OOM_UNKNOWN, OOM_ROW_OTHER },
                { "[     10]  1000    10    50000    40000   380928        0             0 java", "java", 1001,
                  60000 * 4096, OOM_ROW_OTHER },
                { "[     11]  1000    11    50000    40000   380928        0             0 java", "java", OOM_UNKNOWN,
                  50000 * 4096, OOM_ROW_NONE },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin(10);
                name_victim(cases[i].comm);
                incident.victim.uid = cases[i].uid;
                incident.victim.total_vm_bytes = cases[i].total_vm_bytes;
                begin_tasks(&report, HEADER_4_19);
                add_row(&report, cases[i].row);
                find();
                ck_assert_msg(completed.victim_row.state == cases[i].state, "case %zu: %d", i,
                              completed.victim_row.state);
                ck_assert_int_eq(completed.chosen_row.state, cases[i].state);
                ck_assert_msg(completed.victim.oom_score_adj == (cases[i].state == OOM_ROW_FOUND ? 0 : OOM_UNKNOWN),
                              "case %zu", i);
        }
}
END_TEST

/* Of a child that was killed for its parent, each has a row of its own. */
START_TEST(test_parent_and_child_have_their_own_rows)
{
        begin(11);
        name_victim("child");
        incident.chosen_pid = 10;
        oom_name_set(&incident.chosen_comm, TEXT("parent"));
        begin_tasks(&report, HEADER_4_19);
        add_row(&report, "[     10]     7    10    50000    40000   380928        0            -5 parent");
        add_row(&report, "[     11]     8    11    50000    40000   380928        0             9 child");
        find();
        ck_assert_int_eq(completed.victim.uid, 8);
        ck_assert_int_eq(completed.victim.oom_score_adj, 9);
        ck_assert_int_eq(completed.chosen_row.task.values[OOM_COLUMN_UID], 7);
        incident.chosen_pid = 12;
        find();
        ck_assert_int_eq(completed.chosen_row.state, OOM_ROW_NONE);
        oom_name_set(&incident.chosen_comm, TEXT("another"));
        incident.chosen_pid = 10;
        find();
        ck_assert_int_eq(completed.chosen_row.state, OOM_ROW_OTHER);
}
END_TEST

/* Most rows of a large table are kept without a name and total_vm: who it is, and the size of a page, are known all the same. */
START_TEST(test_row_far_down_a_large_table)
{
        begin(9000);
        name_victim("small");
        machine.page_size_bytes = OOM_UNKNOWN;
        incident.victim.total_vm_bytes = 600 * 65536;
        incident.victim.anon_rss_bytes = 400 * 65536;
        incident.victim.file_rss_bytes = 100 * 65536;
        set_memcg(400 * GIB, 400 * GIB, OOM_UNKNOWN);
        begin_tasks(&report, HEADER_3_10);
        for (int64_t pid = 100; pid < 20000; pid++) {
                char row[128];

                snprintf(row, sizeof(row),
                         "[%5" PRId64 "]  1000 %5" PRId64 "   200091 %8d       5        2           %3d x", pid, pid,
                         pid == 9000 ? 500 : 1000 + (int)pid, pid == 9000 ? -7 : 0);
                add_row(&report, row);
        }
        find();
        ck_assert_int_eq(completed.victim_row.state, OOM_ROW_FOUND);
        ck_assert(text_equal(oom_name_text(&completed.victim_row.task.comm), TEXT("small")));
        ck_assert_int_eq(completed.victim.oom_score_adj, -7);
        ck_assert_int_eq(completed.victim.uid, 1000);
        ck_assert_int_eq(completed.victim.pgtables_bytes, 5 * 65536);
        find_verdict();
        ck_assert_int_eq(verdict.kind, OOM_VERDICT_INCONSISTENT);
        ck_assert_int_eq(verdict.rank, 19900); /* all others are worse */
        ck_assert_int_eq(verdict.page_size_bytes, 65536);
        ck_assert_int_eq(verdict.victim.swap_bytes, 2 * 65536);
}
END_TEST

/* That it has no row is said of a table only where all of its rows are known. */
START_TEST(test_row_that_was_not_kept_is_not_said_to_be_missing)
{
        begin(150);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        for (int64_t pid = 100; pid < 200; pid++)
                add_6_8(pid, 0, pid, 0, 0, 0);
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_TOO_CLOSE, 50);
        report.tasks.rows = NULL;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_KEPT, OOM_UNKNOWN);
        ck_assert_int_eq(completed.victim.uid, OOM_UNKNOWN);
        incident.victim.pid = incident.chosen_pid = 199; /* one of the worst is kept */
        expect(OOM_VERDICT_CONSISTENT, OOM_VERDICT_KNOWN, 1);
        ck_assert_int_eq(completed.victim.uid, 0);
        report.tasks.rows = &fixture_rows;
        incident.victim.pid = incident.chosen_pid = 200;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_IN_TABLE, OOM_UNKNOWN);
        fixture_rows.is_cut = true;
        expect(OOM_VERDICT_NONE, OOM_VERDICT_UNKNOWN_NOT_KEPT, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_without_a_table_nothing_is_filled_in)
{
        begin(10);
        find();
        ck_assert_int_eq(completed.victim_row.state, OOM_ROW_NONE);
        ck_assert_int_eq(completed.victim.uid, OOM_UNKNOWN);
        incident.victim.pid = OOM_UNKNOWN;
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 0, 10, 0, 0, 0);
        find();
        ck_assert_int_eq(completed.victim_row.state, OOM_ROW_NONE);
}
END_TEST

TEST_MAIN("victim", CASE(test_what_is_unknown_of_the_victim_is_its_rows),
          CASE(test_what_the_kill_line_says_is_not_replaced), CASE(test_which_row_is_the_victims),
          CASE(test_parent_and_child_have_their_own_rows), CASE(test_row_far_down_a_large_table),
          CASE(test_row_that_was_not_kept_is_not_said_to_be_missing), CASE(test_without_a_table_nothing_is_filled_in))
