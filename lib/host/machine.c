#include "host/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"

/* Reads an id of 32 hexadecimal digits, written with or without '-'. */
static void read_id(const char *path, char id[static 33])
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        char buffer[64];
        size_t digits = 0;
        ssize_t length;

        id[0] = '\0';
        if (fd < 0)
                return;
        length = read(fd, buffer, sizeof(buffer));
        for (ssize_t i = 0; i < length && digits < 32; i++)
                if (memchr("0123456789abcdef", buffer[i], 16))
                        id[digits++] = buffer[i];
        id[digits == 32 ? 32 : 0] = '\0';
}

void machine_host(struct alert_host *ret_host)
{
        struct utsname names;

        if (uname(&names) == 0) {
                (void)snprintf(ret_host->name, sizeof(ret_host->name), "%s", names.nodename);
                (void)snprintf(ret_host->kernel, sizeof(ret_host->kernel), "%s", names.release);
        } else {
                ret_host->name[0] = ret_host->kernel[0] = '\0';
        }
        read_id("/etc/machine-id", ret_host->machine_id);
        read_id("/proc/sys/kernel/random/boot_id", ret_host->boot_id);
}

void machine_memory(struct oom_machine *ret_machine)
{
        long page_size = sysconf(_SC_PAGESIZE);
        struct sysinfo info;

        ret_machine->page_size_bytes = page_size > 0 ? page_size : OOM_UNKNOWN;
        if (sysinfo(&info) < 0 || __builtin_mul_overflow(info.totalswap, info.mem_unit, &ret_machine->swap_total_bytes))
                ret_machine->swap_total_bytes = OOM_UNKNOWN;
}

int machine_drop_capabilities(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (geteuid() == 0)
                return 0;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
                return -errno;
        if (syscall(SYS_capset, &header, none) < 0)
                return -errno;
        return 0;
}

static int64_t clock_usec(clockid_t clock)
{
        struct timespec now;

        (void)clock_gettime(clock, &now); /* these three clocks always exist */
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t machine_realtime_usec(void)
{
        return clock_usec(CLOCK_REALTIME);
}

uint64_t machine_monotonic_usec(void)
{
        return (uint64_t)clock_usec(CLOCK_MONOTONIC);
}

uint64_t machine_boottime_usec(void)
{
        return (uint64_t)clock_usec(CLOCK_BOOTTIME);
}
