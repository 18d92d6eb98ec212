/* lib/parse/line.h: the lines about the machine's memory, one case per form of a version, and the near misses. */

#include <stdio.h>

#include "harness.h"
#include "parse/line.h"

#define UNKNOWN OOM_UNKNOWN
#define KB      1024LL

static struct oom_line line;

static void parse(const char *text, enum oom_line_kind kind)
{
        ck_assert_msg(oom_line_parse(text_from(text), &line) == kind, "%d is not %d: %s", line.kind, kind, text);
}

static void assert_text(struct text got, const char *expected)
{
        ck_assert_msg(text_equal(got, text_from(expected)), "'%.*s' is not '%s'", (int)got.length, got.data, expected);
}

/* ---- names of figures -------------------------------------------------------------------------------------------------- */

START_TEST(test_every_counter_is_found_by_its_name)
{
        static const struct {
                const char *name;
                enum oom_counter counter;
        } others[] = {
                { "Active", OOM_COUNTER_ACTIVE },
                { "Active_anon", OOM_COUNTER_ACTIVE_ANON },
                { "isolated(anon)", OOM_COUNTER_ISOLATED_ANON },
                { "isolated(file)", OOM_COUNTER_ISOLATED_FILE },
                { "Balloon", OOM_COUNTER_BALLOON },
                { "", OOM_COUNTER_COUNT },
                { "f", OOM_COUNTER_COUNT },
                { "fre", OOM_COUNTER_COUNT },
                { "freee", OOM_COUNTER_COUNT },
                { "kernel_misc_reclaimabl", OOM_COUNTER_COUNT },
                { "kernel_misc_reclaimable_", OOM_COUNTER_COUNT },
        };

        for (int i = 0; i < OOM_COUNTER_COUNT; i++) {
                const char *name = oom_counter_name((enum oom_counter)i);

                ck_assert_msg(name[0], "counter %d has no name", i);
                if (i != OOM_COUNTER_BALLOON)
                        ck_assert_int_eq(oom_counter_find(text_from(name)), i);
        }
        for (size_t i = 0; i < COUNT(others); i++)
                ck_assert_int_eq(oom_counter_find(text_from(others[i].name)), others[i].counter);
}
END_TEST

/* ---- summary, node, zone ----------------------------------------------------------------------------------------------- */

struct figure {
        enum oom_counter counter;
        int64_t value;
};

/* The figures named are these, and as many are known as count says. */
static void assert_figures(const struct figure *figures, int count)
{
        int known = 0;

        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                known += line.counters.values[i] != UNKNOWN;
        ck_assert_int_eq(known, count);
        for (size_t i = 0; i < 4; i++)
                ck_assert_msg(line.counters.values[figures[i].counter] == figures[i].value, "%s is %lld",
                              oom_counter_name(figures[i].counter),
                              (long long)line.counters.values[figures[i].counter]);
}

