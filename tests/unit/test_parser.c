/* lib/parse/parser.h: what becomes an incident, and what of the report goes with it. Whole reports: tests/corpus. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "parse/parser.h"

#define INCIDENTS_MAX 16

static struct oom_parser *parser;
static uint64_t next_seq, now_usec;
static struct seen {
        enum oom_type type;
        uint64_t seq, group_first_seq;
        int64_t pid, uid, trigger_pid;
        enum oom_scope scope;
        unsigned parts;
        bool is_group_member, is_sysrq;
        char comm[32], task_memcg[256], limit_memcg[256], group_memcg[256], trigger_comm[32], message[64];
} incidents[INCIDENTS_MAX];
static size_t n_incidents;

static void keep(char *to, size_t size, bool known, struct text text)
{
        (void)snprintf(to, size, "%.*s", known ? (int)text.length : 1, known ? text.data : "?");
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct seen *seen = &incidents[n_incidents++];

        ck_assert_ptr_eq(userdata, &n_incidents);
        ck_assert_uint_le(n_incidents, INCIDENTS_MAX);
        seen->type = incident->type;
        seen->seq = incident->seq;
        seen->pid = incident->victim.pid;
        seen->uid = incident->victim.uid;
        seen->scope = incident->report->scope;
        seen->parts = incident->report->parts;
        seen->trigger_pid = incident->report->trigger.pid;
        seen->is_sysrq = incident->report->trigger.is_sysrq;
        seen->is_group_member = incident->is_group_member;
        seen->group_first_seq = incident->group_first_seq;
        keep(seen->comm, sizeof(seen->comm), incident->victim.comm.is_known, oom_name_text(&incident->victim.comm));
        keep(seen->task_memcg, sizeof(seen->task_memcg), incident->victim.task_memcg.is_known,
             oom_path_text(&incident->victim.task_memcg));
        keep(seen->limit_memcg, sizeof(seen->limit_memcg), incident->report->limit_memcg.is_known,
             oom_path_text(&incident->report->limit_memcg));
        keep(seen->group_memcg, sizeof(seen->group_memcg), incident->group_memcg.is_known,
             oom_path_text(&incident->group_memcg));
        keep(seen->trigger_comm, sizeof(seen->trigger_comm), incident->report->trigger.comm.is_known,
             oom_name_text(&incident->report->trigger.comm));
        keep(seen->message, sizeof(seen->message), true, incident->message);
}

static void begin(void)
{
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, &n_incidents, &parser), 0);
        next_seq = 1;
        now_usec = 1000000;
        n_incidents = 0;
}

static void end(size_t expected)
{
        ck_assert_uint_eq(n_incidents, expected);
        parser = oom_parser_free(parser);
}

static void push_as(const char *caller, enum kmsg_flag flag, const char *text)
{
        struct kmsg_record record = { .seq = next_seq++,
                                      .mono_usec = now_usec += 100,
                                      .flag = flag,
                                      .caller = text_from(caller),
                                      .text = text_from(text) };

        oom_parser_push(parser, &record);
}

static void push(const char *text)
{
        push_as("", KMSG_FLAG_NONE, text);
}

#define HEADER(comm)    comm " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define TASK(pid, comm) "CPU: 1 PID: " #pid " Comm: " comm " Not tainted 6.1.0 #1"
#define SUMMARY(pid, comm, path)                                                                                       \
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=" path                 \
        ",task_memcg=" path ",task=" comm ",pid=" #pid ",uid=5"
#define TAIL              " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0"
#define KILLED(pid, comm) "Memory cgroup out of memory: Killed process " #pid " (" comm ")" TAIL

START_TEST(test_whole_report)
{
        begin();
        push(HEADER("a"));
        push(TASK(11, "a"));
        push(SUMMARY(12, "b", "/x"));
        ck_assert_uint_eq(n_incidents, 0);
        push(KILLED(12, "b"));
        ck_assert_uint_eq(n_incidents, 1);
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_KILL);
        ck_assert_uint_eq(incidents[0].seq, 4);
        ck_assert_int_eq(incidents[0].pid, 12);
        ck_assert_int_eq(incidents[0].trigger_pid, 11);
        ck_assert_int_eq(incidents[0].scope, OOM_SCOPE_MEMCG);
        ck_assert_str_eq(incidents[0].task_memcg, "/x");
        ck_assert_str_eq(incidents[0].trigger_comm, "a");
        oom_parser_flush(parser);
        end(1);
}
END_TEST

START_TEST(test_bare_kill_lines_are_incidents_of_their_own)
{
        begin();
        push(HEADER("a"));
        push(SUMMARY(12, "b", "/x"));
        push(KILLED(12, "b"));
        push(KILLED(13, "b"));
        push("Killed process 14 (c)");
        ck_assert_int_eq(incidents[1].pid, 13);
        ck_assert_str_eq(incidents[1].task_memcg, "?");
        ck_assert_str_eq(incidents[1].trigger_comm, "?");
        ck_assert_int_eq(incidents[1].scope, OOM_SCOPE_MEMCG);
        ck_assert_uint_eq(incidents[1].parts, OOM_PART_KILLED);
        ck_assert_int_eq(incidents[2].scope, OOM_SCOPE_UNKNOWN);
        oom_parser_flush(parser);
        end(3);
}
END_TEST

START_TEST(test_first_victim_of_a_group_is_reported_once)
{
        begin();
        push(HEADER("a"));
        push(SUMMARY(12, "b", "/x"));
        push(KILLED(12, "b"));
        push("Tasks in /x are going to be killed due to memory.oom.group set");
        push(KILLED(10, "c"));
        push(KILLED(12, "b"));
        push(KILLED(13, "d"));
        ck_assert(!incidents[0].is_group_member);
        ck_assert(incidents[1].is_group_member);
        ck_assert_str_eq(incidents[1].group_memcg, "/x");
        ck_assert_str_eq(incidents[1].task_memcg, "?");
        ck_assert_uint_eq(incidents[1].group_first_seq, 3);
        ck_assert_int_eq(incidents[2].pid, 13);
        ck_assert_uint_eq(incidents[2].group_first_seq, 3);
        end(3);
}
END_TEST

START_TEST(test_group_ends_with_time_or_a_new_report)
{
        begin();
        push(KILLED(12, "b"));
        push("Tasks in /x are going to be killed due to memory.oom.group set");
        push(KILLED(13, "c"));
        now_usec += 3000000;
        push(KILLED(14, "c"));
        ck_assert(incidents[1].is_group_member);
        ck_assert(!incidents[2].is_group_member);
        push("Tasks in /y are going to be killed due to memory.oom.group set");
        push(HEADER("a"));
        push(KILLED(15, "c"));
        ck_assert(!incidents[3].is_group_member);
        end(4);
}
END_TEST

START_TEST(test_pid_used_again_is_another_kill)
{
        begin();
        push(KILLED(12, "b"));
        push("Memory cgroup out of memory: Killed process 12 (b) total-vm:8kB, anon-rss:3kB, file-rss:2kB");
        push("Memory cgroup out of memory: Killed process 12 (c) total-vm:8kB, anon-rss:3kB, file-rss:2kB");
        now_usec += 11000000;
        push(KILLED(12, "b"));
        end(4);
}
END_TEST

START_TEST(test_report_without_victim)
{
        begin();
        push(HEADER("a"));
        push(TASK(11, "a"));
        push(HEADER("b"));
        ck_assert_uint_eq(n_incidents, 1);
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_NO_VICTIM);
        ck_assert_uint_eq(incidents[0].seq, 1);
        ck_assert_int_eq(incidents[0].trigger_pid, 11);
        push("Out of memory and no killable processes...");
        ck_assert_str_eq(incidents[1].trigger_comm, "b");
        push("Out of memory: OOM victim 7 (x) is already exiting. Skip killing the task");
        ck_assert_int_eq(incidents[2].type, OOM_TYPE_NO_VICTIM);
        ck_assert_int_eq(incidents[2].pid, 7);
        ck_assert_str_eq(incidents[2].comm, "x");
        push(HEADER("c"));
        oom_parser_flush(parser);
        ck_assert_str_eq(incidents[3].trigger_comm, "c");
        oom_parser_flush(parser);
        end(4);
}
END_TEST

START_TEST(test_open_report_is_closed_by_time)
{
        begin();
        push(HEADER("a"));
        ck_assert_uint_eq(oom_parser_open_seq(parser), 1);
        ck_assert(oom_parser_tick(parser, now_usec + OOM_PARSER_IDLE_USEC));
        ck_assert_uint_eq(n_incidents, 0);
        ck_assert(!oom_parser_tick(parser, now_usec + OOM_PARSER_IDLE_USEC + 1));
        ck_assert_uint_eq(n_incidents, 1);
        ck_assert_uint_eq(oom_parser_open_seq(parser), UINT64_MAX);
        end(1);
}
END_TEST

START_TEST(test_summary_line_alone_is_a_kill)
{
        begin();
        push(SUMMARY(12, "b", "/x"));
        push(SUMMARY(13, "c", "/x"));
        oom_parser_flush(parser);
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_KILL);
        ck_assert_int_eq(incidents[0].pid, 12);
        ck_assert_int_eq(incidents[0].uid, 5);
        ck_assert_uint_eq(incidents[0].parts & OOM_PART_KILLED, 0);
        ck_assert_int_eq(incidents[1].pid, 13);
        end(2);
}
END_TEST

START_TEST(test_sacrificed_child_is_the_victim)
{
        begin();
        push("a invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0");
        push("Task in /x/parent killed as a result of limit of /x");
        push("Memory cgroup out of memory: Kill process 20 (parent) score 900 or sacrifice child");
        push("Killed process 21 (child) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        ck_assert_int_eq(incidents[0].pid, 21);
        ck_assert_str_eq(incidents[0].comm, "child");
        ck_assert_str_eq(incidents[0].task_memcg, "?");
        ck_assert_str_eq(incidents[0].limit_memcg, "/x");
        ck_assert_int_eq(incidents[0].scope, OOM_SCOPE_MEMCG);
        push("a invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0");
        push("Task in /x/parent killed as a result of limit of /x");
        push("Memory cgroup out of memory: Kill process 20 (parent) score 900 or sacrifice child");
        push("Killed process 20 (parent) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        ck_assert_str_eq(incidents[1].task_memcg, "/x/parent");
        end(2);
}
END_TEST

START_TEST(test_process_that_shares_the_memory_is_reported)
{
        begin();
        push(HEADER("a"));
        push("Killed process 21 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        push("Kill process 22 (y) sharing same memory");
        ck_assert_int_eq(incidents[1].type, OOM_TYPE_KILL);
        ck_assert_int_eq(incidents[1].pid, 22);
        ck_assert_str_eq(incidents[1].trigger_comm, "a");
        end(2);

        begin(); /* the kill itself is lost */
        push(HEADER("a"));
        push("Out of memory: Kill process 21 (x) score 9 or sacrifice child");
        push("Kill process 22 (y) sharing same memory");
        push("Kill process 22 (y) sharing same memory");
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_KILL);
        ck_assert_int_eq(incidents[0].pid, 22);
        ck_assert_int_eq(incidents[0].scope, OOM_SCOPE_GLOBAL);
        end(1);
}
END_TEST

