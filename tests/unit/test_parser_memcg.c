/* lib/parse/parser.h: the memory of the cgroup whose limit was hit. */

#include "body_fixture.h"
#include "util/array.h"

/* ---- the cgroup's memory ------------------------------------------------------------------------------------------------ */

START_TEST(test_memcg_block_of_6_5)
{
        begin();
        push("anon 1"); /* of nobody */
        push(HEADER);
        push("anon 2"); /* not in the block */
        push(USAGE);
        push("swap: usage 1kB, limit 9007199254740988kB, failcnt 7");
        push("anon 3");
        push(STATS("/a"));
        push("anon 4096");
        push("usb 5: new device");
        push("file 0");
        push(TASKS);
        push("shmem 8");
        push(CHOICE);
        push(KILLED_IN);
        end();
        ck_assert(report.parts & OOM_PART_MEMCG);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes, 51200 * KB);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes, 51200 * KB);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].failcnt, 658);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_SWAP].limit_bytes, OOM_UNLIMITED);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_KMEM].limit_bytes, UNKNOWN);
        ck_assert_uint_eq(report.memcg.n_stats, 2);
        assert_stat("anon", 4096);
        assert_stat("file", 0);
        assert_stat("shmem", UNKNOWN);
        ck_assert(!report.memcg.is_stats_cut);
}
END_TEST

/* A record of length bytes: "anon 1", entries of 10 bytes, and so long an end that it fits. */
static void push_stats_record(const char *caller, size_t length)
{
        static char text[2048];
        size_t used = (size_t)snprintf(text, sizeof(text), "anon 1");
        int count = 0;

        while (length - used > 20)
                used += (size_t)snprintf(text + used, sizeof(text) - used, "\nstat_%02d 1", count++);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "\nlast ");
        while (used < length)
                text[used++] = '7';
        push_text(caller, KMSG_FLAG_NONE, (struct text){ text, length });
}

START_TEST(test_memcg_record_of_5_3_is_cut_at_the_kernels_limit)
{
        static const struct {
                const char *caller;
                size_t length;
                bool is_cut, has_last;
        } cases[] = {
                { "", 989, false, true },   { "", 990, true, true }, /* the newline behind the last was the kernel's last byte */
                { "", 991, true, false },   { "", 992, false, true }, /* a kernel that lets it be longer */
                { "", 975, false, true },   { "T7", 973, false, true }, { "T7", 974, true, true },
                { "T7", 975, true, false }, { "T7", 976, false, true }, { "", 1021, false, true },
                { "", 1022, true, true },   { "", 1023, true, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                push_text(cases[i].caller, KMSG_FLAG_NONE, text_from(HEADER));
                push_text(cases[i].caller, KMSG_FLAG_NONE, text_from(USAGE));
                push_text(cases[i].caller, KMSG_FLAG_NONE, text_from(STATS("/a")));
                push_stats_record(cases[i].caller, cases[i].length);
                push_text(cases[i].caller, KMSG_FLAG_NONE, text_from(CHOICE));
                push_text(cases[i].caller, KMSG_FLAG_NONE, text_from(KILLED_IN));
                end();
                assert_stat("anon", 1);
                assert_stat("stat_40", 1);
                ck_assert_msg(report.memcg.is_stats_cut == cases[i].is_cut, "%zu", cases[i].length);
                ck_assert_msg((oom_memcg_stat(&report.memcg, TEXT("last")) != UNKNOWN) == cases[i].has_last, "%zu",
                              cases[i].length);
        }
        begin(); /* an entry that is no whole one, whatever the length */
        push(HEADER);
        push(STATS("/a"));
        push("anon 1\nfi");
        push(CHOICE);
        push(KILLED_IN);
        end();
        assert_stat("anon", 1);
        ck_assert(report.memcg.is_stats_cut);
}
END_TEST

START_TEST(test_stats_up_to_5_2_are_summed)
{
        begin();
        push(HEADER);
        push(USAGE);
        push("Memory cgroup stats for /a: cache:1KB rss:2KB");
        push("Memory cgroup stats for /a/b: cache:10KB rss:20KB swap:30KB");
        push("Memory cgroup stats for ");
        push_piece("/a/c cache:500KB");
        push_piece(":");
        push_piece(" cache:100KB");
        push_piece(" rss:200KB");
        push_piece("");
        push(TASKS);
        push(KILLED_IN);
        end();
        assert_stat("cache", 111 * KB);
        assert_stat("rss", 222 * KB);
        assert_stat("swap", 30 * KB);
        ck_assert_uint_eq(report.memcg.n_stats, 3);
        ck_assert(!report.memcg.is_stats_cut);
}
END_TEST

START_TEST(test_sums_are_known_only_of_all_lines)
{
        begin(); /* it breaks off: more lines may have been lost */
        push(HEADER);
        push(USAGE);
        push("Memory cgroup stats for /a: cache:1KB rss:2KB");
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 1);
        assert_stat("cache", UNKNOWN);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].failcnt, 658);

        begin(); /* its beginning was lost */
        push("Memory cgroup stats for /a/b: cache:1KB rss:2KB");
        push(TASKS);
        push(CHOICE);
        push(KILLED_IN);
        end();
        assert_stat("cache", UNKNOWN);
}
END_TEST

