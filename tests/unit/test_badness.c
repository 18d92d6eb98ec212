/* lib/oom/badness.h: the kernel's choice, judged by hand-computed numbers. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "oom/badness.h"
#include "oom/formula.h"
#include "tasks_fixture.h"

#define MIB INT64_C(1048576)
#define GIB (1024 * MIB)

static struct oom_report report;
static struct oom_incident incident;
static struct oom_machine machine;
static struct oom_judgement judgement;

/* A kill of the one that was chosen, in a report that shows nothing yet. */
static void begin(int64_t pid)
{
        oom_report_clear(&report, 1, 1);
        incident = (struct oom_incident){ .type = OOM_TYPE_KILL, .report = &report, .chosen_pid = pid };
        incident.victim = (struct oom_victim){ .pid = pid,
                                               .uid = OOM_UNKNOWN,
                                               .total_vm_bytes = OOM_UNKNOWN,
                                               .anon_rss_bytes = OOM_UNKNOWN,
                                               .file_rss_bytes = OOM_UNKNOWN,
                                               .shmem_rss_bytes = OOM_UNKNOWN,
                                               .pgtables_bytes = OOM_UNKNOWN,
                                               .oom_score_adj = OOM_UNKNOWN,
                                               .score = OOM_UNKNOWN };
        machine = (struct oom_machine){ 4096, OOM_UNKNOWN };
}

/* The limits of a cgroup: of memory, of both (v1), of swap (v2). */
static void set_memcg(int64_t limit, int64_t both, int64_t swap)
{
        report.scope = OOM_SCOPE_MEMCG;
        report.constraint = OOM_CONSTRAINT_MEMCG;
        report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes = limit;
        report.memcg.usages[OOM_USAGE_MEMSW].limit_bytes = both;
        report.memcg.usages[OOM_USAGE_SWAP].limit_bytes = swap;
}

static void set_memory(int64_t page_size, int64_t ram_pages, int64_t reserved_pages, int64_t swap_bytes)
{
        report.scope = OOM_SCOPE_GLOBAL;
        report.constraint = OOM_CONSTRAINT_NONE;
        report.memory.known = true;
        report.memory.page_size_bytes = page_size;
        report.memory.ram_pages = ram_pages;
        report.memory.reserved_pages = reserved_pages;
        report.memory.swap_total_bytes = report.memory.swap_free_bytes = swap_bytes;
}

static void add_zone(int64_t node, int64_t present_bytes)
{
        struct oom_zone *zone = &report.memory.zones[report.memory.zones_used++];

        zone->node = node;
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                zone->counters[i] = OOM_UNKNOWN;
        zone->counters[OOM_COUNTER_PRESENT] = present_bytes;
}

static void set_nodes(struct oom_node_set *set, uint64_t bits)
{
        *set = (struct oom_node_set){ .known = true, .bits = { bits } };
}

/* A row of kernel 6.8's table, 4.19's where the header is that one. */
static void add_6_8(int64_t pid, int64_t uid, int64_t rss, int64_t pgtables, int64_t swap, int64_t adj)
{
        char row[256];

        if (oom_layout_has(&report.tasks.layout, OOM_COLUMN_RSS_ANON))
                snprintf(row, sizeof(row),
                         "[%7" PRId64 "] %5" PRId64 " %5" PRId64 " %8" PRId64 " %8" PRId64
                         "        0        0         0 %8" PRId64 " %8" PRId64 "         %5" PRId64 " p%" PRId64,
                         pid, uid, pid, rss + 100, rss, pgtables, swap, adj, pid);
        else
                snprintf(row, sizeof(row),
                         "[%7" PRId64 "] %5" PRId64 " %5" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64
                         "         %5" PRId64 " p%" PRId64,
                         pid, uid, pid, rss + 100, rss, pgtables, swap, adj, pid);
        add_row(&report, row);
}

static void judge(void)
{
        oom_judge(&incident, &machine, &judgement);
}

static void expect(enum oom_consistency consistency, enum oom_untold untold, int64_t rank)
{
        judge();
        ck_assert_int_eq(judgement.consistency, consistency);
        ck_assert_int_eq(judgement.untold, untold);
        ck_assert_int_eq(judgement.rank, rank);
}

/* ---- the formula, era by era ------------------------------------------------------------------------------------------ */

