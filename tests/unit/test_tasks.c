/* lib/oom/tasks.h, shape_tasks.c, parser_tasks.c: the task table, from its lines to sums and the worst rows. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "oom/parser.h"
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
                {HEADER_2_6_32, 7,  false, OOM_COLUMN_OOM_ADJ,       OOM_COLUMN_CPU           },
                { HEADER_RHEL6, 8,  false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_OOM_ADJ       },
                { HEADER_3_10,  8,  false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_NR_PTES       },
                { HEADER_4_4,   9,  false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_NR_PMDS       },
                { HEADER_4_15,  8,  false, OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_PGTABLES_BYTES},
                { HEADER_4_19,  8,  true,  OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_PGTABLES_BYTES},
                { HEADER_6_8,   11, true,  OOM_COLUMN_OOM_SCORE_ADJ, OOM_COLUMN_RSS_SHMEM     },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
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
                {HEADER_2_6_32,                                                                                 "[ 7001]  1000  7001   191288   130122   1       0 java",                            "java",            1000, 130122,
                 OOM_UNKNOWN,                                                                                                                                                                                                                OOM_COLUMN_CPU,            1       },
                { HEADER_RHEL6,                                                                                 "[  433]     0   433     6691      515   1     -17         -1000 udevd",             "udevd",           0,
                 515,                                                                                                                                                                                                                 -1000, OOM_COLUMN_OOM_ADJ,        -17     },
                { HEADER_3_10,                                                                                  "[ 2398]  1000  2398   235803   225536     463        7            12 memhog",       "memhog",
                 1000,                                                                                                                                                                                                        225536, 12,    OOM_COLUMN_SWAPENTS,       7       },
                { HEADER_4_4,
                 "[ 4911]   998  4911   235803   150536     463       3        0             0 Plex Media Serv",                                                                                     "Plex Media Serv", 998,  150536, 0,     OOM_COLUMN_NR_PMDS,        3       },
                { HEADER_4_15,                                                                                  "[ 8123]  1000  8123   235803   130536  1908736        0           996 node",        "node",
                 1000,                                                                                                                                                                                                        130536, 996,   OOM_COLUMN_PGTABLES_BYTES, 1908736 },
                { HEADER_4_19,                                                                                  "[12345678]  1000 12345678 123456789   130536 987676672        0             0 hog",
                 "hog",                                                                                                                                                                                                 1000, 130536, 0,     OOM_COLUMN_TGID,           12345678},
                { HEADER_4_19,                                                                                  "[    606]    -2   600      210       20    24576        0          1000 a b",       "a b",
                 4294967294,                                                                                                                                                                                                  20,     1000,  OOM_COLUMN_PID,            606     },
                { HEADER_6_8,
                 "[  61900]  1000 61900   235803   130536   130505       31         0  1908736        0             0 "
                  "hog",                                                                                                                                                                             "hog",             1000, 130536, 0,     OOM_COLUMN_RSS_FILE,       31      },
 /* names that look like more columns, or like none */
                { HEADER_4_19,                                                                                  "[    605]     0   605      210       20    24576        0             0 7 0 13",
                 "7 0 13",                                                                                                                                                                                              0,    20,     0,     OOM_COLUMN_TOTAL_VM,       210     },
                { HEADER_4_19,                                                                                  "[    605]     0   605      210       20    24576        0             0   x [1] 2",
                 "  x [1] 2",                                                                                                                                                                                           0,    20,     0,     OOM_COLUMN_TOTAL_VM,       210     },
                { HEADER_4_19,                                                                                  "[    604]     0   604      210       20    24576        0             0 ",          "",                0,    20,     0,
                 OOM_COLUMN_TOTAL_VM,                                                                                                                                                                                                                                   210     },
                { HEADER_4_19,                                                                                  "[    604]     0   604      210       20    24576        0             0",           "",                0,    20,     0,
                 OOM_COLUMN_TOTAL_VM,                                                                                                                                                                                                                                   210     },
 /* a column of tomorrow */
                { "[  pid  ]   uid  tgid total_vm      rss rss_cxl pgtables_bytes swapents oom_score_adj name",
                 "[    604]     0   604      210       20       -5    24576        0             0 x",                                                                                               "x",               0,    20,     0,
                 OOM_COLUMN_PGTABLES_BYTES,                                                                                                                                                                                                                             24576   },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
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

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                ck_assert_msg(oom_line_parse(text_from(lines[i]), &line) == OOM_LINE_OTHER, "%s", lines[i]);
}
END_TEST

