/* cli/scan/progress.h, on a real terminal's other end */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "scan/progress.h"

#define MIB    (1024 * 1024ULL)
#define SECOND 1000000LL
#define BEGUN  (7 * SECOND)

struct terminal {
        int master, slave;
};

static struct terminal terminal_open(unsigned short columns)
{
        struct winsize size = { .ws_row = 24, .ws_col = columns };
        struct terminal terminal = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK) };

        ck_assert_int_ge(terminal.master, 0);
        ck_assert_int_eq(grantpt(terminal.master), 0);
        ck_assert_int_eq(unlockpt(terminal.master), 0);
        terminal.slave = open(ptsname(terminal.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
        ck_assert_int_ge(terminal.slave, 0);
        ck_assert_int_eq(ioctl(terminal.master, TIOCSWINSZ, &size), 0);
        return terminal;
}

static void terminal_close(const struct terminal *terminal)
{
        ck_assert_int_eq(close(terminal->slave), 0);
        ck_assert_int_eq(close(terminal->master), 0);
}

/* What was written since the last call. */
static void expect_shown(const struct terminal *terminal, const char *expected)
{
        char shown[256];
        ssize_t length = read(terminal->master, shown, sizeof(shown) - 1);

        shown[length > 0 ? length : 0] = '\0';
        ck_assert_str_eq(shown, expected);
}

static void expect_line(struct progress *progress, int64_t after_usec, const char *expected)
{
        char line[PROGRESS_LINE_MAX];

        ck_assert_int_eq(progress_line(progress, BEGUN + after_usec, line), (int)strlen(line));
        ck_assert_str_eq(line, expected);
}

START_TEST(test_the_words)
{
        struct progress progress;

        progress_begin(&progress, -1, 100 * MIB, 3, BEGUN);
        expect_line(&progress, 0, "0 of 100.0 MiB, 0 of 3 logs");
        progress_add(&progress, 10 * MIB, 1);
        expect_line(&progress, 2 * SECOND, "10.0 MiB of 100.0 MiB, 1 of 3 logs, 5.0 MiB/s, 0:18 left");
        expect_line(&progress, 1000 * SECOND, "10.0 MiB of 100.0 MiB, 1 of 3 logs, 10 KiB/s, 2:30:00 left");
        expect_line(&progress, 100000 * SECOND, "10.0 MiB of 100.0 MiB, 1 of 3 logs, 1 KiB/s");
        /* grown since it was looked at */
        progress_add(&progress, 110 * MIB, 2);
        expect_line(&progress, 2 * SECOND, "120.0 MiB, 3 of 3 logs, 60.0 MiB/s");
        /* a pipe */
        progress_begin(&progress, -1, 0, 1, BEGUN);
        progress_add(&progress, MIB, 0);
        expect_line(&progress, SECOND, "1.0 MiB, 0 of 1 log, 1.0 MiB/s");
        /* the longest has room */
        progress_begin(&progress, -1, UINT64_MAX, UINT64_MAX, BEGUN);
        progress_add(&progress, UINT64_MAX - 1, UINT64_MAX - 1);
        {
                char line[PROGRESS_LINE_MAX];

                ck_assert_int_lt(progress_line(&progress, INT64_MAX, line), PROGRESS_LINE_MAX);
        }
}
END_TEST

START_TEST(test_a_line_is_shown_after_a_second_and_five_times_in_one)
{
        struct terminal terminal = terminal_open(80);
        struct progress progress;

        progress_begin(&progress, terminal.slave, 4 * MIB, 1, BEGUN);
        progress_add(&progress, MIB, 0);
        progress_show(&progress, BEGUN);
        progress_show(&progress, BEGUN + PROGRESS_AFTER_USEC - 1);
        expect_shown(&terminal, "");
        progress_show(&progress, BEGUN + PROGRESS_AFTER_USEC);
        expect_shown(&terminal, "\r\x1b[K1.0 MiB of 4.0 MiB, 0 of 1 log, 1.0 MiB/s, 0:03 left");
        progress_show(&progress, BEGUN + PROGRESS_AFTER_USEC + PROGRESS_INTERVAL_USEC - 1);
        expect_shown(&terminal, "");
        progress_add(&progress, MIB, 0);
        progress_show(&progress, BEGUN + 2 * SECOND);
        expect_shown(&terminal, "\r\x1b[K2.0 MiB of 4.0 MiB, 0 of 1 log, 1.0 MiB/s, 0:02 left");
        progress_clear(&progress);
        expect_shown(&terminal, "\r\x1b[K");
        progress_clear(&progress);
        expect_shown(&terminal, "");
        terminal_close(&terminal);
}
END_TEST

START_TEST(test_a_line_is_no_wider_than_the_terminal)
{
        struct terminal terminal = terminal_open(20);
        struct progress progress;

        progress_begin(&progress, terminal.slave, 4 * MIB, 1, BEGUN);
        progress_add(&progress, MIB, 0);
        progress_show(&progress, BEGUN + SECOND);
        expect_shown(&terminal, "\r\x1b[K1.0 MiB of 4.0 MiB,");
        terminal_close(&terminal);
}
END_TEST

START_TEST(test_nothing_is_shown_to_a_pipe)
{
        struct progress progress;
        int ends[2];
        char byte;

        ck_assert_int_eq(pipe(ends), 0);
        progress_begin(&progress, ends[1], 4 * MIB, 1, BEGUN);
        progress_show(&progress, BEGUN + 10 * SECOND);
        progress_clear(&progress);
        ck_assert_int_eq(close(ends[1]), 0);
        ck_assert_int_eq(read(ends[0], &byte, 1), 0);
        ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

TEST_MAIN("progress", CASE(test_the_words), CASE(test_a_line_is_shown_after_a_second_and_five_times_in_one),
          CASE(test_a_line_is_no_wider_than_the_terminal), CASE(test_nothing_is_shown_to_a_pipe))
