#include "input/ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"

#define ID_LENGTH 32

/* Reads an id of 32 hexadecimal digits, written with or without '-'. */
static void read_id(const char *path, char ret_id[static ID_LENGTH + 1])
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        char buffer[64];
        size_t digits = 0;
        ssize_t length;

        ret_id[0] = '\0';
        if (fd < 0)
                return;
        length = read(fd, buffer, sizeof(buffer));
        for (ssize_t i = 0; i < length && digits < ID_LENGTH; i++)
                if (memchr("0123456789abcdef", buffer[i], 16))
                        ret_id[digits++] = buffer[i];
        ret_id[digits == ID_LENGTH ? ID_LENGTH : 0] = '\0';
}

static void look_at_host(struct alert_host *host)
{
        struct utsname names;

        if (uname(&names) == 0) {
                (void)snprintf(host->name, sizeof(host->name), "%s", names.nodename);    /* it fits */
                (void)snprintf(host->kernel, sizeof(host->kernel), "%s", names.release); /* the same */
        }
        read_id("/etc/machine-id", host->machine_id);
        read_id("/proc/sys/kernel/random/boot_id", host->boot_id);
}

static void look_at_memory(struct oom_machine *machine)
{
        long page_size = sysconf(_SC_PAGESIZE);
        struct sysinfo info;

        machine->page_size_bytes = page_size > 0 ? page_size : OOM_UNKNOWN;
        if (sysinfo(&info) < 0 || __builtin_mul_overflow(info.totalswap, info.mem_unit, &machine->swap_total_bytes))
                machine->swap_total_bytes = OOM_UNKNOWN;
}

static int64_t clock_usec(clockid_t clock)
{
        struct timespec now;

        (void)clock_gettime(clock, &now); /* these three clocks always exist */
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void ring_init(struct ring *ret_ring)
{
        *ret_ring = (struct ring){
                .real_usec = clock_usec(CLOCK_REALTIME),
                .mono_usec = clock_usec(CLOCK_MONOTONIC),
                .boot_usec = clock_usec(CLOCK_BOOTTIME),
        };
        look_at_host(&ret_ring->host);
        look_at_memory(&ret_ring->machine);
}

void ring_complete(const struct ring *ring, struct log_message *message)
{
        int64_t suspended_usec = ring->boot_usec > ring->mono_usec ? ring->boot_usec - ring->mono_usec : 0;
        int64_t usec;

        message->boot_id = text_from(ring->host.boot_id);
        if (message->mono_usec == LOG_UNKNOWN ||
            __builtin_add_overflow(ring->real_usec - ring->mono_usec, message->mono_usec, &usec))
                return;
        message->time = (struct log_time){
                /* The stamps' clock may have counted what CLOCK_MONOTONIC doesn't; but nothing was printed later than now. */
                .usec = usec < ring->real_usec ? usec : ring->real_usec,
                .resolution_usec = 1 + suspended_usec,
                .doubts = LOG_DOUBT_STAMP,
        };
}
