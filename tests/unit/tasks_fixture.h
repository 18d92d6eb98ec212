/* tests/unit/tasks_fixture.h: task tables out of the kernel's own lines. */

#pragma once

#include <check.h>

#include "oom/report.h"
#include "oom/rows.h"
#include "parse/line.h"
#include "verdict/totalpages.h"

/* The headers of all kernels. */
#define HEADER_2_6_32 "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name"
#define HEADER_RHEL6  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name"
#define HEADER_3_10   "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name"
#define HEADER_4_4    "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name"
#define HEADER_4_15   "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
#define HEADER_4_19   "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
/* in brackets: two strings in a list look like a missing comma */
#define HEADER_6_8                                                                                                     \
        ("[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj "  \
         "name")

static inline struct oom_layout layout_from(const char *header)
{
        struct oom_line line;

        ck_assert_int_eq(oom_line_parse(text_from(header), &line), OOM_LINE_TASKS_HEADER);
        return line.tasks_header;
}

/* Reads a row as the parser does. */
static inline bool read_row(const struct oom_layout *layout, const char *text, int64_t *values, struct text *name)
{
        struct oom_line line;

        ck_assert_int_eq(oom_line_parse(text_from(text), &line), OOM_LINE_TASKS_ROW);
        if (!layout)
                return oom_task_parse_certain(line.tasks_row.pid, line.tasks_row.rest, values, name);
        return oom_task_parse(layout, line.tasks_row.pid, line.tasks_row.rest, values, name);
}

static struct oom_rows fixture_rows;

static inline void add_task(struct oom_tasks *tasks, struct oom_task *task)
{
        if (tasks->rows)
                oom_rows_add(tasks->rows, task->values, oom_name_text(&task->comm), task->is_victim_already);
        if (oom_tasks_count(tasks, task->values))
                oom_tasks_keep(tasks, task);
}

/* Begins the table of a report whose memory is filled in. */
static inline void begin_tasks(struct oom_report *report, const char *header)
{
        struct oom_layout layout = layout_from(header);
        struct oom_hypothesis hypotheses[OOM_HYPOTHESES_MAX];
        size_t count;

        report->tasks.layout = layout;
        count = oom_hypotheses(report, hypotheses);
        oom_tasks_begin(&report->tasks, &layout, hypotheses, count);
        oom_rows_begin(&fixture_rows, &layout);
        report->tasks.rows = &fixture_rows;
        report->tasks.is_complete = true;
}

static inline void add_row(struct oom_report *report, const char *text)
{
        struct oom_task task = { 0 };
        struct text name;

        ck_assert_msg(read_row(&report->tasks.layout, text, task.values, &name), "%s", text);
        oom_name_set(&task.comm, name);
        add_task(&report->tasks, &task);
}
