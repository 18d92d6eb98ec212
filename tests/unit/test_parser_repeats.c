/* lib/parse/parser.h: reports that say the same again, and the report that ends the lowering of a limit. */

#include "harness.h"
#include "parse/parser.h"

#define SEC_USEC (1000 * 1000ULL)

static struct oom_parser *parser;
static uint64_t next_seq, now_usec;
static struct seen {
        enum oom_type type;
        enum oom_repeat repeat;
        uint64_t seq, n_reports, first_seq, span_usec, n_skipped, n_estimated;
        int64_t trigger_pid;
        char limit_memcg[64];
} seen[64];
static size_t n_seen;

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct seen *to = &seen[n_seen];
        struct text path = oom_path_text(&incident->report->limit_memcg);

        (void)userdata;
        if (incident->repeat == OOM_REPEAT_AGAIN)
                return;
        ck_assert_uint_lt(++n_seen, COUNT(seen));
        *to = (struct seen){ incident->type,
                             incident->repeat,
                             incident->seq,
                             incident->n_reports,
                             incident->first_seq,
                             incident->span_usec,
                             incident->n_skipped,
                             incident->n_estimated,
                             incident->report->trigger.pid,
                             "?" };
        if (incident->report->limit_memcg.is_known)
                to->limit_memcg[text_copy(path, to->limit_memcg, sizeof(to->limit_memcg) - 1)] = '\0';
}

static void begin(void)
{
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
        next_seq = 1;
        now_usec = SEC_USEC;
        n_seen = 0;
}

static void end(size_t expected)
{
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_seen, expected);
        parser = oom_parser_free(parser);
}

static void push(const char *text)
{
        struct kmsg_record record = { .seq = next_seq++, .mono_usec = now_usec += 100, .text = text_from(text) };

        oom_parser_push(parser, &record);
}

static void push_for(const char *path, const char *before, const char *after)
{
        char text[256];

        (void)snprintf(text, sizeof(text), "%s%s%s", before, path, after);
        push(text);
}

#define HEADER   "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=-1000"
#define TASK     "CPU: 0 UID: 0 PID: 315 Comm: hog Not tainted 7.3-amd64 #1 PREEMPT(lazy) "
#define USAGE    "memory: usage 8192kB, limit 8192kB, failcnt 21"
#define ABOVE    "memory: usage 30880kB, limit 5120kB, failcnt 0"
#define NOBODY   "Out of memory and no killable processes..."
#define TAIL     " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0"
#define DEADLOCK "Kernel panic - not syncing: System is deadlocked on memory"

static void push_head(const char *path, const char *usage)
{
        push(HEADER);
        push(TASK);
        push(usage);
        push_for(path, "Memory cgroup stats for ", ":");
        push("anon 8318976");
        push("Tasks state (memory values in pages):");
}

static void push_nobody(const char *path)
{
        push_head(path, USAGE);
        push(NOBODY);
}

static void push_kill(const char *path, const char *usage)
{
        char text[256];
        int pid = 1000 + (int)next_seq;

        push_head(path, usage);
        (void)snprintf(text, sizeof(text),
                       "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=%s,"
                       "task_memcg=/y,task=x,pid=%d,uid=5",
                       path, pid);
        push(text);
        (void)snprintf(text, sizeof(text), "Memory cgroup out of memory: Killed process %d (x)%s", pid, TAIL);
        push(text);
}

START_TEST(test_report_without_a_victim_names_its_cgroup)
{
        begin();
        push_nobody("/system.slice/a b.service");
        ck_assert_str_eq(seen[0].limit_memcg, "/system.slice/a b.service");
        ck_assert_uint_eq(seen[0].n_reports, 1);
        end(1);

        /* up to 5.2 a line for each cgroup below the limit, its own first */
        begin();
        push(HEADER);
        push(USAGE);
        push("Memory cgroup stats for /a: cache:0KB rss:8000KB");
        push("Memory cgroup stats for /a/b: cache:0KB rss:100KB");
        push(NOBODY);
        ck_assert_str_eq(seen[0].limit_memcg, "/a");
        end(1);
}
END_TEST

