#include "oom/line.h"

#include "kmsg/joiner.h"
#include "oom/shapes.h"

/* Where a row's words stand. A line is tried against the rows from the top; the first whose shape holds is it. */
enum anchor {
        STARTS, /* at the beginning */
        IS,     /* they are the whole line; a newline of the message's own may follow */
        AFTER,  /* after a comm */
        HAS,    /* after a message: only lines that end like one of a process are looked at */
};

struct line_shape {
        enum oom_line_kind kind;
        enum anchor anchor;
        char first;   /* of the words: nearly every row is passed over by a look at this alone */
        uint8_t mark; /* AFTER: see oom_find_after_comm() */
        struct text words;
        oom_shape_fn parse; /* NULL: its words alone make it; the line is not read */
};

#define ROW(kind, anchor, words, parse)                                                                                \
        {                                                                                                              \
                OOM_LINE_##kind, anchor, (words)[0], 0, { words, sizeof(words) - 1 }, parse                            \
        }
#define ROW_AFTER(kind, words, mark, parse)                                                                            \
        {                                                                                                              \
                OOM_LINE_##kind, AFTER, (words)[0], mark, { words, sizeof(words) - 1 }, parse                          \
        }

static const struct line_shape shapes[] = {
        ROW_AFTER(INVOKED, OOM_INVOKED_WORDS, OOM_INVOKED_MARK, oom_shape_invoked),
        ROW(INVOKED, STARTS, "oom-killer: gfp_mask=", oom_shape_invoked),
        ROW_AFTER(CPUSET, OOM_CPUSET_WORDS, OOM_CPUSET_MARK, oom_shape_cpuset),
        ROW(TASK, STARTS, "CPU: ", oom_shape_task),
        ROW(TASK, STARTS, "Pid: ", oom_shape_task_2_6),
        ROW(SUMMARY, STARTS, "oom-kill:constraint=", oom_shape_summary),
        ROW(KILLED, STARTS, "Memory cgroup out of memory: Killed process ", oom_shape_killed),
        ROW(KILLED, STARTS, "Out of memory: Killed process ", oom_shape_killed),
        ROW(KILLED, STARTS, "Killed process ", oom_shape_killed),
        ROW(KILLED, STARTS, "OOM killed process ", oom_shape_killed),
        ROW(KILLED, STARTS, "Out of memory: OOM killed process ", oom_shape_killed),
        ROW(KILLED, STARTS, "Out of memory in UB ", oom_shape_killed),
        ROW(NO_KILLABLE, IS, "Out of memory and no killable processes...", NULL),
        ROW(ANNOUNCEMENT, STARTS, "Out of ", oom_shape_announcement),
        ROW(ANNOUNCEMENT, STARTS, "Memory cgroup out of memory: ", oom_shape_announcement),
        ROW(ANNOUNCEMENT, STARTS, "No available memory ", oom_shape_announcement),
        ROW(EXITING, STARTS, "Out of memory", oom_shape_exiting),
        ROW(EXITING, STARTS, "Memory cgroup out of memory: ", oom_shape_exiting),
        ROW(SHARING, STARTS, "Kill process ", oom_shape_sharing),
        ROW(SHARING, STARTS, "Rage kill process ", oom_shape_rage),
        ROW(GROUP, STARTS, "Tasks in ", oom_shape_group),
        ROW(LIMIT, STARTS, "Task in ", oom_shape_limit),
        ROW(LIMIT, STARTS, "Memory limit reached of cgroup ", oom_shape_limit_reached),
        ROW(WOULD_HAVE, STARTS, "Would have killed process ", oom_shape_would_have),
        ROW(VM_KILLING, STARTS, "VM: killing process ", oom_shape_vm_killing),
        ROW(PANIC, STARTS, "Kernel panic - not syncing: ", oom_shape_panic),
        ROW(REAPED, STARTS, "oom_reaper: reaped process ", oom_shape_reaped),
        ROW(UNREAPABLE, STARTS, "oom_reaper: unable to reap pid:", oom_shape_unreapable),
        ROW(PINNED, STARTS, "oom killer ", oom_shape_pinned),
        ROW(SYSRQ, IS, "sysrq: Manual OOM execution", NULL),
        ROW(SYSRQ, IS, "sysrq: SysRq : Manual OOM execution", NULL),
        ROW(SYSRQ, IS, "SysRq : Manual OOM execution", NULL),
        ROW(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored because killer is disabled", NULL),
        ROW(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored. No task eligible", NULL),
        ROW(SUPPRESSED, STARTS, "oom_kill_process: ", oom_shape_suppressed),
        ROW(SUPPRESSED, STARTS, "__ratelimit: ", oom_shape_suppressed),
        ROW(COMPACTION, IS, "COMPACTION is disabled!!!", NULL),
        ROW(STACK, STARTS, "Call Trace:", NULL),
        ROW(STACK, STARTS, "Hardware name: ", NULL),
        ROW(STACK, STARTS, "Workqueue: ", NULL),
        ROW(STACK, STARTS, "RIP: ", NULL),
        ROW(STACK, STARTS, " <TASK>", NULL),
        ROW(STACK, STARTS, " </TASK>", NULL),
        ROW(STACK, STARTS, " [<", NULL),
        ROW(MEM_INFO, STARTS, "Mem-Info:", NULL),
        ROW(MEM_INFO, STARTS, "active_anon:", NULL),
        ROW(MEM_INFO, STARTS, "Active:", NULL),
        ROW(HUGEPAGES, STARTS, "Node 0 hugepages_total=", NULL),
        ROW(ZONE, STARTS, "Node ", NULL),
        ROW(ZONE, STARTS, "DMA", NULL),
        ROW(ZONE, STARTS, "Normal", NULL),
        ROW(ZONE, STARTS, "HighMem", NULL),
        ROW(ZONE, STARTS, "Movable", NULL),
        ROW(ZONE, STARTS, "lowmem_reserve[]:", NULL),
        ROW(SWAP, STARTS, "Free swap ", NULL),
        ROW(SWAP, STARTS, "Total swap = ", NULL),
        ROW(SWAP, STARTS, "Swap cache", NULL),
        ROW(SLAB, STARTS, "Unreclaimable slab info:", NULL),
        ROW(ALLOCATIONS, STARTS, "Memory allocations", NULL),
        ROW(MEMCG_USAGE, STARTS, "memory: usage ", NULL),
        ROW(MEMCG_USAGE, STARTS, "memory+swap: usage ", NULL),
        ROW(MEMCG_USAGE, STARTS, "kmem: usage ", NULL),
        ROW(MEMCG_USAGE, STARTS, "swap: usage ", NULL),
        ROW(MEMCG_STATS, STARTS, "Memory cgroup stats", NULL),
        ROW(TASKS_STATE, STARTS, "Tasks state (memory values in pages):", NULL),
        ROW(TASKS_HEADER, STARTS, "[ pid ] ", oom_shape_tasks_header),
        ROW(TASKS_HEADER, STARTS, "[  pid  ] ", oom_shape_tasks_header),
        ROW(TASKS_ROW, STARTS, "[", oom_shape_tasks_row),
        ROW(KILLED, HAS, "Killed process ", oom_shape_killed),
};

/* Other messages before "Killed process" are read whatever they say, but only of lines that end as a kill line does. */
static bool may_be_kill(struct text line)
{
        return line.length > 16 && memchr("0123456789B).", line.data[line.length - 1], 13);
}

static bool anchored(const struct line_shape *shape, struct text line)
{
        switch (shape->anchor) {
        case STARTS:
                return text_starts(line, shape->words);
        case IS:
                while (text_eat_end(&line, TEXT("\n")))
                        ;
                return text_equal(line, shape->words);
        case AFTER:
                return oom_find_after_comm(line, shape->words, shape->mark) >= 0;
        case HAS:
                return may_be_kill(line);
        }
        return false;
}

enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line)
{
        const char first = line.length ? line.data[0] : '\0';
        struct oom_line parsed;

        for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
                const struct line_shape *shape = &shapes[i];

                if (shape->anchor <= IS && shape->first != first)
                        continue;
                if (!anchored(shape, line) || (shape->parse && !shape->parse(line, &parsed)))
                        continue;
                parsed.kind = shape->kind;
                *ret_line = parsed;
                return shape->kind;
        }
        ret_line->kind = OOM_LINE_OTHER;
        return OOM_LINE_OTHER;
}

