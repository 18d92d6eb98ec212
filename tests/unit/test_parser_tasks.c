/* lib/parse/parser_tasks.c: the task table within a report: whether it is whole, and whom the kernel chose of it. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "parse/parser.h"
#include "tasks_fixture.h"

static struct oom_parser *parser;
static uint64_t next_seq, now_usec;
static enum kmsg_origin origin;
static struct seen {
        enum oom_type type;
        bool is_known, is_complete, has_victim_already;
        uint64_t count;
        int64_t pid, chosen_pid, worst_pid, pgtables_bytes, victim_uid;
        uint8_t columns;
} incidents[8];
static size_t n_incidents;

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        const struct oom_tasks *t = &incident->report->tasks;
        struct seen *to = &incidents[n_incidents++];

        (void)userdata;
        ck_assert_uint_le(n_incidents, COUNT(incidents));
        *to = (struct seen){
                .type = incident->type,
                .is_known = t->is_known,
                .is_complete = t->is_complete,
                .count = t->count,
                .pid = incident->victim.pid,
                .chosen_pid = incident->chosen_pid,
                .worst_pid = t->n_rankings && t->rankings[0].used
                                     ? oom_ranking_row(&t->rankings[0], 0)->task.values[OOM_COLUMN_PID]
                                     : OOM_UNKNOWN,
                .pgtables_bytes = t->sums[OOM_COLUMN_PGTABLES_BYTES],
                .columns = t->layout.count,
                .victim_uid = incident->victim.uid,
        };
        for (size_t i = 0; t->is_known && i < t->holders.used; i++)
                to->has_victim_already |= oom_ranking_row(&t->holders, i)->task.is_victim_already;
}

static void push_from(const char *caller, const char *text)
{
        struct kmsg_record record = {
                .seq = next_seq++,
                .mono_usec = now_usec += 100,
                .caller = text_from(caller),
                .text = text_from(text),
                .origin = origin,
        };

        oom_parser_push(parser, &record);
}

static void push(const char *text)
{
        push_from("", text);
}

#define CPU   "CPU: 1 PID: 602 Comm: x Not tainted 6.1.0-13-amd64 #1"
#define USAGE "memory: usage 51200kB, limit 51200kB, failcnt 5"
#define TITLE "Tasks state (memory values in pages):"

/* What a report has before its table: without it a log may be filtered. */
static void push_body_from(const char *caller)
{
        push_from(caller, CPU);
        push_from(caller, USAGE);
        push_from(caller, TITLE);
}

static void begin(void)
{
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
        next_seq = 1;
        now_usec = 1000000;
        n_incidents = 0;
}

#define INVOKED "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define ROW_A   "[    601]     0   601      210       20    24576        0             0 a"
#define ROW_B   "[    602]     0   602      810      400    28672        0             0 b"
#define SUMMARY                                                                                                        \
        ("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/"      \
         "a,task=b,"                                                                                                   \
         "pid=602,uid=0")
#define KILLED_AS(pid)                                                                                                 \
        ("Memory cgroup out of memory: Killed process " pid " (b) total-vm:3240kB, anon-rss:1600kB, file-rss:0kB, "    \
         "shmem-rss:0kB, UID:0 pgtables:28kB oom_score_adj:0")
#define KILLED KILLED_AS("602")

static const struct seen *the_one(const char *const *lines)
{
        begin();
        for (; *lines; lines++)
                if (strcmp(*lines, "GAP") == 0)
                        oom_parser_gap(parser);
                else if (strcmp(*lines, "BODY") == 0)
                        push_body_from("");
                else
                        push(*lines);
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 1);
        parser = oom_parser_free(parser);
        return &incidents[0];
}

