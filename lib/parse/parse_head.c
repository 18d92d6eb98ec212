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

/* The same off the front: a comma after it is no part of it. */
static struct text eat_node_list(struct text *text)
{
        struct text list = *text;
        size_t i = 0;

        if (!text_eat(text, TEXT("(null)"))) {
                while (i < list.length && memchr("0123456789-,", list.data[i], 12) &&
                       (list.data[i] != ',' || (i + 1 < list.length && memchr("0123456789", list.data[i + 1], 10))))
                        i++;
                *text = text_from_offset(*text, i);
        }
        list.length -= text->length;
        return list;
}

/* ---- "x invoked oom-killer: gfp_mask=0x100cca(GFP_...), nodemask=(null), order=0, oom_score_adj=0" ---------------- */

static bool invoked_value(struct text key, struct text value, bool is_last, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        int64_t *number = NULL, parsed;

        if (text_equal(key, TEXT("order")))
                number = &invoked->order;
        else if (text_equal(key, TEXT("oom_score_adj")))
                number = &invoked->oom_score_adj;
        else if (text_equal(key, TEXT("nodemask")) && !(is_last && oom_may_be_cut(line)))
                invoked->nodemask = value;
        /* oomkilladj, oom_adj: another scale (-17 to 15), before 2.6.36 */
        if (!number)
                return true;
        if (!text_eat_i64(&value, &parsed) || value.length)
                return false;
        /* 2.6.18 alone ends with the order, and prints no comm */
        if (!is_last || oom_is_whole_at_end(line, parsed, number != &invoked->order || !invoked->comm.data))
                *number = parsed;
        return true;
}

/* Is it the front of ", key=value", which a cut left? */
static bool is_cut_value(struct text text, struct oom_line *line)
{
        if (!oom_may_be_cut(line) || !text_eat(&text, TEXT(",")))
                return false;
        (void)text_eat_blanks(&text);
        return line->is_cut = text.length == 0 || !memchr(text.data, ' ', text.length);
}

/* ", key=value" until the end; 4.12 to 4.14 have two blanks before order. Keys that are not known are passed over. */
static bool invoked_values(struct text rest, struct oom_line *line)
{
        while (rest.length) {
                struct text key, cut = rest;
                ptrdiff_t end;

                if (!text_eat(&rest, TEXT(",")) || text_eat_blanks(&rest) == 0)
                        return is_cut_value(cut, line);
                key = text_eat_until(&rest, '=');
                if (key.length == 0 || !text_eat(&rest, TEXT("=")))
                        return is_cut_value(cut, line);
                end = text_find(rest, TEXT(", "), 0);
                if (!invoked_value(key, text_until_offset(rest, end < 0 ? rest.length : (size_t)end), end < 0, line))
                        return is_cut_value(cut, line);
                rest = text_from_offset(rest, end < 0 ? rest.length : (size_t)end);
        }
        return true;
}

/* "gfp_mask=0xcc0(GFP_KERNEL)". False: it isn't there whole. */
static bool eat_gfp_mask(struct text *text, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        struct text rest;
        uint64_t mask;

        if (!text_eat(text, TEXT("gfp_mask=")) || (!text_eat_hex(text, &mask) && !text_eat_u64(text, &mask)) ||
            mask > INT64_MAX)
                return false;
        if (text->length || !oom_may_be_cut(line) || line->end == OOM_END_CLOSED)
                invoked->gfp_mask = (int64_t)mask;
        rest = *text;
        if (!text_eat(&rest, TEXT("(")))
                return true;
        invoked->gfp_flags = text_eat_until(&rest, ')');
        if (!text_eat(&rest, TEXT(")"))) {
                invoked->gfp_flags = (struct text){ 0 };
                text->length = 0; /* of the flags only a part is there, and nothing after them */
                return oom_may_be_cut(line);
        }
        *text = rest;
        return true;
}

