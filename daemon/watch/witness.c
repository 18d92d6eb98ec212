#include "watch/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

/* The stamp of a process is rounded to clock ticks, and the kernel's log clock may be some milliseconds off. */
#define CLOCK_SLACK_USEC (100 * 1000)

/* On v1 a line for each of a dozen hierarchies, with a path in each. What goes past it is not read. */
#define CGROUP_FILE_MAX (32 * 1024)

static ssize_t read_file(int directory, const char *name, char *buffer, size_t size)
{
        _cleanup_(closep) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        size_t length = 0;

        if (fd < 0)
                return -errno;
        while (length < size) {
                ssize_t n = read(fd, buffer + length, size - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        return (ssize_t)length;
}

/* "pid (comm) S ppid ...": field 22 is the start time in ticks since boot. */
static bool is_the_victim(int process, const struct oom_victim *victim, int64_t boot_usec)
{
        char buffer[1024];
        ssize_t length = read_file(process, "stat", buffer, sizeof(buffer) - 1);
        struct text stat, comm, rest;
        ptrdiff_t open, close;
        uint64_t ticks, start_usec; /* since boot, suspensions included */

        if (length <= 0)
                return false;
        stat = (struct text){ buffer, (size_t)length };
        open = text_find(stat, TEXT("("), 0);
        close = text_find_last(stat, TEXT(") "));
        if (open < 0 || close < open)
                return false;
        comm = (struct text){ stat.data + open + 1, (size_t)(close - open - 1) };
        if (victim->comm.known && !text_equal(comm, oom_name_text(&victim->comm)))
                return false;
        rest = text_from_offset(stat, (size_t)close + 2);
        for (int field = 3; field < 22; field++) {
                ptrdiff_t blank = text_find(rest, TEXT(" "), 0);

                if (blank < 0)
                        return false;
                rest = text_from_offset(rest, (size_t)blank + 1);
        }
        if (!text_eat_u64(&rest, &ticks))
                return false;
        start_usec = ticks * (1000000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
        return start_usec <= INT64_MAX && (int64_t)start_usec <= boot_usec + CLOCK_SLACK_USEC;
}

/* Is "memory" among the controllers "cpu,cpuacct,memory"? */
static bool has_memory(struct text controllers)
{
        while (controllers.length) {
                ptrdiff_t comma = text_find(controllers, TEXT(","), 0);
                size_t length = comma < 0 ? controllers.length : (size_t)comma;

                if (text_equal(text_until_offset(controllers, length), TEXT("memory")))
                        return true;
                controllers = text_from_offset(controllers, comma < 0 ? length : length + 1);
        }
        return false;
}

/* "4:memory:/path" (v1) or "0::/path" (v2), one per line; a path has no newline (since 4.4). A process on its way out is
 * moved to the root on v1, so "/" tells nothing. */
static void find_cgroup(struct text lines, struct witness *witness)
{
        struct text chosen = { 0 };

        while (lines.length) {
                ptrdiff_t newline = text_find(lines, TEXT("\n"), 0);
                struct text line = text_until_offset(lines, newline < 0 ? 0 : (size_t)newline); /* whole lines only */
                ptrdiff_t first = text_find(line, TEXT(":"), 0);
                ptrdiff_t second = first < 0 ? -1 : text_find(line, TEXT(":"), (size_t)first + 1);

                if (second >= 0) {
                        struct text controllers = { line.data + first + 1, (size_t)(second - first - 1) };
                        struct text path = text_from_offset(line, (size_t)second + 1);

                        if (has_memory(controllers)) {
                                chosen = path;
                                break;
                        }
                        if (controllers.length == 0)
                                chosen = path;
                }
                lines = text_from_offset(lines, newline < 0 ? lines.length : (size_t)newline + 1);
        }
        (void)text_eat_end(&chosen, TEXT(" (deleted)"));
        if (chosen.length < 2 || chosen.length > sizeof(witness->cgroup) || chosen.data[0] != '/')
                return;
        memcpy(witness->cgroup, chosen.data, chosen.length);
        witness->cgroup_length = chosen.length;
}

static void find_cmdline(int process, struct witness *witness)
{
        ssize_t length = read_file(process, "cmdline", witness->cmdline, sizeof(witness->cmdline));

        while (length > 0 && witness->cmdline[length - 1] == '\0')
                length--;
        for (ssize_t i = 0; i < length; i++)
                if (witness->cmdline[i] == '\0')
                        witness->cmdline[i] = ' ';
        witness->cmdline_length = length > 0 ? (size_t)length : 0;
}

/* From /etc/passwd alone: other sources (LDAP) may wait for a network, and the loop waits for nothing. */
static void find_user(int64_t uid, struct witness *witness)
{
        FILE *file = fopen("/etc/passwd", "re");
        char buffer[1024];
        struct passwd entry = { 0 }, *found;

        if (!file)
                return;
        while (fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) == 0) {
                if ((int64_t)entry.pw_uid == uid) {
                        (void)snprintf(witness->user, sizeof(witness->user), "%s", entry.pw_name);
                        break;
                }
        }
        (void)fclose(file); /* only read from */
}

/* The initial namespaces have fixed numbers (include/linux/proc_ns.h: PROC_PID_INIT_INO, PROC_CGROUP_INIT_INO). */
static bool is_initial(const char *name, ino_t number)
{
        struct stat status;

        return stat(name, &status) == 0 && status.st_ino == number;
}

void witness_init(struct witness *ret_witness)
{
        ret_witness->sees_processes = is_initial("/proc/self/ns/pid", 0xEFFFFFFC);
        ret_witness->sees_cgroups = ret_witness->sees_processes && is_initial("/proc/self/ns/cgroup", 0xEFFFFFFB);
}

void witness_look(const struct oom_victim *victim, int64_t boot_usec, struct witness *ret_witness)
{
        _cleanup_(closep) int process = -1;
        char buffer[CGROUP_FILE_MAX];
        ssize_t length;

        ret_witness->cgroup_length = ret_witness->cmdline_length = 0;
        ret_witness->user[0] = '\0';
        if (victim->pid != OOM_UNKNOWN && ret_witness->sees_processes) {
                (void)snprintf(buffer, sizeof(buffer), "/proc/%lld", (long long)victim->pid);
                process = open(buffer, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        if (process >= 0) {
                find_cmdline(process, ret_witness); /* first: its memory goes first */
                length = ret_witness->sees_cgroups ? read_file(process, "cgroup", buffer, sizeof(buffer)) : 0;
                if (length > 0)
                        find_cgroup((struct text){ buffer, (size_t)length }, ret_witness);
                /* last: a descriptor of /proc/<pid> stays with its process, so what was read is this one's */
                if (!is_the_victim(process, victim, boot_usec))
                        ret_witness->cgroup_length = ret_witness->cmdline_length = 0;
        }
        if (victim->uid != OOM_UNKNOWN)
                find_user(victim->uid, ret_witness);
}