START_TEST(test_summary_forms)
{
        /* clang-format off */
        static const struct {
                const char *text;
                int count;
                struct figure figures[4];
        } cases[] = {
                /* 2.6.18 */
                { "Active:124913 inactive:122 dirty:1 writeback:2 unstable:3 free:1283 slab:2105 mapped:88 pagetables:612",
                 9, { { OOM_COUNTER_ACTIVE, 124913 }, { OOM_COUNTER_FREE, 1283 }, { OOM_COUNTER_SLAB, 2105 }, { OOM_COUNTER_PAGETABLES, 612 } } },
                /* 2.6.24 */
                { "Active:124913 inactive:122 dirty:0 writeback:0 unstable:0\n free:1283 slab:2105 mapped:88 pagetables:612 bounce:7",
                 10, { { OOM_COUNTER_INACTIVE, 122 }, { OOM_COUNTER_FREE, 1283 }, { OOM_COUNTER_MAPPED, 88 }, { OOM_COUNTER_BOUNCE, 7 } } },
                /* 2.6.28 */
                { "Active_anon:5 active_file:6 inactive_anon:7\n inactive_file:8 unevictable:9 dirty:0 writeback:0 unstable:0\n "
                  "free:10 slab:11 mapped:12 pagetables:13 bounce:0",
                 13, { { OOM_COUNTER_ACTIVE_ANON, 5 }, { OOM_COUNTER_INACTIVE_ANON, 7 }, { OOM_COUNTER_FREE, 10 }, { OOM_COUNTER_SLAB, 11 } } },
                /* 2.6.32 */
                { "active_anon:123456 inactive_anon:2134 isolated_anon:4\n active_file:12 inactive_file:20 isolated_file:5\n "
                  "unevictable:0 dirty:0 writeback:0 unstable:0\n free:1190 slab_reclaimable:1088 slab_unreclaimable:2377\n "
                  "mapped:132 shmem:50 pagetables:611 bounce:0",
                 17, { { OOM_COUNTER_ISOLATED_ANON, 4 }, { OOM_COUNTER_ISOLATED_FILE, 5 }, { OOM_COUNTER_FREE, 1190 }, { OOM_COUNTER_SLAB_UNRECLAIMABLE, 2377 } } },
                /* 3.10 */
                { "active_anon:1 inactive_anon:2 isolated_anon:0\n active_file:12 inactive_file:20 isolated_file:0\n "
                  "unevictable:0 dirty:0 writeback:0 unstable:0\n free:12254 slab_reclaimable:3012 slab_unreclaimable:4110\n "
                  "mapped:1022 shmem:2150 pagetables:1811 bounce:0\n free_cma:9",
                 18, { { OOM_COUNTER_FREE, 12254 }, { OOM_COUNTER_SHMEM, 2150 }, { OOM_COUNTER_PAGETABLES, 1811 }, { OOM_COUNTER_FREE_CMA, 9 } } },
                /* 4.4 */
                { "active_anon:1 inactive_anon:2 isolated_anon:0\n active_file:12 inactive_file:20 isolated_file:0\n "
                  "unevictable:0 dirty:0 writeback:0 unstable:8\n slab_reclaimable:3012 slab_unreclaimable:4110\n "
                  "mapped:1022 shmem:2150 pagetables:1811 bounce:0\n free:12254 free_pcp:63 free_cma:0",
                 19, { { OOM_COUNTER_FREE, 12254 }, { OOM_COUNTER_FREE_PCP, 63 }, { OOM_COUNTER_UNSTABLE, 8 }, { OOM_COUNTER_FREE_CMA, 0 } } },
                /* 6.1 */
                { "active_anon:621 inactive_anon:93104 isolated_anon:0\n active_file:14 inactive_file:4 isolated_file:0\n "
                  "unevictable:9569 dirty:0 writeback:0\n slab_reclaimable:3423 slab_unreclaimable:3465\n mapped:2313 shmem:33 "
                  "pagetables:357\n sec_pagetables:1 bounce:0\n kernel_misc_reclaimable:2\n free:1095 free_pcp:0 free_cma:0",
                 20, { { OOM_COUNTER_INACTIVE_ANON, 93104 }, { OOM_COUNTER_SEC_PAGETABLES, 1 }, { OOM_COUNTER_KERNEL_MISC_RECLAIMABLE, 2 }, { OOM_COUNTER_FREE, 1095 } } },
                /* a figure of tomorrow is passed over, and one with a unit that the summary has not */
                { "active_anon:1 tomorrow:2 dirty:3kB writeback:4",
                 2, { { OOM_COUNTER_ACTIVE_ANON, 1 }, { OOM_COUNTER_DIRTY, UNKNOWN }, { OOM_COUNTER_WRITEBACK, 4 }, { OOM_COUNTER_FREE, UNKNOWN } } },
        };
        /* clang-format on */
        static const char *const no[] = {
                "active_anon:",
                "active_anon:1 inactive_anon",
                "active_anon:1 inactive_anon:x",
                "active_anon:1 inactive_anon:2, dirty:3",
                "active_anon:1 words",
                "active_anon:9223372036854775808",
                "active_anon:-1",
                "Active: yes",
                " active_anon:1",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_COUNTERS);
                assert_figures(cases[i].figures, cases[i].count);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_node_forms)
{
        /* clang-format off */
        static const struct {
                const char *text;
                int64_t node, all_unreclaimable;
                int count;
                struct figure figures[4];
        } cases[] = {
                /* 4.9 */
                { "Node 0 active_anon:941204kB inactive_anon:8536kB active_file:48kB inactive_file:80kB unevictable:0kB "
                  "isolated(anon):4kB isolated(file):8kB mapped:4088kB dirty:0kB writeback:0kB shmem:8600kB shmem_thp: 12kB "
                  "shmem_pmdmapped: 0kB anon_thp: 188416kB writeback_tmp:0kB unstable:0kB pages_scanned:77 all_unreclaimable? no",
                 0, 0, 17, { { OOM_COUNTER_ISOLATED_ANON, 4 * KB }, { OOM_COUNTER_SHMEM_THP, 12 * KB }, { OOM_COUNTER_ANON_THP, 188416 * KB }, { OOM_COUNTER_PAGES_SCANNED, 77 } } },
                /* 5.10 */
                { "Node 1 active_anon:4kB inactive_anon:8kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB "
                  "isolated(file):0kB mapped:0kB dirty:0kB writeback:0kB shmem:16kB writeback_tmp:0kB kernel_stack:20kB "
                  "shadow_call_stack:24kB all_unreclaimable? yes",
                 1, 1, 14, { { OOM_COUNTER_ACTIVE_ANON, 4 * KB }, { OOM_COUNTER_KERNEL_STACK, 20 * KB }, { OOM_COUNTER_SHADOW_CALL_STACK, 24 * KB }, { OOM_COUNTER_SHMEM, 16 * KB } } },
                /* 6.18 */
                { "Node 1023 active_anon:4kB inactive_anon:8kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB "
                  "isolated(file):0kB mapped:0kB dirty:0kB writeback:0kB shmem:8600kB shmem_thp:0kB shmem_pmdmapped:0kB "
                  "anon_thp:188416kB kernel_stack:1712kB pagetables:7244kB sec_pagetables:0kB all_unreclaimable? yes Balloon:28kB",
                 1023, 1, 18, { { OOM_COUNTER_BALLOON, 28 * KB }, { OOM_COUNTER_PAGETABLES, 7244 * KB }, { OOM_COUNTER_SEC_PAGETABLES, 0 }, { OOM_COUNTER_ANON_THP, 188416 * KB } } },
        };
        /* clang-format on */
        static const char *const no[] = {
                "Node 0 active_anon:1kB words",
                "Node 0 active_anon:1kB all_unreclaimable? maybe",
                "Node 0 active_anon:1kB all_unreclaimable? no,",
                "Node active_anon:1kB",
                "Node -1 active_anon:1kB",
                "Node 0  active_anon:1kB",
                "Node 0 active_anon:1kBx",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_NODE);
                ck_assert_int_eq(line.counters.node, cases[i].node);
                ck_assert_int_eq(line.counters.all_unreclaimable, cases[i].all_unreclaimable);
                assert_figures(cases[i].figures, cases[i].count);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_zone_forms)
{
        /* clang-format off */
        static const struct {
                const char *text;
                int64_t node;
                const char *zone;
                int64_t all_unreclaimable;
                int count;
                struct figure figures[4];
        } cases[] = {
                /* 2.6.18 to 2.6.27, without nodes */
                { "DMA free:2068kB min:88kB low:108kB high:132kB active:5420kB inactive:0kB present:16384kB pages_scanned:8214 "
                  "all_unreclaimable? yes",
                 UNKNOWN, "DMA", 1, 8, { { OOM_COUNTER_FREE, 2068 * KB }, { OOM_COUNTER_ACTIVE, 5420 * KB }, { OOM_COUNTER_PAGES_SCANNED, 8214 }, { OOM_COUNTER_PRESENT, 16384 * KB } } },
                { "HighMem free:1kB min:2kB low:3kB high:4kB active:5kB inactive:6kB present:7kB pages_scanned:8 all_unreclaimable? no",
                 UNKNOWN, "HighMem", 0, 8, { { OOM_COUNTER_FREE, KB }, { OOM_COUNTER_MIN, 2 * KB }, { OOM_COUNTER_LOW, 3 * KB }, { OOM_COUNTER_HIGH, 4 * KB } } },
                /* 2.6.32 to 4.4 */
                { "Node 0 Normal free:2004kB min:84kB low:104kB high:124kB active_anon:13420kB inactive_anon:0kB active_file:0kB "
                  "inactive_file:0kB unevictable:0kB isolated(anon):4kB isolated(file):0kB present:15352kB managed:15000kB mlocked:0kB "
                  "dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:0kB slab_unreclaimable:32kB kernel_stack:0kB "
                  "pagetables:24kB unstable:0kB bounce:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:12 all_unreclaimable? yes",
                 0, "Normal", 1, 27, { { OOM_COUNTER_ISOLATED_ANON, 4 * KB }, { OOM_COUNTER_SLAB_UNRECLAIMABLE, 32 * KB }, { OOM_COUNTER_PAGETABLES, 24 * KB }, { OOM_COUNTER_PAGES_SCANNED, 12 } } },
                /* 4.9 */
                { "Node 0 DMA free:15900kB min:696kB low:868kB high:1040kB active_anon:0kB inactive_anon:0kB active_file:0kB "
                  "inactive_file:0kB unevictable:0kB writepending:16kB present:15992kB managed:15908kB mlocked:0kB slab_reclaimable:4kB "
                  "slab_unreclaimable:8kB kernel_stack:0kB pagetables:0kB bounce:0kB free_pcp:0kB local_pcp:4kB free_cma:0kB",
                 0, "DMA", UNKNOWN, 21, { { OOM_COUNTER_WRITEPENDING, 16 * KB }, { OOM_COUNTER_MANAGED, 15908 * KB }, { OOM_COUNTER_LOCAL_PCP, 4 * KB }, { OOM_COUNTER_SLAB_RECLAIMABLE, 4 * KB } } },
                /* 6.1: "KB" */
                { "Node 3 DMA32 free:2596kB boost:4kB min:2596kB low:3244kB high:3892kB reserved_highatomic:2048KB active_anon:2484kB "
                  "inactive_anon:358996kB active_file:56kB inactive_file:128kB unevictable:38276kB writepending:0kB present:507740kB "
                  "managed:450752kB mlocked:38276kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB",
                 3, "DMA32", UNKNOWN, 19, { { OOM_COUNTER_BOOST, 4 * KB }, { OOM_COUNTER_RESERVED_HIGHATOMIC, 2048 * KB }, { OOM_COUNTER_PRESENT, 507740 * KB }, { OOM_COUNTER_INACTIVE_ANON, 358996 * KB } } },
                /* 6.18 */
                { "Node 0 Movable free:15372kB boost:0kB min:696kB low:868kB high:1040kB reserved_highatomic:0KB free_highatomic:8KB "
                  "active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB zspages:12kB "
                  "present:15992kB managed:15372kB mlocked:0kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB",
                 0, "Movable", UNKNOWN, 21, { { OOM_COUNTER_FREE_HIGHATOMIC, 8 * KB }, { OOM_COUNTER_ZSPAGES, 12 * KB }, { OOM_COUNTER_FREE, 15372 * KB }, { OOM_COUNTER_MLOCKED, 0 } } },
                /* the longest name, and a size past what bytes can say */
                { "Node 0 Zone45678901234 free:9007199254740992kB min:1kB",
                 0, "Zone45678901234", UNKNOWN, 1, { { OOM_COUNTER_FREE, UNKNOWN }, { OOM_COUNTER_MIN, KB }, { OOM_COUNTER_LOW, UNKNOWN }, { OOM_COUNTER_HIGH, UNKNOWN } } },
                { "Node 0 Device free:9007199254740991kB min:1", /* and one without its unit */
                 0, "Device", UNKNOWN, 1, { { OOM_COUNTER_FREE, 9007199254740991 * KB }, { OOM_COUNTER_MIN, UNKNOWN }, { OOM_COUNTER_LOW, UNKNOWN }, { OOM_COUNTER_HIGH, UNKNOWN } } },
        };
        /* clang-format on */
        static const char *const no[] = {
                "Node 0 Zone456789012345 free:1kB", /* a name past the limit */
                "Node 0 free:1kB",
                "Node 0 DMA min:1kB",
                "Node 0 DMA free:1kB and so on",
                "Node 0 DMA free:kB",
                "Node 9223372036854775808 DMA free:1kB",
                "Device free:1kB", /* not printed without a node */
                "DMA free",
                "Normal people",
                "Movable",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_ZONE);
                ck_assert_int_eq(line.counters.node, cases[i].node);
                assert_text(line.counters.zone, cases[i].zone);
                ck_assert_int_eq(line.counters.all_unreclaimable, cases[i].all_unreclaimable);
                assert_figures(cases[i].figures, cases[i].count);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_lowmem_reserve_forms)
{
        parse("lowmem_reserve[]: 0 426 427 428 429", OOM_LINE_LOWMEM_RESERVE);
        ck_assert_uint_eq(line.lowmem_reserve.count, 5);
        ck_assert_int_eq(line.lowmem_reserve.pages[1], 426);
        ck_assert_int_eq(line.lowmem_reserve.pages[4], 429);
        parse("lowmem_reserve[]:", OOM_LINE_LOWMEM_RESERVE); /* its first piece */
        ck_assert_uint_eq(line.lowmem_reserve.count, 0);
        parse("lowmem_reserve[]: 1 2 3 4 5 6 7 8", OOM_LINE_LOWMEM_RESERVE);
        ck_assert_uint_eq(line.lowmem_reserve.count, OOM_ZONE_KINDS_MAX);
        parse("lowmem_reserve[]: 1 2 3 4 5 6 7 8 9", OOM_LINE_LOWMEM_RESERVE);
        ck_assert_uint_eq(line.lowmem_reserve.count, OOM_ZONE_KINDS_MAX);
        ck_assert_int_eq(line.lowmem_reserve.pages[7], 8);
        parse("lowmem_reserve[]: 0 x", OOM_LINE_OTHER);
        parse("lowmem_reserve[]: 0,1", OOM_LINE_OTHER);
}
END_TEST