START_TEST(test_badness_by_era)
{
        /* A cgroup of 4 GiB without swap: 1048576 pages, 1 of oom_score_adj is 1048. */
        static const struct {
                const char *header, *row;
                int64_t score, badness;
        } cases[] = {
  /* 6.8: 12711 + 143360/4096 (35) + 7 = 12753 */
                {HEADER_6_8,
                 "[     10]  1000    10    13091    12711    12700       11         0   143360        7             0 "
                  "x",                                                                                             OOM_UNKNOWN, 12753      },
 /* ... + 100 * 1048 */
                { HEADER_6_8,
                 "[     10]  1000    10    13091    12711    12700       11         0   143360        7           100 "
                  "x",                                                                                             OOM_UNKNOWN, 117553     },
 /* ... - 100 * 1048: it may be negative; up to 5.7 it would be 1, which kernel it is can't be told from 4.19's table */
                { HEADER_6_8,
                 "[     10]  1000    10    13091    12711    12700       11         0   143360        7          -100 "
                  "x",                                                                                             OOM_UNKNOWN, -92047     },
                { HEADER_4_19,   "[     10]  1000    10    13091    12711   143360        7          -100 x",      OOM_UNKNOWN,
                 OOM_UNKNOWN                                                                                                               },
                { HEADER_4_19,   "[     10]     0    10    13091    12711   143360        7           100 x",      OOM_UNKNOWN,
                 117553                                                                                                                    },
 /* 4.15 takes 3 % off root's, 4.18 not, and both look alike */
                { HEADER_4_15,   "[   10]  1000    10    13091    12711   143360        7           100 x",        OOM_UNKNOWN,
                 117553                                                                                                                    },
                { HEADER_4_15,   "[   10]     0    10    13091    12711   143360        7           100 x",        OOM_UNKNOWN,
                 OOM_UNKNOWN                                                                                                               },
 /* 4.4: 12711 + 24 + 3 + 7 = 12745 */
                { HEADER_4_4,    "[   10]  1000    10    13091    12711      24       3        7             0 x",
                 OOM_UNKNOWN,                                                                                                   12745      },
 /* 12711 + 24 + 7 - 20 * 1048 is negative: 1 */
                { HEADER_3_10,   "[   10]  1000    10    13091    12711      24        7           -20 x",         OOM_UNKNOWN,
                 1                                                                                                                         },
 /* root: 100000 - 3 % = 97000 if it has CAP_SYS_ADMIN. 97000*1000/1048576 = 92, 100000*1000/1048576 = 95 */
                { HEADER_3_10,   "[   10]     0    10   100091    99900     100        0             0 x",         OOM_UNKNOWN,
                 OOM_UNKNOWN                                                                                                               },
                { HEADER_3_10,   "[   10]     0    10   100091    99900     100        0             0 x",         92,          97000      },
                { HEADER_3_10,   "[   10]     0    10   100091    99900     100        0             0 x",         95,          100000     },
                { HEADER_3_10,   "[   10]     0    10   100091    99900     100        0             0 x",         94,
                 OOM_UNKNOWN                                                                                                               },
 /* root's 3 % of 33 pages is none */
                { HEADER_3_10,   "[   10]     0    10      191       33       0        0             0 x",         OOM_UNKNOWN,
                 33                                                                                                                        },
 /* RHEL 6: 210000*1000/1048576 = 200, and with 426 pages of page tables too; 209715 is 199, with them 200 */
                { HEADER_RHEL6,  "[   10]  1000    10   210000   210000   1       0             0 x",              OOM_UNKNOWN, 200        },
                { HEADER_RHEL6,  "[   10]  1000    10   210000   210000   1       1            77 x",              OOM_UNKNOWN, 277        },
                { HEADER_RHEL6,  "[   10]  1000    10   210000   210000   1      15          1000 x",              OOM_UNKNOWN,
                 1000                                                                                                                      },
                { HEADER_RHEL6,  "[   10]  1000    10   210000   210000   1      -5          -500 x",              OOM_UNKNOWN, 1          },
                { HEADER_RHEL6,  "[   10]  1000    10   209715   209715   1       0             0 x",              OOM_UNKNOWN,
                 OOM_UNKNOWN                                                                                                               },
                { HEADER_RHEL6,  "[   10]     0    10   210000   210000   1       0             0 x",              OOM_UNKNOWN,
                 OOM_UNKNOWN                                                                                                               }, /* 170 or 200 */
                { HEADER_RHEL6,  "[   10]     0    10   210000   210000   1       0             0 x",              170,         170        },
 /* not to be computed at all */
                { HEADER_2_6_32, "[   10]  1000    10   210000   210000   1       0 x",                            500,         OOM_UNKNOWN},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(10);
                set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
                report.memory.swap_total_bytes = 0;
                begin_tasks(&report, cases[i].header);
                add_row(&report, cases[i].row);
                incident.victim.score = cases[i].score;
                judge();
                ck_assert(judgement.has_victim && judgement.has_chosen);
                ck_assert_msg(judgement.victim.badness == cases[i].badness, "%s: %" PRId64, cases[i].row,
                              judgement.victim.badness);
                ck_assert_int_eq(judgement.totalpages_bytes, 4 * GIB);
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.victim.badness, 401);
        ck_assert_int_eq(judgement.candidates[1].badness, 101);
}
END_TEST

