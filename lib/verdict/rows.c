/* lib/verdict/rows.c: what the rows of a task table show, and whom the kernel chose of them. The choice itself: consistency.c. */

#include "verdict/verdict.h"

#include "verdict/rows.h"

/* ---- rows ------------------------------------------------------------------------------------------------------------------ */

static void collect_rows(struct oom_judge *judge, const struct oom_ranking *ranking)
{
        for (size_t i = 0; i < ranking->used; i++) {
                const struct oom_task *task = &oom_ranking_row(ranking, i)->task;
                size_t known = 0;

                while (known < judge->rows_used && judge->rows[known]->index != task->index)
                        known++;
                if (known == judge->rows_used)
                        judge->rows[judge->rows_used++] = task;
        }
}

/* The row of a process: of its leader, or of a thread that is left of it. */
static const struct oom_task *find_row(const struct oom_judge *judge, int64_t pid)
{
        static const enum oom_column columns[] = { OOM_COLUMN_PID, OOM_COLUMN_TGID };

        for (size_t column = 0; pid != OOM_UNKNOWN && column < 2; column++)
                for (size_t i = 0; i < judge->rows_used; i++)
                        if (judge->rows[i]->values[columns[column]] == pid)
                                return judge->rows[i];
        return NULL;
}

static void find_rows(struct oom_judge *judge)
{
        const struct oom_tasks *tasks = judge->tasks;

        collect_rows(judge, &tasks->holders);
        for (size_t i = 0; i < tasks->rankings_used; i++)
                collect_rows(judge, &tasks->rankings[i]);
        judge->victim = find_row(judge, judge->incident->victim.pid);
        judge->chosen = find_row(judge, judge->incident->chosen_pid);
        /* Up to 3.x a thread may be announced by its own pid, which is in no row. With all rows here it can't be a parent
         * whose child was killed for it. */
        if (!judge->chosen && judge->incident->chosen_pid != OOM_UNKNOWN &&
            judge->incident->victim.score != OOM_UNKNOWN && judge->rows_used == tasks->count)
                judge->chosen = judge->victim;
}

bool oom_judge_is_killable(const struct oom_judge *judge, const struct oom_task *row)
{
        return row == judge->chosen || (!oom_task_is_exempt(row->values) && !row->is_victim_already);
}

/* ---- figures --------------------------------------------------------------------------------------------------------------- */

/* "total_vm" counts pages, the kill line's total-vm KiB. The process may have grown between the two. */
static bool page_size_of_victim(const struct oom_judge *judge, int64_t *ret_size)
{
        int64_t bytes = judge->incident->victim.total_vm_bytes, pages;

        if (!judge->victim || bytes < 0) /* OOM_UNKNOWN too */
                return false;
        pages = judge->victim->values[OOM_COLUMN_TOTAL_VM];
        for (int64_t size = 4096; pages > 0 && size <= 65536; size *= 2) {
                int64_t expected;

                if (__builtin_mul_overflow(pages, size, &expected))
                        break;
                if ((bytes > expected ? bytes - expected : expected - bytes) <= expected / 10) {
                        *ret_size = size;
                        return true;
                }
        }
        return false;
}

/* 5.9 counts kernel stacks by node, 5.10 prints "percpu" of a cgroup: no badness is raised to 1 any more. */
static bool is_5_9_on(const struct oom_report *report)
{
        if (!report->tasks.layout.is_wide_pid)
                return false; /* RHEL 8 took over much */
        if (report->memory.nodes_used && report->memory.nodes[0].counters[OOM_COUNTER_KERNEL_STACK] != OOM_UNKNOWN)
                return true;
        return oom_memcg_stat(&report->memcg, TEXT("percpu")) != OOM_UNKNOWN;
}

