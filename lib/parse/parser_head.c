/* lib/parse/parser_head.c: the lines that begin a report, and those that say what the kernel decided. */

#include "parse/parser_state.h"

void parser_on_sysrq(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
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

void parser_on_invoked(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_invoked *invoked = &parsed->invoked;
        struct report_slot *slot = line->is_extended ? parser_find_open(parser, line) : NULL;
        struct oom_trigger *trigger;

        parser->is_after_gap = false;
        parser_end_quiet_runs(parser, line->mono_usec);
        if (!slot) {
                slot = parser_begin_report(parser, line);
                slot->report.trigger.is_sysrq = sysrq_asked(parser, line->mono_usec);
                if (parser_has_run(parser, line->mono_usec) && !slot->report.trigger.is_sysrq)
                        parser_skim_begin(parser, slot);
        }
        trigger = &slot->report.trigger;
        slot->report.parts |= OOM_PART_HEADER;
        oom_name_set(&trigger->comm, invoked->comm);
        trigger->gfp_mask = invoked->gfp_mask;
        slot->is_head_cut = invoked->gfp_mask == OOM_UNKNOWN;
        slot->head_length = parsed->is_cut ? 0 : line->line_length;
        oom_path_set(&trigger->gfp_flags, invoked->gfp_flags);
        trigger->order = invoked->order;
        trigger->oom_score_adj = invoked->oom_score_adj;
        trigger->is_sysrq |= invoked->order == -1;
        if (invoked->nodemask.data && invoked->order != OOM_UNKNOWN)
                oom_node_set_read(&slot->report.nodemask, invoked->nodemask);
}

/* Up to 4.20, right after the header. A page allocation failure prints such a line too. */
void parser_on_cpuset(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_open(parser, line);

        if (slot && slot->report.parts == OOM_PART_HEADER && !slot->body.has_foreign &&
            slot->report.trigger.comm.is_known &&
            text_equal(parsed->cpuset.comm, oom_name_text(&slot->report.trigger.comm)))
                oom_node_set_read(&slot->report.mems_allowed, parsed->cpuset.mems_allowed);
}

void parser_on_task(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_open(parser, line);
        struct oom_trigger *trigger;

        /* Every warning of the kernel has such a line: only the first after a header is the trigger's. */
        if (!slot || !(slot->report.parts & OOM_PART_HEADER) || slot->report.parts & ~(unsigned)OOM_PART_HEADER)
                return;
        trigger = &slot->report.trigger;
        /* The header's comm may have lost a "\x01c" at its front, this one has not. */
        if (trigger->comm.is_known && parsed->task.comm.data &&
            !text_ends(parsed->task.comm, oom_name_text(&trigger->comm)))
                return;
        slot->report.parts |= OOM_PART_TASK;
        slot->report.release_page_bytes = parsed->task.page_size_bytes;
        trigger->pid = parsed->task.pid;
        if (parsed->task.comm.data)
                oom_name_set(&trigger->comm, parsed->task.comm);
}

/* The call trace after the header is the trigger's. */
void parser_on_frame(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const unsigned before = OOM_PART_HEADER | OOM_PART_TASK | OOM_PART_STACK;
        struct report_slot *slot = parser_find_open(parser, line);

        if (!slot || !(slot->report.parts & OOM_PART_HEADER) || slot->report.parts & ~before || slot->body.has_foreign)
                return;
        if (parsed->frame == OOM_FRAME_LIMIT_WRITER)
                slot->report.trigger.is_limit_writer = true;
        else
                slot->report.trigger.is_sysrq = true;
}

void parser_on_limit(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_or_begin(parser, line);

        slot->report.scope = OOM_SCOPE_MEMCG;
        parser_path_set(parser, line, &slot->report.limit_memcg, parsed->limit.limit_memcg);
        if (parsed->limit.task_memcg.data)
                parser_path_set(parser, line, &slot->task_memcg, parsed->limit.task_memcg);
}

static enum oom_scope scope_of(const struct oom_line_summary *summary)
{
        static const enum oom_scope scopes[] = {
                [OOM_CONSTRAINT_NONE] = OOM_SCOPE_GLOBAL,
                [OOM_CONSTRAINT_CPUSET] = OOM_SCOPE_CPUSET,
                [OOM_CONSTRAINT_MEMORY_POLICY] = OOM_SCOPE_MEMPOLICY,
                [OOM_CONSTRAINT_MEMCG] = OOM_SCOPE_MEMCG,
        };

        if (summary->constraint != OOM_CONSTRAINT_UNKNOWN)
                return scopes[summary->constraint];
        return summary->is_global ? OOM_SCOPE_GLOBAL : summary->limit_memcg.data ? OOM_SCOPE_MEMCG : OOM_SCOPE_UNKNOWN;
}

void parser_on_summary(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_summary *summary = &parsed->summary;
        struct report_slot *slot = parser_find_or_begin(parser, line);
        struct text cut;

        if (!line->is_extended && slot->report.parts & OOM_PART_SUMMARY)
                slot = parser_begin_report(parser, line);
        parser_end_table(slot);
        slot->report.parts |= OOM_PART_SUMMARY;
        slot->report.constraint = summary->constraint;
        slot->report.scope = scope_of(summary);
        slot->is_summary_cut = parsed->is_cut && line->may_be_cut;
        slot->summary_seq = line->seq;
        slot->summary_usec = line->mono_usec;
        slot->named_pid = summary->pid;
        slot->named_uid = summary->uid;
        oom_path_set(&slot->report.cpuset, summary->cpuset);
        if (summary->nodemask.data)
                oom_node_set_read(&slot->report.nodemask, summary->nodemask);
        if (summary->mems_allowed.data)
                oom_node_set_read(&slot->report.mems_allowed, summary->mems_allowed);
        if (summary->constraint == OOM_CONSTRAINT_MEMCG && slot->body.has_memory)
                parser_memory_doubt(slot); /* it was another's: the report of a cgroup has none */
        /* Where its path is lost here, the heading of its statistics may have it. */
        if (text_starts(summary->limit_memcg, TEXT("/")) || summary->constraint != OOM_CONSTRAINT_MEMCG)
                parser_path_set(parser, line, &slot->report.limit_memcg, summary->limit_memcg);
        oom_name_set(&slot->named_comm, summary->comm);
        cut = parser_cut_path_at(parser, line, summary->task_memcg_and_comm.data);
        parser_path_set(parser, line, &slot->task_memcg, cut.length > 0 ? cut : summary->task_memcg);
        oom_path_set(&slot->task_memcg_and_comm, summary->task_memcg_and_comm);
}

void parser_on_announcement(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        struct report_slot *slot = parser_find_or_begin(parser, line);

        /* A log that has the announcements alone: each is of a report of its own. A report may have two (up to 2.6.35). */
        if (!line->is_extended && slot->report.parts & OOM_PART_ANNOUNCEMENT && slot->named_pid != process->pid &&
            !(slot->report.parts & OOM_PART_HEADER))
                slot = parser_begin_report(parser, line);
        parser_end_table(slot);
        slot->report.parts |= OOM_PART_ANNOUNCEMENT;
        slot->was_announced = true;
        slot->report.is_allocating_task |= process->is_allocating_task;
        if (slot->report.scope == OOM_SCOPE_UNKNOWN)
                slot->report.scope = process->scope;
        slot->named_score = process->score;
        if (!(slot->report.parts & OOM_PART_SUMMARY)) {
                slot->named_pid = process->pid;
                oom_name_set(&slot->named_comm, process->comm);
        }
}
