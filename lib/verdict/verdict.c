/* lib/verdict/verdict.c: does the kernel's choice follow from the table? The answer has to be the same under everything that
 * the report leaves open (page size, totalpages, form of the formula); else the verdict is unknown. */

#include "verdict/verdict.h"

#include "util/wide.h"
#include "verdict/rows.h"

struct outcome {
        bool is_beaten;  /* another is worse, by more than the figures move */
        bool is_close;   /* another is worse by less, or may be worse */
        bool has_unseen; /* a row that was not kept may be worse */
        bool is_floor;   /* the chosen one's badness is the least there is */
        int64_t rank, ties;
};

static const struct oom_ranked *last_of(const struct oom_ranking *ranking)
{
        return oom_ranking_row(ranking, ranking->used - 1U);
}

/* Did every ranking drop rows? Then one that was not kept may be worse. */
static bool has_dropped_rows(const struct oom_tasks *tasks)
{
        for (size_t i = 0; i < tasks->n_rankings; i++)
                if (!tasks->rankings[i].has_dropped)
                        return false;
        return true;
}

/* The rankings for the nearest smaller and larger totalpages; one and the same if it fits exactly. */
static void find_rankings(const struct oom_tasks *tasks, const struct oom_figures *figures,
                          const struct oom_ranking **ret_below, const struct oom_ranking **ret_above)
{
        const int64_t total = figures->totalpages_bytes;

        *ret_below = *ret_above = NULL;
        for (size_t i = 0; i < tasks->n_rankings; i++) {
                const struct oom_ranking *ranking = &tasks->rankings[i];
                int64_t bytes = ranking->hypothesis.totalpages_bytes;

                if (ranking->hypothesis.page_size_bytes != figures->page_size_bytes)
                        continue;
                if (bytes <= total && (!*ret_below || bytes > (*ret_below)->hypothesis.totalpages_bytes))
                        *ret_below = ranking;
                if (bytes >= total && (!*ret_above || bytes < (*ret_above)->hypothesis.totalpages_bytes))
                        *ret_above = ranking;
        }
}

/* No row that was not kept has more pages of badness than this. A row's badness is linear in totalpages: between two rankings
 * it is no more than what lies between their last rows. INT64_MAX: nothing is known. */
static int64_t unseen_most(const struct oom_tasks *tasks, const struct oom_figures *figures)
{
        const struct oom_ranking *below, *above;
        int64_t unit, low, high, difference, more;

        find_rankings(tasks, figures, &below, &above);
        if (!below || !above)
                return INT64_MAX;
        low = last_of(below)->badness;
        high = last_of(above)->badness;
        if (below->adj_unit_pages == above->adj_unit_pages)
                return low < high ? low : high;
        unit = oom_adj_unit(figures->totalpages_bytes, figures->page_size_bytes) - below->adj_unit_pages;
        if (above->hypothesis.totalpages_bytes == OOM_UNLIMITED) /* there oom_score_adj alone counts */
                more = mul_div(unit, last_of(above)->task.values[OOM_COLUMN_OOM_SCORE_ADJ], 1);
        else if (__builtin_sub_overflow(high, low, &difference))
                return INT64_MAX;
        else
                more = add_saturated(mul_div(difference, unit, above->adj_unit_pages - below->adj_unit_pages), 1);
        return add_saturated(more, low);
}

/* The same in the formula's unit. */
static int64_t unseen_most_points(const struct oom_choice *choice, const struct oom_figures *figures)
{
        int64_t pages = unseen_most(choice->tasks, figures);
        int64_t totalpages = figures->totalpages_bytes / figures->page_size_bytes;

        if (pages == INT64_MAX)
                return INT64_MAX;
        if (choice->formula.kind == OOM_FORMULA_NORMALISED) {
                if (choice->swap_used_bytes != 0)
                        return INT64_MAX; /* rows are kept by what is in memory */
                pages += (pages > 0 ? pages / 512 : 0) + 16;
                pages = add_saturated(mul_div(pages, 1000, totalpages), 1);
        }
        return figures->is_at_least_1 && pages < 1 ? 1 : pages;
}

/* How many others have exactly the chosen one's badness, when some of them were not kept: those of the ranking made for these
 * very figures. */