START_TEST(test_callers_interleave)
{
        begin();
        push_as("T1", KMSG_FLAG_NONE, HEADER("one"));
        push_as("T2", KMSG_FLAG_NONE, HEADER("two"));
        push_as("T2", KMSG_FLAG_NONE, TASK(2, "two"));
        push_as("T1", KMSG_FLAG_NONE, TASK(1, "one"));
        push_as("T3", KMSG_FLAG_NONE, TASK(3, "three"));
        push_as("T1", KMSG_FLAG_NONE, SUMMARY(12, "b", "/one"));
        push_as("T2", KMSG_FLAG_NONE, SUMMARY(13, "b", "/two"));
        push_as("T2", KMSG_FLAG_NONE, KILLED(13, "b"));
        push_as("T1", KMSG_FLAG_NONE, KILLED(12, "b"));
        ck_assert_str_eq(incidents[0].task_memcg, "/two");
        ck_assert_int_eq(incidents[0].trigger_pid, 2);
        ck_assert_str_eq(incidents[1].task_memcg, "/one");
        ck_assert_int_eq(incidents[1].trigger_pid, 1);
        end(2);
}
END_TEST

START_TEST(test_summary_in_pieces)
{
        begin();
        push(HEADER("a"));
        push("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=");
        push("usb 1-1: new device");
        push_as("", KMSG_FLAG_FRAGMENT, "/long,task_memcg=");
        push_as("", KMSG_FLAG_FRAGMENT, "/long/er,task=deep,pid=12,uid=0");
        push(KILLED(12, "deep"));
        ck_assert_str_eq(incidents[0].task_memcg, "/long/er");
        ck_assert_str_eq(incidents[0].limit_memcg, "/long");
        end(1);
}
END_TEST

