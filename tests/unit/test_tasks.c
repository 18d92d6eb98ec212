/* lib/oom/tasks.h, lib/parse/parse_tasks.c: the task table, from its lines to sums and the worst rows. In reports: test_parser_tasks.c. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "tasks_fixture.h"

/* ---- lines ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_header_gives_the_layout_of_each_kernel)
{
        static const struct {
                const char *header;
                uint8_t count;
                bool is_wide;
                enum oom_column last, some;
        } cases[] = {
                { HEADER_2_6_32, 7, false, OOM_COLUMN_OOM_ADJ, OOM_COLUMN_CPU },
                { HEADER_RHEL6, 8, false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_OOM_ADJ },
                { HEADER_3_10, 8, false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_NR_PTES },
                { HEADER_4_4, 9, false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_NR_PMDS },
                { HEADER_4_15, 8, false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_PGTABLES_BYTES },
                { HEADER_4_19, 8, true, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_PGTABLES_BYTES },
                { HEADER_6_8, 11, true, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_RSS_SHMEM },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct oom_layout layout = layout_from(cases[i].header);

                ck_assert_uint_eq(layout.count, cases[i].count);
                ck_assert_int_eq(layout.is_wide_pid, cases[i].is_wide);
                ck_assert_uint_eq(layout.columns[0], OOM_COLUMN_PID);
                ck_assert_uint_eq(layout.columns[layout.count - 1], cases[i].last);
                ck_assert(oom_layout_has(&layout, cases[i].some));
        }
}
END_TEST

START_TEST(test_lines_that_are_no_header)
{
        static const char *const lines[] = {
                "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj",
                "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name x",
                "[ pid ]   uid  uid total_vm      rss nr_ptes swapents oom_score_adj name",
                "[ pid ] ",
                "[  pid  ]uid",
                "[   pid   ]   uid  tgid name",
        };
        struct oom_line line;

        for (size_t i = 0; i < COUNT(lines); i++)
                ck_assert_msg(oom_line_parse(text_from(lines[i]), &line) != OOM_LINE_TASKS_HEADER, "%s", lines[i]);
}
END_TEST

START_TEST(test_header_has_at_most_so_many_columns)
{
        char header[1024] = "[  pid  ] ";
        struct oom_line line;

        for (int i = 1; i < OOM_COLUMNS_MAX; i++)
                strcat(header, "future ");
        strcat(header, "name");
        ck_assert_uint_eq(layout_from(header).count, OOM_COLUMNS_MAX);
        strcpy(strstr(header, "name"), "future name");
        ck_assert_int_eq(oom_line_parse(text_from(header), &line), OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_row_is_read_by_its_layout)
{
        static const struct {
                const char *header, *row, *name;
                int64_t uid, rss, adj;
                enum oom_column some;
                int64_t value;
        } cases[] = {
                { HEADER_2_6_32, "[ 7001]  1000  7001   191288   130122   1       0 java", "java", 1000, 130122,
                  OOM_UNKNOWN, OOM_COLUMN_CPU, 1 },
                { HEADER_RHEL6, "[  433]     0   433     6691      515   1     -17         -1000 udevd", "udevd", 0,
                  515, -1000, OOM_COLUMN_OOM_ADJ, -17 },
                { HEADER_3_10, "[ 2398]  1000  2398   235803   225536     463        7            12 memhog", "memhog",
                  1000, 225536, 12, OOM_COLUMN_SWAPENTS, 7 },
                { HEADER_4_4,
                  "[ 4911]   998  4911   235803   150536     463       3        0             0 Plex Media Serv",
                  "Plex Media Serv", 998, 150536, 0, OOM_COLUMN_NR_PMDS, 3 },
                { HEADER_4_15, "[ 8123]  1000  8123   235803   130536  1908736        0           996 node", "node",
                  1000, 130536, 996, OOM_COLUMN_PGTABLES_BYTES, 1908736 },
                { HEADER_4_19, "[12345678]  1000 12345678 123456789   130536 987676672        0             0 hog",
                  "hog", 1000, 130536, 0, OOM_COLUMN_TGID, 12345678 },
                { HEADER_4_19, "[    606]    -2   600      210       20    24576        0          1000 a b", "a b",
                  4294967294, 20, 1000, OOM_COLUMN_PID, 606 },
                { HEADER_6_8,
                  "[  61900]  1000 61900   235803   130536   130505       31         0  1908736        0             0 "
                  "hog",
                  "hog", 1000, 130536, 0, OOM_COLUMN_RSS_FILE, 31 },
                /* names that look like more columns, or like none */
                { HEADER_4_19, "[    605]     0   605      210       20    24576        0             0 7 0 13",
                  "7 0 13", 0, 20, 0, OOM_COLUMN_TOTAL_VM, 210 },
                { HEADER_4_19, "[    605]     0   605      210       20    24576        0             0   x [1] 2",
                  "  x [1] 2", 0, 20, 0, OOM_COLUMN_TOTAL_VM, 210 },
                { HEADER_4_19, "[    604]     0   604      210       20    24576        0             0 ", "", 0, 20, 0,
                  OOM_COLUMN_TOTAL_VM, 210 },
                { HEADER_4_19, "[    604]     0   604      210       20    24576        0             0", "", 0, 20, 0,
                  OOM_COLUMN_TOTAL_VM, 210 },
                /* a column of tomorrow */
                { "[  pid  ]   uid  tgid total_vm      rss rss_cxl pgtables_bytes swapents oom_score_adj name",
                  "[    604]     0   604      210       20       -5    24576        0             0 x", "x", 0, 20, 0,
                  OOM_COLUMN_PGTABLES_BYTES, 24576 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct oom_layout layout = layout_from(cases[i].header);
                int64_t values[OOM_COLUMN_COUNT];
                struct text name;

                ck_assert_msg(read_row(&layout, cases[i].row, values, &name), "%s", cases[i].row);
                ck_assert_msg(text_equal(name, text_from(cases[i].name)), "%s", cases[i].row);
                ck_assert_int_eq(values[OOM_COLUMN_UID], cases[i].uid);
                ck_assert_int_eq(values[OOM_COLUMN_RSS], cases[i].rss);
                ck_assert_int_eq(values[OOM_COLUMN_OOM_SCORE_ADJ], cases[i].adj);
                ck_assert_int_eq(values[cases[i].some], cases[i].value);
                ck_assert_int_eq(values[OOM_COLUMN_UNKNOWN], OOM_UNKNOWN);
        }
}
END_TEST

