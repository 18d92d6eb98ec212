/* lib/oom/tasks.c: the task table in constant memory. A row that can't be among the worst costs a few additions and
 * comparisons and is not copied: a table may have 100,000. */

#include "oom/tasks.h"
#include "util/array.h"

void oom_tasks_clear(struct oom_tasks *tasks)
{
        tasks->is_known = tasks->has_cut_row = tasks->is_complete = false;
        tasks->layout.count = 0;
        tasks->count = tasks->n_unkillable = 0;
        tasks->unkillable_pages = 0;
        oom_set_unknown(tasks->sums, OOM_COLUMN_COUNT);
        tasks->n_rankings = 0;
        tasks->holders.used = 0;
        tasks->rows = NULL;
}

static void ranking_begin(struct oom_ranking *ranking, struct oom_hypothesis hypothesis)
{
        ranking->hypothesis = hypothesis;
        ranking->page_shift = (uint8_t)__builtin_ctzll((unsigned long long)hypothesis.page_size_bytes);
        ranking->adj_unit_pages = oom_adj_unit(hypothesis.totalpages_bytes, hypothesis.page_size_bytes);
        ranking->used = 0;
        ranking->has_dropped = false;
        ranking->n_dropped_equal = 0;
}

void oom_tasks_begin(struct oom_tasks *tasks, const struct oom_layout *layout, const struct oom_hypothesis *hypotheses,
                     size_t count)
{
        static const enum oom_column summed[] = {
                OOM_COLUMN_TOTAL_VM,  OOM_COLUMN_RSS,     OOM_COLUMN_RSS_ANON, OOM_COLUMN_RSS_FILE,
                OOM_COLUMN_RSS_SHMEM, OOM_COLUMN_NR_PTES, OOM_COLUMN_NR_PMDS,  OOM_COLUMN_PGTABLES_BYTES,
                OOM_COLUMN_SWAPENTS,
        };

        oom_tasks_clear(tasks);
        if (layout)
                tasks->layout = *layout;
        for (size_t i = 0; i < COUNT(summed); i++)
                if (oom_layout_has(&tasks->layout, summed[i]))
                        tasks->sums[summed[i]] = 0;
        if (!tasks->layout.count)
                tasks->sums[OOM_COLUMN_TOTAL_VM] = tasks->sums[OOM_COLUMN_RSS] = 0;
        for (size_t i = 0; i < count && i < OOM_HYPOTHESES_MAX; i++)
                ranking_begin(&tasks->rankings[tasks->n_rankings++], hypotheses[i]);
        ranking_begin(&tasks->holders, (struct oom_hypothesis){ .page_size_bytes = 4096, .totalpages_bytes = 0 });
}

/* What a row holds, and its oom_score_adj: all that its rank depends on. */
struct held {
        int64_t pages, pgtables_bytes, adj;
};

static struct held held_by(const int64_t *values)
{
        return (struct held){
                .pages = oom_known_or_0(values[OOM_COLUMN_RSS]) + oom_known_or_0(values[OOM_COLUMN_SWAPENTS]) +
                         oom_known_or_0(values[OOM_COLUMN_NR_PTES]) + oom_known_or_0(values[OOM_COLUMN_NR_PMDS]),
                .pgtables_bytes = oom_known_or_0(values[OOM_COLUMN_PGTABLES_BYTES]),
                .adj = oom_known_or_0(values[OOM_COLUMN_OOM_SCORE_ADJ]),
        };
}

static int64_t points_of(const struct oom_ranking *ranking, const struct held *held)
{
        return held->pages + (held->pgtables_bytes >> ranking->page_shift) + held->adj * ranking->adj_unit_pages;
}