START_TEST(test_stripped_comm_of_the_header)
{
        begin();
        push_as("", KMSG_FLAG_FRAGMENT, HEADER("Evil"));
        push(TASK(11, "\001cEvil"));
        push(SUMMARY(12, "b", "/x"));
        push(KILLED(12, "b"));
        ck_assert_str_eq(incidents[0].trigger_comm, "\001cEvil");
        ck_assert_int_eq(incidents[0].trigger_pid, 11);
        end(1);
}
END_TEST

START_TEST(test_comm_of_the_kill_line_settles_the_split)
{
        begin();
        push(SUMMARY(12, "a,task=b", "/x"));
        push(KILLED(12, "a,task=b"));
        ck_assert_str_eq(incidents[0].task_memcg, "/x");
        push(SUMMARY(13, "b", "/x,task=a"));
        push(KILLED(13, "b"));
        ck_assert_str_eq(incidents[1].task_memcg, "/x,task=a");
        end(2);
}
END_TEST

START_TEST(test_loss_inside_a_report)
{
        begin();
        push(HEADER("a"));
        oom_parser_gap(parser);
        push(KILLED(12, "b"));
        ck_assert_str_eq(incidents[0].trigger_comm, "?");
        push(SUMMARY(14, "c", "/x"));
        oom_parser_gap(parser);
        push(KILLED(14, "c"));
        ck_assert_str_eq(incidents[1].task_memcg, "/x");
        push(SUMMARY(15, "d", "/x"));
        oom_parser_gap(parser);
        push(KILLED(16, "e"));
        ck_assert_int_eq(incidents[2].pid, 15);
        ck_assert_int_eq(incidents[3].pid, 16);
        ck_assert_str_eq(incidents[3].task_memcg, "?");
        end(4);
}
END_TEST