/* ---- buddy lists, huge pages ------------------------------------------------------------------------------------------- */

START_TEST(test_buddy_forms)
{
        static const struct {
                const char *text;
                int64_t node;
                const char *zone;
                int orders;
                int64_t first, last, page_size_bytes, bytes;
        } cases[] = {
                /* 2.6.18, without nodes */
                { "DMA: 1*4kB 0*8kB 1*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 1*2048kB 3*4096kB = 2068kB",
                  UNKNOWN, "DMA", 11, 1, 3, 4 * KB, 2068 * KB },
                { "HighMem: empty", UNKNOWN, "HighMem", 0, 0, 0, UNKNOWN, UNKNOWN },
                { "Node 0 Normal: empty", 0, "Normal", 0, 0, 0, UNKNOWN, UNKNOWN },
                /* 3.4 on, with the types */
                { "Node 1 DMA32: 6*4kB (UMEHCI) 73*8kB (UM) 80*16kB (UE) 24*32kB (UE) 0*64kB 0*128kB 0*256kB 0*512kB "
                  "0*1024kB "
                  "0*2048kB 2*4096kB (R) = 2656kB",
                  1, "DMA32", 11, 6, 2, 4 * KB, 2656 * KB },
                { "Node 0 DMA: 5*64kB () 0*128kB = 320kB", 0, "DMA", 2, 5, 0, 64 * KB, 320 * KB },
                { "Node 0 DMA: = 0kB", 0, "DMA", 0, 0, 0, UNKNOWN, 0 },
        };
        static const char *const no[] = {
                "Node 0 DMA: 1*4kB (U) 0*8kB ", /* not whole */
                "Node 0 DMA: ",
                "Node 0 ",
                "Node 0 DMA: 1*4kB (u) = 4kB",
                "Node 0 DMA: 1*4kB 1*16kB = 20kB", /* no order twice the one before */
                "Node 0 DMA: 1*0kB 1*0kB = 0kB",
                "Node 0 DMA: 1*4kB = 4kB and so on",
                "Node 0 DMA: 1*4kB = 4",
                "Node 0 DMA: full",
                "DMA: ISA bridge found",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_BUDDY);
                ck_assert_int_eq(line.buddy.node, cases[i].node);
                assert_text(line.buddy.zone, cases[i].zone);
                ck_assert_int_eq(line.buddy.n_orders, cases[i].orders);
                ck_assert_int_eq(line.buddy.page_size_bytes, cases[i].page_size_bytes);
                ck_assert_int_eq(line.buddy.bytes, cases[i].bytes);
                if (cases[i].orders) {
                        ck_assert_int_eq(line.buddy.blocks[0], cases[i].first);
                        ck_assert_int_eq(line.buddy.blocks[cases[i].orders - 1], cases[i].last);
                }
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_buddy_orders_at_and_past_the_limit)
{
        char text[4096];

        for (int orders = OOM_ORDERS_MAX; orders <= OOM_ORDERS_MAX + 1; orders++) {
                int length = snprintf(text, sizeof(text), "Node 0 DMA: ");

                for (int i = 0; i < orders; i++)
                        length += snprintf(text + length, sizeof(text) - (size_t)length, "%d*%lldkB ", i, 4LL << i);
                (void)snprintf(text + length, sizeof(text) - (size_t)length, "= 4kB");
                parse(text, OOM_LINE_BUDDY);
                ck_assert_int_eq(line.buddy.n_orders, orders);
                ck_assert_int_eq(line.buddy.blocks[OOM_ORDERS_MAX - 1], OOM_ORDERS_MAX - 1);
        }
}
END_TEST

