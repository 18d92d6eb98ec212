#include "verdict/victim.h"

#include "oom/rows.h"

/* ---- the row of a process -------------------------------------------------------------------------------------------- */

static const struct oom_task *find_in(const struct oom_ranking *ranking, enum oom_column column, int64_t number)
{
        for (size_t i = 0; i < ranking->used; i++) {
                const struct oom_task *task = &oom_ranking_row(ranking, i)->task;

                if (column == OOM_COLUMN_UNKNOWN ? (int64_t)task->index == number : task->values[column] == number)
                        return task;
        }
        return NULL;
}

/* A row that was kept whole, with that number in a column; of OOM_COLUMN_UNKNOWN: with that index. */
static const struct oom_task *find_kept(const struct oom_tasks *tasks, enum oom_column column, int64_t number)
{
        const struct oom_task *task = find_in(&tasks->holders, column, number);

        for (size_t i = 0; !task && i < tasks->n_rankings; i++)
                task = find_in(&tasks->rankings[i], column, number);
        return task;
}

static void find_row(const struct oom_tasks *tasks, int64_t pid, struct oom_found_row *ret_row)
{
        const struct oom_task *kept;

        ret_row->state = OOM_ROW_NONE;
        if (pid == OOM_UNKNOWN || !tasks->is_known)
                return;
        if (tasks->rows && oom_rows_find(tasks->rows, pid, &ret_row->task)) {
                kept = find_kept(tasks, OOM_COLUMN_UNKNOWN, (int64_t)ret_row->task.index);
        } else {
                kept = find_kept(tasks, OOM_COLUMN_PID, pid);
                if (!kept)
                        kept = find_kept(tasks, OOM_COLUMN_TGID, pid);
                if (!kept) {
                        if (!tasks->rows || tasks->rows->is_cut)
                                ret_row->state = OOM_ROW_NOT_KEPT;
                        return;
                }
        }
        if (kept)
                ret_row->task = *kept;
        ret_row->state = OOM_ROW_FOUND;
}

/* ---- is it this process's? ------------------------------------------------------------------------------------------- */

static struct text trimmed(const struct oom_name *name)
{
        struct text text = oom_name_text(name);

        while (text.length && text.data[text.length - 1] == ' ')
                text.length--;
        return text;
}

/* Names are compared without blanks at their end: the row ends with its name, and a log may have lost them. */
static bool has_name(const struct oom_task *task, const struct oom_name *name)
{
        return !task->comm.is_known || !name->is_known || text_equal(trimmed(&task->comm), trimmed(name));
}

bool oom_task_has_size(const struct oom_task *task, int64_t total_vm_bytes)
{
        int64_t pages = task->values[OOM_COLUMN_TOTAL_VM];

        for (int64_t size = 4096; pages > 0 && size <= 65536; size *= 2)
                if (oom_pages_bytes(pages, size) == total_vm_bytes)
                        return true;
        return false;
}

static bool is_row_of_victim(const struct oom_incident *incident)
{
        const struct oom_task *task = &incident->victim_row.task;
        const struct oom_victim *victim = &incident->victim;

        if (victim->total_vm_bytes != OOM_UNKNOWN && oom_task_has_size(task, victim->total_vm_bytes))
                return true;
        if (victim->uid != OOM_UNKNOWN && task->values[OOM_COLUMN_UID] != OOM_UNKNOWN &&
            task->values[OOM_COLUMN_UID] != victim->uid)
                return false;
        return has_name(task, &victim->comm);
}

/* ---- what it says of the victim --------------------------------------------------------------------------------------- */

/* The process may have grown between table and kill line. */
static bool is_about(int64_t bytes, int64_t pages, int64_t page_size)
{
        int64_t expected = oom_pages_bytes(pages, page_size);

        return expected != OOM_UNKNOWN && (bytes > expected ? bytes - expected : expected - bytes) <= expected / 10;
}