static int64_t ties_with_unseen(const struct oom_choice *choice, const struct oom_figures *figures, int64_t badness)
{
        const struct oom_ranking *below, *above;
        int64_t ties = -1; /* the chosen one itself */

        find_rankings(choice->tasks, figures, &below, &above);
        if (!below || below != above || choice->formula.kind != OOM_FORMULA_PAGES || choice->formula.has_root_bonus ||
            (figures->is_at_least_1 && badness <= 1))
                return OOM_UNKNOWN;
        for (size_t i = 0; i < below->used; i++)
                ties += oom_ranking_row(below, i)->badness == badness;
        return ties + (int64_t)below->n_dropped_equal;
}

/* The chosen one under some figures, and what the rows so far come to. */
struct comparison {
        struct oom_points chosen;
        int64_t margin;
        bool is_rank_known;
        struct outcome outcome;
};

/* Returns whether the row beats the chosen one under these figures. */
static bool compare_row(const struct oom_choice *choice, const struct oom_figures *figures, const struct oom_task *row,
                        struct comparison *comparison)
{
        const struct oom_points chosen = comparison->chosen, other = oom_choice_points(choice, figures, row);
        bool beats = other.min > chosen.max && other.min - chosen.max > comparison->margin;

        comparison->outcome.is_beaten |= beats;
        comparison->outcome.is_close |= !beats && other.max > chosen.min;
        if (other.min > chosen.max)
                comparison->outcome.rank++;
        else if (other.max > chosen.min)
                comparison->is_rank_known = false;
        else if (other.min == chosen.max)
                comparison->outcome.ties++;
        return beats;
}

/* Rows that were not kept may be worse too. */
static struct outcome outcome_of(const struct oom_choice *choice, const struct oom_figures *figures,
                                 const struct comparison *comparison)
{
        struct outcome outcome = comparison->outcome;

        if (!oom_choice_has_all_rows(choice) && has_dropped_rows(choice->tasks)) {
                int64_t most = unseen_most_points(choice, figures);

                outcome.has_unseen = most > comparison->chosen.min;
                if (outcome.has_unseen)
                        outcome.ties = OOM_UNKNOWN;
                else if (most == comparison->chosen.min)
                        outcome.ties = ties_with_unseen(choice, figures, comparison->chosen.min);
        }
        outcome.is_floor = figures->is_at_least_1 && comparison->chosen.min == 1 && comparison->chosen.max == 1;
        if (!comparison->is_rank_known || outcome.has_unseen)
                outcome.rank = OOM_UNKNOWN;
        if (comparison->chosen.min != comparison->chosen.max)
                outcome.ties = OOM_UNKNOWN;
        return outcome;
}

/* Page sizes times the ends of totalpages times forms of the formula. */
#define FIGURES_MAX (OOM_PAGE_SIZES_MAX * 2 * 2)

static size_t all_figures(const struct oom_choice *choice, struct oom_figures ret_figures[static FIGURES_MAX])
{
        size_t count = 0;

        for (size_t i = 0; i < choice->n_sizes; i++) {
                struct oom_totalpages total =
                        oom_totalpages(choice->report, choice->incident, choice->machine, choice->sizes[i]);
                const int64_t ends[] = { total.min_bytes, total.max_bytes };

                for (size_t end = 0; end < (ends[0] == ends[1] ? 1 : 2); end++) {
                        struct oom_figures figures = { choice->sizes[i], ends[end], choice->swap_used_bytes, false };

                        if (choice->formula.may_be_negative)
                                ret_figures[count++] = figures;
                        figures.is_at_least_1 = true;
                        if (choice->formula.may_be_at_least_1)
                                ret_figures[count++] = figures;
                }
        }
        return count;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
        return a->is_beaten == b->is_beaten && a->is_close == b->is_close;
}

