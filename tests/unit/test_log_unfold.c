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

#define SUMMARY                                                                                                        \
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/low,"

/* A paste behind another is folded in a way of its own: that of its own lines. */
START_TEST(test_pastes_are_folded_each_in_its_way)
{
        assert_messages("[  287.732530] Memory cgroup out of memory: Killed process 1733 (test_lim) " SIZES "\n"
                        "\n"
                        "some prose\n"
                        "\n"
                        "[    9.070606] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
                        "global_oom,task_memcg=/low,ta\n"
                        "sk=sockhog,pid=80,uid=0\n"
                        "[    9.077631] Out of memory: Killed process 80 (sockhog) total-vm:1376kB, anon-rss:60kB, "
                        "file-rss:0kB, shmem-rss:4kB, U\n"
                        "ID:0 pgtables:36kB oom_score_adj:0\n",
                        MESSAGES(KILL SIZES, SUMMARY "task=sockhog,pid=80,uid=0",
                                 "Out of memory: Killed process 80 (sockhog) total-vm:1376kB, anon-rss:60kB, "
                                 "file-rss:0kB, shmem-rss:4kB, UID:0 pgtables:36kB oom_score_adj:0"));
        /* a break in the flags of a first line, seen before any other */
        assert_messages("Nov 22 07:17:37 host-1 kernel: hog invoked oom-killer: gfp_mask=0x100cca(GFP_HIG\n"
                        "HUSER_MOVABLE), order=0, oom_score_adj=0\n",
                        MESSAGES("hog invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, "
                                 "oom_score_adj=0"));
}
END_TEST

/* textwrap breaks behind hyphens, and leaves out the blanks of a column where it breaks; others indent what goes on. */
START_TEST(test_hyphens_columns_and_hanging_indents)
{
        assert_messages("[   74.315573] [    428]     0   428     4388     1980    57344        0             0 dbus-\n"
                        "daemon\n"
                        "[   74.315574] Memory cgroup out of memory: Killed process 1733 (test_lim) total-\n"
                        "vm:104880kB, anon-rss:30636kB, file-rss:1056kB, shmem-rss:0kB, UID:0 pgtables:104kB\n"
                        "oom_score_adj:0\n",
                        MESSAGES("[    428]     0   428     4388     1980    57344        0             0 dbus-daemon",
                                 KILL SIZES));
        /* rows are all broken at the same place: that alone is no terminal's width */
        assert_messages("[   74.315573] [    428]     0   428     4388     1980    57344\n"
                        "0             0 dbus-daemon\n"
                        "[   74.315573] [    429]     0   429     4388     1980    57344\n"
                        "0             0 sh\n"
                        "[   74.315574] Memory cgroup out of memory: Killed process 1733\n"
                        "(test_lim) total-vm:104880kB, anon-rss:30636kB, file-rss:1056kB,\n"
                        "shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0\n",
                        MESSAGES("[    428]     0   428     4388     1980    57344 0             0 dbus-daemon",
                                 "[    429]     0   429     4388     1980    57344 0             0 sh", KILL SIZES));
        assert_messages("[   74.315573] [    428]     0   428     4388     1980    57344\n"
                        "0             0 dbus-daemon\n"
                        "[   74.315573] [    429]     0   429     4388     1980    57344\n"
                        "0             0 sh\n",
                        MESSAGES("[    428]     0   428     4388     1980    57344",
                                 "[    429]     0   429     4388     1980    57344"));
        assert_messages("[   74.315574] Memory cgroup out of memory: Killed process 1733\n"
                        "    (test_lim) total-vm:104880kB, anon-rss:30636kB,\n"
                        "    file-rss:1056kB, shmem-rss:0kB, UID:0 pgtables:104kB\n"
                        "    oom_score_adj:0\n",
                        MESSAGES(KILL SIZES));
}
END_TEST

