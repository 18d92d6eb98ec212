#include "verdict/rows.h"

#include "util/wide.h"
#include "verdict/victim.h"

static void collect_rows(struct oom_choice *choice, const struct oom_ranking *ranking)
{
        for (size_t i = 0; i < ranking->used; i++) {
                const struct oom_task *task = &oom_ranking_row(ranking, i)->task;
                size_t known = 0;

                while (known < choice->n_rows && choice->rows[known]->index != task->index)
                        known++;
                if (known == choice->n_rows)
                        choice->rows[choice->n_rows++] = task;
        }
}

static void find_rows(struct oom_choice *choice)
{
        const struct oom_incident *incident = choice->incident;

        collect_rows(choice, &choice->tasks->holders);
        for (size_t i = 0; i < choice->tasks->n_rankings; i++)
                collect_rows(choice, &choice->tasks->rankings[i]);
        if (incident->victim_row.state == OOM_ROW_FOUND)
                choice->victim = &incident->victim_row.task;
        if (incident->chosen_row.state == OOM_ROW_FOUND)
                choice->chosen = &incident->chosen_row.task;
}

bool oom_choice_has_all_rows(const struct oom_choice *choice)
{
        const struct oom_rows *rows = choice->tasks->rows;

        return choice->n_rows == choice->tasks->count || (rows && !rows->is_cut);
}

void oom_choice_walk(const struct oom_choice *choice, struct oom_row_walk *ret_walk)
{
        ret_walk->choice = choice;
        ret_walk->next = 0;
        if (choice->n_rows < choice->tasks->count && oom_choice_has_all_rows(choice))
                oom_rows_read(&ret_walk->reader, choice->tasks->rows);
        else
                ret_walk->reader.rows = NULL;
}

const struct oom_task *oom_row_walk_next(struct oom_row_walk *walk)
{
        if (walk->reader.rows)
                return oom_rows_next(&walk->reader) ? &walk->reader.task : NULL;
        return walk->next < walk->choice->n_rows ? walk->choice->rows[walk->next++] : NULL;
}

bool oom_choice_is_chosen(const struct oom_choice *choice, const struct oom_task *row)
{
        return choice->chosen && choice->chosen->index == row->index;
}

bool oom_choice_is_killable(const struct oom_choice *choice, const struct oom_task *row)
{
        return oom_choice_is_chosen(choice, row) || (!oom_task_is_exempt(row->values) && !row->is_victim_already);
}

/* 5.9 counts kernel stacks by node, 5.10 prints "percpu" of a cgroup: no badness is raised to 1 any more. */
static bool is_5_9_or_later(const struct oom_report *report)
{
        if (!report->tasks.layout.is_wide_pid)
                return false; /* RHEL 8 took over much */
        if (report->memory.n_nodes && report->memory.nodes[0].counters[OOM_COUNTER_KERNEL_STACK] != OOM_UNKNOWN)
                return true;
        return oom_memcg_stat(&report->memcg, TEXT("percpu")) != OOM_UNKNOWN;
}

static void find_figures(struct oom_choice *choice)
{
        const struct oom_memory *memory = &choice->report->memory;

        choice->n_sizes = oom_victim_page_sizes(choice->incident, choice->machine, choice->sizes);
        choice->total = oom_totalpages(choice->report, choice->incident, choice->machine, choice->sizes[0]);
        if (choice->n_sizes > 1 && choice->report->scope != OOM_SCOPE_MEMCG)
                choice->total.bytes = OOM_UNKNOWN;
        choice->swap_used_bytes = OOM_UNKNOWN;
        if (memory->swap_total_bytes == 0)
                choice->swap_used_bytes = 0;
        else if (memory->swap_total_bytes != OOM_UNKNOWN && memory->swap_free_bytes != OOM_UNKNOWN &&
                 memory->swap_free_bytes <= memory->swap_total_bytes && !memory->is_doubtful)
                choice->swap_used_bytes = memory->swap_total_bytes - memory->swap_free_bytes;
        oom_formula_of(&choice->tasks->layout, oom_is_5_4_or_later(choice->report, choice->incident), &choice->formula);
        if (choice->formula.may_be_negative && is_5_9_or_later(choice->report))
                choice->formula.may_be_at_least_1 = false;
        if (choice->report->parts & OOM_PART_ANNOUNCEMENT) /* up to 5.0: the score that it prints has no sign */
                choice->formula.may_be_negative = false;
}

