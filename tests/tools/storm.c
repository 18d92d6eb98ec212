/* tests/tools/storm.c: a process at the limit of its cgroup that may not be killed, and what it makes of the kernel's log.
 *
 *         storm PROCS PAUSE_USEC
 *
 * Has a process in the cgroup whose file PROCS is (cgroup.procs) that fills pipes until their memory doesn't fit any more, and tries
 * again and again, after PAUSE_USEC each time: the kernel makes a report for each try. It doesn't kill that process, which has no memory of its
 * own yet: it was made by vfork(), and did not go on to another program (in_vfork(), oom_badness(), mm/oom_kill.c). No privilege is needed for
 * that, as for an oom_score_adj of -1000. Ends when somebody kills that process, the only one in the cgroup; then prints how often it
 * has tried. Refuses to run where the cgroup sets no limit of at most 1 GiB. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT (1024 * 1024 * 1024ULL)

/* The process that vfork() made has the same memory. */
static volatile unsigned long n_tries;
static char block[4096];

/* Whether the cgroup has a limit. */
static int is_limited(const char *procs)
{
        static const char *const files[] = { "memory.max", "memory.limit_in_bytes" };
        size_t length = strlen(procs) - strlen("cgroup.procs");
        unsigned long long limit = ULLONG_MAX;

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char path[PATH_MAX];
                FILE *file;

                if (snprintf(path, sizeof(path), "%.*s%s", (int)length, procs, files[i]) >= (int)sizeof(path))
                        continue;
                file = fopen(path, "re");
                if (!file)
                        continue;
                if (fscanf(file, "%llu", &limit) != 1) /* "max" */
                        limit = ULLONG_MAX;
                (void)fclose(file); /* only read from */
        }
        return limit <= LIMIT;
}

/* Only what may be done after vfork(): nothing that another process' memory would notice, but for n_tries. */
static _Noreturn void fill(int procs, const struct timespec *pause)
{
        int ends[2] = { -1, -1 };

        if (write(procs, "0", 1) != 1)
                _exit(EXIT_FAILURE);
        for (;;) {
                if (ends[1] < 0)
                        (void)pipe2(ends, O_NONBLOCK); /* leaves -1 there, if it fails */
                if (write(ends[1], block, sizeof(block)) > 0)
                        continue;
                if (errno == EAGAIN) { /* it is full */
                        ends[1] = -1;
                        continue;
                }
                n_tries++;
                (void)nanosleep(pause, NULL);
        }
}

int main(int argc, char **argv)
{
        struct timespec pause;
        long usec;
        pid_t pid;
        int procs;

        if (argc != 3) {
                fputs("usage: storm PROCS PAUSE_USEC\n", stderr);
                return 2;
        }
        if (!is_limited(argv[1])) {
                fputs("storm: the cgroup has no limit\n", stderr);
                return 2;
        }
        usec = strtol(argv[2], NULL, 10);
        pause = (struct timespec){ .tv_sec = usec / 1000000, .tv_nsec = usec % 1000000 * 1000 };
        procs = open(argv[1], O_WRONLY | O_CLOEXEC);
        if (procs < 0) {
                perror(argv[1]);
                return EXIT_FAILURE;
        }
        pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): this is what it is about */
        if (pid == 0)
                fill(procs, &pause); /* NOLINT(clang-analyzer-unix.Vfork): it never returns */
        if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
                perror("vfork");
                return EXIT_FAILURE;
        }
        printf("%lu\n", n_tries);
        return EXIT_SUCCESS;
}