START_TEST(test_row_without_header_shows_what_is_certain)
{
        static const struct {
                const char *row, *name; /* NULL: it can't be told */
                int64_t adj;
        } cases[] = {
                {"[  433]     0   400     6691      515   1     -17         -1000 udevd",                  "udevd", -1000                                                                               },
                { "[  433]     0   400     6691      515     463        7            12 a b",              "a b",   12                                                                                  },
                { "[    433]     0   400     6691      515    24576        0             0 ",              "",      0                                                                                   },
                { "[    433]     0   400     6691      515    24576        0             0 7 8",           "7 8",   0                                                                                   },
                { "[    433]     0   400     6691      515    24576        0             0 x         1 y",
                 "x         1 y",                                                                                   0                                                                                   },
                { "[    433]     0   400     6691      515      484       31         0    24576        0           -10 "
                 "a",                                                                                         "a",                                                                                               -10                                                                                       },
 /* the name begins behind one of two numbers */
                { "[    433]     0   400     6691      515    24576        0             0 7         1 y",                                                                                       NULL,
                 OOM_UNKNOWN},
                { "[ 433]     0   400     6691      515   1       0 java",                                                                                       NULL,                                       OOM_UNKNOWN                                                                                                                       }, /* 2.6.32 */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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
        ck_assert_uint_eq(tasks.unkillable, 100);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_RSS], 499500); /* 0 + ... + 999 */
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_PGTABLES_BYTES], 8192000);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_SWAPENTS], 3000);
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_NR_PTES], OOM_UNKNOWN); /* no such column */
        ck_assert_int_eq(tasks.sums[OOM_COLUMN_PID], OOM_UNKNOWN);     /* no sum */
}
END_TEST

START_TEST(test_sum_that_overflows_is_not_told)
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
        ck_assert_uint_eq(ranking->dropped_equal, 0);
        ck_assert_uint_eq(tasks.holders.used, OOM_CANDIDATES_MAX);
}
END_TEST

START_TEST(test_rows_are_ranked_by_each_hypothesis)
{
        const struct oom_hypothesis hypotheses[] = {
                {4096,   0               }, /* oom_score_adj counts for nothing */
                { 4096,  INT64_C(4) << 30},
                { 4096,  OOM_UNLIMITED   }, /* it is all that counts */
                { 65536, INT64_C(4) << 30}, /* 65536 pages: 1 of oom_score_adj is 65 */
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
        ck_assert_uint_eq(tasks.unkillable, 1);
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
        ck_assert_uint_eq(ranking->dropped_equal, 990);
        add_values(2000, 501, 0); /* one is worse: of the others one more has no place */
        ck_assert_int_eq(ranked_pid(ranking, 0), 2000);
        ck_assert_uint_eq(ranking->dropped_equal, 991);
        for (int64_t i = 0; i < 9; i++)
                add_values(3000 + i, 600 + i, 0);
        ck_assert_uint_eq(ranking->dropped_equal, 0);
        ck_assert_int_eq(ranked_pid(ranking, 9), 2000);
}
END_TEST

/* ---- in reports ----------------------------------------------------------------------------------------------------------- */

static struct oom_parser *parser;
static uint64_t next_seq, now_usec;
static struct told {
        enum oom_type type;
        bool known, is_complete, has_victim_already;
        uint64_t count;
        int64_t pid, chosen_pid, worst_pid;
        uint8_t columns;
} told[8];
static size_t told_count;

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        const struct oom_tasks *t = &incident->report->tasks;
        struct told *to = &told[told_count++];

        (void)userdata;
        ck_assert_uint_le(told_count, sizeof(told) / sizeof(told[0]));
        *to = (struct told){
                .type = incident->type,
                .known = t->known,
                .is_complete = t->is_complete,
                .count = t->count,
                .pid = incident->victim.pid,
                .chosen_pid = incident->chosen_pid,
                .worst_pid = t->rankings_used && t->rankings[0].used ? ranked_pid(&t->rankings[0], 0) : OOM_UNKNOWN,
                .columns = t->layout.count,
        };
        for (size_t i = 0; t->known && i < t->holders.used; i++)
                to->has_victim_already |= oom_ranking_row(&t->holders, i)->task.is_victim_already;
}

static void push(const char *text)
{
        struct kmsg_record record = { .seq = next_seq++, .mono_usec = now_usec += 100, .text = text_from(text) };

        oom_parser_push(parser, &record);
}

static void begin(void)
{
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
        next_seq = 1;
        now_usec = 1000000;
        told_count = 0;
}