START_TEST(test_negative_badness_is_told_where_the_report_shows_its_kernel)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_4_19);
        add_6_8(10, 0, 400, 4096, 0, -100); /* 401 - 104800 */
        judge();
        ck_assert_int_eq(judgement.victim.badness, OOM_UNKNOWN);
        report.memcg.stats[report.memcg.stats_used++] =
                (struct oom_stat){ .name = "percpu", .name_length = 6, .value = 0 }; /* 5.10 on */
        judge();
        ck_assert_int_eq(judgement.victim.badness, -104399);
        report.memcg.stats_used = 0;
        report.memory.nodes_used = 1; /* 5.9 on */
        report.memory.nodes[0].counters[OOM_COUNTER_KERNEL_STACK] = 0;
        judge();
        ck_assert_int_eq(judgement.victim.badness, -104399);
}
END_TEST

START_TEST(test_sizes_are_bytes)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, 0);
        begin_tasks(&report, HEADER_6_8);
        add_6_8(10, 33, 1000, 8192, 5, 3);
        judge();
        ck_assert_int_eq(judgement.page_size_bytes, 4096);
        ck_assert_int_eq(judgement.victim.uid, 33);
        ck_assert_int_eq(judgement.victim.rss_bytes, 4096000);
        ck_assert_int_eq(judgement.victim.swap_bytes, 20480);
        ck_assert_int_eq(judgement.victim.pgtables_bytes, 8192);
        ck_assert_int_eq(judgement.victim.oom_score_adj, 3);
        ck_assert_int_eq(judgement.candidates_total, 1);
        ck_assert(text_equal(oom_name_text(&judgement.victim.comm), TEXT("p10")));
        /* page tables counted by page: 24 + 3 */
        begin_tasks(&report, HEADER_4_4);
        add_row(&report, "[   10]  1000    10    13091    12711      24       3        7             0 x");
        judge();
        ck_assert_int_eq(judgement.victim.pgtables_bytes, 27 * 4096);
}
END_TEST

/* ---- totalpages ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_totalpages_of_a_cgroup)
{
        static const struct {
                const char *header;
                int64_t both, swap, machine_swap, pgtables; /* of the kill line: 5.4 on */
                int64_t min, max, exact;
        } cases[] = {
  /* v2: memory.swap.max */
                {HEADER_6_8,   OOM_UNKNOWN,   0,             OOM_UNKNOWN, 1,           GIB, GIB,             GIB            },
                { HEADER_6_8,  OOM_UNKNOWN,   100 * MIB,     OOM_UNKNOWN, 1,           GIB, GIB + 100 * MIB, OOM_UNKNOWN    },
                { HEADER_6_8,  OOM_UNKNOWN,   100 * MIB,     GIB,         1,           GIB, GIB + 100 * MIB, GIB + 100 * MIB},
                { HEADER_6_8,  OOM_UNKNOWN,   100 * MIB,     30 * MIB,    1,           GIB, GIB + 30 * MIB,  GIB + 30 * MIB },
                { HEADER_6_8,  OOM_UNKNOWN,   OOM_UNLIMITED, OOM_UNKNOWN, 1,           GIB, OOM_UNLIMITED,   OOM_UNKNOWN    },
                { HEADER_6_8,  OOM_UNKNOWN,   OOM_UNLIMITED, 2 * GIB,     1,           GIB, 3 * GIB,         3 * GIB        },
                { HEADER_6_8,  OOM_UNKNOWN,   OOM_UNLIMITED, 0,           1,           GIB, GIB,             GIB            },
 /* v1: the limit of both */
                { HEADER_4_4,  GIB,           OOM_UNKNOWN,   OOM_UNKNOWN, OOM_UNKNOWN, GIB, GIB,             GIB            },
                { HEADER_4_4,  2 * GIB,       OOM_UNKNOWN,   OOM_UNKNOWN, OOM_UNKNOWN, GIB, 2 * GIB,         OOM_UNKNOWN    },
                { HEADER_4_4,  2 * GIB,       OOM_UNKNOWN,   8 * GIB,     OOM_UNKNOWN, GIB, 2 * GIB,         2 * GIB        },
                { HEADER_4_4,  2 * GIB,       OOM_UNKNOWN,   8 * MIB,     OOM_UNKNOWN, GIB, GIB + 8 * MIB,   GIB + 8 * MIB  },
 /* unlimited: up to 5.2 it may be v2, whose memory.swap.max is not printed */
                { HEADER_4_4,  OOM_UNLIMITED, OOM_UNKNOWN,   8 * GIB,     OOM_UNKNOWN, GIB, 9 * GIB,         OOM_UNKNOWN    },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN,   8 * GIB,     OOM_UNKNOWN, GIB, 9 * GIB,         OOM_UNKNOWN    },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN,   8 * GIB,     1,           GIB, 9 * GIB,         9 * GIB        },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN,   0,           OOM_UNKNOWN, GIB, GIB,             GIB            },
 /* neither is printed */
                { HEADER_4_19, OOM_UNKNOWN,   OOM_UNKNOWN,   GIB,         1,           GIB, 2 * GIB,         OOM_UNKNOWN    },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct oom_totalpages total;

                begin(10);
                set_memcg(GIB, cases[i].both, cases[i].swap);
                report.tasks.layout = layout_from(cases[i].header);
                incident.victim.pgtables_bytes = cases[i].pgtables;
                machine.swap_total_bytes = cases[i].machine_swap;
                total = oom_totalpages(&report, &incident, &machine, 4096);
                ck_assert_msg(total.min_bytes == cases[i].min, "case %zu: %" PRId64, i, total.min_bytes);
                ck_assert_msg(total.max_bytes == cases[i].max, "case %zu: %" PRId64, i, total.max_bytes);
                ck_assert_msg(total.bytes == cases[i].exact, "case %zu: %" PRId64, i, total.bytes);
        }
}
END_TEST

