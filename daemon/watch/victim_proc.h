/* daemon/watch/victim_proc.h: what /proc still shows of a victim when its kill line is read: its cgroup, where the report has
 * none or not the end of its path, and its command line.
 *
 * It is taken only from the process that was killed: same comm, and older than the kill line. */

#pragma once

#include "oom/report.h"
#include "watch/cmdline.h"

#define VICTIM_PROC_CGROUP_MAX 4096

struct victim_proc {
        struct cmdline_reader *cmdline_reader;
        bool has_pids, has_cgroups; /* whether /proc shows them as the kernel's log does: not in a container */
        /* Path in the hierarchy of the memory controller; may hold any byte but NUL. Length 0: unknown. */
        char cgroup[VICTIM_PROC_CGROUP_MAX];
        size_t cgroup_length;
        char cmdline[CMDLINE_MAX]; /* arguments with a NUL between them; length 0: unknown */
        size_t cmdline_length;
};

/* Finds out what can be read from here, and starts the command line's thread. base is borrowed. Returns 0 or -errno. */
int victim_proc_init(struct event_base *base, struct victim_proc *ret_proc) __attribute__((warn_unused_result));
/* Accepts one that is all zeros. */
void victim_proc_done(struct victim_proc *proc);

/* Fills *ret_proc for the victim of a kill at boot_usec (CLOCK_BOOTTIME). victim may be any thread of the process. Waits for the
 * command line CMDLINE_WAIT_MS at most; the rest of /proc is the kernel's own memory. */
void victim_proc_read(const struct oom_victim *victim, int64_t boot_usec, struct victim_proc *ret_proc);

/* Finds the process's path in the memory controller's hierarchy among the lines of its /proc/PID/cgroup: "4:memory:/path" (v1),
 * else "0::/path" (v2), "/path (deleted)" if the cgroup was removed since. Returns an empty text where that says nothing: for
 * "/", where v1 moves a process that exits, and for a path longer than VICTIM_PROC_CGROUP_MAX. */
struct text victim_proc_find_cgroup(struct text lines);
