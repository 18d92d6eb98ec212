/* daemon/common/log.h: what arrives on standard error, byte for byte. */

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "common/log.h"
#include "harness.h"
#include "util/cleanup.h"

#define CAPTURE_MAX (64 * 1024)

/* Standard error is a pipe while a test logs, so that each write can be read by itself. */
struct capture {
        int saved_fd;
        int read_fd;
};

static struct capture capture_begin(void)
{
        struct capture capture;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_DIRECT), 0); /* O_DIRECT: a read returns one write */
        capture.saved_fd = dup(STDERR_FILENO);
        ck_assert_int_ge(capture.saved_fd, 0);
        ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
        (void)close(fds[1]);
        capture.read_fd = fds[0];
        return capture;
}

/* The bytes of the next write, terminated. "" when there is none. */
static size_t capture_next(struct capture capture, char buffer[static CAPTURE_MAX])
{
        ssize_t count;

        ck_assert_int_eq(fcntl(capture.read_fd, F_SETFL, O_NONBLOCK | O_DIRECT), 0);
        count = read(capture.read_fd, buffer, CAPTURE_MAX - 1);
        if (count < 0) {
                ck_assert_int_eq(errno, EAGAIN);
                count = 0;
        }
        buffer[count] = '\0';
        return (size_t)count;
}

static void capture_end(struct capture capture)
{
        (void)dup2(capture.saved_fd, STDERR_FILENO);
        (void)close(capture.saved_fd);
        (void)close(capture.read_fd);
}