static void expect_total(int64_t page_size, int64_t min, int64_t max, int64_t exact)
{
        struct oom_totalpages total = oom_totalpages(&report, &incident, &machine, page_size);

        ck_assert_int_eq(total.min_bytes, min);
        ck_assert_int_eq(total.max_bytes, max);
        ck_assert_int_eq(total.bytes, exact);
}

START_TEST(test_totalpages_of_a_cgroup_without_a_limit_is_unknown)
{
        static const int64_t limits[] = { OOM_UNKNOWN, OOM_UNLIMITED, 0, -4096 };

        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                begin(10);
                set_memcg(limits[i], OOM_UNKNOWN, 0);
                expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
        }
}
END_TEST

START_TEST(test_totalpages_of_the_machine)
{
        begin(10);
        set_memory(4096, 130933, 14405, 98300 * 1024); /* 116528 * 4096 + 100659200 */
        report.tasks.layout = layout_from(HEADER_4_19);
        expect_total(4096, 577957888, 577957888, 577957888);
        expect_total(65536, 7737438208, 7737438208, 7737438208);
        /* up to 3.10 its parts are a little different; 3.10 to 3.19 look alike: 577957888 / 64 = 9030592 */
        report.tasks.layout = layout_from(HEADER_3_10);
        expect_total(4096, 568927296, 586988480, OOM_UNKNOWN);
        report.tasks.layout = layout_from(HEADER_4_4);
        report.memory.is_doubtful = true;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
        report.memory.is_doubtful = false;
        report.memory.reserved_pages = OOM_UNKNOWN;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
        report.memory.reserved_pages = 130933;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
        report.memory.ram_pages = INT64_MAX;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_totalpages_of_some_nodes)
{
        begin(10);
        set_memory(4096, 1048576, 1000, 10 * MIB); /* 4 GiB of RAM */
        add_zone(0, 16 * MIB);
        add_zone(0, 1000 * MIB);
        add_zone(1, 2000 * MIB);
        report.tasks.layout = layout_from(HEADER_4_19);
        report.constraint = OOM_CONSTRAINT_CPUSET;
        report.scope = OOM_SCOPE_CPUSET;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN); /* of which nodes? */
        set_nodes(&report.mems_allowed, 1);
        expect_total(4096, 1026 * MIB, OOM_UNLIMITED, OOM_UNKNOWN); /* up to 5.3: what the node spans */
        incident.victim.pgtables_bytes = 1;
        /* zones that the allocation could not use may be left out: at most it is all RAM, and swap */
        oom_path_set(&report.trigger.gfp_flags, TEXT("GFP_KERNEL"));
        expect_total(4096, 1026 * MIB, 4106 * MIB, OOM_UNKNOWN);
        oom_path_set(&report.trigger.gfp_flags, TEXT("GFP_HIGHUSER_MOVABLE"));
        expect_total(4096, 1026 * MIB, 1026 * MIB, 1026 * MIB);
        set_nodes(&report.mems_allowed, 3);
        expect_total(4096, 3026 * MIB, 3026 * MIB, 3026 * MIB);
        report.constraint = OOM_CONSTRAINT_MEMORY_POLICY;
        report.scope = OOM_SCOPE_MEMPOLICY;
        set_nodes(&report.nodemask, 2);
        expect_total(4096, 2010 * MIB, 2010 * MIB, 2010 * MIB);
        set_nodes(&report.nodemask, 4); /* no zone of it is printed */
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
        set_nodes(&report.nodemask, 2);
        report.memory.is_cut = true;
        expect_total(4096, 0, OOM_UNLIMITED, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_totalpages_where_the_constraint_is_not_printed)
{
        const int64_t machine_bytes = INT64_C(1000000) * 4096;

        begin(10);
        set_memory(4096, 1001000, 1000, 0);
        report.constraint = OOM_CONSTRAINT_UNKNOWN;
        report.tasks.layout = layout_from(HEADER_4_4);
        add_zone(0, INT64_C(500500) * 4096);
        add_zone(1, INT64_C(500500) * 4096);
        set_nodes(&report.mems_allowed, 3); /* all there are: no cpuset */
        expect_total(4096, machine_bytes, machine_bytes, machine_bytes);
        set_nodes(&report.mems_allowed, 1); /* a cpuset, or the cpuset of the trigger in an OOM of the machine */
        expect_total(4096, INT64_C(500500) * 4096, OOM_UNLIMITED, OOM_UNKNOWN);
        report.mems_allowed.known = false;
        expect_total(4096, INT64_C(500500) * 4096, machine_bytes, OOM_UNKNOWN);
        set_nodes(&report.mems_allowed, 3);
        set_nodes(&report.nodemask, 2); /* a policy */
        expect_total(4096, INT64_C(500500) * 4096, OOM_UNLIMITED, OOM_UNKNOWN);
        /* one node */
        report.memory.zones_used = 0;
        report.nodemask.known = report.mems_allowed.known = false;
        add_zone(0, INT64_C(1001000) * 4096);
        expect_total(4096, machine_bytes, machine_bytes, machine_bytes);
        report.memory.zones_used = 0;
        add_zone(OOM_UNKNOWN, INT64_C(1001000) * 4096);
        expect_total(4096, machine_bytes, machine_bytes, machine_bytes);
}
END_TEST