START_TEST(test_rows_that_do_not_fit)
{
        static const char *const rows[] = {
                "[    604]     0   604      210       20    24576        0 x",              /* a column less */
                "[    604]     0   604      210       20    24576        0             0x", /* no blank */
                "[    604]     0   604      210       20    24576        0             0 0123456789abcdef", /* 16 bytes */
                "[    604]     0   604      210       20    24576        0          1001 x",
                "[    604]     0   604      210       20    24576        0         -1001 x",
                "[    604]     0   604      210      -20    24576        0             0 x",
                "[    604]     0   604      210 281474976710657    24576        0             0 x", /* 2^48 + 1 */
                "[    604]     0   604      210 9999999999999999999    24576        0             0 x",
                "[    604] 4294967296   604      210       20    24576        0             0 x",
                "[    604]     0 2147483648      210       20    24576        0             0 x",
                "[    604] drm",
        };
        struct oom_layout layout = layout_from(HEADER_4_19);
        int64_t values[OOM_COLUMN_COUNT];
        struct text name;

        for (size_t i = 0; i < COUNT(rows); i++)
                ck_assert_msg(!read_row(&layout, rows[i], values, &name), "%s", rows[i]);
        /* and at the limits */
        ck_assert(read_row(&layout,
                           "[2147483647] 4294967295 2147483647 281474976710656 281474976710656 281474976710656 "
                           "281474976710656         -1000 0123456789abcde",
                           values, &name));
        ck_assert_int_eq(values[OOM_COLUMN_RSS], OOM_TASK_VALUE_MAX);
}
END_TEST

