/* daemon/common/log.h: what arrives on standard error, byte for byte. */

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
          CASE(test_lines_of_threads_do_not_mix), CASE(test_libevent_logs_here))
