/* lib/verdict/badness.h: oom_badness() of one row of the task table (mm/oom_kill.c). The table's columns
 * say which of its forms is right, never a version; if two fit, a row's points are a range. */

#pragma once

#include "oom/tasks.h"

enum oom_formula_kind {
        OOM_FORMULA_NONE,       /* columns are missing that it needs */
        OOM_FORMULA_OLD,        /* up to 2.6.35: counts times and children too */
        OOM_FORMULA_NORMALISED, /* 2.6.36 to 3.1, RHEL 6: thousandths of totalpages, 1 to 1000 */
        OOM_FORMULA_PAGES,      /* 3.2 on */
};

struct oom_formula {
        enum oom_formula_kind kind;
        bool has_root_bonus;    /* may have: 3 % less (30 thousandths) for whoever has CAP_SYS_ADMIN, up to 4.17 */
        bool may_be_negative;   /* points below 1 stay as they are: 5.9 on, and backports */
        bool may_be_at_least_1; /* they are raised to 1: before */
        bool takes_first, takes_last; /* the first or the last of equals; both false: not known */
};

/* Numbers that a row's badness depends on besides the row. */
struct oom_figures {
        int64_t page_size_bytes;
        int64_t totalpages_bytes; /* or OOM_UNLIMITED: oom_score_adj is all that counts */
        int64_t swap_used_bytes;  /* of the machine; NORMALISED only: the table does not say who uses it. OOM_UNKNOWN */
        bool is_at_least_1;
};

struct oom_points {
        int64_t min, max;
};

/* is_5_4_or_later: see oom_is_5_4_or_later(). */
void oom_formula_of(const struct oom_layout *layout, bool is_5_4_or_later, struct oom_formula *ret_formula);

/* formula is NORMALISED or PAGES; figures are such that it can be computed: NORMALISED needs totalpages. */
struct oom_points oom_formula_points(const struct oom_formula *formula, const struct oom_figures *figures,
                                     const int64_t *values);

/* How much higher another's badness may be without contradicting the choice: figures change between the choice and the table. */
int64_t oom_formula_margin(const struct oom_formula *formula, const struct oom_figures *figures, int64_t badness);