START_TEST(test_lines_that_are_no_row)
{
        static const char *const lines[] = { "[drm] x",        "[12", "[ 12]", "[12]x", "[-1] 2",
                                             "[2147483648] 1", "[",   "[ ] 1" };
        struct oom_line line;

        for (size_t i = 0; i < COUNT(lines); i++)
                ck_assert_msg(oom_line_parse(text_from(lines[i]), &line) == OOM_LINE_OTHER, "%s", lines[i]);
}
END_TEST

START_TEST(test_row_without_header_shows_what_is_certain)
{
        static const struct {
                const char *row, *name; /* NULL: it is not known */
                int64_t adj;
        } cases[] = {
                { "[  433]     0   400     6691      515   1     -17         -1000 udevd", "udevd", -1000 },
                { "[  433]     0   400     6691      515     463        7            12 a b", "a b", 12 },
                { "[    433]     0   400     6691      515    24576        0             0 ", "", 0 },
                { "[    433]     0   400     6691      515    24576        0             0 7 8", "7 8", 0 },
                { "[    433]     0   400     6691      515    24576        0             0 x         1 y",
                  "x         1 y", 0 },
                { "[    433]     0   400     6691      515      484       31         0    24576        0           -10 "
                  "a",
                  "a", -10 },
                /* the name begins behind one of two numbers */
                { "[    433]     0   400     6691      515    24576        0             0 7         1 y", NULL,
                  OOM_UNKNOWN },
                { "[ 433]     0   400     6691      515   1       0 java", NULL, OOM_UNKNOWN }, /* 2.6.32 */
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t values[OOM_COLUMN_COUNT];
                struct text name;

                ck_assert_msg(read_row(NULL, cases[i].row, values, &name), "%s", cases[i].row);
                ck_assert_int_eq(values[OOM_COLUMN_PID], 433);
                ck_assert_int_eq(values[OOM_COLUMN_TGID], 400);
                ck_assert_int_eq(values[OOM_COLUMN_TOTAL_VM], 6691);
                ck_assert_int_eq(values[OOM_COLUMN_RSS], 515);
                ck_assert_int_eq(values[OOM_COLUMN_SWAPENTS], OOM_UNKNOWN);
                ck_assert_int_eq(values[OOM_COLUMN_OOM_SCORE_ADJ], cases[i].adj);
                if (cases[i].name)
                        ck_assert_msg(text_equal(name, text_from(cases[i].name)), "%s", cases[i].row);
                else
                        ck_assert_ptr_null(name.data);
        }
}
END_TEST

/* ---- the table ---------------------------------------------------------------------------------------------------------- */

static struct oom_tasks tasks;

static void begin_with(const struct oom_hypothesis *hypotheses, size_t count)
{
        struct oom_layout layout = layout_from(HEADER_4_19);

        oom_tasks_begin(&tasks, &layout, hypotheses, count);
}

/* 4 GiB of 4 KiB pages: 1 of oom_score_adj is 1048576 / 1000 = 1048 pages. */
static const struct oom_hypothesis four_gib = { 4096, INT64_C(4) << 30 };

static void add_values(int64_t pid, int64_t rss, int64_t adj)
{
        struct oom_task task = { 0 };

        for (size_t i = 0; i < OOM_COLUMN_COUNT; i++)
                task.values[i] = OOM_UNKNOWN;
        task.values[OOM_COLUMN_PID] = task.values[OOM_COLUMN_TGID] = pid;
        task.values[OOM_COLUMN_UID] = 1000;
        task.values[OOM_COLUMN_TOTAL_VM] = 2 * rss;
        task.values[OOM_COLUMN_RSS] = rss;
        task.values[OOM_COLUMN_PGTABLES_BYTES] = 8192;
        task.values[OOM_COLUMN_SWAPENTS] = 3;
        task.values[OOM_COLUMN_OOM_SCORE_ADJ] = adj;
        add_task(&tasks, &task);
}