START_TEST(test_piece_behind_a_loss_forges_nothing)
{
        begin();
        oom_parser_gap(parser);
        push_as("", KMSG_FLAG_FRAGMENT, KILLED(1, "init"));
        end(0);
}
END_TEST

#define GROUP(path)  "Tasks in " path " are going to be killed due to memory.oom.group set"
#define EXITING(pid) "Memory cgroup out of memory: OOM victim " #pid " (b) is already exiting. Skip killing the task"

/* The kernel kills every member, the victim too; who has gone meanwhile is only named (mm/oom_kill.c, 5.8 on). */
START_TEST(test_member_that_is_already_exiting_is_no_report)
{
        begin();
        push(HEADER("a"));
        push(SUMMARY(12, "b", "/x"));
        push(KILLED(12, "b"));
        push(GROUP("/x"));
        push(EXITING(12));
        push(KILLED(13, "c"));
        push(EXITING(14));
        push(KILLED(15, "d"));
        ck_assert_uint_eq(n_incidents, 3);
        for (size_t i = 1; i < n_incidents; i++) {
                ck_assert_int_eq(incidents[i].type, OOM_TYPE_KILL);
                ck_assert(incidents[i].is_group_member);
                ck_assert_uint_eq(incidents[i].group_first_seq, 3);
        }
        oom_parser_flush(parser);
        end(3);
}
END_TEST

