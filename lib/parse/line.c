#include "parse/line.h"

#include "parse/parse.h"

/* Where a row's words stand. A line is tried against the rows of the tables from the top; the first whose shape holds is it. */
enum anchor {
        STARTS, /* at the beginning */
        IS,     /* they are the whole line; a newline of the message's own may follow */
        AFTER,  /* after a comm */
        NUMBER, /* after a number, at the beginning */
        HAS,    /* after a message: only lines that end like one of a process are looked at */
        ANY,    /* the words say nothing, the shape is all */
};

struct line_shape {
        enum oom_line_kind kind;
        enum anchor anchor;
        char first;   /* of the words; '0' for any digit */
        uint8_t mark; /* AFTER: see oom_find_after_comm() */
        struct text words;
        oom_parse_fn parse; /* NULL: its words alone make it; the line is not read */
};

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ROW(kind, anchor, words, parse)                                                                                \
        {                                                                                                              \
                OOM_LINE_##kind, anchor, (words)[0], 0, { words, sizeof(words) - 1 }, parse                            \
        }
#define ROW_AFTER(kind, words, mark, parse)                                                                            \
        {                                                                                                              \
                OOM_LINE_##kind, AFTER, (words)[0], mark, { words, sizeof(words) - 1 }, parse                          \
        }

#define ROW_NUMBER(kind, parse)                                                                                        \
        {                                                                                                              \
                OOM_LINE_##kind, NUMBER, '0', 0, { "", 0 }, parse                                                      \
        }

/* Words that stand after a comm; every line is looked at for them. */
static const struct line_shape after_comm[] = {
        ROW_AFTER(INVOKED, OOM_INVOKED_WORDS, OOM_INVOKED_MARK, oom_parse_invoked),
        ROW_AFTER(CPUSET, OOM_CPUSET_WORDS, OOM_CPUSET_MARK, oom_parse_cpuset),
        ROW_AFTER(FAILURE, OOM_FAILURE_WORDS, OOM_FAILURE_MARK, NULL),
};