static int64_t ranked_pid(const struct oom_ranking *ranking, size_t place)
{
        return oom_ranking_row(ranking, place)->task.values[OOM_COLUMN_PID];
}

START_TEST(test_sums_are_of_all_rows)
{
        begin_with(&four_gib, 1);
        for (int64_t i = 0; i < 1000; i++)
                add_values(100 + i, i, i % 10 ? 0 : -1000);
        ck_assert_uint_eq(tasks.count, 1000);
        ck_assert_uint_eq(tasks.n_unkillable, 100);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_RSS], 499500); /* 0 + ... + 999 */
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_PGTABLES_BYTES], 8192000);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_SWAPENTS], 3000);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_NR_PTES], OOM_UNKNOWN); /* no such column */
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_PID], OOM_UNKNOWN);     /* no sum */
}
END_TEST

START_TEST(test_sum_that_overflows_is_unknown)
{
        begin_with(&four_gib, 1);
        for (int64_t i = 0; i < 70000; i++)
                add_values(100 + i, OOM_TASK_VALUE_MAX / 2, 0); /* 70000 * 2^47 > 2^63 */
        ck_assert_uint_eq(tasks.count, 70000);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_RSS], OOM_UNKNOWN);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_SWAPENTS], 210000);
}
END_TEST

START_TEST(test_100000_rows_keep_the_ten_worst)
{
        const struct oom_ranking *ranking = &tasks.rankings[0];

        begin_with(&four_gib, 1);
        /* 7919 is prime to 100000: each rss from 0 to 99999 once, in no order */
        for (int64_t i = 0; i < 100000; i++)
                add_values(100 + i, i * 7919 % 100000, 0);
        ck_assert_uint_eq(tasks.count, 100000);
        ck_assert_uint_eq(ranking->used, OOM_CANDIDATES_MAX);
        for (size_t i = 0; i < OOM_CANDIDATES_MAX; i++) {
                const struct oom_ranked *row = oom_ranking_row(ranking, i);

                ck_assert_int_eq(row->task.values[OOM_COLUMN_RSS], 99999 - (int64_t)i);
                ck_assert_int_eq(row->badness, 99999 - (int64_t)i + 3 + 2); /* swap, page tables */
                ck_assert_int_eq((int64_t)row->task.index, row->task.values[OOM_COLUMN_PID] - 100);
        }
        ck_assert(ranking->has_dropped);
        ck_assert_uint_eq(ranking->n_dropped_equal, 0);
        ck_assert_uint_eq(tasks.holders.used, OOM_CANDIDATES_MAX);
}
END_TEST

START_TEST(test_rows_are_ranked_by_each_hypothesis)
{
        const struct oom_hypothesis hypotheses[] = {
                { 4096, 0 }, /* oom_score_adj counts for nothing */
                { 4096, INT64_C(4) << 30 },
                { 4096, OOM_UNLIMITED },     /* it is all that counts */
                { 65536, INT64_C(4) << 30 }, /* 65536 pages: 1 of oom_score_adj is 65 */
        };

        begin_with(hypotheses, 4);
        add_values(101, 5000, 0);
        add_values(102, 3000, 1);                                 /* + 1048 */
        add_values(103, 2000, 2);                                 /* + 2096 */
        add_values(104, 900, 5);                                  /* + 5240 */
        add_values(105, 100, 7);                                  /* + 7336; with 64 KiB pages + 455 */
        ck_assert_int_eq(ranked_pid(&tasks.rankings[0], 0), 101); /* 5005 */
        ck_assert_int_eq(ranked_pid(&tasks.rankings[0], 4), 105);
        ck_assert_int_eq(ranked_pid(&tasks.rankings[1], 0), 105); /* 7441 */
        ck_assert_int_eq(ranked_pid(&tasks.rankings[1], 1), 104); /* 6145 */
        ck_assert_int_eq(ranked_pid(&tasks.rankings[1], 2), 101);
        ck_assert_int_eq(ranked_pid(&tasks.rankings[1], 3), 103); /* 4101 */
        ck_assert_int_eq(ranked_pid(&tasks.rankings[1], 4), 102); /* 4053 */
        for (size_t i = 0; i < 5; i++)
                ck_assert_int_eq(ranked_pid(&tasks.rankings[2], i), 105 - (int64_t)i);
        ck_assert_int_eq(oom_ranking_row(&tasks.rankings[3], 0)->badness, 5003); /* 8192 bytes are no page of 64 KiB */
}
END_TEST

