#include "rival.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "kmsg/record.h"

/* More than the alert of a bare kill line has (630 without host and time), half of one with its report (2860). */
#define FORWARDED_BYTES 1400

const char *rival_label(const char *sender)
{
        return strcmp(sender, "forwarder") == 0 ? "FORWARDER" : strcmp(sender, "asker") == 0 ? "ASKER" : NULL;
}

static void read_of_victim(int proc, long pid, const char *name)
{
        static char contents[4096];
        char path[64];
        int fd;

        (void)snprintf(path, sizeof(path), "%ld/%s", pid, name);
        fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return; /* it is gone */
        (void)!read(fd, contents, sizeof(contents));
        (void)close(fd);
}

static int connect_to(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                bench_die(path);
        return fd;
}

void rival_run(const char *sender, int log, const char *socket_path)
{
        static char raw[KMSG_RECORD_MAX], alert[FORWARDED_BYTES];
        const bool asks = strcmp(sender, "asker") == 0;
        struct pollfd poll_fd = { .fd = log, .events = POLLIN };
        int receiver = connect_to(socket_path), proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

        memset(alert, ' ', sizeof(alert));
        alert[sizeof(alert) - 1] = '\n';
        for (;;) {
                ssize_t length = read(log, raw, sizeof(raw));
                const char *words;
                long pid;

                if (length <= 0) {
                        (void)poll(&poll_fd, 1, -1);
                        continue;
                }
                words = memmem(raw, (size_t)length, "Killed process ", 15);
                if (!words || raw[1] != ',') /* a facility: not of the kernel */
                        continue;
                pid = strtol(words + 15, NULL, 10);
                if (asks) {
                        read_of_victim(proc, pid, "cgroup");
                        read_of_victim(proc, pid, "cmdline");
                }
                alert[snprintf(alert, 64, "\"victim\":{\"pid\":%ld", pid)] = ' ';
                if (send(receiver, alert, sizeof(alert), MSG_NOSIGNAL) < 0)
                        _exit(EXIT_FAILURE);
        }
}
