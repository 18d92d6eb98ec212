/* lib/parse/parser.h: a report is one, however slowly it is printed: by a serial console the kernel may be kept for a minute between
 * any two lines. */

#include "body_fixture.h"

#define ROWS_HEADER "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
#define ROW         "[     12]     5    12     2400      300    40960        0             0 hog"
#define ROW_2       "[     13]     5    13     2400      200    40960        0             0 pig"
#define MINUTE_USEC (60 * 1000000ULL)
#define GROUP       "Tasks in /a are going to be killed due to memory.oom.group set"

static const char *const lines[] = {
        HEADER,        "CPU: 1 PID: 7 Comm: hog Not tainted 6.12.0 #1",
        "Call Trace:", USAGE,
        STATS("/a"),   "anon 52264960",
        "file 4096",   TASKS,
        ROWS_HEADER,   ROW,
        ROW_2,         CHOICE,
        KILLED_IN,
};

START_TEST(test_pause_before_any_line)
{
        for (size_t pause = 1; pause < COUNT(lines); pause++) {
                begin();
                for (size_t i = 0; i < COUNT(lines); i++) {
                        now_usec += i == pause ? MINUTE_USEC : 0;
                        push(lines[i]);
                }
                end();
                ck_assert_msg(report.parts ==
                                      (OOM_PART_HEADER | OOM_PART_TASK | OOM_PART_STACK | OOM_PART_SUMMARY |
                                       OOM_PART_KILLED | OOM_PART_MEMCG | OOM_PART_TASKS | OOM_PART_TASKS_TITLE),
                              "%zu", pause);
                ck_assert_int_eq(report.trigger.pid, 7);
                ck_assert_uint_eq(report.tasks.count, 2);
                ck_assert(report.tasks.is_complete);
                assert_stat("anon", 52264960);
                assert_stat("file", 4096);
        }
}
END_TEST

/* All of it at 110 baud; and others print meanwhile. */
START_TEST(test_pause_before_every_line)
{
        begin();
        for (size_t i = 0; i < COUNT(lines); i++) {
                now_usec += MINUTE_USEC;
                push("eth0: link up");
                push(lines[i]);
        }
        end();
        ck_assert(report.tasks.is_complete);
        assert_stat("file", 4096);
}
END_TEST

START_TEST(test_pause_inside_the_memory_of_the_machine)
{
        begin();
        push(HEADER);
        push("Mem-Info:");
        now_usec += MINUTE_USEC;
        push(SUMMARY);
        now_usec += 3 * MINUTE_USEC;
        push(NODE);
        push(ZONE);
        now_usec += MINUTE_USEC;
        push(RESERVE);
        push(RAM);
        now_usec += MINUTE_USEC;
        push(KILLED);
        end();
        ck_assert_int_eq(report.memory.ram_pages, 130933);
        ck_assert_uint_eq(report.memory.n_zones, 1);
        ck_assert_int_eq(report.memory.zones[0].lowmem_reserve_pages[1], 426);
}
END_TEST

START_TEST(test_pause_between_pieces_of_a_line)
{
        begin();
        push(HEADER);
        push("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=");
        now_usec += MINUTE_USEC;
        push("eth0: link up");
        push_piece("/a,task_memcg=");
        now_usec += MINUTE_USEC;
        push_piece("/a,task=hog,pid=12,uid=5");
        push(KILLED_IN);
        end();
        ck_assert(text_equal(oom_path_text(&report.limit_memcg), TEXT("/a")));
}
END_TEST

/* A kill without its header follows other reports within seconds: what comes next after a minute is of the same loop. */
START_TEST(test_pause_in_a_group)
{
        begin();
        push(HEADER);
        push(CHOICE);
        push(KILLED_IN);
        now_usec += MINUTE_USEC;
        push(GROUP);
        now_usec += MINUTE_USEC;
        push(KILLED_IN);
        ck_assert_uint_eq(n_incidents, 1); /* the first victim again */
        now_usec += MINUTE_USEC;
        push("Memory cgroup out of memory: Killed process 13 (pig)" TAIL);
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_uint_eq(report.parts, OOM_PART_HEADER | OOM_PART_SUMMARY | OOM_PART_KILLED);
        now_usec += MINUTE_USEC;
        push("eth0: link up");
        push("Memory cgroup out of memory: Killed process 14 (cow)" TAIL);
        ck_assert_uint_eq(report.parts, OOM_PART_KILLED); /* of what, nothing says */
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 3);
        parser = oom_parser_free(parser);
}
END_TEST

/* A header of which all the rest was lost is not the head of what comes later. */
START_TEST(test_kill_line_long_after_a_report_that_names_nobody)
{
        begin();
        push(HEADER);
        push(USAGE);
        now_usec += 2 * MINUTE_USEC;
        push(KILLED_IN);
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_uint_eq(report.parts, OOM_PART_KILLED);
        parser = oom_parser_free(parser);
}
END_TEST

/* Nothing of a report follows after ten minutes. */
START_TEST(test_longest_pause)
{
        for (uint64_t past = 0; past < 2; past++) {
                begin();
                push(HEADER);
                push(CHOICE);
                now_usec += 600 * 1000000ULL - 100 + past;
                push(KILLED_IN);
                ck_assert_uint_eq(n_incidents, 1 + past);
                ck_assert_uint_eq(!(report.parts & OOM_PART_HEADER), past);
                parser = oom_parser_free(parser);
        }
}
END_TEST

TEST_MAIN("parser_pauses", CASE(test_pause_before_any_line), CASE(test_pause_before_every_line),
          CASE(test_pause_inside_the_memory_of_the_machine), CASE(test_pause_between_pieces_of_a_line),
          CASE(test_pause_in_a_group), CASE(test_kill_line_long_after_a_report_that_names_nobody),
          CASE(test_longest_pause))
