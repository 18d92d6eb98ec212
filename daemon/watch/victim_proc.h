/* daemon/watch/victim_proc.h: what /proc still shows of a victim when its kill line is read: its cgroup, where the report has
 * none, and its command line.
 *
 * A race against the victim's end, entered once and never waited for: what is gone is unknown. What is found is believed
 * only if the process is the one that was killed: same comm, and older than the kill line. */

#pragma once

#include "oom/report.h"
#include "watch/cmdline.h"

#define WITNESS_CGROUP_MAX 4096

struct witness {
        struct cmdline_reader *cmdline_reader;
        bool sees_processes, sees_cgroups; /* whether /proc shows them by the names that the kernel's log has */
        char cgroup[WITNESS_CGROUP_MAX]; /* path in the hierarchy of the memory controller; may hold any byte but NUL */
        size_t cgroup_length;            /* 0: unknown */
        char cmdline[CMDLINE_MAX];       /* arguments joined by blanks */
        size_t cmdline_length;           /* 0: unknown */
};

/* To be called once: finds out what can be seen from here. Returns 0 or -errno. */
int witness_init(struct witness *ret_witness) __attribute__((warn_unused_result));
/* Copes with a witness that is all zeros. */
void witness_done(struct witness *witness);

/* Fills *ret_witness for the victim of a kill at boot_usec (CLOCK_BOOTTIME), which may be of a thread of it. Blocks on
 * nothing but what of /proc the kernel itself has, and on the command line for CMDLINE_WAIT_MS at most. */
void witness_look(const struct oom_victim *victim, int64_t boot_usec, struct witness *ret_witness);