static void find_figures(struct oom_judge *judge)
{
        const struct oom_memory *memory = &judge->report->memory;

        judge->sizes_used = oom_page_sizes(judge->report, judge->machine, judge->sizes);
        if (judge->sizes_used > 1 && page_size_of_victim(judge, &judge->sizes[0]))
                judge->sizes_used = 1;
        judge->total = oom_totalpages(judge->report, judge->incident, judge->machine, judge->sizes[0]);
        if (judge->sizes_used > 1 && judge->report->scope != OOM_SCOPE_MEMCG)
                judge->total.bytes = OOM_UNKNOWN;
        judge->swap_used_bytes = OOM_UNKNOWN;
        if (memory->swap_total_bytes == 0)
                judge->swap_used_bytes = 0;
        else if (memory->swap_total_bytes != OOM_UNKNOWN && memory->swap_free_bytes != OOM_UNKNOWN &&
                 memory->swap_free_bytes <= memory->swap_total_bytes && !memory->is_doubtful)
                judge->swap_used_bytes = memory->swap_total_bytes - memory->swap_free_bytes;
        oom_formula_of(&judge->tasks->layout, oom_is_5_4_on(judge->report, judge->incident), &judge->formula);
        if (judge->formula.may_be_negative && is_5_9_on(judge->report))
                judge->formula.may_be_at_least_1 = false;
}

/* The announced score is points * 1000 / totalpages (3.2 to 5.0), and the badness itself before. */
static void take_score(const struct oom_judge *judge, const struct oom_figures *figures, struct oom_points *points)
{
        int64_t score = judge->incident->victim.score, pages;
        bool is_min, is_max;

        if (score == OOM_UNKNOWN)
                return;
        if (judge->formula.kind == OOM_FORMULA_NORMALISED) {
                if (score >= 1 && score <= 1000)
                        points->min = points->max = score;
                return;
        }
        pages = figures->totalpages_bytes / figures->page_size_bytes;
        if (figures->totalpages_bytes == OOM_UNLIMITED || pages == 0)
                return;
        is_min = (__int128)points->min * 1000 / pages == score;
        is_max = (__int128)points->max * 1000 / pages == score;
        if (is_min && !is_max)
                points->max = points->min;
        else if (is_max && !is_min)
                points->min = points->max;
}

struct oom_points oom_judge_points(const struct oom_judge *judge, const struct oom_figures *figures,
                                   const struct oom_task *row)
{
        struct oom_points points = oom_formula_points(&judge->formula, figures, row->values);

        if (row == judge->chosen && points.min != points.max)
                take_score(judge, figures, &points);
        return points;
}

static bool is_computed(const struct oom_judge *judge)
{
        return judge->formula.kind == OOM_FORMULA_NORMALISED || judge->formula.kind == OOM_FORMULA_PAGES;
}

/* The badness of a row, where it can only be one. */
static int64_t badness_of(const struct oom_judge *judge, const struct oom_task *row)
{
        const bool is_normalised = judge->formula.kind == OOM_FORMULA_NORMALISED;
        struct oom_figures figures = { judge->sizes[0], judge->total.bytes, judge->swap_used_bytes, false };
        struct oom_points points, clamped;

        if (!is_computed(judge) || judge->sizes_used > 1 || oom_task_is_exempt(row->values))
                return OOM_UNKNOWN;
        if (figures.totalpages_bytes == OOM_UNKNOWN) {
                if (is_normalised)
                        return row == judge->chosen ? judge->incident->victim.score : OOM_UNKNOWN;
                if (row->values[OOM_COLUMN_OOM_SCORE_ADJ] != 0)
                        return OOM_UNKNOWN;
                figures.totalpages_bytes = 0;
        }
        if (is_normalised && figures.totalpages_bytes < figures.page_size_bytes)
                return OOM_UNKNOWN;
        points = oom_judge_points(judge, &figures, row);
        figures.is_at_least_1 = true;
        clamped = oom_judge_points(judge, &figures, row);
        if (!judge->formula.may_be_negative)
                points = clamped;
        if (!judge->formula.may_be_at_least_1)
                clamped = points;
        return points.min == points.max && clamped.min == points.min && clamped.max == points.max ? points.min
                                                                                                  : OOM_UNKNOWN;
}

/* ---- candidates -------------------------------------------------------------------------------------------------------------- */

static int64_t in_bytes(const struct oom_judge *judge, int64_t pages)
{
        int64_t bytes;

        if (pages == OOM_UNKNOWN || judge->sizes_used > 1 || __builtin_mul_overflow(pages, judge->sizes[0], &bytes))
                return OOM_UNKNOWN;
        return bytes;
}