/* The log, or what is left of it, begins within the report. */
START_TEST(test_a_child_is_killed_and_the_head_is_lost)
{
#define ANNOUNCED "Out of memory: Kill process 602 (b) score 300 or sacrifice child"
        static const struct {
                const char *lines[9];
                enum oom_type type;
                int64_t pid, chosen_pid;
        } cases[] = {
                { { TITLE, HEADER_4_19, ROW_B, SUMMARY, ANNOUNCED,
                    "Killed process 603 (c) total-vm:8kB, anon-rss:4kB" },
                  OOM_TYPE_KILL,
                  603,
                  602 },
                { { HEADER_4_15, ROW_B, ANNOUNCED, "Killed process 603 (c) total-vm:8kB, anon-rss:4kB" },
                  OOM_TYPE_KILL,
                  603,
                  602 },
                /* who was killed is in none of the lines */
                { { TITLE, HEADER_4_19, ROW_B, SUMMARY, ANNOUNCED }, OOM_TYPE_NO_VICTIM, 602, OOM_UNKNOWN },
                { { TITLE, HEADER_4_19, ROW_B, SUMMARY }, OOM_TYPE_KILL, 602, 602 },
        };

        origin = KMSG_ORIGIN_LINES;
        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct seen *one = the_one(cases[i].lines);

                ck_assert_msg(one->type == cases[i].type, "case %zu", i);
                ck_assert_msg(one->pid == cases[i].pid, "case %zu: %" PRId64, i, one->pid);
                ck_assert_msg(one->chosen_pid == cases[i].chosen_pid, "case %zu: %" PRId64, i, one->chosen_pid);
        }
        /* what was lost after the announcement may be another's announcement */
        begin();
        push(HEADER_4_15);
        push(ROW_B);
        push(ANNOUNCED);
        oom_parser_gap(parser);
        push("Killed process 603 (c) total-vm:8kB, anon-rss:4kB");
        ck_assert_int_eq(incidents[n_incidents - 1].pid, 603);
        ck_assert_int_eq(incidents[n_incidents - 1].chosen_pid, OOM_UNKNOWN);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_table_is_complete_between_its_header_and_what_follows)
{
        static const struct {
                const char *lines[9];
                bool is_complete, is_complete_numbered; /* in a log of lines, and of records with their numbers */
                uint64_t count;
                uint8_t columns;
        } cases[] = {
                { { INVOKED, "BODY", HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, true, true, 2, 8 },
                { { INVOKED, "BODY", HEADER_4_19, ROW_A, ROW_B, KILLED }, true, true, 2, 8 },
                /* filtered: rows too, perhaps */
                { { INVOKED, HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, false, true, 2, 8 },
                { { INVOKED, CPU, USAGE, HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, false, true, 2, 8 },
                { { INVOKED, CPU, TITLE, HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, false, true, 2, 8 },
                { { INVOKED, USAGE, TITLE, HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, false, true, 2, 8 },
                { { INVOKED, CPU, USAGE, HEADER_4_15, ROW_A, ROW_B, KILLED },
                  true,
                  true,
                  2,
                  8 }, /* no title before 4.19 */
                { { INVOKED, "Mem-Info:", "Total swap = 0kB", "1000 pages RAM", TITLE, HEADER_4_19, ROW_B, KILLED },
                  true,
                  true,
                  1,
                  8 },
                { { INVOKED, "Mem-Info:", "1000 pages RAM", TITLE, HEADER_4_19, ROW_B, KILLED }, false, true, 1, 8 },
                { { "BODY", HEADER_4_19, ROW_A, ROW_B, SUMMARY, KILLED }, false, true, 2, 8 },
                { { INVOKED, "BODY", HEADER_4_19, SUMMARY, KILLED }, true, true, 0, 8 }, /* nobody is left */
                { { INVOKED, SUMMARY, KILLED }, false, false, 0, 0 },                    /* vm.oom_dump_tasks=0 */
                { { INVOKED, ROW_B, SUMMARY, KILLED }, false, false, 1, 0 },
                { { ROW_B, SUMMARY, KILLED }, false, false, 1, 0 },
                /* the head is lost: whose the rows are shows by one of that pid and size */
                { { ROW_B, KILLED }, false, false, 1, 0 },
                { { ROW_A, KILLED }, false, false, 0, 0 },
                { { ROW_A, "[    602]     0   602      811      400    28672        0             0 b", KILLED },
                  false,
                  false,
                  0,
                  0 },
                { { HEADER_4_15, ROW_B, KILLED }, false, true, 1, 8 },
                { { HEADER_4_15, ROW_B, "Out of memory: Killed process 602 (b) total-vm:3240kB, anon-rss:0kB" },
                  false,
                  true,
                  1,
                  8 },
                { { INVOKED, HEADER_4_19, ROW_A, "GAP", SUMMARY, KILLED }, false, false, 0, 0 },
                /* by the header before */
                { { INVOKED, HEADER_4_19, ROW_A, "GAP", ROW_B, SUMMARY, KILLED }, false, false, 1, 8 },
                { { INVOKED, HEADER_4_19, ROW_A, HEADER_4_19, ROW_B, SUMMARY, KILLED }, false, false, 1, 8 },
                { { INVOKED, HEADER_4_19, ROW_A, "[    602]   602 b", ROW_B, SUMMARY, KILLED }, false, false, 2, 8 },
                { { INVOKED, "BODY", HEADER_4_19, ROW_A, "usb 1-1: new device", ROW_B, SUMMARY, KILLED },
                  true,
                  true,
                  2,
                  8 },
                { { INVOKED, "BODY", HEADER_4_19, ROW_A, "Out of memory and no killable processes..." },
                  true,
                  true,
                  1,
                  8 },
                { { INVOKED, HEADER_4_19, ROW_A }, false, false, 1, 8 }, /* its end was not read */
        };

        for (size_t i = 0; i < 2 * COUNT(cases); i++) {
                const bool is_numbered = i >= COUNT(cases);
                const struct seen *one;

                origin = is_numbered ? KMSG_ORIGIN_KERNEL : KMSG_ORIGIN_LINES;
                one = the_one(cases[i % COUNT(cases)].lines);
                ck_assert_msg(one->is_complete == (is_numbered ? cases[i % COUNT(cases)].is_complete_numbered
                                                               : cases[i].is_complete),
                              "case %zu", i);
                ck_assert_msg(one->count == cases[i % COUNT(cases)].count, "case %zu: %" PRIu64, i, one->count);
                ck_assert_msg(one->columns == cases[i % COUNT(cases)].columns, "case %zu: %d", i, one->columns);
                ck_assert_msg(one->is_known == (cases[i % COUNT(cases)].count > 0), "case %zu", i);
        }
}
END_TEST

START_TEST(test_table_by_itself_is_no_oom)
{
        begin();
        push(HEADER_4_19);
        push(ROW_A);
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 0);
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
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_uint_eq(incidents[1].columns, 0);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_rows_are_read_by_their_own_header)
{
        begin();
        push_from("T1", INVOKED);
        push_body_from("T1");
        push_from("T1", HEADER_4_19);
        push_from("T1", ROW_A);
        push_from("T2", INVOKED);
        push_from("T2", HEADER_2_6_32);
        push_from("T1", ROW_B);
        push_from("T1", SUMMARY);
        push_from("T1", KILLED);
        ck_assert_uint_eq(n_incidents, 1);
        ck_assert(incidents[0].is_complete);
        ck_assert_uint_eq(incidents[0].count, 2);
        ck_assert_int_eq(incidents[0].pgtables_bytes, 24576 + 28672);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_table_after_the_victim_was_named_is_of_another)
{
        begin();
        push(INVOKED);
        push_body_from("");
        push(HEADER_4_19);
        push(ROW_A);
        push(ROW_B);
        push(SUMMARY); /* its kill line was lost */
        push(ROW_B);
        push(SUMMARY);
        push(KILLED);
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_int_eq(incidents[0].pid, 602);
        ck_assert_uint_eq(incidents[0].count, 2);
        ck_assert(incidents[0].is_complete);
        ck_assert_int_eq(incidents[1].pid, 602);
        ck_assert_uint_eq(incidents[1].count, 1);
        ck_assert(!incidents[1].is_complete);
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
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert(!incidents[0].has_victim_already);
        ck_assert_int_eq(incidents[0].worst_pid, 602);
        ck_assert(incidents[1].has_victim_already);
        ck_assert_int_eq(incidents[1].worst_pid, 601);
        /* 11 seconds later the pid may be another's */
        now_usec += 11000000;
        push(INVOKED);
        push(HEADER_4_19);
        push(ROW_B);
        push(KILLED);
        ck_assert_uint_eq(n_incidents, 3);
        ck_assert(!incidents[2].has_victim_already);
        parser = oom_parser_free(parser);
}
END_TEST

/* Up to 5.3 only the row has the uid: also of members of a group, and long after their table, until the report is over. */
START_TEST(test_uid_of_each_victim_out_of_a_large_table)
{
        begin();
        push(INVOKED);
        push(HEADER_4_19);
        for (int pid = 1; pid < 10000; pid++) {
                char row[128];

                snprintf(row, sizeof(row), "[%7d] %5d %5d      210 %8d    24576        0             0 p%d", pid,
                         pid + 5, pid, pid * 7919 % 10007, pid % 10);
                push(row);
        }
        push("Memory cgroup out of memory: Kill process 4242 (p2) score 9 or sacrifice child");
        push("Killed process 4242 (p2) total-vm:840kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        push("Tasks in /a are going to be killed due to memory.oom.group set");
        push("Killed process 9001 (p1) total-vm:840kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        push("Killed process 17 (p7) total-vm:840kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        ck_assert_uint_eq(n_incidents, 3);
        ck_assert_int_eq(incidents[0].victim_uid, 4247);
        ck_assert_int_eq(incidents[1].victim_uid, 9006);
        ck_assert_int_eq(incidents[2].victim_uid, 22);
        /* then the rows are given back; the next report of that caller has its own */
        ck_assert(!oom_parser_tick(parser, now_usec + OOM_PARSER_IDLE_USEC + 1));
        push(INVOKED);
        push(HEADER_4_19);
        push("[     17]    70    17      210       20    24576        0             0 p7");
        push("Memory cgroup out of memory: Kill process 17 (p7) score 9 or sacrifice child");
        push("Killed process 17 (p7) total-vm:844kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        ck_assert_uint_eq(n_incidents, 4);
        ck_assert_int_eq(incidents[3].victim_uid, 70);
        parser = oom_parser_free(parser);
}
END_TEST

/* Up to 4.1 reports of several callers may be printed at once: each has its own rows. */
START_TEST(test_tables_that_are_printed_at_once)
{
        begin();
        push_from("T1", INVOKED);
        push_from("T2", INVOKED);
        push_from("T1", HEADER_4_19);
        push_from("T2", HEADER_4_19);
        push_from("T1", "[     17]    70    17      210       20    24576        0             0 p7");
        push_from("T2", "[     17]    71    17      210       20    24576        0             0 p7");
        push_from("T1", "Out of memory: Kill process 17 (p7) score 9 or sacrifice child");
        push_from("T2", "Out of memory: Kill process 17 (p7) score 9 or sacrifice child");
        push_from("T1", "Killed process 17 (p7) total-vm:840kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        push_from("T2", "Killed process 17 (p7) total-vm:844kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB");
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_int_eq(incidents[0].victim_uid, 70);
        ck_assert_int_eq(incidents[1].victim_uid, 71);
        parser = oom_parser_free(parser);
}
END_TEST

/* The kill line has the number of the thread that was chosen, the table that of any thread that still has the memory. */
START_TEST(test_who_was_just_killed_is_known_by_thread_and_by_process)
{
        static const struct {
                const char *row;
                bool has_victim_already;
        } cases[] = {
                { "[    602]     0   600      210       20    24576        0             0 a", true },
                { "[    600]     0   602      210       20    24576        0             0 a", true },
                { "[    600]     0   600      210       20    24576        0             0 a", false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                push(KILLED);
                push(INVOKED);
                push(HEADER_4_19);
                push(cases[i].row);
                push(KILLED_AS("601"));
                ck_assert_uint_eq(n_incidents, 2);
                ck_assert_msg(incidents[1].has_victim_already == cases[i].has_victim_already, "row %zu", i);
                parser = oom_parser_free(parser);
        }
}
END_TEST

START_TEST(test_whom_the_kernel_chose)
{
        static const struct {
                const char *lines[6];
                int64_t pid, chosen;
        } cases[] = {
                { { INVOKED, SUMMARY, KILLED }, 602, 602 },
                { { INVOKED, "Out of memory: Kill process 600 (b) score 9 or sacrifice child",
                    "Killed process 602 (b) total-vm:4kB, anon-rss:0kB, file-rss:0kB" },
                  602,
                  600 },
                { { INVOKED, "Memory cgroup out of memory: Killed process 602 (b) total-vm:3240kB, anon-rss:1600kB, "
                             "file-rss:0kB, shmem-rss:0kB" },
                  602,
                  602 }, /* RHEL 8.1 */
                { { INVOKED, "Killed process 602 (b) total-vm:4kB, anon-rss:0kB, file-rss:0kB" },
                  602,
                  OOM_UNKNOWN }, /* for whom is not known */
                { { INVOKED, SUMMARY }, 602, 602 },
                { { INVOKED, "Out of memory and no killable processes..." }, OOM_UNKNOWN, OOM_UNKNOWN },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct seen *one = the_one(cases[i].lines);

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
        ck_assert_uint_eq(n_incidents, 2);
        ck_assert_int_eq(incidents[0].chosen_pid, 602);
        ck_assert_int_eq(incidents[1].pid, 601);
        ck_assert_int_eq(incidents[1].chosen_pid, OOM_UNKNOWN);
        parser = oom_parser_free(parser);
}
END_TEST

TEST_MAIN("parser_tasks", CASE(test_a_child_is_killed_and_the_head_is_lost),
          CASE(test_table_is_complete_between_its_header_and_what_follows), CASE(test_table_by_itself_is_no_oom),
          CASE(test_flush_forgets_the_layout), CASE(test_rows_are_read_by_their_own_header),
          CASE(test_table_after_the_victim_was_named_is_of_another), CASE(test_row_of_who_was_just_killed_is_marked),
          CASE(test_uid_of_each_victim_out_of_a_large_table), CASE(test_tables_that_are_printed_at_once),
          CASE(test_who_was_just_killed_is_known_by_thread_and_by_process), CASE(test_whom_the_kernel_chose),
          CASE(test_members_of_a_group_were_not_chosen))
