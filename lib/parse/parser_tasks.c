/* lib/parse/parser_tasks.c: the task table: its header, its rows, and whether it is whole.
 *
 * The kernel does not change within a boot, so a table whose header was lost has the columns of the last one seen. */

#include "parse/parser_state.h"
#include "util/array.h"
#include "verdict/totalpages.h"

/* The open report that the table belongs to; NULL: none. A report that has named its victim has had its table: this one is of
 * another report, whose head was lost. */
static struct report_slot *find_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        const unsigned named = OOM_PART_SUMMARY | OOM_PART_ANNOUNCEMENT;
        struct report_slot *slot = parser_find_open(parser, line);

        if (slot && (slot->report.parts & named || !parser_goes_on(slot, line)))
                return NULL;
        return slot;
}

static struct report_slot *begin_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_begin_report(parser, line);

        slot->may_lack_parts = true; /* by itself it is no OOM */
        return slot;
}

void parser_note_killed(struct oom_parser *parser, int64_t pid)
{
        parser->killed_bits[(uint64_t)pid / 64 % COUNT(parser->killed_bits)] |= UINT64_C(1) << (uint64_t)pid % 64;
}

static bool may_be_killed(const struct oom_parser *parser, int64_t pid)
{
        return parser->killed_bits[(uint64_t)pid / 64 % COUNT(parser->killed_bits)] >> (uint64_t)pid % 64 & 1;
}

/* Who was killed before the table began; those that are killed meanwhile are noted as they come. */
static void note_recent(struct oom_parser *parser)
{
        memset(parser->killed_bits, 0, sizeof(parser->killed_bits));
        for (size_t i = 0; i < RECENT_KILLS; i++)
                if (parser->recent[i].used)
                        parser_note_killed(parser, parser->recent[i].pid);
}

static bool was_killed(const struct oom_parser *parser, const int64_t *values, uint64_t mono_usec)
{
        if (!may_be_killed(parser, values[OOM_COLUMN_PID]) && !may_be_killed(parser, values[OOM_COLUMN_TGID]))
                return false;
        for (size_t i = 0; i < RECENT_KILLS; i++) {
                const struct recent_kill *kill = &parser->recent[i];

                if (kill->used && parser_within(kill->mono_usec, mono_usec, RECENT_KILL_USEC) &&
                    (kill->pid == values[OOM_COLUMN_PID] || kill->pid == values[OOM_COLUMN_TGID]))
                        return true;
        }
        return false;
}

static void begin_table(struct oom_parser *parser, struct report_slot *slot)
{
        struct oom_hypothesis hypotheses[OOM_HYPOTHESES_MAX];
        size_t count;

        slot->report.tasks.layout = parser->layout; /* oom_hypotheses() looks at it */
        count = oom_hypotheses(&slot->report, hypotheses);
        oom_tasks_begin(&slot->report.tasks, &parser->layout, hypotheses, count);
        oom_rows_begin(&slot->rows, &parser->layout);
        slot->report.tasks.rows = &slot->rows;
        note_recent(parser);
}

void parser_forget_rows(struct report_slot *slot)
{
        oom_rows_clear(&slot->rows);
        slot->report.tasks.rows = NULL;
}

void parser_on_tasks_header(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = find_report(parser, line);

        if (!slot)
                slot = begin_report(parser, line);
        parser->layout = parsed->tasks_header;
        begin_table(parser, slot);
        slot->is_table_numbered = line->is_numbered;
        /* two in one report: something between them was lost */
        slot->table = slot->table == TABLE_NONE ? TABLE_READING : TABLE_CUT;
}

void parser_on_tasks_row(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_tasks_row *row = &parsed->tasks_row;
        struct report_slot *slot = find_report(parser, line);
        /* Of a table that has begun, its own: the header of another may have come between. */
        const struct oom_layout *layout =
                slot && slot->table != TABLE_NONE ? &slot->report.tasks.layout : &parser->layout;
        struct oom_task task;
        struct text name;
        bool is_row;

        if (layout->count)
                is_row = oom_task_parse(layout, row->pid, row->rest, task.values, &name);
        else
                is_row = oom_task_parse_certain(row->pid, row->rest, task.values, &name);
        /* "%5hd %s": without the blank after it the number may go on */
        if (line->may_be_cut && is_row && name.data && name.length == 0 && !text_ends(row->rest, TEXT(" ")))
                is_row = false;
        /* without its header, a column in the middle of a cut row looks like its last number */
        if (line->may_be_cut && is_row && layout->count == 0 && line->is_truncated)
                is_row = false;
        if (!is_row) {
                /* another's line, or a row that can't be read */
                slot = parser_find_open(parser, line);
                if (slot) {
                        parser_cut_table(slot);
                        slot->report.tasks.has_cut_row |= line->may_be_cut && line->is_truncated;
                }
                return;
        }
        if (!slot)
                slot = begin_report(parser, line);
        slot->report.parts |= OOM_PART_TASKS;
        if (slot->table == TABLE_NONE) {
                begin_table(parser, slot);
                slot->table = TABLE_CUT; /* its header is missing, and so may be rows */
        }
        task.is_victim_already = was_killed(parser, task.values, line->mono_usec);
        oom_rows_add(&slot->rows, task.values, name, task.is_victim_already);
        if (!oom_tasks_count(&slot->report.tasks, task.values))
                return;
        if (line->may_be_cut && (line->is_truncated || oom_ends_with_cut_mark(name)))
                name = (struct text){ 0 };
        oom_name_set(&task.comm, name);
        oom_tasks_keep(&slot->report.tasks, &task);
}

void parser_end_table(struct report_slot *slot)
{
        if (slot->table != TABLE_READING)
                return;
        slot->table = TABLE_READ;
        slot->report.tasks.is_complete = slot->is_table_numbered || oom_report_has_body(&slot->report);
}

void parser_cut_table(struct report_slot *slot)
{
        if (slot->table == TABLE_READING)
                slot->table = TABLE_CUT;
}
