/* lib/parse/parser.h: cgroup paths that fill the kernel's record, and end there. */

#include "parse/parser.h"

#include <stdio.h>

#include "harness.h"
#include "util/array.h"

#define HEAD    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg="
#define BETWEEN ",task_memcg="
#define TAIL    " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0"
#define TABLE   "[  pid  ]   uid  tgid total_vm      rss "

static struct oom_parser *parser;
static uint64_t next_seq;
static bool is_flagless;
static const char *caller;
static struct {
        size_t count;
        struct oom_path task, limit, group;
} seen;

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        (void)userdata;
        seen.count++;
        seen.task = incident->victim.task_memcg;
        seen.limit = incident->report->limit_memcg;
        seen.group = incident->group_memcg;
}

static void begin(void)
{
        memset(&seen, 0, sizeof(seen));
        next_seq = 1;
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
}

static void push(bool is_piece, struct text text)
{
        struct kmsg_record record = { .seq = next_seq,
                                      .mono_usec = next_seq * 100,
                                      .flag = is_piece && !is_flagless ? KMSG_FLAG_FRAGMENT : KMSG_FLAG_NONE,
                                      .origin = is_flagless ? KMSG_ORIGIN_LINES : KMSG_ORIGIN_KERNEL,
                                      .caller = text_from(caller),
                                      .text = text };

        next_seq++;
        oom_parser_push(parser, &record);
}

/* "/top/ppp...", so long. */
static struct text path(size_t length)
{
        static char buffer[2048];

        memset(buffer, 'p', sizeof(buffer));
        memcpy(buffer, "/top/", 5);
        return (struct text){ buffer, length };
}

/* The line as the kernel prints it where the victim's path is length bytes: what doesn't fit is a record of its own. */
static void push_report(size_t length, bool has_columns_of_6_8)
{
        begin();
        push(false, has_columns_of_6_8
                            ? TEXT(TABLE "rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name")
                            : TEXT(TABLE "pgtables_bytes swapents oom_score_adj name"));
        push(false, TEXT(HEAD "/top" BETWEEN));
        push(true, path(length));
        push(true, TEXT(",task=hog,pid=12,uid=5"));
        push(false, TEXT("Memory cgroup out of memory: Killed process 12 (hog)" TAIL));
        ck_assert_uint_eq(seen.count, 1);
        ck_assert_uint_eq(seen.task.length, length);
        ck_assert(!seen.limit.is_cut);
        parser = oom_parser_free(parser);
}

START_TEST(test_path_that_fills_a_record)
{
        static const struct {
                const char *caller;
                size_t length;
                bool has_columns_of_6_8, is_cut;
        } rows[] = {
                { "", 1021, true, true },   { "", 1021, false, true },   { "", 1020, true, false },
                { "", 1022, true, false },  { "", 989, false, true },    { "", 990, false, true },
                { "", 988, false, false },  { "", 991, false, false },   { "", 989, true, false },
                { "", 990, true, false },   { "", 973, false, false },   { "T1", 973, false, true },
                { "T1", 974, false, true }, { "T1", 989, false, false }, { "T1", 1021, true, true },
                { "T1", 973, true, false }, { "", 700, true, false },
        };

        for (is_flagless = false;; is_flagless = true) {
                for (size_t i = 0; i < COUNT(rows); i++) {
                        caller = rows[i].caller;
                        push_report(rows[i].length, rows[i].has_columns_of_6_8);
                        ck_assert_msg(seen.task.is_cut == rows[i].is_cut, "row %zu%s", i,
                                      is_flagless ? " of a log" : "");
                }
                if (is_flagless)
                        break;
        }
        is_flagless = false;
        caller = "";
}
END_TEST

