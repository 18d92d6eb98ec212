/* lib/owner/owner.h: the owner of a cgroup: systemd unit and slice, container and its runtime, Kubernetes pod.
 *
 * It is read from the path alone, as the kernel prints it in `task_memcg=` or /proc/<pid>/cgroup shows it, because the
 * container is gone before its engine could be asked. Paths name their parts by convention only; each rule in owner.c
 * says whose convention it is. What no rule covers stays unknown.
 *
 * unit and slice are the outermost ones and can't be forged from below. user_unit is named by that user. Container and
 * pod are the innermost ones, and can be forged by whoever may make cgroups below the unit. */

#pragma once

#include "util/text.h"

/* Bytes of a unit's name (UNIT_NAME_MAX), and of a file name, so of a cgroup's too (NAME_MAX). */
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

/* Fills *ret_owner from an absolute path without escapes. Never fails; what is unknown is "". */
void owner_from_cgroup(struct text path, struct owner *ret_owner);

/* A container's id as docker and podman show it: the first 12 of its 64 digits. Other ids, and names, are returned whole. */
struct text owner_short_id(struct text id);
