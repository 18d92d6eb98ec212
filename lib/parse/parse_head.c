/* lib/parse/parse_head.c: the lines that lead to the kernel's decision (mm/oom_kill.c: dump_header(), mm/memcontrol.c:
 * mem_cgroup_print_oom_context(), lib/dump_stack.c). */

#include "parse/parse.h"
#include "util/array.h"

ptrdiff_t oom_find_after_comm(struct text text, struct text needle, size_t mark)
{
        const char *at, *end;

        if (text.length < needle.length)
                return -1;
        at = text.data + mark;
        end = at + 1 + (text.length - needle.length < OOM_COMM_MAX ? text.length - needle.length : OOM_COMM_MAX);
        while (at < end && (at = memchr(at, needle.data[mark], (size_t)(end - at)))) {
                if (memcmp(at - mark, needle.data, needle.length) == 0)
                        return at - mark - text.data;
                at++;
        }
        return -1;
}

/* A list of nodes, "0,2-3", or "(null)". */
static bool is_node_list(struct text text)
{
        if (text_equal(text, TEXT("(null)")))
                return true;
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("0123456789,-", text.data[i], 12))
                        return false;
        return true;
}

/* ---- "x invoked oom-killer: gfp_mask=0x100cca(GFP_...), nodemask=(null), order=0, oom_score_adj=0" ---------------- */

static bool invoked_value(struct text key, struct text value, struct oom_line_invoked *invoked)
{
        int64_t *number = NULL;

        if (text_equal(key, TEXT("order")))
                number = &invoked->order;
        else if (text_equal(key, TEXT("oom_score_adj")))
                number = &invoked->oom_score_adj;
        else if (text_equal(key, TEXT("nodemask")))
                invoked->nodemask = value;
        /* oomkilladj, oom_adj: another scale (-17 to 15), before 2.6.36 */
        return !number || (text_eat_i64(&value, number) && value.length == 0);
}

/* ", key=value" until the end; 4.12 to 4.14 have two blanks before order. Keys that are not known are passed over. */
static bool invoked_values(struct text rest, struct oom_line_invoked *invoked)
{
        while (rest.length) {
                struct text key;
                ptrdiff_t end;

                if (!text_eat(&rest, TEXT(",")) || text_eat_blanks(&rest) == 0)
                        return false;
                key = text_eat_until(&rest, '=');
                if (key.length == 0 || !text_eat(&rest, TEXT("=")))
                        return false;
                end = text_find(rest, TEXT(", "), 0);
                if (end < 0)
                        end = (ptrdiff_t)rest.length;
                if (!invoked_value(key, text_until_offset(rest, (size_t)end), invoked))
                        return false;
                rest = text_from_offset(rest, (size_t)end);
        }
        return true;
}

bool oom_parse_invoked(struct text text, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        ptrdiff_t at = oom_find_after_comm(text, TEXT(OOM_INVOKED_WORDS), OOM_INVOKED_MARK);
        struct text rest;
        uint64_t mask;

        *invoked = (struct oom_line_invoked){ .order = OOM_UNKNOWN, .oom_score_adj = OOM_UNKNOWN };
        if (at >= 0) {
                invoked->comm = text_until_offset(text, (size_t)at);
                rest = text_from_offset(text, (size_t)at + strlen(OOM_INVOKED_WORDS));
        } else {
                rest = text; /* 2.6.18: "oom-killer: gfp_mask=..." */
                if (!text_eat(&rest, TEXT("oom-killer: ")))
                        return false;
        }
        if (!text_eat(&rest, TEXT("gfp_mask=")) || (!text_eat_hex(&rest, &mask) && !text_eat_u64(&rest, &mask)) ||
            mask > INT64_MAX)
                return false;
        invoked->gfp_mask = (int64_t)mask;
        if (text_eat(&rest, TEXT("("))) {
                invoked->gfp_flags = text_eat_until(&rest, ')');
                if (!text_eat(&rest, TEXT(")")))
                        return false;
        }
        if (!invoked_values(rest, invoked))
                return false;
        line->is_cut = invoked->order == OOM_UNKNOWN;
        return true;
}

