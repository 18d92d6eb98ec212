/* lib/logfile/decode.h, and lines that were decoded */

#include "logfile/decode.h"

#include "harness.h"
#include "log_reading.h"

static void assert_decoded(log_decode_fn *decode, const char *line, const char *expected)
{
        char buffer[512];
        struct text text;

        if (!decode(text_from(line), buffer, &text))
                text = text_from("(nothing)");
        assert_same(text, text_from(expected));
}

START_TEST(test_terminal)
{
        static const struct {
                const char *line, *expected;
        } cases[] = {
                { "\x1b[32m[   73.1] \x1b[0m\x1b[33mCPU: \x1b[0m0", "[   73.1] CPU: 0" },
                { "^[[1;31mOut of memory^[[0m", "Out of memory" },
                { "\\e[1mx\\e[0m", "x" },
                { "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link" },
                { "\x1b]0;title\ax", "x" },
                { "\x1b(Bx\x1b[K", "x" },
                { "K\bKi\bi", "Ki" },
                { "\x1b[", "(nothing)" },
                { "[c^2] \\x1b[31mred#033[m", "(nothing)" },
                { "", "(nothing)" },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                assert_decoded(log_decode_terminal, cases[i].line, cases[i].expected);
}
END_TEST

START_TEST(test_markup)
{
        static const struct {
                const char *line, *expected;
        } cases[] = {
                { "&gt; [1.0] a<br>", "> [1.0] a" },
                { "<p class=\"x\">a &quot;b&#39;&#x27;&nbsp;&amp;gt;</p>", "a \"b'' &gt;" },
                { "[code]a[/code] [1.0] [ext4]", "a [1.0] [ext4]" },
                { "<span style='color:#fff'>a</span><br />", "a" },
                { "<TASK>", "(nothing)" },
                { " [<ffffffff81000000>] a", "(nothing)" },
                { "a & b < c", "(nothing)" },
                { "[b][1.0][/b] [i]a[/i] [ext4]", "[1.0] a [ext4]" },
                { "{code:title=dmesg}[1.0] a{code} {{b}} {noformat}", "[1.0] a b " },
                { "\\[1.0\\] oom\\_adj **Killed** a\\x2d 1*4kB", "[1.0] oom_adj Killed a\\x2d 1*4kB" },
                { "<tr><td class=\"n\">12</td><td>[1.0] a</td><td>b</td></tr>", "12\t[1.0] ab" },
                { "<span class=\"ln\">12</span>Aug 25", "12\tAug 25" },
                { "<b>12</b>34kB", "1234kB" },
                { "{1} [2] {x}", "(nothing)" },
                { "&#0; &#1234567; &x", "(nothing)" },
                { "<p", "(nothing)" },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                assert_decoded(log_decode_markup, cases[i].line, cases[i].expected);
}
END_TEST

START_TEST(test_quoted_and_margins)
{
        assert_decoded(log_decode_quoted, "cpuset=3D/=20", "cpuset=/ ");
        assert_decoded(log_decode_quoted, "order=0", "(nothing)");
        assert_decoded(log_decode_quoted, "pid=2", "(nothing)");
        assert_decoded(log_decode_margin, " 12. [1.0] a", "[1.0] a");
        assert_decoded(log_decode_margin, "12 | [1.0] a", "[1.0] a");
        assert_decoded(log_decode_margin, "- `[1.0] a", "[1.0] a");
        assert_decoded(log_decode_margin, "12", "(nothing)");
        assert_decoded(log_decode_margin, "12[1.0] a", "[1.0] a");
        assert_decoded(log_decode_margin, " * [1.0] a", "(nothing)");
        assert_decoded(log_decode_list, "* [1.0] a", "[1.0] a");
        assert_decoded(log_decode_list, "  * [1.0] a", "[1.0] a");
        assert_decoded(log_decode_list, " * [1.0] a", "(nothing)"); /* a comment of C */
        assert_decoded(log_decode_list, "\t * [1.0] a", "(nothing)");
        assert_decoded(log_decode_list, "- [1.0] a", "[1.0] a");
        assert_decoded(log_decode_list, "-[1.0] a", "(nothing)"); /* a change */
        assert_decoded(log_decode_list, "\xe2\x80\xa2 [1.0] a", "[1.0] a");
        assert_decoded(log_decode_list, "|12|[1.0] a|", "[1.0] a");
        assert_decoded(log_decode_list, "| 12 | [1.0] a", "[1.0] a");
        assert_decoded(log_decode_list, "\xe2\x94\x82 12 \xe2\x94\x82 [1.0] a  \xe2\x94\x82", "[1.0] a");
        assert_decoded(log_decode_list, "# [1.0] a", "(nothing)");
        assert_decoded(log_decode_controls, "a#012b\\x0ac\\x2d", "a\nb\nc\\x2d");
}
END_TEST

START_TEST(test_lines_of_a_page)
{
        struct text page = TEXT("<p>a <b>b</b></p>c<br/>d<div>e</div>f"), line;
        static const char *const expected[] = { "", "a <b>b</b>", "c", "d<div>e", "f" };

        for (size_t i = 0; i < COUNT(expected); i++) {
                ck_assert(log_eat_page_line(&page, &line));
                assert_same(line, text_from(expected[i]));
        }
        ck_assert(!log_eat_page_line(&page, &line));
}
END_TEST

#define KILL "Out of memory: Killed process 2210 (shopd) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB"
#define OOM  "Out of memory: Killed process 2210 (shopd) "
#define REST "total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB"

START_TEST(test_a_kill_in_every_coat)
{
        static const char *const logs[] = {
                "\x1b[32m[   73.000001] \x1b[0m" KILL "\n",
                "[   73.000001] Out of memory: \x1b[01;31m\x1b[KKilled process\x1b[m\x1b[K 2210 (shopd) " REST "\n",
                "&gt; [   73.000001] " KILL "<br>\n",
                "<p><span class=\"log\">[   73.000001] " KILL "</span></p>\n",
                "[   73.000001] Out of memory: <b>Killed process</b> 2210 (shopd) " REST "\n",
                "[code][   73.000001] " KILL "[/code]\n",
                "12 | [   73.000001] " KILL "\n",
                "  7. [   73.000001] " KILL "\n",
                "* `[   73.000001] " KILL "`\n",
                "=5B   73.000001] " OOM "total-=\nvm:903256kB, anon-rss:701480kB, file-rss:2048kB\n",
                ("[   73.000001] Out of memory: Killed process 2210 (shopd) total-vm:9=\n"
                 "03256kB, anon-rss:701480kB, file-rss:2048kB\n"),
        };

        for (size_t i = 0; i < COUNT(logs); i++) {
                struct reading *reading = read_text(text_from(logs[i]));

                ck_assert_msg(reading->count == 1, "%zu: %zu messages", i, reading->count);
                assert_same(reading->messages[0].text, text_from(KILL));
                reading_free(reading);
        }
}
END_TEST

/* In a log that isn't written with them, such signs are the name's. */
START_TEST(test_a_name_keeps_its_signs)
{
        static const char log[] = "[    1.000000] Out of memory: Killed process 1 (a&amp;b\x1b[1m<b>) total-vm:4kB, "
                                  "anon-rss:3kB, file-rss:0kB\n";
        struct reading *reading = read_text(text_from(log));

        ck_assert_uint_eq(reading->count, 1);
        ck_assert_int_gt(text_find(reading->messages[0].text, TEXT("(a&amp;b\x1b[1m<b>)"), 0), 0);
        reading_free(reading);
}
END_TEST

START_TEST(test_many_lines_in_one_string)
{
        static const char log[] = "\"x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\\n"
                                  "memory: usage 8192kB, limit 8192kB, failcnt 280\\n" KILL "\"\n";
        struct reading *reading = read_text(text_from(log));

        ck_assert_uint_eq(reading->count, 3);
        assert_same(reading->messages[2].text, text_from(KILL));
        reading_free(reading);
}
END_TEST

TEST_MAIN("log_decode", CASE(test_terminal), CASE(test_markup), CASE(test_quoted_and_margins),
          CASE(test_lines_of_a_page), CASE(test_a_kill_in_every_coat), CASE(test_a_name_keeps_its_signs),
          CASE(test_many_lines_in_one_string))
