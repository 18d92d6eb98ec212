/* lib/parse/parse_summary.c: the line that says what the kernel decided (mm/oom_kill.c: dump_oom_summary(), 5.0 on).
 *
 *         oom-kill:constraint=...,nodemask=...[,cpuset=...,mems_allowed=...][,oom_memcg=...,task_memcg=...],task=...,pid=...,uid=...
 *
 * A kernel without CONFIG_CPUSETS leaves out the second part, one without CONFIG_MEMCG the third; for the whole machine that has
 * "global_oom" instead of "oom_memcg=...". Names may hold any of these words: what is known of their surroundings decides. */

#include "parse/parse.h"
#include "util/array.h"

bool oom_is_node_list(struct text text)
{
        if (text_equal(text, TEXT("(null)")))
                return true;
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("0123456789,-", text.data[i], 12))
                        return false;
        return true;
}

/* A list of nodes off the front: a comma after it is no part of it. */
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

/* What the kernel prints instead of a path that it can't print. */
static bool is_special_path(struct text path)
{
        return text_equal(path, TEXT("(name too long)")) || text_equal(path, TEXT("<name too long>")) ||
               text_equal(path, TEXT("(error)"));
}

static const struct {
        struct text name;
        enum oom_constraint constraint;
} constraints[] = {
        { { "CONSTRAINT_NONE", 15 }, OOM_CONSTRAINT_NONE },
        { { "CONSTRAINT_CPUSET", 17 }, OOM_CONSTRAINT_CPUSET },
        { { "CONSTRAINT_MEMORY_POLICY", 24 }, OOM_CONSTRAINT_MEMORY_POLICY },
        { { "CONSTRAINT_MEMCG", 16 }, OOM_CONSTRAINT_MEMCG },
};

static enum oom_constraint constraint_from(struct text name)
{
        for (size_t i = 0; i < COUNT(constraints); i++)
                if (text_equal(name, constraints[i].name))
                        return constraints[i].constraint;
        return OOM_CONSTRAINT_UNKNOWN;
}

/* "CONSTRAINT_MEMO": known where one name alone begins so. False: none does. */
static bool parse_cut_constraint(struct text front, enum oom_constraint *ret_constraint)
{
        size_t count = 0;

        for (size_t i = 0; i < COUNT(constraints); i++) {
                if (!text_starts(constraints[i].name, front))
                        continue;
                *ret_constraint = constraints[i].constraint;
                count++;
        }
        if (count > 1)
                *ret_constraint = OOM_CONSTRAINT_UNKNOWN;
        return count > 0;
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

                if (!oom_starts_path(task))
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

        if (!text_split_last(text, TEXT(",mems_allowed="), &name, &nodes) || !oom_is_node_list(nodes) ||
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
                constraint = text_eat_until(&text, ',');
                return oom_may_be_cut(line) && text_starts(TEXT(",nodemask="), text) &&
                       parse_cut_constraint(constraint, &summary->constraint);
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