START_TEST(test_hugepages_forms)
{
        parse("Node 2 hugepages_total=8 hugepages_free=7 hugepages_surp=6 hugepages_size=2048kB", OOM_LINE_HUGEPAGES);
        ck_assert_int_eq(line.hugepages.node, 2);
        ck_assert_int_eq(line.hugepages.total, 8);
        ck_assert_int_eq(line.hugepages.free, 7);
        ck_assert_int_eq(line.hugepages.surplus, 6);
        ck_assert_int_eq(line.hugepages.size_bytes, 2048 * KB);
        parse("Node 2 hugepages_total=8 hugepages_free=7 hugepages_surp=6 hugepages_size=2048", OOM_LINE_OTHER);
        parse("Node 2 hugepages_total=8 hugepages_free=7", OOM_LINE_OTHER);
        parse("Node 2 hugepages_total=8 hugepages_free=7 hugepages_surp=6 hugepages_size=2048kB!", OOM_LINE_OTHER);
}
END_TEST

/* ---- totals ------------------------------------------------------------------------------------------------------------ */

START_TEST(test_total_forms)
{
        static const struct {
                const char *text;
                enum oom_total which;
                int64_t value;
        } cases[] = {
                { "130933 pages RAM", OOM_TOTAL_RAM, 130933 },
                { "131072 pages of RAM", OOM_TOTAL_RAM, 131072 },
                { "5 pages HighMem", OOM_TOTAL_HIGHMEM, 5 },
                { "0 pages of HIGHMEM", OOM_TOTAL_HIGHMEM, 0 },
                { "6 pages HighMem/MovableOnly", OOM_TOTAL_HIGHMEM, 6 },
                { "14405 pages reserved", OOM_TOTAL_RESERVED, 14405 },
                { "2342 reserved pages", OOM_TOTAL_RESERVED, 2342 },
                { "4096 pages cma reserved", OOM_TOTAL_CMA_RESERVED, 4096 },
                { "1 pages hwpoisoned", OOM_TOTAL_HWPOISONED, 1 },
                { "3781 total pagecache pages", OOM_TOTAL_PAGECACHE, 3781 },
                { "1443 pages in swap cache", OOM_TOTAL_SWAPCACHE, 1443 },
                { "7 pages swap cached", OOM_TOTAL_SWAPCACHE, 7 },
                { "Free swap  = 12kB", OOM_TOTAL_SWAP_FREE, 12 * KB },
                { "Total swap = 98300kB", OOM_TOTAL_SWAP_TOTAL, 98300 * KB },
                { "180 pages shared", OOM_TOTAL_IGNORED, 180 },
                { "122190 pages non-shared", OOM_TOTAL_IGNORED, 122190 },
                { "3 pages in pagetable cache", OOM_TOTAL_IGNORED, 3 },
        };
        static const struct {
                const char *text;
                enum oom_line_kind kind;
        } others[] = {
                { "130933 pages RAM or so", OOM_LINE_OTHER },
                { "pages RAM", OOM_LINE_OTHER },
                { "130933pages RAM", OOM_LINE_OTHER },
                { "130933 pages", OOM_LINE_OTHER },
                { "9223372036854775808 pages RAM", OOM_LINE_OTHER },
                { "Free swap  = 12", OOM_LINE_OTHER },
                { "Free swap = 12kB", OOM_LINE_OTHER },
                { "Total swap = 12kB!", OOM_LINE_OTHER },
                { "Free swap:            0kB", OOM_LINE_UNREAD },
                { "Free pages:        5132kB (0kB HighMem)", OOM_LINE_UNREAD },
                { "Swap cache: add 52315, delete 52315, find 1922/3411, race 0+3", OOM_LINE_UNREAD },
                { "Swap cache stats: add 52315, delete 52315, find 1922/3411", OOM_LINE_UNREAD },
                { "DMA per-cpu:", OOM_LINE_UNREAD },
                { "Node 0 DMA32 per-cpu:", OOM_LINE_UNREAD },
                { "Node 0 DMA32 per-cpu: x", OOM_LINE_OTHER },
                { "cpu 0 hot: high 0, batch 1 used:0", OOM_LINE_UNREAD },
                { "cpu 12 cold: high 62, batch 15 used:51", OOM_LINE_UNREAD },
                { "CPU    0: Hot: hi:    0, btch:   1 usd:   0   Cold: hi:    0, btch:   1 usd:   0", OOM_LINE_UNREAD },
                { "CPU    0: hi:  186, btch:  31 usd:  30", OOM_LINE_UNREAD },
                { "CPU 0 microcode updated", OOM_LINE_OTHER },
                { "Mem-info:", OOM_LINE_MEM_INFO },
                { "Mem-Info: x", OOM_LINE_OTHER },
                { "excessive unreclaimable slab but cannot dump stats", OOM_LINE_UNREAD },
                { "x: page allocation failure. order:4, mode:0x20", OOM_LINE_FAILURE },
                { "x: page allocation failure: order:4, mode:0x4020", OOM_LINE_FAILURE },
                { "x: page allocation stalls for 10004ms, order:0, mode:0x24200ca(GFP)", OOM_LINE_FAILURE },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_TOTAL);
                ck_assert_int_eq(line.total.which, cases[i].which);
                ck_assert_int_eq(line.total.value, cases[i].value);
        }
        for (size_t i = 0; i < COUNT(others); i++)
                parse(others[i].text, others[i].kind);
}
END_TEST

