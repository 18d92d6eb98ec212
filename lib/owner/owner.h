/* lib/owner/owner.h: whose a cgroup is: systemd unit and slice, container and its runtime, Kubernetes pod.
 *
 * From the path alone, as the kernel prints it in `task_memcg=` or /proc/<pid>/cgroup shows it: by the time that
 * anybody could be asked, the container is gone. A path names its parts by convention only, so every rule here says
 * whose convention it is. What no rule knows stays unknown.
 *
 * unit and slice are systemd's, outermost, and can't be forged from below. user_unit is named by that user. Container
 * and pod are the innermost ones, and whoever may make cgroups below a unit can make them up (owner.c). */

#pragma once

#include "util/text.h"

/* The longest name of a unit is 255 (UNIT_NAME_MAX); a file name, so also a cgroup's, has the same limit (NAME_MAX). */
#define OWNER_NAME_MAX 255

struct owner {
        char unit[OWNER_NAME_MAX + 1];         /* system unit: "nginx.service", "docker-<id>.scope"; "" unknown */
        char user_unit[OWNER_NAME_MAX + 1];    /* unit of a user's manager, below "user@<uid>.service"; "" none */
        char slice[OWNER_NAME_MAX + 1];        /* innermost system slice: "system.slice"; "" unknown */
        char container_id[OWNER_NAME_MAX + 1]; /* full id (64 hex digits) or the name (lxc); "" none */
        /* "docker", "containerd", "cri-o", "podman", "lxc", "garden", ...; NULL unknown */
        const char *container_runtime;
        char pod_uid[64]; /* as Kubernetes has it, with '-'; "" none */
};

/* Fills *ret_owner from the unescaped absolute path. Never fails: what can't be told is "". */
void owner_from_cgroup(struct text path, struct owner *ret_owner);

/* A container's id as docker and podman show it: the first 12 of its 64 digits. Other ids, and names, are returned whole. */
struct text owner_short_id(struct text id);
