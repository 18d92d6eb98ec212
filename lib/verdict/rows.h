/* lib/verdict/rows.h: the inside of the judgement, between badness.c (who the rows are, what they show) and consistency.c (does
 * the choice follow from them?). For nobody else. */

#pragma once

#include "verdict/badness.h"
#include "verdict/totalpages.h"
#include "verdict/verdict.h"

/* All rows that were kept, each once. */
#define OOM_KEPT_MAX ((OOM_HYPOTHESES_MAX + 1) * OOM_CANDIDATES_MAX)

struct oom_judge {
        const struct oom_incident *incident;
        const struct oom_report *report;
        const struct oom_tasks *tasks;
        const struct oom_machine *machine;
        struct oom_formula formula;
        size_t rows_used, sizes_used;
        const struct oom_task *rows[OOM_KEPT_MAX];
        const struct oom_task *chosen, *victim; /* NULL: no row */
        int64_t sizes[OOM_PAGE_SIZES_MAX];      /* of a page: one, or all that may be */
        struct oom_totalpages total;            /* for sizes[0] */
        int64_t swap_used_bytes;
};

bool oom_judge_is_killable(const struct oom_judge *judge, const struct oom_task *row);
/* The badness of a row, with what the kernel's announcement says of the chosen one's. */
struct oom_points oom_judge_points(const struct oom_judge *judge, const struct oom_figures *figures,
                                   const struct oom_task *row);

/* Fills consistency, untold, rank and ties. The formula can be computed. */
void oom_judge_consistency(const struct oom_judge *judge, struct oom_judgement *judgement);