/* ---- the judgement -------------------------------------------------------------------------------------------------------- */

START_TEST(test_choice_by_oom_score_adj)
{
        /* 8 MiB: 2048 pages, 1 of oom_score_adj is 2 pages */
        static const struct {
                int64_t chosen, adj, rank;
                enum oom_consistency consistency;
                enum oom_untold untold;
        } cases[] = {
                {11,  300, 1, OOM_CONSISTENT,         OOM_TOLD            }, /* 501 + 600 = 1101 against 1002 */
                { 10, 300, 2, OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE}, /* 99 less */
                { 10, 378, 2, OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE}, /* 501 + 756 = 1257: 255 less */
                { 10, 379, 2, OOM_INCONSISTENT,       OOM_TOLD            }, /* 1259: 257 less */
                { 10, 250, 1, OOM_CONSISTENT,         OOM_TOLD            }, /* 1001 */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(cases[i].chosen);
                set_memcg(8 * MIB, OOM_UNKNOWN, 0);
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, 1000, 8192, 0, 0);
                add_6_8(11, 0, 500, 4096, 0, cases[i].adj);
                expect(cases[i].consistency, cases[i].untold, cases[i].rank);
                ck_assert_int_eq(judgement.ties, 0);
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
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE, 2);
        add_6_8(12, 0, 101001, 0, 0, 0);
        expect(OOM_INCONSISTENT, OOM_TOLD, 3);
}
END_TEST

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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_uint_eq(judgement.candidates_used, 4);
        ck_assert_int_eq(judgement.candidates[0].pid, 10);
        ck_assert(judgement.candidates[0].is_killable);
        ck_assert_int_eq(judgement.candidates[1].pid, 11); /* then the others, by what they hold */
        ck_assert_int_eq(judgement.candidates[1].badness, OOM_UNKNOWN);
        ck_assert(!judgement.candidates[1].is_killable && !judgement.candidates[2].is_killable);
        ck_assert(!judgement.candidates[3].is_killable);
        ck_assert_int_eq(judgement.candidates[3].badness, 80000);
        ck_assert_uint_eq(judgement.holders_used, 4);
        ck_assert_int_eq(judgement.holders[0].pid, 11);
        ck_assert_int_eq(judgement.holders[3].pid, 10);
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_uint_eq(judgement.candidates_used, OOM_CANDIDATES_MAX);
        for (size_t i = 0; i < OOM_CANDIDATES_MAX; i++)
                ck_assert_int_eq(judgement.candidates[i].pid, 10 + (int64_t)i);
        ck_assert_int_eq(judgement.candidates_total, 21);
        ck_assert_uint_eq(judgement.holders_used, OOM_HOLDERS_MAX);
        ck_assert_int_eq(judgement.holders[0].pid, 9);
        ck_assert(!judgement.holders[0].is_killable);
}
END_TEST

START_TEST(test_bonus_of_root_is_not_guessed)
{
        /* a process of root with 100000 pages has 97000 to 100000 */
        static const struct {
                int64_t rss, rank;
                enum oom_consistency consistency;
                enum oom_untold untold;
        } cases[] = {
                {100000, 1,           OOM_CONSISTENT,         OOM_TOLD            },
                { 98000, OOM_UNKNOWN, OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE},
                { 96800, 2,           OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE}, /* 200 less at least */
                { 90000, 2,           OOM_INCONSISTENT,       OOM_TOLD            },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char row[128];

                begin(10);
                set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
                begin_tasks(&report, HEADER_3_10);
                snprintf(row, sizeof(row), "[   10]  1000    10   200091 %8" PRId64 "       0        0             0 x",
                         cases[i].rss);
                add_row(&report, row);
                add_row(&report, "[   11]     0    11   200091   100000       0        0             0 x");
                expect(cases[i].consistency, cases[i].untold, cases[i].rank);
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
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE, OOM_UNKNOWN);
        incident.chosen_pid = incident.victim.pid = 11;
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.ties, OOM_UNKNOWN); /* 1 or 0 */
}
END_TEST