/* ---- "x cpuset=/ mems_allowed=0" ----------------------------------------------------------------------------------- */

bool oom_parse_cpuset(struct text text, struct oom_line *line)
{
        struct oom_line_cpuset *cpuset = &line->cpuset;
        ptrdiff_t at = oom_find_after_comm(text, TEXT(OOM_CPUSET_WORDS), OOM_CPUSET_MARK);

        if (at < 0)
                return false;
        cpuset->comm = text_until_offset(text, (size_t)at);
        return text_split_last(text_from_offset(text, (size_t)at + strlen(OOM_CPUSET_WORDS)), TEXT(" mems_allowed="),
                               &cpuset->cpuset, &cpuset->mems_allowed) &&
               is_node_list(cpuset->mems_allowed);
}

/* ---- "CPU: 1 UID: 0 PID: 352 Comm: hog Not tainted 6.1.0 #1" ------------------------------------------------------- */

static bool starts_taint(struct text text)
{
        static const struct text words[] = {
                { " Not tainted ", 13 },
                { " Tainted: ", 10 },
                { " Kdump: loaded ", 15 },
        };

        for (size_t i = 0; i < COUNT(words); i++)
                if (text_starts(text, words[i]))
                        return true;
        return false;
}

/* Virtuozzo names the container between the two: "Comm: x ve: 101 Not tainted" (lib/dump_stack.c of OpenVZ/vzkernel). */
static bool comm_before_container(struct text rest, struct text *ret_comm)
{
        ptrdiff_t at = oom_find_after_comm(rest, TEXT(" ve: "), 1);
        ptrdiff_t end = at < 0 ? -1 : text_find(rest, TEXT(" "), (size_t)at + strlen(" ve: "));

        if (end < 0 || !starts_taint(text_from_offset(rest, (size_t)end)))
                return false;
        *ret_comm = text_until_offset(rest, (size_t)at);
        return true;
}

/* A comm is followed by the word of taint; the last offset within the reach of a comm where that begins is the right one. */
static bool comm_before_taint(struct text rest, struct text *ret_comm)
{
        if (comm_before_container(rest, ret_comm))
                return true;
        for (size_t at = OOM_COMM_MAX + 1; at-- > 0;) {
                if (at < rest.length && starts_taint(text_from_offset(rest, at))) {
                        *ret_comm = text_until_offset(rest, at);
                        return true;
                }
        }
        return false;
}