START_TEST(test_the_same_again_is_counted)
{
        begin();
        for (int i = 0; i < 2000; i++)
                push_nobody("/a");
        ck_assert_uint_eq(n_seen, 1);
        ck_assert(oom_parser_open_seq(parser) == UINT64_MAX);
        (void)oom_parser_tick(parser, now_usec + OOM_PARSER_QUIET_USEC);
        ck_assert_uint_eq(n_seen, 1);
        (void)oom_parser_tick(parser, now_usec + OOM_PARSER_QUIET_USEC + 1);
        ck_assert_uint_eq(n_seen, 2);
        ck_assert_int_eq(seen[1].repeat, OOM_REPEAT_END);
        ck_assert_uint_eq(seen[1].n_reports, 2000);
        ck_assert_uint_eq(seen[1].first_seq, 1);
        ck_assert_uint_eq(seen[1].seq, 1 + 7 * 1999);
        ck_assert_uint_eq(seen[1].span_usec, 7 * 1999 * 100);
        ck_assert_str_eq(seen[1].limit_memcg, "/a");
        push_nobody("/a"); /* a run of its own */
        end(3);
}
END_TEST

START_TEST(test_runs_of_several_cgroups_and_the_machine)
{
        begin();
        for (int i = 0; i < 5; i++) {
                push_nobody("/a");
                push_nobody("/b");
                push(HEADER);
                push("Mem-Info:");
                push("130933 pages RAM");
                push(NOBODY);
        }
        ck_assert_uint_eq(n_seen, 3);
        oom_parser_flush(parser);
        for (size_t i = 3; i < 6; i++) {
                ck_assert_uint_eq(seen[i].n_reports, 5);
                ck_assert_uint_eq(seen[i].first_seq, seen[i - 3].seq);
                ck_assert_str_eq(seen[i].limit_memcg, seen[i - 3].limit_memcg);
        }
        end(6);
}
END_TEST

START_TEST(test_more_runs_than_there_is_room_for)
{
        char path[8];

        begin();
        for (int i = 0; i < 18; i++)
                for (int again = 0; again < 2; again++) {
                        (void)snprintf(path, sizeof(path), "/%d", i);
                        push_nobody(path);
                }
        ck_assert_uint_eq(n_seen, 20); /* the first two have ended */
        end(36);
}
END_TEST

START_TEST(test_many_cgroups_in_turn)
{
        char path[8];

        begin();
        for (int again = 0; again < 50; again++)
                for (int i = 0; i < 12; i++) {
                        (void)snprintf(path, sizeof(path), "/%d", i);
                        push_nobody(path);
                }
        ck_assert_uint_eq(n_seen, 12);
        end(24);
        for (size_t i = 12; i < 24; i++)
                ck_assert_uint_eq(seen[i].n_reports, 50);
}
END_TEST

START_TEST(test_kill_of_another_within_a_run)
{
        begin();
        for (int i = 0; i < 3; i++) {
                push_nobody("/a");
                if (i == 1)
                        push_kill("/b", USAGE);
        }
        ck_assert_uint_eq(n_seen, 2);
        ck_assert_int_eq(seen[1].type, OOM_TYPE_KILL);
        ck_assert_str_eq(seen[1].limit_memcg, "/b");
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[2].n_reports, 3);
        end(3);
}
END_TEST

/* The ring buffer may be overrun meanwhile. */
START_TEST(test_losses_within_a_run)
{
        begin();
        push_nobody("/a");
        oom_parser_gap(parser);
        push("anon 8318976");
        push(NOBODY); /* of what, isn't known */
        push_head("/a", USAGE);
        oom_parser_gap(parser);
        push_nobody("/a");
        push_head("/a", USAGE); /* and here the log ends */
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[1].n_reports, 3);
        end(2);

        /* nothing is known but that records were lost, which is reported */
        begin();
        oom_parser_gap(parser);
        push(NOBODY);
        end(0);

        /* a log of such lines alone */
        begin();
        push(NOBODY);
        push(NOBODY);
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[1].n_reports, 2);
        end(2);
}
END_TEST

