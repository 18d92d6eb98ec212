/* lib/parse/parser_report.c: reports, one for each caller, from their first line to what they come to. */

#include <stdlib.h>

#include "parse/parser_state.h"
#include "verdict/victim.h"

bool parser_goes_on(const struct report_slot *slot, const struct kmsg_line *line)
{
        bool has_body = slot->report.parts & ~(unsigned)(OOM_PART_HEADER | OOM_PART_TASK);

        return parser_within(slot->last_usec, line->mono_usec, has_body ? PAUSE_MAX_USEC : OOM_PARSER_IDLE_USEC);
}

bool parser_is_next(const struct report_slot *slot, const struct kmsg_line *line)
{
        if (parser_within(slot->last_usec, line->mono_usec, GROUP_GAP_USEC))
                return true;
        /* By itself, so long after any other record, the line would have a header in front of it. */
        return line->seq == slot->last_seq + 1 && !parser_within(slot->last_usec, line->mono_usec, HEADER_LIMIT_USEC) &&
               parser_within(slot->last_usec, line->mono_usec, PAUSE_MAX_USEC);
}

void parser_touch(const struct oom_parser *parser, struct report_slot *slot, const struct kmsg_line *line)
{
        slot->last_seq = parser->record_seq;
        slot->last_usec = line->mono_usec;
}

/* A path is printed by itself (pr_cont_cgroup_path()), and may become a record of its own; one that is longer than a
 * record's text (RECORD_TEXT_MAX), less the two bytes that mark a piece, ends there. 990 was seen on 5.10. From 6.8
 * on the table's columns show that records have more room. */
static bool is_full(const struct oom_parser *parser, const struct kmsg_line *line, struct text piece)
{
        const size_t max = line->caller.length ? RECORD_TEXT_CALLER_MAX : RECORD_TEXT_MAX;

        return piece.length == RECORD_TEXT_6_4_MAX - 2 || ((piece.length == max - 2 || piece.length == max - 1) &&
                                                           !oom_layout_has(&parser->layout, OOM_COLUMN_RSS_ANON));
}

struct text parser_cut_path_at(const struct oom_parser *parser, const struct kmsg_line *line, const char *at)
{
        struct text piece = kmsg_line_piece_at(line, at);

        return is_full(parser, line, piece) ? piece : (struct text){ 0 };
}

void parser_path_set(const struct oom_parser *parser, const struct kmsg_line *line, struct oom_path *path,
                     struct text text)
{
        struct text cut = parser_cut_path_at(parser, line, text.data);

        oom_path_set(path, text_starts(text, TEXT("/")) ? text : (struct text){ 0 });
        path->is_cut = cut.length > 0 && cut.length == text.length;
}

void parser_victim_clear(struct oom_victim *victim)
{
        victim->pid = OOM_UNKNOWN;
        oom_name_set(&victim->comm, (struct text){ 0 });
        victim->uid = OOM_UNKNOWN;
        victim->total_vm_bytes = OOM_UNKNOWN;
        victim->anon_rss_bytes = OOM_UNKNOWN;
        victim->file_rss_bytes = OOM_UNKNOWN;
        victim->shmem_rss_bytes = OOM_UNKNOWN;
        victim->pgtables_bytes = OOM_UNKNOWN;
        victim->oom_score_adj = OOM_UNKNOWN;
        victim->score = OOM_UNKNOWN;
        victim->task_memcg.is_known = false;
        victim->rss_bytes = victim->swap_bytes = OOM_UNKNOWN;
        victim->container.length = 0;
        victim->is_container_limit = false;
}

struct oom_incident *parser_incident(struct oom_parser *parser, enum oom_type type, const struct oom_report *report,
                                     uint64_t seq, uint64_t mono_usec)
{
        struct oom_incident *incident = &parser->incident;

        incident->type = type;
        incident->seq = seq;
        incident->mono_usec = mono_usec;
        incident->report = report;
        incident->repeat = OOM_REPEAT_NONE;
        incident->n_reports = 1;
        incident->n_skipped = incident->n_estimated = 0;
        incident->first_seq = seq;
        incident->first_mono_usec = mono_usec;
        incident->span_usec = 0;
        incident->first_report = NULL;
        parser_victim_clear(&incident->victim);
        incident->end = OOM_END_UNKNOWN;
        incident->chosen_pid = OOM_UNKNOWN;
        oom_name_set(&incident->chosen_comm, (struct text){ 0 });
        incident->is_sharing_memory = incident->is_rage_kill = false;
        incident->is_group_member = false;
        incident->group_memcg.is_known = false;
        incident->group_first_seq = UINT64_MAX;
        incident->group_first_mono_usec = UINT64_MAX;
        incident->message = (struct text){ 0 };
        return incident;
}

void parser_emit(struct oom_parser *parser)
{
        oom_incident_find_rows(&parser->incident);
        parser->handler(&parser->incident, parser->userdata);
}

static void body_clear(struct body_state *body)
{
        body->is_over = body->has_memory = body->has_counters = body->has_stats = body->has_sums = false;
        body->has_foreign = false;
        body->block = BODY_ELSEWHERE;
        body->line_seq = UINT64_MAX;
        body->zone = NULL;
        body->n_stats_before = 0;
        body->n_sums_max = OOM_STATS_MAX;
}