/* Which unknown figure changes the outcome. */
static enum oom_unknown_reason why_unknown(const struct oom_figures *figures, const struct outcome *outcomes,
                                           size_t count)
{
        bool has_unseen = false;

        for (size_t i = 0; i < count; i++) {
                has_unseen |= outcomes[i].has_unseen;
                for (size_t j = 0; j < i; j++)
                        if (figures[i].page_size_bytes == figures[j].page_size_bytes &&
                            figures[i].totalpages_bytes != figures[j].totalpages_bytes &&
                            figures[i].is_at_least_1 == figures[j].is_at_least_1 &&
                            !same_outcome(&outcomes[i], &outcomes[j]))
                                return OOM_VERDICT_UNKNOWN_TOTALPAGES;
        }
        for (size_t i = 1; i < count; i++)
                if (figures[i].page_size_bytes != figures[0].page_size_bytes &&
                    !same_outcome(&outcomes[i], &outcomes[0]))
                        return OOM_VERDICT_UNKNOWN_PAGE_SIZE;
        return has_unseen ? OOM_VERDICT_UNKNOWN_NOT_KEPT : OOM_VERDICT_UNKNOWN_TOO_CLOSE;
}

static bool is_computable(const struct oom_choice *choice, const struct oom_figures *figures, size_t count)
{
        for (size_t i = 0; i < count && choice->formula.kind == OOM_FORMULA_NORMALISED; i++)
                if (figures[i].totalpages_bytes < figures[i].page_size_bytes ||
                    figures[i].totalpages_bytes == OOM_UNLIMITED)
                        return false;
        return count > 0;
}

/* Does one and the same row beat the chosen one under all figures? */
static bool compare_rows(const struct oom_choice *choice, const struct oom_figures *figures, size_t count,
                         struct outcome ret_outcomes[static FIGURES_MAX])
{
        struct comparison comparisons[FIGURES_MAX];
        struct oom_row_walk walk;
        const struct oom_task *row;
        bool is_beaten = false;

        for (size_t i = 0; i < count; i++) {
                struct oom_points chosen = oom_choice_points(choice, &figures[i], choice->chosen);

                comparisons[i] =
                        (struct comparison){ .chosen = chosen,
                                             .margin = oom_formula_margin(&choice->formula, &figures[i], chosen.max),
                                             .is_rank_known = true,
                                             .outcome = { .rank = 1 } };
        }
        oom_choice_walk(choice, &walk);
        while ((row = oom_row_walk_next(&walk))) {
                bool always_beats = true;

                if (oom_choice_is_chosen(choice, row) || !oom_choice_is_killable(choice, row))
                        continue;
                for (size_t i = 0; i < count; i++)
                        always_beats &= compare_row(choice, &figures[i], row, &comparisons[i]);
                is_beaten |= always_beats;
        }
        for (size_t i = 0; i < count; i++)
                ret_outcomes[i] = outcome_of(choice, &figures[i], &comparisons[i]);
        return is_beaten;
}

static bool is_open(const struct outcome *outcomes, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (outcomes[i].is_beaten || outcomes[i].is_close || outcomes[i].has_unseen)
                        return true;
        return false;
}

/* The table of those kernels has no column for swap. */
static bool is_swap_open(const struct oom_choice *choice)
{
        return choice->formula.kind == OOM_FORMULA_NORMALISED && choice->swap_used_bytes != 0;
}

/* Would the verdict be known if nobody had any swap? */
static bool is_open_by_swap(const struct oom_choice *choice, const struct oom_figures *figures, size_t count)
{
        struct oom_figures without[FIGURES_MAX];
        struct outcome outcomes[FIGURES_MAX];

        if (!is_swap_open(choice))
                return false;
        for (size_t i = 0; i < count; i++) {
                without[i] = figures[i];
                without[i].swap_used_bytes = 0;
        }
        return compare_rows(choice, without, count, outcomes) || !is_open(outcomes, count);
}

static void weigh(const struct oom_choice *choice, const struct oom_figures *figures, size_t count,
                  struct oom_verdict *verdict)
{
        bool is_floor = true;
        struct outcome outcomes[FIGURES_MAX];
        bool is_beaten = compare_rows(choice, figures, count, outcomes);

        for (size_t i = 0; i < count; i++) {
                is_floor &= outcomes[i].is_floor;
                verdict->rank = i == 0 || verdict->rank == outcomes[i].rank ? outcomes[i].rank : OOM_UNKNOWN;
                verdict->ties = i == 0 || verdict->ties == outcomes[i].ties ? outcomes[i].ties : OOM_UNKNOWN;
        }
        verdict->is_floor = is_floor && !is_open(outcomes, count);
        if (is_beaten)
                verdict->kind = OOM_VERDICT_INCONSISTENT;
        else if (!is_open(outcomes, count))
                verdict->kind = OOM_VERDICT_CONSISTENT;
        else if (is_open_by_swap(choice, figures, count))
                verdict->unknown_reason = OOM_VERDICT_UNKNOWN_SWAP;
        else
                verdict->unknown_reason = why_unknown(figures, outcomes, count);
}

