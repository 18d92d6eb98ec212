/* lib/logfile/unwrap.h, reader.h: what is behind the kernel's text in a log. */

#include "harness.h"
#include "log_reading.h"
#include "logfile/unwrap.h"

#define ROW "[  500]  1000   500    98000    85000     180       0    20000           100 "

START_TEST(test_what_is_behind_a_line_is_taken_off)
{
        static const struct {
                const char *line, *tail_before, *expected;
        } cases[] = {
                { "oom_score_adj:50", "", "oom_score_adj:50" },
                { "oom_score_adj:50    ", "", "oom_score_adj:50" },
                { "oom_score_adj:50\t", "", "oom_score_adj:50" },
                { "oom_score_adj:50 \r\r", "", "oom_score_adj:50" },
                { "oom_score_adj:50<br>", "", "oom_score_adj:50" },
                { "oom_score_adj:50 <BR /> ", "", "oom_score_adj:50" },
                { "oom_score_adj:50</td></tr>", "", "oom_score_adj:50" },
                { "oom_score_adj:50</span> </code></pre>\r", "", "oom_score_adj:50" },
                { "oom_score_adj:50\"", "", "oom_score_adj:50" },
                { "oom_score_adj:50\",", "", "oom_score_adj:50" },
                { "oom_score_adj:50\\n\",", "", "oom_score_adj:50" },
                { "oom_score_adj:50\\r\\n\"", "", "oom_score_adj:50" },
                { "oom_score_adj:50'),", "", "oom_score_adj:50" },
                { "oom_score_adj:50`", "", "oom_score_adj:50" },
                { "oom_score_adj:50 |", "", "oom_score_adj:50" },
                { "(x) in VE \"101\" oom_score_adj:50\"", "", "(x) in VE \"101\" oom_score_adj:50" },
                /* what may be the kernel's */
                { "#1 PREEMPT(none) ", "", "#1 PREEMPT(none) " },
                { " </TASK>", "", " </TASK>" },
                { "limit of /a \"b\"", "", "limit of /a \"b\"" },
                { "anon-rss:701480kB,", "", "anon-rss:701480kB," },
                { "Killed process 1 (x)", "", "Killed process 1 (x)" },
                { "Killed process 1 (x)\")", "", "Killed process 1 (x)" },
                { "Out of memory and no killable processes...", "", "Out of memory and no killable processes..." },
                /* a name may end so, if not all lines do */
                { ROW "a", "", ROW "a" },
                { ROW "a ", "", ROW "a " },
                { ROW "a\"", "", ROW "a\"" },
                { ROW "a<br>", "", ROW "a<br>" },
                { ROW "a ", " ", ROW "a" },
                { ROW "a\",", "\",", ROW "a" },
                { ROW "a<br>", "<br>", ROW "a" },
                { ROW "a    ", "", ROW "a" },
                { ROW "a\t", "", ROW "a" },
                { "", "", "" },
                { "\"", "", "" },
                { "   ", "", "" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const size_t length = strlen(cases[i].line);
                char *copy = malloc(
                        length ? length : 1); /* without a terminator, for the sanitizer to see what is read after it */
                struct text line = { copy, length };

                ck_assert_ptr_nonnull(copy);
                memcpy(copy, cases[i].line, length);
                log_strip_tail(&line, text_from(cases[i].tail_before));
                ck_assert_msg(text_equal(line, text_from(cases[i].expected)), "'%.*s' of '%s'", (int)line.length,
                              line.data, cases[i].line);
                free(copy);
        }
}
END_TEST

/* Rows end as the line before them does. */
START_TEST(test_a_row_ends_as_the_lines_before)
{
        static const char *const tails[] = { "<br>", "\",", " ", ";", "\\n\"" };

        for (size_t i = 0; i < COUNT(tails); i++) {
                struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
                char log[512];

                (void)snprintf(log, sizeof(log), "[    1.000000] name%s\n[    1.000001] " ROW "a%s\n", tails[i],
                               tails[i]);
                read_all(reading, text_from(log));
                ck_assert_uint_eq(reading->count, 2);
                ck_assert_msg(text_ends(reading->messages[1].text, TEXT(" a")), "%.*s",
                              (int)reading->messages[1].text.length, reading->messages[1].text.data);
                reading_free(reading);
        }
}
END_TEST

START_TEST(test_a_line_of_a_table_has_the_time_of_another_field)
{
        static const char *const lines[] = {
                "\"2022-03-09T18:14:14.000+0000\",web03,\"Mar  9 18:14:14 web03 kernel: x, y\"\n",
                "\"2022-03-09T18:14:14.000+0000\",\"Mar  9 18:14:14 web03 kernel: x, y\",web03\n",
                "web03;\"Mar  9 18:14:14 web03 kernel: x, y\";2022-03-09T18:14:14Z\n",
                "2022-03-09 18:14:14\t\"[    1.000000] x, y\"\n",
        };

        for (size_t i = 0; i < COUNT(lines); i++) {
                struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

                read_all(reading, text_from(lines[i]));
                ck_assert_msg(reading->count == 1, "%s", lines[i]);
                ck_assert_msg(text_equal(reading->messages[0].text, TEXT("x, y")), "%s", lines[i]);
                ck_assert_msg(reading->messages[0].time.usec == 1646849654000000, "%s", lines[i]);
                if (i < 3)
                        ck_assert_msg(text_equal(reading->messages[0].host, TEXT("web03")), "%s", lines[i]);
                reading_free(reading);
        }
}
END_TEST

TEST_MAIN("log_tail", CASE(test_what_is_behind_a_line_is_taken_off), CASE(test_a_row_ends_as_the_lines_before),
          CASE(test_a_line_of_a_table_has_the_time_of_another_field))