START_TEST(test_sum_that_overflows_is_passed_over)
{
        begin();
        push(HEADER);
        push(USAGE);
        push("Memory cgroup stats for /a: cache:9007199254740991KB rss:2KB");
        push("Memory cgroup stats for /a/b: cache:9007199254740991KB rss:20KB");
        push(TASKS);
        push(KILLED_IN);
        end();
        assert_stat("rss", 22 * KB);
        ck_assert(report.memcg.is_stats_cut);
}
END_TEST

START_TEST(test_stats_at_and_past_their_limits)
{
        for (int past = 0; past <= 1; past++) {
                char text[64];

                begin();
                push(HEADER);
                push(STATS("/a"));
                push_many("stat_# #", OOM_STATS_MAX + past);
                push(CHOICE);
                push(KILLED_IN);
                end();
                ck_assert_uint_eq(report.memcg.n_stats, OOM_STATS_MAX);
                ck_assert_int_eq(report.memcg.is_stats_cut, past);

                begin();
                push(HEADER);
                push(STATS("/a"));
                (void)snprintf(text, sizeof(text), "a%0*d 5", OOM_STAT_NAME_MAX - 1 + past, 0);
                push(text);
                push(CHOICE);
                push(KILLED_IN);
                end();
                ck_assert_uint_eq(report.memcg.n_stats, past ? 0 : 1);
                ck_assert_int_eq(report.memcg.is_stats_cut, past);
        }
}
END_TEST

START_TEST(test_a_cgroups_report_without_its_head)
{
        begin();
        push(USAGE);
        push(STATS("/a"));
        push("anon 4096");
        ck_assert_uint_eq(n_incidents, 0);
        push(CHOICE);
        push(KILLED_IN);
        end();
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].failcnt, 658);
        assert_stat("anon", 4096);

        begin(); /* that comes to nothing: nothing is reported of it */
        push(USAGE);
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 0);
}
END_TEST

/* swapaccount=0 */
START_TEST(test_swap_that_is_not_accounted_is_unknown)
{
        const struct oom_usage *memsw = &report.memcg.usages[OOM_USAGE_MEMSW];

        begin();
        push(HEADER);
        push(USAGE);
        push("memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0");
        push(KILLED_IN);
        end();
        ck_assert_int_eq(memsw->usage_bytes, UNKNOWN);
        ck_assert_int_eq(memsw->failcnt, UNKNOWN);
        ck_assert_int_eq(memsw->limit_bytes, OOM_UNLIMITED);

        begin(); /* accounted */
        push(HEADER);
        push(USAGE);
        push("memory+swap: usage 51204kB, limit 9007199254740988kB, failcnt 0");
        push(KILLED_IN);
        end();
        ck_assert_int_eq(memsw->usage_bytes, 51204 * KB);
        ck_assert_int_eq(memsw->failcnt, 0);
}
END_TEST

