/* daemon/watch/leaving.h: victims whose processes are not gone yet: the kernel may still print that the memory of one can't be taken back.
 *
 * oom_reaper (mm/oom_kill.c) begins 2 s after the kill (5.19 on; before, at once), tries for 1 s, and says so after that. Of a process
 * that is gone it says nothing: its memory is gone too. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For so long a victim is looked for. */
#define LEAVING_USEC (10 * 1000 * 1000)
#define LEAVING_MAX  32

struct leaving {
        size_t n;
        struct leaving_victim {
                int64_t pid, killed_usec;
        } victims[LEAVING_MAX]; /* the oldest first */
};

/* The process was killed. now_usec: CLOCK_MONOTONIC. Of more than LEAVING_MAX the oldest one is forgotten. */
void leaving_note(struct leaving *leaving, int64_t pid, int64_t now_usec);

/* Whether one is still there. pids are those of the process' own namespace. */
bool leaving_any(struct leaving *leaving, int64_t now_usec);
