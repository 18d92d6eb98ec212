/* daemon/watch/cursor.h, log_clock.h, victim_proc.h and cmdline.h */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "host/clock.h"
#include "watch/cursor.h"
#include "watch/log_clock.h"
#include "watch/victim_proc.h"

#define BOOT          "0123456789abcdef0123456789abcdef"
#define NO_NAMESPACES 77 /* exit status */
#define DEADLINE_USEC (120 * INT64_C(1000000))

#define OTHER "fedcba9876543210fedcba9876543210"

#define CURSOR "run/cursor"

START_TEST(test_cursor_is_of_its_boot)
{
        uint64_t seq = 5;

        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &seq), -ENOENT);
        ck_assert_int_eq(cursor_store(CURSOR, BOOT, UINT64_MAX - 1), 0); /* makes its directory */
        ck_assert_int_eq(cursor_load(CURSOR, OTHER, &seq), -ENOENT);
        ck_assert_uint_eq(seq, 5);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &seq), 0);
        ck_assert_uint_eq(seq, UINT64_MAX - 1);
        ck_assert_int_eq(cursor_store(CURSOR, BOOT, 0), 0);
        ck_assert_int_eq(cursor_load(CURSOR, BOOT, &seq), 0);
        ck_assert_uint_eq(seq, 0);
}
END_TEST

START_TEST(test_what_is_no_cursor)
{
        static const char *const cases[] = { "",        "x",          BOOT,         BOOT " \n",
                                             BOOT " 1", BOOT " 1 \n", BOOT " -1\n", BOOT "1\n" };
        uint64_t seq;

        ck_assert_int_eq(cursor_store(CURSOR, BOOT, 1), 0);
        for (size_t i = 0; i < COUNT(cases); i++) {
                scratch_text(CURSOR, cases[i]);
                ck_assert_msg(cursor_load(CURSOR, BOOT, &seq) == -EBADMSG, "'%s'", cases[i]);
        }
        ck_assert_int_eq(cursor_store("/proc/nothing/here", BOOT, 1), -ENOENT);
}
END_TEST

static struct oom_victim this_process(void)
{
        struct oom_victim victim = { .pid = getpid(), .uid = OOM_UNKNOWN };
        char name[16];

        ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
        oom_name_set(&victim.comm, text_from(name));
        return victim;
}

/* The command line is waited for so briefly that it may not be there in time: then it is looked for again. */
static void read_until_found(struct oom_victim *victim, struct victim_proc *proc)
{
        int64_t before = clock_monotonic_usec();

        do {
                ck_assert_int_lt(clock_monotonic_usec() - before, DEADLINE_USEC);
                victim_proc_read(victim, clock_boottime_usec(), proc);
        } while (proc->cmdline_length == 0);
}

START_TEST(test_victim_proc_of_a_living_process)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();

        ck_assert_int_eq(victim_proc_init(&proc), 0);
        ck_assert_int_eq(prctl(PR_SET_NAME, ") (x\n"), 0);
        victim = this_process();
        read_until_found(&victim, &proc);
        ck_assert_ptr_nonnull(memmem(proc.cmdline, proc.cmdline_length, "test_watch", 10));
        if (proc.cgroup_length)
                ck_assert_int_eq(proc.cgroup[0], '/');
        oom_path_set(&victim.task_memcg, TEXT("/in/the/report"));
        read_until_found(&victim, &proc);
        ck_assert_uint_eq(proc.cgroup_length, 0);
        victim_proc_done(&proc);
}
END_TEST

/* One that has ended, and that nobody has waited for: who it was is there, its memory isn't, and so no thread is asked for it. */
START_TEST(test_victim_proc_of_who_has_ended)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();
        struct cmdline_reader *reader;
        siginfo_t ended;
        pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0)
                _exit(0);
        ck_assert_int_eq(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
        ck_assert_int_eq(victim_proc_init(&proc), 0);
        reader = proc.cmdline_reader;
        proc.cmdline_reader = NULL;
        victim.pid = child;
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        proc.cmdline_reader = reader;
        ck_assert_uint_eq(proc.cmdline_length, 0);
        if (proc.cgroup_length)
                ck_assert_int_eq(proc.cgroup[0], '/');
        victim_proc_done(&proc);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(test_victim_proc_takes_no_other_process)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();

        ck_assert_int_eq(victim_proc_init(&proc), 0);
        oom_name_set(&victim.comm, TEXT("somebody else"));
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        victim = this_process();
        victim_proc_read(&victim, 1, &proc); /* killed before this process was born */
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        victim.pid = INT32_MAX;
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        victim_proc_done(&proc);
}
END_TEST

/* Asks until it is read in time. */
static size_t read_cmdline(struct cmdline_reader *reader, int process, char *cmdline)
{
        int64_t before = clock_monotonic_usec();
        size_t length;

        do {
                ck_assert_int_lt(clock_monotonic_usec() - before, DEADLINE_USEC);
                cmdline_reader_start(reader, process);
                length = cmdline_reader_take(reader, cmdline);
        } while (length == 0);
        return length;
}