/* The victim's second line may come after any number of members, and its memory may have changed by then. */
START_TEST(test_first_victim_of_a_large_group_is_reported_once)
{
        char text[256];

        begin();
        push(HEADER("a"));
        push(SUMMARY(12, "b", "/x"));
        push(KILLED(12, "b"));
        push(GROUP("/x"));
        for (int i = 0; i < 100; i++) {
                (void)snprintf(text, sizeof(text), "Memory cgroup out of memory: Killed process %d (m)%s", 100 + i,
                               TAIL);
                push(text);
                n_incidents = 1;
        }
        push("Memory cgroup out of memory: Killed process 12 (b) total-vm:8kB, anon-rss:3kB, file-rss:2kB, "
             "shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0");
        end(1);
}
END_TEST

/* After a reboot the same service may well have the same pid, and memory of the same size. */
START_TEST(test_kill_of_the_next_boot_is_another_kill)
{
        begin();
        now_usec = 50 * 1000000;
        push("sysrq: Manual OOM execution");
        push(KILLED(12, "b"));
        oom_parser_flush(parser);
        now_usec = 9 * 1000000;
        push(HEADER("a"));
        push(KILLED(12, "b"));
        ck_assert(!incidents[1].is_sysrq);
        end(2);
}
END_TEST

START_TEST(test_kill_line_long_after_an_open_report_is_not_its_own)
{
        begin();
        push(HEADER("a"));
        now_usec += OOM_PARSER_IDLE_USEC;
        push(KILLED(12, "b"));
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_NO_VICTIM);
        ck_assert_int_eq(incidents[1].pid, 12);
        ck_assert_str_eq(incidents[1].trigger_comm, "?");
        end(2);
}
END_TEST

/* Up to 5.7 a victim that had gone before the kill left its "oom-kill:" line alone. The next report's header may be
 * suppressed. */
START_TEST(test_kill_line_of_another_than_the_summary_names)
{
        begin();
        push(HEADER("a"));
        push(SUMMARY(12, "b", "/x"));
        push("Memory cgroup out of memory: Killed process 77 (z) total-vm:4kB, anon-rss:3kB, file-rss:2kB, "
             "shmem-rss:1kB, "
             "UID:6 pgtables:5kB oom_score_adj:0");
        ck_assert_int_eq(incidents[0].pid, 12);
        ck_assert_int_eq(incidents[1].pid, 77);
        ck_assert_str_eq(incidents[1].task_memcg, "?");
        ck_assert_str_eq(incidents[1].limit_memcg, "?");
        push(SUMMARY(14, "b", "/x"));
        now_usec += 3 * 1000000;
        push(KILLED(78, "z"));
        ck_assert_int_eq(incidents[3].pid, 78);
        ck_assert_str_eq(incidents[3].task_memcg, "?");
        /* a thread that still has the memory of a leader that has not: same uid, at once */
        push(SUMMARY(16, "b", "/x"));
        push(KILLED(79, "worker"));
        ck_assert_int_eq(incidents[4].pid, 79);
        ck_assert_str_eq(incidents[4].limit_memcg, "/x");
        end(5);
}
END_TEST

START_TEST(test_lines_of_others_keep_no_report_open)
{
        begin();
        push(HEADER("a"));
        for (int i = 0; i < 4; i++) {
                now_usec += OOM_PARSER_IDLE_USEC / 2;
                push("[drm] GPU recovered");
        }
        ck_assert(!oom_parser_tick(parser, now_usec));
        end(1);
}
END_TEST

/* Reading may begin between two pieces as well as behind a loss, and a piece may look like any line. */
START_TEST(test_piece_whose_beginning_was_not_read_forges_nothing)
{
        begin();
        push_as("", KMSG_FLAG_FRAGMENT, KILLED(1, "init"));
        push_as("", KMSG_FLAG_FRAGMENT, SUMMARY(1, "init", "(error)"));
        push_as("", KMSG_FLAG_FRAGMENT, ",mems_allowed=0,oom_memcg=");
        oom_parser_flush(parser);
        end(0);
}
END_TEST

