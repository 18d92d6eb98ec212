#include "rival.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "kmsg/record.h"
#include "util/array.h"

/* More than the alert of a bare kill line has (630 without host and time), half of one with its report (2860). */
#define FORWARDED_BYTES 1400

const char *rival_label(const char *sender)
{
        return strcmp(sender, "forwarder") == 0 ? "FORWARDER" : strcmp(sender, "asker") == 0 ? "ASKER" : NULL;
}

static void read_of_victim(int proc, long pid, const char *name, char contents[static 4096])
{
        char path[64];
        ssize_t length = 0;
        int fd;

        (void)snprintf(path, sizeof(path), "%ld/%s", pid, name);
        fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) { /* it may be gone */
                length = read(fd, contents, 4095);
                (void)close(fd);
        }
        contents[length > 0 ? length : 0] = '\0';
}

/* Of the alerts that the kills of latency.c make, that of a kill line alone has 30 members in 874 bytes, with host and time, one
 * with its report 102 in 2794. These have 24 in 800, and 96 in 2819. */
#define WORDS          12
#define NUMBERS        9
#define REPORT_WORDS   8
#define REPORT_NUMBERS 72
#define WORD           "0123456789abcdef01234567"

static char keys[REPORT_NUMBERS][24];

static void add_members(struct json_object *object, unsigned n_numbers, unsigned n_words, const char *word)
{
        const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;

        for (unsigned i = 0; i < n_numbers; i++)
                (void)json_object_object_add_ex(object, keys[i], json_object_new_int64(123456789), flags);
        for (unsigned i = n_numbers; i < n_numbers + n_words; i++)
                (void)json_object_object_add_ex(object, keys[i], json_object_new_string(word), flags);
}

/* As many members and bytes as the alert has, in few objects. The pid is the first. */
static struct json_object *make_alert(long pid, const char *cgroup, const char *cmdline, bool has_report)
{
        struct json_object *alert = json_object_new_object(), *victim = json_object_new_object(), *report;

        (void)json_object_object_add(alert, "victim", victim);
        (void)json_object_object_add(victim, "pid", json_object_new_int64(pid));
        (void)json_object_object_add(victim, "cgroup", json_object_new_string(cgroup));
        (void)json_object_object_add(victim, "cmdline", json_object_new_string(cmdline));
        add_members(victim, NUMBERS, 0, NULL);
        add_members(alert, 0, WORDS, WORD);
        if (has_report) {
                report = json_object_new_object();
                (void)json_object_object_add(alert, "report", report);
                add_members(report, REPORT_NUMBERS - REPORT_WORDS, REPORT_WORDS, WORD);
        }
        return alert;
}

static int send_alert(int receiver, int proc, long pid, bool has_report)
{
        static char cgroup[4096], cmdline[4096];
        static char newline[] = "\n";
        struct iovec parts[2] = { { 0 }, { .iov_base = newline, .iov_len = 1 } };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
        struct json_object *alert;
        ssize_t sent;

        read_of_victim(proc, pid, "cgroup", cgroup);
        read_of_victim(proc, pid, "cmdline", cmdline);
        alert = make_alert(pid, cgroup, cmdline, has_report);
        parts[0].iov_base = (void *)json_object_to_json_string_length(alert, JSON_C_TO_STRING_PLAIN, &parts[0].iov_len);
        sent = sendmsg(receiver, &message, MSG_NOSIGNAL);
        (void)json_object_put(alert);
        return (int)sent;
}

static int send_bytes(int receiver, long pid)
{
        static char alert[FORWARDED_BYTES];

        memset(alert, ' ', sizeof(alert));
        alert[sizeof(alert) - 1] = '\n';
        alert[snprintf(alert, 64, "\"victim\":{\"pid\":%ld", pid)] = ' ';
        return (int)send(receiver, alert, sizeof(alert), MSG_NOSIGNAL);
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
        static char raw[KMSG_RECORD_MAX];
        const bool asks = strcmp(sender, "asker") == 0;
        bool has_report = false;
        struct pollfd poll_fd = { .fd = log, .events = POLLIN };
        int receiver = connect_to(socket_path), proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; i < COUNT(keys); i++)
                (void)snprintf(keys[i], sizeof(keys[i]), "workingset_%02zu", i);
        for (;;) {
                ssize_t length = read(log, raw, sizeof(raw));
                const char *killed;
                long pid;

                if (length <= 0) {
                        (void)poll(&poll_fd, 1, -1);
                        continue;
                }
                if (memmem(raw, (size_t)length, " invoked oom-killer: ", 21))
                        has_report = true;
                killed = memmem(raw, (size_t)length, "Killed process ", 15);
                if (!killed || raw[1] != ',') /* a facility: not of the kernel */
                        continue;
                pid = strtol(killed + 15, NULL, 10);
                if ((asks ? send_alert(receiver, proc, pid, has_report) : send_bytes(receiver, pid)) < 0)
                        _exit(EXIT_FAILURE);
                has_report = false;
        }
}