/* Words at the beginning. Sorted by their first byte: a line is only tried against the rows of its own. */
static const struct line_shape beginnings[] = {
        ROW(STACK, STARTS, " <TASK>", NULL),
        ROW(STACK, STARTS, " </TASK>", NULL),
        ROW(STACK, STARTS, " [<", NULL),
        ROW(ALLOCATION, STARTS, " ", oom_parse_allocation),
        ROW_NUMBER(TOTAL, oom_parse_pages),
        ROW(COUNTERS, STARTS, "Active", oom_parse_counters), /* up to 2.6.30 */
        ROW(TASK, STARTS, "CPU: ", oom_parse_task),
        ROW(COMPACTION, IS, "COMPACTION is disabled!!!", NULL),
        ROW(STACK, STARTS, "Call Trace:", NULL),
        ROW(UNREAD, STARTS, "CPU ", oom_parse_per_cpu),
        ROW(ZONE, STARTS, "DMA", oom_parse_zone), /* a zone: without CONFIG_NUMA, up to 4.x */
        ROW(BUDDY, STARTS, "DMA", oom_parse_buddy),
        ROW(UNREAD, STARTS, "DMA", oom_parse_per_cpu),
        ROW(TOTAL, STARTS, "Free swap  = ", oom_parse_swap),
        ROW(UNREAD, STARTS, "Free swap: ", NULL), /* 2.6, i386 */
        ROW(UNREAD, STARTS, "Free pages: ", NULL),
        ROW(STACK, STARTS, "Hardware name: ", NULL),
        ROW(ZONE, STARTS, "HighMem", oom_parse_zone),
        ROW(BUDDY, STARTS, "HighMem", oom_parse_buddy),
        ROW(UNREAD, STARTS, "HighMem", oom_parse_per_cpu),
        ROW(KILLED, STARTS, "Killed process ", oom_parse_killed),
        ROW(SHARING, STARTS, "Kill process ", oom_parse_sharing),
        ROW(PANIC, STARTS, "Kernel panic - not syncing: ", oom_parse_panic),
        ROW(KILLED, STARTS, "Memory cgroup out of memory: Killed process ", oom_parse_killed),
        ROW(ANNOUNCEMENT, STARTS, "Memory cgroup out of memory: ", oom_parse_announcement),
        ROW(EXITING, STARTS, "Memory cgroup out of memory: ", oom_parse_exiting),
        ROW(LIMIT, STARTS, "Memory limit reached of cgroup ", oom_parse_limit_reached),
        ROW(MEM_INFO, IS, "Mem-Info:", NULL),
        ROW(MEM_INFO, IS, "Mem-info:", NULL),
        ROW(ZONE, STARTS, "Movable", oom_parse_zone),
        ROW(BUDDY, STARTS, "Movable", oom_parse_buddy),
        ROW(UNREAD, STARTS, "Movable", oom_parse_per_cpu),
        ROW(ALLOCATIONS, STARTS, "Memory allocations:", NULL),
        ROW(ALLOCATIONS, STARTS, "Memory allocations (", NULL),
        ROW(MEMCG_STATS, STARTS, "Memory cgroup stats", oom_parse_stats),
        ROW(UNREAD, STARTS, "Memory cgroup min protection ", NULL),
        ROW(ANNOUNCEMENT, STARTS, "No available memory ", oom_parse_announcement),
        ROW(NODE, STARTS, "Node ", oom_parse_node),
        ROW(ZONE, STARTS, "Node ", oom_parse_zone),
        ROW(BUDDY, STARTS, "Node ", oom_parse_buddy),
        ROW(HUGEPAGES, STARTS, "Node ", oom_parse_hugepages),
        ROW(UNREAD, STARTS, "Node ", oom_parse_per_cpu),
        ROW(ZONE, STARTS, "Normal", oom_parse_zone),
        ROW(BUDDY, STARTS, "Normal", oom_parse_buddy),
        ROW(UNREAD, STARTS, "Normal", oom_parse_per_cpu),
        ROW(UNREAD, IS, "Name                      Used          Total", NULL),
        ROW(KILLED, STARTS, "Out of memory: Killed process ", oom_parse_killed),
        ROW(KILLED, STARTS, "OOM killed process ", oom_parse_killed),
        ROW(KILLED, STARTS, "Out of memory: OOM killed process ", oom_parse_killed),
        ROW(KILLED, STARTS, "Out of memory in UB ", oom_parse_killed),
        ROW(NO_KILLABLE, IS, "Out of memory and no killable processes...", NULL),
        ROW(ANNOUNCEMENT, STARTS, "Out of ", oom_parse_announcement),
        ROW(EXITING, STARTS, "Out of memory", oom_parse_exiting),
        ROW(TASK, STARTS, "Pid: ", oom_parse_task_2_6),
        ROW(SHARING, STARTS, "Rage kill process ", oom_parse_rage),
        ROW(STACK, STARTS, "RIP: ", NULL),
        ROW(SYSRQ, IS, "SysRq : Manual OOM execution", NULL),
        ROW(UNREAD, STARTS, "Swap cache: add ", NULL),
        ROW(UNREAD, STARTS, "Swap cache stats: add ", NULL),
        ROW(GROUP, STARTS, "Tasks in ", oom_parse_group),
        ROW(LIMIT, STARTS, "Task in ", oom_parse_limit),
        ROW(TOTAL, STARTS, "Total swap = ", oom_parse_swap),
        ROW(TASKS_STATE, STARTS, "Tasks state (memory values in pages):", NULL),
        ROW(SLAB, IS, "Unreclaimable slab info:", NULL),
        ROW(VM_KILLING, STARTS, "VM: killing process ", oom_parse_vm_killing),
        ROW(WOULD_HAVE, STARTS, "Would have killed process ", oom_parse_would_have),
        ROW(STACK, STARTS, "Workqueue: ", NULL),
        ROW(TASKS_HEADER, STARTS, "[ pid ] ", oom_parse_tasks_header),
        ROW(TASKS_HEADER, STARTS, "[  pid  ] ", oom_parse_tasks_header),
        ROW(TASKS_ROW, STARTS, "[", oom_parse_tasks_row),
        ROW(SUPPRESSED, STARTS, "__ratelimit: ", oom_parse_suppressed),
        ROW(COUNTERS, STARTS, "active_anon:", oom_parse_counters),
        ROW(UNREAD, STARTS, "cpu ", oom_parse_per_cpu),
        ROW(UNREAD, IS, "excessive unreclaimable slab but cannot dump stats", NULL),
        ROW(MEMCG_USAGE, STARTS, "kmem: usage ", oom_parse_usage),
        ROW(LOWMEM_RESERVE, STARTS, "lowmem_reserve[]:", oom_parse_lowmem_reserve),
        ROW(MEMCG_USAGE, STARTS, "memory: usage ", oom_parse_usage),
        ROW(MEMCG_USAGE, STARTS, "memory+swap: usage ", oom_parse_usage),
        ROW(INVOKED, STARTS, "oom-killer: gfp_mask=", oom_parse_invoked),
        ROW(SUMMARY, STARTS, "oom-kill:constraint=", oom_parse_summary),
        ROW(REAPED, STARTS, "oom_reaper: reaped process ", oom_parse_reaped),
        ROW(UNREAPABLE, STARTS, "oom_reaper: unable to reap pid:", oom_parse_unreapable),
        ROW(PINNED, STARTS, "oom killer ", oom_parse_pinned),
        ROW(SUPPRESSED, STARTS, "oom_kill_process: ", oom_parse_suppressed),
        ROW(SYSRQ, IS, "sysrq: Manual OOM execution", NULL),
        ROW(SYSRQ, IS, "sysrq: SysRq : Manual OOM execution", NULL),
        ROW(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored because killer is disabled", NULL),
        ROW(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored. No task eligible", NULL),
        ROW(MEMCG_USAGE, STARTS, "swap: usage ", oom_parse_usage),
};

/* What none of the others is. */
static const struct line_shape rest[] = {
        ROW(SLAB_ROW, ANY, "KB", oom_parse_slab_row),
        ROW(MEMCG_STAT, ANY, " ", oom_parse_stat),
        ROW(KILLED, HAS, "Killed process ", oom_parse_killed),
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
        case NUMBER:
        case ANY:
                return true;
        }
        return false;
}

static bool parse_row(const struct line_shape *shape, struct text line, struct oom_line *ret_line)
{
        if (!anchored(shape, line) || (shape->parse && !shape->parse(line, ret_line)))
                return false;
        ret_line->kind = shape->kind;
        return true;
}

/* The first row of beginnings whose words begin so, or where it would stand. */
static size_t first_row(char first)
{
        size_t low = 0, high = ARRAY_LENGTH(beginnings);

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (beginnings[middle].first < first)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line)
{
        char first = line.length ? line.data[0] : '\0';

        if (first >= '0' && first <= '9')
                first = '0';
        for (size_t i = 0; i < ARRAY_LENGTH(after_comm); i++)
                if (parse_row(&after_comm[i], line, ret_line))
                        return ret_line->kind;
        for (size_t i = first_row(first); i < ARRAY_LENGTH(beginnings) && beginnings[i].first == first; i++)
                if (parse_row(&beginnings[i], line, ret_line))
                        return ret_line->kind;
        for (size_t i = 0; i < ARRAY_LENGTH(rest); i++)
                if (parse_row(&rest[i], line, ret_line))
                        return ret_line->kind;
        ret_line->kind = OOM_LINE_OTHER;
        return OOM_LINE_OTHER;
}
