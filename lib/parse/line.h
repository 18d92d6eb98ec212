/* lib/parse/line.h: recognises one line of a kernel OOM report.
 *
 * Stateless: the same bytes give the same value, whatever came before. A line is recognised by its whole shape, anchored
 * at both ends, because its names (comm, cgroup paths) are chosen by whoever runs on the machine; what follows a name is
 * parsed from the right. The kernel's version is never asked: every form since 2.6.18 has its row in one table (line_table.h). */

#pragma once

#include "oom/report.h"

enum oom_line_kind {
        OOM_LINE_OTHER,
#define KIND(kind, handler) OOM_LINE_##kind,
#define KIND_NOTED(kind)    OOM_LINE_##kind,
#include "parse/line_table.h"
        OOM_LINE_KIND_COUNT,
};

/* Whether a line has its end. A record of the kernel has; lines of logs were cut by terminals, by programs, by people. */
enum oom_line_end {
        OOM_END_WHOLE, /* it has */
        OOM_END_OPEN, /* it may lack it: a number at its end is whole only where the line's form ends with that number */
        OOM_END_CLOSED, /* it may lack it, but what it ends with is whole: a comma came after it */
        OOM_END_LOST,   /* it lacks it, and the number or the name that it ends with may go on */
};

/* Texts are borrowed from the line. Numbers not printed are OOM_UNKNOWN, texts not printed have data == NULL. */

struct oom_line_invoked {
        struct text
                comm; /* data NULL: 2.6.18 prints none. Up to three bytes of its front may be missing: printk took them for a level */
        int64_t gfp_mask;
        struct text gfp_flags;
        struct text nodemask; /* "(null)" or a list; data NULL: not printed */
        int64_t order;
        int64_t oom_score_adj;
        bool may_be_comment; /* "* x": where no prefix names the kernel, a program's comment or string holds the line */
};

struct oom_line_task {
        int64_t pid;
        struct text comm;
        int64_t page_size_bytes; /* of the kernel's processor, where its release names one that has only one; OOM_UNKNOWN */
};

struct oom_line_limit {
        struct text task_memcg; /* data NULL: nobody was chosen */
        struct text limit_memcg;
};

struct oom_line_cpuset {
        struct text comm, cpuset, mems_allowed;
};

struct oom_line_summary {
        enum oom_constraint constraint;
        struct text nodemask, mems_allowed; /* "(null)" or a list */
        struct text cpuset;
        bool is_global;          /* "global_oom" */
        struct text limit_memcg; /* "oom_memcg=" */
        struct text task_memcg, comm;
        /* task_memcg, ",task=" and comm as printed: this line alone doesn't show where one ends and the other begins when
         * either holds ",task=". oom_summary_split() finds that with the comm of the kill line. */
        struct text task_memcg_and_comm;
        int64_t pid, uid;
};

struct oom_line_process {     /* every line about one process */
        enum oom_scope scope; /* as its message says */
        int64_t pid;
        struct text comm;
        int64_t score; /* announcement */
        int64_t uid;
        int64_t total_vm_bytes, anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, pgtables_bytes;
        int64_t oom_score_adj;
        int64_t rss_bytes, swap_bytes; /* OpenVZ on RHEL 6 */
        struct text container;         /* OpenVZ, Virtuozzo */
        bool is_container_limit;       /* "Out of memory in UB 101" */
        bool is_allocating_task;       /* "Out of memory (oom_kill_allocating_task)" */
};

/* COUNTERS: pages; NODE and ZONE: bytes */
struct oom_line_counters {
        int64_t node;     /* ZONE: OOM_UNKNOWN without "Node 0 " */
        struct text zone; /* its name */
        int64_t all_unreclaimable;
        int64_t values[OOM_COUNTER_COUNT];
};

struct oom_line_lowmem_reserve {
        uint8_t count;
        int64_t pages[OOM_ZONE_KINDS_MAX];
};

struct oom_line_buddy {
        int64_t node; /* OOM_UNKNOWN without "Node 0 " */
        struct text zone;
        uint8_t n_orders; /* past OOM_ORDERS_MAX: not all are in blocks */
        int64_t blocks[OOM_ORDERS_MAX];
        int64_t page_size_bytes; /* OOM_UNKNOWN: the zone is empty */
        int64_t bytes;
};

enum oom_total {
        OOM_TOTAL_RAM,
        OOM_TOTAL_HIGHMEM,
        OOM_TOTAL_RESERVED,
        OOM_TOTAL_CMA_RESERVED,
        OOM_TOTAL_HWPOISONED,
        OOM_TOTAL_PAGECACHE,
        OOM_TOTAL_SWAPCACHE,
        OOM_TOTAL_SWAP_FREE, /* these two in bytes, the others in pages */
        OOM_TOTAL_SWAP_TOTAL,
        OOM_TOTAL_IGNORED,
};