/* "gfp_mask=" at a terminal's width is no soft break of quoted-printable. */
START_TEST(test_an_equals_sign_at_the_width)
{
        assert_messages("[Sun Nov 22 07:17:33 2026] grouphog invoked oom-killer: gfp_mask=\n"
                        "0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
                        "[Sun Nov 22 07:17:33 2026] CPU: 1 PID: 475 Comm: grouphog Not tai\n"
                        "nted 6.1.0-56-amd64 #1  Debian 6.1.192-2\n",
                        MESSAGES("grouphog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
                                 "CPU: 1 PID: 475 Comm: grouphog Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2"));
}
END_TEST

/* A row that a fold may have cut in its name is not a row of that name. */
START_TEST(test_a_name_that_may_go_on)
{
        struct reading *reading = read_text(
                TEXT("[    1.000000] [    375]     0   375     2339     2085    57344        0             0 wor\n"
                     "ker\n"));

        ck_assert_uint_eq(reading->count, 1);
        ck_assert(reading->messages[0].is_truncated);
        reading_free(reading);
}
END_TEST

/* Lines that are all as long as the longest, by blanks, are not folded. */
START_TEST(test_padded_lines_are_whole)
{
        assert_messages("Memory cgroup out of memory: Killed process 12 (x) total-vm:4kB, anon-rss:3kB       \n"
                        "CPU: 0 PID: 12 Comm: x Not tainted 6.1.0                                            \n"
                        "abcd                                                                                \n"
                        "Mem-Info:                                                                           \n",
                        MESSAGES("Memory cgroup out of memory: Killed process 12 (x) total-vm:4kB, anon-rss:3kB",
                                 "CPU: 0 PID: 12 Comm: x Not tainted 6.1.0", "abcd", "Mem-Info:"));
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

/* What follows is nobody's part of it, and longer: so how wide the log is isn't seen, and there is one way to join all the same. */
START_TEST(test_lines_of_others_hide_the_width)
{
        assert_messages("[Sun Nov 22 07:17:30 2026] Memory cgroup out of memory: Killed process\n"
                        "428 (worker) total-vm:52364kB, anon-rss:50840kB, file-rss:4kB,\n"
                        "NetworkManager[120123]: device eth0: carrier lost, and the address with it again\n",
                        MESSAGES("Memory cgroup out of memory: Killed process 428 (worker) total-vm:52364kB, "
                                 "anon-rss:50840kB, file-rss:4kB,"));
}
END_TEST

/* A separator ends what waits, and may itself be among the lines that wait. */
START_TEST(test_separators_among_the_lines_that_wait)
{
        assert_messages("[Sun Nov 22 07:17:30 2026] Memory cgroup out of memory: Killed process\n"
                        "428 (worker) total-vm:52364kB, anon-rss:50840kB, file-rss:4kB,\n"
                        "--\n"
                        "-- x\n"
                        "--\n"
                        "[Sun Nov 22 07:17:31 2026] oom_reaper: reaped process 428 (worker), now anon-rss:0kB\n",
                        MESSAGES("Memory cgroup out of memory: Killed process 428 (worker) total-vm:52364kB, "
                                 "anon-rss:50840kB, file-rss:4kB,",
                                 "oom_reaper: reaped process 428 (worker), now anon-rss:0kB"));
}
END_TEST

TEST_MAIN("log_unfold", CASE(test_mail_wraps_at_blanks), CASE(test_terminal_folds_at_its_width),
          CASE(test_messages_are_not_glued), CASE(test_newlines_as_they_are),
          CASE(test_pastes_are_folded_each_in_its_way), CASE(test_hyphens_columns_and_hanging_indents),
          CASE(test_an_equals_sign_at_the_width), CASE(test_a_name_that_may_go_on), CASE(test_padded_lines_are_whole),
          CASE(test_newline_in_a_name_with_prefixes), CASE(test_lines_of_others_hide_the_width),
          CASE(test_separators_among_the_lines_that_wait))
