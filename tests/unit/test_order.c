/* cli/scan/order.h: which order a log has, and what comes of it. */

#include <stdio.h>

#include "harness.h"
#include "scan/order.h"

static struct order *order;
static char given[64 * 1024]; /* "text|text|", "--|" for what was left out; as much as has room */
static size_t given_length;
static int64_t next_seq, next_mono;
static const char *host;

static void on_message(const struct log_message *message, void *userdata)
{
        ck_assert_ptr_eq(userdata, given);
        if (message->host.length + message->text.length + 2 > sizeof(given) - given_length)
                return;
        given_length += (size_t)sprintf(given + given_length, "%.*s%.*s|", (int)message->host.length,
                                        message->host.data, (int)message->text.length, message->text.data);
}

static void on_skip(void *userdata)
{
        (void)userdata;
        ck_assert_uint_lt(given_length + 3, sizeof(given));
        given_length += (size_t)sprintf(given + given_length, "--|");
}

static void begin(void)
{
        static const struct order_handler handler = { on_message, on_skip };

        order = order_free(order);
        ck_assert_int_eq(order_new(&handler, given, &order), 0);
        given[given_length = 0] = '\0';
        next_seq = next_mono = LOG_UNKNOWN;
        host = "";
}

static void push(const char *text)
{
        struct log_message message = { .text = text_from(text),
                                       .host = text_from(host),
                                       .seq = next_seq,
                                       .mono_usec = next_mono,
                                       .time = { .usec = LOG_UNKNOWN } };

        order_push(&message, order);
}

static void push_all(const char *const *lines, size_t count, bool backward)
{
        for (size_t i = 0; i < count; i++)
                push(lines[backward ? count - 1 - i : i]);
}

static void assert_given(const char *const *lines, size_t count)
{
        char expected[sizeof(given)] = "";

        for (size_t i = 0; i < count; i++) {
                (void)strcat(expected, lines[i]); /* they fit */
                (void)strcat(expected, "|");
        }
        ck_assert_str_eq(given, expected);
}

#define TAIL    " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0"
#define HEADER  "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define TASK    "CPU: 1 PID: 7 Comm: hog Not tainted 6.12.0 #1"
#define COLUMNS "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
#define ROW     "[     12]     5    12     2400      300    40960        0             0 x"
#define SUMMARY                                                                                                        \
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=x,"  \
        "pid=12,uid=5"
#define KILLED   "Out of memory: Killed process 12 (x)" TAIL
#define KILLED_2 "Out of memory: Killed process 13 (y)" TAIL
#define KILL     "Out of memory: Kill process 12 (x) score 900 or sacrifice child"
#define NOBODY   "Out of memory and no killable processes..."

