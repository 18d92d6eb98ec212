/* daemon/watch/cgroup_kills.h: in which memory cgroups the kernel has counted kills: `oom_kill` of memory.events.local (v2, 5.2 on) or of
 * memory.oom_control (v1).
 *
 * A walk over all cgroups takes milliseconds for some hundred of them, so it is done by a writer's thread. All functions are called in the
 * loop's thread. */

#pragma once

#include "alert/alert.h"
#include "notify/writer.h"

/* Limits of one walk. Past them nothing is said of any cgroup. */
#define CGROUP_KILLS_WALK_MAX  4096 /* cgroups */
#define CGROUP_KILLS_DEPTH_MAX 32
#define CGROUP_KILLS_COUNTS    512 /* cgroups that have counted a kill */

/* How many are named, those with the most kills first. */
#define CGROUP_KILLS_NAMED 8

struct cgroup_kills;

/* root: the mount point of the memory controller; NULL: where systemd mounts it. writer is borrowed, and must have ended when this is
 * freed. Returns 0; -ENOENT where there is none; -ENOMEM. */
int cgroup_kills_new(const char *root, struct writer *writer, struct cgroup_kills **ret_kills)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct cgroup_kills *cgroup_kills_free(struct cgroup_kills *kills);

/* Begins to read the counts as those that later ones are compared with. */
void cgroup_kills_remember(struct cgroup_kills *kills);
/* Begins to compare with what was remembered last. Both do nothing while a walk goes on; NULL is accepted. */
void cgroup_kills_compare(struct cgroup_kills *kills);

/* The cgroups whose count has risen, by the last comparison; borrowed until the next one begins. 0: none, or not known. */
size_t cgroup_kills_risen(const struct cgroup_kills *kills, const struct alert_missed_cgroup **ret_cgroups);