START_TEST(test_judgement_that_hangs_on_totalpages)
{
        static const struct {
                int64_t rss, adj, machine_swap, rank;
                enum oom_consistency consistency;
                enum oom_untold untold;
        } cases[] = {
  /* the chosen one has 100000 pages; 1 of oom_score_adj is 1048 pages, more with swap */
                {50000,  0,    OOM_UNKNOWN, 1,           OOM_CONSISTENT,         OOM_TOLD},
                { 50000, -100, OOM_UNKNOWN, 1,           OOM_CONSISTENT,         OOM_TOLD},
                { 50000, 100,  OOM_UNKNOWN, 2,           OOM_INCONSISTENT,       OOM_TOLD}, /* 154800 at least */
                { 50000, 10,   OOM_UNKNOWN, OOM_UNKNOWN, OOM_CONSISTENCY_UNTOLD,
                 OOM_UNTOLD_TOTALPAGES                                                   }, /* 60480 at least */
                { 50000, 10,   0,           1,           OOM_CONSISTENT,         OOM_TOLD},
                { 50000, 10,   4 * GIB,     1,           OOM_CONSISTENT,         OOM_TOLD}, /* 70970 at most */
                { 50000, 10,   40 * GIB,    OOM_UNKNOWN, OOM_CONSISTENCY_UNTOLD,
                 OOM_UNTOLD_TOTALPAGES                                                   }, /* 165340 at most */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(10);
                set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNLIMITED);
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, 100000, 0, 0, 0);
                add_6_8(11, 0, cases[i].rss, 0, 0, cases[i].adj);
                machine.swap_total_bytes = cases[i].machine_swap;
                expect(cases[i].consistency, cases[i].untold, cases[i].rank);
                /* of no oom_score_adj the badness is known whatever totalpages is */
                ck_assert_int_eq(judgement.chosen.badness, 100000);
        }
        ck_assert_int_eq(judgement.candidates[0].pid, 11);
        ck_assert_int_eq(judgement.candidates[0].badness, 50000 + 10 * 11534); /* 44 GiB: 11534336 pages */
}
END_TEST

