/* lib/verdict/rows.h: the rows of a task table, whom the kernel chose of them, and the figures that badness is computed from.
 *
 * For verdict.c alone, which asks whether the choice follows from them. */

#pragma once

#include "oom/rows.h"
#include "verdict/badness.h"
#include "verdict/totalpages.h"
#include "verdict/verdict.h"

/* All rows that were kept whole, each once. */
#define OOM_KEPT_MAX ((OOM_HYPOTHESES_MAX + 1) * OOM_CANDIDATES_MAX)

/* The kernel's choice of a victim, as far as its report shows it. */
struct oom_choice {
        const struct oom_incident *incident;
        const struct oom_report *report;
        const struct oom_tasks *tasks;
        const struct oom_machine *machine;
        struct oom_formula formula;
        size_t n_rows, n_sizes;
        const struct oom_task *rows[OOM_KEPT_MAX]; /* among them the worst, whichever of the open figures holds */
        const struct oom_task *chosen, *victim;    /* NULL: no row */
        int64_t sizes[OOM_PAGE_SIZES_MAX];         /* of a page: the possible ones */
        struct oom_totalpages total;               /* computed with sizes[0] */
        int64_t swap_used_bytes;
};

/* Goes through the rows: all of the table, or, where these were too many, those that were kept whole. */
struct oom_row_walk {
        const struct oom_choice *choice;
        struct oom_rows_reader reader;
        size_t next;
};
bool oom_choice_has_all_rows(const struct oom_choice *choice);
void oom_choice_walk(const struct oom_choice *choice, struct oom_row_walk *ret_walk);
/* The next row, borrowed until the next call; NULL: there is none. */
const struct oom_task *oom_row_walk_next(struct oom_row_walk *walk);

bool oom_choice_is_chosen(const struct oom_choice *choice, const struct oom_task *row);
bool oom_choice_is_killable(const struct oom_choice *choice, const struct oom_task *row);
/* The badness of a row, with what the kernel's announcement says of the chosen one's. */
struct oom_points oom_choice_points(const struct oom_choice *choice, const struct oom_figures *figures,
                                    const struct oom_task *row);

/* Can badness be computed from what the table prints? */
bool oom_choice_is_computed(const struct oom_choice *choice);

/* Finds the rows and the figures of the choice that led to incident. machine: NULL if nothing is known of it. Both are borrowed
 * for as long as the choice is used. */
void oom_choice_read(const struct oom_incident *incident, const struct oom_machine *machine,
                     struct oom_choice *ret_choice);

/* Fills the figures and the rows of verdict: everything but kind, unknown_reason, rank and ties. verdict has no rows yet. */
void oom_choice_fill(const struct oom_choice *choice, struct oom_verdict *verdict);