/* Why there is no row of the chosen one. */
static enum oom_unknown_reason why_no_row(const struct oom_choice *choice)
{
        switch (choice->incident->chosen_row.state) {
        case OOM_ROW_NOT_KEPT:
                return OOM_VERDICT_UNKNOWN_NOT_KEPT;
        case OOM_ROW_OTHER:
                return OOM_VERDICT_UNKNOWN_OTHER_ROW;
        default:
                return OOM_VERDICT_UNKNOWN_NOT_IN_TABLE;
        }
}

static void compare_all(const struct oom_choice *choice, struct oom_verdict *verdict)
{
        struct oom_figures figures[FIGURES_MAX];
        size_t count = all_figures(choice, figures);

        if (!is_computable(choice, figures, count))
                verdict->unknown_reason = is_swap_open(choice) && choice->swap_used_bytes != OOM_UNKNOWN
                                                  ? OOM_VERDICT_UNKNOWN_SWAP
                                                  : OOM_VERDICT_UNKNOWN_TOTALPAGES;
        else if (choice->chosen)
                weigh(choice, figures, count, verdict);
        else
                verdict->unknown_reason = why_no_row(choice);
}

/* Why the verdict is unknown, whatever the rows show. */
static enum oom_unknown_reason unknown_at_once(const struct oom_choice *choice)
{
        const struct oom_incident *incident = choice->incident;

        if (incident->type != OOM_TYPE_KILL)
                return OOM_VERDICT_UNKNOWN_NO_VICTIM;
        if (incident->is_group_member || incident->is_sharing_memory || incident->is_rage_kill)
                return OOM_VERDICT_UNKNOWN_NOT_CHOSEN;
        if (choice->report->is_allocating_task)
                return OOM_VERDICT_UNKNOWN_ALLOCATING_TASK;
        if (!choice->tasks->is_known) {
                bool has_begun = choice->report->parts & OOM_PART_TASKS_TITLE || choice->tasks->layout.count > 0 ||
                                 choice->tasks->has_cut_row;

                return has_begun && !choice->tasks->is_complete ? OOM_VERDICT_UNKNOWN_TABLE_CUT
                                                                : OOM_VERDICT_UNKNOWN_NO_TABLE;
        }
        if (incident->chosen_pid == OOM_UNKNOWN)
                return OOM_VERDICT_UNKNOWN_NOT_NAMED;
        if (choice->tasks->layout.count == 0)
                return OOM_VERDICT_UNKNOWN_NO_LAYOUT;
        if (!choice->tasks->is_complete)
                return OOM_VERDICT_UNKNOWN_TABLE_CUT;
        if (choice->formula.kind == OOM_FORMULA_OLD)
                return OOM_VERDICT_UNKNOWN_OLD_FORMULA;
        return oom_choice_is_computed(choice) ? OOM_VERDICT_KNOWN : OOM_VERDICT_UNKNOWN_NO_LAYOUT;
}

void oom_verdict_of(const struct oom_incident *incident, const struct oom_machine *machine,
                    struct oom_verdict *ret_verdict)
{
        struct oom_choice choice;

        *ret_verdict = (struct oom_verdict){ .rank = OOM_UNKNOWN, .ties = OOM_UNKNOWN };
        oom_choice_read(incident, machine, &choice);
        oom_choice_fill(&choice, ret_verdict);
        ret_verdict->unknown_reason = unknown_at_once(&choice);
        if (ret_verdict->unknown_reason == OOM_VERDICT_KNOWN)
                compare_all(&choice, ret_verdict);
        /* vm.oom_kill_allocating_task shows in the announcement or the kill line alone */
        if (ret_verdict->kind == OOM_VERDICT_INCONSISTENT &&
            !(incident->report->parts & (OOM_PART_ANNOUNCEMENT | OOM_PART_KILLED))) {
                ret_verdict->kind = OOM_VERDICT_NONE;
                ret_verdict->unknown_reason = OOM_VERDICT_UNKNOWN_NO_KILL_LINE;
                ret_verdict->rank = OOM_UNKNOWN;
        }
}
