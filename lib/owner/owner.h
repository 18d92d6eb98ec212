/* lib/owner/owner.h: the owner of a cgroup: systemd unit and slice, container and its runtime, Kubernetes pod, job
 * of a batch system.
 *
 * It is read from the path alone, as the kernel prints it in `task_memcg=` or /proc/<pid>/cgroup shows it, because
 * the container is gone before its engine could be asked. Paths name their parts by convention only; each rule in
 * owner.c, container.c and job.c says whose convention it is. What no rule covers stays unknown.
 *
 * unit and slice are the outermost ones and can't be forged from below. user_unit is named by that user. Container
 * and pod are the innermost ones, and can be forged by whoever may make cgroups below the unit. A job is recognised
 * only where its batch system makes it, which no user can. */

#pragma once

#include "util/text.h"

/* Bytes of a unit's name (UNIT_NAME_MAX), and of a file name, so of a cgroup's too (NAME_MAX). */
#define OWNER_NAME_MAX 255

#define OWNER_UID_UNKNOWN INT64_C(-1)

struct owner {
        char unit[OWNER_NAME_MAX + 1];         /* system unit: "nginx.service", "docker-<id>.scope"; "" unknown */
        char user_unit[OWNER_NAME_MAX + 1];    /* unit of a user's manager, below "user@<uid>.service"; "" none */
        char slice[OWNER_NAME_MAX + 1];        /* innermost system slice: "system.slice"; "" unknown */
        char container_id[OWNER_NAME_MAX + 1]; /* full id (64 hex digits) or the name (lxc); "" none */
        bool has_container_name;               /* container_id is the name that people gave it */
        /* "docker", "containerd", "cri-o", "podman", "lxc", "garden", ...; NULL unknown */
        const char *container_runtime;
        char pod_uid[64];        /* as Kubernetes has it, with '-'; "" none */
        const char *job_manager; /* "slurm", "nomad", "yarn", "pbs", "torque", "htcondor"; NULL none */
        /* "" unknown; slurm: job, or its SLUID; nomad: allocation; yarn: application */
        char job_id[OWNER_NAME_MAX + 1];
        char job_step[OWNER_NAME_MAX + 1]; /* "" unknown; slurm: "batch", "extern", "0"; nomad: task */
        int64_t uid;                       /* Android: the app's; OWNER_UID_UNKNOWN */
};

/* Fills *ret_owner from an absolute path without escapes. Never fails; what is unknown is "". is_cut: the end of
 * path is missing, so that its last component may be a part of a name: it names nobody. */
void owner_from_cgroup(struct text path, bool is_cut, struct owner *ret_owner);

/* Whether the path may be that of a task of containerd's own client, "/<namespace>/<id>", or below it. Any path may
 * look so: it has to be confirmed, by the folder /run/containerd/io.containerd.runtime.v2.task/<namespace>/<id>,
 * which any user may look for. The texts are borrowed from path, and have no '/' and are neither "." nor "..". */
bool owner_may_be_containerd(struct text path, bool is_cut, struct text *ret_namespace, struct text *ret_id);
/* The owner is a container that the path alone doesn't show. id: at most OWNER_NAME_MAX bytes, letters, digits, '.', '_', '-'. */
void owner_set_container(struct owner *owner, const char *runtime, struct text id);

/* A container's id as docker and podman show it: the first 12 of its 64 digits. Other ids, and names, are returned whole. */
struct text owner_short_id(struct text id);
