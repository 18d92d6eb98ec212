/* lib/oom/report.c: an empty report; names and paths go into it cut at their limit. */

#include "oom/report.h"

void oom_name_set(struct oom_name *name, struct text text)
{
        name->known = true;
        name->length = (uint8_t)(text.length < sizeof(name->data) ? text.length : sizeof(name->data));
        if (name->length)
                memcpy(name->data, text.data, name->length);
}

void oom_path_set(struct oom_path *path, struct text text)
{
        path->known = true;
        path->length = (uint16_t)(text.length < sizeof(path->data) ? text.length : sizeof(path->data));
        if (path->length)
                memcpy(path->data, text.data, path->length);
}

bool oom_path_is_within(struct text outer, struct text inner)
{
        if (!text_starts(inner, outer))
                return false;
        return text_equal(outer, TEXT("/")) || inner.length == outer.length || inner.data[outer.length] == '/';
}

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
}