/* As the reader does it: up to the end of a report. */
static void skip_reports(unsigned n_reports, uint64_t n_before)
{
        next_seq += 7 * (uint64_t)n_reports - n_before;
        now_usec += 700ULL * n_reports;
        oom_parser_skip(parser, next_seq - 1, 7 * (uint64_t)n_reports - n_before, 700ULL * n_reports);
}

START_TEST(test_reports_passed_over_are_estimated)
{
        begin();
        push_nobody("/a");
        for (int i = 0; i < 10; i++) {
                push_nobody("/a");
                push_nobody("/a");
                push_head("/a", USAGE); /* the reader has come to the end of the log within a report */
                skip_reports(20, 6);
                ck_assert_uint_eq(oom_parser_open_seq(parser), UINT64_MAX);
        }
        push_nobody("/a");
        ck_assert_uint_eq(n_seen, 1);
        oom_parser_flush(parser);
        ck_assert_int_eq(seen[1].repeat, OOM_REPEAT_END);
        ck_assert_uint_eq(seen[1].n_reports, 22);
        ck_assert_uint_eq(seen[1].n_skipped, 10 * (7 * 20 - 6));
        ck_assert_uint_eq(seen[1].n_estimated, 222);
        end(2);

        /* the next run has its own */
        begin();
        push_nobody("/a");
        push_nobody("/a");
        skip_reports(5, 0);
        push_nobody("/a");
        (void)oom_parser_tick(parser, now_usec += OOM_PARSER_QUIET_USEC + 1);
        push_nobody("/a");
        push_nobody("/a");
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[1].n_estimated, 8);
        ck_assert_uint_eq(seen[3].n_reports, 2);
        ck_assert_uint_eq(seen[3].n_skipped, 0);
        ck_assert_uint_eq(seen[3].n_estimated, 0);
        end(4);
}
END_TEST

START_TEST(test_runs_of_which_records_were_passed_over)
{
        /* each has its share, and what was not read is no quiet time */
        begin();
        for (int i = 0; i < 20; i++) {
                push_nobody("/a");
                push_nobody("/a");
                push_nobody("/b");
                skip_reports(30, 0);
                now_usec += SEC_USEC;
                oom_parser_skip(parser, next_seq++, 1, SEC_USEC);
                (void)oom_parser_tick(parser, now_usec);
        }
        ck_assert_uint_eq(n_seen, 2);
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[2].n_reports, 40);
        ck_assert_uint_ge(seen[2].n_estimated, 400);
        ck_assert_uint_le(seen[2].n_estimated, 460);
        ck_assert_uint_eq(seen[3].n_reports, 20);
        ck_assert_uint_ge(seen[3].n_estimated, 200);
        ck_assert_uint_le(seen[3].n_estimated, 230);
        end(4);

        /* what is passed over after the last report of one has none of it */
        begin();
        for (int i = 0; i < 3; i++) {
                push_nobody("/a");
                skip_reports(1, 0);
        }
        for (int i = 0; i < 5; i++) {
                push_nobody("/b");
                skip_reports(30, 0);
        }
        oom_parser_flush(parser);
        ck_assert_uint_eq(seen[2].n_reports, 3);
        ck_assert_uint_eq(seen[2].n_skipped, 14);
        ck_assert_uint_eq(seen[2].n_estimated, 5);
        ck_assert_uint_eq(seen[3].n_reports, 5);
        ck_assert_uint_eq(seen[3].n_skipped, 7 * 30 * 4);
        ck_assert_uint_eq(seen[3].n_estimated, 5 + 30 * 4);
        end(4);

        /* one that was read only once: nothing to estimate from */
        begin();
        push_nobody("/a");
        skip_reports(30, 0);
        end(1);
}
END_TEST

/* Its records may be kept back when others are passed over, or lost. */
START_TEST(test_last_report_before_records_were_passed_over)
{
        for (int is_lost = 0; is_lost < 2; is_lost++) {
                begin();
                push_nobody("/a");
                push_nobody("/a");
                push_nobody("/a");
                if (is_lost)
                        oom_parser_gap(parser);
                else
                        skip_reports(5, 0);
                oom_parser_flush(parser);
                ck_assert_uint_eq(seen[1].seq, 15);
                ck_assert_str_eq(seen[1].limit_memcg, "/a");
                ck_assert_int_eq(seen[1].trigger_pid, 315);
                end(2);
        }
}
END_TEST

