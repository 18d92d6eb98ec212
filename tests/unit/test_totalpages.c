/* lib/verdict/totalpages.h: what oom_score_adj is a share of, and between which bounds it is known. */

#include "badness_fixture.h"
#include "harness.h"

static void add_zone(int64_t node, int64_t present_bytes)
{
        struct oom_zone *zone = &report.memory.zones[report.memory.n_zones++];

        zone->node = node;
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                zone->counters[i] = OOM_UNKNOWN;
        zone->counters[OOM_COUNTER_PRESENT] = present_bytes;
}

static void set_nodes(struct oom_node_set *set, uint64_t bits)
{
        *set = (struct oom_node_set){ .is_known = true, .bits = { bits } };
}

START_TEST(test_totalpages_of_a_cgroup)
{
        static const struct {
                const char *header;
                int64_t both, swap, machine_swap, pgtables; /* of the kill line: 5.4 on */
                int64_t min, max, exact;
        } cases[] = {
                /* v2: memory.swap.max */
                { HEADER_6_8, OOM_UNKNOWN, 0, OOM_UNKNOWN, 1, GIB, GIB, GIB },
                { HEADER_6_8, OOM_UNKNOWN, 100 * MIB, OOM_UNKNOWN, 1, GIB, GIB + 100 * MIB, OOM_UNKNOWN },
                { HEADER_6_8, OOM_UNKNOWN, 100 * MIB, GIB, 1, GIB, GIB + 100 * MIB, GIB + 100 * MIB },
                { HEADER_6_8, OOM_UNKNOWN, 100 * MIB, 30 * MIB, 1, GIB, GIB + 30 * MIB, GIB + 30 * MIB },
                { HEADER_6_8, OOM_UNKNOWN, OOM_UNLIMITED, OOM_UNKNOWN, 1, GIB, OOM_UNLIMITED, OOM_UNKNOWN },
                { HEADER_6_8, OOM_UNKNOWN, OOM_UNLIMITED, 2 * GIB, 1, GIB, 3 * GIB, 3 * GIB },
                { HEADER_6_8, OOM_UNKNOWN, OOM_UNLIMITED, 0, 1, GIB, GIB, GIB },
                /* v1: the limit of both */
                { HEADER_4_4, GIB, OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN, GIB, GIB, GIB },
                { HEADER_4_4, 2 * GIB, OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN, GIB, 2 * GIB, OOM_UNKNOWN },
                { HEADER_4_4, 2 * GIB, OOM_UNKNOWN, 8 * GIB, OOM_UNKNOWN, GIB, 2 * GIB, 2 * GIB },
                { HEADER_4_4, 2 * GIB, OOM_UNKNOWN, 8 * MIB, OOM_UNKNOWN, GIB, GIB + 8 * MIB, GIB + 8 * MIB },
                /* unlimited: up to 5.2 it may be v2, whose memory.swap.max is not printed */
                { HEADER_4_4, OOM_UNLIMITED, OOM_UNKNOWN, 8 * GIB, OOM_UNKNOWN, GIB, 9 * GIB, OOM_UNKNOWN },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN, 8 * GIB, OOM_UNKNOWN, GIB, 9 * GIB, OOM_UNKNOWN },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN, 8 * GIB, 1, GIB, 9 * GIB, 9 * GIB },
                { HEADER_4_19, OOM_UNLIMITED, OOM_UNKNOWN, 0, OOM_UNKNOWN, GIB, GIB, GIB },
                /* neither is printed */
                { HEADER_4_19, OOM_UNKNOWN, OOM_UNKNOWN, GIB, 1, GIB, 2 * GIB, OOM_UNKNOWN },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct oom_totalpages total;

                begin(10);
                set_memcg(GIB, cases[i].both, cases[i].swap);
                report.tasks.layout = layout_from(cases[i].header);
                incident.has_pgtables_line = cases[i].pgtables != OOM_UNKNOWN;
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

        for (size_t i = 0; i < COUNT(limits); i++) {
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
        report.tasks.layout.count = 0; /* no table: it may be any kernel */
        expect_total(4096, 568927296, 586988480, OOM_UNKNOWN);
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
        incident.has_pgtables_line = true;
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
        report.mems_allowed.is_known = false;
        expect_total(4096, INT64_C(500500) * 4096, machine_bytes, OOM_UNKNOWN);
        set_nodes(&report.mems_allowed, 3);
        set_nodes(&report.nodemask, 2); /* a policy */
        expect_total(4096, INT64_C(500500) * 4096, OOM_UNLIMITED, OOM_UNKNOWN);
        /* one node */
        report.memory.n_zones = 0;
        report.nodemask.is_known = report.mems_allowed.is_known = false;
        add_zone(0, INT64_C(1001000) * 4096);
        expect_total(4096, machine_bytes, machine_bytes, machine_bytes);
        report.memory.n_zones = 0;
        add_zone(OOM_UNKNOWN, INT64_C(1001000) * 4096);
        expect_total(4096, machine_bytes, machine_bytes, machine_bytes);
}
END_TEST

/* Up to 3.10 "pages RAM" counts holes, an eighth of it at most; where less is printed, there are nodes that aren't. */
START_TEST(test_totalpages_where_pages_ram_counts_holes)
{
        const int64_t ram_bytes = INT64_C(8000) * 4096;

        begin(10);
        set_memory(4096, 8000, 0, 0);
        report.constraint = OOM_CONSTRAINT_UNKNOWN;
        report.tasks.layout = layout_from(HEADER_4_4);
        add_zone(0, INT64_C(3500) * 4096);
        add_zone(1, INT64_C(3500) * 4096);
        set_nodes(&report.mems_allowed, 3);
        expect_total(4096, ram_bytes, ram_bytes, ram_bytes);
        report.memory.zones[1].counters[OOM_COUNTER_PRESENT]--;
        expect_total(4096, ram_bytes / 8 * 7 - 1, OOM_UNLIMITED, OOM_UNKNOWN);
}
END_TEST

TEST_MAIN("totalpages", CASE(test_totalpages_of_a_cgroup), CASE(test_totalpages_of_a_cgroup_without_a_limit_is_unknown),
          CASE(test_totalpages_of_the_machine), CASE(test_totalpages_of_some_nodes),
          CASE(test_totalpages_where_the_constraint_is_not_printed), CASE(test_totalpages_where_pages_ram_counts_holes))