/* ---- slab, allocations ------------------------------------------------------------------------------------------------- */

START_TEST(test_slab_forms)
{
        parse("Unreclaimable slab info:", OOM_LINE_SLAB);
        parse("Name                      Used          Total", OOM_LINE_UNREAD);
        parse("kmalloc-8192          921600KB     921601KB", OOM_LINE_SLAB_ROW);
        assert_text(line.slab.name, "kmalloc-8192");
        ck_assert_int_eq(line.slab.used_bytes, 921600 * KB);
        ck_assert_int_eq(line.slab.total_bytes, 921601 * KB);
        /* up to 5.8 with a cgroup's name in it, which may be anything */
        parse("dentry(5:a 7KB  8KB)         31KB         32KB", OOM_LINE_SLAB_ROW);
        assert_text(line.slab.name, "dentry(5:a 7KB  8KB)");
        parse("a 1KB 2KB", OOM_LINE_SLAB_ROW);
        parse(" 1KB 2KB", OOM_LINE_OTHER);
        parse("a 1KB2KB", OOM_LINE_OTHER);
        parse("a 2KB", OOM_LINE_OTHER);
        parse("a 1KB 2kB", OOM_LINE_OTHER);
        parse("a 1KB 9007199254740992KB", OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_allocation_forms)
{
        static const struct {
                const char *text;
                int64_t bytes, calls;
                const char *where;
        } cases[] = {
                /* 6.10 at first a number, then string_get_size() */
                { "   430964736   105216 mm/memory.c:1063 func:folio_prealloc", 430964736, 105216,
                  "mm/memory.c:1063 func:folio_prealloc" },
                { "     411 MiB   105216 mm/memory.c:1063 func:folio_prealloc", 411 * KB * KB, 105216,
                  "mm/memory.c:1063 func:folio_prealloc" },
                { "    12.5 MiB     3072 mm/slub.c:2425 [ext4] func:alloc_slab_page", 25 * KB * KB / 2, 3072,
                  "mm/slub.c:2425 [ext4] func:alloc_slab_page" },
                { "    1.25 GiB     3072 mm/slub.c:2425 func:alloc_slab_page", 5 * KB * KB * KB / 4, 3072,
                  "mm/slub.c:2425 func:alloc_slab_page" },
                { "       512 B        1 a.c:1 func:f", 512, 1, "a.c:1 func:f" },
                { "     4.00 KiB 18 a.c:1 func:f", 4 * KB, 18, "a.c:1 func:f" },
        };
        static const char *const no[] = {
                " 411 MiB 105216 mm/memory.c:1063",
                " 411 MiB mm/memory.c:1063 func:f",
                " 411 XiB 3 mm/memory.c:1063 func:f",
                " 1.5 3 mm/memory.c:1063 func:f",
                " MiB 3 a func:f",
                " 9223372036854775807 PiB 3 a func:f",
                " folio_prealloc+0x63/0xc0",
        };

        parse("Memory allocations:", OOM_LINE_ALLOCATIONS);
        parse("Memory allocations (profiling is currently turned on):", OOM_LINE_ALLOCATIONS);
        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_ALLOCATION);
                ck_assert_int_eq(line.allocation.bytes, cases[i].bytes);
                ck_assert_int_eq(line.allocation.calls, cases[i].calls);
                assert_text(line.allocation.where, cases[i].where);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

TEST_MAIN("line_memory", CASE(test_every_counter_is_found_by_its_name), CASE(test_summary_forms), CASE(test_node_forms),
          CASE(test_zone_forms), CASE(test_lowmem_reserve_forms), CASE(test_buddy_forms),
          CASE(test_buddy_orders_at_and_past_the_limit), CASE(test_hugepages_forms), CASE(test_total_forms),
          CASE(test_slab_forms), CASE(test_allocation_forms))
