#include "oom/parser.h"

#include <errno.h>
#include <stdlib.h>

#include "kmsg/joiner.h"
#include "oom/line.h"

/* Reports open at a time, one per caller. oom_lock lets one report be made at a time (4.2 on), so this is ample. */
#define REPORTS_MAX 8
#define CALLER_MAX  15

/* Kills remembered to tell a repeated kill line from another kill; a group's repeated first victim is printed within
 * milliseconds (mm/oom_kill.c: oom_kill_process() kills every member of the group again, the victim too). */
#define RECENT_KILLS     64
#define RECENT_KILL_USEC (10 * 1000 * 1000ULL)

/* Members of a group are killed in one loop: between two of their lines there is nothing but printing. */
#define GROUP_GAP_USEC (2 * 1000 * 1000ULL)

/* The report that a sysrq asks for is made by a worker at once. */
#define SYSRQ_USEC (5 * 1000 * 1000ULL)

enum report_state {
        REPORT_UNUSED,
        REPORT_OPEN,   /* no outcome yet */
        REPORT_CLOSED, /* it has its outcome; kept for what may follow: members of the group, a panic */
};

struct open_report {
        enum report_state state;
        bool after_gap; /* records were lost since its last line */
        uint64_t last_usec;
        char caller[CALLER_MAX];
        size_t caller_length;
        struct oom_report report;

        /* the victim as far as it was named before the kill line */
        int64_t named_pid, named_uid, named_score;
        struct oom_name named_comm;
        struct oom_path task_memcg;
        struct oom_path task_memcg_and_comm; /* see line.h */

        bool has_group;
        uint64_t group_usec; /* last line of the group */
        struct oom_path group_memcg;
        uint64_t first_kill_seq, first_kill_usec; /* UINT64_MAX: none */
        bool kill_has_sizes;
};

struct recent_kill {
        bool used;
        int64_t pid, total_vm_bytes;
        uint64_t mono_usec;
        struct oom_name comm;
};

struct oom_parser {
        oom_incident_fn handler;
        void *userdata;
        struct kmsg_joiner *joiner;
        uint64_t sysrq_usec; /* UINT64_MAX: none asked */
        size_t next_recent;
        struct recent_kill recent[RECENT_KILLS];
        struct oom_incident incident; /* the one being told; here because it is too large for the stack */
        struct oom_report bare;       /* for an incident without a report */
        struct open_report reports[REPORTS_MAX];
};

int oom_parser_new(oom_incident_fn handler, void *userdata, struct oom_parser **ret_parser)
{
        struct oom_parser *parser = calloc(1, sizeof(*parser));
        int r;

        if (!parser)
                return -ENOMEM;
        r = kmsg_joiner_new(&oom_join_rules, &parser->joiner);
        if (r < 0) {
                oom_parser_free(parser);
                return r;
        }
        parser->handler = handler;
        parser->userdata = userdata;
        parser->sysrq_usec = UINT64_MAX;
        *ret_parser = parser;
        return 0;
}