bool oom_task_is_exempt(const int64_t *values)
{
        if (values[OOM_COLUMN_PID] == 1 || values[OOM_COLUMN_TGID] == 1)
                return true;
        if (values[OOM_COLUMN_OOM_SCORE_ADJ] != OOM_UNKNOWN)
                return values[OOM_COLUMN_OOM_SCORE_ADJ] == OOM_SCORE_ADJ_MIN;
        return values[OOM_COLUMN_OOM_ADJ] == OOM_ADJ_MIN;
}

/* Is the row among the worst so far? */
static bool has_place(struct oom_ranking *ranking, int64_t points)
{
        if (ranking->used < OOM_CANDIDATES_MAX)
                return true;
        if (points >= oom_ranking_row(ranking, OOM_CANDIDATES_MAX - 1)->badness)
                return true;
        ranking->has_dropped = true;
        return false;
}

/* A sum that overflows is unknown. */
static void add(int64_t *sum, int64_t value)
{
        if (*sum != OOM_UNKNOWN && (value == OOM_UNKNOWN || __builtin_add_overflow(*sum, value, sum)))
                *sum = OOM_UNKNOWN;
}

bool oom_tasks_count(struct oom_tasks *tasks, const int64_t *values)
{
        const struct held held = held_by(values);
        bool is_wanted = has_place(&tasks->holders, points_of(&tasks->holders, &held));

        tasks->is_known = true;
        tasks->count++;
        for (size_t i = 0; i < OOM_COLUMN_COUNT; i++)
                add(&tasks->sums[i], values[i]);
        if (values[OOM_COLUMN_OOM_SCORE_ADJ] == OOM_SCORE_ADJ_MIN || values[OOM_COLUMN_OOM_ADJ] == OOM_ADJ_MIN) {
                tasks->n_unkillable++;
                add(&tasks->unkillable_pages, values[OOM_COLUMN_RSS]);
                add(&tasks->unkillable_pages, oom_known_or_0(values[OOM_COLUMN_SWAPENTS]));
        }
        if (oom_task_is_exempt(values))
                return is_wanted;
        for (size_t i = 0; i < tasks->n_rankings; i++)
                is_wanted |= has_place(&tasks->rankings[i], points_of(&tasks->rankings[i], &held));
        return is_wanted;
}

/* Makes room for a row: the last one is dropped where there is none. */
static uint8_t free_place(struct oom_ranking *ranking, int64_t points)
{
        uint8_t slot = ranking->order[OOM_CANDIDATES_MAX - 1];
        int64_t last = ranking->rows[slot].badness;
        int64_t before_last = oom_ranking_row(ranking, OOM_CANDIDATES_MAX - 2)->badness;

        ranking->has_dropped = true;
        if (points == last || before_last == last)
                ranking->n_dropped_equal++; /* the lowest badness kept stays the same */
        else
                ranking->n_dropped_equal = 0;
        return slot;
}

static void rank(struct oom_ranking *ranking, const struct oom_task *task, uint64_t index, const struct held *held)
{
        int64_t points = points_of(ranking, held);
        uint8_t slot, rank;

        if (!has_place(ranking, points))
                return;
        if (ranking->used < OOM_CANDIDATES_MAX) {
                slot = rank = ranking->used++;
        } else {
                rank = OOM_CANDIDATES_MAX - 1;
                slot = free_place(ranking, points);
        }
        for (; rank > 0 && points > oom_ranking_row(ranking, rank - 1U)->badness; rank--)
                ranking->order[rank] = ranking->order[rank - 1];
        ranking->order[rank] = slot;
        ranking->rows[slot].badness = points;
        ranking->rows[slot].task = *task;
        ranking->rows[slot].task.index = index;
}

void oom_tasks_keep(struct oom_tasks *tasks, const struct oom_task *task)
{
        const struct held held = held_by(task->values);

        rank(&tasks->holders, task, tasks->count - 1, &held);
        if (task->is_victim_already || oom_task_is_exempt(task->values))
                return;
        for (size_t i = 0; i < tasks->n_rankings; i++)
                rank(&tasks->rankings[i], task, tasks->count - 1, &held);
}
