/* lib/oom/report.c: an empty report. */

#include "oom/report.h"

void oom_report_clear(struct oom_report *report, uint64_t seq, uint64_t mono_usec)
{
        report->parts = 0;
        report->seq = seq;
        report->mono_usec = mono_usec;
        report->scope = OOM_SCOPE_UNKNOWN;
        report->constraint = OOM_CONSTRAINT_UNKNOWN;
        report->trigger.pid = OOM_UNKNOWN;
        report->trigger.comm.known = false;
        report->trigger.gfp_mask = OOM_UNKNOWN;
        report->trigger.gfp_flags.known = false;
        report->trigger.order = OOM_UNKNOWN;
        report->trigger.oom_score_adj = OOM_UNKNOWN;
        report->trigger.sysrq = false;
        report->limit_memcg.known = false;
        report->cpuset.known = false;
        report->nodemask.known = false;
        report->mems_allowed.known = false;
        report->is_allocating_task = false;
        oom_memcg_clear(&report->memcg);
        oom_memory_clear(&report->memory);
        oom_tasks_clear(&report->tasks);
}
