/* daemon/watch/victim_proc.h and cmdline.h */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "host/clock.h"
#include "watch/containerd.h"
#include "watch/victim_proc.h"

#define NO_NAMESPACES 77 /* exit status */
#define DEADLINE_USEC (120 * INT64_C(1000000))

static struct event_base *base;

static void begin(struct victim_proc *proc)
{
        base = event_base_new();
        ck_assert_int_eq(victim_proc_init(base, proc), 0);
}

static void end(struct victim_proc *proc)
{
        victim_proc_done(proc);
        event_base_free(base);
}

static struct oom_victim this_process(void)
{
        struct oom_victim victim = { .pid = getpid(), .uid = OOM_UNKNOWN };
        char name[16];

        ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
        oom_name_set(&victim.comm, text_from(name));
        return victim;
}

/* The command line is waited for so briefly that it may not be there in time: then it is read again. */
static void read_until_found(struct oom_victim *victim, struct victim_proc *proc)
{
        int64_t before = clock_monotonic_usec();

        do {
                ck_assert_int_lt(clock_monotonic_usec() - before, DEADLINE_USEC);
                victim_proc_read(victim, clock_boottime_usec(), proc);
        } while (proc->cmdline_length == 0);
}

START_TEST(test_process_that_lives)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();
        size_t length;

        begin(&proc);
        ck_assert_int_eq(prctl(PR_SET_NAME, ") (x\n"), 0);
        victim = this_process();
        read_until_found(&victim, &proc);
        ck_assert_ptr_nonnull(memmem(proc.cmdline, proc.cmdline_length, "test_victim_proc", 16));
        if (proc.cgroup_length)
                ck_assert_int_eq(proc.cgroup[0], '/');
        length = proc.cgroup_length;
        oom_path_set(&victim.task_memcg, TEXT("/in/the/report"));
        read_until_found(&victim, &proc);
        ck_assert_uint_eq(proc.cgroup_length, 0);
        victim.task_memcg.is_cut = true; /* the report hasn't its end */
        read_until_found(&victim, &proc);
        ck_assert_uint_eq(proc.cgroup_length, length);
        end(&proc);
}
END_TEST

/* Of a process that nobody has waited for, the status is there, but not the memory: so the thread isn't needed. */
START_TEST(test_process_that_has_ended)
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
        begin(&proc);
        reader = proc.cmdline_reader;
        proc.cmdline_reader = NULL;
        victim.pid = child;
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        proc.cmdline_reader = reader;
        ck_assert_uint_eq(proc.cmdline_length, 0);
        if (proc.cgroup_length)
                ck_assert_int_eq(proc.cgroup[0], '/');
        end(&proc);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(test_other_process_is_not_taken)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();

        begin(&proc);
        oom_name_set(&victim.comm, TEXT("somebody else"));
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        victim = this_process();
        victim_proc_read(&victim, 1, &proc); /* killed before this process was born */
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        victim.pid = INT32_MAX;
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        ck_assert_uint_eq(proc.cmdline_length + proc.cgroup_length, 0);
        end(&proc);
}
END_TEST

/* Repeats until it is read in time. */
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
START_TEST(test_command_line_does_not_block)
{
        struct cmdline_reader *reader;
        char cmdline[CMDLINE_MAX];
        size_t length;
        int64_t before;
        int stuck, own, fd, left = 1;

        ck_assert_int_eq(mkfifo("cmdline", 0600), 0);
        stuck = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        base = event_base_new();
        ck_assert_int_eq(cmdline_reader_new(base, &reader), 0);
        ck_assert_uint_gt(read_cmdline(reader, own, cmdline), 0);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0); /* once */

        before = clock_monotonic_usec();
        cmdline_reader_start(reader, stuck);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        cmdline_reader_start(reader, own);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        ck_assert_int_lt(clock_monotonic_usec() - before, DEADLINE_USEC);

        /* what it read too late is discarded */
        fd = open("cmdline", O_WRONLY | O_CLOEXEC);
        ck_assert_int_eq(write(fd, "late", 5), 5);
        /* not closed before it was read: an open() that is interrupted would wait for another writer */
        for (before = clock_monotonic_usec(); left > 0 && clock_monotonic_usec() - before < DEADLINE_USEC;)
                ck_assert_int_eq(ioctl(fd, FIONREAD, &left), 0);
        ck_assert_int_eq(left, 0);
        ck_assert_int_eq(close(fd), 0);
        length = read_cmdline(reader, own, cmdline);
        ck_assert_msg(memmem(cmdline, length, "test_victim_proc", 16), "read '%.*s'", (int)length, cmdline);

        /* the end doesn't wait either */
        cmdline_reader_start(reader, stuck);
        ck_assert_uint_eq(cmdline_reader_take(reader, cmdline), 0);
        reader = cmdline_reader_free(reader);
        event_base_free(base);
        ck_assert_int_eq(close(stuck), 0);
        ck_assert_int_eq(close(own), 0);
}
END_TEST

