/* lib/parse/parser_state.h: the parser's inside, for its files alone.
 *
 * parser.c: the parser. parser_report.c: reports, one for each caller. parser_head.c: the lines that begin a report,
 * and the kernel's decision. parser_memory.c, parser_memcg.c, parser_tasks.c: the lines between. parser_outcome.c:
 * the lines that end a report. parser_runs.c, parser_repeats.c: reports that say what was said before. */

#pragma once

#include "kmsg/joiner.h"
#include "oom/rows.h"
#include "parse/line.h"
#include "parse/parser.h"

/* Reports open at a time, one per caller. oom_lock lets one report be made at a time (4.2 on), so this is ample. */
#define REPORTS_MAX 8
#define CALLER_MAX  15

/* The longest text of a record, its end cut off by the kernel: LOG_LINE_MAX less a terminator
 * (kernel/printk/printk.c), 32 bytes less than 1024 up to 6.3, 48 with CONFIG_PRINTK_CALLER; PRINTKRB_RECORD_MAX,
 * 1024, from 6.4 on. */
#define RECORD_TEXT_MAX        991
#define RECORD_TEXT_CALLER_MAX 975
#define RECORD_TEXT_6_4_MAX    1023

/* Kills that are remembered, since the kernel may print a kill line twice. */
#define RECENT_KILLS     64
#define RECENT_KILL_USEC (10 * 1000 * 1000ULL)

/* No report is printed more slowly, whatever its lines look like: see parser_goes_on(). */
#define PAUSE_MAX_USEC (600 * 1000 * 1000ULL)

/* Members of a group are killed in one loop, and a victim right after it was named: between two of those lines there is
 * nothing but printing. */
#define GROUP_GAP_USEC (2 * 1000 * 1000ULL)
/* A report's header is left out only if ten others were printed within this (oom_rs, mm/oom_kill.c). */
#define HEADER_LIMIT_USEC (5 * 1000 * 1000ULL)

/* The report that a sysrq asks for is made by a worker at once. */
#define SYSRQ_USEC (5 * 1000 * 1000ULL)

enum report_state {
        REPORT_OPEN,   /* no outcome yet */
        REPORT_CLOSED, /* it has its outcome; kept for what may follow: members of the group, a panic */
};

/* The body of a report: what is between its header's stack and its task table. */
enum body_block {
        BODY_ELSEWHERE,
        BODY_SLABS,       /* after "Unreclaimable slab info:" */
        BODY_ALLOCATIONS, /* after "Memory allocations:" */
        BODY_STATS,       /* after "Memory cgroup stats for /a:" */
};

struct body_state {
        bool is_over;      /* the task table or the decision was read */
        bool has_memory;   /* "Mem-Info:" was read, and is the report's */
        bool has_counters; /* its totals were read, "active_anon:1 ..." */
        bool has_stats;    /* statistics of the cgroup were read */
        bool has_sums;     /* the statistics are sums over one line for each cgroup (up to 5.2) */
        bool has_foreign;  /* a page allocation failure began meanwhile: lines about memory may be of it */
        enum body_block block;
        uint64_t line_seq;     /* of the last line taken: it may be given again, longer */
        struct oom_zone *zone; /* the one printed last: "lowmem_reserve[]:" is its; NULL: there was no room for it */
        /* statistics up to 5.2: what the last line added */
        uint8_t n_stats_before;
        uint8_t n_sums_max; /* only so many are known: lines were cut after them */
        int64_t stats_added[OOM_STATS_MAX];
};

enum table_state {
        TABLE_NONE,    /* nothing of it was read */
        TABLE_READING, /* its header was, and every row since */
        TABLE_READ,    /* and its end */
        TABLE_CUT,     /* rows of it may be missing */
};

/* The last report of a caller, and how far it has got. */
struct report_slot {
        enum report_state state;
        enum table_state table;
        bool is_table_numbered; /* its records are: none is missing that the parser wasn't told of */
        size_t head_length;     /* of the log's line with the header, where that ends with the oom_score_adj */
        bool is_head_cut,
                is_summary_cut; /* the log has the line no further than before what it says of the allocation, of the victim */
        bool may_lack_parts; /* records of it may be lost, its head perhaps: without a kill line it makes no incident */
        uint64_t last_seq, last_usec; /* record and stamp of its last line */
        char caller[CALLER_MAX];
        size_t caller_length;
        struct oom_report report;
        bool was_cut;     /* report.is_cut before its last line, */
        uint64_t cut_seq; /* and the seq of that */

        /* the victim as far as it was named before the kill line */
        bool was_announced; /* that it would be killed, or a child of it: since records were lost last */
        int64_t named_pid, named_uid, named_score;
        struct oom_name named_comm;
        struct oom_path task_memcg;
        struct oom_path task_memcg_and_comm; /* see line.h */

