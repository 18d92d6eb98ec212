/* lib/logfile/reader.h: which lines are joined, which are not, and what is taken off around them. */

#include "harness.h"
#include "log_reading.h"
#include "logfile/unwrap.h"

#define S "Aug 25 14:06:20 h kernel: "

struct lines_case {
        const char *name;
        struct text lines;
        size_t count;
        struct text first, last; /* texts */
};

#define LINES(name, lines, count, first, last)                                                                         \
        {                                                                                                              \
                name, { lines, sizeof(lines) - 1 }, count, { first, sizeof(first) - 1 },                               \
                {                                                                                                      \
                        last, sizeof(last) - 1                                                                         \
                }                                                                                                      \
        }

/* clang-format off */
static const struct lines_case several[] = {
        LINES("indented lines continue a message", S "anon 1\n" "                          file 2\n" "                           \n" S "b", 2, "anon 1\nfile 2\n ", "b"),
        LINES("also of dmesg", "[    1.000000] a\n               b\\x1b\n               \n[    2.000000] c", 2, "a\nb\x1b\n", "c"),
        LINES("not with a smaller indent", S "a\n                         b\n" S "c", 2, "a", "c"),
        LINES("with a stamp, each line has its own", "Aug 25 14:06:20 h kernel: [    1.000000] a\n                                         b\n" S "c", 2, "a", "c"),
        LINES("another speaker's message is continued", "Aug 25 14:06:20 h app[1]: a\n                           Aug 25 14:06:20 h kernel: forged\n" S "b", 1, "b", "b"),
        LINES("a line of another speaker ends a message", S "a\nAug 25 14:06:20 h app: x\n                          b\n" S "c", 2, "a", "c"),
        LINES("records that the console prints in several lines", "[    1.000000] anon 1\n[    1.000000] file 2", 2, "anon 1", "file 2"),
        LINES("but the summary of memory", "[    1.000000] active_anon:1 x:2\n[    1.000000]  active_file:3\n[    1.000000]  a_b:4 c:5\n[    1.000000] Node 0", 2, "active_anon:1 x:2\n active_file:3\n a_b:4 c:5", "Node 0"),
        LINES("of one moment", "[    1.000000] active_anon:1\n[    1.000001]  active_file:3", 2, "active_anon:1", " active_file:3"),
        LINES("and one host", S "active_anon:1\nAug 25 14:06:20 i kernel:  active_file:3", 2, "active_anon:1", " active_file:3"),
        LINES("of counters", S "active_anon:1\n" S " active_file:3 x\n" S " b: 1\n" S " b:\n" S " :1\n" S " b:1  c:2\n" S " ", 7, "active_anon:1", " "),
        LINES("of 2.6", S "Active:1 inactive:2\n" S " free:3 slab:4", 1, "Active:1 inactive:2\n free:3 slab:4", "Active:1 inactive:2\n free:3 slab:4"),
        LINES("without a stamp", S "active_anon:1\n" S " active_file:3", 1, "active_anon:1\n active_file:3", "active_anon:1\n active_file:3"),
        LINES("octal escapes of rsyslog", S "anon 1#012file 2#011#033[1m #101-Ubuntu #1234 #04 #400 #177", 1, "anon 1\nfile 2\t\033[1m #101-Ubuntu #1234 #04 #400 \x7f", "anon 1\nfile 2\t\033[1m #101-Ubuntu #1234 #04 #400 \x7f"),
        LINES("hexadecimal ones of dmesg", "[    1.000000] \\x1b\\x5c\\x2d\\xff\\xfe \\xc3\\xa9 \\xC3 \\x", 1, "\x1b\\x5c\\x2d\xff\xfe \\xc3\\xa9 \\xC3 \\x", "\x1b\\x5c\\x2d\xff\xfe \\xc3\\xa9 \\xC3 \\x"),
        LINES("both of syslog daemons, one of dmesg", S "\\x1b#033\\x5cx2d\\x2d\n[    1.000000] #012", 2, "\x1b\x1b\\x2d\\x2d", "#012"),
        LINES("carriage returns at the ends", "\r" S "a\r\r\n" S "b\r\n\r\n", 2, "a", "b"),
        LINES("carriage returns between lines", "[    1.000000] a\r[    2.000000] b\r\r<3>[    3.000000] c\rd", 3, "a", "c\rd"),
        LINES("and none elsewhere", S "a\r" S "b", 1, "a\r" S "b", "a\r" S "b"),
        LINES("quoted mail", "> " S "a\n>> " S "b\n> > " S "c\n| " S "d\n>" S "e", 5, "a", "e"),
        LINES("quoted lines that continue a message", "> " S "a\n>                           b\n> " S "c", 2, "a\nb", "c"),
        LINES("an indented paste", "    " S "a\n                              b\n\t" S "c\n    " S "d", 3, "a\nb", "d"),
        LINES("a deeper indent later is not a margin", S "a\n\n    " S "forged", 1, "a", "a"),
        LINES("texts begin with blanks", S " <TASK>\n[    1.000000]  <TASK>\n[    1.000000]", 3, " <TASK>", ""),
        LINES("an empty text", S "\n" "Aug 25 14:06:20 h kernel:", 2, "", ""),
        LINES("docker", "{\"log\":\"" S "a \\\"b\\\"\\r\\n\",\"stream\":\"stdout\",\"attrs\":{\"x\":[1,{}]},\"time\":\"2026-08-25T14:06:20.5Z\"}\n{\"log\":\"[    1.000000] c\\n\",\"stream\":\"stderr\"}", 2, "a \"b\"", "c"),
        LINES("kubernetes", "2026-08-25T14:06:20.123456789Z stdout F " S "a\n2026-08-25T14:06:20.123456789Z stdout P [    1.0\n2026-08-25T14:06:20Z stderr F x\n2026-08-25T14:06:20+02:00 stdout P 00000] \n2026-08-25T14:06:20Z stdout F b", 2, "a", "b"),
        LINES("a record in a container", "2026-08-25T14:06:20Z stdout F 3,1,2,-;a\\x0ab", 1, "a\nb", "a\nb"),
        LINES("the journal in docker", "{\"log\":\"{\\\"_TRANSPORT\\\":\\\"kernel\\\",\\\"MESSAGE\\\":\\\"a\\\\nb\\\"}\\n\",\"stream\":\"stdout\"}", 1, "a\nb", "a\nb"),
        LINES("but not docker four times over", "{\"log\":\"{\\\"log\\\":\\\"{\\\\\\\"log\\\\\\\":\\\\\\\"{\\\\\\\\\\\\\\\"log\\\\\\\\\\\\\\\":\\\\\\\\\\\\\\\"[    1.000000] a\\\\\\\\\\\\\\\",\\\\\\\\\\\\\\\"stream\\\\\\\\\\\\\\\":\\\\\\\\\\\\\\\"\\\\\\\\\\\\\\\"}\\\\\\\",\\\\\\\"stream\\\\\\\":\\\\\\\"\\\\\\\"}\\\",\\\"stream\\\":\\\"\\\"}\",\"stream\":\"\"}\n" S "b", 1, "b", "b"),
        LINES("grep", "/var/log/kern.log:" S "a\n/var/log/kern.log:" S "b\n/var/log/error:" S "c", 3, "a", "c"),
        LINES("lines that continue a message, after grep's path", "f.txt:12:" S "a\nf.txt-13-                          b\nf.txt-14-" S "c\n--\nf.txt-90-                          Killed\nf.txt:91:" S "d", 3, "a\nb", "d"),
        LINES("grep in kernel's text alone", "/tmp/a-b.txt:Out of memory: x\n./c:12:Call Trace:", 2, "Out of memory: x", "Call Trace:"),
        LINES("grep in others", "x.json:{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"a\"}\nkmsg:6,1,2,-;b", 2, "a", "b"),
        LINES("another paste, after nothing", S "a\n\nKilled process 7 (x)\nb", 3, "a", "b"),
        LINES("after prose", S "a\nOf db-2:\nKilled process 7 (x)\n" S "b\nc", 3, "a", "b"),
        LINES("which begins with what only the kernel says", S "a\n\nit was killed\n", 1, "a", "a"),
        LINES("but not at once", S "a\nKilled process 7 (x)\n", 1, "a", "a"),
        LINES("nor in another speaker's message", S "a\nAug 25 14:06:20 h app: x\n\nKilled process 7 (x)\n    " S "c\n", 1, "a", "a"),
        LINES("another paste with another margin", S "a\nOf db-2:\n    [    1.000000] b\n    [    2.000000] c", 3, "a", "c"),
        LINES("a name of two lines in the kernel's text alone", "Killed process 7 (a\nb) total-vm:1kB, anon-rss:2kB, file-rss:0kB", 1, "Killed process 7 (a\nb) total-vm:1kB, anon-rss:2kB, file-rss:0kB", "Killed process 7 (a\nb) total-vm:1kB, anon-rss:2kB, file-rss:0kB"),
        LINES("all escapes of /dev/kmsg once one has shown them", S "a\\x5cb \\xc3\\xa9\n" S "anon 1\\x0afile 2\n" S "a\\x5cb \\xc3\\xa9", 3, "a\\x5cb \\xc3\\xa9", "a\\b \xc3\xa9"),
        LINES("escapes without a prefix once one has shown them", "a#033\nactive_anon:1 x:2#012 active_file:3\na#033", 3, "a#033", "a\x1b"),
        LINES("not once a name has", S "a\\x0ab\n" S "a\\x5cb", 2, "a\nb", "a\\x5cb"),
        LINES("escapes of a syslog daemon in JSON", "{\"message\":\"[    1.000000] a#012b\"}", 1, "a\nb", "a\nb"),
        LINES("a whole line is not continued by what only has a bracket", S "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB\n(see the ticket)\n" S "b", 2, "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", "b"),
        LINES("numbers of lines in a quote", "> 1: [    1.000000] Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB\n> 2: [    2.000000] b", 2, "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", "b"),
        LINES("numbers of lines are no years", "0001 " S "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB\n0002 " S "b", 2, "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", "b"),
        LINES("dmesg has no octal escapes", "[    1.000000] Killed process 7 (#012x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", 1, "Killed process 7 (#012x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", "Killed process 7 (#012x) total-vm:1kB, anon-rss:2kB, file-rss:0kB"),
        LINES("a log in one string", "[    1.000000] Out of memory: Kill process 7 (x) score 1 or sacrifice child\\n[    1.000001] Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB", 2, "Out of memory: Kill process 7 (x) score 1 or sacrifice child", "Killed process 7 (x) total-vm:1kB, anon-rss:2kB, file-rss:0kB"),
        LINES("padded lines that continue a message", S "anon 1      \n" "                          file 2      \n" S "b", 2, "anon 1\nfile 2", "b"),
        LINES("a word is no path", "error: " S "a", 0, "", ""),
};
/* clang-format on */