/* Each has its order, whichever way it comes. */
START_TEST(test_reports_show_their_order)
{
        static const char *const cases[][10] = {
                { HEADER, TASK, "Mem-Info:", COLUMNS, ROW, SUMMARY, KILLED },
                { HEADER, COLUMNS, ROW, KILLED }, /* 5.1 */
                { HEADER, TASK, KILL, "Killed process 12 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB" },
                { SUMMARY, KILLED }, /* a search for "oom-kill|killed process" */
                { HEADER, TASK, "memory: usage 8kB, limit 8kB, failcnt 1", COLUMNS, ROW, NOBODY },
                /* in brackets: two strings in a list look like a missing comma */
                { HEADER, TASK, COLUMNS, ROW, (SUMMARY), (KILLED), "eth0: link up", HEADER, TASK, NOBODY },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                for (int backward = 0; backward <= 1; backward++) {
                        size_t count = 0;

                        while (count < COUNT(cases[i]) && cases[i][count])
                                count++;
                        begin();
                        push_all(cases[i], count, backward);
                        order_end(order);
                        assert_given(cases[i], count);
                        ck_assert_int_eq(order_is_newest_first(order), backward);
                        order = order_free(order);
                }
}
END_TEST

/* What no line shows is taken for oldest first. */
START_TEST(test_lines_that_show_no_order)
{
        static const char *const lines[] = { KILLED, KILLED_2, HEADER, KILLED, HEADER, KILLED_2 };

        begin();
        push_all(lines, COUNT(lines), false);
        order_end(order);
        assert_given(lines, COUNT(lines));
        order = order_free(order);
}
END_TEST

START_TEST(test_stamps_show_it_too)
{
        static const char *const lines[] = { KILLED, HEADER, KILLED_2, HEADER };
        static const char *const backward[] = { HEADER, KILLED_2, HEADER, KILLED };

        begin();
        for (size_t i = 0; i < COUNT(lines); i++) {
                next_mono = 1000 - (int64_t)i;
                push(lines[i]);
        }
        order_end(order);
        assert_given(backward, COUNT(backward));
        begin();
        for (size_t i = 0; i < COUNT(lines); i++) {
                next_mono = 1000 + (int64_t)i;
                push(lines[i]);
        }
        assert_given(lines, COUNT(lines)); /* nothing is held */
        order = order_free(order);
}
END_TEST

/* Kill lines alone, each far from the next, in a log without years */
START_TEST(test_dates_of_lines_that_are_far_apart)
{
        static const struct log_date dates[] = { { .year = 2026, .month = 12, .day = 30 },
                                                 { .year = 2026, .month = 12, .day = 31, .hour = 23 },
                                                 { .year = 2027, .month = 1, .day = 1 } };

        for (int backward = 0; backward <= 1; backward++) {
                begin();
                for (size_t i = 0; i < COUNT(dates); i++) {
                        struct log_message message = { .text = TEXT(KILLED),
                                                       .seq = LOG_UNKNOWN,
                                                       .mono_usec = LOG_UNKNOWN,
                                                       .time = { .usec = 0, .doubts = LOG_DOUBT_YEAR } };

                        message.time.date = dates[backward ? COUNT(dates) - 1 - i : i];
                        order_push(&message, order);
                        ck_assert_int_eq(order_expects_more(order, 1, false), i < COUNT(dates) - 1 || backward);
                        (void)order_expects_more(order, ORDER_IDLE_BYTES, false);
                }
                ck_assert_int_eq(order_is_newest_first(order), backward);
                ck_assert_str_eq(given, KILLED "|" KILLED "|" KILLED "|");
                order = order_free(order);
        }
}
END_TEST

START_TEST(test_hosts_are_apart)
{
        begin();
        host = "a:";
        push(KILLED);
        host = "b:";
        push(KILLED_2);
        push("Out of memory: Kill process 13 (y) score 900 or sacrifice child");
        host = "a:";
        push(SUMMARY);
        push(HEADER);
        host = "b:";
        push(HEADER);
        host = "c:";
        push("eth0: link up"); /* of no report */
        order_end(order);
        ck_assert_ptr_nonnull(strstr(given, "a:" HEADER "|a:" SUMMARY "|a:" KILLED "|"));
        ck_assert_ptr_nonnull(strstr(given, "b:" HEADER "|b:Out of memory: Kill process 13 (y) score 900 or sacrifice "
                                            "child|b:" KILLED_2 "|"));
        ck_assert_ptr_nonnull(strstr(given, "c:eth0: link up|"));
        order = order_free(order);
}
END_TEST

/* The kernel's summary of memory is one message, although each of its lines may have a prefix of its own. */
START_TEST(test_summary_of_memory_is_joined)
{
        begin();
        push(KILLED);
        push(SUMMARY);
        push(" free:1095 free_pcp:0 free_cma:0");
        push(" active_file:15 inactive_file:5 isolated_file:0");
        push("active_anon:621 inactive_anon:93104 isolated_anon:0");
        push("Mem-Info:");
        order_end(order);
        ck_assert_str_eq(given,
                         "Mem-Info:|active_anon:621 inactive_anon:93104 isolated_anon:0\n"
                         " active_file:15 inactive_file:5 isolated_file:0\n free:1095 free_pcp:0 free_cma:0|" SUMMARY
                         "|" KILLED "|");
        order = order_free(order);
}
END_TEST

START_TEST(test_what_was_left_out)
{
        begin();
        order_skip(order);
        push(KILLED);
        order_skip(order);
        push(SUMMARY);
        push(HEADER);
        order_end(order);
        ck_assert_str_eq(given, "--|" HEADER "|" SUMMARY "|--|" KILLED "|");
        order = order_free(order);
}
END_TEST

START_TEST(test_nothing_is_held_for_ever)
{
        begin();
        ck_assert(!order_expects_more(order, 1, false));
        push("eth0: link up");
        ck_assert(!order_expects_more(order, ORDER_IDLE_BYTES, false));
        push(KILLED);
        ck_assert(order_expects_more(order, ORDER_IDLE_BYTES, false));
        ck_assert(!order_expects_more(order, 1, false));
        ck_assert_str_eq(given, "eth0: link up|" KILLED "|");

        /* dates that go forward show that a kill ends its report, but not that a report without one has ended */
        begin();
        push(KILLED);
        ck_assert(!order_expects_more(order, 1, true));
        ck_assert_str_eq(given, KILLED "|");
        push(HEADER);
        ck_assert(order_expects_more(order, 1, true));
        push(KILLED_2);
        ck_assert(!order_expects_more(order, 1, true));

        /* many reports, newest first */
        begin();
        for (size_t pushed = 0; pushed < 2 * ORDER_HELD_BYTES_MAX;
             pushed += strlen(SUMMARY) + strlen(KILLED) + strlen(HEADER)) {
                push(KILLED);
                push(SUMMARY);
                push(HEADER);
                given[given_length = 0] = '\0'; /* all of it would be too long */
        }
        order_end(order);
        ck_assert_int_eq(strncmp(given, HEADER "|" SUMMARY "|" KILLED "|", strlen(HEADER "|" SUMMARY "|" KILLED "|")),
                         0);
        order = order_free(order);
}
END_TEST

TEST_MAIN("order", CASE(test_reports_show_their_order), CASE(test_lines_that_show_no_order),
          CASE(test_stamps_show_it_too), CASE(test_dates_of_lines_that_are_far_apart), CASE(test_hosts_are_apart),
          CASE(test_summary_of_memory_is_joined), CASE(test_what_was_left_out), CASE(test_nothing_is_held_for_ever))