START_TEST(test_normalised_form_needs_totalpages)
{
        begin(10);
        set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNKNOWN);
        begin_tasks(&report, HEADER_RHEL6);
        add_row(&report, "[   10]  1000    10   210000   210000   1       0             0 x");
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOTALPAGES, OOM_UNKNOWN); /* it may be infinite */
        set_memcg(4095, 4095, OOM_UNKNOWN);                                 /* no page */
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOTALPAGES, OOM_UNKNOWN);
        ck_assert_int_eq(judgement.victim.badness, OOM_UNKNOWN);
        set_memcg(4 * GIB, 4 * GIB, OOM_UNKNOWN);
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
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
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_PAGE_SIZE, OOM_UNKNOWN);
        ck_assert_int_eq(judgement.page_size_bytes, OOM_UNKNOWN);
        ck_assert_int_eq(judgement.victim.rss_bytes, OOM_UNKNOWN);
        ck_assert_int_eq(judgement.totalpages_bytes, 4 * GIB);
        incident.victim.total_vm_bytes = 1000 * 4096;
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.page_size_bytes, 4096);
        incident.victim.total_vm_bytes = 1010 * 65536; /* grown a little meanwhile */
        expect(OOM_INCONSISTENT, OOM_TOLD, 2);
        ck_assert_int_eq(judgement.page_size_bytes, 65536);
        ck_assert_int_eq(judgement.victim.badness, 965);
        incident.victim.total_vm_bytes = 1500 * 4096; /* fits none */
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_PAGE_SIZE, OOM_UNKNOWN);
        incident.victim.total_vm_bytes = 0;
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_PAGE_SIZE, OOM_UNKNOWN);
        report.memory.page_size_bytes = 65536; /* buddy lines know it */
        expect(OOM_INCONSISTENT, OOM_TOLD, 2);
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.ties, 3);
        /* the chosen one first, then in the order in which 5.3 and later would have taken them */
        ck_assert_int_eq(judgement.candidates[0].pid, 12);
        ck_assert_int_eq(judgement.candidates[1].pid, 13);
        ck_assert_int_eq(judgement.candidates[2].pid, 11);
        ck_assert_int_eq(judgement.candidates[3].pid, 10);
        ck_assert_int_eq(judgement.candidates[4].pid, 14);
        /* up to 5.2 */
        begin_tasks(&report, HEADER_4_15);
        add_6_8(10, 1, 700, 0, 0, 0);
        add_6_8(11, 1, 700, 0, 0, 0);
        add_6_8(12, 1, 700, 0, 0, 0);
        add_6_8(13, 1, 700, 0, 0, 0);
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.candidates[0].pid, 12);
        ck_assert_int_eq(judgement.candidates[1].pid, 10);
        ck_assert_int_eq(judgement.candidates[3].pid, 13);
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
                expect(OOM_CONSISTENT, OOM_TOLD, 1);
                ck_assert_int_eq(judgement.ties, 99999);
                ck_assert_int_eq(judgement.candidates_total, 100000);
                ck_assert_int_eq(judgement.candidates[0].pid, chosen[i]);
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
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOO_CLOSE, 5); /* 8000 pages of 199990000 */
        incident.chosen_pid = incident.victim.pid = judgement.candidates[0].pid;
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.ties, 0);
        ck_assert_int_eq(judgement.chosen.badness, 199998000);
        incident.chosen_pid = incident.victim.pid = 100; /* rss 0: not kept */
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_NOT_IN_TABLE, OOM_UNKNOWN);
        ck_assert(!judgement.has_chosen);
        /* but its kill line says that it can't have been among the worst */
        incident.victim.total_vm_bytes = 4096 * 1000;
        incident.victim.pgtables_bytes = 4096;
        incident.victim.oom_score_adj = 0;
        expect(OOM_INCONSISTENT, OOM_TOLD, OOM_UNKNOWN);
        incident.victim.oom_score_adj = 1000;
        incident.victim.total_vm_bytes = INT64_C(4096) * 199990000;
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_NOT_IN_TABLE, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_rows_that_were_not_kept_are_reckoned_with)
{
        /* 4 GiB of memory, unlimited swap of which the machine has 4 GiB: 1 of oom_score_adj is 1048 pages to 2097. While the table
         * was read the second was not known: kept are the ten with 100000 pages, and the ten with oom_score_adj 20. A row that
         * was not kept may have up to 100000 + 20 * 1049 = 120980. */
        static const struct {
                int64_t rss, rank;
                enum oom_consistency consistency;
                enum oom_untold untold;
        } cases[] = {
                {120980,  1,           OOM_CONSISTENT,         OOM_TOLD             },
                { 120979, OOM_UNKNOWN, OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_TOTALPAGES},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(10);
                set_memcg(4 * GIB, OOM_UNKNOWN, OOM_UNLIMITED);
                machine.swap_total_bytes = 4 * GIB;
                begin_tasks(&report, HEADER_6_8);
                add_6_8(10, 0, cases[i].rss, 0, 0, 0);
                for (int64_t k = 0; k < 12; k++) {
                        add_6_8(100 + k, 0, 100000, 0, 0, 0);
                        add_6_8(200 + k, 0, 1, 0, 0, 20);
                }
                expect(cases[i].consistency, cases[i].untold, cases[i].rank);
        }
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.chosen.pid, 606);
        /* up to 3.x: announced by its own pid, which is in no row; killed by its process's */
        incident.chosen_pid = 611;
        incident.victim.score = 12;
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.chosen.pid, 606);
        /* without an announcement that isn't so */
        incident.victim.score = OOM_UNKNOWN;
        expect(OOM_CONSISTENCY_UNTOLD, OOM_UNTOLD_NOT_IN_TABLE, OOM_UNKNOWN);
        ck_assert(judgement.has_victim && !judgement.has_chosen);
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.chosen.badness, 12735);
        ck_assert_int_eq(judgement.victim.badness, 2735);
}
END_TEST