START_TEST(test_lines)
{
        for (size_t i = 0; i < COUNT(several); i++) {
                struct reading *reading = read_text(several[i].lines);

                ck_assert_msg(reading->count == several[i].count, "%s: %zu messages", several[i].name, reading->count);
                if (reading->count) {
                        assert_same(reading->messages[0].text, several[i].first);
                        assert_same(reading->messages[reading->count - 1].text, several[i].last);
                }
                reading_free(reading);
        }
}
END_TEST

struct path_case {
        const char *line, *path;
        int64_t path_line;
};

static const struct path_case paths[] = {
        { "/var/log/kern.log:" S "a", "/var/log/kern.log", LOG_UNKNOWN },
        { "kern.log-" S "a", "kern.log", LOG_UNKNOWN },
        { "kern.log:123:" S "a", "kern.log", 123 },
        { "kern.log-123-" S "a", "kern.log", 123 },
        { "messages-20260801:" S "a", "messages-20260801", LOG_UNKNOWN },
        { "messages-20260801-" S "a", "messages-20260801", LOG_UNKNOWN },
        { "messages-20260801-7-" S "a", "messages-20260801", 7 },
        { "messages-7-" S "a", "messages", 7 },
        { "123:" S "a", "", 123 },
        { "123-" S "a", "", 123 },
        { "(standard input):" S "a", "(standard input)", LOG_UNKNOWN },
        { "a:b:2026-08-25T14:06:20Z h kernel: a", "a:b", LOG_UNKNOWN },
        { S "a", "", LOG_UNKNOWN },
};