        bool has_group;
        struct oom_path group_memcg;
        uint64_t first_kill_seq, first_kill_usec; /* UINT64_MAX: none */
        int64_t first_kill_pid;
        bool has_kill_sizes, has_kill_scope;
        enum oom_scope kill_scope; /* as the message of the first kill line says; members of a group have the same */
        uint64_t summary_seq, summary_usec;

        struct body_state body;
        struct oom_rows rows; /* of the report's task table */
};

struct recent_kill {
        bool used;
        int64_t pid, total_vm_bytes;
        uint64_t mono_usec;
        struct oom_name comm;
};

/* Reports that say the same: nobody may be killed. */
#define RUNS_MAX 16
struct run_records {
        uint64_t n_skipped; /* that were passed over */
        /* For an estimate: in so many, of whatever kind, the reports after the first were read; so many more there were */
        uint64_t n_read, n_unread;
};
struct report_run {
        uint64_t n_reports;           /* 0: not used */
        uint64_t last_seq, last_usec; /* of the last one's first line */
        uint64_t end_usec;            /* of its last line; later by as much as was passed over since */
        struct run_records records;   /* up to its last report */
        struct run_records later;     /* since */
        struct oom_report *first;     /* allocated for its first run, and kept; its task rows are not there */
};

/* Records of a report that may be one more of a run, kept back until its end shows that: most of them need not be read then. */
#define SKIM_BYTES_MAX   ((size_t)32 * 1024)
#define SKIM_RECORDS_MAX 512
struct skim_record {
        uint64_t seq, mono_usec;
        uint32_t offset, length; /* of the text */
        uint8_t level;
        bool is_truncated;
        enum kmsg_origin origin;
};
struct skim_records {
        struct skim_record records[SKIM_RECORDS_MAX];
        char bytes[SKIM_BYTES_MAX];
};
struct skim {
        bool is_on;          /* the next record may be kept back */
        uint64_t report_seq; /* of the report whose records these are */
        size_t n_records, n_bytes;
        size_t stats; /* the record that names the cgroup; SIZE_MAX: none yet */
        char caller[CALLER_MAX];
        size_t caller_length;
        struct skim_records *kept; /* allocated when the first are kept back */
};

/* A kill that followed from a limit set below the usage. */
struct lowered_limit {
        bool used;
        uint64_t mono_usec; /* of the kill */
        struct oom_path memcg;
        int64_t writer_pid;
        struct oom_name writer_comm;
};

struct oom_parser {
        oom_incident_fn handler;
        void *userdata;
        void (*read)(struct oom_parser *parser, const struct kmsg_record *record); /* one record; parser.c */
        struct kmsg_joiner *joiner;
        size_t cut_length;   /* of the last line of a log that was cut: as long ones are cut too; 0: none was */
        uint64_t record_seq; /* of the record that is being read: a line may be of several */
        uint64_t n_kill_lines;
        uint64_t counted_seq; /* the record up to which n_read and n_unread of the runs are; UINT64_MAX: not known */
        uint64_t sysrq_usec;  /* UINT64_MAX: none asked */
        bool is_after_gap;    /* records were lost, and no report has begun since */
        struct lowered_limit lowered;
        struct oom_layout layout; /* of the last task table whose header was read; count 0: none was */
        size_t next_recent;
        struct recent_kill recent[RECENT_KILLS];
        uint64_t killed_bits
                [16]; /* a set bit: a pid of recent may be this one, modulo the bits' number. Unset: none is */
        struct oom_incident incident; /* the one that is handed out; too large for the stack */
        struct oom_report bare;       /* for an incident without a report */
        struct report_run runs[RUNS_MAX];
        struct skim skim;
        size_t n_reports; /* the first so many are used */
        struct report_slot
                *reports[REPORTS_MAX]; /* the first is own, others are allocated when they are needed, and kept */
        struct report_slot own;
};

static inline bool parser_within(uint64_t earlier_usec, uint64_t later_usec, uint64_t limit_usec)
{
        /* stamps of different processors may be slightly out of order */
        return later_usec <= earlier_usec || later_usec - earlier_usec <= limit_usec;
}

/* parser_report.c */
/* Does the open report go on with this line, which fits it? After a long pause by the kernel's own stamps (a slow console) only if
 * there is more of the report than its header: a header may have lost all the rest. */
bool parser_goes_on(const struct report_slot *slot, const struct kmsg_line *line);
/* Was the line printed right after the report's last one, with nothing between? */
bool parser_is_next(const struct report_slot *slot, const struct kmsg_line *line);
/* The line is the report's last one by now. */
void parser_touch(const struct oom_parser *parser, struct report_slot *slot, const struct kmsg_line *line);
/* Sets path to text, which is a part of the line, but leaves it unknown for what the kernel prints where it can't:
 * "(error)", "(name too long)". */
void parser_path_set(const struct oom_parser *parser, const struct kmsg_line *line, struct oom_path *path,
                     struct text text);
/* The path that begins at this place in line's text, and ends where the kernel's record was full; length 0: it
 * doesn't. */
