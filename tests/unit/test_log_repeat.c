/* lib/logfile/reader_repeat.c: a line that begins as the last one did is read as it would be after any other line. */

#include <stdio.h>

#include "harness.h"
#include "log_reading.h"

static void push_joined(struct reading *reading, const char *begin, const char *text)
{
        char line[512];
        int length = snprintf(line, sizeof(line), "%s%s", begin, text);

        log_reader_push(reading->reader, (struct text){ line, (size_t)length }, ++reading->line_number);
}

/* The last message of a line with that text, after one that begins in the same way, or else so. */
static struct reading *read_after(const char *begin_before, const char *begin, const char *text)
{
        struct reading *reading = reading_new(TEST_MODIFIED_USEC, NULL);

        push_joined(reading, begin_before, "[    1.000000] x");
        push_joined(reading, begin, text);
        log_reader_end(reading->reader);
        return reading;
}

static void compare(const struct reading *repeated, const struct reading *first, const char *text)
{
        ck_assert_msg(repeated->count == first->count, "'%s': %zu and %zu messages", text, repeated->count,
                      first->count);
        const struct log_message *a = &repeated->messages[repeated->count - 1];
        const struct log_message *b = &first->messages[first->count - 1];

        ck_assert_uint_ge(first->count, 1);
        assert_same(a->text, b->text);
        if (first->count == 1)
                return; /* the line is another speaker's, or goes on the first one, which has other times */
        assert_same(a->host, b->host);
        assert_same(a->caller, b->caller);
        ck_assert_int_eq(a->form, b->form);
        ck_assert_int_eq(a->level, b->level);
        ck_assert_int_eq(a->mono_usec, b->mono_usec);
        ck_assert_int_eq(a->time.usec, b->time.usec);
        ck_assert_uint_eq(a->line_number, b->line_number);
        ck_assert_uint_eq(a->line_length, b->line_length);
        ck_assert_uint_eq(a->is_truncated, b->is_truncated);
}

START_TEST(test_a_repeated_beginning_changes_nothing)
{
        static const struct {
                const char *begin, *other; /* of the same form, a second before */
        } begins[] = {
                { "Nov 20 14:06:20 node7 kernel: ", "Nov 20 14:06:19 node7 kernel: " },
                { "Nov  2 04:06:20 n kernel: ", "Nov  2 04:06:19 n kernel: " },
                { "<4>Nov 20 14:06:20 node7 kernel: ", "<4>Nov 20 14:06:19 node7 kernel: " },
                { "Fri 2026-11-20 14:06:20 UTC node7 kernel: ", "Fri 2026-11-20 14:06:19 UTC node7 kernel: " },
        };
        static const char *const texts[] = {
                "[    2.000000] Mem-Info:",
                "[    1.000000]  active_file:3 inactive_file:4 isolated_file:0",
                "[    2.000000][  T12] Mem-Info:",
                "Mem-Info:",
                "",
                " ",
                "  two blanks",
                "<6>[    2.000000] with a priority",
                "<30>of a daemon",
                "[    2.000000] a=41 quoted=20printable",
                "[    2.000000] ends with =",
                "[    2.000000] ends with a return\r",
                "[    2.000000] a\\x0ab#012c",
                "[    2.000000] <b>bold</b> &lt;tag&gt; \x1b[31mred\x1b[0m",
                "[    2.000000] {\"message\":\"kernel: x\"}",
                "kernel: [    2.000000] twice",
                "Nov 20 14:06:20 node8 kernel: [    2.000000] relayed",
                "[    2.000000] Out of memory: Killed process 77 (a=20b) total-vm:1kB, anon-rss:2kB",
                "[    2.000000] <b>Out of memory: Killed process 77 (a) total-vm:9kB, anon-rss:8kB, file-rss:0kB</b>",
                "[2.0] no stamp",
        };

        for (size_t i = 0; i < COUNT(begins); i++)
                for (size_t j = 0; j < COUNT(texts); j++) {
                        struct reading *repeated = read_after(begins[i].begin, begins[i].begin, texts[j]);
                        struct reading *first = read_after(begins[i].other, begins[i].begin, texts[j]);

                        /* The same moment and stamp make two lines one message; another second doesn't. */
                        if (repeated->count == first->count || !strstr(texts[j], "[    1.000000]"))
                                compare(repeated, first, texts[j]);
                        reading_free(first);
                        reading_free(repeated);
                }
}
END_TEST

/* While another reader has the lines, they are its own. */
START_TEST(test_what_is_open_goes_on)
{
        struct reading *reading = read_text(TEXT("Nov 20 14:06:20 n kernel: [    1.000000] a\n"
                                                 "{\"MESSAGE\": \"[    2.000000] b\",\n"
                                                 "\"x\": \"\n"
                                                 "Nov 20 14:06:20 n kernel: [    3.000000] c\n"));

        ck_assert_uint_ge(reading->count, 1);
        assert_same(reading->messages[0].text, TEXT("a"));
        reading_free(reading);
}
END_TEST

TEST_MAIN("log_repeat", CASE(test_a_repeated_beginning_changes_nothing), CASE(test_what_is_open_goes_on))
