#include "oom/tasks.h"

void oom_tasks_clear(struct oom_tasks *tasks)
{
        tasks->known = tasks->is_complete = false;
        tasks->layout.count = 0;
        tasks->count = tasks->unkillable = 0;
        for (size_t i = 0; i < OOM_COLUMN_COUNT; i++)
                tasks->sums[i] = OOM_UNKNOWN;
        tasks->rankings_used = 0;
}
