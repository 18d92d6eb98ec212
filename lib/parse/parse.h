/* lib/parse/parse.h: the functions that read one kind of line each, named by the rows of line_table.h.
 *
 * Each gets the whole line, returns whether it has the shape of its kind, and fills its member of *line; is_cut too, where the
 * end of the line is missing. line->end says whether it may be: where it is OOM_END_WHOLE, a line without the end of its shape is
 * none, unless the kernel prints it in pieces. It may have changed *line when it returns false. */

#pragma once

#include "parse/line.h"

typedef bool (*oom_parse_fn)(struct text text, struct oom_line *line);

/* parse_head.c: what leads to the decision. parse_summary.c: the decision. parse_process.c: lines about one process. parse_memory.c: the machine's memory.
 * parse_memcg.c: the memory of the cgroup whose limit was hit. parse_tasks.c: the task table. */
#define LINE(kind, anchor, words, parse, pieces, search)     bool parse(struct text text, struct oom_line *line);
#define LINE_AFTER(kind, words, mark, parse, pieces, search) bool parse(struct text text, struct oom_line *line);
#define LINE_ELSE(kind, anchor, parse, search)               bool parse(struct text text, struct oom_line *line);
#include "parse/line_table.h"

/* The uid that was printed, with %d or %u: 4294967294 may show as -2. OOM_UNKNOWN for a number that is no uid. */
int64_t oom_uid(int64_t printed);

/* Take a decimal number without a sign off the front: one that an int64_t holds, one that may be a pid. */
static inline bool oom_eat_number(struct text *text, int64_t *ret_value)
{
        uint64_t value;

        if (!text_eat_u64(text, &value) || value > INT64_MAX)
                return false;
        *ret_value = (int64_t)value;
        return true;
}

static inline bool oom_eat_pid(struct text *text, int64_t *ret_pid)
{
        return oom_eat_number(text, ret_pid) && *ret_pid <= INT32_MAX;
}

static inline bool oom_may_be_cut(const struct oom_line *line)
{
        return line->end != OOM_END_WHOLE;
}

/* Whether a number that the line ends with is whole. is_form_end: the line's form ends with it. No other number begins as 0 does. */
static inline bool oom_is_whole_at_end(const struct oom_line *line, int64_t value, bool is_form_end)
{
        return value == 0 || line->end == OOM_END_WHOLE || line->end == OOM_END_CLOSED ||
               (is_form_end && line->end == OOM_END_OPEN);
}

/* Whether a name or a list that the line ends with may go on: they may hold the comma that was there. */
static inline bool oom_may_go_on(const struct oom_line *line)
{
        return line->end == OOM_END_CLOSED || line->end == OOM_END_LOST;
}

/* Takes words off the end; of a line that may be cut, their front, from its first `least` bytes on. Sets is_cut if some are missing. */
static inline bool oom_eat_end_words(struct text *text, struct text words, size_t least, struct oom_line *line)
{
        if (text_eat_end(text, words))
                return true;
        for (size_t length = words.length - 1; oom_may_be_cut(line) && length >= least; length--)
                if (text_eat_end(text, text_until_offset(words, length)))
                        return line->is_cut = true;
        return false;
}

/* A list of nodes, "0,2-3", or "(null)". */
bool oom_is_node_list(struct text text);

/* A cgroup's path, or what the kernel prints where it can't print one. */
static inline bool oom_starts_path(struct text text)
{
        return text.length && memchr("/(<", text.data[0], 3);
}

/* Finds the fixed words of a line that begins with a comm. They are looked for at offset 0 to 15, since a
 * comm has at most 15 bytes. mark: offset in needle of the byte to look for first, one that is rare in other lines: every record of the
 * kernel log is searched. Returns their offset, or -1. */
ptrdiff_t oom_find_after_comm(struct text text, struct text needle, size_t mark);

#define OOM_FAILURE_WORDS ": page allocation "
#define OOM_FAILURE_MARK  4 /* 'g' */
#define OOM_INVOKED_WORDS " invoked oom-killer: "
#define OOM_INVOKED_MARK  12 /* '-' */
#define OOM_CPUSET_WORDS  " cpuset="
#define OOM_CPUSET_MARK   7 /* '=' */
