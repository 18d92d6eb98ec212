/* lib/oom/report.c: an empty report; sets of nodes. */

#include "oom/report.h"

static bool eat_range(struct text *list, uint64_t *ret_from, uint64_t *ret_to)
{
        if (!text_eat_u64(list, ret_from) || *ret_from > OOM_NODE_NUMBER_MAX)
                return false;
        *ret_to = *ret_from;
        return !text_eat(list, TEXT("-")) ||
               (text_eat_u64(list, ret_to) && *ret_to >= *ret_from && *ret_to <= OOM_NODE_NUMBER_MAX);
}

void oom_node_set_read(struct oom_node_set *set, struct text list)
{
        uint64_t from, to;

        *set = (struct oom_node_set){ 0 };
        do {
                if (!eat_range(&list, &from, &to))
                        return;
                for (uint64_t node = from; node <= to; node++)
                        set->bits[node / 64] |= UINT64_C(1) << node % 64;
        } while (text_eat(&list, TEXT(",")));
        set->is_known = list.length == 0;
}

int64_t oom_report_page_bytes(const struct oom_report *report)
{
        const struct oom_memory *memory = &report->memory;

        return memory->page_size_bytes == OOM_UNKNOWN && memory->is_known ? report->release_page_bytes
                                                                          : memory->page_size_bytes;
}

void oom_report_clear(struct oom_report *report, uint64_t seq, uint64_t mono_usec)
{
        report->parts = 0;
        report->seq = seq;
        report->mono_usec = mono_usec;
        report->scope = OOM_SCOPE_UNKNOWN;
        report->constraint = OOM_CONSTRAINT_UNKNOWN;
        report->release_page_bytes = report->trigger.pid = OOM_UNKNOWN;
        oom_name_set(&report->trigger.comm, (struct text){ 0 });
        report->trigger.gfp_mask = OOM_UNKNOWN;
        report->trigger.gfp_flags.is_known = false;
        report->trigger.order = OOM_UNKNOWN;
        report->trigger.oom_score_adj = OOM_UNKNOWN;
        report->trigger.is_sysrq = report->trigger.is_limit_writer = false;
        report->limit_memcg.is_known = false;
        report->cpuset.is_known = false;
        report->nodemask.is_known = false;
        report->mems_allowed.is_known = false;
        report->is_cut = report->is_allocating_task = false;
        oom_memcg_clear(&report->memcg);
        report->protection = (struct oom_protection){ OOM_UNKNOWN, OOM_UNKNOWN };
        oom_memory_clear(&report->memory);
        oom_tasks_clear(&report->tasks);
}

bool oom_report_has_figures(const struct oom_report *report)
{
        const bool has_memory = report->parts & OOM_PART_MEMORY &&
                                (report->memory.ram_pages != OOM_UNKNOWN || report->memory.is_doubtful);

        return has_memory || report->memcg.usages[OOM_USAGE_MEMORY].usage_bytes != OOM_UNKNOWN;
}

bool oom_report_has_body(const struct oom_report *report)
{
        const bool has_more =
                report->parts & (OOM_PART_TASK | OOM_PART_STACK) || report->memory.swap_total_bytes != OOM_UNKNOWN;
        const bool has_title = report->parts & OOM_PART_TASKS_TITLE || !report->tasks.layout.is_wide_pid;

        return report->parts & OOM_PART_HEADER && oom_report_has_figures(report) && has_more && has_title;
}