bool oom_parse_invoked(struct text text, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        ptrdiff_t at = oom_find_after_comm(text, TEXT(OOM_INVOKED_WORDS), OOM_INVOKED_MARK);
        struct text rest;

        *invoked = (struct oom_line_invoked){ .gfp_mask = OOM_UNKNOWN,
                                              .order = OOM_UNKNOWN,
                                              .oom_score_adj = OOM_UNKNOWN };
        if (at >= 0) {
                invoked->comm = text_until_offset(text, (size_t)at);
                rest = text_from_offset(text, (size_t)at + strlen(OOM_INVOKED_WORDS));
        } else {
                rest = text; /* 2.6.18: "oom-killer: gfp_mask=..." */
                if (!text_eat(&rest, TEXT("oom-killer: ")))
                        return false;
        }
        if (!eat_gfp_mask(&rest, line) || !invoked_values(rest, line))
                return false;
        line->is_cut |= invoked->order == OOM_UNKNOWN;
        return true;
}

static bool is_of_program_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("_-./:+@", c, 7);
}

/* "x invoked oom-killer: gfp_ma": nothing of it is read but whose it is. It is so short that other texts have it too, so the comm must
 * be one that a program is called by. */
bool oom_parse_cut_invoked(struct text text, struct oom_line *line)
{
        static const struct text words = { " invoked oom-killer: gfp_mask=", 30 };
        ptrdiff_t at = text_find(text, text_until_offset(words, strlen(" invoked oom-killer")), 0);

        if (at <= 0 || at > OOM_COMM_MAX || !text_starts(words, text_from_offset(text, (size_t)at)))
                return false;
        for (ptrdiff_t i = 0; i < at; i++)
                if (!is_of_program_name(text.data[i]))
                        return false;
        line->invoked = (struct oom_line_invoked){ .comm = text_until_offset(text, (size_t)at),
                                                   .gfp_mask = OOM_UNKNOWN,
                                                   .order = OOM_UNKNOWN,
                                                   .oom_score_adj = OOM_UNKNOWN };
        line->is_cut = true;
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
        if (!text_split_last(text_from_offset(text, (size_t)at + strlen(OOM_CPUSET_WORDS)), TEXT(" mems_allowed="),
                             &cpuset->cpuset, &cpuset->mems_allowed) ||
            !is_node_list(cpuset->mems_allowed))
                return false;
        line->is_cut = oom_may_go_on(line) || (oom_may_be_cut(line) && cpuset->mems_allowed.length == 0);
        if (line->is_cut)
                cpuset->mems_allowed = (struct text){ 0 };
        return true;
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

/* "Comm: x Not tai": where the comm ends can't be told, but who has that pid is known by other lines. */
static bool comm_of_task(struct text text, struct oom_line *line)
{
        if (comm_before_taint(text, &line->task.comm))
                return true;
        line->task.comm = (struct text){ 0 };
        line->is_cut = oom_may_be_cut(line) && text.length < OOM_COMM_MAX + strlen(" Kdump: loaded ");
        return line->is_cut;
}

bool oom_parse_task(struct text text, struct oom_line *line)
{
        uint64_t number;

        if (!text_eat(&text, TEXT("CPU: ")) || !text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" ")))
                return false;
        if (text_eat(&text, TEXT("UID: ")) && (!text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" "))))
                return false;
        return text_eat(&text, TEXT("PID: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(" Comm: ")) && comm_of_task(text, line);
}

bool oom_parse_task_2_6(struct text text, struct oom_line *line)
{
        return text_eat(&text, TEXT("Pid: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(", comm: ")) && comm_of_task(text, line);
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
        bool is_within = false;

        if (!text_eat(&rest, TEXT("Task in ")))
                return false;
        for (ptrdiff_t at = text_find(rest, words, 0); at >= 0; at = text_find(rest, words, (size_t)at + 1)) {
                struct text task = text_until_offset(rest, (size_t)at);
                struct text limit = text_from_offset(rest, (size_t)at + words.length);

                if (!starts_path(task) || !starts_path(limit))
                        continue;
                is_within = oom_path_is_within(limit, task);
                if (first < 0 || is_within) {
                        first = at;
                        line->limit.task_memcg = task;
                        line->limit.limit_memcg = limit;
                        if (is_within)
                                break; /* a name may hold the words; but the limit is that of an ancestor */
                }
        }
        if (first >= 0 && (oom_may_go_on(line) || (oom_may_be_cut(line) && !is_within))) {
                line->is_cut = true;
                line->limit.limit_memcg = (struct text){ 0 };
        }
        return first >= 0;
}

bool oom_parse_limit_reached(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Memory limit reached of cgroup ")) || !starts_path(text))
                return false;
        line->limit = (struct oom_line_limit){ 0 };
        line->is_cut = oom_may_go_on(line);
        if (!line->is_cut)
                line->limit.limit_memcg = text;
        return true;
}

bool oom_parse_group(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Tasks in ")) ||
            !oom_eat_end_words(&text, TEXT(" are going to be killed due to memory.oom.group set"),
                               strlen(" are going to be killed"), line) ||
            !starts_path(text))
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

static bool is_cpuset_name(struct text name)
{
        return text_equal(name, TEXT("/")) || text_find(name, TEXT("/"), 0) < 0;
}

/* "x,mems_allowed=0-1" */
static bool split_cpuset(struct text text, struct oom_line_summary *summary)
{
        struct text name, nodes;

        if (!text_split_last(text, TEXT(",mems_allowed="), &name, &nodes) || !is_node_list(nodes) ||
            !is_cpuset_name(name))
                return false;
        summary->cpuset = name;
        summary->mems_allowed = nodes;
        return true;
}

/* "x,mems_allowed=0-1,oom_me": cut before the first path. */
static void split_cut_cpuset(struct text text, struct oom_line_summary *summary)
{
        struct text name, rest, nodes;

        if (!text_split_last(text, TEXT(",mems_allowed="), &name, &rest) || !is_cpuset_name(name))
                return;
        summary->cpuset = name;
        nodes = eat_node_list(&rest);
        if (rest.length > 1) /* else the list may go on, ",2" */
                summary->mems_allowed = nodes;
}

/* Where the paths begin. The name of a cpuset holds no '/' (but the root's, which is one): so the first '/' after it
 * begins a path, and what is right before that is the kernel's. What isn't found stays unknown. */
static bool split_cpuset_and_paths(struct text text, struct oom_line_summary *summary)
{
        static const struct text global = { ",global_oom,task_memcg=", 23 }, memcg = { ",oom_memcg=", 11 };
        ptrdiff_t slash = text_find(text, TEXT("/"), text_starts(text, TEXT("/,")) ? 1 : 0);
        struct text head = text_until_offset(text, slash < 0 ? text.length : (size_t)slash);
        struct text name = head, after;

        /* or "(error)" and the like instead of the first path */
        if (!text_eat_end(&name, global) && !text_eat_end(&name, memcg) &&
            !text_split_last(head, global, &name, &after) && !text_split_last(head, memcg, &name, &after))
                return false;
        summary->is_global = text_starts(text_from_offset(text, name.length), global);
        if (summary->is_global)
                summary->task_memcg_and_comm = text_from_offset(text, name.length + global.length);
        else
                split_paths(text_from_offset(text, name.length + memcg.length), summary);
        (void)split_cpuset(name, summary);
        return true;
}

/* "x,mems_allowed=0,task=y", without CONFIG_MEMCG. With it, there is a path before ",task=". */
static bool split_cpuset_and_comm(struct text text, struct oom_line_summary *summary)
{
        static const struct text words = { ",task=", 6 };

        for (ptrdiff_t at = text_find(text, words, 0); at >= 0; at = text_find(text, words, (size_t)at + 1)) {
                struct text comm = text_from_offset(text, (size_t)at + words.length);

                if (comm.length <= OOM_COMM_MAX && split_cpuset(text_until_offset(text, (size_t)at), summary)) {
                        summary->comm = comm;
                        return true;
                }
        }
        return false;
}

/* What is between the nodemask and the victim's pid: the cpuset (with CONFIG_CPUSETS), the cgroups (with CONFIG_MEMCG), the comm. */
static bool parse_middle(struct text text, struct oom_line *line)
{
        static const struct text fronts[] = {
                { ",cpuset=", 8 }, { ",global_oom,task_memcg=", 23 }, { ",oom_memcg=", 11 }, { ",task=", 6 }
        };
        struct oom_line_summary *summary = &line->summary;

        if (text_eat(&text, fronts[0])) {
                if (!split_cpuset_and_comm(text, summary) && !split_cpuset_and_paths(text, summary) &&
                    oom_may_be_cut(line) && line->is_cut)
                        split_cut_cpuset(text, summary);
                return true;
        }
        if (text_eat(&text, fronts[1])) {
                summary->is_global = true;
                summary->task_memcg_and_comm = text;
                return true;
        }
        if (text_eat(&text, fronts[2])) {
                split_paths(text, summary);
                return true;
        }
        if (text_eat(&text, fronts[3])) {
                summary->comm = text;
                return text.length <= OOM_COMM_MAX;
        }
        for (size_t i = 0; line->is_cut && i < COUNT(fronts); i++)
                if (text_starts(fronts[i], text))
                        return true;
        return false;
}

/* ",pid=1,uid=0", off the end */
static bool eat_end_ids(struct text *text, struct oom_line *line)
{
        struct oom_line_summary *summary = &line->summary;
        struct text rest = *text;
        int64_t pid, uid;

        if (!text_eat_end_i64(&rest, true, &uid) || !text_eat_end(&rest, TEXT(",uid=")) ||
            !text_eat_end_i64(&rest, false, &pid) || !text_eat_end(&rest, TEXT(",pid=")))
                return false;
        line->is_cut = !oom_is_whole_at_end(line, uid, true);
        summary->pid = pid;
        summary->uid = line->is_cut ? OOM_UNKNOWN : oom_uid(uid);
        *text = rest;
        return true;
}

/* ",pid=1,ui", off the end of a cut line */
static bool eat_end_cut_ids(struct text *text, struct oom_line *line)
{
        struct text before, pid, rest;
        int64_t value;

        if (!oom_may_be_cut(line) || !text_split_last(*text, TEXT(",pid="), &before, &pid))
                return false;
        rest = pid;
        if (!oom_eat_pid(&rest, &value) || !text_starts(TEXT(",uid=-"), rest))
                return false;
        if (rest.length > 0 || oom_is_whole_at_end(line, value, false))
                line->summary.pid = value;
        *text = before;
        return true;
}

/* At the end of a cut line only a path is whole, which ",task=" closes. */
static void drop_cut_end(struct oom_line_summary *summary)
{
        struct text path, comm;

        if (text_split_last(summary->task_memcg_and_comm, TEXT(",task="), &path, &comm) && comm.length <= OOM_COMM_MAX)
                summary->task_memcg = path;
        summary->task_memcg_and_comm = summary->comm = (struct text){ 0 };
}

/* What a cut may have left of "CONSTRAINT_NONE", of "(null)" or "0-1" */
static bool is_cut_word(struct text text)
{
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_(nul)0123456789,-", text.data[i], 44))
                        return false;
        return true;
}

bool oom_parse_summary(struct text text, struct oom_line *line)
{
        struct oom_line_summary *summary = &line->summary;
        struct text constraint, nodemask;

        *summary = (struct oom_line_summary){ .pid = OOM_UNKNOWN, .uid = OOM_UNKNOWN };
        line->is_cut = true;
        if (!text_eat(&text, TEXT("oom-kill:constraint=")))
                return false;
        if (!text_split(text, TEXT(",nodemask="), &constraint, &text)) {
                summary->constraint = constraint_from(text);
                return oom_may_be_cut(line) && summary->constraint != OOM_CONSTRAINT_UNKNOWN;
        }
        summary->constraint = constraint_from(constraint);
        nodemask = eat_node_list(&text);
        if (text.length == 0 || (oom_may_be_cut(line) && is_cut_word(text)))
                return true;
        summary->nodemask = nodemask;
        if (eat_end_ids(&text, line) || eat_end_cut_ids(&text, line)) {
                if (!parse_middle(text, line))
                        return false;
                if (summary->task_memcg_and_comm.data)
                        guess_comm(summary);
                return true;
        }
        if (!parse_middle(text, line))
                return false;
        if (oom_may_be_cut(line))
                drop_cut_end(summary);
        summary->task_memcg_and_comm = summary->comm = (struct text){ 0 };
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

/* So many bytes of them tell the kernel's words of a panic from each other, and from other panics. */
#define PANIC_WORDS_MIN 20

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
        for (size_t i = 0; i < COUNT(messages); i++) {
                if (text_equal(text, messages[i]))
                        return true;
                if (oom_may_be_cut(line) && text.length >= PANIC_WORDS_MIN && text_starts(messages[i], text)) {
                        line->message = messages[i]; /* no other begins so */
                        line->is_cut = true;
                        return true;
                }
        }
        return false;
}
