/* lib/parse/parser_tasks.c: the task table: its header, its rows, and whether it is whole.
 *
 * The kernel does not change within a boot, so a table whose header was lost has the columns of the last one seen. */

#include "parse/parser_state.h"
#include "verdict/totalpages.h"

/* The open report that the table belongs to; NULL: none. A report that has named its victim has had its table: this one is of
 * another report, whose head was lost. */
static struct open_report *find_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        const unsigned named = OOM_PART_SUMMARY | OOM_PART_ANNOUNCEMENT;
        struct open_report *open = parser_current_report(parser, line);

        return open && !(open->report.parts & named) &&
                               parser_within(open->last_usec, line->mono_usec, OOM_PARSER_IDLE_USEC)
                       ? open
                       : NULL;
}

static struct open_report *begin_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct open_report *open = parser_begin_report(parser, line);

        open->is_after_gap = true; /* by itself it is no OOM */
        return open;
}

static void begin_table(struct oom_parser *parser, struct open_report *open)
{
        struct oom_hypothesis hypotheses[OOM_HYPOTHESES_MAX];
        size_t count;

        open->report.tasks.layout = parser->layout; /* oom_hypotheses() looks at it */
        count = oom_hypotheses(&open->report, hypotheses);
        oom_tasks_begin(&open->report.tasks, &parser->layout, hypotheses, count);
}

void parser_on_tasks_header(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct open_report *open = find_report(parser, line);
        bool is_first;

        if (!open)
                open = begin_report(parser, line);
        is_first = open->table == TABLE_NONE;
        parser->layout = parsed->tasks_header;
        begin_table(parser, open);
        open->table = is_first ? TABLE_READING : TABLE_CUT; /* two in one report: something between them was lost */
}

static bool was_killed(const struct oom_parser *parser, const int64_t *values, uint64_t mono_usec)
{
        for (size_t i = 0; i < RECENT_KILLS; i++) {
                const struct recent_kill *kill = &parser->recent[i];

                if (kill->used && parser_within(kill->mono_usec, mono_usec, RECENT_KILL_USEC) &&
                    (kill->pid == values[OOM_COLUMN_PID] || kill->pid == values[OOM_COLUMN_TGID]))
                        return true;
        }
        return false;
}

void parser_on_tasks_row(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_tasks_row *row = &parsed->tasks_row;
        struct open_report *open = find_report(parser, line);
        /* Of a table that has begun, its own: the header of another may have come between. */
        const struct oom_layout *layout =
                open && open->table != TABLE_NONE ? &open->report.tasks.layout : &parser->layout;
        struct oom_task task;
        struct text name;
        bool is_row;

        if (layout->count)
                is_row = oom_task_parse(layout, row->pid, row->rest, task.values, &name);
        else
                is_row = oom_task_parse_certain(row->pid, row->rest, task.values, &name);
        if (!is_row) {
                /* another's line, or a row that can't be read */
                open = parser_current_report(parser, line);
                if (open && open->table == TABLE_READING)
                        open->table = TABLE_CUT;
                return;
        }
        if (!open)
                open = begin_report(parser, line);
        open->report.parts |= OOM_PART_TASKS;
        if (open->table == TABLE_NONE) {
                begin_table(parser, open);
                open->table = TABLE_CUT; /* its header is missing, and so may be rows */
        }
        if (!oom_tasks_count(&open->report.tasks, task.values))
                return;
        task.comm.is_known = name.data != NULL;
        task.comm.length = 0;
        if (task.comm.is_known)
                oom_name_set(&task.comm, name);
        task.is_victim_already = was_killed(parser, task.values, line->mono_usec);
        oom_tasks_keep(&open->report.tasks, &task);
}

void parser_end_table(struct open_report *open)
{
        if (open->table != TABLE_READING)
                return;
        open->table = TABLE_READ;
        open->report.tasks.is_complete = true;
}

void parser_cut_table(struct open_report *open)
{
        if (open->table == TABLE_READING)
                open->table = TABLE_CUT;
}