START_TEST(test_what_can_not_be_told_has_its_reason)
{
        static const struct {
                enum oom_type type;
                int64_t chosen;
                bool is_allocating_task, has_rows, has_layout, is_complete;
                const char *header;
                enum oom_untold untold;
        } cases[] = {
                {OOM_TYPE_KILL,       10,          false, true,  true,  true,  HEADER_6_8,         OOM_TOLD                  },
                { OOM_TYPE_KILL,      OOM_UNKNOWN, false, true,  true,  true,  HEADER_6_8,         OOM_UNTOLD_NOT_CHOSEN     },
                { OOM_TYPE_KILL,      10,          true,  true,  true,  true,  HEADER_6_8,         OOM_UNTOLD_ALLOCATING_TASK},
                { OOM_TYPE_NO_VICTIM, OOM_UNKNOWN, false, true,  true,  true,  HEADER_6_8,         OOM_UNTOLD_NO_VICTIM      },
                { OOM_TYPE_PANIC,     OOM_UNKNOWN, false, true,  true,  true,  HEADER_6_8,         OOM_UNTOLD_NO_VICTIM      },
                { OOM_TYPE_KILL,      10,          false, false, true,  true,  HEADER_6_8,         OOM_UNTOLD_NO_TABLE       },
                { OOM_TYPE_KILL,      10,          false, true,  true,  false, HEADER_6_8,         OOM_UNTOLD_TABLE_CUT      },
                { OOM_TYPE_KILL,      10,          false, true,  false, false, HEADER_6_8,         OOM_UNTOLD_NO_LAYOUT      },
                { OOM_TYPE_KILL,      10,          false, true,  true,  true,  HEADER_2_6_32,      OOM_UNTOLD_OLD_FORMULA    },
 /* a table of tomorrow without swap */
                { OOM_TYPE_KILL,      10,          false, true,  true,  true,
                 "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes held oom_score_adj name", OOM_UNTOLD_NO_LAYOUT      },
                { OOM_TYPE_KILL,      77,          false, true,  true,  true,  HEADER_6_8,         OOM_UNTOLD_NOT_IN_TABLE   },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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
                        struct oom_task task = {
                                .values = {10, 0, 10, 2000, 1000}
                        };

                        task.values[OOM_COLUMN_OOM_SCORE_ADJ] = OOM_UNKNOWN;
                        add_task(&report.tasks, &task);
                }
                report.tasks.is_complete = cases[i].is_complete;
                judge();
                ck_assert_msg(judgement.untold == cases[i].untold, "case %zu: %d", i, judgement.untold);
                ck_assert_int_eq(judgement.consistency,
                                 cases[i].untold == OOM_TOLD ? OOM_CONSISTENT : OOM_CONSISTENCY_UNTOLD);
                ck_assert_int_eq(judgement.candidates_total,
                                 cases[i].is_complete ? (int64_t)report.tasks.count : OOM_UNKNOWN);
                ck_assert_uint_eq(judgement.candidates_used, cases[i].has_rows);
        }
}
END_TEST

START_TEST(test_empty_report)
{
        begin(10);
        oom_judge(&incident, NULL, &judgement);
        ck_assert_int_eq(judgement.untold, OOM_UNTOLD_NO_TABLE);
        ck_assert_uint_eq(judgement.candidates_used, 0);
        ck_assert_int_eq(judgement.totalpages_bytes, OOM_UNKNOWN);
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
        expect(OOM_CONSISTENT, OOM_TOLD, 1);
        ck_assert_int_eq(judgement.candidates[0].pid, 12);
        ck_assert_int_eq(judgement.candidates[1].pid, 11);
        ck_assert_int_eq(judgement.candidates[2].pid, 10);
        ck_assert_int_eq(judgement.candidates[1].badness, 5000);
        ck_assert_int_eq(judgement.candidates[2].badness, OOM_UNKNOWN);
}
END_TEST

START_TEST(test_largest_numbers_overflow_nothing)
{
        static const char *const headers[] = { HEADER_2_6_32, HEADER_RHEL6, HEADER_3_10, HEADER_4_4,
                                               HEADER_4_15,   HEADER_4_19,  HEADER_6_8 };
        static const int64_t limits[] = { 1, 4096, GIB, INT64_MAX - 1, OOM_UNLIMITED, OOM_UNKNOWN };

        for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
                for (size_t j = 0; j < sizeof(limits) / sizeof(limits[0]); j++) {
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
                                        task.values[k] = oom_layout_has(&report.tasks.layout, k)
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
                        judge();
                        incident.chosen_pid = 1000; /* in no row */
                        judge();
                }
}
END_TEST

TEST_MAIN("badness", CASE(test_badness_by_era), CASE(test_small_cgroup_knows_no_oom_score_adj),
          CASE(test_negative_badness_is_told_where_the_report_shows_its_kernel), CASE(test_sizes_are_bytes),
          CASE(test_totalpages_of_a_cgroup), CASE(test_totalpages_of_a_cgroup_without_a_limit_is_unknown),
          CASE(test_totalpages_of_the_machine), CASE(test_totalpages_of_some_nodes),
          CASE(test_totalpages_where_the_constraint_is_not_printed), CASE(test_choice_by_oom_score_adj),
          CASE(test_margin_grows_with_the_badness), CASE(test_who_can_not_be_killed_is_not_counted),
          CASE(test_protected_holder_is_shown_behind_many_others), CASE(test_bonus_of_root_is_not_guessed),
          CASE(test_both_forms_of_an_open_era_must_agree), CASE(test_judgement_that_hangs_on_totalpages),
          CASE(test_normalised_form_needs_totalpages), CASE(test_page_size_out_of_table_and_kill_line),
          CASE(test_ties_are_counted_and_consistent), CASE(test_100000_equal_rows), CASE(test_100000_rows_of_all_sizes),
          CASE(test_rows_that_were_not_kept_are_reckoned_with), CASE(test_processes_that_are_threads),
          CASE(test_child_killed_for_its_parent), CASE(test_what_can_not_be_told_has_its_reason),
          CASE(test_empty_report), CASE(test_candidates_by_memory_where_the_badness_is_open),
          CASE(test_largest_numbers_overflow_nothing))