/* The report of a kill that comes after is whole. */
START_TEST(test_kill_after_records_were_passed_over)
{
        begin();
        push_nobody("/a");
        push_head("/a", USAGE);
        skip_reports(30, 6);
        push_kill("/b", USAGE);
        ck_assert_uint_eq(n_seen, 2);
        ck_assert_int_eq(seen[1].type, OOM_TYPE_KILL);
        ck_assert_str_eq(seen[1].limit_memcg, "/b");
        ck_assert_int_eq(seen[1].trigger_pid, 315);
        end(2);
}
END_TEST

START_TEST(test_end_of_a_report)
{
        static const struct {
                const char *text;
                enum kmsg_flag flag;
                bool expected;
        } cases[] = {
                { NOBODY, KMSG_FLAG_NONE, true },      { NOBODY, KMSG_FLAG_FRAGMENT, false },
                { NOBODY " ", KMSG_FLAG_NONE, false }, { "x " NOBODY, KMSG_FLAG_NONE, false },
                { HEADER, KMSG_FLAG_NONE, false },     { "", KMSG_FLAG_NONE, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct kmsg_record record = { .flag = cases[i].flag, .text = text_from(cases[i].text) };

                ck_assert_msg(oom_parser_ends_repeat(&record) == cases[i].expected, "%s", cases[i].text);
        }
}
END_TEST

START_TEST(test_panic_within_a_run)
{
        begin();
        push(HEADER);
        push("Mem-Info:");
        push(NOBODY);
        push(DEADLOCK);
        ck_assert_int_eq(seen[1].type, OOM_TYPE_PANIC);
        end(2);
}
END_TEST

/* memory.max set below the usage */
START_TEST(test_lowered_limit_is_one_incident)
{
        begin();
        push_kill("/a", ABOVE);
        push_head("/a", ABOVE);
        push(NOBODY);
        ck_assert_uint_eq(n_seen, 1);
        /* again, with a kill of another service and a slow console in between */
        push_kill("/a", ABOVE);
        push_kill("/b", USAGE);
        now_usec += 60 * SEC_USEC;
        push_head("/a", ABOVE);
        push(NOBODY);
        ck_assert_uint_eq(n_seen, 3);
        push_head("/a", ABOVE); /* once more, and nobody was killed before */
        push(NOBODY);
        ck_assert_uint_eq(n_seen, 4);
        ck_assert_int_eq(seen[3].type, OOM_TYPE_NO_VICTIM);
        end(4);
}
END_TEST

/* A service whose child was killed may itself be exempt: that nobody is left is another thing to know. */
START_TEST(test_nobody_left_after_a_kill_is_an_incident)
{
        static const struct {
                const char *path, *usage;
        } cases[] = { { "/a", USAGE }, { "/b", ABOVE } };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                push_kill("/a", i == 0 ? USAGE : ABOVE);
                push_head(cases[i].path, cases[i].usage);
                push(NOBODY);
                end(2);
        }
        begin();
        push_kill("/a", ABOVE);
        push("pig invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
        push(ABOVE);
        push("Memory cgroup stats for /a:");
        push(NOBODY);
        end(2);
}
END_TEST

TEST_MAIN("parser_repeats", CASE(test_report_without_a_victim_names_its_cgroup), CASE(test_the_same_again_is_counted),
          CASE(test_runs_of_several_cgroups_and_the_machine), CASE(test_more_runs_than_there_is_room_for),
          CASE(test_many_cgroups_in_turn), CASE(test_kill_of_another_within_a_run), CASE(test_losses_within_a_run),
          CASE(test_reports_passed_over_are_estimated), CASE(test_runs_of_which_records_were_passed_over),
          CASE(test_last_report_before_records_were_passed_over), CASE(test_kill_after_records_were_passed_over),
          CASE(test_end_of_a_report), CASE(test_panic_within_a_run), CASE(test_lowered_limit_is_one_incident),
          CASE(test_nobody_left_after_a_kill_is_an_incident))
