/* Any bytes as one line, whole and cut: classified, and every text of it lies inside the line. */

#include <stdlib.h>

#include "kmsg/joiner.h"
#include "parse/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct text part, struct text whole)
{
        if (part.length && (part.data < whole.data || part.data + part.length > whole.data + whole.length))
                abort();
}

static void not_negative(int64_t value)
{
        if (value < 0 && value != OOM_UNKNOWN)
                abort();
}

static void check_body(struct text text, const struct oom_line *line)
{
        struct text entries, name;
        int64_t value;

        switch (line->kind) {
        case OOM_LINE_COUNTERS:
        case OOM_LINE_NODE:
        case OOM_LINE_ZONE:
                inside(line->counters.zone, text);
                for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                        not_negative(line->counters.values[i]);
                break;
        case OOM_LINE_LOWMEM_RESERVE:
                if (line->lowmem_reserve.count > OOM_ZONE_KINDS_MAX)
                        abort();
                break;
        case OOM_LINE_BUDDY:
                inside(line->buddy.zone, text);
                for (size_t i = 0; i < line->buddy.n_orders && i < OOM_ORDERS_MAX; i++)
                        not_negative(line->buddy.blocks[i]);
                break;
        case OOM_LINE_SLAB_ROW:
                inside(line->slab.name, text);
                not_negative(line->slab.total_bytes);
                break;
        case OOM_LINE_ALLOCATION:
                inside(line->allocation.where, text);
                not_negative(line->allocation.bytes);
                break;
        case OOM_LINE_MEMCG_USAGE:
                not_negative(line->usage.usage.usage_bytes);
                not_negative(line->usage.usage.limit_bytes);
                break;
        case OOM_LINE_MEMCG_STATS:
        case OOM_LINE_MEMCG_STAT:
                inside(line->stats.memcg, text);
                inside(line->stats.entries, text);
                for (entries = line->stats.entries; oom_stat_next(&entries, &name, &value); not_negative(value))
                        inside(name, text);
                break;
        default:
                break;
        }
}

static void check(struct text text, const struct oom_line *line)
{
        switch (line->kind) {
        case OOM_LINE_INVOKED:
                inside(line->invoked.comm, text);
                inside(line->invoked.gfp_flags, text);
                inside(line->invoked.nodemask, text);
                break;
        case OOM_LINE_TASK:
                inside(line->task.comm, text);
                break;
        case OOM_LINE_LIMIT:
                inside(line->limit.task_memcg, text);
                inside(line->limit.limit_memcg, text);
                break;
        case OOM_LINE_SUMMARY:
                inside(line->summary.nodemask, text);
                inside(line->summary.cpuset, text);
                inside(line->summary.mems_allowed, text);
                inside(line->summary.limit_memcg, text);
                inside(line->summary.task_memcg, text);
                inside(line->summary.comm, text);
                inside(line->summary.task_memcg_and_comm, text);
                break;
        case OOM_LINE_KILLED:
        case OOM_LINE_ANNOUNCEMENT:
        case OOM_LINE_SHARING:
        case OOM_LINE_EXITING:
        case OOM_LINE_REAPED:
        case OOM_LINE_UNREAPABLE:
                inside(line->process.comm, text);
                if (line->process.uid < 0 && line->process.uid != OOM_UNKNOWN && line->kind == OOM_LINE_KILLED)
                        abort(); /* a uid is never negative */
                break;
        case OOM_LINE_GROUP:
                inside(line->group_memcg, text);
                break;
        case OOM_LINE_CPUSET:
                inside(line->cpuset.comm, text);
                inside(line->cpuset.cpuset, text);
                inside(line->cpuset.mems_allowed, text);
                break;
        default:
                check_body(text, line);
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text text = { (const char *)data, size };
        struct oom_line line;

        if (oom_line_parse(text, &line) != line.kind)
                abort();
        check(text, &line);
        for (enum oom_line_end end = OOM_END_OPEN; end <= OOM_END_LOST; end++) {
                if (oom_line_parse_log(text, end, &line) != line.kind)
                        abort();
                check(text, &line);
        }
        if (oom_join_rules.is_pieced(text) && oom_join_rules.is_incomplete(text))
                (void)oom_join_rules.accepts(text, text);
        return 0;
}