struct oom_line_total {
        enum oom_total which;
        int64_t value;
};

struct oom_line_slab {
        struct text name;
        int64_t used_bytes, total_bytes;
};

struct oom_line_allocation {
        int64_t bytes; /* from 6.10 on rounded to three digits: "12.0 MiB" */
        int64_t calls;
        struct text where;
};

struct oom_line_usage {
        enum oom_usage_kind which;
        struct oom_usage usage;
};

struct oom_line_stats {
        struct text memcg;   /* data NULL: not printed, or not yet: the line is not complete */
        struct text entries; /* oom_stat_next() takes them off */
        bool is_heading;     /* 5.3 on: the entries follow in records of their own */
};

enum oom_frame {
        OOM_FRAME_LIMIT_WRITER, /* "memory_max_write": writes a cgroup's limit */
        OOM_FRAME_SYSRQ,        /* "moom_callback": does what a SysRq asks for */
};

struct oom_line_tasks_row {
        int64_t pid;
        struct text rest; /* after the "]"; oom_task_parse() reads it by a layout */
};

struct oom_line {
        enum oom_line_kind kind;
        enum oom_line_end end; /* as the caller says */
        bool is_cut;           /* the line lacks its end: a piece of it is still to come, or was lost */
        bool is_alone;         /* the line by itself begins a report, makes an incident or ends one */
        union {
                struct oom_layout tasks_header;
                struct oom_line_tasks_row tasks_row;
                struct oom_line_invoked invoked;
                struct oom_line_task task;
                struct oom_line_limit limit;
                struct oom_line_summary summary;
                struct oom_line_process process; /* every line about one process */
                struct text group_memcg;
                struct oom_line_cpuset cpuset;
                struct oom_line_counters counters; /* COUNTERS, NODE, ZONE */
                struct oom_line_lowmem_reserve lowmem_reserve;
                struct oom_line_buddy buddy;
                struct oom_hugepages hugepages;
                struct oom_line_total total;
                struct oom_line_slab slab;             /* SLAB_ROW */
                struct oom_line_allocation allocation; /* ALLOCATION */
                struct oom_line_usage usage;
                struct oom_protection protection;
                struct oom_line_stats stats; /* MEMCG_STATS, MEMCG_STAT */
                enum oom_frame frame;
                struct text message; /* PANIC: the kernel's words after "not syncing: " */
        };
};

/* Classifies a whole line. Returns the kind; *ret_line is filled unless it is OOM_LINE_OTHER. Never fails. */
enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line);
/* The same of a line of a log, which may lack its end: end is OOM_END_OPEN or OOM_END_LOST. What isn't whole before the cut is
 * unknown in *ret_line, as if it weren't printed, and is_cut is set; a line that shows too little of its shape is OOM_LINE_OTHER.
 * "...", "…" and ">" are taken for the marks of a cut where the line is none with them. */
enum oom_line_kind oom_line_parse_log(struct text line, enum oom_line_end end, struct oom_line *ret_line);

/* Are line and next, with a newline between them, one line, whose name of a task holds the newline? is_same_moment: they were certainly
 * printed at once. False where either says something by itself. */
bool oom_line_joins(struct text line, struct text next, bool is_same_moment);

/* Reads a row of the task table by its layout: fills values (OOM_COLUMN_COUNT of them; OOM_UNKNOWN for what it has no
 * column of), and sets the name, which is borrowed. False: the row hasn't that layout; values may have been changed then. */
bool oom_task_parse(const struct oom_layout *layout, int64_t pid, struct text rest, int64_t *values,
                    struct text *ret_name);
/* The same where the layout is not known: only the columns that all layouts have in the same position. ret_name->data is NULL where
 * it isn't clear where the name begins. */
bool oom_task_parse_certain(int64_t pid, struct text rest, int64_t *values, struct text *ret_name);

/* Whether a text of a log ends with a mark of a cut: "...", "…", ">". */
bool oom_ends_with_cut_mark(struct text text);

/* Finds the victim's cgroup in task_memcg_and_comm, knowing its comm. False: that comm isn't there (renamed meanwhile). */
bool oom_summary_split(struct text task_memcg_and_comm, struct text comm, struct text *ret_task_memcg);

/* Takes the next statistic off the front of the entries of struct oom_line_stats: "cache:1KB" (its value in bytes here)
 * or "anon 1024". False: there is no whole one. */
bool oom_stat_next(struct text *entries, struct text *ret_name, int64_t *ret_value);

/* The rules for kmsg/joiner.h: which lines the kernel prints in pieces (pieces.c). */
struct kmsg_join_rules;
extern const struct kmsg_join_rules oom_join_rules;