START_TEST(test_paths_in_front)
{
        for (size_t i = 0; i < COUNT(paths); i++) {
                struct reading *reading = read_text(text_from(paths[i].line));

                ck_assert_msg(reading->count == 1, "'%s'", paths[i].line);
                assert_same(reading->messages[0].text, TEXT("a"));
                assert_same(reading->messages[0].path, text_from(paths[i].path));
                ck_assert_msg(reading->messages[0].path_line == paths[i].path_line, "'%s'", paths[i].line);
                reading_free(reading);
        }
}
END_TEST

static void push(struct reading *reading, struct text line)
{
        log_reader_push(reading->reader, line, ++reading->line_number);
}

START_TEST(test_no_message_continues_across_skipped_lines)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        push(reading, TEXT("[    1.000000] a"));
        log_reader_skip(reading->reader);
        ck_assert_uint_eq(reading->count, 1);
        push(reading, TEXT("               Killed process 1 (init)"));
        push(reading, TEXT("                         even deeper"));
        push(reading, TEXT("[    2.000000] b"));
        push(reading, TEXT("               c"));
        log_reader_end(reading->reader);
        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[1].text, TEXT("b\nc"));
        ck_assert_uint_eq(reading->messages[1].line_number, 4);
        reading_free(reading);
}
END_TEST

