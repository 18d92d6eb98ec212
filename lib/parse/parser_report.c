/* lib/parse/parser_report.c: open reports: one per caller, from their first line to what they come to. */

#include "parse/parser_state.h"

/* ---- values --------------------------------------------------------------------------------------------------------- */

bool parser_within(uint64_t earlier_usec, uint64_t later_usec, uint64_t limit_usec)
{
        /* stamps of different processors may be slightly out of order */
        return later_usec <= earlier_usec || later_usec - earlier_usec <= limit_usec;
}

void parser_path_set(struct oom_path *path, struct text text)
{
        path->is_known = false;
        if (text_starts(text, TEXT("/")))
                oom_path_set(path, text);
}

void parser_victim_clear(struct oom_victim *victim)
{
        victim->pid = OOM_UNKNOWN;
        victim->comm.is_known = false;
        victim->comm.length = 0;
        victim->uid = OOM_UNKNOWN;
        victim->total_vm_bytes = OOM_UNKNOWN;
        victim->anon_rss_bytes = OOM_UNKNOWN;
        victim->file_rss_bytes = OOM_UNKNOWN;
        victim->shmem_rss_bytes = OOM_UNKNOWN;
        victim->pgtables_bytes = OOM_UNKNOWN;
        victim->oom_score_adj = OOM_UNKNOWN;
        victim->score = OOM_UNKNOWN;
        victim->task_memcg.is_known = false;
}

struct oom_incident *parser_incident(struct oom_parser *parser, enum oom_type type, const struct oom_report *report,
                                     uint64_t seq, uint64_t mono_usec)
{
        struct oom_incident *incident = &parser->incident;

        incident->type = type;
        incident->seq = seq;
        incident->mono_usec = mono_usec;
        incident->report = report;
        parser_victim_clear(&incident->victim);
        incident->chosen_pid = OOM_UNKNOWN;
        incident->is_sharing_memory = false;
        incident->is_group_member = false;
        incident->group_memcg.is_known = false;
        incident->group_first_seq = UINT64_MAX;
        incident->group_first_mono_usec = UINT64_MAX;
        incident->message = (struct text){ 0 };
        return incident;
}

void parser_emit(struct oom_parser *parser)
{
        parser->handler(&parser->incident, parser->userdata);
}

void parser_path_copy(struct oom_path *to, const struct oom_path *from)
{
        to->is_known = false;
        if (from->is_known)
                oom_path_set(to, oom_path_text(from));
}

/* ---- reports -------------------------------------------------------------------------------------------------------- */

static void body_clear(struct body_state *body)
{
        body->is_over = body->has_memory = body->has_counters = body->has_stats = body->has_sums = false;
        body->has_foreign = false;
        body->block = BODY_ELSEWHERE;
        body->line_seq = UINT64_MAX;
        body->zone = NULL;
        body->n_stats_before = 0;
}

void parser_body_break_off(struct open_report *open)
{
        if (open->body.is_over)
                return;
        open->report.memory.n_slabs = 0;
        if (open->body.has_sums)
                open->report.memcg.n_stats = 0;
}

static void report_reset(struct open_report *open, struct text caller, uint64_t seq, uint64_t mono_usec)
{
        open->state = REPORT_OPEN;
        open->table = TABLE_NONE;
        open->is_after_gap = false;
        open->last_usec = mono_usec;
        open->caller_length = caller.length < CALLER_MAX ? caller.length : CALLER_MAX;
        if (open->caller_length)
                memcpy(open->caller, caller.data, open->caller_length);
        oom_report_clear(&open->report, seq, mono_usec);
        open->named_pid = open->named_uid = open->named_score = OOM_UNKNOWN;
        open->named_comm.is_known = false;
        open->task_memcg.is_known = false;
        open->task_memcg_and_comm.is_known = false;
        open->has_group = open->has_kill_scope = false;
        open->group_memcg.is_known = false;
        open->first_kill_seq = open->first_kill_usec = UINT64_MAX;
        open->first_kill_pid = OOM_UNKNOWN;
        body_clear(&open->body);
}

/* What the kernel said of its choice before the kill line. */
void parser_take_named_victim(const struct open_report *open, struct oom_victim *victim)
{
        victim->pid = open->named_pid;
        victim->uid = open->named_uid;
        victim->score = open->named_score;
        victim->comm.is_known = false;
        if (open->named_comm.is_known)
                oom_name_set(&victim->comm, oom_name_text(&open->named_comm));
        parser_path_copy(&victim->task_memcg, &open->task_memcg);
}

/* The report ends without a kill line. One with an "oom-kill:" line is a kill all the same: on some kernels that
 * line is all there is. */
void parser_finish_report(struct oom_parser *parser, struct open_report *open)
{
        struct oom_incident *incident;
        bool is_kill;

        if (open->state != REPORT_OPEN)
                return;
        open->state = REPORT_CLOSED;
        parser_body_break_off(open);
        is_kill = (open->report.parts & OOM_PART_SUMMARY) && open->named_pid != OOM_UNKNOWN;
        if (!is_kill && open->is_after_gap)
                return; /* its end may be among the lost records, which are reported */
        if (is_kill) {
                incident = parser_incident(parser, OOM_TYPE_KILL, &open->report, open->summary_seq, open->summary_usec);
                incident->chosen_pid = open->named_pid;
        } else {
                incident = parser_incident(parser, OOM_TYPE_NO_VICTIM, &open->report, open->report.seq,
                                           open->report.mono_usec);
        }
        parser_take_named_victim(open, &incident->victim);
        parser_emit(parser);
}

struct open_report *parser_find_report(struct oom_parser *parser, struct text caller)
{
        for (size_t i = 0; i < parser->n_reports; i++) {
                struct open_report *open = &parser->reports[i];

                if (text_equal((struct text){ open->caller, open->caller_length }, caller))
                        return open;
        }
        return NULL;
}

struct open_report *parser_begin_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = parser_find_report(parser, line->caller);

        if (!open && parser->n_reports < REPORTS_MAX) {
                open = &parser->reports[parser->n_reports++];
                open->state = REPORT_CLOSED;
        }
        if (!open) {
                open = &parser->reports[0];
                for (size_t i = 1; i < REPORTS_MAX; i++)
                        if (parser->reports[i].last_usec < open->last_usec)
                                open = &parser->reports[i];
        }
        parser_finish_report(parser, open);
        report_reset(open, line->caller, line->seq, line->mono_usec);
        return open;
}

struct open_report *parser_current_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = parser_find_report(parser, line->caller);

        return open && open->state == REPORT_OPEN ? open : NULL;
}

struct open_report *parser_report_for(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = parser_current_report(parser, line);

        if (open && parser_within(open->last_usec, line->mono_usec, OOM_PARSER_IDLE_USEC))
                return open;
        return parser_begin_report(parser, line);
}
