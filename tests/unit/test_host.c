/* lib/host: clock.h, file.h, machine.h, temporary.h, thread.h */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/machine.h"
#include "host/temporary.h"
#include "host/thread.h"

START_TEST(test_clocks_go_on_in_microseconds)
{
        int64_t mono_usec = clock_monotonic_usec(), boot_usec = clock_boottime_usec();
        struct timespec deadline = clock_deadline(CLOCK_MONOTONIC, 2500 * INT64_C(1000));
        int64_t deadline_usec = deadline.tv_sec * USEC_PER_SEC + deadline.tv_nsec / 1000;

        ck_assert_int_gt(clock_realtime_usec(), INT64_C(1500000000000000)); /* 2017 */
        ck_assert_int_gt(mono_usec, 0);
        ck_assert_int_ge(boot_usec, mono_usec);
        ck_assert_int_ge(deadline_usec, mono_usec + 2500000);
        ck_assert_int_le(deadline_usec, clock_monotonic_usec() + 2500000);
        ck_assert_int_lt(deadline.tv_nsec, 1000000000);
}
END_TEST

/* What a pipe holds: less than is written at once. */
#define LENGTH (256 * 1024)

static char sent[LENGTH], received[LENGTH + 1];

static void *write_main(void *userdata)
{
        sigset_t blocked;

        ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
        ck_assert(sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGINT));
        ck_assert_int_eq(file_write_all(*(int *)userdata, sent, LENGTH), 0);
        ck_assert_int_eq(close(*(int *)userdata), 0);
        return NULL;
}

START_TEST(test_all_goes_through_a_pipe)
{
        static const size_t stacks[] = { THREAD_STACK_SMALL_BYTES, THREAD_STACK_DEFAULT };

        for (size_t i = 0; i < LENGTH; i++)
                sent[i] = (char)(i * 7 / 5);
        for (size_t i = 0; i < 2; i++) {
                pthread_t thread;
                sigset_t blocked;
                int fds[2];

                ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
                ck_assert_int_eq(thread_start(write_main, &fds[1], stacks[i], &thread), 0);
                ck_assert_int_eq(file_read_all(fds[0], received, LENGTH + 1), LENGTH);
                ck_assert_int_eq(memcmp(sent, received, LENGTH), 0);
                ck_assert_int_eq(pthread_join(thread, NULL), 0);
                ck_assert_int_eq(close(fds[0]), 0);
                ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
                ck_assert(!sigismember(&blocked, SIGTERM));
        }
}
END_TEST

static atomic_uint n_alarms;

static void on_alarm(int number)
{
        (void)number;
        n_alarms++;
}

/* Reads only when the pipe is full and its writer was interrupted: once after a part of its data, once before any. */
static void *read_main(void *userdata)
{
        int fd = *(int *)userdata, available = 0, capacity = fcntl(fd, F_GETPIPE_SZ);
        unsigned n_alarms_before;

        while (available < capacity)
                ck_assert_int_eq(ioctl(fd, FIONREAD, &available), 0);
        n_alarms_before = n_alarms;
        while (n_alarms - n_alarms_before < 3)
                (void)usleep(1000);
        ck_assert_int_eq(file_read_all(fd, received, LENGTH), LENGTH);
        return NULL;
}

START_TEST(test_interrupted_write_goes_on_where_it_stopped)
{
        const struct sigaction action = { .sa_handler = on_alarm };
        const struct itimerval interval = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
        pthread_t thread;
        int fds[2];

        for (size_t i = 0; i < LENGTH; i++)
                sent[i] = (char)(i * 7 / 5);
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
        ck_assert_int_eq(thread_start(read_main, &fds[0], THREAD_STACK_DEFAULT, &thread), 0);
        ck_assert_int_eq(setitimer(ITIMER_REAL, &interval, NULL), 0);
        ck_assert_int_eq(file_write_all(fds[1], sent, LENGTH), 0);
        ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(memcmp(sent, received, LENGTH), 0);
        ck_assert_int_eq(close(fds[0]), 0);
        ck_assert_int_eq(close(fds[1]), 0);
}
END_TEST

