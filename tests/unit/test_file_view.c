/* cli/search/file_view.h: a file that is cut while it is looked at is zeros from there on, and any other SIGBUS ends the process. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "host/thread.h"
#include "search/file_view.h"
#include "sigbus_fixture.h"

#define SIZE ((size_t)256 * 1024)

/* Of 'x'. */
static int make_file(const char *name)
{
        char *bytes = malloc(SIZE);
        int fd;

        ck_assert_ptr_nonnull(bytes);
        memset(bytes, 'x', SIZE);
        scratch_write(name, bytes, SIZE);
        free(bytes);
        fd = open(name, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        return fd;
}

static size_t count_x(const char *bytes, size_t length)
{
        size_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += bytes[i] == 'x';
        return count;
}

START_TEST(test_the_bytes_of_a_file)
{
        struct file_view *view = file_view_new();
        int fd = make_file("log");
        const char *bytes = file_view_open(view, fd, 0, SIZE);

        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq(count_x(bytes, SIZE), SIZE);
        ck_assert_int_eq(file_view_close(view), 0);
        bytes = file_view_open(view, fd, SIZE - FILE_VIEW_PAGE, 100);
        ck_assert_uint_eq(count_x(bytes, 100), 100);
        ck_assert_int_eq(file_view_close(view), 0);
        ck_assert_ptr_null(file_view_open(view, fd, 100, 100));
        ck_assert_ptr_null(file_view_open(view, fd, 0, FILE_VIEW_BYTES + 1));
        ck_assert_int_eq(close(fd), 0);
        file_view_free(view);
}
END_TEST

START_TEST(test_what_is_no_file)
{
        struct file_view *view = file_view_new();
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_ptr_null(file_view_open(view, fds[0], 0, FILE_VIEW_PAGE));
        ck_assert_ptr_null(file_view_open(view, -1, 0, FILE_VIEW_PAGE));
        ck_assert_int_eq(close(fds[0]), 0);
        ck_assert_int_eq(close(fds[1]), 0);
        file_view_free(view);
}
END_TEST

static void look_at_a_cut_file(struct file_view *view)
{
        int fd = make_file("cut");
        const char *bytes = file_view_open(view, fd, 0, SIZE);

        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq(count_x(bytes, 10), 10);
        ck_assert_int_eq(ftruncate(fd, 100000), 0);
        errno = 0;
        ck_assert_uint_eq(count_x(bytes, SIZE), 100000);
        ck_assert_int_eq(errno, 0);
        ck_assert_int_eq(file_view_close(view), -EIO);
        /* What is left of it can be looked at, */
        bytes = file_view_open(view, fd, 0, 100000);
        ck_assert_uint_eq(count_x(bytes, 100000), 100000);
        ck_assert_int_eq(file_view_close(view), 0);
        /* and what it had before is gone already when it is mapped. */
        bytes = file_view_open(view, fd, 0, SIZE);
        ck_assert_uint_eq(count_x(bytes, SIZE), 100000);
        ck_assert_int_eq(file_view_close(view), -EIO);
        ck_assert_int_eq(close(fd), 0);
}

START_TEST(test_a_file_that_is_cut)
{
        struct file_view *view = file_view_new();

        if (!is_sigbus_handled())
                SKIP(SIGBUS_UNKNOWN);
        look_at_a_cut_file(view);
        look_at_a_cut_file(view);
        file_view_release(view);
        look_at_a_cut_file(view);
        file_view_free(view);
}
END_TEST

static void *thread_main(void *userdata)
{
        struct file_view *view = file_view_new();

        (void)userdata;
        look_at_a_cut_file(view);
        file_view_free(view);
        return NULL;
}

/* It blocks all signals; the kernel kills a process by a SIGBUS that is blocked. */
START_TEST(test_a_file_that_is_cut_in_a_thread)
{
        pthread_t thread;

        if (!is_sigbus_handled())
                SKIP(SIGBUS_UNKNOWN);
        ck_assert_int_eq(thread_start(thread_main, NULL, THREAD_STACK_DEFAULT, &thread), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void touch_other_mapping(void)
{
        int fd = make_file("other");
        const volatile char *bytes = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

        if (bytes == MAP_FAILED || ftruncate(fd, 0) < 0)
                _exit(1);
        _exit(bytes[SIZE - 1] ? 2 : 3);
}

static void send_signal(void)
{
        (void)kill(getpid(), SIGBUS);
        _exit(4);
}

/* With a file open for the view, another one that was closed, and none. */
START_TEST(test_any_other_sigbus_ends_the_process)
{
        static void (*const causes[])(void) = { touch_other_mapping, send_signal };

        for (size_t i = 0; i < 3 * COUNT(causes); i++) {
                pid_t pid = fork();
                int status;

                ck_assert_int_ge(pid, 0);
                if (pid == 0) {
                        struct file_view *view = file_view_new();
                        int fd = make_file("log");

                        if (i % 3 < 2 && (!file_view_open(view, fd, 0, SIZE) || (i % 3 && file_view_close(view) < 0)))
                                _exit(5);
                        causes[i / 3]();
                }
                ck_assert_int_eq(waitpid(pid, &status, 0), pid);
                ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "case %zu: status %d", i, status);
        }
}
END_TEST

TEST_MAIN("file_view", CASE(test_the_bytes_of_a_file), CASE(test_what_is_no_file), CASE(test_a_file_that_is_cut),
          CASE(test_a_file_that_is_cut_in_a_thread), CASE(test_any_other_sigbus_ends_the_process))