/* The announced score is points * 1000 / totalpages (3.2 to 5.0), and the badness itself before. */
static void take_score(const struct oom_choice *choice, const struct oom_figures *figures, struct oom_points *points)
{
        int64_t score = choice->incident->victim.score, pages;
        bool is_min, is_max;

        if (score == OOM_UNKNOWN)
                return;
        if (choice->formula.kind == OOM_FORMULA_NORMALISED) {
                if (score >= 1 && score <= 1000)
                        points->min = points->max = score;
                return;
        }
        pages = figures->totalpages_bytes / figures->page_size_bytes;
        if (figures->totalpages_bytes == OOM_UNLIMITED || pages == 0)
                return;
        is_min = mul_div(points->min, 1000, pages) == score;
        is_max = mul_div(points->max, 1000, pages) == score;
        if (is_min && !is_max)
                points->max = points->min;
        else if (is_max && !is_min)
                points->min = points->max;
}

struct oom_points oom_choice_points(const struct oom_choice *choice, const struct oom_figures *figures,
                                    const struct oom_task *row)
{
        struct oom_points points = oom_formula_points(&choice->formula, figures, row->values);

        if (oom_choice_is_chosen(choice, row) && points.min != points.max)
                take_score(choice, figures, &points);
        return points;
}

bool oom_choice_is_computed(const struct oom_choice *choice)
{
        return choice->formula.kind == OOM_FORMULA_NORMALISED || choice->formula.kind == OOM_FORMULA_PAGES;
}

/* The badness of a row, where it can only be one. */
static int64_t badness_of(const struct oom_choice *choice, const struct oom_task *row)
{
        const bool is_normalised = choice->formula.kind == OOM_FORMULA_NORMALISED;
        struct oom_figures figures = { choice->sizes[0], choice->total.bytes, choice->swap_used_bytes, false };
        struct oom_points points, clamped;

        if (!oom_choice_is_computed(choice) || choice->n_sizes > 1 || oom_task_is_exempt(row->values))
                return OOM_UNKNOWN;
        if (figures.totalpages_bytes == OOM_UNKNOWN) {
                if (is_normalised)
                        return oom_choice_is_chosen(choice, row) ? choice->incident->victim.score : OOM_UNKNOWN;
                if (row->values[OOM_COLUMN_OOM_SCORE_ADJ] != 0)
                        return OOM_UNKNOWN;
                figures.totalpages_bytes = 0;
        }
        if (is_normalised && figures.totalpages_bytes < figures.page_size_bytes)
                return OOM_UNKNOWN;
        points = oom_choice_points(choice, &figures, row);
        figures.is_at_least_1 = true;
        clamped = oom_choice_points(choice, &figures, row);
        if (!choice->formula.may_be_negative)
                points = clamped;
        if (!choice->formula.may_be_at_least_1)
                clamped = points;
        return points.min == points.max && clamped.min == points.min && clamped.max == points.max ? points.min
                                                                                                  : OOM_UNKNOWN;
}

static int64_t in_bytes(const struct oom_choice *choice, int64_t pages)
{
        return choice->n_sizes > 1 ? OOM_UNKNOWN : oom_pages_bytes(pages, choice->sizes[0]);
}

static void candidate_from(const struct oom_choice *choice, const struct oom_task *row,
                           struct oom_candidate *ret_candidate)
{
        *ret_candidate = (struct oom_candidate){
                .pid = row->values[OOM_COLUMN_PID],
                .uid = row->values[OOM_COLUMN_UID],
                .comm = row->comm,
                .rss_bytes = in_bytes(choice, row->values[OOM_COLUMN_RSS]),
                .swap_bytes = in_bytes(choice, row->values[OOM_COLUMN_SWAPENTS]),
                .pgtables_bytes = oom_task_pgtables(row->values, choice->n_sizes > 1 ? OOM_UNKNOWN : choice->sizes[0]),
                .oom_score_adj = row->values[OOM_COLUMN_OOM_SCORE_ADJ],
                .badness = badness_of(choice, row),
                .is_killable = oom_choice_is_killable(choice, row),
        };
}