START_TEST(test_exempt_rows_are_holders_but_not_ranked)
{
        struct oom_task task = { .is_victim_already = true };

        begin_with(&four_gib, 1);
        add_values(101, 9000, -1000);
        add_values(1, 8000, 0);
        add_values(103, 10, 0);
        for (size_t i = 0; i < OOM_COLUMN_COUNT; i++)
                task.values[i] = OOM_UNKNOWN;
        task.values[OOM_COLUMN_PID] = 104;
        task.values[OOM_COLUMN_RSS] = 7000;
        add_task(&tasks, &task);
        ck_assert_uint_eq(tasks.rankings[0].used, 1);
        ck_assert_int_eq(ranked_pid(&tasks.rankings[0], 0), 103);
        ck_assert_uint_eq(tasks.holders.used, 4);
        ck_assert_int_eq(ranked_pid(&tasks.holders, 0), 101);
        ck_assert_int_eq(ranked_pid(&tasks.holders, 1), 1);
        ck_assert_int_eq(ranked_pid(&tasks.holders, 2), 104);
        ck_assert_uint_eq(tasks.n_unkillable, 1);
}
END_TEST

START_TEST(test_of_equal_rows_the_first_and_the_last_are_kept)
{
        const struct oom_ranking *ranking = &tasks.rankings[0];

        begin_with(&four_gib, 1);
        for (int64_t i = 0; i < 1000; i++)
                add_values(100 + i, 500, 0);
        ck_assert_uint_eq(ranking->used, OOM_CANDIDATES_MAX);
        for (size_t i = 0; i < OOM_CANDIDATES_MAX - 1; i++)
                ck_assert_int_eq(ranked_pid(ranking, i), 100 + (int64_t)i);
        ck_assert_int_eq(ranked_pid(ranking, OOM_CANDIDATES_MAX - 1), 1099);
        ck_assert_uint_eq(ranking->n_dropped_equal, 990);
        add_values(2000, 501, 0); /* one is worse: of the others one more has no place */
        ck_assert_int_eq(ranked_pid(ranking, 0), 2000);
        ck_assert_uint_eq(ranking->n_dropped_equal, 991);
        for (int64_t i = 0; i < 9; i++)
                add_values(3000 + i, 600 + i, 0);
        ck_assert_uint_eq(ranking->n_dropped_equal, 0);
        ck_assert_int_eq(ranked_pid(ranking, 9), 2000);
}
END_TEST

TEST_MAIN("tasks", CASE(test_header_gives_the_layout_of_each_kernel), CASE(test_lines_that_are_no_header),
          CASE(test_header_has_at_most_so_many_columns), CASE(test_row_is_read_by_its_layout),
          CASE(test_rows_that_do_not_fit), CASE(test_lines_that_are_no_row),
          CASE(test_row_without_header_shows_what_is_certain), CASE(test_sums_are_of_all_rows),
          CASE(test_sum_that_overflows_is_unknown), CASE(test_100000_rows_keep_the_ten_worst),
          CASE(test_rows_are_ranked_by_each_hypothesis), CASE(test_exempt_rows_are_holders_but_not_ranked),
          CASE(test_of_equal_rows_the_first_and_the_last_are_kept))
