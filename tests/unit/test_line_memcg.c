/* lib/parse/line.h: the lines about the cgroup whose limit was hit, one case per form of a version, and the near misses. */

#include "harness.h"
#include "parse/line.h"

#define KB 1024LL

static struct oom_line line;

static void parse(const char *text, enum oom_line_kind kind)
{
        ck_assert_msg(oom_line_parse(text_from(text), &line) == kind, "%d is not %d: %s", line.kind, kind, text);
}

START_TEST(test_usage_forms)
{
        static const struct {
                const char *text;
                enum oom_usage_kind which;
                int64_t usage, limit, failcnt;
        } cases[] = {
                { "memory: usage 51200kB, limit 51200kB, failcnt 658", OOM_USAGE_MEMORY, 51200 * KB, 51200 * KB, 658 },
                { "memory+swap: usage 524288kB, limit 9007199254740988kB, failcnt 0", OOM_USAGE_MEMSW, 524288 * KB,
                  OOM_UNLIMITED, 0 },
                { "kmem: usage 1kB, limit 9007199254740991kB, failcnt 0", OOM_USAGE_KMEM, KB, OOM_UNLIMITED, 0 },
                { "swap: usage 0kB, limit 18014398509481983kB, failcnt 9223372036854775807", OOM_USAGE_SWAP, 0,
                  OOM_UNLIMITED, INT64_MAX },
                { "swap: usage 0kB, limit 0kB, failcnt 0", OOM_USAGE_SWAP, 0, 0, 0 },
                /* a 32-bit kernel: 2^31 - 1 pages of 4, 16 and 64 KiB; a page less is a limit, and so is it of a cgroup's usage */
                { "swap: usage 0kB, limit 8589934588kB, failcnt 0", OOM_USAGE_SWAP, 0, OOM_UNLIMITED, 0 },
                { "memory: usage 1kB, limit 34359738352kB, failcnt 0", OOM_USAGE_MEMORY, KB, OOM_UNLIMITED, 0 },
                { "kmem: usage 1kB, limit 137438953408kB, failcnt 0", OOM_USAGE_KMEM, KB, OOM_UNLIMITED, 0 },
                { "memory+swap: usage 1kB, limit 8589934584kB, failcnt 0", OOM_USAGE_MEMSW, KB, 8589934584 * KB, 0 },
                { "memory: usage 1kB, limit 8589934592kB, failcnt 0", OOM_USAGE_MEMORY, KB, 8589934592 * KB, 0 },
                { "memory: usage 1kB, limit 25769803764kB, failcnt 0", OOM_USAGE_MEMORY, KB, 25769803764 * KB, 0 },
                { "memory: usage 8589934588kB, limit 8589934592kB, failcnt 9", OOM_USAGE_MEMORY, 8589934588 * KB,
                  8589934592 * KB, 9 },
                /* 2^50, and one less */
                { "memory: usage 1kB, limit 1125899906842624kB, failcnt 0", OOM_USAGE_MEMORY, KB, OOM_UNLIMITED, 0 },
                { "memory: usage 1kB, limit 1125899906842623kB, failcnt 0", OOM_USAGE_MEMORY, KB, 1125899906842623 * KB,
                  0 },
        };
        static const char *const no[] = {
                "memory: usage 51200kB, limit 51200kB",
                "memory: usage 51200kB, limit 51200kB, failcnt",
                "memory: usage 51200kB, limit 51200kB, failcnt 1 2",
                "memory: usage 51200, limit 51200kB, failcnt 1",
                "memory: usage -1kB, limit 51200kB, failcnt 1",
                "memory: usage 51200kB, limit 51200kB, failcnt 9223372036854775808",
                "memory: usage 1125899906842624kB, limit 51200kB, failcnt 1",
                "zswap: usage 0kB, limit 0kB, failcnt 0",
                " memory: usage 51200kB, limit 51200kB, failcnt 658",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_MEMCG_USAGE);
                ck_assert_int_eq(line.usage.which, cases[i].which);
                ck_assert_int_eq(line.usage.usage.usage_bytes, cases[i].usage);
                ck_assert_int_eq(line.usage.usage.limit_bytes, cases[i].limit);
                ck_assert_int_eq(line.usage.usage.failcnt, cases[i].failcnt);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_protection)
{
        static const char *const no[] = {
                "Memory cgroup min protection 12288kB -- low protection 0",
                "Memory cgroup min protection 12288kB -- low protection 0kB.",
                "Memory cgroup min protection -1kB -- low protection 0kB",
                "Memory cgroup min protection 12288kB low protection 0kB",
                "Memory cgroup min protection 9007199254740992kB -- low protection 0kB",
                " Memory cgroup min protection 12288kB -- low protection 0kB",
        };

        parse("Memory cgroup min protection 12288kB -- low protection 0kB", OOM_LINE_PROTECTION);
        ck_assert_int_eq(line.protection.min_bytes, 12288 * KB);
        ck_assert_int_eq(line.protection.low_bytes, 0);
        parse("Memory cgroup min protection 0kB -- low protection 9007199254740991kB", OOM_LINE_PROTECTION);
        ck_assert_int_eq(line.protection.low_bytes, 9007199254740991 * KB);
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

static void assert_next(const char *name, int64_t value)
{
        struct text got;
        int64_t number;

        ck_assert(oom_stat_next(&line.stats.entries, &got, &number));
        ck_assert_msg(text_equal(got, text_from(name)), "'%.*s' is not '%s'", (int)got.length, got.data, name);
        ck_assert_int_eq(number, value);
}

static void assert_no_more(void)
{
        struct text name;
        int64_t value;

        ck_assert(!oom_stat_next(&line.stats.entries, &name, &value));
}

START_TEST(test_stats_up_to_5_2_are_on_one_line)
{
        static const struct {
                const char *text, *memcg;
        } cases[] = {
                { "Memory cgroup stats for /a: cache:112KB rss:524176KB rss_huge:0KB", "/a" },
                { "Memory cgroup stats: cache:112KB rss:524176KB rss_huge:0KB", NULL }, /* 3.10 */
                { "Memory cgroup stats for : cache:112KB rss:524176KB rss_huge:0KB", "" },
                { "Memory cgroup stats for /a: b:1KB: cache:112KB rss:524176KB rss_huge:0KB", "/a: b:1KB" },
                { "Memory cgroup stats for /a: cache:1KB: cache:112KB rss:524176KB rss_huge:0KB", "/a: cache:1KB" },
                { "Memory cgroup stats for /a\n: cache:112KB rss:524176KB rss_huge:0KB", "/a\n" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                parse(cases[i].text, OOM_LINE_MEMCG_STATS);
                ck_assert(!line.stats.is_heading);
                ck_assert(text_equal(line.stats.memcg, text_from(cases[i].memcg)));
                assert_next("cache", 112 * KB);
                assert_next("rss", 524176 * KB);
                assert_next("rss_huge", 0);
                assert_no_more();
        }
}
END_TEST

START_TEST(test_stats_heading_forms)
{
        parse("Memory cgroup stats for /a:", OOM_LINE_MEMCG_STATS);
        ck_assert(line.stats.is_heading);
        ck_assert(text_equal(line.stats.memcg, TEXT("/a")));
        assert_no_more();
        parse("Memory cgroup stats for /a: cache:1KB:", OOM_LINE_MEMCG_STATS);
        ck_assert(line.stats.is_heading);
        ck_assert(text_equal(line.stats.memcg, TEXT("/a: cache:1KB")));
        assert_no_more();
        /* pieces: where the path ends is not known yet */
        static const char *const begun[] = { "Memory cgroup stats", "Memory cgroup stats for ",
                                             "Memory cgroup stats for /a", "Memory cgroup stats for /a cache:1KB" };
        for (size_t i = 0; i < COUNT(begun); i++) {
                parse(begun[i], OOM_LINE_MEMCG_STATS);
                ck_assert(!line.stats.is_heading && !line.stats.memcg.data);
                assert_no_more();
        }
        parse("Memory cgroup statsX", OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_stat_forms)
{
        static const char *const no[] = {
                "anon",
                "anon ",
                "anon x",
                "anon 1 ",
                "anon 1x",
                "anon -1",
                "anon  1",
                " anon 1",
                "Anon 1",
                "an-on 1",
                "anon:1KB",
                "anon 9223372036854775808",
                "anon 1 file 2",
                "anon 1\nfile x\nshmem 3",
                "anon 1\n\nfile 2",
                "anon 1\nfile 2\nsh mem",
                "anon 1\nfile:2KB",
        };

        parse("anon 52264960", OOM_LINE_MEMCG_STAT); /* 6.5 on */
        assert_next("anon", 52264960);
        assert_no_more();
        parse("hierarchical_memory_limit 9223372036854771712", OOM_LINE_MEMCG_STAT);
        assert_next("hierarchical_memory_limit", 9223372036854771712);
        parse("anon 1\nfile 2\nthp_fault_alloc 3", OOM_LINE_MEMCG_STAT); /* 5.3 to 6.4 */
        assert_next("anon", 1);
        assert_next("file", 2);
        assert_next("thp_fault_alloc", 3);
        assert_no_more();
        static const char *const cut[] = { "anon 1\nfi", "anon 1\nfile ", "anon 1\n" };
        for (size_t i = 0; i < COUNT(cut); i++) {
                parse(cut[i], OOM_LINE_MEMCG_STAT);
                assert_next("anon", 1);
                assert_no_more();
        }
        for (size_t i = 0; i < COUNT(no); i++)
                parse(no[i], OOM_LINE_OTHER);
}
END_TEST

TEST_MAIN("line_memcg", CASE(test_usage_forms), CASE(test_protection), CASE(test_stats_up_to_5_2_are_on_one_line),
          CASE(test_stats_heading_forms), CASE(test_stat_forms))