static int64_t pgtables_of(const struct oom_judge *judge, const int64_t *values)
{
        int64_t pages = values[OOM_COLUMN_NR_PTES];

        if (values[OOM_COLUMN_PGTABLES_BYTES] != OOM_UNKNOWN)
                return values[OOM_COLUMN_PGTABLES_BYTES];
        if (pages != OOM_UNKNOWN && values[OOM_COLUMN_NR_PMDS] != OOM_UNKNOWN)
                pages += values[OOM_COLUMN_NR_PMDS];
        return in_bytes(judge, pages);
}

static void candidate_from(const struct oom_judge *judge, const struct oom_task *row,
                           struct oom_candidate *ret_candidate)
{
        *ret_candidate = (struct oom_candidate){
                .pid = row->values[OOM_COLUMN_PID],
                .uid = row->values[OOM_COLUMN_UID],
                .comm = row->comm,
                .rss_bytes = in_bytes(judge, row->values[OOM_COLUMN_RSS]),
                .swap_bytes = in_bytes(judge, row->values[OOM_COLUMN_SWAPENTS]),
                .pgtables_bytes = pgtables_of(judge, row->values),
                .oom_score_adj = row->values[OOM_COLUMN_OOM_SCORE_ADJ],
                .badness = badness_of(judge, row),
                .is_killable = oom_judge_is_killable(judge, row),
        };
}

/* Whether the rows are to be shown in the order of their badness, or, where that is open, of their memory. */
static bool is_order_known(const struct oom_judge *judge)
{
        if (!is_computed(judge) || judge->sizes_used > 1)
                return false;
        if (judge->formula.kind == OOM_FORMULA_NORMALISED)
                return judge->total.bytes >= judge->sizes[0];
        if (judge->total.bytes != OOM_UNKNOWN)
                return true;
        for (size_t i = 0; i < judge->rows_used; i++)
                if (judge->rows[i]->values[OOM_COLUMN_OOM_SCORE_ADJ] != 0 &&
                    !oom_task_is_exempt(judge->rows[i]->values))
                        return false;
        return true;
}

struct placed {
        const struct oom_task *row;
        bool is_first; /* whatever its key */
        int64_t key;
};

/* Of equals the chosen one is the first, then come those that the kernel would have taken. */
static bool is_before(const struct oom_judge *judge, const struct placed *a, const struct placed *b)
{
        if (a->is_first != b->is_first)
                return a->is_first;
        if (a->key != b->key)
                return a->key > b->key;
        if (a->row == judge->chosen || b->row == judge->chosen)
                return a->row == judge->chosen;
        return judge->formula.takes_last ? a->row->index > b->row->index : a->row->index < b->row->index;
}

static void place(const struct oom_judge *judge, struct placed *placed, size_t used, struct placed next)
{
        size_t at = used;

        for (; at > 0 && is_before(judge, &next, &placed[at - 1]); at--)
                placed[at] = placed[at - 1];
        placed[at] = next;
}

static int64_t known_or_0(int64_t value)
{
        return value == OOM_UNKNOWN ? 0 : value;
}

/* Where the order is open because totalpages is, a row without an oom_score_adj has its badness all the same: what it holds. */
static void fill_candidates(const struct oom_judge *judge, struct oom_judgement *judgement)
{
        const bool by_badness = is_order_known(judge);
        const bool has_held = !by_badness && judge->formula.kind == OOM_FORMULA_PAGES && judge->sizes_used == 1;
        const struct oom_figures figures = { judge->sizes[0], known_or_0(judge->total.bytes), judge->swap_used_bytes,
                                             false };
        struct placed placed[OOM_KEPT_MAX];

        for (size_t i = 0; i < judge->rows_used; i++) {
                const struct oom_task *row = judge->rows[i];
                struct placed next = { row, by_badness && oom_judge_is_killable(judge, row),
                                       row->values[OOM_COLUMN_RSS] };

                if (next.is_first || has_held)
                        next.key = oom_judge_points(judge, &figures, row).max;
                place(judge, placed, i, next);
        }
        for (size_t i = 0; i < judge->rows_used && i < OOM_CANDIDATES_MAX; i++)
                candidate_from(judge, placed[i].row, &judgement->candidates[judgement->candidates_used++]);
}

