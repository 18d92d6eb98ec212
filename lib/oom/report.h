/* lib/oom/report.h: the data model of what the kernel prints for one OOM, and of what we make of it.
 *
 * A *report* is the burst of lines of one OOM; every one of them may be missing (rate limits, an overrun ring, old
 * kernels). An *incident* is one thing that happened: a kill, a report without a victim, a panic, a victim that could
 * not be reaped. A report with a group kill makes several incidents.
 *
 * What is not printed is unknown: value.h. */

#pragma once

#include "oom/memory.h"
#include "oom/tasks.h"
#include "oom/value.h"

enum oom_type {
        OOM_TYPE_KILL,
        OOM_TYPE_NO_VICTIM,
        OOM_TYPE_PANIC,
        OOM_TYPE_UNREAPABLE,
};

enum oom_scope {
        OOM_SCOPE_UNKNOWN,
        OOM_SCOPE_GLOBAL,
        OOM_SCOPE_MEMCG,
        OOM_SCOPE_CPUSET,
        OOM_SCOPE_MEMPOLICY,
};

enum oom_constraint {
        OOM_CONSTRAINT_UNKNOWN, /* not printed (before 5.0) */
        OOM_CONSTRAINT_NONE,
        OOM_CONSTRAINT_CPUSET,
        OOM_CONSTRAINT_MEMORY_POLICY,
        OOM_CONSTRAINT_MEMCG,
};

/* The parts of a report; a set bit in oom_report.parts: the part was read. */
enum oom_part {
        OOM_PART_HEADER = 1 << 0,       /* "... invoked oom-killer: ..." */
        OOM_PART_TASK = 1 << 1,         /* "CPU: ... PID: ... Comm: ..." */
        OOM_PART_SUMMARY = 1 << 2,      /* "oom-kill:constraint=..." */
        OOM_PART_ANNOUNCEMENT = 1 << 3, /* "... Kill process ... or sacrifice child" */
        OOM_PART_KILLED = 1 << 4,       /* "... Killed process ..." */
        OOM_PART_MEMORY = 1 << 5,       /* "Mem-Info:" and what follows it */
        OOM_PART_MEMCG = 1 << 6,        /* "memory: usage ..." */
        OOM_PART_TASKS = 1 << 7,        /* a row of the task table */
        OOM_PART_STACK = 1 << 8,        /* a line of the call trace */
        OOM_PART_TASKS_TITLE = 1 << 9,  /* "Tasks state (memory values in pages):", 4.19 on */
};

/* How a report ended that came to no kill. */
enum oom_end {
        OOM_END_UNKNOWN, /* the log has no line that says it: it stops, or was filtered; or the kernel printed none */
        OOM_END_NONE_KILLABLE, /* "Out of memory and no killable processes..." */
        OOM_END_EXITING,       /* the one chosen: "is already exiting. Skip killing the task" */
        OOM_END_SPARED,        /* the same: "But continuing instead." (RHEL 6), "tried to kill init!" (up to 2.6.35) */
        OOM_END_REFUSED,       /* a SysRq: "OOM request ignored because killer is disabled" */
};

/* Who allocated. */
struct oom_trigger {
        int64_t pid; /* of the thread */
        struct oom_name comm;
        int64_t gfp_mask;
        struct oom_path gfp_flags; /* the names between the parentheses */
        int64_t order;             /* -1: sysrq, 4.4 on */
        int64_t oom_score_adj;
        bool is_sysrq;
        bool is_limit_writer; /* it wrote the cgroup's limit, and allocated nothing */
};

/* Id or name of a container, as the kernel prints it: letters, digits, '.', '_', '-'. Length 0: not printed. */
#define OOM_CONTAINER_MAX 63
struct oom_container {
        uint8_t length;
        char data[OOM_CONTAINER_MAX];
};

struct oom_victim {
        int64_t pid;
        struct oom_name comm;
        int64_t uid; /* in the initial user namespace */
        int64_t total_vm_bytes, anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, pgtables_bytes;
        int64_t oom_score_adj;
        int64_t score;              /* as announced up to 5.0; of the announced parent, not of a sacrificed child */
        struct oom_path task_memcg; /* the cgroup that it was charged to */
        /* OpenVZ, Virtuozzo: */
        int64_t rss_bytes, swap_bytes; /* in all, where the kill line doesn't divide it */
        struct oom_container container;
        bool is_container_limit; /* the container's own limits were hit, which are no cgroup's ("UB") */
};

/* A set of memory nodes, printed as a list: "0-1,4". */
#define OOM_NODE_NUMBER_MAX 1023 /* MAX_NUMNODES is 1024 at most */
struct oom_node_set {
        bool is_known;
        uint64_t bits[(OOM_NODE_NUMBER_MAX + 1) / 64];
};

