/* daemon/watch/containerd.h: whether this machine has a task of containerd, by its folder. Everybody may look for it: only what is in
 * it is root's. */

#pragma once

#include "util/text.h"

/* Where containerd keeps a folder for each task, "NAMESPACE/ID", until the task is deleted. */
#define CONTAINERD_TASKS "/run/containerd/io.containerd.runtime.v2.task"

/* Neither name may hold a '/', or be "." or "..": owner_may_be_containerd() gives none that does. tasks is CONTAINERD_TASKS, but in
 * tests. Doesn't block: /run is in memory. */
bool containerd_has_task_in(const char *tasks, struct text namespace, struct text id);
/* The same on this machine. */
bool containerd_has_task(struct text namespace, struct text id);
