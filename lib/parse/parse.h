/* lib/parse/parse.h: the parsers of single line kinds, between line.c (the table) and the files that hold them.
 *
 * Each gets the whole line, returns whether the line has its shape, and fills its member of *line. */

#pragma once

#include "parse/line.h"

typedef bool (*oom_parse_fn)(struct text text, struct oom_line *line);

/* shape_report.c: what leads to the decision */
bool oom_parse_invoked(struct text text, struct oom_line *line);
bool oom_parse_cpuset(struct text text, struct oom_line *line);
bool oom_parse_task(struct text text, struct oom_line *line);
bool oom_parse_task_2_6(struct text text, struct oom_line *line);
bool oom_parse_limit(struct text text, struct oom_line *line);
bool oom_parse_limit_reached(struct text text, struct oom_line *line);
bool oom_parse_summary(struct text text, struct oom_line *line);
bool oom_parse_group(struct text text, struct oom_line *line);
bool oom_parse_suppressed(struct text text, struct oom_line *line);
bool oom_parse_panic(struct text text, struct oom_line *line);

/* shape_memory.c: the machine's memory */
bool oom_parse_counters(struct text text, struct oom_line *line);
bool oom_parse_node(struct text text, struct oom_line *line);
bool oom_parse_zone(struct text text, struct oom_line *line);
bool oom_parse_buddy(struct text text, struct oom_line *line);
bool oom_parse_per_cpu(struct text text, struct oom_line *line);
bool oom_parse_lowmem_reserve(struct text text, struct oom_line *line);
bool oom_parse_hugepages(struct text text, struct oom_line *line);
bool oom_parse_pages(struct text text, struct oom_line *line);
bool oom_parse_swap(struct text text, struct oom_line *line);
bool oom_parse_slab_row(struct text text, struct oom_line *line);
bool oom_parse_allocation(struct text text, struct oom_line *line);

/* shape_memcg.c: the memory of the cgroup whose limit was hit */
bool oom_parse_usage(struct text text, struct oom_line *line);
bool oom_parse_stats(struct text text, struct oom_line *line);
bool oom_parse_stat(struct text text, struct oom_line *line);

/* shape_tasks.c: the task table */
bool oom_parse_tasks_header(struct text text, struct oom_line *line);
bool oom_parse_tasks_row(struct text text, struct oom_line *line);

/* shape_process.c: lines about one process */
bool oom_parse_killed(struct text text, struct oom_line *line);
bool oom_parse_announcement(struct text text, struct oom_line *line);
bool oom_parse_sharing(struct text text, struct oom_line *line);
bool oom_parse_rage(struct text text, struct oom_line *line);
bool oom_parse_vm_killing(struct text text, struct oom_line *line);
bool oom_parse_would_have(struct text text, struct oom_line *line);
bool oom_parse_exiting(struct text text, struct oom_line *line);
bool oom_parse_reaped(struct text text, struct oom_line *line);
bool oom_parse_unreapable(struct text text, struct oom_line *line);
bool oom_parse_pinned(struct text text, struct oom_line *line);

/* The uid that was printed, with %d or %u: 4294967294 may show as -2. OOM_UNKNOWN for a number that is no uid. */
int64_t oom_uid(int64_t printed);

/* Where a comm stands before a line's fixed words, these begin at offset 0 to 15, and the first place where they may
 * be is also the last: no comm is as long as they are. mark: offset in needle of the byte to look for first, one that
 * is rare in other lines. Every record of the kernel log is searched for these words. -1: they are not there. */
ptrdiff_t oom_find_after_comm(struct text text, struct text needle, size_t mark);

#define OOM_FAILURE_WORDS ": page allocation "
#define OOM_FAILURE_MARK  4 /* 'g' */
#define OOM_INVOKED_WORDS " invoked oom-killer: "
#define OOM_INVOKED_MARK  12 /* '-' */
#define OOM_CPUSET_WORDS  " cpuset="
#define OOM_CPUSET_MARK   7 /* '=' */