struct oom_parser *oom_parser_free(struct oom_parser *parser)
{
        if (parser)
                kmsg_joiner_free(parser->joiner);
        free(parser);
        return NULL;
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

static bool within(uint64_t earlier_usec, uint64_t later_usec, uint64_t limit_usec)
{
        /* stamps of different processors may be slightly out of order */
        return later_usec <= earlier_usec || later_usec - earlier_usec <= limit_usec;
}

static void report_clear(struct oom_report *report, uint64_t seq, uint64_t mono_usec)
{
        report->parts = 0;
        report->seq = seq;
        report->mono_usec = mono_usec;
        report->scope = OOM_SCOPE_UNKNOWN;
        report->constraint = OOM_CONSTRAINT_UNKNOWN;
        report->trigger.pid = OOM_UNKNOWN;
        report->trigger.comm.known = false;
        report->trigger.gfp_mask = OOM_UNKNOWN;
        report->trigger.gfp_flags.known = false;
        report->trigger.order = OOM_UNKNOWN;
        report->trigger.oom_score_adj = OOM_UNKNOWN;
        report->trigger.sysrq = false;
        report->limit_memcg.known = false;
        report->cpuset.known = false;
}

static void victim_clear(struct oom_victim *victim)
{
        victim->pid = OOM_UNKNOWN;
        victim->comm.known = false;
        victim->comm.length = 0;
        victim->uid = OOM_UNKNOWN;
        victim->total_vm_bytes = OOM_UNKNOWN;
        victim->anon_rss_bytes = OOM_UNKNOWN;
        victim->file_rss_bytes = OOM_UNKNOWN;
        victim->shmem_rss_bytes = OOM_UNKNOWN;
        victim->pgtables_bytes = OOM_UNKNOWN;
        victim->oom_score_adj = OOM_UNKNOWN;
        victim->score = OOM_UNKNOWN;
        victim->task_memcg.known = false;
}

static struct oom_incident *incident_start(struct oom_parser *parser, enum oom_type type, const struct oom_report *report,
                                           uint64_t seq, uint64_t mono_usec)
{
        struct oom_incident *incident = &parser->incident;

        incident->type = type;
        incident->seq = seq;
        incident->mono_usec = mono_usec;
        incident->report = report;
        victim_clear(&incident->victim);
        incident->group_member = false;
        incident->group_memcg.known = false;
        incident->group_first_seq = UINT64_MAX;
        incident->group_first_mono_usec = UINT64_MAX;
        incident->message = (struct text){ 0 };
        return incident;
}

static void tell(struct oom_parser *parser)
{
        parser->handler(&parser->incident, parser->userdata);
}

static void path_copy(struct oom_path *to, const struct oom_path *from)
{
        to->known = false;
        if (from->known)
                oom_path_set(to, oom_path_text(from));
}

/* ---- reports -------------------------------------------------------------------------------------------------------- */

static void report_reset(struct open_report *open, struct text caller, uint64_t seq, uint64_t mono_usec)
{
        open->state = REPORT_OPEN;
        open->after_gap = false;
        open->last_usec = mono_usec;
        open->caller_length = caller.length < CALLER_MAX ? caller.length : CALLER_MAX;
        if (open->caller_length)
                memcpy(open->caller, caller.data, open->caller_length);
        report_clear(&open->report, seq, mono_usec);
        open->named_pid = open->named_uid = open->named_score = OOM_UNKNOWN;
        open->named_comm.known = false;
        open->task_memcg.known = false;
        open->task_memcg_and_comm.known = false;
        open->has_group = false;
        open->group_memcg.known = false;
        open->first_kill_seq = open->first_kill_usec = UINT64_MAX;
}

/* What the kernel said of its choice before the kill line. */
static void take_named_victim(const struct open_report *open, struct oom_victim *victim)
{
        victim->pid = open->named_pid;
        victim->uid = open->named_uid;
        victim->score = open->named_score;
        victim->comm.known = false;
        if (open->named_comm.known)
                oom_name_set(&victim->comm, oom_name_text(&open->named_comm));
        path_copy(&victim->task_memcg, &open->task_memcg);
}

/* The report ends without a kill line. One with an "oom-kill:" line told of a kill all the same: on some kernels that
 * line is all there is. */
static void report_finish(struct oom_parser *parser, struct open_report *open)
{
        struct oom_incident *incident;
        bool is_kill;

        if (open->state != REPORT_OPEN)
                return;
        open->state = REPORT_CLOSED;
        is_kill = (open->report.parts & OOM_PART_SUMMARY) && open->named_pid != OOM_UNKNOWN;
        if (!is_kill && open->after_gap)
                return; /* its end may be among the records lost, which are told of */
        incident = incident_start(parser, is_kill ? OOM_TYPE_KILL : OOM_TYPE_NO_VICTIM, &open->report, open->report.seq,
                                  open->report.mono_usec);
        take_named_victim(open, &incident->victim);
        tell(parser);
}

static struct open_report *report_find(struct oom_parser *parser, struct text caller)
{
        for (size_t i = 0; i < REPORTS_MAX; i++) {
                struct open_report *open = &parser->reports[i];

                if (open->state != REPORT_UNUSED && text_equal((struct text){ open->caller, open->caller_length }, caller))
                        return open;
        }
        return NULL;
}

/* Begins a new report of the line's caller; one that is still open ends here. */
static struct open_report *report_begin(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = report_find(parser, line->caller);

        for (size_t i = 0; !open && i < REPORTS_MAX; i++)
                if (parser->reports[i].state == REPORT_UNUSED)
                        open = &parser->reports[i];
        if (!open) {
                open = &parser->reports[0];
                for (size_t i = 1; i < REPORTS_MAX; i++)
                        if (parser->reports[i].last_usec < open->last_usec)
                                open = &parser->reports[i];
        }
        report_finish(parser, open);
        report_reset(open, line->caller, line->seq, line->mono_usec);
        return open;
}

static struct open_report *report_current(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = report_find(parser, line->caller);

        return open && open->state == REPORT_OPEN ? open : NULL;
}

/* The open report that the line belongs to; when its head was lost, a new one. */
static struct open_report *report_for(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = report_current(parser, line);

        return open ? open : report_begin(parser, line);
}

/* ---- lines: the head of a report ------------------------------------------------------------------------------------- */

static void on_sysrq(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        (void)parsed;
        parser->sysrq_usec = line->mono_usec;
}

static bool sysrq_asked(struct oom_parser *parser, uint64_t mono_usec)
{
        bool asked = parser->sysrq_usec != UINT64_MAX && within(parser->sysrq_usec, mono_usec, SYSRQ_USEC);

        parser->sysrq_usec = UINT64_MAX;
        return asked;
}

static void on_invoked(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_invoked *invoked = &parsed->invoked;
        struct open_report *open = line->extended ? report_current(parser, line) : NULL;
        struct oom_trigger *trigger;

        if (!open) {
                open = report_begin(parser, line);
                open->report.trigger.sysrq = sysrq_asked(parser, line->mono_usec);
        }
        trigger = &open->report.trigger;
        open->report.parts |= OOM_PART_HEADER;
        if (invoked->comm.data)
                oom_name_set(&trigger->comm, invoked->comm);
        trigger->gfp_mask = invoked->gfp_mask;
        if (invoked->gfp_flags.data)
                oom_path_set(&trigger->gfp_flags, invoked->gfp_flags);
        trigger->order = invoked->order;
        trigger->oom_score_adj = invoked->oom_score_adj;
        if (invoked->order == -1)
                trigger->sysrq = true;
}

static void on_task(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_current(parser, line);
        struct oom_trigger *trigger;

        /* Every warning of the kernel has such a line: only the first after a header is the trigger's. */
        if (!open || !(open->report.parts & OOM_PART_HEADER) || open->report.parts & ~(unsigned)OOM_PART_HEADER)
                return;
        trigger = &open->report.trigger;
        /* The header's comm may have lost a "\x01c" at its front, this one has not. */
        if (trigger->comm.known && !text_ends(parsed->task.comm, oom_name_text(&trigger->comm)))
                return;
        open->report.parts |= OOM_PART_TASK;
        trigger->pid = parsed->task.pid;
        oom_name_set(&trigger->comm, parsed->task.comm);
}

static void on_limit(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_for(parser, line);

        open->report.scope = OOM_SCOPE_MEMCG;
        oom_path_set(&open->report.limit_memcg, parsed->limit.limit_memcg);
        if (parsed->limit.task_memcg.data)
                oom_path_set(&open->task_memcg, parsed->limit.task_memcg);
}

/* ---- lines: the decision ---------------------------------------------------------------------------------------------- */

static enum oom_scope scope_of(const struct oom_line_summary *summary)
{
        switch (summary->constraint) {
        case OOM_CONSTRAINT_NONE:
                return OOM_SCOPE_GLOBAL;
        case OOM_CONSTRAINT_CPUSET:
                return OOM_SCOPE_CPUSET;
        case OOM_CONSTRAINT_MEMORY_POLICY:
                return OOM_SCOPE_MEMPOLICY;
        case OOM_CONSTRAINT_MEMCG:
                return OOM_SCOPE_MEMCG;
        case OOM_CONSTRAINT_UNKNOWN:
                break;
        }
        return summary->global ? OOM_SCOPE_GLOBAL : summary->limit_memcg.data ? OOM_SCOPE_MEMCG : OOM_SCOPE_UNKNOWN;
}

static void on_summary(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_summary *summary = &parsed->summary;
        struct open_report *open = report_for(parser, line);

        if (!line->extended && open->report.parts & OOM_PART_SUMMARY)
                open = report_begin(parser, line);
        open->report.parts |= OOM_PART_SUMMARY;
        open->report.constraint = summary->constraint;
        open->report.scope = scope_of(summary);
        open->named_pid = summary->pid;
        open->named_uid = summary->uid;
        open->named_comm.known = open->task_memcg.known = open->task_memcg_and_comm.known = false;
        open->report.limit_memcg.known = open->report.cpuset.known = false;
        if (summary->cpuset.data)
                oom_path_set(&open->report.cpuset, summary->cpuset);
        if (summary->limit_memcg.data)
                oom_path_set(&open->report.limit_memcg, summary->limit_memcg);
        if (summary->comm.data)
                oom_name_set(&open->named_comm, summary->comm);
        if (summary->task_memcg.data)
                oom_path_set(&open->task_memcg, summary->task_memcg);
        if (summary->task_memcg_and_comm.data)
                oom_path_set(&open->task_memcg_and_comm, summary->task_memcg_and_comm);
}

static void on_announcement(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        struct open_report *open = report_for(parser, line);

        open->report.parts |= OOM_PART_ANNOUNCEMENT;
        if (open->report.scope == OOM_SCOPE_UNKNOWN)
                open->report.scope = process->scope;
        open->named_score = process->score;
        if (!(open->report.parts & OOM_PART_SUMMARY)) {
                open->named_pid = process->pid;
                oom_name_set(&open->named_comm, process->comm);
        }
}

/* ---- lines: the kill --------------------------------------------------------------------------------------------------- */

static bool is_repeat(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line_process *process)
{
        struct recent_kill *slot;

        for (size_t i = 0; i < RECENT_KILLS; i++) {
                const struct recent_kill *kill = &parser->recent[i];

                if (kill->used && kill->pid == process->pid && kill->total_vm_bytes == process->total_vm_bytes &&
                    text_equal(oom_name_text(&kill->comm), process->comm) &&
                    within(kill->mono_usec, line->mono_usec, RECENT_KILL_USEC))
                        return true;
        }
        slot = &parser->recent[parser->next_recent++ % RECENT_KILLS];
        slot->used = true;
        slot->pid = process->pid;
        slot->total_vm_bytes = process->total_vm_bytes;
        slot->mono_usec = line->mono_usec;
        oom_name_set(&slot->comm, process->comm);
        return false;
}

static void take_process(const struct oom_line_process *process, struct oom_victim *victim)
{
        victim->pid = process->pid;
        oom_name_set(&victim->comm, process->comm);
        if (process->uid != OOM_UNKNOWN)
                victim->uid = process->uid;
        victim->total_vm_bytes = process->total_vm_bytes;
        victim->anon_rss_bytes = process->anon_rss_bytes;
        victim->file_rss_bytes = process->file_rss_bytes;
        victim->shmem_rss_bytes = process->shmem_rss_bytes;
        victim->pgtables_bytes = process->pgtables_bytes;
        victim->oom_score_adj = process->oom_score_adj;
}

/* The victim that the report chose, with what the report knows of it. */
static void take_chosen(const struct open_report *open, const struct oom_line_process *process, struct oom_victim *victim)
{
        bool announced = open->report.parts & OOM_PART_ANNOUNCEMENT;
        struct text task_memcg;

        victim->score = open->named_score;
        if (announced && open->named_pid != process->pid)
                return; /* a child was sacrificed: whose cgroup the line before named is not known to be its own */
        victim->uid = open->named_uid;
        if (open->task_memcg_and_comm.known &&
            oom_summary_split(oom_path_text(&open->task_memcg_and_comm), process->comm, &task_memcg))
                oom_path_set(&victim->task_memcg, task_memcg);
        else
                path_copy(&victim->task_memcg, &open->task_memcg);
}

/* Is the kill line that of a member of the group whose killing was just announced? */
static bool is_group_member(struct open_report *open, const struct kmsg_line *line, const struct oom_line_process *process)
{
        if (!open->has_group || !within(open->group_usec, line->mono_usec, GROUP_GAP_USEC) ||
            (process->scope != OOM_SCOPE_MEMCG && process->scope != OOM_SCOPE_UNKNOWN && process->scope != OOM_SCOPE_GLOBAL))
                return false;
        open->group_usec = line->mono_usec;
        return true;
}

/* Which report a kill line belongs to; a new one, that has only this line, when there is none. */
static struct open_report *report_of_kill(struct oom_parser *parser, const struct kmsg_line *line,
                                          const struct oom_line_process *process, bool *ret_member)
{
        struct open_report *open = report_find(parser, line->caller);

        *ret_member = false;
        if (open && open->state == REPORT_CLOSED && is_group_member(open, line, process)) {
                *ret_member = true;
                return open;
        }
        if (open && open->state == REPORT_OPEN && open->after_gap && open->named_pid != process->pid)
                return report_begin(parser, line);
        /* 2.6.18 to 2.6.20 print one line for every process that shares the memory; sizes came later */
        if (open && open->state == REPORT_CLOSED && process->total_vm_bytes == OOM_UNKNOWN && !open->kill_has_sizes &&
            open->report.parts & OOM_PART_KILLED && within(open->last_usec, line->mono_usec, GROUP_GAP_USEC))
                return open;
        return report_for(parser, line);
}

static void on_killed(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        struct open_report *open;
        struct oom_incident *incident;
        bool is_member;

        open = report_of_kill(parser, line, process, &is_member);
        open->last_usec = line->mono_usec;
        if (is_repeat(parser, line, process))
                return;
        incident = incident_start(parser, OOM_TYPE_KILL, &open->report, line->seq, line->mono_usec);
        if (is_member) {
                incident->group_member = true;
                path_copy(&incident->group_memcg, &open->group_memcg);
                incident->group_first_seq = open->first_kill_seq;
                incident->group_first_mono_usec = open->first_kill_usec;
        } else {
                if (open->report.scope == OOM_SCOPE_UNKNOWN)
                        open->report.scope = process->scope;
                if (open->state == REPORT_OPEN)
                        take_chosen(open, process, &incident->victim);
                if (open->first_kill_seq == UINT64_MAX) {
                        open->first_kill_seq = line->seq;
                        open->first_kill_usec = line->mono_usec;
                }
        }
        take_process(process, &incident->victim);
        open->report.parts |= OOM_PART_KILLED;
        open->kill_has_sizes = process->total_vm_bytes != OOM_UNKNOWN;
        open->state = REPORT_CLOSED;
        tell(parser);
}

/* Processes outside the victim's group that share its memory get the signal too (up to 3.19). */
static void on_sharing(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_find(parser, line->caller);
        struct oom_report *report = &parser->bare;
        struct oom_incident *incident;

        if (open && open->report.parts & OOM_PART_KILLED && within(open->last_usec, line->mono_usec, GROUP_GAP_USEC))
                report = &open->report;
        else
                report_clear(report, line->seq, line->mono_usec);
        if (is_repeat(parser, line, &parsed->process))
                return;
        report->parts |= OOM_PART_KILLED;
        incident = incident_start(parser, OOM_TYPE_KILL, report, line->seq, line->mono_usec);
        take_process(&parsed->process, &incident->victim);
        tell(parser);
}

static void on_vm_killing(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct oom_incident *incident;

        report_clear(&parser->bare, line->seq, line->mono_usec);
        parser->bare.parts = OOM_PART_KILLED;
        incident = incident_start(parser, OOM_TYPE_KILL, &parser->bare, line->seq, line->mono_usec);
        oom_name_set(&incident->victim.comm, parsed->process.comm);
        tell(parser);
}

static void on_group(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_find(parser, line->caller);

        if (!open || !(open->report.parts & OOM_PART_KILLED) || !within(open->last_usec, line->mono_usec, GROUP_GAP_USEC)) {
                /* the first kill was lost */
                open = report_begin(parser, line);
                open->state = REPORT_CLOSED;
                open->report.scope = OOM_SCOPE_MEMCG;
        }
        open->has_group = true;
        open->group_usec = line->mono_usec;
        oom_path_set(&open->group_memcg, parsed->group_memcg);
}

/* ---- lines: no kill ---------------------------------------------------------------------------------------------------- */

/* The report, if there is one, ends without a victim, at this line. */
static void end_without_victim(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line_process *process)
{
        struct open_report *open = report_for(parser, line);
        struct oom_incident *incident;

        if (process && open->report.scope == OOM_SCOPE_UNKNOWN)
                open->report.scope = process->scope;
        open->state = REPORT_CLOSED;
        open->last_usec = line->mono_usec;
        incident = incident_start(parser, OOM_TYPE_NO_VICTIM, &open->report, open->report.seq, open->report.mono_usec);
        if (process) {
                take_named_victim(open, &incident->victim);
                if (open->named_pid != process->pid) {
                        victim_clear(&incident->victim);
                        incident->victim.pid = process->pid;
                }
                oom_name_set(&incident->victim.comm, process->comm);
        }
        tell(parser);
}

static void on_spared(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        end_without_victim(parser, line, &parsed->process);
}

static void on_no_killable(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        (void)parsed;
        end_without_victim(parser, line, NULL);
}

static void on_sysrq_ignored(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_find(parser, line->caller);

        (void)parsed;
        parser->sysrq_usec = UINT64_MAX;
        if (open && open->state == REPORT_CLOSED && within(open->last_usec, line->mono_usec, GROUP_GAP_USEC))
                return; /* "no killable processes" said it already */
        open = report_for(parser, line);
        open->report.trigger.sysrq = true;
        end_without_victim(parser, line, NULL);
}

static void on_panic(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = report_find(parser, line->caller);
        struct oom_report *report = &parser->bare;

        if (open && open->state != REPORT_UNUSED && within(open->last_usec, line->mono_usec, OOM_PARSER_IDLE_USEC) &&
            !(open->report.parts & OOM_PART_KILLED)) {
                open->state = REPORT_CLOSED;
                report = &open->report;
        } else {
                report_clear(report, line->seq, line->mono_usec);
        }
        incident_start(parser, OOM_TYPE_PANIC, report, line->seq, line->mono_usec)->message = parsed->message;
        tell(parser);
}

static void on_unreapable(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct oom_incident *incident;

        report_clear(&parser->bare, line->seq, line->mono_usec);
        incident = incident_start(parser, OOM_TYPE_UNREAPABLE, &parser->bare, line->seq, line->mono_usec);
        incident->victim.pid = parsed->process.pid;
        oom_name_set(&incident->victim.comm, parsed->process.comm);
        tell(parser);
}

/* ---- the machine -------------------------------------------------------------------------------------------------------- */

typedef void (*line_fn)(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed);

/* The kinds that are not here only show that their report goes on. */
static const line_fn handlers[OOM_LINE_KIND_COUNT] = {
        [OOM_LINE_SYSRQ] = on_sysrq,
        [OOM_LINE_SYSRQ_IGNORED] = on_sysrq_ignored,
        [OOM_LINE_INVOKED] = on_invoked,
        [OOM_LINE_TASK] = on_task,
        [OOM_LINE_LIMIT] = on_limit,
        [OOM_LINE_SUMMARY] = on_summary,
        [OOM_LINE_ANNOUNCEMENT] = on_announcement,
        [OOM_LINE_KILLED] = on_killed,
        [OOM_LINE_SHARING] = on_sharing,
        [OOM_LINE_VM_KILLING] = on_vm_killing,
        [OOM_LINE_WOULD_HAVE] = on_spared,
        [OOM_LINE_EXITING] = on_spared,
        [OOM_LINE_GROUP] = on_group,
        [OOM_LINE_NO_KILLABLE] = on_no_killable,
        [OOM_LINE_PANIC] = on_panic,
        [OOM_LINE_UNREAPABLE] = on_unreapable,
};

void oom_parser_push(struct oom_parser *parser, const struct kmsg_record *record)
{
        struct kmsg_line line;
        struct oom_line parsed;
        enum oom_line_kind kind;
        struct open_report *open;

        kmsg_joiner_push(parser->joiner, record, &line);
        kind = oom_line_parse(line.text, &parsed);
        if (kind == OOM_LINE_OTHER)
                return;
        /* A piece whose beginning was lost may hold a user's text alone, made to look like a line. Only the kernel's
         * header can really be flagged so (a comm that begins with "\x01c"). */
        if (line.orphan && kind != OOM_LINE_INVOKED)
                return;
        if (handlers[kind]) {
                handlers[kind](parser, &line, &parsed);
                return;
        }
        open = report_current(parser, &line);
        if (open)
                open->last_usec = line.mono_usec;
}

void oom_parser_gap(struct oom_parser *parser)
{
        kmsg_joiner_reset(parser->joiner);
        for (size_t i = 0; i < REPORTS_MAX; i++) {
                struct open_report *open = &parser->reports[i];

                open->has_group = false;
                if (open->state == REPORT_OPEN && !(open->report.parts & OOM_PART_SUMMARY))
                        open->state = REPORT_CLOSED; /* what it came to is unknown, and that is told as records_lost */
                open->after_gap = true;
        }
}

bool oom_parser_tick(struct oom_parser *parser, uint64_t mono_usec)
{
        bool any = false;

        for (size_t i = 0; i < REPORTS_MAX; i++) {
                struct open_report *open = &parser->reports[i];

                if (open->state != REPORT_OPEN)
                        continue;
                if (within(open->last_usec, mono_usec, OOM_PARSER_IDLE_USEC))
                        any = true;
                else
                        report_finish(parser, open);
        }
        return any;
}

uint64_t oom_parser_open_seq(const struct oom_parser *parser)
{
        uint64_t seq = UINT64_MAX;

        for (size_t i = 0; i < REPORTS_MAX; i++)
                if (parser->reports[i].state == REPORT_OPEN && parser->reports[i].report.seq < seq)
                        seq = parser->reports[i].report.seq;
        return seq;
}

void oom_parser_flush(struct oom_parser *parser)
{
        for (size_t i = 0; i < REPORTS_MAX; i++)
                report_finish(parser, &parser->reports[i]);
        kmsg_joiner_reset(parser->joiner);
}
