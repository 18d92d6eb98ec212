/* tests/bench/timed.c: runs a command, and prints how long it took and how much memory it had.
 *
 * usage: bench_timed OUTPUT COMMAND [ARGUMENT...]
 *
 * The command's standard output goes to the file OUTPUT (not to /dev/null: grep then stops at the first match). Prints
 * "MILLISECONDS KIB STATUS": wall time, the largest resident memory of the command and what it waited for, exit status.
 * This program is small itself, because a child's peak begins with the memory of its parent. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void run(const char *output, char **command)
{
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
                bench_die(output);
        (void)execvp(command[0], command);
        bench_die(command[0]);
}

int main(int argc, char **argv)
{
        struct rusage usage;
        int64_t start;
        int status;
        pid_t pid;

        if (argc < 3) {
                fprintf(stderr, "usage: bench_timed OUTPUT COMMAND [ARGUMENT...]\n");
                return 2;
        }
        start = bench_mono_nsec();
        pid = fork();
        if (pid < 0)
                bench_die("fork");
        if (pid == 0)
                run(argv[1], argv + 2);
        while (wait4(pid, &status, 0, &usage) < 0)
                if (errno != EINTR)
                        bench_die("wait4");
        printf("%.3f %ld %d\n", (double)(bench_mono_nsec() - start) / 1e6, usage.ru_maxrss,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        return EXIT_SUCCESS;
}
