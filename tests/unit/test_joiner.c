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

TEST_MAIN("joiner", CASE(test_three_records_are_one_line), CASE(test_pieces_of_two_callers_interleave),
          CASE(test_foreign_records_between_pieces_without_callers), CASE(test_flagged_whole_line_is_a_line),
          CASE(test_path_that_ends_like_a_line_goes_on), CASE(test_nothing_is_joined_across_a_loss),
          CASE(test_pieces_end_with_their_distance), CASE(test_longest_line_is_cut_not_overrun),
          CASE(test_more_open_lines_than_there_is_room_for), CASE(test_lines_that_no_piece_can_go_on_with_make_room),
          CASE(test_pieces_of_zones))
