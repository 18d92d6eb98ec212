/* tests/unit/sigbus_fixture.h: whether a handler of SIGBUS learns which address was touched, as every Linux has it. An emulator of
 * programs of another machine (qemu-user 7.2) doesn't tell it to the program. */

#pragma once

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void probe_on_sigbus(int number, siginfo_t *info, void *context)
{
        static volatile sig_atomic_t n_calls;
        const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        void *at = (void *)((uintptr_t)info->si_addr & ~(page - 1));

        (void)number;
        (void)context;
        if (n_calls++ > 0 || !at || /* another page, and it is touched again */
            mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
                _exit(1);
}

/* In a process of its own: touches a page behind the end of a file. Returns whether it could go on after it. */
static bool is_sigbus_handled(void)
{
        char path[] = "/tmp/oomwatchd-sigbus-XXXXXX";
        int fd = mkstemp(path), status = 0;
        pid_t pid;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(unlink(path), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                struct sigaction action = { .sa_sigaction = probe_on_sigbus, .sa_flags = SA_SIGINFO };
                volatile char *page = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

                (void)alarm(2);
                (void)sigaction(SIGBUS, &action, NULL);
                _exit(page != MAP_FAILED && *page == 0 ? 0 : 1);
        }
        (void)close(fd);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        return status == 0;
}

#define SIGBUS_UNKNOWN "the emulator doesn't tell the address of a SIGBUS"