/* ---- lines in pieces ------------------------------------------------------------------------------------------------ */

enum piece_kind {
        PIECE_NONE,
        PIECE_SUMMARY,
        PIECE_INVOKED,
        PIECE_CPUSET,
        PIECE_LIMIT,
        PIECE_GROUP,
        PIECE_STATS,
        PIECE_FAILURE
};

/* Lines that carry a user's text in a piece of its own; the others in pieces (zones, buddy lists) are only numbers. */
static enum piece_kind piece_kind(struct text line)
{
        switch (line.length ? line.data[0] : 0) {
        case 'o':
                if (text_starts(line, TEXT("oom-kill:constraint=")))
                        return PIECE_SUMMARY;
                break;
        case 'T':
                if (text_starts(line, TEXT("Task in ")))
                        return PIECE_LIMIT;
                if (text_starts(line, TEXT("Tasks in ")))
                        return PIECE_GROUP;
                break;
        case 'M':
                if (text_starts(line, TEXT("Memory cgroup stats for ")) ||
                    text_starts(line, TEXT("Memory limit reached of cgroup ")))
                        return PIECE_STATS;
                break;
        }
        if (oom_find_after_comm(line, TEXT(OOM_CPUSET_WORDS), OOM_CPUSET_MARK) >= 0)
                return PIECE_CPUSET;
        if (oom_find_after_comm(line, TEXT(": page allocation failure: "), 4) >= 0)
                return PIECE_FAILURE;
        if (oom_find_after_comm(line, TEXT(OOM_INVOKED_WORDS), OOM_INVOKED_MARK) >= 0 &&
            text_find(line, TEXT(", nodemask="), 0) >= 0)
                return PIECE_INVOKED;
        return PIECE_NONE;
}