struct oom_report {
        unsigned parts;     /* enum oom_part */
        uint64_t seq;       /* of its first line */
        uint64_t mono_usec; /* the same */
        enum oom_scope scope;
        enum oom_constraint constraint;
        struct oom_trigger trigger;
        int64_t release_page_bytes; /* the size of a page on the processor that the kernel's release names; OOM_UNKNOWN */
        struct oom_path limit_memcg;      /* the cgroup whose limit was hit */
        struct oom_path cpuset;           /* of the trigger; its last path component only */
        struct oom_node_set nodemask;     /* of the allocation's policy; unknown for "(null)" */
        struct oom_node_set mems_allowed; /* of the trigger's cpuset */
        bool is_cut;                      /* lines of it lack their end, in the log that it was read from */
        bool is_allocating_task; /* "Out of memory (oom_kill_allocating_task)": the trigger was killed, whoever is worst */
        struct oom_memcg memcg;
        struct oom_protection protection;
        struct oom_memory memory;
        struct oom_tasks tasks;
};

/* What the report's task table has of a process. */
enum oom_row_state {
        OOM_ROW_NONE,     /* no row, as far as the table was read */
        OOM_ROW_FOUND,    /* its row */
        OOM_ROW_OTHER,    /* a row of that pid, but of another process */
        OOM_ROW_NOT_KEPT, /* none of those that were kept: the table is too large for all of them */
};

struct oom_found_row {
        enum oom_row_state state;
        struct oom_task task; /* of FOUND; values that were not kept of it are unknown */
};

/* Reports that say the same again and again, that nobody may be killed in a cgroup or the machine, are not rate-limited: there may
 * be hundreds in a second. */
enum oom_repeat {
        OOM_REPEAT_NONE,  /* the first, or any other incident */
        OOM_REPEAT_AGAIN, /* one more */
        OOM_REPEAT_END,   /* no more came: the last one; its report is the last, or the first if that is all there is */
};

struct oom_incident {
        enum oom_type type;
        uint64_t seq;       /* of the line that made it an incident; for no_victim: of the report's first line */
        uint64_t mono_usec; /* the same */
        const struct oom_report *report; /* borrowed; of a bare kill line it has only what that line says */
        enum oom_repeat repeat;
        uint64_t n_reports; /* of a no_victim: how many have said it so far, the first too */
        uint64_t
                n_skipped; /* of an OOM_REPEAT_END: records that were passed over meanwhile, with more such reports; 0: none */
        uint64_t n_estimated; /* then: how many reports there were by an estimate from those that were read */
        uint64_t first_seq, first_mono_usec;   /* of an OOM_REPEAT_AGAIN or _END: of the first one's first line */
        uint64_t span_usec;                    /* the same: from there to the last one's first line */
        const struct oom_report *first_report; /* of an OOM_REPEAT_END; borrowed */
        /* What the kill line doesn't print of it is its row's. no_victim: the one that the kernel named but did not kill, if any. */
        struct oom_victim victim;
        enum oom_end end; /* no_victim: why nobody was killed */
        /* Whom the kernel chose by badness, where the report says it; another than the victim when a child was sacrificed
         * for its parent (up to 5.0). OOM_UNKNOWN: this kill followed from no choice (a group's member, one that shares
         * memory), or the report doesn't say whom the kernel chose. Of one that shares memory, or was killed in rage: the one chosen, if it
         * was announced and its own kill line is lost. */
        int64_t chosen_pid;
        struct oom_name chosen_comm;                 /* as it was named */
        struct oom_found_row victim_row, chosen_row; /* set by oom_incident_find_rows() */
        bool has_pgtables_line;         /* the kill line itself has the size of page tables: 5.4 on, and backports */
        bool is_sharing_memory;         /* killed because it shares the memory of another that was */
        bool is_rage_kill;              /* killed besides the one chosen: "Rage kill process", Virtuozzo */
        bool is_group_member;           /* killed with a whole cgroup (memory.oom.group), not the one chosen */
        struct oom_path group_memcg;    /* that cgroup */
        uint64_t group_first_seq;       /* kill line of the one chosen; UINT64_MAX: unknown */
        uint64_t group_first_mono_usec; /* the same */
        struct text message;            /* panic: the kernel's words; borrowed */
};

/* What is known of the running machine, for reports that don't print it. OOM_UNKNOWN: not known (reports out of a file). */
struct oom_machine {
        int64_t page_size_bytes;
        int64_t swap_total_bytes; /* a cgroup's totalpages counts swap in, its report does not print how much there is */
};

/* Reads a list as the kernel prints it, "0-1,4". The set stays unknown where list isn't one, or has a number past
 * OOM_NODE_NUMBER_MAX. */
void oom_node_set_read(struct oom_node_set *set, struct text list);

/* The size of a page: as the machine's memory shows it; else, of a report that has it in pages, as the kernel's release does.
 * OOM_UNKNOWN: neither does. */
int64_t oom_report_page_bytes(const struct oom_report *report);

/* Does the report have figures: of a cgroup's limit, or of the machine's memory? */
bool oom_report_has_figures(const struct oom_report *report);

/* Does the report have what a filtered log lacks? Its header, its figures, a line without the words that people look for
 * ("oom", "memory", "killed", "page"), and the table's title where the kernel prints one. Without one of them, rows of the table may
 * be missing too. */
bool oom_report_has_body(const struct oom_report *report);

/* Empties a report: nothing is known of it but its first line's sequence number and stamp. */
void oom_report_clear(struct oom_report *report, uint64_t seq, uint64_t mono_usec);