static unsigned n_threads(pid_t pid)
{
        char path[64];
        struct stat status;

        (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
        ck_assert_int_eq(stat(path, &status), 0);
        return (unsigned)status.st_nlink - 2;
}

/* A large process may hold its lock for long, in fork(): the loop leaves it to the thread, which is stuck here. */
START_TEST(test_the_loop_reads_of_a_small_process_only)
{
        static struct victim_proc proc;
        struct oom_victim victim = this_process();
        pid_t child = fork(); /* it has one thread */
        int stuck, fd;

        if (child == 0)
                for (;;)
                        (void)pause();
        ck_assert_int_gt(child, 0);
        if (n_threads(child) != 1) {
                (void)kill(child, SIGKILL);
                SKIP("an emulator gives each process a thread more");
        }
        victim.pid = child;
        begin(&proc);
        ck_assert_int_eq(mkfifo("cmdline", 0600), 0);
        stuck = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        cmdline_reader_start(proc.cmdline_reader, stuck);
        for (int is_small = 1; is_small >= 0; is_small--) {
                victim.anon_rss_bytes = INT64_C(64) * 1024 * 1024 + !is_small;
                victim_proc_read(&victim, clock_boottime_usec(), &proc);
                ck_assert_int_eq(proc.cmdline_length > 0, is_small);
        }
        victim.anon_rss_bytes = INT64_C(40) * 1024 * 1024;
        victim.shmem_rss_bytes = INT64_C(25) * 1024 * 1024;
        victim_proc_read(&victim, clock_boottime_usec(), &proc);
        ck_assert_uint_eq(proc.cmdline_length, 0);
        fd = open("cmdline", O_WRONLY | O_CLOEXEC); /* the thread goes on */
        ck_assert_int_eq(close(fd), 0);
        ck_assert_int_eq(close(stuck), 0);
        read_until_found(&victim, &proc); /* by the thread */
        end(&proc);
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* The log names processes as the initial namespaces know them: in a container the same number is somebody else. */
START_TEST(test_nothing_is_known_in_a_container)
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
                        begin(&proc);
                        victim_proc_read(&victim, clock_boottime_usec(), &proc);
                        end(&proc);
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

START_TEST(test_cgroup_is_that_of_the_memory_controller)
{
        static const struct {
                const char *lines, *cgroup;
        } cases[] = {
                { "0::/system.slice/a.service\n", "/system.slice/a.service" },
                { "0::/system.slice/a.service (deleted)\n", "/system.slice/a.service" }, /* removed since */
                { "0::/a (deleted) (deleted)\n", "/a (deleted)" },                       /* its own name ends so */
                { "12:cpu,cpuacct:/c\n4:memory:/m\n1:name=systemd:/s\n0::/u\n", "/m" },
                { "0::/u\n4:memory:/m\n", "/m" }, /* whichever comes first */
                { "3:cpu,memory:/m\n0::/u\n", "/m" },
                { "3:memory,cpu:/m (deleted)\n0::/u\n", "/m" },
                { "3:memory2,xmemory:/m\n0::/u\n", "/u" },
                { "2:name=memory:/m\n", "" },
                { "0::/a:memory:/b\n", "/a:memory:/b" }, /* a path with colons */
                { "4:memory:/\n0::/u\n", "" },           /* v1 moves a process that exits to the root */
                { "0::/\n", "" },
                { "0::/ (deleted)\n", "" },
                { "0::/../a\n", "/../a" },
                { "0::a\n", "" },
                { "0::/u\n4:memory:/cu", "/u" }, /* more than was read: whole lines only */
                { "4:memory:/m", "" },
                { "0:\n::\n\n:\n", "" },
                { "", "" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct text cgroup = victim_proc_find_cgroup(text_from(cases[i].lines));

                ck_assert_msg(text_equal(cgroup, text_from(cases[i].cgroup)), "%s: '%.*s'", cases[i].lines,
                              (int)cgroup.length, cgroup.data);
        }
}
END_TEST

START_TEST(test_cgroup_of_the_limit_and_a_longer_one)
{
        char lines[VICTIM_PROC_CGROUP_MAX + 32];

        for (size_t past = 0; past < 2; past++) {
                size_t length = VICTIM_PROC_CGROUP_MAX + past;
                struct text all = { lines, 3 + length + 1 };

                memset(lines, 'x', sizeof(lines));
                memcpy(lines, "0::/", 4);
                lines[3 + length] = '\n';
                ck_assert_uint_eq(victim_proc_find_cgroup(all).length, past ? 0 : length);
        }
}
END_TEST

START_TEST(test_task_of_containerd_has_a_folder)
{
        ck_assert_int_eq(mkdir("tasks", 0711), 0);
        ck_assert_int_eq(mkdir("tasks/default", 0711), 0);
        ck_assert_int_eq(mkdir("tasks/default/web", 0700), 0);
        ck_assert_int_eq(close(open("tasks/default/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
        ck_assert(containerd_has_task_in("tasks", TEXT("default"), TEXT("web")));
        ck_assert(!containerd_has_task_in("tasks", TEXT("default"), TEXT("db")));
        ck_assert(!containerd_has_task_in("tasks", TEXT("default"), TEXT("file")));
        ck_assert(!containerd_has_task_in("tasks", TEXT("shop"), TEXT("web")));
        ck_assert(!containerd_has_task_in("nowhere", TEXT("default"), TEXT("web")));
}
END_TEST

/* The command line's test comes last: the thread that it leaves behind, stuck, looks like a leak in a child's memory. */
TEST_MAIN("victim_proc", CASE(test_task_of_containerd_has_a_folder), CASE(test_process_that_lives),
          CASE(test_process_that_has_ended), CASE(test_other_process_is_not_taken),
          CASE(test_nothing_is_known_in_a_container), CASE(test_cgroup_is_that_of_the_memory_controller),
          CASE(test_cgroup_of_the_limit_and_a_longer_one), CASE(test_command_line_does_not_block),
          CASE(test_the_loop_reads_of_a_small_process_only))
