/* lib/kmsg/joiner.h, with the rules of lib/parse/line.h that it is made for */

#include <stdio.h>

#include "harness.h"
#include "kmsg/joiner.h"
#include "parse/line.h"

static struct kmsg_joiner *joiner;
static struct kmsg_line line;
static uint64_t next_seq;

static void begin(void)
{
        next_seq = 100;
        joiner = kmsg_joiner_free(joiner);
        ck_assert_int_eq(kmsg_joiner_new(&oom_join_rules, &joiner), 0);
}

static void push(enum kmsg_flag flag, const char *caller, const char *text)
{
        uint64_t seq = next_seq++;
        struct kmsg_record record = {
                .level = flag ? 4 : 6,
                .seq = seq,
                .mono_usec = seq * 10,
                .flag = flag,
                .caller = text_from(caller),
                .text = text_from(text),
        };

        kmsg_joiner_push(joiner, &record, &line);
}

static void assert_line(bool extended, const char *text)
{
        ck_assert_msg(text_equal(line.text, text_from(text)), "'%.*s' is not '%s'", (int)line.text.length,
                      line.text.data, text);
        ck_assert_int_eq(line.is_extended, extended);
}

#define HEAD "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg="

START_TEST(test_three_records_are_one_line)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        assert_line(false, HEAD);
        push(KMSG_FLAG_FRAGMENT, "", "/a,task_memcg=");
        push(KMSG_FLAG_FRAGMENT, "", "/a/b,task=x,pid=7,uid=0");
        assert_line(true, HEAD "/a,task_memcg=/a/b,task=x,pid=7,uid=0");
        ck_assert_uint_eq(line.level, 6);
        ck_assert_uint_eq(line.seq, 100);
        ck_assert_uint_eq(line.mono_usec, 1000);
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_pieces_of_two_callers_interleave)
{
        begin();
        push(KMSG_FLAG_NONE, "T1", HEAD);
        push(KMSG_FLAG_NONE, "T2", HEAD);
        push(KMSG_FLAG_NONE, "T3", "something else");
        push(KMSG_FLAG_FRAGMENT, "T2", "/two,task_memcg=/two");
        assert_line(true, HEAD "/two,task_memcg=/two");
        push(KMSG_FLAG_FRAGMENT, "T1", "/one,task_memcg=/one");
        assert_line(true, HEAD "/one,task_memcg=/one");
        push(KMSG_FLAG_FRAGMENT, "T4", ",task=x");
        assert_line(false, ",task=x");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_foreign_records_between_pieces_without_callers)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        push(KMSG_FLAG_NONE, "", "eth0: link up");
        push(KMSG_FLAG_FRAGMENT, "", "/a,task_memcg=/a");
        assert_line(true, HEAD "/a,task_memcg=/a");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_flagged_whole_line_is_a_line)
{
        const char *header = "Evil invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0";

        begin();
        push(KMSG_FLAG_FRAGMENT, "", header);
        assert_line(false, header);
        push(KMSG_FLAG_NONE, "", HEAD "/a,task_memcg=/a,task=x,pid=7,uid=0");
        push(KMSG_FLAG_FRAGMENT, "", header);
        assert_line(false, header);
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_path_that_ends_like_a_line_goes_on)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD "/f/x,pid=1,uid=0");
        push(KMSG_FLAG_FRAGMENT, "", ",task_memcg=/f/x,pid=1,uid=0,task=y,pid=9,uid=5");
        assert_line(true, HEAD "/f/x,pid=1,uid=0,task_memcg=/f/x,pid=1,uid=0,task=y,pid=9,uid=5");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_nothing_is_joined_across_a_loss)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        kmsg_joiner_reset(joiner);
        push(KMSG_FLAG_FRAGMENT, "", "/a,task_memcg=/a");
        assert_line(false, "/a,task_memcg=/a");
        ck_assert(line.is_orphan);
        push(KMSG_FLAG_NONE, "", "whole");
        push(KMSG_FLAG_FRAGMENT, "", "x");
        ck_assert(!line.is_orphan);
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_pieces_end_with_their_distance)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        next_seq += KMSG_PIECE_RECORDS - 1;
        push(KMSG_FLAG_FRAGMENT, "", "/a");
        assert_line(true, HEAD "/a");
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        next_seq += KMSG_PIECE_RECORDS;
        push(KMSG_FLAG_FRAGMENT, "", "/a");
        assert_line(false, "/a");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_longest_line_is_cut_not_overrun)
{
        static char piece[4096];

        memset(piece, 'a', sizeof(piece) - 1);
        piece[0] = '/';
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        for (int i = 0; i < 6; i++) {
                piece[0] = ',';
                push(KMSG_FLAG_FRAGMENT, "", i ? piece : "/a");
        }
        ck_assert_uint_eq(line.text.length, KMSG_LINE_MAX);
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_more_open_lines_than_there_is_room_for)
{
        char caller[16];

        begin();
        for (int i = 0; i < KMSG_JOINER_OPEN + 1; i++) {
                (void)snprintf(caller, sizeof(caller), "T%d", i);
                push(KMSG_FLAG_NONE, caller, HEAD);
        }
        push(KMSG_FLAG_FRAGMENT, "T0", "/a");
        assert_line(false, "/a");
        push(KMSG_FLAG_FRAGMENT, "T1", "/a");
        assert_line(true, HEAD "/a");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_lines_that_no_piece_can_go_on_with_make_room)
{
        begin();
        push(KMSG_FLAG_NONE, "T1", HEAD);
        for (int i = 0; i < KMSG_JOINER_OPEN + 1; i++) {
                push(KMSG_FLAG_NONE, "T2", "lowmem_reserve[]: 0 1");
                push(KMSG_FLAG_NONE, "T2", "Node 0 DMA free:1kB");
        }
        push(KMSG_FLAG_FRAGMENT, "T1", "/a,task_memcg=/a/b,task=x,pid=7,uid=0");
        assert_line(true, HEAD "/a,task_memcg=/a/b,task=x,pid=7,uid=0");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_pieces_of_zones)
{
        static const struct {
                const char *line, *piece;
                bool joins;
        } cases[] = {
                { "Node 0 ", "DMA free:1kB min:2kB", true },
                { "Node 0 ", "DMA: ", true },
                { "Node 0 ", "DMA: 1*4kB = 4kB", true },
                { "Node 0 ", "DMA is fine", false },
                { "Node 0 ", "x invoked oom-killer: ", false },
                { "Node 0 DMA: ", "1*4kB (UM) 0*8kB ", true },
                { "Node 0 DMA: 1*4kB ", "= 4kB", true },
                { "Node 0 DMA: 1*4kB ", "and so on", false },
                { "DMA: 1*4kB ", "(UM) ", true },
                { "Movable: ", "0*4kB = 0kB", true },
                { "Node 0 DMA: 1*4kB = 4kB", "1*8kB ", false }, /* it was whole */
                { "Normal: a name", "1*8kB ", false },
                { "lowmem_reserve[]: 0", " 426", true },
                { "lowmem_reserve[]: 0", "", true },
                { "lowmem_reserve[]: 0", " kB", false },
                { "Memory cgroup stats", " for /a", true }, /* 3.10 */
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                begin();
                push(KMSG_FLAG_NONE, "", cases[i].line);
                push(KMSG_FLAG_FRAGMENT, "", cases[i].piece);
                ck_assert_msg(line.is_extended == cases[i].joins, "'%s' '%s'", cases[i].line, cases[i].piece);
        }
        /* whole as they are: no line that waits */
        ck_assert(!oom_join_rules.is_pieced(TEXT("Node 0 DMA free:1kB min:2kB")));
        ck_assert(!oom_join_rules.is_pieced(TEXT("Node 0 DMA: 1*4kB = 4kB")));
        /* a comm may begin like a zone's name */
        ck_assert(oom_join_rules.is_pieced(TEXT("DMA cpuset=")));
        ck_assert(oom_join_rules.is_pieced(TEXT("Node 0 : page allocation failure: order:0")));
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

/* A log without flags: the message after a line is its next piece if words say so. */
START_TEST(test_pieces_without_flags)
{
        static const struct {
                const char *line, *piece, *joined; /* NULL: they are two */
        } cases[] = {
                { HEAD, "/a", HEAD "/a" },
                { HEAD "/a,task_memcg=", "/a/b", HEAD "/a,task_memcg=/a/b" },
                { HEAD "/a,task_memcg=/a/b", ",task=x,pid=1,uid=0", HEAD "/a,task_memcg=/a/b,task=x,pid=1,uid=0" },
                { HEAD "/a", ",task_memcg=", HEAD "/a,task_memcg=" },
                { HEAD, "(error)", HEAD "(error)" },
                { HEAD, "usb 1-1: new device", NULL },
                { HEAD "/a", "/b", NULL },
                { HEAD "/a,task_memcg=/a,task=x,pid=1,uid=0", ",task=y,pid=2,uid=0", NULL },
                /* logs take blanks off both ends */
                { "Task in /lxc/a", " killed as a result of limit of ",
                  "Task in /lxc/a killed as a result of limit of " },
                { "Task in /lxc/a", "killed as a result of limit of", "Task in /lxc/a killed as a result of limit of" },
                { "Task in /a killed as a result of limit of", "/a", "Task in /a killed as a result of limit of /a" },
                { "Task in /a killed as a result of limit of ", "/a", "Task in /a killed as a result of limit of /a" },
                { "Task in /a killed as a result of limit of /a", "/b", NULL },
                { "Task in /a", "memory: usage 1kB, limit 1kB, failcnt 1", NULL },
                { "Tasks in /a", "are going to be killed due to memory.oom.group set",
                  "Tasks in /a are going to be killed due to memory.oom.group set" },
                { "Memory cgroup stats for", "/a", "Memory cgroup stats for /a" },
                { "Memory cgroup stats for /a", ":", "Memory cgroup stats for /a:" },
                { "Memory cgroup stats for /a:", ":", NULL },
                { "Memory cgroup stats for /a:", "anon 1", NULL },
                { "lowmem_reserve[]: 0", " 426", NULL },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct kmsg_record record = { .seq = 100,
                                              .origin = KMSG_ORIGIN_LINES,
                                              .text = text_from(cases[i].line) };

                begin();
                kmsg_joiner_push(joiner, &record, &line);
                record.seq++;
                record.text = text_from(cases[i].piece);
                kmsg_joiner_push(joiner, &record, &line);
                assert_line(cases[i].joined != NULL, cases[i].joined ? cases[i].joined : cases[i].piece);
                if (cases[i].joined)
                        ck_assert(text_equal(
                                kmsg_line_piece_at(&line, line.text.data + line.text.length - strlen(cases[i].piece)),
                                text_from(cases[i].piece)));
        }
        /* not with another message between, and not of another caller */
        for (size_t i = 0; i < 2; i++) {
                struct kmsg_record record = { .seq = 100, .origin = KMSG_ORIGIN_LINES, .text = TEXT(HEAD) };

                begin();
                kmsg_joiner_push(joiner, &record, &line);
                record.seq++;
                record.text = TEXT("eth0: link up");
                if (i == 0)
                        kmsg_joiner_push(joiner, &record, &line);
                else
                        record.caller = TEXT("T7");
                record.seq++;
                record.text = TEXT("/a");
                kmsg_joiner_push(joiner, &record, &line);
                assert_line(false, "/a");
        }
        /* and never where the flag says that it is a line of its own */
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        push(KMSG_FLAG_NONE, "", "/a");
        assert_line(false, "/a");
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

START_TEST(test_where_pieces_are)
{
        begin();
        push(KMSG_FLAG_NONE, "", HEAD);
        ck_assert_uint_eq(kmsg_line_piece_at(&line, line.text.data).length, 0); /* the first isn't one */
        push(KMSG_FLAG_FRAGMENT, "", "/a,task_memcg=");
        push(KMSG_FLAG_FRAGMENT, "", "/a/b");
        push(KMSG_FLAG_FRAGMENT, "", ",task=x,pid=7,uid=0");
        ck_assert(text_equal(kmsg_line_piece_at(&line, line.text.data + strlen(HEAD)), TEXT("/a,task_memcg=")));
        ck_assert(text_equal(kmsg_line_piece_at(&line, line.text.data + strlen(HEAD "/a,task_memcg=")), TEXT("/a/b")));
        ck_assert_uint_eq(kmsg_line_piece_at(&line, line.text.data + strlen(HEAD) + 1).length, 0);
        /* more than are remembered */
        for (size_t i = 0; i < 2 * KMSG_PIECES_MAX; i++)
                push(KMSG_FLAG_FRAGMENT, "", ",a=");
        ck_assert_uint_eq(line.n_pieces, KMSG_PIECES_MAX);
        ck_assert_uint_eq(kmsg_line_piece_at(&line, line.text.data + line.text.length - 3).length, 0);
        joiner = kmsg_joiner_free(joiner);
}
END_TEST

TEST_MAIN("joiner", CASE(test_three_records_are_one_line), CASE(test_pieces_of_two_callers_interleave),
          CASE(test_foreign_records_between_pieces_without_callers), CASE(test_flagged_whole_line_is_a_line),
          CASE(test_path_that_ends_like_a_line_goes_on), CASE(test_nothing_is_joined_across_a_loss),
          CASE(test_pieces_end_with_their_distance), CASE(test_longest_line_is_cut_not_overrun),
          CASE(test_more_open_lines_than_there_is_room_for), CASE(test_lines_that_no_piece_can_go_on_with_make_room),
          CASE(test_pieces_of_zones), CASE(test_pieces_without_flags), CASE(test_where_pieces_are))
