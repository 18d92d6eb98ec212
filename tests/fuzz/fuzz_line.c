/* Any bytes as one line: classified, and every text that is told lies inside the line. */

#include <stdlib.h>

#include "kmsg/joiner.h"
#include "oom/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct text part, struct text whole)
{
        if (part.length && (part.data < whole.data || part.data + part.length > whole.data + whole.length))
                abort();
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
                inside(line->summary.cpuset, text);
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
        default:
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
        if (oom_join_rules.is_pieced(text) && oom_join_rules.is_incomplete(text))
                (void)oom_join_rules.accepts(text, text);
        return 0;
}