/* Whether the rows are to be shown in the order of their badness, or, where that is open, of their memory. */
static bool is_order_known(const struct oom_choice *choice)
{
        if (!oom_choice_is_computed(choice) || choice->n_sizes > 1)
                return false;
        if (choice->formula.kind == OOM_FORMULA_NORMALISED)
                return choice->total.bytes >= choice->sizes[0];
        if (choice->total.bytes != OOM_UNKNOWN)
                return true;
        for (size_t i = 0; i < choice->n_rows; i++)
                if (choice->rows[i]->values[OOM_COLUMN_OOM_SCORE_ADJ] != 0 &&
                    !oom_task_is_exempt(choice->rows[i]->values))
                        return false;
        return true;
}

struct ranked {
        const struct oom_task *row;
        bool is_first; /* whatever its key */
        int64_t key;
};

/* Of equals the chosen one is the first, then come those that the kernel would have taken. */
static bool is_before(const struct oom_choice *choice, const struct ranked *a, const struct ranked *b)
{
        if (a->is_first != b->is_first)
                return a->is_first;
        if (a->key != b->key)
                return a->key > b->key;
        if (oom_choice_is_chosen(choice, a->row) || oom_choice_is_chosen(choice, b->row))
                return oom_choice_is_chosen(choice, a->row);
        return choice->formula.takes_last ? a->row->index > b->row->index : a->row->index < b->row->index;
}

static void insert(const struct oom_choice *choice, struct ranked *ranked, size_t used, struct ranked next)
{
        size_t at = used;

        for (; at > 0 && is_before(choice, &next, &ranked[at - 1]); at--)
                ranked[at] = ranked[at - 1];
        ranked[at] = next;
}

/* Where the order is open because totalpages is, a row without an oom_score_adj has its badness all the same: what it holds. */
static void fill_candidates(const struct oom_choice *choice, struct oom_verdict *verdict)
{
        const bool by_badness = is_order_known(choice);
        const bool has_held = !by_badness && choice->formula.kind == OOM_FORMULA_PAGES && choice->n_sizes == 1;
        const struct oom_figures figures = { choice->sizes[0], oom_known_or_0(choice->total.bytes),
                                             choice->swap_used_bytes, false };
        struct ranked ranked[OOM_KEPT_MAX];

        for (size_t i = 0; i < choice->n_rows; i++) {
                const struct oom_task *row = choice->rows[i];
                struct ranked next = { row, by_badness && oom_choice_is_killable(choice, row),
                                       row->values[OOM_COLUMN_RSS] };

                if (next.is_first || has_held)
                        next.key = oom_choice_points(choice, &figures, row).max;
                insert(choice, ranked, i, next);
        }
        for (size_t i = 0; i < choice->n_rows && i < OOM_CANDIDATES_MAX; i++)
                candidate_from(choice, ranked[i].row, &verdict->candidates[verdict->n_candidates++]);
}

static void fill_holders(const struct oom_choice *choice, struct oom_verdict *verdict)
{
        struct ranked ranked[OOM_KEPT_MAX];

        for (size_t i = 0; i < choice->n_rows; i++) {
                const int64_t *values = choice->rows[i]->values;

                insert(choice, ranked, i,
                       (struct ranked){ choice->rows[i], false,
                                        values[OOM_COLUMN_RSS] + oom_known_or_0(values[OOM_COLUMN_SWAPENTS]) });
        }
        for (size_t i = 0; i < choice->n_rows && i < OOM_HOLDERS_MAX; i++)
                candidate_from(choice, ranked[i].row, &verdict->holders[verdict->n_holders++]);
}

void oom_choice_read(const struct oom_incident *incident, const struct oom_machine *machine,
                     struct oom_choice *ret_choice)
{
        *ret_choice = (struct oom_choice){
                .incident = incident, .report = incident->report, .tasks = &incident->report->tasks, .machine = machine
        };
        find_rows(ret_choice);
        find_figures(ret_choice);
}

void oom_choice_fill(const struct oom_choice *choice, struct oom_verdict *verdict)
{
        verdict->page_size_bytes = choice->n_sizes == 1 ? choice->sizes[0] : OOM_UNKNOWN;
        verdict->totalpages_bytes = choice->total.bytes;
        verdict->candidates_total = choice->tasks->is_complete ? (int64_t)choice->tasks->count : OOM_UNKNOWN;
        verdict->has_chosen = choice->chosen != NULL;
        if (choice->chosen)
                candidate_from(choice, choice->chosen, &verdict->chosen);
        verdict->has_victim = choice->victim != NULL;
        if (choice->victim)
                candidate_from(choice, choice->victim, &verdict->victim);
        fill_candidates(choice, verdict);
        fill_holders(choice, verdict);
}
