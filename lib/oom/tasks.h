/* lib/oom/tasks.h: the task table of a report, in constant memory: sums over all rows, and the rows that may turn out to
 * be the worst.
 *
 * Which rows these are depends on what may be known only later: the page size (the kill line shows it) and totalpages (the
 * swap that a cgroup may use). A row's badness is linear in totalpages, so rows are kept by their badness under each
 * hypothesis: page sizes times the two ends of what totalpages may be. badness.h recomputes it once that is known. */

#pragma once

#include "oom/value.h"

#define OOM_CANDIDATES_MAX 10

/* include/uapi/linux/oom.h */
#define OOM_SCORE_ADJ_MIN (-1000) /* exempt */
#define OOM_SCORE_ADJ_MAX 1000
#define OOM_ADJ_MIN       (-17) /* up to 3.1; exempt */
#define OOM_ADJ_MAX       15
/* A larger number in a row isn't the kernel's: an address space has at most 2^45 pages (57 bits of address). Small
 * enough that nothing computed from a row overflows. */
#define OOM_TASK_VALUE_MAX (INT64_C(1) << 48)

/* The columns of the table, named by its header (dump_tasks(), mm/oom_kill.c). */
enum oom_column {
        OOM_COLUMN_PID,
        OOM_COLUMN_UID,
        OOM_COLUMN_TGID,
        OOM_COLUMN_TOTAL_VM,
        OOM_COLUMN_RSS,
        OOM_COLUMN_RSS_ANON,
        OOM_COLUMN_RSS_FILE,
        OOM_COLUMN_RSS_SHMEM,
        OOM_COLUMN_NR_PTES,
        OOM_COLUMN_NR_PMDS,
        OOM_COLUMN_PGTABLES_BYTES,
        OOM_COLUMN_SWAPENTS,
        OOM_COLUMN_CPU,
        OOM_COLUMN_OOM_ADJ,
        OOM_COLUMN_OOM_SCORE_ADJ,
        OOM_COLUMN_UNKNOWN, /* one that no kernel has printed yet: passed over */
        OOM_COLUMN_COUNT,
};

/* The columns before the name, in order. count 0: the header was not seen. */
#define OOM_COLUMNS_MAX 24
struct oom_layout {
        uint8_t count;
        uint8_t columns[OOM_COLUMNS_MAX]; /* enum oom_column */
        bool is_wide_pid;                 /* "[  pid  ]", 4.19 on; "[ pid ]" before */
};

static inline bool oom_layout_has(const struct oom_layout *layout, enum oom_column column)
{
        for (size_t i = 0; i < layout->count; i++)
                if (layout->columns[i] == column)
                        return true;
        return false;
}

/* One row: a process. */
struct oom_task {
        int64_t values[OOM_COLUMN_COUNT]; /* by column; pages where the kernel prints pages */
        struct oom_name comm;
        uint64_t index;         /* its position in the table, from 0 */
        bool is_victim_already; /* killed a moment ago by an earlier OOM: passed over (MMF_OOM_SKIP), or about to go */
};

/* Badness depends on two numbers that may be known only after the table: */
struct oom_hypothesis {
        int64_t page_size_bytes;
        int64_t totalpages_bytes; /* totalpages times the page size; OOM_UNLIMITED: no upper end is known */
};
#define OOM_HYPOTHESES_MAX 6 /* page sizes of 4, 16 and 64 KiB, times two ends */

struct oom_ranked {
        int64_t badness;
        struct oom_task task;
};

/* The worst under one hypothesis. If rows tie for the last rank, the earliest and the latest are kept: of equals the
 * kernel takes the first up to 5.2, the last from 5.3 on. */
struct oom_ranking {
        struct oom_hypothesis hypothesis;
        int64_t adj_unit_pages; /* what 1 of oom_score_adj adds; OOM_ADJ_UNIT_MAX for OOM_UNLIMITED */
        uint8_t page_shift;
        uint8_t used;
        bool has_dropped;                  /* there were more rows, none worse than the last */
        uint64_t n_dropped_equal;          /* dropped rows that tie with the last one */
        uint8_t order[OOM_CANDIDATES_MAX]; /* of rows, the worst first */
        struct oom_ranked rows[OOM_CANDIDATES_MAX];
};
/* Larger than anything else in a row's badness. */
#define OOM_ADJ_UNIT_MAX (INT64_C(1) << 51)

/* What 1 of oom_score_adj adds, in pages. */
static inline int64_t oom_adj_unit(int64_t totalpages_bytes, int64_t page_size_bytes)
{
        return totalpages_bytes == OOM_UNLIMITED ? OOM_ADJ_UNIT_MAX : totalpages_bytes / page_size_bytes / 1000;
}

struct oom_rows;

struct oom_tasks {
        bool is_known;    /* a row was read */
        bool has_cut_row; /* there was one that a log cut, and that can't be read */
        /* its header was read, and no record was lost between that and the end of the table; where nobody would have noticed
         * (a log of lines), its report has all that a filter takes away (oom_report_has_body()) */
        bool is_complete;
        struct oom_layout layout;
        uint64_t count;           /* rows */
        uint64_t n_unkillable;    /* rows that oom_score_adj (oom_adj) exempts */
        int64_t unkillable_pages; /* what these hold, resident and swapped out */
        /* of total_vm, rss, rss_*, nr_ptes, nr_pmds, pgtables_bytes, swapents, over all rows;
         * OOM_UNKNOWN for what has no such column */
        int64_t sums[OOM_COLUMN_COUNT];
        uint8_t n_rankings;
        struct oom_ranking rankings[OOM_HYPOTHESES_MAX]; /* of rows that may be killed */
        /* the same of all rows, by the memory they hold, whatever their oom_score_adj is */
        struct oom_ranking holders;
        struct oom_rows *rows; /* all of them: rows.h; NULL: they are not kept. Whoever made the report owns it */
};

void oom_tasks_clear(struct oom_tasks *tasks);
/* Begins an empty table. layout: NULL or its count 0: not known. At most OOM_HYPOTHESES_MAX hypotheses are used. */
void oom_tasks_begin(struct oom_tasks *tasks, const struct oom_layout *layout, const struct oom_hypothesis *hypotheses,
                     size_t count);
/* Counts a row (its values by column, OOM_COLUMN_COUNT of them). Returns whether it is among the worst so far: then
 * oom_tasks_keep() is to be called with the whole row, before the next is counted. */
bool oom_tasks_count(struct oom_tasks *tasks, const int64_t *values);
/* Copies the row, but for its index. */
void oom_tasks_keep(struct oom_tasks *tasks, const struct oom_task *task);

/* The row of rank i: 0 is the worst; i is below used. */
static inline const struct oom_ranked *oom_ranking_row(const struct oom_ranking *ranking, size_t i)
{
        return &ranking->rows[ranking->order[i]];
}

/* May a process with these values be killed at all, as far as the table shows? */
bool oom_task_is_exempt(const int64_t *values);
