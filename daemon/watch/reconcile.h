/* daemon/watch/reconcile.h: compares the kernel's own count of OOM kills with the kill lines that were read.
 *
 * The kernel counts each kill in `oom_kill` of /proc/vmstat, right before it prints the kill line (__oom_kill_process(), mm/oom_kill.c,
 * 4.13 on); a group's first victim is counted and printed twice. So what it has counted for RECONCILE_GRACE_USEC must have been read by
 * then, or its line is lost: that many kills are missed. A count is *explained* once its line was read or it was reported as missed.
 *
 * Times are CLOCK_BOOTTIME, in microseconds. Belongs to the thread of the loop. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long after a kill line, a loss or the start the counts are compared. */
#define RECONCILE_DELAY_MS 2000
/* How long a difference must stay, and how often it is looked at meanwhile: a kill may be counted and its line not printed yet. */
#define RECONCILE_GRACE_USEC (5 * 1000 * 1000)
#define RECONCILE_AGAIN_MS   1000

/* What is explained by records that the cursor has not passed yet. */
struct reconcile_step {
        uint64_t first_seq, last_seq; /* of the records; the same but where steps had to be put together */
        uint64_t n_kills;
        int64_t balanced_usec; /* as it was before */
};
#define RECONCILE_STEPS_MAX 1024

struct reconcile {
        int fd;               /* /proc/vmstat; negative: the kernel's count is not known */
        bool has_base;        /* n_explained is comparable with the kernel's count */
        uint64_t n_explained; /* without a base: the lines that were read */
        uint64_t n_counted;   /* by the kernel, when it was last asked */
        int64_t balanced_usec; /* up to then all of the kernel's count is explained; 0: nothing is known since the boot */
        bool has_difference;   /* at each check since difference_usec, and the least of them is: */
        int64_t difference;    /* the kernel's count less what is explained */
        int64_t difference_usec;
        uint64_t looked_count; /* the kernel's, when reconcile_is_quiet() was called last */
        size_t n_steps;
        struct reconcile_step steps[RECONCILE_STEPS_MAX];
};

/* What is known of the count at a record of the kernel log: the cursor has it. */
struct reconcile_mark {
        uint64_t n_explained;
        int64_t balanced_usec;
};

/* A part of the kernel's count that nothing explains. */
struct reconcile_missed {
        uint64_t n_kills;       /* 0: none */
        uint64_t n_explained;   /* before them, since the boot */
        int64_t since_usec;     /* they happened after that; 0: since the boot */
        uint64_t n_superfluous; /* kill lines that the kernel has not counted; they no longer explain anything */
};

/* Opens the file of the kernel's count. path: "/proc/vmstat". mark: what the run before had explained up to where reading begins;
 * NULL: unknown. Returns 0; -ENODATA where the kernel doesn't count, -errno. *ret_reconcile is set in any case, and a count that is not
 * known explains nothing and misses nothing. */
int reconcile_init(const char *path, const struct reconcile_mark *mark, struct reconcile *ret_reconcile)
        __attribute__((warn_unused_result));
void reconcile_done(struct reconcile *reconcile);

/* The record seq was a kill line, as n_kills of the kernel's count. */
void reconcile_explain(struct reconcile *reconcile, uint64_t seq, uint64_t n_kills);

/* Compares. has_read_all: no record waits to be read. Returns after how many milliseconds to call again, 0: not needed. What
 * *ret_missed says is explained by then by the record seq, with which the caller reports it. */
int reconcile_check(struct reconcile *reconcile, int64_t now_usec, bool has_read_all, uint64_t seq,
                    struct reconcile_missed *ret_missed);

/* Whether the lines of all kills that the kernel has counted up to now were read, and it has counted none since the last call. Then no
 * record that was printed up to now and isn't read yet is a kill line. Returns false where that isn't known. */
bool reconcile_is_quiet(struct reconcile *reconcile);

/* What is explained by the records up to seq. Returns false if that can't be told: nothing is comparable, or seq is within steps that
 * had to be put together. */
bool reconcile_at(const struct reconcile *reconcile, uint64_t seq, struct reconcile_mark *ret_mark);
/* The cursor has passed seq. */
void reconcile_forget(struct reconcile *reconcile, uint64_t seq);