static bool is_pieced(struct text line)
{
        return piece_kind(line) != PIECE_NONE;
}

static bool is_incomplete(struct text line)
{
        struct oom_line parsed;

        switch (piece_kind(line)) {
        case PIECE_SUMMARY:
                return !oom_shape_summary(line, &parsed) || parsed.summary.pid == OOM_UNKNOWN;
        case PIECE_INVOKED:
                return !oom_shape_invoked(line, &parsed) || parsed.invoked.order == OOM_UNKNOWN;
        case PIECE_CPUSET:
                return !oom_shape_cpuset(line, &parsed);
        case PIECE_LIMIT:
                return !oom_shape_limit(line, &parsed);
        case PIECE_GROUP:
                return !oom_shape_group(line, &parsed);
        case PIECE_FAILURE:
                return text_find(line, TEXT(",mems_allowed="), 0) < 0;
        case PIECE_STATS:
        case PIECE_NONE:
                break;
        }
        return false;
}

/* The kernel's own words between names begin with ',' or ' '; a name comes only where those words end with '=' or ' '.
 * So a whole line that happens to be flagged as a piece is not swallowed. */
static bool accepts(struct text line, struct text piece)
{
        char last = line.length ? line.data[line.length - 1] : 0;
        char first = piece.length ? piece.data[0] : 0;

        switch (piece_kind(line)) {
        case PIECE_SUMMARY:
        case PIECE_INVOKED:
        case PIECE_FAILURE:
                return first == ',' || last == '=';
        case PIECE_CPUSET:
        case PIECE_LIMIT:
        case PIECE_GROUP:
                return first == ' ' || first == 0 || last == ' ' || last == '=';
        case PIECE_STATS:
                return first == ':' || first == ' ' || first == 0 || last == ' ';
        case PIECE_NONE:
                break;
        }
        return false;
}

const struct kmsg_join_rules oom_join_rules = {
        .is_pieced = is_pieced,
        .is_incomplete = is_incomplete,
        .accepts = accepts,
};
