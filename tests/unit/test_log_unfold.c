/* lib/logfile/unfold.h: lines that terminals, mail programs and writers of logs made several */

#include "harness.h"
#include "log_reading.h"

#define KILL "Memory cgroup out of memory: Killed process 1733 (test_lim) "
#define SIZES                                                                                                          \
        "total-vm:104880kB, anon-rss:30636kB, file-rss:1056kB, shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0"

static void assert_messages(const char *log, const char *const *texts)
{
        struct reading *reading = read_text(text_from(log));
        size_t count = 0;

        for (; texts[count]; count++) {
                ck_assert_uint_lt(count, reading->count);
                assert_same(reading->messages[count].text, text_from(texts[count]));
        }
        ck_assert_uint_eq(reading->count, count);
        reading_free(reading);
}

#define MESSAGES(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(test_mail_wraps_at_blanks)
{
        assert_messages("[  287.702079] test_lim invoked oom-killer:\n"
                        "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
                        "[  287.732528] Memory cgroup out of memory: Killed process 1733\n"
                        "(test_lim) total-vm:104880kB, anon-rss:30636kB, file-rss:1056kB,\n"
                        "shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0\n",
                        MESSAGES("test_lim invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
                                 KILL SIZES));
        /* without stamps, quoted, and with the blank of format=flowed */
        assert_messages("> Memory cgroup out of memory: Killed process 1733 \n"
                        "> (test_lim) total-vm:104880kB, anon-rss:30636kB, file-rss:1056kB, \n"
                        "> shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0\n",
                        MESSAGES(KILL SIZES));
}
END_TEST

START_TEST(test_terminal_folds_at_its_width)
{
        assert_messages("[   10.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents o\n"
                        "om_score_adj name\n"
                        "[   10.000002] Memory cgroup out of memory: Killed process 1733 (test_lim) total\n"
                        "-vm:104880kB, anon-rss:30636kB, file-rss:1056kB, shmem-rss:0kB, UID:0 pgtables:1\n"
                        "04kB oom_score_adj:0\n",
                        MESSAGES("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
                                 KILL SIZES));
}
END_TEST

/* What reads no better with the next line stays alone. */
START_TEST(test_messages_are_not_glued)
{
        assert_messages("[    1.000000] Out of memory: Killed process 12 (x) total-vm:4kB, anon-rss:3kB, file-rss:0kB, "
                        "shmem-rss:0kB\n"
                        "Any ideas?\n",
                        MESSAGES("Out of memory: Killed process 12 (x) total-vm:4kB, anon-rss:3kB, file-rss:0kB, "
                                 "shmem-rss:0kB"));
        assert_messages("[    1.000000] Memory cgroup out of memory: Killed process 12 (wor\n"
                        "Any ideas?\n",
                        MESSAGES("Memory cgroup out of memory: Killed process 12 (wor"));
        /* "wor" may be a name, and what follows isn't known to be one */
        assert_messages("[    1.000000] [    375]     0   375     2339     2085    57344        0             0 wor\n"
                        "Thanks\n",
                        MESSAGES("[    375]     0   375     2339     2085    57344        0             0 wor"));
        assert_messages("Out of memory: Kill process 7913 (dbd) score 651 or sacrifice child\n"
                        "Killed process 7913 (dbd) total-vm:33914932kB, anon-rss:20629044kB, file-rss:0kB\n",
                        MESSAGES("Out of memory: Kill process 7913 (dbd) score 651 or sacrifice child",
                                 "Killed process 7913 (dbd) total-vm:33914932kB, anon-rss:20629044kB, file-rss:0kB"));
}
END_TEST

#define P "Nov 20 04:01:14 web1 kernel: "

START_TEST(test_newlines_as_they_are)
{
        assert_messages(P "active_anon:86736 inactive_anon:13328 isolated_anon:0\n"
                          " active_file:0 inactive_file:37 isolated_file:0\n"
                          " free:955 free_pcp:496 free_cma:0\n" P "anon 8286208\n"
                          "file 0\n"
                          "sock 0\n" P "[    428]     0   428     4388     1980    57344        0             0 nl\n"
                          "Out of mem\n" P "Memory cgroup out of memory: Killed process 428 (nl\n"
                          "Out of mem) " SIZES "\n",
                        MESSAGES("active_anon:86736 inactive_anon:13328 isolated_anon:0\n"
                                 " active_file:0 inactive_file:37 isolated_file:0\n"
                                 " free:955 free_pcp:496 free_cma:0",
                                 "anon 8286208\nfile 0\nsock 0",
                                 "[    428]     0   428     4388     1980    57344        0             0 nl\n"
                                 "Out of mem",
                                 "Memory cgroup out of memory: Killed process 428 (nl\nOut of mem) " SIZES));
}
END_TEST

#define C "[   74.315573] "

START_TEST(test_newline_in_a_name_with_prefixes)
{
        assert_messages(C "[    428]     0   428     4388     1980    57344        0             0 nl\n" C
                          "Out of mem\n" C "Memory cgroup out of memory: Killed process 428 (nl\n" C
                          "Out of mem) " SIZES "\n",
                        MESSAGES("[    428]     0   428     4388     1980    57344        0             0 nl\n"
                                 "Out of mem",
                                 "Memory cgroup out of memory: Killed process 428 (nl\nOut of mem) " SIZES));
        /* at another time it is another message */
        assert_messages(C "Memory cgroup out of memory: Killed process 428 (nl\n"
                          "[   74.315574] Out of mem) " SIZES "\n",
                        MESSAGES("Memory cgroup out of memory: Killed process 428 (nl", "Out of mem) " SIZES));
}
END_TEST

TEST_MAIN("log_unfold", CASE(test_mail_wraps_at_blanks), CASE(test_terminal_folds_at_its_width),
          CASE(test_messages_are_not_glued), CASE(test_newlines_as_they_are),
          CASE(test_newline_in_a_name_with_prefixes))