/* The call trace after the header is the trigger's; one after its figures isn't, nor one without a header. */
START_TEST(test_who_wrote_the_limit)
{
        static const struct {
                const char *lines[6];
                bool is_writer;
        } cases[] = {
                { { HEADER, "Call Trace:", " memory_max_write+0xbf/0x1a0", USAGE, CHOICE, KILLED_IN }, true },
                { { HEADER, " [<ffffffff811e2a1b>] mem_cgroup_resize_limit+0xeb/0x160", USAGE, KILLED_IN }, true },
                { { HEADER, " ? memory_max_write+0xbf/0x1a0", USAGE, KILLED_IN }, false },
                { { HEADER, USAGE, " memory_max_write+0xbf/0x1a0", KILLED_IN }, false },
                { { " memory_max_write+0xbf/0x1a0", USAGE, CHOICE, KILLED_IN }, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                for (size_t k = 0; k < COUNT(cases[i].lines) && cases[i].lines[k]; k++)
                        push(cases[i].lines[k]);
                end();
                ck_assert_msg(report.trigger.is_limit_writer == cases[i].is_writer, "case %zu", i);
                ck_assert(!report.trigger.is_sysrq);
        }
        begin(); /* an old kernel, whose SysRq line was filtered out */
        push("events/0 invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0");
        push(" [<ffffffff81338a7e>] moom_callback+0x1e/0x20");
        push("Out of memory: Kill process 12 (hog) score 602 or sacrifice child");
        push("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        end();
        ck_assert(report.trigger.is_sysrq);
}
END_TEST

START_TEST(test_memory_beside_a_cgroups_report_is_anothers)
{
        begin();
        push(HEADER);
        push(USAGE);
        push(STATS("/a"));
        push_memory();
        push("anon 4096");
        push(CHOICE);
        push(KILLED_IN);
        end();
        assert_memory(false);
        assert_stat("anon", 4096);

        begin();
        push(HEADER);
        push_memory();
        push(USAGE);
        push(STATS("/a"));
        push(CHOICE);
        push(KILLED_IN);
        end();
        assert_memory(false);

        begin();
        push(HEADER);
        push_memory();
        push(CHOICE);
        push(KILLED_IN);
        end();
        assert_memory(false);

        begin(); /* up to 3.1 it has both */
        push("hog invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0");
        push("Task in /a killed as a result of limit of /a");
        push(USAGE);
        push("memory+swap: usage 0kB, limit 9007199254740991kB, failcnt 0");
        push_memory();
        push("[ pid ]   uid  tgid total_vm      rss cpu oom_adj name");
        push("Memory cgroup out of memory: Kill process 12 (hog) score 1000 or sacrifice child");
        push("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        end();
        assert_memory(true);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMSW].limit_bytes, OOM_UNLIMITED);
}
END_TEST

#define PROTECTION "Memory cgroup min protection 12288kB -- low protection 4kB"

START_TEST(test_protection_is_of_the_report_that_it_is_printed_in)
{
        static const struct {
                const char *before, *after;
                int64_t min_bytes;
        } cases[] = {
                { "usb 5: new device", "usb 5: new device", 12288 * KB },
                { "usb 5: new device", "Memory cgroup min protection 1kB -- low protection 1kB", 12288 * KB },
                { "x: page allocation failure: order:4, mode:0x4020", "usb 5: new device", UNKNOWN },
                { TASKS, "usb 5: new device", UNKNOWN },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                push(PROTECTION); /* of nobody */
                push(HEADER);
                push(USAGE);
                push(cases[i].before);
                push(PROTECTION);
                push(cases[i].after);
                push(TASKS);
                push(CHOICE);
                push(KILLED_IN);
                end();
                ck_assert_int_eq(report.protection.min_bytes, cases[i].min_bytes);
                ck_assert_int_eq(report.protection.low_bytes, cases[i].min_bytes == UNKNOWN ? UNKNOWN : 4 * KB);
        }
}
END_TEST

TEST_MAIN("parser_memcg", CASE(test_protection_is_of_the_report_that_it_is_printed_in), CASE(test_memcg_block_of_6_5),
          CASE(test_memcg_record_of_5_3_is_cut_at_the_kernels_limit), CASE(test_stats_up_to_5_2_are_summed),
          CASE(test_sums_are_known_only_of_all_lines), CASE(test_sum_that_overflows_is_passed_over),
          CASE(test_stats_at_and_past_their_limits), CASE(test_a_cgroups_report_without_its_head),
          CASE(test_swap_that_is_not_accounted_is_unknown), CASE(test_who_wrote_the_limit),
          CASE(test_memory_beside_a_cgroups_report_is_anothers))
