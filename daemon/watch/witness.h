/* daemon/watch/witness.h: what /proc still shows of a victim when its kill line is read: cgroup, command line, user.
 *
 * A race against the victim's end, entered once and never waited for: what is gone is unknown. What is found is believed
 * only if the process is the one that was killed: same comm, and older than the kill line. */

#pragma once

#include "oom/report.h"

#define WITNESS_CMDLINE_MAX 4096
#define WITNESS_CGROUP_MAX  4096
#define WITNESS_USER_MAX    256

struct witness {
        bool sees_processes, sees_cgroups; /* whether /proc shows them by the names that the kernel's log has */
        char cgroup[WITNESS_CGROUP_MAX]; /* path in the hierarchy of the memory controller; may hold any byte but NUL */
        size_t cgroup_length;            /* 0: unknown */
        char cmdline[WITNESS_CMDLINE_MAX]; /* arguments joined by blanks */
        size_t cmdline_length;             /* 0: unknown */
        char user[WITNESS_USER_MAX];       /* "": unknown */
};

/* To be called once: finds out what can be seen from here. */
void witness_init(struct witness *ret_witness);

/* Fills *ret_witness for the victim of a kill at boot_usec (CLOCK_BOOTTIME), which may be of a thread of it. Blocks on
 * nothing but /proc and /etc/passwd. */
void witness_look(const struct oom_victim *victim, int64_t boot_usec, struct witness *ret_witness);
