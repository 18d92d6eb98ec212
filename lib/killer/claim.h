/* lib/killer/claim.h: what a log says that a user-space killer did.
 *
 * The kernel prints nothing of such a kill, so all of it is a claim of whoever wrote the line. What is not printed is unknown: a number
 * is KILLER_UNKNOWN_NUMBER, a text has length 0. Sizes are bytes. */

#pragma once

#include "util/text.h"

#define KILLER_UNKNOWN_NUMBER INT64_MIN

/* The longest texts that are kept; what is longer is cut. */
#define KILLER_NAME_MAX                                                                                                \
        255 /* of a process, unit, pod, container: Android's names of processes are longer than a comm */
#define KILLER_PATH_MAX    4095 /* of a cgroup */
#define KILLER_REASON_MAX  511
#define KILLER_COMM_MAX    15
#define KILLER_PARENTS_MAX 8

/* Who killed. */
enum killer {
        KILLER_UNKNOWN, /* whoever tells of it doesn't say */
        KILLER_SYSTEMD_OOMD,
        KILLER_EARLYOOM,
        KILLER_NOHANG,
        KILLER_OOMD, /* Meta's */
        KILLER_TALOS,
        KILLER_LMKD,
        KILLER_LOWMEMORYKILLER, /* the kernel's own driver of old Android, which is not its OOM killer */
        KILLER_KUBELET,
        KILLER_COUNT,
};

/* Who wrote a line. */
enum killer_speaker {
        KILLER_BY_NOBODY, /* none of those below */
        KILLER_BY_SYSTEMD_OOMD,
        KILLER_BY_SYSTEMD, /* process 1, or a user's manager */
        KILLER_BY_EARLYOOM,
        KILLER_BY_NOHANG,
        KILLER_BY_OOMD,
        KILLER_BY_LMKD,
        KILLER_BY_KUBELET,
        KILLER_BY_DOCKER,
        KILLER_BY_KMSG,   /* a program, by way of the kernel's log; which one isn't known */
        KILLER_BY_KERNEL, /* the kernel, or such a program: the log doesn't say which */
        KILLER_SPEAKER_COUNT,
};

enum killer_signal { KILLER_SIGNAL_UNKNOWN, KILLER_SIGTERM, KILLER_SIGKILL };

enum killer_outcome { KILLER_OUTCOME_UNKNOWN, KILLER_EXITED, KILLER_STAYED };

struct killer_name {
        uint16_t length;
        char data[KILLER_NAME_MAX];
};

struct killer_path {
        uint16_t length;
        char data[KILLER_PATH_MAX];
};

struct killer_parent {
        int64_t pid;
        uint8_t comm_length;
        char comm[KILLER_COMM_MAX];
};

enum killer_size {
        KILLER_TOTAL_VM,
        KILLER_RSS,
        KILLER_ANON_RSS,
        KILLER_FILE_RSS,
        KILLER_SHMEM_RSS,
        KILLER_SWAP,
        KILLER_SIZES
};

struct killer_claim {
        enum killer killer;
        enum killer_speaker by; /* who says so */
        uint64_t seq;           /* of the first line of it, as the caller counts */
        int64_t pid, uid, oom_score_adj, badness;
        int64_t sizes[KILLER_SIZES];
        int64_t cgroup_bytes; /* the cgroup's memory in use */
        struct killer_name name;
        struct killer_name unit;      /* where no cgroup is named */
        struct killer_name pod;       /* "namespace/name" */
        struct killer_name container; /* id */
        struct killer_path cgroup;    /* absolute, below the mount point; what died was in it or below */
        size_t n_parents;
        struct killer_parent parents[KILLER_PARENTS_MAX]; /* the nearest first */
        uint16_t reason_length;
        char reason[KILLER_REASON_MAX];          /* in the killer's own words */
        enum killer_signal first_signal, signal; /* the first and the last one that was sent */
        enum killer_outcome outcome;
        int64_t n_processes; /* as it was counted by whom tells of it */
        uint64_t n_lines;    /* that say so */
        bool is_intention;   /* it was only said to be about to be killed */
        /* Told by somebody who wasn't the killer: a kill that the log has from another is the same one. */
        bool is_retelling;
        bool is_kernels;       /* a retelling that says that the kernel killed */
        bool is_pressure_only; /* the cgroup is the one that was watched; who died in it isn't said */
};

const char *killer_name(enum killer killer);               /* "systemd-oomd"; NULL: unknown */
const char *killer_speaker_name(enum killer_speaker who);  /* "systemd"; NULL: not known */
const char *killer_signal_name(enum killer_signal signal); /* "SIGKILL"; NULL: unknown */
/* The killer of that name, KILLER_COUNT if there is none. */
enum killer killer_of_name(struct text name);

/* Empties a claim: nothing is known. */
void killer_claim_clear(struct killer_claim *claim);

static inline struct text killer_name_text(const struct killer_name *name)
{
        return (struct text){ name->data, name->length };
}

static inline struct text killer_path_text(const struct killer_path *path)
{
        return (struct text){ path->data, path->length };
}

static inline void killer_name_set(struct killer_name *name, struct text text)
{
        name->length = (uint16_t)text_copy(text, name->data, sizeof(name->data));
}

static inline void killer_path_set(struct killer_path *path, struct text text)
{
        path->length = (uint16_t)text_copy(text, path->data, sizeof(path->data));
}

static inline void killer_reason_set(struct killer_claim *claim, struct text text)
{
        claim->reason_length = (uint16_t)text_copy(text, claim->reason, sizeof(claim->reason));
}
