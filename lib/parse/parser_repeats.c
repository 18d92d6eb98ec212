/* lib/parse/parser_repeats.c: reports that say what was said before.
 *
 * A report that ends in "Out of memory and no killable processes..." is not rate-limited (mm/oom_kill.c, out_of_memory()), and nothing
 * changes by it: a service at its limit that may not be killed (OOMScoreAdjust=-1000) makes hundreds in a second, for as long as it
 * runs. The first of such a run is an incident, and so is its end, with the count.
 *
 * A limit that is set below the usage (memory.max) kills until the usage fits. The memory of a victim that was just killed is
 * still charged then, so the writer mostly tries once more and finds nobody (6.12 on). That report belongs to the kill. */

#include "parse/parser_state.h"
#include "util/array.h"

#include <stdlib.h>

/* ---- a limit below the usage -------------------------------------------------------------------------------------------- */

/* Only a limit that was lowered is below the usage: an allocation that would exceed it fails. */
static bool is_above_limit(const struct oom_report *report)
{
        const struct oom_usage *memory = &report->memcg.usages[OOM_USAGE_MEMORY];

        return report->limit_memcg.is_known && memory->usage_bytes != OOM_UNKNOWN &&
               memory->limit_bytes != OOM_UNKNOWN && memory->usage_bytes > memory->limit_bytes;
}

void parser_note_kill(struct oom_parser *parser, const struct report_slot *slot, const struct kmsg_line *line)
{
        const struct oom_report *report = &slot->report;

        if (!report->trigger.comm.is_known || !is_above_limit(report))
                return;
        parser->lowered.used = true;
        parser->lowered.mono_usec = line->mono_usec;
        parser->lowered.memcg = report->limit_memcg;
        parser->lowered.writer_pid = report->trigger.pid;
        parser->lowered.writer_comm = report->trigger.comm;
}

/* Is it the last report of a limit that was lowered, after a kill of the same? */
static bool ends_lowering(struct oom_parser *parser, const struct oom_report *report)
{
        struct lowered_limit *lowered = &parser->lowered;
        const struct oom_trigger *trigger = &report->trigger;

        if (!lowered->used || !parser_within(lowered->mono_usec, report->mono_usec, OOM_PARSER_IDLE_USEC) ||
            !is_above_limit(report) || trigger->pid != lowered->writer_pid || !trigger->comm.is_known ||
            !text_equal(oom_name_text(&trigger->comm), oom_name_text(&lowered->writer_comm)) ||
            !text_equal(oom_path_text(&report->limit_memcg), oom_path_text(&lowered->memcg)))
                return false;
        lowered->used = false;
        return true;
}

/* ---- unread ------------------------------------------------------------------------------------------------------------- */

/* While a run goes on, the next report is most likely one more of it: its records are kept back, as they are, until the line that
 * names the cgroup and the last line have shown that. Then they were never read. Any record but those that are known to decide
 * nothing has all of them read first, in their order: nothing is missed, and no kill is late. */