static void fill_holders(const struct oom_judge *judge, struct oom_judgement *judgement)
{
        struct placed placed[OOM_KEPT_MAX];

        for (size_t i = 0; i < judge->rows_used; i++) {
                const int64_t *values = judge->rows[i]->values;

                place(judge, placed, i,
                      (struct placed){ judge->rows[i], false,
                                       values[OOM_COLUMN_RSS] + known_or_0(values[OOM_COLUMN_SWAPENTS]) });
        }
        for (size_t i = 0; i < judge->rows_used && i < OOM_HOLDERS_MAX; i++)
                candidate_from(judge, placed[i].row, &judgement->holders[judgement->holders_used++]);
}

/* ---- the judgement ------------------------------------------------------------------------------------------------------------- */

/* Why nothing can be told, before any row is looked at. */
static enum oom_untold untold_at_once(const struct oom_judge *judge)
{
        const struct oom_incident *incident = judge->incident;

        if (incident->type != OOM_TYPE_KILL)
                return OOM_UNTOLD_NO_VICTIM;
        if (incident->group_member || incident->shares_memory)
                return OOM_UNTOLD_NOT_CHOSEN;
        if (judge->report->is_allocating_task)
                return OOM_UNTOLD_ALLOCATING_TASK;
        if (!judge->tasks->known)
                return OOM_UNTOLD_NO_TABLE;
        if (incident->chosen_pid == OOM_UNKNOWN)
                return OOM_UNTOLD_NOT_NAMED;
        if (judge->tasks->layout.count == 0)
                return OOM_UNTOLD_NO_LAYOUT;
        if (!judge->tasks->is_complete)
                return OOM_UNTOLD_TABLE_CUT;
        if (judge->formula.kind == OOM_FORMULA_OLD)
                return OOM_UNTOLD_OLD_FORMULA;
        return is_computed(judge) ? OOM_TOLD : OOM_UNTOLD_NO_LAYOUT;
}

void oom_judge(const struct oom_incident *incident, const struct oom_machine *machine,
               struct oom_judgement *ret_judgement)
{
        struct oom_judge judge = {
                .incident = incident, .report = incident->report, .tasks = &incident->report->tasks, .machine = machine
        };

        *ret_judgement = (struct oom_judgement){ .rank = OOM_UNKNOWN, .ties = OOM_UNKNOWN };
        find_rows(&judge);
        find_figures(&judge);
        ret_judgement->page_size_bytes = judge.sizes_used == 1 ? judge.sizes[0] : OOM_UNKNOWN;
        ret_judgement->totalpages_bytes = judge.total.bytes;
        ret_judgement->candidates_total = judge.tasks->is_complete ? (int64_t)judge.tasks->count : OOM_UNKNOWN;
        ret_judgement->has_chosen = judge.chosen != NULL;
        if (judge.chosen)
                candidate_from(&judge, judge.chosen, &ret_judgement->chosen);
        ret_judgement->has_victim = judge.victim != NULL;
        if (judge.victim)
                candidate_from(&judge, judge.victim, &ret_judgement->victim);
        fill_candidates(&judge, ret_judgement);
        fill_holders(&judge, ret_judgement);
        ret_judgement->untold = untold_at_once(&judge);
        if (ret_judgement->untold == OOM_TOLD)
                oom_judge_consistency(&judge, ret_judgement);
        /* vm.oom_kill_allocating_task shows in the announcement or the kill line alone */
        if (ret_judgement->consistency == OOM_INCONSISTENT &&
            !(judge.report->parts & (OOM_PART_ANNOUNCEMENT | OOM_PART_KILLED))) {
                ret_judgement->consistency = OOM_CONSISTENCY_UNTOLD;
                ret_judgement->untold = OOM_UNTOLD_NO_KILL_LINE;
                ret_judgement->rank = OOM_UNKNOWN;
        }
}