#define INVOKED "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define ROW_A   "[    601]     0   601      210       20    24576        0             0 a"
#define ROW_B   "[    602]     0   602      810      400    28672        0             0 b"
#define SUMMARY                                                                                                        \
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/"       \
        "a,task=b,"                                                                                                    \
        "pid=602,uid=0"
#define KILLED_AS(pid)                                                                                                 \
        "Memory cgroup out of memory: Killed process " pid " (b) total-vm:3240kB, anon-rss:1600kB, file-rss:0kB, "     \
        "shmem-rss:0kB, UID:0 pgtables:28kB oom_score_adj:0"
#define KILLED KILLED_AS("602")

static const struct told *the_one(const char *const *lines)
{
        begin();
        for (; *lines; lines++)
                if (strcmp(*lines, "GAP") == 0)
                        oom_parser_gap(parser);
                else
                        push(*lines);
        oom_parser_flush(parser);
        ck_assert_uint_eq(told_count, 1);
        parser = oom_parser_free(parser);
        return &told[0];
}

START_TEST(test_table_is_complete_between_its_header_and_what_follows)
{
        static const struct {
                const char *lines[8];
                bool is_complete;
                uint64_t count;
                uint8_t columns;
        } cases[] = {
                {{ INVOKED, HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED },                         true,  2, 8},
                { { INVOKED, HEADER_4_19, ROW_A, ROW_B, KILLED },                                 true,  2, 8},
                { { HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED },                                 true,  2, 8}, /* the header was suppressed */
                { { INVOKED, HEADER_4_19, SUMMARY, KILLED },                                      true,  0, 8}, /* nobody is left */
                { { INVOKED, SUMMARY, KILLED },                                                   false, 0, 0}, /* vm.oom_dump_tasks=0 */
                { { INVOKED, ROW_B, SUMMARY, KILLED },                                            false, 1, 0},
                { { ROW_B, SUMMARY, KILLED },                                                     false, 1, 0},
                { { ROW_B, KILLED },                                                              false, 0, 0}, /* of whom the rows are is not known */
                { { INVOKED, HEADER_4_19, ROW_A, "GAP", SUMMARY, KILLED },                        false, 0, 0},
                { { INVOKED, HEADER_4_19, ROW_A, "GAP", ROW_B, SUMMARY, KILLED },
                 false,                                                                                  1,
                 8                                                                                           }, /* by the header before */
                { { INVOKED, HEADER_4_19, ROW_A, HEADER_4_19, ROW_B, SUMMARY, KILLED },           false, 1, 8},
                { { INVOKED, HEADER_4_19, ROW_A, "[    602]   602 b", ROW_B, SUMMARY, KILLED },   false, 2, 8},
                { { INVOKED, HEADER_4_19, ROW_A, "usb 1-1: new device", ROW_B, SUMMARY, KILLED }, true,  2, 8},
                { { INVOKED, HEADER_4_19, ROW_A, "Out of memory and no killable processes..." },  true,  1, 8},
                { { INVOKED, HEADER_4_19, ROW_A },                                                false, 1, 8}, /* its end was not read */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct told *one = the_one(cases[i].lines);

                ck_assert_msg(one->is_complete == cases[i].is_complete, "case %zu", i);
                ck_assert_msg(one->count == cases[i].count, "case %zu: %" PRIu64, i, one->count);
                ck_assert_msg(one->columns == cases[i].columns, "case %zu: %d", i, one->columns);
                ck_assert_msg(one->known == (cases[i].count > 0), "case %zu", i);
        }
}
END_TEST

