/* lib/verdict/verdict.h: oom_badness() over the task table that the kernel printed: who was the worst, and was it the one killed?
 *
 * The formula by era, what totalpages is, and what can't be known from the log: docs/kernel-oom-formats.md. What can't be known
 * leaves the verdict unknown, with the reason; it is never guessed. */

#pragma once

#include "oom/report.h"

#define OOM_HOLDERS_MAX 5

struct oom_candidate {
        int64_t pid, uid;
        struct oom_name comm;
        int64_t rss_bytes, swap_bytes, pgtables_bytes;
        int64_t oom_score_adj;
        int64_t badness;  /* in the kernel's unit: pages (2.6.36 to 3.1: thousandths of totalpages); OOM_UNKNOWN */
        bool is_killable; /* as far as is known */
};

/* What it held: resident and swapped out. */
static inline int64_t oom_candidate_held_bytes(const struct oom_candidate *candidate)
{
        if (candidate->rss_bytes == OOM_UNKNOWN)
                return OOM_UNKNOWN;
        return oom_sum_known(candidate->rss_bytes, candidate->swap_bytes);
}

enum oom_verdict_kind {
        OOM_VERDICT_NONE,
        OOM_VERDICT_CONSISTENT,   /* no killable process of the table was worse than the chosen one */
        OOM_VERDICT_INCONSISTENT, /* one was, by more than the figures can have moved between the choice and the table */
};

/* Why there is no verdict. */
enum oom_unknown_reason {
        OOM_VERDICT_KNOWN,
        OOM_VERDICT_UNKNOWN_NOT_CHOSEN, /* the process was not chosen by badness: a member of a group, or it shares memory */
        OOM_VERDICT_UNKNOWN_ALLOCATING_TASK, /* vm.oom_kill_allocating_task chose it */
        OOM_VERDICT_UNKNOWN_NOT_NAMED, /* the line that names the chosen one was lost: a child may have been killed for its parent */
        OOM_VERDICT_UNKNOWN_NO_KILL_LINE, /* another was worse, but the kill line, which was lost, might say that the allocating task was chosen */
        OOM_VERDICT_UNKNOWN_NO_VICTIM, /* nobody was chosen */
        OOM_VERDICT_UNKNOWN_NO_TABLE, /* vm.oom_dump_tasks is off, the report was suppressed, or the kernel prints none */
        OOM_VERDICT_UNKNOWN_TABLE_CUT,   /* records of the table were lost */
        OOM_VERDICT_UNKNOWN_NO_LAYOUT,   /* the names of its columns were lost */
        OOM_VERDICT_UNKNOWN_OLD_FORMULA, /* up to 2.6.35 the badness counts times and children, which are not printed */
        OOM_VERDICT_UNKNOWN_NOT_IN_TABLE, /* the chosen one has no row */
        OOM_VERDICT_UNKNOWN_OTHER_ROW,    /* the row with its pid is another's */
        OOM_VERDICT_UNKNOWN_NOT_KEPT,     /* its row is not among those that were kept of a very large table */
        OOM_VERDICT_UNKNOWN_SWAP,         /* how much swap each process has is not printed (2.6.36 to 3.1, RHEL 6) */
        OOM_VERDICT_UNKNOWN_TOTALPAGES,   /* totalpages is not known, and it matters */
        OOM_VERDICT_UNKNOWN_PAGE_SIZE,    /* neither is the page size */
        OOM_VERDICT_UNKNOWN_TOO_CLOSE,    /* another is worse by less than the figures move */
};

struct oom_verdict {
        int64_t page_size_bytes;  /* OOM_UNKNOWN */
        int64_t totalpages_bytes; /* what oom_score_adj is a share of; OOM_UNKNOWN */
        enum oom_verdict_kind kind;
        enum oom_unknown_reason unknown_reason;
        int64_t rank; /* of the chosen one: 1 + rows with a higher badness; OOM_UNKNOWN */
        int64_t ties; /* killable others with exactly its badness; OOM_UNKNOWN */
        /* consistent, but whatever they hold: their oom_score_adj makes the badness of all that may be killed the least, 1 */
        bool is_floor;
        int64_t candidates_total; /* rows of the table; OOM_UNKNOWN: not all were read */
        bool has_chosen, has_victim;
        /* the row of the one the kernel named: a parent whose child was killed, else the victim */
        struct oom_candidate chosen;
        struct oom_candidate victim; /* the row of the one killed */
        uint8_t n_candidates;
        struct oom_candidate candidates[OOM_CANDIDATES_MAX]; /* worst first; by rss where the badness is not known */
        uint8_t n_holders;
        /* those with the most memory and swap, killable or not, most first */
        struct oom_candidate holders[OOM_HOLDERS_MAX];
};

/* Says whether the choice that led to incident, whose rows were found (victim.h), follows from oom_badness(). Never fails. machine: NULL if nothing is known of it. */
void oom_verdict_of(const struct oom_incident *incident, const struct oom_machine *machine,
                    struct oom_verdict *ret_verdict);
