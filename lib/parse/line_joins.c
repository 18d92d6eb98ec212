/* Two lines of a log that are one of the kernel's: a task's name may hold a newline, and where each line has a prefix of its own, what
 * follows it looks like another line. */

#include "oom/value.h"
#include "parse/line.h"

/* The longest line with a name that was seen, and then some: a kill line with a cgroup's path. */
#define JOINED_MAX 4096

static enum oom_line_kind kind_of(struct text text)
{
        struct oom_line line;

        return oom_line_parse(text, &line);
}

bool oom_line_joins(struct text line, struct text next, bool is_same_moment)
{
        char buffer[JOINED_MAX];
        struct text joined = { buffer, 0 };
        enum oom_line_kind before, after, whole;

        if (line.length == 0 || line.length + 1 + next.length > sizeof(buffer))
                return false;
        after = kind_of(next);
        if (after != OOM_LINE_OTHER && after != OOM_LINE_INVOKED)
                return false;
        joined.length = text_copy(line, buffer, sizeof(buffer));
        joined.length += text_copy(TEXT("\n"), buffer + joined.length, sizeof(buffer) - joined.length);
        joined.length += text_copy(next, buffer + joined.length, sizeof(buffer) - joined.length);
        before = kind_of(line);
        whole = kind_of(joined);
        if (after == OOM_LINE_INVOKED) /* the name is in front, and both may be whole by themselves */
                return is_same_moment && before == OOM_LINE_OTHER && whole == after && line.length < OOM_COMM_MAX;
        if (before == OOM_LINE_TASKS_ROW) /* it is at the end */
                return is_same_moment && whole == before && next.length && next.length < OOM_COMM_MAX;
        return before == OOM_LINE_OTHER && whole != OOM_LINE_OTHER;
}