START_TEST(test_table_by_itself_is_no_oom)
{
        begin();
        push(HEADER_4_19);
        push(ROW_A);
        oom_parser_flush(parser);
        ck_assert_uint_eq(told_count, 0);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_flush_forgets_the_layout)
{
        begin();
        push(INVOKED);
        push(HEADER_4_19);
        push(ROW_A);
        push(KILLED);
        oom_parser_flush(parser);
        push(ROW_A);
        push(KILLED);
        ck_assert_uint_eq(told_count, 2);
        ck_assert_uint_eq(told[1].columns, 0);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_table_after_the_victim_was_named_is_of_another)
{
        begin();
        push(INVOKED);
        push(HEADER_4_19);
        push(ROW_A);
        push(ROW_B);
        push(SUMMARY); /* its kill line was lost */
        push(ROW_B);
        push(SUMMARY);
        push(KILLED);
        oom_parser_flush(parser);
        ck_assert_uint_eq(told_count, 2);
        ck_assert_int_eq(told[0].pid, 602);
        ck_assert_uint_eq(told[0].count, 2);
        ck_assert(told[0].is_complete);
        ck_assert_int_eq(told[1].pid, 602);
        ck_assert_uint_eq(told[1].count, 1);
        ck_assert(!told[1].is_complete);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_row_of_who_was_just_killed_is_marked)
{
        begin();
        for (int i = 0; i < 2; i++) {
                push(INVOKED);
                push(HEADER_4_19);
                push(ROW_A);
                push(ROW_B);
                push(i ? KILLED_AS("601") : KILLED);
        }
        ck_assert_uint_eq(told_count, 2);
        ck_assert(!told[0].has_victim_already);
        ck_assert_int_eq(told[0].worst_pid, 602);
        ck_assert(told[1].has_victim_already);
        ck_assert_int_eq(told[1].worst_pid, 601);
        /* 11 seconds later the pid may be another's */
        now_usec += 11000000;
        push(INVOKED);
        push(HEADER_4_19);
        push(ROW_B);
        push(KILLED);
        ck_assert_uint_eq(told_count, 3);
        ck_assert(!told[2].has_victim_already);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_whom_the_kernel_chose)
{
        static const struct {
                const char *lines[6];
                int64_t pid, chosen;
        } cases[] = {
                {{ INVOKED, SUMMARY, KILLED },                                                            602,         602        },
                { { INVOKED, "Out of memory: Kill process 600 (b) score 9 or sacrifice child",
                    "Killed process 602 (b) total-vm:4kB, anon-rss:0kB, file-rss:0kB" },
                 602,                                                                                                  600        },
                { { INVOKED, "Memory cgroup out of memory: Killed process 602 (b) total-vm:3240kB, anon-rss:1600kB, "
                             "file-rss:0kB, shmem-rss:0kB" },
                 602,                                                                                                  602        }, /* RHEL 8.1 */
                { { INVOKED, "Killed process 602 (b) total-vm:4kB, anon-rss:0kB, file-rss:0kB" },
                 602,                                                                                                  OOM_UNKNOWN}, /* for whom is not known */
                { { INVOKED, SUMMARY },                                                                   602,         602        },
                { { INVOKED, "Out of memory and no killable processes..." },                              OOM_UNKNOWN, OOM_UNKNOWN},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct told *one = the_one(cases[i].lines);

                ck_assert_msg(one->pid == cases[i].pid, "case %zu: %" PRId64, i, one->pid);
                ck_assert_msg(one->chosen_pid == cases[i].chosen, "case %zu: %" PRId64, i, one->chosen_pid);
        }
}
END_TEST

START_TEST(test_members_of_a_group_were_not_chosen)
{
        begin();
        push(INVOKED);
        push(SUMMARY);
        push(KILLED);
        push("Tasks in /a are going to be killed due to memory.oom.group set");
        push(KILLED);
        push(KILLED_AS("601"));
        ck_assert_uint_eq(told_count, 2);
        ck_assert_int_eq(told[0].chosen_pid, 602);
        ck_assert_int_eq(told[1].pid, 601);
        ck_assert_int_eq(told[1].chosen_pid, OOM_UNKNOWN);
        parser = oom_parser_free(parser);
}
END_TEST

TEST_MAIN("tasks", CASE(test_header_gives_the_layout_of_each_kernel), CASE(test_lines_that_are_no_header),
          CASE(test_header_has_at_most_so_many_columns), CASE(test_row_is_read_by_its_layout),
          CASE(test_rows_that_do_not_fit), CASE(test_lines_that_are_no_row),
          CASE(test_row_without_header_shows_what_is_certain), CASE(test_sums_are_of_all_rows),
          CASE(test_sum_that_overflows_is_not_told), CASE(test_100000_rows_keep_the_ten_worst),
          CASE(test_rows_are_ranked_by_each_hypothesis), CASE(test_exempt_rows_are_holders_but_not_ranked),
          CASE(test_of_equal_rows_the_first_and_the_last_are_kept),
          CASE(test_table_is_complete_between_its_header_and_what_follows), CASE(test_table_by_itself_is_no_oom),
          CASE(test_flush_forgets_the_layout), CASE(test_table_after_the_victim_was_named_is_of_another),
          CASE(test_row_of_who_was_just_killed_is_marked), CASE(test_whom_the_kernel_chose),
          CASE(test_members_of_a_group_were_not_chosen))
