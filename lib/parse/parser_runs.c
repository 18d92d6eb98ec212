/* lib/parse/parser_runs.c: which runs of reports are going on: reports that say the same again (parser_repeats.c). */

#include "parse/parser_state.h"

static bool is_of_machine(const struct oom_report *report)
{
        return report->scope != OOM_SCOPE_MEMCG && report->parts & OOM_PART_MEMORY;
}

/* Is it the same that is out of memory? Of a report that lost the lines which say what it is, that can't be told: it goes with the
 * run that is going on. */
static bool is_same_condition(const struct oom_report *first, const struct oom_report *report)
{
        if (report->limit_memcg.is_known)
                return first->limit_memcg.is_known &&
                       text_equal(oom_path_text(&first->limit_memcg), oom_path_text(&report->limit_memcg));
        if (is_of_machine(report))
                return is_of_machine(first);
        return report->scope != OOM_SCOPE_MEMCG || !is_of_machine(first);
}

struct report_run *parser_run_of(struct oom_parser *parser, const struct oom_report *report)
{
        struct report_run *newest = NULL;

        for (size_t i = 0; i < RUNS_MAX; i++) {
                struct report_run *run = &parser->runs[i];

                if (run->n_reports && is_same_condition(run->first, report) &&
                    parser_within(run->end_usec, report->mono_usec, OOM_PARSER_QUIET_USEC) &&
                    (!newest || run->end_usec > newest->end_usec))
                        newest = run;
        }
        return newest;
}

bool parser_is_of_run(struct oom_parser *parser, const struct oom_report *report)
{
        const struct report_run *run = parser_run_of(parser, report);

        return run && report->trigger.comm.is_known && run->first->trigger.comm.is_known &&
               text_equal(oom_name_text(&report->trigger.comm), oom_name_text(&run->first->trigger.comm));
}

bool parser_has_run(const struct oom_parser *parser, uint64_t mono_usec)
{
        for (size_t i = 0; i < RUNS_MAX; i++)
                if (parser->runs[i].n_reports &&
                    parser_within(parser->runs[i].end_usec, mono_usec, OOM_PARSER_QUIET_USEC))
                        return true;
        return false;
}

struct report_run *parser_run_of_memcg(struct oom_parser *parser, struct text memcg, uint64_t mono_usec)
{
        for (size_t i = 0; i < RUNS_MAX; i++) {
                struct report_run *run = &parser->runs[i];

                if (run->n_reports && run->first->limit_memcg.is_known &&
                    text_equal(oom_path_text(&run->first->limit_memcg), memcg) &&
                    parser_within(run->end_usec, mono_usec, OOM_PARSER_QUIET_USEC))
                        return run;
        }
        return NULL;
}

bool oom_parser_is_repeating(const struct oom_parser *parser)
{
        for (size_t i = 0; i < RUNS_MAX; i++)
                if (parser->runs[i].n_reports)
                        return true;
        return false;
}