START_TEST(test_read_and_write_at_an_offset)
{
        char buffer[8];
        int fd = temporary_open();

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(file_write_all_at(fd, "world", 5, 6), 0);
        ck_assert_int_eq(file_write_all_at(fd, "hello ", 6, 0), 0);
        ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
        ck_assert_int_eq(file_read_all_at(fd, buffer, sizeof(buffer), 4), 7);
        ck_assert_int_eq(memcmp(buffer, "o world", 7), 0);
        ck_assert_int_eq(file_read_all_at(fd, buffer, sizeof(buffer), 11), 0);
        ck_assert_int_eq(close(fd), 0);
}
END_TEST

/* A limit in the middle of the data: the first pwrite(2) is short, the second fails. */
START_TEST(test_short_write_goes_on_where_it_stopped)
{
        const struct rlimit limit = { 4096, RLIM_INFINITY };
        int fd = temporary_open();

        ck_assert_int_ge(fd, 0);
        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        ck_assert_int_eq(file_write_all_at(fd, sent, 6000, 0), -EFBIG);
        ck_assert_int_eq(file_write_all(fd, sent, 6000), -EFBIG);
        ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(test_errors_are_negative_errnos)
{
        char byte = 'x';
        int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        ck_assert_int_eq(file_write_all(full, &byte, 1), -ENOSPC);
        ck_assert_int_eq(file_read_all(directory, &byte, 1), -EISDIR);
        ck_assert_int_eq(file_read_all_at(directory, &byte, 1, 0), -EISDIR);
        ck_assert_int_eq(file_write_all_at(directory, &byte, 1, 0), -EBADF);
        ck_assert_int_eq(close(full), 0);
        ck_assert_int_eq(close(directory), 0);
}
END_TEST

/* In $TMPDIR, in /tmp, or in memory where the directory takes none; never with a name. */
START_TEST(test_temporary_files_have_no_name)
{
        static const char *const directories[] = { NULL, "", "/tmp", "/proc", "/nonexistent" };

        for (size_t i = 0; i < COUNT(directories); i++) {
                FILE *stream = NULL;
                struct stat status;
                int fd;

                ck_assert_int_eq(directories[i] ? setenv("TMPDIR", directories[i], 1) : unsetenv("TMPDIR"), 0);
                fd = temporary_open();
                ck_assert_int_ge(fd, 0);
                ck_assert_int_eq(fstat(fd, &status), 0);
                ck_assert_uint_eq(status.st_nlink, 0);
                ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
                ck_assert_int_eq(close(fd), 0);
                ck_assert_int_eq(temporary_stream(&stream), 0);
                ck_assert_int_ge(fputs("text", stream), 0);
                rewind(stream);
                ck_assert_int_eq(fgetc(stream), 't');
                ck_assert_int_eq(fclose(stream), 0);
        }
}
END_TEST

START_TEST(test_machine_has_a_name_and_a_boot)
{
        struct machine_identity host;

        machine_identity(&host);
        ck_assert_uint_gt(strlen(host.name), 0);
        ck_assert_uint_gt(strlen(host.kernel), 0);
        ck_assert_uint_eq(strspn(host.boot_id, "0123456789abcdef"), 32);
        ck_assert(host.machine_id[0] == '\0' || strspn(host.machine_id, "0123456789abcdef") == 32);
}
END_TEST

START_TEST(test_machine_knows_its_swap)
{
        int64_t page_size_bytes, swap_total_bytes;
        long long swap_kib = -1;
        char line[256];
        FILE *file = fopen("/proc/meminfo", "re");

        machine_memory(&page_size_bytes, &swap_total_bytes);
        ck_assert_int_eq(page_size_bytes, sysconf(_SC_PAGESIZE));
        ck_assert_ptr_nonnull(file);
        while (fgets(line, sizeof(line), file))
                if (sscanf(line, "SwapTotal: %lld kB", &swap_kib) == 1)
                        break;
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_int_eq(swap_total_bytes, swap_kib * 1024);
}
END_TEST

TEST_MAIN("host", CASE(test_clocks_go_on_in_microseconds), CASE(test_all_goes_through_a_pipe),
          CASE(test_interrupted_write_goes_on_where_it_stopped), CASE(test_read_and_write_at_an_offset),
          CASE(test_short_write_goes_on_where_it_stopped), CASE(test_errors_are_negative_errnos),
          CASE(test_temporary_files_have_no_name), CASE(test_machine_has_a_name_and_a_boot),
          CASE(test_machine_knows_its_swap))