bool oom_parse_task(struct text text, struct oom_line *line)
{
        uint64_t number;

        if (!text_eat(&text, TEXT("CPU: ")) || !text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" ")))
                return false;
        if (text_eat(&text, TEXT("UID: ")) && (!text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" "))))
                return false;
        return text_eat(&text, TEXT("PID: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(" Comm: ")) && comm_before_taint(text, &line->task.comm);
}

bool oom_parse_task_2_6(struct text text, struct oom_line *line)
{
        return text_eat(&text, TEXT("Pid: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(", comm: ")) && comm_before_taint(text, &line->task.comm);
}

/* ---- cgroup paths ---------------------------------------------------------------------------------------------------*/

/* What the kernel prints instead of a path that it can't print. */
static bool is_special_path(struct text path)
{
        return text_equal(path, TEXT("(name too long)")) || text_equal(path, TEXT("<name too long>")) ||
               text_equal(path, TEXT("(error)"));
}

static bool starts_path(struct text text)
{
        return text.length && memchr("/(<", text.data[0], 3);
}

bool oom_parse_limit(struct text text, struct oom_line *line)
{
        static const struct text words = { " killed as a result of limit of ", 32 };
        struct text rest = text;
        ptrdiff_t first = -1;

        if (!text_eat(&rest, TEXT("Task in ")))
                return false;
        for (ptrdiff_t at = text_find(rest, words, 0); at >= 0; at = text_find(rest, words, (size_t)at + 1)) {
                struct text task = text_until_offset(rest, (size_t)at);
                struct text limit = text_from_offset(rest, (size_t)at + words.length);

                if (!starts_path(task) || !starts_path(limit))
                        continue;
                if (first < 0 || oom_path_is_within(limit, task)) {
                        first = at;
                        line->limit.task_memcg = task;
                        line->limit.limit_memcg = limit;
                        if (oom_path_is_within(limit, task))
                                break; /* a name may hold the words; but the limit is that of an ancestor */
                }
        }
        return first >= 0;
}

bool oom_parse_limit_reached(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Memory limit reached of cgroup ")) || !starts_path(text))
                return false;
        line->limit = (struct oom_line_limit){ .limit_memcg = text };
        return true;
}

bool oom_parse_group(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Tasks in ")) ||
            !text_eat_end(&text, TEXT(" are going to be killed due to memory.oom.group set")) || !starts_path(text))
                return false;
        line->group_memcg = text;
        return true;
}

/* ---- "oom-kill:constraint=...,nodemask=...,cpuset=...,mems_allowed=...,oom_memcg=...,task_memcg=...,task=...,pid=...,uid=..." */

static enum oom_constraint constraint_from(struct text name)
{
        static const struct {
                struct text name;
                enum oom_constraint constraint;
        } constraints[] = {
                { { "CONSTRAINT_NONE", 15 }, OOM_CONSTRAINT_NONE },
                { { "CONSTRAINT_CPUSET", 17 }, OOM_CONSTRAINT_CPUSET },
                { { "CONSTRAINT_MEMORY_POLICY", 24 }, OOM_CONSTRAINT_MEMORY_POLICY },
                { { "CONSTRAINT_MEMCG", 16 }, OOM_CONSTRAINT_MEMCG },
        };

        for (size_t i = 0; i < COUNT(constraints); i++)
                if (text_equal(name, constraints[i].name))
                        return constraints[i].constraint;
        return OOM_CONSTRAINT_UNKNOWN;
}

bool oom_summary_split(struct text task_memcg_and_comm, struct text comm, struct text *ret_task_memcg)
{
        struct text path = task_memcg_and_comm;

        if (!text_eat_end(&path, comm) || !text_eat_end(&path, TEXT(",task=")))
                return false;
        *ret_task_memcg = path;
        return true;
}

/* Without the kill line: the last ",task=" that leaves a comm of possible length. */
static void guess_comm(struct oom_line_summary *summary)
{
        if (!text_split_last(summary->task_memcg_and_comm, TEXT(",task="), &summary->task_memcg, &summary->comm))
                summary->task_memcg = summary->task_memcg_and_comm;
}

/* The limit's path and the victim's are next to each other, and either may hold the words between them. The victim's cgroup
 * is the limit's or one below it; of several offsets where that holds the first is taken, since whoever may only make
 * cgroups below some directory can then only ever be mistaken for something below it. */
static void split_paths(struct text paths, struct oom_line_summary *summary)
{
        static const struct text words = { ",task_memcg=", 12 };
        ptrdiff_t chosen = -1;

        for (ptrdiff_t at = text_find(paths, words, 0); at >= 0; at = text_find(paths, words, (size_t)at + 1)) {
                struct text limit = text_until_offset(paths, (size_t)at);
                struct text task = text_from_offset(paths, (size_t)at + words.length);

                if (!starts_path(task))
                        continue;
                if (chosen < 0)
                        chosen = at;
                if (is_special_path(limit) || oom_path_is_within(limit, task) ||
                    (text_starts(task, limit) && text_starts(text_from_offset(task, limit.length), TEXT(",task=")))) {
                        chosen = at;
                        break;
                }
        }
        if (chosen < 0)
                return; /* the line is not complete: its first path may not be either */
        summary->limit_memcg = text_until_offset(paths, (size_t)chosen);
        summary->task_memcg_and_comm = text_from_offset(paths, (size_t)chosen + words.length);
}

/* Where the paths begin. The name of a cpuset holds no '/' (but the root's, which is one): so the first '/' after it
 * begins a path, and what is right before that is the kernel's. What isn't found stays unknown. */
static void split_middle(struct text middle, struct oom_line_summary *summary)
{
        static const struct text global = { ",global_oom,task_memcg=", 23 }, memcg = { ",oom_memcg=", 11 };
        ptrdiff_t slash = text_find(middle, TEXT("/"), text_starts(middle, TEXT("/,")) ? 1 : 0);
        struct text head = text_until_offset(middle, slash < 0 ? middle.length : (size_t)slash);
        struct text name = head, after;

        /* or "(error)" and the like instead of the first path */
        if (!text_eat_end(&name, global) && !text_eat_end(&name, memcg) &&
            !text_split_last(head, global, &name, &after) && !text_split_last(head, memcg, &name, &after))
                return;
        summary->is_global = text_starts(text_from_offset(middle, name.length), global);
        if (summary->is_global)
                summary->task_memcg_and_comm = text_from_offset(middle, name.length + global.length);
        else
                split_paths(text_from_offset(middle, name.length + memcg.length), summary);
        if (text_split_last(name, TEXT(",mems_allowed="), &name, &after) && is_node_list(after)) {
                summary->cpuset = name;
                summary->mems_allowed = after;
        }
}

bool oom_parse_summary(struct text text, struct oom_line *line)
{
        struct oom_line_summary *summary = &line->summary;
        struct text constraint, nodemask, tail;

        *summary = (struct oom_line_summary){ .pid = OOM_UNKNOWN, .uid = OOM_UNKNOWN };
        line->is_cut = true;
        if (!text_eat(&text, TEXT("oom-kill:constraint=")) ||
            !text_split(text, TEXT(",nodemask="), &constraint, &nodemask))
                return false;
        summary->constraint = constraint_from(constraint);
        if (!text_split(nodemask, TEXT(",cpuset="), &nodemask, &text))
                return is_node_list(nodemask);
        if (!is_node_list(nodemask))
                return false;
        summary->nodemask = nodemask;
        tail = text;
        if (text_eat_end_i64(&tail, true, &summary->uid) && text_eat_end(&tail, TEXT(",uid=")) &&
            text_eat_end_i64(&tail, false, &summary->pid) && text_eat_end(&tail, TEXT(",pid="))) {
                text = tail;
                summary->uid = oom_uid(summary->uid);
                line->is_cut = false;
        } else {
                summary->pid = summary->uid = OOM_UNKNOWN;
        }
        split_middle(text, summary);
        if (line->is_cut)
                summary->task_memcg_and_comm = (struct text){ 0 };
        else if (summary->task_memcg_and_comm.data)
                guess_comm(summary);
        return true;
}

/* ---- "x: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0" --------------- */

bool oom_parse_failure(struct text text, struct oom_line *line)
{
        line->is_cut = text_find(text, TEXT(",mems_allowed="), 0) < 0;
        return true;
}

/* ---- others -------------------------------------------------------------------------------------------------------- */

bool oom_parse_suppressed(struct text text, struct oom_line *line)
{
        uint64_t count;

        (void)line;
        return (text_eat(&text, TEXT("oom_kill_process: ")) || text_eat(&text, TEXT("__ratelimit: "))) &&
               text_eat_u64(&text, &count) && text_equal(text, TEXT(" callbacks suppressed"));
}

bool oom_parse_panic(struct text text, struct oom_line *line)
{
        static const struct text messages[] = {
                { "Out of memory: compulsory panic_on_oom is enabled", 49 },
                { "Out of memory: system-wide panic_on_oom is enabled", 50 },
                { "System is deadlocked on memory", 30 },
                { "Out of memory and no killable processes...", 42 },
                { "out of memory. panic_on_oom is selected", 39 },
                { "out of memory. Compulsory panic_on_oom is selected.", 51 },
                { "out of memory from page fault. panic_on_oom is selected.", 56 },
        };

        if (!text_eat(&text, TEXT("Kernel panic - not syncing: ")))
                return false;
        while (text_eat_end(&text, TEXT("\n")))
                ; /* the old messages end with one of their own */
        line->message = text;
        for (size_t i = 0; i < COUNT(messages); i++)
                if (text_equal(text, messages[i]))
                        return true;
        return false;
}
