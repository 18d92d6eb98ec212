#include "verdict/badness.h"

#include "util/wide.h"

/* Who has CAP_SYS_ADMIN is not printed; uid 0 may. */
#define ROOT_BONUS_PERCENT    3
#define ROOT_BONUS_THOUSANDTH 30
#define MARGIN_PAGES          256

void oom_formula_of(const struct oom_layout *layout, bool is_5_4_or_later, struct oom_formula *ret_formula)
{
        const bool bytes = oom_layout_has(layout, OOM_COLUMN_PGTABLES_BYTES);
        const bool ptes = oom_layout_has(layout, OOM_COLUMN_NR_PTES);
        struct oom_formula formula = { .kind = OOM_FORMULA_NONE };

        if (oom_layout_has(layout, OOM_COLUMN_OOM_ADJ)) {
                if (!oom_layout_has(layout, OOM_COLUMN_OOM_SCORE_ADJ))
                        formula.kind = OOM_FORMULA_OLD;
                else if (oom_layout_has(layout, OOM_COLUMN_RSS) && oom_layout_has(layout, OOM_COLUMN_TOTAL_VM))
                        formula.kind = OOM_FORMULA_NORMALISED;
                formula.has_root_bonus = formula.may_be_at_least_1 = formula.takes_first = true;
        } else if ((bytes || ptes) && oom_layout_has(layout, OOM_COLUMN_RSS) &&
                   oom_layout_has(layout, OOM_COLUMN_SWAPENTS) && oom_layout_has(layout, OOM_COLUMN_OOM_SCORE_ADJ)) {
                formula.kind = OOM_FORMULA_PAGES;
                /* 4.15 still has it, 4.18 not, both print "[ pid ]" and pgtables_bytes */
                formula.has_root_bonus = ptes || !layout->is_wide_pid;
                formula.may_be_negative = !ptes;
                formula.may_be_at_least_1 = !oom_layout_has(layout, OOM_COLUMN_RSS_ANON);
                formula.takes_first = ptes || !layout->is_wide_pid;
                formula.takes_last = !formula.takes_first && is_5_4_or_later;
        }
        *ret_formula = formula;
}

static int64_t clamped(int64_t value, int64_t low, int64_t high)
{
        return value < low ? low : value > high ? high : value;
}

static int64_t thousandths(int64_t pages, int64_t totalpages)
{
        return mul_div(pages, 1000, totalpages);
}

/* (rss + swap + page tables) * 1000 / totalpages, of which the table has rss alone. 2.6.37 leaves page tables out, 2.6.39 and
 * RHEL 6 count those of the lowest level: one for 512 pages at least, and some that are hardly used. */
static struct oom_points normalised_points(const struct oom_figures *figures, const int64_t *values)
{
        const int64_t totalpages = figures->totalpages_bytes / figures->page_size_bytes;
        const int64_t rss = values[OOM_COLUMN_RSS], total_vm = values[OOM_COLUMN_TOTAL_VM];
        const int64_t adj = values[OOM_COLUMN_OOM_SCORE_ADJ];
        const int64_t room = total_vm > rss ? total_vm - rss : 0;
        int64_t swap = room, bonus = values[OOM_COLUMN_UID] == 0 ? ROOT_BONUS_THOUSANDTH : 0;

        if (figures->swap_used_bytes != OOM_UNKNOWN && figures->swap_used_bytes / figures->page_size_bytes < room)
                swap = figures->swap_used_bytes / figures->page_size_bytes;
        return (struct oom_points){
                .min = clamped(thousandths(rss, totalpages) - bonus + adj, 1, 1000),
                .max = clamped(thousandths(rss + swap + total_vm / 512 + 16, totalpages) + adj, 1, 1000),
        };
}

struct oom_points oom_formula_points(const struct oom_formula *formula, const struct oom_figures *figures,
                                     const int64_t *values)
{
        const int64_t adj = values[OOM_COLUMN_OOM_SCORE_ADJ];
        int64_t held;
        struct oom_points points;

        if (formula->kind == OOM_FORMULA_NORMALISED)
                return normalised_points(figures, values);
        held = values[OOM_COLUMN_RSS] + values[OOM_COLUMN_SWAPENTS] + oom_known_or_0(values[OOM_COLUMN_NR_PTES]) +
               oom_known_or_0(values[OOM_COLUMN_NR_PMDS]) +
               oom_known_or_0(values[OOM_COLUMN_PGTABLES_BYTES]) / figures->page_size_bytes;
        points.min = points.max = held + adj * oom_adj_unit(figures->totalpages_bytes, figures->page_size_bytes);
        if (formula->has_root_bonus && values[OOM_COLUMN_UID] == 0)
                points.min -= held * ROOT_BONUS_PERCENT / 100;
        if (figures->is_at_least_1) {
                points.min = points.min < 1 ? 1 : points.min;
                points.max = points.max < 1 ? 1 : points.max;
        }
        return points;
}

int64_t oom_formula_margin(const struct oom_formula *formula, const struct oom_figures *figures, int64_t badness)
{
        int64_t least = MARGIN_PAGES, part = badness / 100;

        if (formula->kind == OOM_FORMULA_NORMALISED)
                least = 2 + thousandths(MARGIN_PAGES, figures->totalpages_bytes / figures->page_size_bytes);
        if (part < 0)
                part = -part;
        return part > least ? part : least;
}