START_TEST(test_what_is_not_text_is_escaped)
{
        static const struct {
                const char *message, *line;
        } cases[] = {
                { "plain", "t: plain\n" },
                { "", "t: \n" },
                { "two\nlines\r", "t: two\\x0alines\\x0d\n" },
                { "\033[2J\a\t\177", "t: \\x1b[2J\\x07\\x09\\x7f\n" },
                { "caf\303\251 \346\227\245", "t: caf\303\251 \346\227\245\n" },
                { "\360\237\222\251", "t: \360\237\222\251\n" },
                { "\302\233m \302\240", "t: \\xc2\\x9bm \302\240\n" },   /* CSI as a C1 control; a no-break space */
                { "\377 \300\200 \303", "t: \\xff \\xc0\\x80 \\xc3\n" }, /* never valid; overlong; cut */
                { "\355\240\200 \340\200\257", "t: \\xed\\xa0\\x80 \\xe0\\x80\\xaf\n" }, /* a surrogate; overlong */
                { "\364\220\200\200", "t: \\xf4\\x90\\x80\\x80\n" },                     /* past U+10FFFF */
                { "<0>panic \\x1b", "t: <0>panic \\x1b\n" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct capture capture = capture_begin();
                char line[CAPTURE_MAX];

                log_init("t", LOG_INFO);
                log_info("%s", cases[i].message);
                (void)capture_next(capture, line);
                capture_end(capture);
                ck_assert_str_eq(line, cases[i].line);
        }
}
END_TEST

START_TEST(test_a_priority_above_the_level_is_not_printed)
{
        struct capture capture = capture_begin();
        char line[CAPTURE_MAX], none[CAPTURE_MAX];

        log_init("t", LOG_WARNING);
        log_notice("no");
        log_warning("yes");
        (void)capture_next(capture, line);
        (void)capture_next(capture, none);
        capture_end(capture);
        ck_assert_str_eq(line, "t: yes\n");
        ck_assert_str_eq(none, "");
}
END_TEST

START_TEST(test_a_line_has_a_limit)
{
        static const size_t prefix = sizeof("t: ") - 1;
        char message[2 * LOG_LINE_MAX], line[CAPTURE_MAX];

        for (size_t over = 0; over <= 1; over++) {
                /* The longest message that is printed whole, and one byte more. */
                size_t length = LOG_LINE_MAX - 1 - 3 - prefix + over;
                struct capture capture = capture_begin();

                memset(message, 'a', length);
                message[length] = '\0';
                log_init("t", LOG_INFO);
                log_info("%s", message);
                length = capture_next(capture, line);
                capture_end(capture);
                ck_assert_uint_eq(length, over ? LOG_LINE_MAX : LOG_LINE_MAX - 3);
                ck_assert_str_eq(line + length - 4, over ? "...\n" : "aaa\n");
        }
        for (size_t i = 0; i < 2; i++) {
                struct capture capture = capture_begin();
                size_t length;

                /* Escapes count by what is printed; a character is never cut in the middle. */
                memset(message, i ? '\n' : 'a', sizeof(message) - 1);
                message[sizeof(message) - 1] = '\0';
                log_init("t", LOG_INFO);
                log_info("%s", message);
                length = capture_next(capture, line);
                capture_end(capture);
                ck_assert_uint_le(length, LOG_LINE_MAX);
                ck_assert_uint_gt(length, LOG_LINE_MAX - 8);
                ck_assert_str_eq(line + length - 7, i ? "x0a...\n" : "aaa...\n");
        }
}
END_TEST

START_TEST(test_the_journal_gets_priorities)
{
        static const char *const others[] = { "", "8:", "x:1", "1:2", "99999999999999999999:1" };
        struct capture capture = capture_begin();
        char line[CAPTURE_MAX], stream[64];
        struct stat status;

        ck_assert_int_eq(fstat(STDERR_FILENO, &status), 0);
        (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
        ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
        log_init("t", LOG_INFO);
        log_error("bad");
        (void)capture_next(capture, line);
        ck_assert_str_eq(line, "<3>bad\n");
        for (size_t i = 0; i < COUNT(others); i++) {
                /* Not this stream: standard error was redirected, or the variable is another program's. */
                ck_assert_int_eq(setenv("JOURNAL_STREAM", others[i], 1), 0);
                log_init("t", LOG_INFO);
                log_error("bad");
                (void)capture_next(capture, line);
                ck_assert_str_eq(line, "t: bad\n");
        }
        (void)unsetenv("JOURNAL_STREAM");
        capture_end(capture);
}
END_TEST

START_TEST(test_errno_is_left_alone)
{
        struct capture capture = capture_begin();

        log_init("t", LOG_INFO);
        errno = ENOSPC;
        log_info("%s", "anything");
        ck_assert_int_eq(errno, ENOSPC);
        (void)close(STDERR_FILENO);
        log_info("nobody there");
        ck_assert_int_eq(errno, ENOSPC);
        capture_end(capture);
}
END_TEST

#define THREADS 4
#define LINES   200

static void *log_many(void *argument)
{
        const char letter = *(const char *)argument;

        for (int i = 0; i < LINES; i++)
                log_info("%c%c%c%c%c%c%c%c", letter, letter, letter, letter, letter, letter, letter, letter);
        return NULL;
}

START_TEST(test_lines_of_threads_do_not_mix)
{
        static char letters[THREADS] = { 'a', 'b', 'c', 'd' };
        _cleanup_(closep) int fd = -1;
        char line[64];
        int saved_fd = dup(STDERR_FILENO), count = 0;
        pthread_t threads[THREADS];
        FILE *file;

        fd = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
        log_init("t", LOG_INFO);
        for (int i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, log_many, &letters[i]), 0);
        for (int i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        (void)dup2(saved_fd, STDERR_FILENO);
        (void)close(saved_fd);
        file = fopen("log", "re");
        ck_assert_ptr_nonnull(file);
        while (fgets(line, sizeof(line), file)) {
                ck_assert_uint_eq(strlen(line), 12);
                ck_assert(memcmp(line, "t: ", 3) == 0);
                ck_assert_uint_eq(strspn(line + 3, (char[]){ line[3], '\0' }), 8);
                count++;
        }
        (void)fclose(file);
        ck_assert_int_eq(count, THREADS * LINES);
}
END_TEST

/* Makes fd standard error. Returns what the end of the test gives back. */
static int replace_stderr(int fd)
{
        int saved_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

        ck_assert_int_ge(saved_fd, 0);
        ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        ck_assert_int_eq(close(fd), 0);
        log_init("t", LOG_INFO);
        return saved_fd;
}

static void give_back_stderr(int saved_fd)
{
        ck_assert_int_eq(dup2(saved_fd, STDERR_FILENO), STDERR_FILENO);
        ck_assert_int_eq(close(saved_fd), 0);
}

/* Logs more than any pipe, socket or terminal holds. A call that waits never returns: nobody reads meanwhile. */
#define N_FLOOD 2000

static void flood(void)
{
        char message[1024];

        memset(message, 'x', sizeof(message) - 1);
        message[sizeof(message) - 1] = '\0';
        for (unsigned i = 0; i < N_FLOOD; i++)
                log_info("%s", message);
}

/* Reads what there is, whole lines all of it. Returns how many; last is the last. */
static unsigned count_lines(int fd, char last[static CAPTURE_MAX])
{
        _cleanup_(freep) char *data = malloc(N_FLOOD * 1100);
        size_t length = 0, start = 0;
        unsigned count = 0;
        ssize_t n;

        ck_assert_ptr_nonnull(data);
        ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        while ((n = read(fd, data + length, N_FLOOD * 1100 - length)) > 0)
                length += (size_t)n;
        last[0] = '\0';
        for (size_t i = 0; i < length; i++) {
                if (data[i] != '\n')
                        continue;
                ck_assert(memcmp(data + start, "t: ", 3) == 0);
                (void)snprintf(last, CAPTURE_MAX, "%.*s", (int)(i - start), data + start);
                start = i + 1;
                count++;
        }
        ck_assert_uint_eq(start, length);
        return count;
}

/* What was dropped is said once, before the next line. */
static void expect_dropped(int reader)
{
        char line[CAPTURE_MAX], expected[128];
        unsigned count = count_lines(reader, line);

        ck_assert_uint_gt(count, 0);
        ck_assert_uint_lt(count, N_FLOOD);
        log_report_dropped();
        log_report_dropped();
        ck_assert_uint_eq(count_lines(reader, line), 1);
        (void)snprintf(expected, sizeof(expected), "t: %u lines dropped: standard error took none", N_FLOOD - count);
        ck_assert_str_eq(line, expected);
        log_info("again");
        ck_assert_uint_eq(count_lines(reader, line), 1);
        ck_assert_str_eq(line, "t: again");
}

static void flood_pipe(void)
{
        int fds[2], saved_fd;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        saved_fd = replace_stderr(fds[1]);
        flood();
        ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0); /* others write there too */
        expect_dropped(fds[0]);
        give_back_stderr(saved_fd);
        ck_assert_int_eq(close(fds[0]), 0);
}

START_TEST(test_a_full_pipe_is_not_waited_for)
{
        flood_pipe();
}
END_TEST

START_TEST(test_nor_is_one_that_can_not_be_opened_again)
{
        struct rlimit before, none;
        int fds[2], saved_fd;
        char line[CAPTURE_MAX];

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        saved_fd = replace_stderr(fds[1]);
        none = (struct rlimit){ 3, before.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        flood();
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        ck_assert_uint_gt(count_lines(fds[0], line), 0);
        give_back_stderr(saved_fd);
        ck_assert_int_eq(close(fds[0]), 0);
}
END_TEST

START_TEST(test_a_full_socket_is_not_waited_for)
{
        static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

        for (size_t i = 0; i < COUNT(types); i++) {
                int fds[2], saved_fd;

                ck_assert_int_eq(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, fds), 0);
                saved_fd = replace_stderr(fds[1]);
                flood();
                expect_dropped(fds[0]);
                give_back_stderr(saved_fd);
                ck_assert_int_eq(close(fds[0]), 0);
        }
}
END_TEST

/* Reads what comes out of a terminal until nothing has come for a moment: what was written to it comes later. */
static void read_terminal(int master, char data[static CAPTURE_MAX])
{
        struct pollfd readable = { .fd = master, .events = POLLIN };
        size_t length = 0;

        while (poll(&readable, 1, 100) > 0) {
                ssize_t n;

                if (length > CAPTURE_MAX / 2)
                        length = 0; /* the beginning of a flood is of no interest */
                n = read(master, data + length, CAPTURE_MAX - 1 - length);
                length += n > 0 ? (size_t)n : 0;
        }
        data[length] = '\0';
}

/* The next message says how many were dropped before. Where it has found the terminal full all the same, there is a next one. */
static void expect_again(int master)
{
        char data[CAPTURE_MAX];

        do {
                read_terminal(master, data);
                log_info("again");
                read_terminal(master, data);
                if (strstr(data, " lines dropped: standard error took none\r\nt: again\r\n"))
                        return;
                flood();
        } while (true); /* else the case runs out of time */
}

/* One that is stopped with Ctrl-S, and one whose window hangs. */
START_TEST(test_a_stopped_terminal_is_not_waited_for)
{
        for (int is_stopped = 0; is_stopped <= 1; is_stopped++) {
                int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd, saved_fd;

                if (master < 0)
                        SKIP("no pseudoterminal can be made");
                ck_assert_int_eq(grantpt(master), 0);
                ck_assert_int_eq(unlockpt(master), 0);
                fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
                ck_assert_int_ge(fd, 0);
                saved_fd = replace_stderr(fd);
                if (is_stopped)
                        ck_assert_int_eq(tcflow(STDERR_FILENO, TCOOFF), 0);
                flood();
                if (is_stopped)
                        ck_assert_int_eq(tcflow(STDERR_FILENO, TCOON), 0);
                ck_assert_int_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
                expect_again(master);
                give_back_stderr(saved_fd);
                ck_assert_int_eq(close(master), 0);
        }
}
END_TEST

START_TEST(test_libevent_logs_here)
{
        struct capture capture = capture_begin();
        char line[CAPTURE_MAX];

        log_init("t", LOG_INFO);
        log_bridge_libevent();
        event_base_free(NULL); /* libevent warns: "no base to free" */
        (void)capture_next(capture, line);
        capture_end(capture);
        ck_assert_ptr_nonnull(strstr(line, "t: libevent: "));
}
END_TEST

TEST_MAIN("log", CASE(test_what_is_not_text_is_escaped), CASE(test_a_priority_above_the_level_is_not_printed),
          CASE(test_a_line_has_a_limit), CASE(test_the_journal_gets_priorities), CASE(test_errno_is_left_alone),
          CASE(test_lines_of_threads_do_not_mix), CASE(test_a_full_pipe_is_not_waited_for),
          CASE(test_nor_is_one_that_can_not_be_opened_again), CASE(test_a_full_socket_is_not_waited_for),
          CASE(test_a_stopped_terminal_is_not_waited_for), CASE(test_libevent_logs_here))
