#include "parse/parser_state.h"

#include <errno.h>
#include <stdlib.h>

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

/* ---- lines: the head of a report ------------------------------------------------------------------------------------- */

static void on_sysrq(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        (void)parsed;
        parser->sysrq_usec = line->mono_usec;
}

static bool sysrq_asked(struct oom_parser *parser, uint64_t mono_usec)
{
        bool asked = parser->sysrq_usec != UINT64_MAX && parser_within(parser->sysrq_usec, mono_usec, SYSRQ_USEC);

        parser->sysrq_usec = UINT64_MAX;
        return asked;
}

static void on_invoked(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_invoked *invoked = &parsed->invoked;
        struct open_report *open = line->extended ? parser_current_report(parser, line) : NULL;
        struct oom_trigger *trigger;

        if (!open) {
                open = parser_begin_report(parser, line);
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
        if (invoked->nodemask.data && invoked->order != OOM_UNKNOWN)
                oom_node_set_read(&open->report.nodemask, invoked->nodemask);
}

/* Up to 4.20, right after the header. A page allocation failure prints such a line too. */
static void on_cpuset(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = parser_current_report(parser, line);

        if (!open || open->report.parts != OOM_PART_HEADER || open->body.has_foreign ||
            !open->report.trigger.comm.known ||
            !text_equal(parsed->cpuset.comm, oom_name_text(&open->report.trigger.comm)))
                return;
        oom_node_set_read(&open->report.mems_allowed, parsed->cpuset.mems_allowed);
}

static void on_task(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = parser_current_report(parser, line);
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
        struct open_report *open = parser_report_for(parser, line);

        open->report.scope = OOM_SCOPE_MEMCG;
        parser_path_set(&open->report.limit_memcg, parsed->limit.limit_memcg);
        if (parsed->limit.task_memcg.data)
                parser_path_set(&open->task_memcg, parsed->limit.task_memcg);
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
        struct open_report *open = parser_report_for(parser, line);

        if (!line->extended && open->report.parts & OOM_PART_SUMMARY)
                open = parser_begin_report(parser, line);
        parser_end_table(open);
        open->report.parts |= OOM_PART_SUMMARY;
        open->report.constraint = summary->constraint;
        open->report.scope = scope_of(summary);
        open->summary_seq = line->seq;
        open->summary_usec = line->mono_usec;
        open->named_pid = summary->pid;
        open->named_uid = summary->uid;
        open->named_comm.known = open->task_memcg.known = open->task_memcg_and_comm.known = false;
        open->report.limit_memcg.known = open->report.cpuset.known = false;
        if (summary->cpuset.data)
                oom_path_set(&open->report.cpuset, summary->cpuset);
        if (summary->nodemask.data)
                oom_node_set_read(&open->report.nodemask, summary->nodemask);
        if (summary->mems_allowed.data)
                oom_node_set_read(&open->report.mems_allowed, summary->mems_allowed);
        if (summary->constraint == OOM_CONSTRAINT_MEMCG && open->body.has_memory)
                parser_memory_doubt(open); /* it was another's: the report of a cgroup has none */
        if (summary->limit_memcg.data)
                parser_path_set(&open->report.limit_memcg, summary->limit_memcg);
        if (summary->comm.data)
                oom_name_set(&open->named_comm, summary->comm);
        if (summary->task_memcg.data)
                parser_path_set(&open->task_memcg, summary->task_memcg);
        if (summary->task_memcg_and_comm.data)
                oom_path_set(&open->task_memcg_and_comm, summary->task_memcg_and_comm);
}

static void on_announcement(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        struct open_report *open = parser_report_for(parser, line);

        parser_end_table(open);
        open->report.parts |= OOM_PART_ANNOUNCEMENT;
        open->report.is_allocating_task |= process->is_allocating_task;
        if (open->report.scope == OOM_SCOPE_UNKNOWN)
                open->report.scope = process->scope;
        open->named_score = process->score;
        if (!(open->report.parts & OOM_PART_SUMMARY)) {
                open->named_pid = process->pid;
                oom_name_set(&open->named_comm, process->comm);
        }
}

/* ---- the machine -------------------------------------------------------------------------------------------------------- */

/* The kinds that are not here only show that their report goes on. */
static parser_line_fn *const handlers[OOM_LINE_KIND_COUNT] = {
        [OOM_LINE_SYSRQ] = on_sysrq,
        [OOM_LINE_SYSRQ_IGNORED] = parser_on_sysrq_ignored,
        [OOM_LINE_INVOKED] = on_invoked,
        [OOM_LINE_TASK] = on_task,
        [OOM_LINE_LIMIT] = on_limit,
        [OOM_LINE_SUMMARY] = on_summary,
        [OOM_LINE_ANNOUNCEMENT] = on_announcement,
        [OOM_LINE_KILLED] = parser_on_killed,
        [OOM_LINE_SHARING] = parser_on_sharing,
        [OOM_LINE_VM_KILLING] = parser_on_vm_killing,
        [OOM_LINE_WOULD_HAVE] = parser_on_spared,
        [OOM_LINE_EXITING] = parser_on_spared,
        [OOM_LINE_GROUP] = parser_on_group,
        [OOM_LINE_NO_KILLABLE] = parser_on_no_killable,
        [OOM_LINE_PANIC] = parser_on_panic,
        [OOM_LINE_UNREAPABLE] = parser_on_unreapable,
        [OOM_LINE_CPUSET] = on_cpuset,
        [OOM_LINE_MEM_INFO] = parser_on_mem_info,
        [OOM_LINE_COUNTERS] = parser_on_counters,
        [OOM_LINE_NODE] = parser_on_node,
        [OOM_LINE_ZONE] = parser_on_zone,
        [OOM_LINE_LOWMEM_RESERVE] = parser_on_lowmem_reserve,
        [OOM_LINE_BUDDY] = parser_on_buddy,
        [OOM_LINE_HUGEPAGES] = parser_on_hugepages,
        [OOM_LINE_TOTAL] = parser_on_total,
        [OOM_LINE_SLAB] = parser_on_slab,
        [OOM_LINE_SLAB_ROW] = parser_on_slab_row,
        [OOM_LINE_ALLOCATIONS] = parser_on_allocations,
        [OOM_LINE_ALLOCATION] = parser_on_allocation,
        [OOM_LINE_FAILURE] = parser_on_failure,
        [OOM_LINE_MEMCG_USAGE] = parser_on_usage,
        [OOM_LINE_MEMCG_STATS] = parser_on_stats,
        [OOM_LINE_MEMCG_STAT] = parser_on_stat,
        [OOM_LINE_TASKS_HEADER] = parser_on_tasks_header,
        [OOM_LINE_TASKS_ROW] = parser_on_tasks_row,
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
        if (!parser_in_place(parser, &line, kind))
                return;
        if (handlers[kind])
                handlers[kind](parser, &line, &parsed);
        open = parser_current_report(parser, &line);
        if (open) {
                open->last_usec = line.mono_usec;
                parser_body_goes_on(open, kind);
        }
}

void oom_parser_gap(struct oom_parser *parser)
{
        kmsg_joiner_reset(parser->joiner);
        for (size_t i = 0; i < parser->reports_used; i++) {
                struct open_report *open = &parser->reports[i];

                open->has_group = false;
                parser_cut_table(open);
                if (open->state == REPORT_OPEN && !(open->report.parts & OOM_PART_SUMMARY))
                        open->state = REPORT_CLOSED; /* what it came to is unknown, and that is told as records_lost */
                open->after_gap = true;
        }
}

bool oom_parser_tick(struct oom_parser *parser, uint64_t mono_usec)
{
        bool any = false;

        for (size_t i = 0; i < parser->reports_used; i++) {
                struct open_report *open = &parser->reports[i];

                if (open->state != REPORT_OPEN)
                        continue;
                if (parser_within(open->last_usec, mono_usec, OOM_PARSER_IDLE_USEC))
                        any = true;
                else
                        parser_finish_report(parser, open);
        }
        return any;
}

uint64_t oom_parser_open_seq(const struct oom_parser *parser)
{
        uint64_t seq = UINT64_MAX;

        for (size_t i = 0; i < parser->reports_used; i++)
                if (parser->reports[i].state == REPORT_OPEN && parser->reports[i].report.seq < seq)
                        seq = parser->reports[i].report.seq;
        return seq;
}

void oom_parser_flush(struct oom_parser *parser)
{
        for (size_t i = 0; i < parser->reports_used; i++)
                parser_finish_report(parser, &parser->reports[i]);
        parser->reports_used = 0;
        for (size_t i = 0; i < RECENT_KILLS; i++)
                parser->recent[i].used = false;
        parser->sysrq_usec = UINT64_MAX;
        parser->layout.count = 0;
        kmsg_joiner_reset(parser->joiner);
}