void parser_body_break_off(struct report_slot *slot)
{
        if (slot->body.is_over)
                return;
        slot->report.memory.n_slabs = 0;
        if (slot->body.has_sums)
                slot->report.memcg.n_stats = 0;
}

static void report_reset(struct report_slot *slot, struct text caller, uint64_t seq, uint64_t mono_usec)
{
        slot->state = REPORT_OPEN;
        slot->table = TABLE_NONE;
        slot->head_length = 0;
        slot->may_lack_parts = slot->is_head_cut = slot->is_summary_cut = false;
        slot->last_seq = seq;
        slot->last_usec = mono_usec;
        slot->caller_length = text_copy(caller, slot->caller, sizeof(slot->caller));
        oom_report_clear(&slot->report, seq, mono_usec);
        slot->named_pid = slot->named_uid = slot->named_score = OOM_UNKNOWN;
        oom_name_set(&slot->named_comm, (struct text){ 0 });
        slot->task_memcg.is_known = slot->task_memcg.is_cut = slot->task_memcg_and_comm.is_known = false;
        slot->has_group = slot->has_kill_scope = slot->was_announced = false;
        slot->group_memcg.is_known = false;
        slot->first_kill_seq = slot->first_kill_usec = UINT64_MAX;
        slot->first_kill_pid = OOM_UNKNOWN;
        slot->was_cut = false;
        slot->cut_seq = UINT64_MAX;
        body_clear(&slot->body);
        oom_rows_clear(&slot->rows);
}

/* The header may have been the first line that was cut, where its number ends. */
void parser_note_cut(struct report_slot *slot, size_t line_length)
{
        slot->report.is_cut = true;
        if (slot->head_length && slot->head_length == line_length)
                slot->report.trigger.oom_score_adj = OOM_UNKNOWN;
}

/* What the kernel said of its choice before the kill line. */
void parser_take_named_victim(const struct report_slot *slot, struct oom_victim *victim)
{
        victim->pid = slot->named_pid;
        victim->uid = slot->named_uid;
        victim->score = slot->named_score;
        victim->comm = slot->named_comm;
        victim->task_memcg = slot->task_memcg;
}

/* The report ends without a kill line. One with an "oom-kill:" line is a kill all the same: on some kernels that
 * line is all there is. But 5.0 announces the one of that line, too, and may kill a child of it. */
void parser_finish_report(struct oom_parser *parser, struct report_slot *slot)
{
        struct oom_incident *incident;
        bool is_named, is_kill;

        if (slot->state != REPORT_OPEN)
                return;
        slot->state = REPORT_CLOSED;
        parser_body_break_off(slot);
        is_named = slot->report.parts & OOM_PART_SUMMARY && slot->named_pid != OOM_UNKNOWN;
        is_kill = is_named && !(slot->report.parts & OOM_PART_ANNOUNCEMENT);
        if (!is_named && (slot->may_lack_parts || slot->is_head_cut || slot->is_summary_cut))
                return; /* its end may be among the lost records, which are reported; what is hardly a header may be none */
        if (!is_kill && parser_is_of_run(parser, &slot->report))
                return;
        if (is_kill) {
                incident = parser_incident(parser, OOM_TYPE_KILL, &slot->report, slot->summary_seq, slot->summary_usec);
                incident->chosen_pid = slot->named_pid;
                incident->chosen_comm = slot->named_comm;
        } else {
                incident = parser_incident(parser, OOM_TYPE_NO_VICTIM, &slot->report, slot->report.seq,
                                           slot->report.mono_usec);
        }
        parser_take_named_victim(slot, &incident->victim);
        parser_emit(parser);
}

struct report_slot *parser_find_slot(struct oom_parser *parser, struct text caller)
{
        for (size_t i = 0; i < parser->n_reports; i++) {
                struct report_slot *slot = parser->reports[i];

                if (text_equal((struct text){ slot->caller, slot->caller_length }, caller))
                        return slot;
        }
        return NULL;
}

/* One that was never used; NULL: there is none more. */
static struct report_slot *unused_slot(struct oom_parser *parser)
{
        struct report_slot **slot = &parser->reports[parser->n_reports];

        if (parser->n_reports == REPORTS_MAX)
                return NULL;
        if (!*slot)
                *slot = parser->n_reports == 0 ? &parser->own : calloc(1, sizeof(**slot));
        if (!*slot)
                return NULL;
        parser->n_reports++;
        (*slot)->state = REPORT_CLOSED;
        return *slot;
}

struct report_slot *parser_begin_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        if (!slot)
                slot = unused_slot(parser);
        if (!slot) {
                slot = parser->reports[0];
                for (size_t i = 1; i < parser->n_reports; i++)
                        if (parser->reports[i]->last_usec < slot->last_usec)
                                slot = parser->reports[i];
        }
        parser_finish_report(parser, slot);
        report_reset(slot, line->caller, line->seq, line->mono_usec);
        return slot;
}

struct report_slot *parser_find_open(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        return slot && slot->state == REPORT_OPEN ? slot : NULL;
}

struct report_slot *parser_find_or_begin(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_open(parser, line);

        if (slot && parser_goes_on(slot, line))
                return slot;
        return parser_begin_report(parser, line);
}