struct text parser_cut_path_at(const struct oom_parser *parser, const struct kmsg_line *line, const char *at);
void parser_victim_clear(struct oom_victim *victim);
/* The incident to be filled, and then handed out by parser_emit(). */
struct oom_incident *parser_incident(struct oom_parser *parser, enum oom_type type, const struct oom_report *report,
                                     uint64_t seq, uint64_t mono_usec);
void parser_emit(struct oom_parser *parser);
/* ---- the slot of a report, by who asks: */
/* The caller's last report, open or closed; NULL: none. */
struct report_slot *parser_find_slot(struct oom_parser *parser, struct text caller);
/* The caller's report if it is open, else NULL. */
struct report_slot *parser_find_open(struct oom_parser *parser, const struct kmsg_line *line);
/* A new report of the line's caller; one that is still open ends here. */
struct report_slot *parser_begin_report(struct oom_parser *parser, const struct kmsg_line *line);
/* The open report that the line belongs to; else a new one, so that a line alone makes an incident. */
struct report_slot *parser_find_or_begin(struct oom_parser *parser, const struct kmsg_line *line);
/* A line of it was cut, in a log's line of that length. */
void parser_note_cut(struct report_slot *slot, size_t line_length);
void parser_take_named_victim(const struct report_slot *slot, struct oom_victim *victim);
/* The report, if it is open, ends without a kill line. */
void parser_finish_report(struct oom_parser *parser, struct report_slot *slot);

/* Nothing follows what was read of the report: what is true only of all its lines, sums and the largest, is dropped
 * if some may be missing. */
void parser_body_break_off(struct report_slot *slot);

/* parser_runs.c */
/* Is any run going on at that time? */
bool parser_has_run(const struct oom_parser *parser, uint64_t mono_usec);
/* The run that the report goes with, or that of the cgroup of a path; NULL: none is going on. */
struct report_run *parser_run_of(struct oom_parser *parser, const struct oom_report *report);
struct report_run *parser_run_of_memcg(struct oom_parser *parser, struct text memcg, uint64_t mono_usec);
/* Is the report, whose end is missing, most likely one more of a run that is going on? */
bool parser_is_of_run(struct oom_parser *parser, const struct oom_report *report);

/* parser_repeats.c */
/* A report has begun while a run is going on. */
void parser_skim_begin(struct oom_parser *parser, const struct report_slot *slot);
/* Keeps the record back, or counts the report that it ends. Returns false for a record that is to be read: what was kept back
 * before it was read then. */
bool parser_skim(struct oom_parser *parser, const struct kmsg_record *record);
/* Reads what was kept back. */
void parser_skim_stop(struct oom_parser *parser);
/* Records were passed over: see oom_parser_skip(). What was kept back of a report that goes on among them is dropped. */
void parser_skip_repeats(struct oom_parser *parser, uint64_t last_seq, uint64_t n_records, uint64_t span_usec);
/* The kill of the report is about to be handed out. */
void parser_note_kill(struct oom_parser *parser, const struct report_slot *slot, const struct kmsg_line *line);
/* The report said at this line that nobody may be killed: hands out an incident, unless that goes with an earlier one. */
void parser_emit_no_killable(struct oom_parser *parser, struct report_slot *slot, const struct kmsg_line *line,
                             enum oom_end end);
/* Ends the runs in which no report came for OOM_PARSER_QUIET_USEC before mono_usec. */
void parser_end_quiet_runs(struct oom_parser *parser, uint64_t mono_usec);

/* parser_tasks.c */
/* The kernel went on to what follows the table: it is whole, if nothing of it was lost. */
void parser_end_table(struct report_slot *slot);
/* Records were lost. */
void parser_cut_table(struct report_slot *slot);
/* Frees the rows, but for the worst ones. */
void parser_forget_rows(struct report_slot *slot);
/* The process is in recent: a row of it is that of one who was killed already. */
void parser_note_killed(struct oom_parser *parser, int64_t pid);

/* parser_memory.c */
/* The caller's open report if a line of the body can still be of it, else NULL: a line alone is dropped. */
struct report_slot *parser_find_body(struct oom_parser *parser, const struct kmsg_line *line);
/* Takes a line of the body: it is remembered as the last one. Returns whether it was taken before, shorter. */
bool parser_body_take(struct report_slot *slot, const struct kmsg_line *line);
/* May a line of this kind belong to the caller's report? Lines of a shape that other lines have too do so in their
 * block only. */
bool parser_in_place(struct oom_parser *parser, const struct kmsg_line *line, enum oom_line_kind kind);
/* The report had a line of this kind: some kinds end its body. */
void parser_body_note(struct report_slot *slot, enum oom_line_kind kind);
/* It isn't known which of the machine's figures are this report's: all of them are dropped. */
void parser_memory_doubt(struct report_slot *slot);

/* What is done with a line of each kind: by parser_head.c, parser_outcome.c, parser_memory.c, parser_memcg.c,
 * parser_tasks.c. */
typedef void parser_line_fn(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed);
#define KIND(kind, handler) parser_line_fn handler;
#include "parse/line_table.h"