START_TEST(test_panics)
{
        begin();
        push(HEADER("a"));
        push("Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled");
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_PANIC);
        ck_assert_str_eq(incidents[0].trigger_comm, "a");
        ck_assert_str_eq(incidents[0].message, "Out of memory: system-wide panic_on_oom is enabled");
        push(HEADER("b"));
        push("Out of memory and no killable processes...");
        push("Kernel panic - not syncing: System is deadlocked on memory");
        ck_assert_int_eq(incidents[1].type, OOM_TYPE_NO_VICTIM);
        ck_assert_int_eq(incidents[2].type, OOM_TYPE_PANIC);
        ck_assert_str_eq(incidents[2].trigger_comm, "b");
        end(3);
}
END_TEST

START_TEST(test_sysrq)
{
        begin();
        push_as("T9", KMSG_FLAG_NONE, "SysRq : Manual OOM execution");
        push_as("T1", KMSG_FLAG_NONE, "kworker/0:2 invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0");
        push_as("T1", KMSG_FLAG_NONE, "Killed process 21 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        ck_assert(incidents[0].is_sysrq);
        push_as("T1", KMSG_FLAG_NONE, HEADER("a"));
        push_as("T1", KMSG_FLAG_NONE, "Killed process 22 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        ck_assert(!incidents[1].is_sysrq);
        push_as("T9", KMSG_FLAG_NONE, "sysrq: OOM request ignored. No task eligible");
        ck_assert_int_eq(incidents[2].type, OOM_TYPE_NO_VICTIM);
        ck_assert(incidents[2].is_sysrq);
        end(3);
}
END_TEST

START_TEST(test_lines_that_are_no_incident)
{
        begin();
        push("oom_reaper: reaped process 7 (x), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB");
        push("OOM killer disabled.");
        push("Mem-Info:");
        push(TASK(1, "x"));
        push("x: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0");
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 0);
        push("oom_reaper: unable to reap pid:7 (x)");
        ck_assert_int_eq(incidents[0].type, OOM_TYPE_UNREAPABLE);
        end(1);
}
END_TEST

START_TEST(test_more_callers_than_there_is_room_for)
{
        char caller[16];

        begin();
        for (int i = 0; i < 12; i++) {
                (void)snprintf(caller, sizeof(caller), "T%d", i);
                push_as(caller, KMSG_FLAG_NONE, HEADER("a"));
        }
        ck_assert_uint_eq(n_incidents, 4);
        oom_parser_flush(parser);
        end(12);
}
END_TEST

TEST_MAIN("parser", CASE(test_whole_report), CASE(test_bare_kill_lines_are_incidents_of_their_own),
          CASE(test_first_victim_of_a_group_is_reported_once), CASE(test_group_ends_with_time_or_a_new_report),
          CASE(test_pid_used_again_is_another_kill), CASE(test_report_without_victim),
          CASE(test_open_report_is_closed_by_time), CASE(test_summary_line_alone_is_a_kill),
          CASE(test_sacrificed_child_is_the_victim), CASE(test_process_that_shares_the_memory_is_reported),
          CASE(test_callers_interleave), CASE(test_summary_in_pieces), CASE(test_stripped_comm_of_the_header),
          CASE(test_comm_of_the_kill_line_settles_the_split), CASE(test_loss_inside_a_report),
          CASE(test_piece_behind_a_loss_forges_nothing), CASE(test_member_that_is_already_exiting_is_no_report),
          CASE(test_first_victim_of_a_large_group_is_reported_once), CASE(test_kill_of_the_next_boot_is_another_kill),
          CASE(test_kill_line_long_after_an_open_report_is_not_its_own),
          CASE(test_kill_line_of_another_than_the_summary_names), CASE(test_lines_of_others_keep_no_report_open),
          CASE(test_piece_whose_beginning_was_not_read_forges_nothing), CASE(test_panics), CASE(test_sysrq),
          CASE(test_lines_that_are_no_incident), CASE(test_more_callers_than_there_is_room_for))