START_TEST(test_boot_of_journalctl)
{
        struct reading *reading =
                read_text(TEXT("-- Boot c56c0bf4273b4284a175f502b3855546 --\n" S "a\n-- Reboot --\n" S "b"));

        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[0].boot_id, TEXT("c56c0bf4273b4284a175f502b3855546"));
        ck_assert_uint_eq(reading->messages[1].boot_id.length, 0);
        reading_free(reading);
}
END_TEST

/* ---- limits --------------------------------------------------------------------------------------------------------- */

START_TEST(test_longest_line)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char *line = malloc(LOG_READER_LINE_MAX + 1);
        size_t prefix = strlen(S);

        ck_assert_ptr_nonnull(line);
        memcpy(line, S, prefix);
        memset(line + prefix, 'x', LOG_READER_LINE_MAX + 1 - prefix);
        push(reading, (struct text){ line, LOG_READER_LINE_MAX });
        push(reading, (struct text){ line, LOG_READER_LINE_MAX + 1 });
        push(reading, TEXT(S "b"));
        log_reader_end(reading->reader);
        ck_assert_uint_eq(reading->count, 2);
        ck_assert_uint_eq(reading->messages[0].text.length, LOG_TEXT_MAX);
        ck_assert(reading->messages[0].is_truncated);
        assert_same(reading->messages[1].text, TEXT("b"));
        free(line);
        reading_free(reading);
}
END_TEST

START_TEST(test_longest_text)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char *line = malloc(LOG_TEXT_MAX + 64);
        size_t prefix = strlen(S);

        ck_assert_ptr_nonnull(line);
        memcpy(line, S, prefix);
        memset(line + prefix, 'x', LOG_TEXT_MAX + 1);
        push(reading, (struct text){ line, prefix + LOG_TEXT_MAX });
        push(reading, (struct text){ line, prefix + LOG_TEXT_MAX + 1 });
        push(reading, (struct text){ line, prefix + LOG_TEXT_MAX - 1 });
        push(reading, TEXT("                          ")); /* "\n" fills it */
        push(reading, (struct text){ line, prefix + LOG_TEXT_MAX });
        push(reading, TEXT("                          "));
        log_reader_end(reading->reader);
        ck_assert_uint_eq(reading->count, 4);
        for (size_t i = 0; i < 4; i++) {
                ck_assert_uint_eq(reading->messages[i].text.length, LOG_TEXT_MAX);
                ck_assert_int_eq(reading->messages[i].is_truncated, i % 2);
        }
        free(line);
        reading_free(reading);
}
END_TEST

START_TEST(test_longest_host)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char line[512] = "Aug 25 14:06:20 ";

        for (size_t length = LOG_HOST_MAX; length <= LOG_HOST_MAX + 1; length++) {
                memset(line + 16, 'h', length);
                memcpy(line + 16 + length, " kernel: a", 11);
                push(reading, text_from(line));
        }
        log_reader_end(reading->reader);
        ck_assert_uint_eq(reading->count, 2);
        ck_assert_uint_eq(reading->messages[0].host.length, LOG_HOST_MAX);
        ck_assert_uint_eq(reading->messages[1].host.length, LOG_HOST_MAX);
        assert_same(reading->messages[1].text, TEXT("a"));
        reading_free(reading);
}
END_TEST