size_t oom_victim_page_sizes(const struct oom_incident *incident, const struct oom_machine *machine,
                             int64_t ret_sizes[static OOM_PAGE_SIZES_MAX])
{
        const struct oom_victim *victim = &incident->victim;
        size_t count = oom_page_sizes(incident->report, machine, ret_sizes);
        int64_t pages = incident->victim_row.task.values[OOM_COLUMN_TOTAL_VM], bytes = victim->total_vm_bytes;

        if (count == 1 || incident->victim_row.state != OOM_ROW_FOUND)
                return count;
        if (pages == OOM_UNKNOWN) { /* it was not kept */
                pages = incident->victim_row.task.values[OOM_COLUMN_RSS];
                bytes = oom_sum_known(oom_sum_known(victim->anon_rss_bytes, victim->file_rss_bytes),
                                      victim->shmem_rss_bytes);
        }
        for (int64_t size = 4096; bytes >= 0 && pages > 0 && size <= 65536; size *= 2)
                if (is_about(bytes, pages, size)) {
                        ret_sizes[0] = size;
                        return 1;
                }
        return count;
}

int64_t oom_task_pgtables(const int64_t *values, int64_t page_size_bytes)
{
        int64_t pages = values[OOM_COLUMN_NR_PTES];

        if (values[OOM_COLUMN_PGTABLES_BYTES] != OOM_UNKNOWN)
                return values[OOM_COLUMN_PGTABLES_BYTES];
        if (pages != OOM_UNKNOWN && values[OOM_COLUMN_NR_PMDS] != OOM_UNKNOWN)
                pages += values[OOM_COLUMN_NR_PMDS];
        return oom_pages_bytes(pages, page_size_bytes);
}

static void fill(int64_t *value, int64_t of_row)
{
        if (*value == OOM_UNKNOWN)
                *value = of_row;
}

static void complete_victim(struct oom_incident *incident)
{
        const int64_t *values = incident->victim_row.task.values;
        struct oom_victim *victim = &incident->victim;
        int64_t sizes[OOM_PAGE_SIZES_MAX], size = OOM_UNKNOWN;

        if (oom_victim_page_sizes(incident, NULL, sizes) == 1)
                size = sizes[0];
        fill(&victim->uid, values[OOM_COLUMN_UID]);
        fill(&victim->oom_score_adj, values[OOM_COLUMN_OOM_SCORE_ADJ]);
        fill(&victim->pgtables_bytes, oom_task_pgtables(values, size));
        fill(&victim->total_vm_bytes, oom_pages_bytes(values[OOM_COLUMN_TOTAL_VM], size));
        fill(&victim->anon_rss_bytes, oom_pages_bytes(values[OOM_COLUMN_RSS_ANON], size));
        fill(&victim->file_rss_bytes, oom_pages_bytes(values[OOM_COLUMN_RSS_FILE], size));
        fill(&victim->shmem_rss_bytes, oom_pages_bytes(values[OOM_COLUMN_RSS_SHMEM], size));
        if (victim->anon_rss_bytes == OOM_UNKNOWN)
                fill(&victim->rss_bytes, oom_pages_bytes(values[OOM_COLUMN_RSS], size));
        if (!incident->victim_row.task.comm.is_known)
                incident->victim_row.task.comm = victim->comm;
}

void oom_incident_find_rows(struct oom_incident *incident)
{
        const struct oom_tasks *tasks = &incident->report->tasks;

        incident->has_pgtables_line = incident->victim.pgtables_bytes != OOM_UNKNOWN;
        find_row(tasks, incident->victim.pid, &incident->victim_row);
        if (incident->victim_row.state == OOM_ROW_FOUND) {
                if (is_row_of_victim(incident))
                        complete_victim(incident);
                else
                        incident->victim_row.state = OOM_ROW_OTHER;
        }
        if (incident->chosen_pid == incident->victim.pid) {
                incident->chosen_row = incident->victim_row;
                return;
        }
        find_row(tasks, incident->chosen_pid, &incident->chosen_row);
        if (incident->chosen_row.state != OOM_ROW_FOUND)
                return;
        if (!has_name(&incident->chosen_row.task, &incident->chosen_comm))
                incident->chosen_row.state = OOM_ROW_OTHER;
        else if (!incident->chosen_row.task.comm.is_known)
                incident->chosen_row.task.comm = incident->chosen_comm;
}