/* A FIFO keeps its reader waiting as the memory of a stuck process does. */
START_TEST(test_command_line_is_not_waited_for)
{
        struct cmdline_reader *reader;
        char cmdline[CMDLINE_MAX];
        size_t length;
        int64_t before;
        int stuck, own, fd, left = 1;

        ck_assert_int_eq(mkfifo("cmdline", 0600), 0);
        stuck = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_eq(cmdline_reader_new(&reader), 0);
        ck_assert_uint_gt(read_cmdline(reader, own, cmdline), 0);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0); /* once */

        before = clock_monotonic_usec();
        cmdline_reader_start(reader, stuck);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        cmdline_reader_start(reader, own);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        ck_assert_int_lt(clock_monotonic_usec() - before, DEADLINE_USEC);

        /* what it read too late is nobody's */
        fd = open("cmdline", O_WRONLY | O_CLOEXEC);
        ck_assert_int_eq(write(fd, "late", 5), 5);
        /* not closed before it was read: an open() that is interrupted would wait for another writer */
        for (before = clock_monotonic_usec(); left > 0 && clock_monotonic_usec() - before < DEADLINE_USEC;)
                ck_assert_int_eq(ioctl(fd, FIONREAD, &left), 0);
        ck_assert_int_eq(left, 0);
        ck_assert_int_eq(close(fd), 0);
        length = read_cmdline(reader, own, cmdline);
        ck_assert_msg(memmem(cmdline, length, "test_watch", 10), "read '%.*s'", (int)length, cmdline);

        /* the end doesn't wait either */
        cmdline_reader_start(reader, stuck);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        reader = cmdline_reader_free(reader);
        ck_assert_int_eq(close(stuck), 0);
        ck_assert_int_eq(close(own), 0);
}
END_TEST

/* The log names processes as the initial namespaces know them: in a container the same number is somebody else. */
START_TEST(test_victim_proc_is_empty_in_a_container)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();
        int status = 0;
        pid_t child;

        if (geteuid() != 0)
                SKIP("needs root");
        child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
                if (unshare(CLONE_NEWPID | CLONE_NEWCGROUP) < 0)
                        _exit(errno == EPERM ? NO_NAMESPACES : 4);
                child = fork();
                if (child == 0) {
                        if (victim_proc_init(&proc) < 0)
                                _exit(3);
                        victim_proc_read(&victim, clock_boottime_usec(), &proc);
                        victim_proc_done(&proc);
                        _exit(proc.cmdline_length + proc.cgroup_length > 0);
                }
                _exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 2);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status));
        if (WEXITSTATUS(status) == NO_NAMESPACES)
                SKIP("no new namespaces here");
        ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* Seconds, for the reader. */
#define SEC(n) ((n)*INT64_C(1000000))

START_TEST(test_clock_of_the_log_is_followed)
{
        struct log_clock clock = { .is_known = false };

        ck_assert(log_clock_is_due(&clock, 0));
        /* after a hundred days it is a minute behind; the record was read 5 ms after its time */
        log_clock_sample(&clock, (uint64_t)SEC(1000), (uint64_t)SEC(1060) + 5000);
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 5000);
        ck_assert(!log_clock_is_due(&clock, (uint64_t)SEC(1000) + 999));
        ck_assert(log_clock_is_due(&clock, (uint64_t)SEC(1001)));
        /* read sooner: nearer to the truth */
        log_clock_sample(&clock, (uint64_t)SEC(1010), (uint64_t)SEC(1070) + 100);
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 100);
        /* read 30 s late: that is no drift */
        log_clock_sample(&clock, (uint64_t)SEC(1020), (uint64_t)SEC(1110));
        ck_assert_int_eq(clock.offset_usec, SEC(60) + 100 + 39999);
        /* a year later, another minute behind */
        log_clock_sample(&clock, (uint64_t)SEC(31000000), (uint64_t)SEC(31000120));
        ck_assert_int_eq(clock.offset_usec, SEC(120));
        /* it counted eight hours of sleep, CLOCK_MONOTONIC did not */
        log_clock_sample(&clock, (uint64_t)SEC(31028800), (uint64_t)SEC(31000130));
        ck_assert_int_eq(clock.offset_usec, SEC(-28670));
        ck_assert(!log_clock_is_due(&clock, (uint64_t)SEC(31028800) + 10));
}
END_TEST

/* The command line's test comes last: the thread that it leaves behind, stuck, looks like a leak in a child's memory. */
TEST_MAIN("watch", CASE(test_cursor_is_of_its_boot), CASE(test_what_is_no_cursor),
          CASE(test_victim_proc_of_a_living_process), CASE(test_victim_proc_of_who_has_ended),
          CASE(test_victim_proc_takes_no_other_process), CASE(test_victim_proc_is_empty_in_a_container),
          CASE(test_clock_of_the_log_is_followed), CASE(test_command_line_is_not_waited_for))