START_TEST(test_longest_path)
{
        char *line = malloc(LOG_PATH_MAX + 64);

        ck_assert_ptr_nonnull(line);
        for (size_t length = LOG_PATH_MAX; length <= LOG_PATH_MAX + 1; length++) {
                struct reading *reading;

                memset(line, 'p', length);
                memcpy(line + length, ":" S "a", sizeof(":" S "a"));
                reading = read_text(text_from(line));
                ck_assert_uint_eq(reading->count, 1);
                ck_assert_uint_eq(reading->messages[0].path.length, length == LOG_PATH_MAX ? length : 0);
                reading_free(reading);
        }
        free(line);
}
END_TEST

START_TEST(test_most_tries_for_a_path)
{
        char line[512];

        for (size_t count = LOG_PATH_TRIES; count <= LOG_PATH_TRIES + 1; count++) {
                struct reading *reading;

                for (size_t i = 0; i < count; i++)
                        memcpy(line + 2 * i, "p-", 2);
                memcpy(line + 2 * count - 1, ":" S "a", sizeof(":" S "a"));
                reading = read_text(text_from(line));
                ck_assert_uint_eq(reading->count, 1);
                ck_assert_uint_eq(reading->messages[0].path.length, count == LOG_PATH_TRIES ? 2 * count - 1 : 0);
                reading_free(reading);
        }
}
END_TEST

START_TEST(test_partial_lines_are_bounded)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char *line = malloc(LOG_READER_LINE_MAX);
        static const char prefix[] = "2026-08-25T14:06:20Z stdout P ";

        ck_assert_ptr_nonnull(line);
        memset(line, 'x', LOG_READER_LINE_MAX);
        memcpy(line, prefix, sizeof(prefix) - 1);
        for (int i = 0; i < 3; i++)
                push(reading, (struct text){ line, LOG_READER_LINE_MAX });
        push(reading, TEXT("2026-08-25T14:06:20Z stdout F x"));
        push(reading, TEXT("2026-08-25T14:06:20Z stdout F [    1.000000] a"));
        log_reader_end(reading->reader);
        ck_assert_uint_eq(reading->count, 1);
        free(line);
        reading_free(reading);
}
END_TEST

static void push_minutes(struct reading *reading, int from, int until)
{
        for (int minute = from; minute != until; minute += until > from ? 1 : -1) {
                char line[64];

                push(reading, (struct text){ line, (size_t)sprintf(line, "Aug 25 14:%02d:20 h app[1]: a", minute) });
                push(reading, (struct text){ line, (size_t)sprintf(line, "Aug 25 14:%02d:20 h app[1]: b", minute) });
        }
}

START_TEST(test_whether_dates_go_forward)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        ck_assert(!log_reader_goes_forward(reading->reader));
        push_minutes(reading, 10, 20);
        ck_assert(!log_reader_goes_forward(reading->reader)); /* too few */
        push_minutes(reading, 20, 40);
        ck_assert(log_reader_goes_forward(reading->reader));
        push_minutes(reading, 39, 38); /* a line out of order */
        push_minutes(reading, 40, 45);
        ck_assert(log_reader_goes_forward(reading->reader));
        push_minutes(reading, 45, 40);
        ck_assert(!log_reader_goes_forward(reading->reader));
        push_minutes(reading, 40, 59);
        ck_assert(log_reader_goes_forward(reading->reader));
        push(reading, TEXT("no line of a log"));
        ck_assert(log_reader_goes_forward(reading->reader));
        reading_free(reading);
}
END_TEST

TEST_MAIN("log_reader", CASE(test_lines), CASE(test_paths_in_front),
          CASE(test_no_message_continues_across_skipped_lines), CASE(test_boot_of_journalctl), CASE(test_longest_line),
          CASE(test_longest_text), CASE(test_longest_host), CASE(test_longest_path), CASE(test_most_tries_for_a_path),
          CASE(test_partial_lines_are_bounded), CASE(test_whether_dates_go_forward))
