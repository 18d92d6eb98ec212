#include "host/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"

#define ID_DIGITS 32

/* Reads an id of 32 hexadecimal digits, written with or without '-'. */
static void read_id(const char *path, char ret_id[static ID_DIGITS + 1])
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        char buffer[64];
        size_t n_digits = 0;
        ssize_t length = fd < 0 ? 0 : file_read_all(fd, buffer, sizeof(buffer));

        for (ssize_t i = 0; i < length && n_digits < ID_DIGITS; i++)
                if (memchr("0123456789abcdef", buffer[i], 16))
                        ret_id[n_digits++] = buffer[i];
        ret_id[n_digits == ID_DIGITS ? ID_DIGITS : 0] = '\0';
}

void machine_identity(struct machine_identity *ret_identity)
{
        struct utsname names;

        *ret_identity = (struct machine_identity){ 0 };
        if (uname(&names) == 0) {
                (void)snprintf(ret_identity->name, sizeof(ret_identity->name), "%s", names.nodename);    /* it fits */
                (void)snprintf(ret_identity->kernel, sizeof(ret_identity->kernel), "%s", names.release); /* it fits */
        }
        read_id("/etc/machine-id", ret_identity->machine_id);
        read_id("/proc/sys/kernel/random/boot_id", ret_identity->boot_id);
}

void machine_memory(int64_t *ret_page_size_bytes, int64_t *ret_swap_total_bytes)
{
        long page_size_bytes = sysconf(_SC_PAGESIZE);
        struct sysinfo info;

        *ret_page_size_bytes = page_size_bytes > 0 ? page_size_bytes : MACHINE_UNKNOWN;
        if (sysinfo(&info) < 0 || __builtin_mul_overflow(info.totalswap, info.mem_unit, ret_swap_total_bytes))
                *ret_swap_total_bytes = MACHINE_UNKNOWN;
}
