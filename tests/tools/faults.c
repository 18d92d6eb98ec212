/* tests/tools/faults.c: a library for LD_PRELOAD with faults of the machine.
 *
 * fsync(2) fails. The file that $OOMWATCH_FAULT_FSYNC names says how, at each call: the number of an errno; "hang": it never returns;
 * without the file it works. "FILE.hit" is made when that was done.
 *
 * Time passes in a moment. The file that $OOMWATCH_FAULT_CLOCK names has 8 bytes, a number in the machine's order: so many seconds the
 * monotonic clock is ahead. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_sec; /* NULL: it is not */

static void __attribute__((constructor)) map_clock(void)
{
        const char *path = getenv("OOMWATCH_FAULT_CLOCK");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead_sec), PROT_READ, MAP_SHARED, fd, 0);

        if (mapped != MAP_FAILED)
                ahead_sec = mapped;
        if (fd >= 0)
                (void)close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
        int r = (int)syscall(SYS_clock_gettime, clock, ret_time);

        if (r == 0 && ahead_sec && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
                ret_time->tv_sec += *ahead_sec;
        return r;
}

int fsync(int fd)
{
        int (*real)(int fd) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
        const char *path = getenv("OOMWATCH_FAULT_FSYNC");
        FILE *file = path ? fopen(path, "re") : NULL;
        char word[16] = "", hit[4096];

        if (!file)
                return real(fd);
        if (!fgets(word, sizeof(word), file))
                word[0] = '\0';
        (void)fclose(file);
        (void)snprintf(hit, sizeof(hit), "%s.hit", path);
        file = fopen(hit, "we");
        if (file)
                (void)fclose(file);
        if (strncmp(word, "hang", 4) == 0)
                for (;;)
                        (void)pause();
        errno = atoi(word);
        return -1;
}