static bool is_upper(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "anon 8318976" */
static bool is_figure(struct text text)
{
        char last = text.data[text.length - 1];

        return last >= '0' && last <= '9' && !memchr(text.data, ':', text.length);
}

/* Is it a line of a report that may be read later as well? Only what is common in such reports. */
static bool may_wait(struct text text)
{
        /* clang-format off */
        static const struct text words[] = {
#define WORDS(words) { words, sizeof(words) - 1 },
                WORDS("Hardware name: ")
                WORDS("Call Trace:")
                WORDS("Call trace:")
                WORDS("Code: ")
                WORDS("Memory cgroup stats for ")
                WORDS("Memory cgroup min protection ")
                WORDS("Tasks state (memory values in pages):")
                WORDS("Tainted: ")
                WORDS("memory: usage ")
                WORDS("swap: usage ")
#undef WORDS
        };
        /* clang-format on */

        if (text.length == 0)
                return false;
        if (text.data[0] == ' ' || text.data[0] == '[') /* frames of the stack; the task table */
                return true;
        if (text.data[0] >= 'a' && text.data[0] <= 'z' && is_figure(text))
                return true;
        /* registers; "CPU: 1 PID: 7 Comm: x ..." */
        if (text.length > 4 && is_upper(text.data[0]) && is_upper(text.data[1]) && is_upper(text.data[2]) &&
            text.data[3] == ':')
                return true;
        for (size_t i = 0; i < COUNT(words); i++)
                if (words[i].data[0] == text.data[0] && text_starts(text, words[i]))
                        return true;
        return false;
}

static struct text record_text(const struct skim *skim, size_t index)
{
        return (struct text){ skim->kept->bytes + skim->kept->records[index].offset,
                              skim->kept->records[index].length };
}

static bool keep(struct skim *skim, const struct kmsg_record *record)
{
        struct skim_record *kept = &skim->kept->records[skim->n_records];

        if (skim->n_records == SKIM_RECORDS_MAX || record->text.length > SKIM_BYTES_MAX - skim->n_bytes)
                return false;
        if (text_starts(record->text, TEXT("Memory cgroup stats for ")))
                skim->stats = skim->stats == SIZE_MAX ? skim->n_records
                                                      : SKIM_RECORDS_MAX; /* two: whose report it is, is unclear */
        *kept = (struct skim_record){
                record->seq,   record->mono_usec,    (uint32_t)skim->n_bytes, (uint32_t)record->text.length,
                record->level, record->is_truncated, record->origin
        };
        skim->n_bytes += text_copy(record->text, skim->kept->bytes + skim->n_bytes, record->text.length);
        skim->n_records++;
        return true;
}

static void read_kept(struct oom_parser *parser)
{
        struct skim *skim = &parser->skim;
        size_t n_records = skim->n_records;

        skim->is_on = false;
        skim->n_records = 0;
        for (size_t i = 0; i < n_records; i++) {
                struct kmsg_record record = {
                        .level = skim->kept->records[i].level,
                        .seq = skim->kept->records[i].seq,
                        .mono_usec = skim->kept->records[i].mono_usec,
                        .is_truncated = skim->kept->records[i].is_truncated,
                        .origin = skim->kept->records[i].origin,
                        .caller = { skim->caller, skim->caller_length },
                        .text = record_text(skim, i),
                };

                parser->read(parser, &record);
        }
}

/* ---- runs --------------------------------------------------------------------------------------------------------------- */

/* Reports as those that were read, among the records that were not. */
static uint64_t estimate(const struct report_run *run)
{
        const struct run_records *records = &run->records;

        if (records->n_skipped == 0 || records->n_read == 0)
                return 0;
        return run->n_reports + (run->n_reports - 1) * records->n_unread / records->n_read;
}

static void set_repeat(struct oom_incident *incident, const struct report_run *run, enum oom_repeat repeat)
{
        incident->repeat = repeat;
        incident->n_reports = run->n_reports;
        incident->first_seq = run->first->seq;
        incident->first_mono_usec = run->first->mono_usec;
        incident->span_usec = run->last_usec > run->first->mono_usec ? run->last_usec - run->first->mono_usec : 0;
        incident->first_report = run->first;
        incident->n_skipped = run->records.n_skipped;
        incident->n_estimated = estimate(run);
}

/* Fills in the last report that was counted unread, if its records are still there. They are all of it: what was lost or passed over, if
 * anything was, was so after it. */
static void read_last(struct oom_parser *parser, struct report_slot *slot)
{
        bool may_lack_parts = slot->may_lack_parts;

        if (parser->skim.is_on || parser->skim.n_records == 0 || parser->skim.report_seq != slot->report.seq)
                return;
        slot->state = REPORT_OPEN;
        slot->may_lack_parts = false;
        read_kept(parser);
        parser_end_table(slot);
        slot->state = REPORT_CLOSED;
        slot->may_lack_parts = may_lack_parts;
}

/* The last report of the run, if it is still there; else the first. */
static const struct oom_report *last_report(struct oom_parser *parser, const struct report_run *run)
{
        for (size_t i = 0; i < parser->n_reports; i++) {
                struct report_slot *slot = parser->reports[i];

                if (slot->report.seq == run->last_seq && slot->state == REPORT_CLOSED) {
                        read_last(parser, slot);
                        return &slot->report;
                }
        }
        return run->first;
}

/* A run of one report is over without a word. */
static void end_run(struct oom_parser *parser, struct report_run *run)
{
        struct oom_incident *incident;

        if (run->n_reports > 1) {
                incident = parser_incident(parser, OOM_TYPE_NO_VICTIM, last_report(parser, run), run->last_seq,
                                           run->last_usec);
                incident->end = OOM_END_NONE_KILLABLE;
                set_repeat(incident, run, OOM_REPEAT_END);
                parser_emit(parser);
        }
        run->n_reports = 0;
}

/* A report ends with the record that is being read. */
static void note_read(struct oom_parser *parser)
{
        uint64_t n_read = parser->record_seq > parser->counted_seq ? parser->record_seq - parser->counted_seq : 0;

        for (size_t i = 0; i < RUNS_MAX; i++)
                if (parser->runs[i].n_reports)
                        parser->runs[i].later.n_read += n_read;
        parser->counted_seq = parser->record_seq;
}

void parser_skip_repeats(struct oom_parser *parser, uint64_t last_seq, uint64_t n_records, uint64_t span_usec)
{
        uint64_t n_unread = parser->counted_seq < last_seq ? last_seq - parser->counted_seq : n_records;

        if (parser->skim.is_on) {
                parser->skim.is_on = false;
                parser->skim.n_records = 0; /* of a report that goes on among what was passed over */
        }
        for (size_t i = 0; i < RUNS_MAX; i++) {
                struct report_run *run = &parser->runs[i];

                if (run->n_reports == 0)
                        continue;
                run->later.n_skipped += n_records;
                run->later.n_unread += n_unread;
                run->end_usec += span_usec; /* whether it was quiet then is not known */
        }
}

/* run NULL: by itself */
static void emit_report(struct oom_parser *parser, struct report_run *run, const struct oom_report *report,
                        enum oom_end end, uint64_t end_usec)
{
        struct oom_incident *incident =
                parser_incident(parser, OOM_TYPE_NO_VICTIM, report, report->seq, report->mono_usec);

        incident->end = end;
        if (!run) {
                parser_emit(parser);
                return;
        }
        note_read(parser); /* of this run only if this isn't its first */
        run->records.n_skipped += run->later.n_skipped;
        run->records.n_read += run->later.n_read;
        run->records.n_unread += run->later.n_unread;
        run->later = (struct run_records){ 0 };
        run->n_reports++;
        run->last_seq = report->seq;
        run->last_usec = report->mono_usec;
        run->end_usec = end_usec;
        if (run->n_reports > 1)
                set_repeat(incident, run, OOM_REPEAT_AGAIN);
        parser_emit(parser);
}

void parser_end_quiet_runs(struct oom_parser *parser, uint64_t mono_usec)
{
        for (size_t i = 0; i < RUNS_MAX; i++)
                if (parser->runs[i].n_reports &&
                    !parser_within(parser->runs[i].end_usec, mono_usec, OOM_PARSER_QUIET_USEC))
                        end_run(parser, &parser->runs[i]);
}

void oom_parser_end_repeats(struct oom_parser *parser)
{
        for (size_t i = 0; i < RUNS_MAX; i++)
                end_run(parser, &parser->runs[i]);
}

/* An unused one, or the one that has been quiet for longest, which ends. NULL: there is no memory for it. */
static struct report_run *begin_run(struct oom_parser *parser, const struct oom_report *report)
{
        struct report_run *run = &parser->runs[0];

        for (size_t i = 1; i < RUNS_MAX && run->n_reports; i++)
                if (!parser->runs[i].n_reports || parser->runs[i].end_usec < run->end_usec)
                        run = &parser->runs[i];
        end_run(parser, run);
        if (!run->first && !(run->first = malloc(sizeof(*run->first))))
                return NULL;
        run->records = run->later = (struct run_records){ 0 };
        *run->first = *report;
        run->first->tasks.rows = NULL; /* they are the slot's */
        return run;
}

void parser_emit_no_killable(struct oom_parser *parser, struct report_slot *slot, const struct kmsg_line *line,
                             enum oom_end end)
{
        const struct oom_report *report = &slot->report;
        struct report_run *run;

        if (ends_lowering(parser, report))
                return;
        if (report->trigger.is_sysrq) {
                emit_report(parser, NULL, report, end, line->mono_usec);
                return;
        }
        run = parser_run_of(parser, report);
        /* All of the report but its last line is among the lost records. */
        if (!run && parser->is_after_gap && report->parts == 0)
                return;
        if (!run)
                run = begin_run(parser, report);
        emit_report(parser, run, report, OOM_END_NONE_KILLABLE, line->mono_usec);
}

bool oom_parser_ends_repeat(const struct kmsg_record *record)
{
        return record->flag == KMSG_FLAG_NONE &&
               text_equal(record->text, TEXT("Out of memory and no killable processes..."));
}

/* ---- counted unread ----------------------------------------------------------------------------------------------------- */

/* The run that the report goes with, as far as it was kept back. */
static struct report_run *run_of_kept(struct oom_parser *parser, uint64_t mono_usec)
{
        struct skim *skim = &parser->skim;
        struct text path;

        if (skim->stats >= SKIM_RECORDS_MAX)
                return NULL;
        path = record_text(skim, skim->stats);
        if (!text_eat(&path, TEXT("Memory cgroup stats for ")) || !text_eat_end(&path, TEXT(":")))
                return NULL;
        return parser_run_of_memcg(parser, path, mono_usec);
}

/* The report ends with this record. Returns false if it has to be read. */
static bool count_report(struct oom_parser *parser, const struct kmsg_record *record)
{
        struct skim *skim = &parser->skim;
        struct report_slot *slot = parser_find_slot(parser, record->caller);
        struct report_run *run = run_of_kept(parser, record->mono_usec);
        struct kmsg_line line;

        if (!run || !slot || slot->state != REPORT_OPEN || slot->report.seq != skim->report_seq)
                return false;
        parser->record_seq = record->seq;
        kmsg_joiner_push(parser->joiner, record, &line); /* no line before it goes on */
        slot->state = REPORT_CLOSED;
        parser_touch(parser, slot, &line);
        skim->is_on = false; /* what was kept back stays for parser_skim_restore() */
        emit_report(parser, run, &slot->report, OOM_END_NONE_KILLABLE, record->mono_usec);
        return true;
}

void parser_skim_begin(struct oom_parser *parser, const struct report_slot *slot)
{
        struct skim *skim = &parser->skim;

        if (!skim->kept && !(skim->kept = malloc(sizeof(*skim->kept))))
                return;
        skim->is_on = true;
        skim->report_seq = slot->report.seq;
        skim->n_records = skim->n_bytes = 0;
        skim->stats = SIZE_MAX;
        skim->caller_length = slot->caller_length;
        memcpy(skim->caller, slot->caller, slot->caller_length);
}

bool parser_skim(struct oom_parser *parser, const struct kmsg_record *record)
{
        struct skim *skim = &parser->skim;

        if (record->flag == KMSG_FLAG_NONE &&
            text_equal(record->caller, (struct text){ skim->caller, skim->caller_length })) {
                if (may_wait(record->text) && keep(skim, record))
                        return true;
                if (oom_parser_ends_repeat(record) && count_report(parser, record))
                        return true;
        }
        read_kept(parser);
        return false;
}

void parser_skim_stop(struct oom_parser *parser)
{
        if (parser->skim.is_on)
                read_kept(parser);
}