/* The record goes on behind the path: then it had room. */
START_TEST(test_path_with_room_behind_it)
{
        char record[4096];
        int length;

        begin();
        caller = "";
        push(false, TEXT(HEAD "/top" BETWEEN));
        length = snprintf(record, sizeof(record), "%.*s,task=hog,pid=12,uid=5", 989, path(989).data);
        push(true, (struct text){ record, (size_t)length });
        push(false, TEXT("Memory cgroup out of memory: Killed process 12 (hog)" TAIL));
        ck_assert_uint_eq(seen.task.length, 989);
        ck_assert(!seen.task.is_cut);
        /* nor is a path cut that is in a line with others */
        begin();
        length = snprintf(record, sizeof(record), HEAD "%.*s" BETWEEN "%.*s,task=hog,pid=12,uid=5", 1021,
                          path(1021).data, 1021, path(1021).data);
        push(false, (struct text){ record, (size_t)length });
        push(false, TEXT("Memory cgroup out of memory: Killed process 12 (hog)" TAIL));
        ck_assert_uint_eq(seen.task.length, 1021);
        ck_assert(!seen.task.is_cut && !seen.limit.is_cut);
        parser = oom_parser_free(parser);
}
END_TEST

START_TEST(test_limit_and_group_that_are_cut)
{
        begin();
        caller = "";
        push(false, TEXT(HEAD));
        push(true, path(1021));
        push(true, TEXT(BETWEEN));
        push(true, path(1021));
        push(true, TEXT(",task=hog,pid=12,uid=5"));
        push(false, TEXT("Memory cgroup out of memory: Killed process 12 (hog)" TAIL));
        ck_assert(seen.limit.is_cut && seen.task.is_cut);
        ck_assert_uint_eq(seen.limit.length, 1021);
        ck_assert_uint_eq(seen.task.length, 1021);
        push(false, TEXT("Tasks in "));
        push(true, path(1021));
        push(true, TEXT(" are going to be killed due to memory.oom.group set"));
        push(false, TEXT("Memory cgroup out of memory: Killed process 13 (hog)" TAIL));
        ck_assert_uint_eq(seen.count, 2);
        ck_assert(seen.group.is_cut);
        ck_assert_uint_eq(seen.group.length, 1021);
        /* the next report has paths of its own */
        push(false, TEXT(HEAD "/a" BETWEEN "/a,task=x,pid=14,uid=0"));
        push(false, TEXT("Memory cgroup out of memory: Killed process 14 (x)" TAIL));
        ck_assert_uint_eq(seen.count, 3);
        ck_assert(!seen.limit.is_cut && !seen.task.is_cut);
        parser = oom_parser_free(parser);
}
END_TEST

/* 3.19 to 4.20. */
START_TEST(test_task_in_a_path_that_is_cut)
{
        begin();
        caller = "";
        push(false,
             TEXT("hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0"));
        push(false, TEXT("Task in "));
        push(true, path(989));
        push(true, TEXT(" killed as a result of limit of "));
        push(true, TEXT("/top"));
        push(false, TEXT("Memory cgroup out of memory: Kill process 12 (hog) score 1 or sacrifice child"));
        push(false, TEXT("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB"));
        ck_assert_uint_eq(seen.count, 1);
        ck_assert(seen.task.is_cut && !seen.limit.is_cut);
        ck_assert_uint_eq(seen.task.length, 989);
        ck_assert(text_equal(oom_path_text(&seen.limit), TEXT("/top")));
        parser = oom_parser_free(parser);
}
END_TEST

/* The record shows where the path ends, whatever a name pretends. */
START_TEST(test_name_that_looks_like_the_end_of_the_path)
{
        begin();
        caller = "";
        push(false, TEXT(HEAD "/top" BETWEEN));
        push(true, path(1021));
        push(true, TEXT(",task=a,task=b,pid=12,uid=5"));
        push(false, TEXT("Memory cgroup out of memory: Killed process 12 (a,task=b)" TAIL));
        ck_assert(seen.task.is_cut);
        ck_assert_uint_eq(seen.task.length, 1021);
        parser = oom_parser_free(parser);
}
END_TEST

TEST_MAIN("parser_paths", CASE(test_path_that_fills_a_record), CASE(test_path_with_room_behind_it),
          CASE(test_limit_and_group_that_are_cut), CASE(test_task_in_a_path_that_is_cut),
          CASE(test_name_that_looks_like_the_end_of_the_path))
