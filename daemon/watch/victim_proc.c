#include "watch/victim_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/array.h"
#include "util/cleanup.h"

/* The stamp of a process is rounded to clock ticks, and the kernel's log clock may be some milliseconds off. */
#define CLOCK_SLACK_USEC (100 * 1000)

/* On v1 a line for each of a dozen hierarchies, with a path in each. What goes past it is not read. */
#define CGROUP_FILE_MAX (32 * 1024)

/* One read gives the whole file, as far as it fits (fs/proc/base.c, fs/seq_file.c). A second one, for the end, would delay the
 * alert. */
static ssize_t read_file(int directory, const char *name, char *buffer, size_t size)
{
        _cleanup_(closep) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t length;

        if (fd < 0)
                return -errno;
        do {
                length = read(fd, buffer, size);
        } while (length < 0 && errno == EINTR);
        return length < 0 ? -errno : length;
}

/* fork() holds the lock of a process's memory while it copies the page tables: 79 ms of 256 MiB, 250 ms of 2 GiB, measured on a busy
 * machine. Of a process up to this size it takes less than the loop would wait for the thread. */
#define SMALL_BYTES (INT64_C(64) * 1024 * 1024)

/* The process's memory, of which its command line is a part. */
enum memory {
        MEMORY_GONE,      /* nothing can be read any more */
        MEMORY_READABLE,  /* the process is small, has one thread, and holds its lock for moments only */
        MEMORY_MAY_BLOCK, /* who reads it may have to wait for the lock */
};

static bool is_small(const struct oom_victim *victim)
{
        const int64_t parts[] = { victim->anon_rss_bytes, victim->file_rss_bytes, victim->shmem_rss_bytes,
                                  victim->rss_bytes, victim->swap_bytes };
        int64_t bytes = 0;

        if (victim->anon_rss_bytes == OOM_UNKNOWN && victim->rss_bytes == OOM_UNKNOWN)
                return false;
        for (size_t i = 0; i < COUNT(parts); i++)
                if (parts[i] > SMALL_BYTES)
                        return false;
                else if (parts[i] > 0)
                        bytes += parts[i];
        return bytes <= SMALL_BYTES;
}

/* "pid (comm) S ppid ...": field 20 is the number of threads, 22 the start time in ticks since boot. */
static bool is_victim(int process, const struct oom_victim *victim, int64_t boot_usec, enum memory *ret_memory)
{
        char buffer[1024];
        ssize_t length = read_file(process, "stat", buffer, sizeof(buffer) - 1);
        struct text stat, comm, rest;
        ptrdiff_t open, close;
        uint64_t ticks, start_usec; /* since boot, suspensions included */
        bool is_single_threaded = false, is_running, is_gone;

        if (length <= 0)
                return false;
        stat = (struct text){ buffer, (size_t)length };
        open = text_find(stat, TEXT("("), 0);
        close = text_find_last(stat, TEXT(") "));
        if (open < 0 || close < open)
                return false;
        comm = (struct text){ stat.data + open + 1, (size_t)(close - open - 1) };
        if (victim->comm.is_known && !text_equal(comm, oom_name_text(&victim->comm)))
                return false;
        rest = text_from_offset(stat, (size_t)close + 2);
        is_running = text_starts(rest, TEXT("R ")) || text_starts(rest, TEXT("S "));
        is_gone = text_starts(rest, TEXT("Z ")) || text_starts(rest, TEXT("X "));
        for (int field = 3; field < 22; field++) {
                ptrdiff_t blank = text_find(rest, TEXT(" "), 0);

                if (blank < 0)
                        return false;
                rest = text_from_offset(rest, (size_t)blank + 1);
                if (field + 1 == 20)
                        is_single_threaded = text_starts(rest, TEXT("1 "));
        }
        if (!text_eat_u64(&rest, &ticks))
                return false;
        start_usec = ticks * (1000000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
        if (start_usec > INT64_MAX || (int64_t)start_usec > boot_usec + CLOCK_SLACK_USEC)
                return false;
        *ret_memory = MEMORY_MAY_BLOCK;
        if (is_gone)
                *ret_memory = MEMORY_GONE;
        else if (is_single_threaded && is_running && is_small(victim))
                *ret_memory = MEMORY_READABLE;
        return true;
}

/* Whether "memory" is among controllers such as "cpu,cpuacct,memory". */
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

/* On v1 there is one line per hierarchy; a path has no newline (since 4.4). */
struct text victim_proc_find_cgroup(struct text lines)
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
        if (chosen.length < 2 || chosen.length > VICTIM_PROC_CGROUP_MAX || chosen.data[0] != '/')
                return (struct text){ 0 };
        return chosen;
}

/* The initial namespaces have fixed numbers (include/linux/proc_ns.h: PROC_PID_INIT_INO, PROC_CGROUP_INIT_INO). */
static bool is_initial_namespace(const char *name, ino_t number)
{
        struct stat status;

        return stat(name, &status) == 0 && status.st_ino == number;
}

int victim_proc_init(struct event_base *base, struct victim_proc *ret_proc)
{
        ret_proc->cgroup[0] = ret_proc->cmdline[0] = '\0'; /* their pages are touched before they are needed */
        ret_proc->has_pids = is_initial_namespace("/proc/self/ns/pid", 0xEFFFFFFC);
        ret_proc->has_cgroups = ret_proc->has_pids && is_initial_namespace("/proc/self/ns/cgroup", 0xEFFFFFFB);
        return cmdline_reader_new(base, &ret_proc->cmdline_reader);
}

void victim_proc_done(struct victim_proc *proc)
{
        proc->cmdline_reader = cmdline_reader_free(proc->cmdline_reader);
}

void victim_proc_read(const struct oom_victim *victim, int64_t boot_usec, struct victim_proc *ret_proc)
{
        _cleanup_(closep) int process = -1;
        char buffer[CGROUP_FILE_MAX];
        enum memory memory = MEMORY_GONE;
        ssize_t length;

        ret_proc->cgroup_length = ret_proc->cmdline_length = 0;
        if (victim->pid != OOM_UNKNOWN && ret_proc->has_pids) {
                (void)snprintf(buffer, sizeof(buffer), "/proc/%lld", (long long)victim->pid);
                process = open(buffer, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        /* A descriptor of /proc/<pid> stays with its process: what is read through it is this process's, or nothing. */
        if (process >= 0 && is_victim(process, victim, boot_usec, &memory)) {
                /* Handing it to the thread takes some 40 us, and by then the victim's memory is often gone: so only where
                 * reading may block. */
                if (memory == MEMORY_MAY_BLOCK)
                        cmdline_reader_start(ret_proc->cmdline_reader, process);
                else if (memory == MEMORY_READABLE)
                        ret_proc->cmdline_length = cmdline_read(process, ret_proc->cmdline);
                length = ret_proc->has_cgroups && (!victim->task_memcg.is_known || victim->task_memcg.is_cut)
                                 ? read_file(process, "cgroup", buffer, sizeof(buffer))
                                 : 0;
                if (length > 0)
                        ret_proc->cgroup_length =
                                text_copy(victim_proc_find_cgroup((struct text){ buffer, (size_t)length }),
                                          ret_proc->cgroup, sizeof(ret_proc->cgroup));
        }
        if (memory == MEMORY_MAY_BLOCK)
                ret_proc->cmdline_length = cmdline_reader_take(ret_proc->cmdline_reader, ret_proc->cmdline);
}
