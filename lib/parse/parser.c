#include "parse/parser_state.h"

#include <errno.h>
#include <stdlib.h>

#include "util/touch.h"

struct oom_parser *oom_parser_free(struct oom_parser *parser)
{
        if (!parser)
                return NULL;
        kmsg_joiner_free(parser->joiner);
        for (size_t i = 0; i < REPORTS_MAX && parser->reports[i]; i++) {
                oom_rows_clear(&parser->reports[i]->rows);
                if (parser->reports[i] != &parser->own)
                        free(parser->reports[i]);
        }
        for (size_t i = 0; i < RUNS_MAX; i++)
                free(parser->runs[i].first);
        free(parser->skim.kept);
        free(parser);
        return NULL;
}

/* The kinds that are not here only show that their report goes on. */
static parser_line_fn *const handlers[OOM_LINE_KIND_COUNT] = {
#define KIND(kind, handler) [OOM_LINE_##kind] = handler,
#include "parse/line_table.h"
};

/* Records of the kernel have their shape to their end; lines of logs may be cut. Where a log has a width, a line as long as one that
 * shows its cut is cut too, though it may not show. */
static enum oom_line_kind parse(struct oom_parser *parser, struct kmsg_line *line, struct oom_line *parsed)
{
        enum oom_line_kind kind;

        if (!line->may_be_cut)
                return oom_line_parse(line->text, parsed);
        line->is_truncated |= line->line_length && line->line_length == parser->cut_length;
        kind = oom_line_parse_log(line->text, line->is_truncated ? OOM_END_LOST : OOM_END_OPEN, parsed);
        if (kind != OOM_LINE_OTHER && parsed->is_cut && line->line_length) {
                parser->cut_length = line->line_length;
                line->is_truncated = true;
        }
        return kind;
}

/* A line that lacked its end may get it from the next message of its log: then it was not cut. */
static void note_cut(struct report_slot *slot, const struct kmsg_line *line, bool is_cut)
{
        if (!line->is_extended || slot->cut_seq != line->seq) {
                slot->was_cut = slot->report.is_cut;
                slot->cut_seq = line->seq;
        }
        slot->report.is_cut = slot->was_cut;
        if (is_cut)
                parser_note_cut(slot, line->line_length);
}

static void read_record(struct oom_parser *parser, const struct kmsg_record *record)
{
        struct kmsg_line line;
        struct oom_line parsed;
        enum oom_line_kind kind;
        struct report_slot *slot;

        parser->record_seq = record->seq;
        kmsg_joiner_push(parser->joiner, record, &line);
        kind = parse(parser, &line, &parsed);
        if (kind == OOM_LINE_OTHER)
                return;
        /* A piece whose beginning was lost may hold a user's text alone, made to look like a line. Only the kernel's
         * header can really be flagged so (a comm that begins with "\x01c"). */
        if (line.is_orphan && kind != OOM_LINE_INVOKED)
                return;
        parser->n_kill_lines += kind == OOM_LINE_KILLED;
        if (!parser_in_place(parser, &line, kind))
                return;
        if (handlers[kind])
                handlers[kind](parser, &line, &parsed);
        slot = parser_find_open(parser, &line);
        if (slot) {
                note_cut(slot, &line, parsed.is_cut && line.may_be_cut);
                parser_touch(parser, slot, &line);
                parser_body_note(slot, kind);
        }
}

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
        parser->read = read_record;
        parser->sysrq_usec = parser->counted_seq = UINT64_MAX;
        *ret_parser = parser;
        return 0;
}

void oom_parser_touch(struct oom_parser *parser, const struct oom_parser *used)
{
        touch_like(parser, used, sizeof(*parser));
        kmsg_joiner_touch(parser->joiner, used->joiner);
}

void oom_parser_push(struct oom_parser *parser, const struct kmsg_record *record)
{
        if (!parser->skim.is_on || !parser_skim(parser, record))
                read_record(parser, record);
}

void oom_parser_gap(struct oom_parser *parser)
{
        parser_skim_stop(parser);
        kmsg_joiner_reset(parser->joiner);
        parser->is_after_gap = true;
        parser->counted_seq = UINT64_MAX;
        for (size_t i = 0; i < parser->n_reports; i++) {
                struct report_slot *slot = parser->reports[i];

                slot->has_group = slot->was_announced = false;
                parser_cut_table(slot);
                if (slot->state == REPORT_OPEN && !(slot->report.parts & OOM_PART_SUMMARY))
                        slot->state =
                                REPORT_CLOSED; /* what came of it is unknown; the loss is reported as records_lost */
                slot->may_lack_parts = true;
        }
}

void oom_parser_skip(struct oom_parser *parser, uint64_t last_seq, uint64_t n_records, uint64_t span_usec)
{
        parser_skip_repeats(parser, last_seq, n_records, span_usec);
        oom_parser_gap(parser);
        parser->counted_seq = last_seq;
}

uint64_t oom_parser_kill_lines(const struct oom_parser *parser)
{
        return parser->n_kill_lines;
}

bool oom_parser_tick(struct oom_parser *parser, uint64_t mono_usec)
{
        const struct skim *skim = &parser->skim;
        bool any = false;

        if (skim->is_on && skim->n_records &&
            !parser_within(skim->kept->records[skim->n_records - 1].mono_usec, mono_usec, GROUP_GAP_USEC))
                parser_skim_stop(parser);
        parser_end_quiet_runs(parser, mono_usec);
        for (size_t i = 0; i < parser->n_reports; i++) {
                struct report_slot *slot = parser->reports[i];

                if (parser_within(slot->last_usec, mono_usec, OOM_PARSER_IDLE_USEC)) {
                        any |= slot->state == REPORT_OPEN;
                        continue;
                }
                parser_finish_report(parser, slot);
                parser_forget_rows(slot); /* nothing more comes of it */
        }
        return any;
}

uint64_t oom_parser_open_seq(const struct oom_parser *parser)
{
        uint64_t seq = UINT64_MAX;

        for (size_t i = 0; i < parser->n_reports; i++)
                if (parser->reports[i]->state == REPORT_OPEN && parser->reports[i]->report.seq < seq)
                        seq = parser->reports[i]->report.seq;
        return seq;
}

void oom_parser_flush(struct oom_parser *parser)
{
        parser_skim_stop(parser);
        for (size_t i = 0; i < parser->n_reports; i++)
                parser_finish_report(parser, parser->reports[i]);
        oom_parser_end_repeats(parser);
        for (size_t i = 0; i < parser->n_reports; i++)
                parser_forget_rows(parser->reports[i]);
        parser->n_reports = 0;
        parser->is_after_gap = parser->lowered.used = false;
        for (size_t i = 0; i < RECENT_KILLS; i++)
                parser->recent[i].used = false;
        parser->sysrq_usec = UINT64_MAX;
        parser->cut_length = 0;
        parser->layout.count = 0;
        kmsg_joiner_reset(parser->joiner);
}
