/* A report may be cut anywhere: the ring is overwritten from its beginning, and the reader may come before its end. So each
 * beginning and each end of every record file in tests/corpus is read as if it were all there is: nothing crashes, every kill
 * whose kill line is there is reported, and nothing is reported that the whole file does not say.
 *
 * Every record that is part of a report is a cut point; of the others, those next to them. In the files of more than
 * WHOLE_MAX records of the kernel, a cut reads WINDOW_RECORDS of its part, not all: longer than any report there.
 *
 * OOMWATCH_CUTS_STRIDE=N takes every N-th cut only (valgrind is slow). */

#include <glob.h>
#include <stdarg.h>

#include "alert/alert.h"
#include "alert/json.h"
#include "alert/plain.h"
#include "cut_compare.h"
#include "cut_log.h"
#include "util/array.h"

#define WHOLE_MAX      800
#define WINDOW_RECORDS 300
#define MANY_RECORDS   10000 /* the same report again and again: every MANY_STRIDE-th cut will do */
#define MANY_STRIDE    11
#define ALERTS_MAX     1024
#define LINES_MAX      25 /* of the alert for people */
#define SHOWN_MAX      5  /* failures of a file, in words */

/* What only a later line settles. */
static const struct {
        const char *file, *conflict;
} known[] = {
        { "comm-comma-task", ".victim.comm: \"y\"" }, /* "task=,task=y": the kill line shows where the name begins */
        { "2.6.37/sysrq",
          ".verdict.hints" }, /* order=0: but for the line before it, nothing says that it was asked for */
        { "7.2/group-kill-global",
          ".verdict.hints" }, /* exempt processes are summed over the ten largest: the more rows, the fewer of them */
        /* the second report of a limit that was lowered, where the first is cut before it says so */
        { "7.2/limit-lowered", ".candidates_total: 0" },
        { "comm-leading-soh",
          ".trigger.comm: \"Evil\"" }, /* printk took "\x01c" for a level; the CPU line has it all */
};

struct outcome {
        enum oom_type type;
        uint64_t seq;
        int64_t pid;
        bool has_kill_line;
        size_t index; /* of the record with that seq */
        char *json;
        struct json_object *parsed;
};

struct cutting {
        struct cut_log log;
        struct oom_parser *parser;
        struct outcome *whole;
        size_t whole_count;
        size_t begin, end; /* the part that is read now; end 0: the whole file */
        struct outcome *part;
        size_t part_count;
        unsigned failures;
};

/* ck_assert() writes to a pipe each time, which is half of the time here. */
static void must(bool condition, const char *what)
{
        if (!condition)
                ck_abort_msg("%s", what);
}

static bool is_known(const struct cutting *cutting, const char *conflict)
{
        for (size_t i = 0; i < COUNT(known); i++)
                if (strstr(cutting->log.path, known[i].file) &&
                    strncmp(conflict, known[i].conflict, strlen(known[i].conflict)) == 0)
                        return true;
        return false;
}

__attribute__((format(printf, 2, 3))) static void note(struct cutting *cutting, const char *format, ...)
{
        va_list arguments;

        if (++cutting->failures > SHOWN_MAX)
                return;
        (void)fprintf(stderr, "%s: records %" PRIu64 " to %" PRIu64 ": ", cutting->log.path + sizeof(TESTS_DIR),
                      cutting->log.records[cutting->begin].record.seq,
                      cutting->log.records[cutting->end - 1].record.seq);
        va_start(arguments, format);
        (void)vfprintf(stderr, format, arguments);
        va_end(arguments);
        (void)fputc('\n', stderr);
}

static void check_text(struct cutting *cutting, const struct alert *alert)
{
        char *text = alert_to_text(alert);
        unsigned lines = 0;

        must(text, "alert_to_text");
        for (const char *c = text; *c; c++) {
                lines += *c == '\n';
                must((unsigned char)*c >= 0x20 || *c == '\n', "a control character in the text for people");
        }
        if (lines > LINES_MAX)
                note(cutting, "%u lines of text", lines);
        free(text);
}

static void compare_with(struct cutting *cutting, const struct outcome *whole, bool is_loose,
                         struct json_object *parsed)
{
        struct cut_comparison comparison = { .is_loose = is_loose, .is_suffix = cutting->begin > 0 };

        if (!cut_compare(&comparison, parsed, whole->parsed) && !is_known(cutting, comparison.conflict))
                note(cutting, "seq %" PRIu64 "%s", whole->seq, comparison.conflict);
}

/* Without the kill line, the victim's sizes are those of its row, as its candidate has them. */
static void check_sizes_of_row(struct cutting *cutting, const struct outcome *outcome, struct json_object *alert)
{
        static const char *const sizes[] = { "rss_bytes", "pgtables_bytes" };
        struct json_object *victim = json_object_object_get(alert, "victim");
        struct json_object *candidates = json_object_object_get(alert, "candidates");

        for (size_t i = 0; candidates && i < json_object_array_length(candidates); i++) {
                struct json_object *row = json_object_array_get_idx(candidates, i);

                if (json_object_get_int64(json_object_object_get(row, "pid")) != outcome->pid)
                        continue;
                for (size_t j = 0; j < COUNT(sizes); j++) {
                        struct json_object *told = json_object_object_get(victim, sizes[j]);

                        if (told &&
                            json_object_get_int64(told) != json_object_get_int64(json_object_object_get(row, sizes[j])))
                                note(cutting, "seq %" PRIu64 ": %s is not that of its row", outcome->seq, sizes[j]);
                }
        }
}

/* A report whose end was lost in the whole file makes no alert there; cut before the loss, it is one that came to no kill. */
static bool is_lost_in_whole(const struct cutting *cutting)
{
        size_t next_alert = cutting->log.count;

        for (size_t i = 0; i < cutting->whole_count; i++)
                if (cutting->whole[i].index >= cutting->end && cutting->whole[i].index < next_alert)
                        next_alert = cutting->whole[i].index;
        for (size_t i = cutting->end; i < next_alert; i++)
                if (cutting->log.records[i].jump != CUT_JUMP_NONE)
                        return true;
        return false;
}

/* Of a run of reports that say the same, the whole file's alerts are of the first and the last; here they may be of others, which
 * differ in what changes from one to the next. */
static bool is_of_run(const struct cutting *cutting, struct json_object *parsed)
{
        struct json_object *limit = json_object_object_get(parsed, "limit");
        struct json_object *cgroup = json_object_object_get(limit, "cgroup");

        for (size_t i = 0; i < cutting->whole_count; i++) {
                struct json_object *whole = cutting->whole[i].parsed;

                if (json_object_object_get(whole, "recurrence") &&
                    (!cgroup || json_object_equal(cgroup, json_object_object_get(json_object_object_get(whole, "limit"),
                                                                                 "cgroup"))))
                        return true;
        }
        return false;
}

/* A report that came to no kill here, or only as far as the kernel's choice, is one of the whole file's, whoever was killed
 * then (a child of the one chosen) or was not (it had exited). */
static void compare_no_victim(struct cutting *cutting, const struct outcome *outcome, struct json_object *parsed)
{
        struct cut_comparison comparison = { .is_loose = true,
                                             .is_no_victim = true,
                                             .is_other_end = outcome->type == OOM_TYPE_KILL,
                                             .is_suffix = cutting->begin > 0 };
        char nearest[sizeof(comparison.conflict)] = "";
        uint64_t distance = UINT64_MAX;

        for (size_t i = 0; i < cutting->whole_count; i++) {
                uint64_t apart;

                if (cut_compare(&comparison, parsed, cutting->whole[i].parsed))
                        return;
                apart = cutting->whole[i].seq > outcome->seq ? cutting->whole[i].seq - outcome->seq
                                                             : outcome->seq - cutting->whole[i].seq;
                if (apart < distance) {
                        distance = apart;
                        memcpy(nearest, comparison.conflict, sizeof(nearest));
                }
        }
        if (is_lost_in_whole(cutting) || is_of_run(cutting, parsed) || is_known(cutting, nearest))
                return;
        note(cutting, "no alert of the whole file is that of the report at seq %" PRIu64 "; the nearest has %s",
             outcome->seq, nearest);
}

static void compare(struct cutting *cutting, const struct outcome *outcome, const char *json)
{
        const struct outcome *same = NULL, *same_victim = NULL;
        struct json_object *parsed;

        for (size_t i = 0; i < cutting->whole_count; i++) {
                const struct outcome *whole = &cutting->whole[i];

                if (whole->type == outcome->type && whole->seq == outcome->seq)
                        same = whole;
                if (whole->type == outcome->type && whole->pid == outcome->pid &&
                    (!same_victim || whole->seq <= outcome->seq || same_victim->seq < outcome->seq))
                        same_victim = whole;
        }
        if (same && strcmp(same->json, json) == 0)
                return;
        parsed = json_tokener_parse(json);
        must(parsed, "the JSON is none");
        if (same && !(outcome->type == OOM_TYPE_NO_VICTIM && is_of_run(cutting, parsed)))
                compare_with(cutting, same, false, parsed);
        else if (same_victim && outcome->has_kill_line && same_victim->seq < outcome->seq)
                ; /* the kernel's second line about the first victim of a group; its first line is cut off */
        else if (same_victim && outcome->type == OOM_TYPE_KILL) {
                compare_with(cutting, same_victim, true, parsed);
                if (!outcome->has_kill_line)
                        check_sizes_of_row(cutting, outcome, parsed);
        } else if (outcome->type == OOM_TYPE_NO_VICTIM || (outcome->type == OOM_TYPE_KILL && !outcome->has_kill_line))
                compare_no_victim(cutting, outcome, parsed);
        else
                note(cutting, "the whole file has no such alert: %s", json);
        json_object_put(parsed);
}

static struct outcome outcome_of(const struct oom_incident *incident)
{
        return (struct outcome){ .type = incident->type,
                                 .seq = incident->seq,
                                 .pid = incident->victim.pid,
                                 .has_kill_line = incident->type == OOM_TYPE_KILL && incident->report &&
                                                  (incident->report->parts & OOM_PART_KILLED) };
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct alert_context context = { .kind = ALERT_SOURCE_KMSG,
                                         .time_usec = OOM_UNKNOWN,
                                         .machine = { OOM_UNKNOWN, OOM_UNKNOWN } };
        struct cutting *cutting = userdata;
        struct outcome outcome = outcome_of(incident);
        struct alert alert;
        char *json;

        if (incident->repeat == OOM_REPEAT_AGAIN)
                return; /* it is counted; no alert is made of it */
        alert_from_incident(incident, &context, &alert);
        json = alert_to_json(&alert, NULL);
        must(json, "alert_to_json");
        if (cutting->end) {
                must(cutting->part_count < ALERTS_MAX, "too many alerts");
                cutting->part[cutting->part_count++] = outcome;
                compare(cutting, &outcome, json);
                free(json);
        } else {
                must(cutting->whole_count < ALERTS_MAX, "too many alerts");
                outcome.json = json;
                outcome.parsed = json_tokener_parse(json);
                must(outcome.parsed, "the JSON is none");
                while (cutting->log.records[outcome.index].record.seq != outcome.seq ||
                       cutting->log.records[outcome.index].record.mono_usec != incident->mono_usec)
                        must(++outcome.index < cutting->log.count, "an alert of no record");
                cutting->whole[cutting->whole_count++] = outcome;
        }
        check_text(cutting, &alert);
        alert_done(&alert);
}

static bool is_reported(const struct cutting *cutting, const struct outcome *whole)
{
        for (size_t i = 0; i < cutting->part_count; i++)
                if (cutting->part[i].type == OOM_TYPE_KILL && cutting->part[i].pid == whole->pid)
                        return true;
        return false;
}

static void read_part(struct cutting *cutting, size_t begin, size_t end)
{
        cutting->begin = begin;
        cutting->end = end;
        cutting->part_count = 0;
        cut_log_replay(&cutting->log, begin, end, cutting->parser);
        for (size_t i = 0; i < cutting->whole_count; i++) {
                const struct outcome *whole = &cutting->whole[i];

                if (whole->has_kill_line && whole->index >= begin && whole->index < end && !is_reported(cutting, whole))
                        note(cutting, "the kill of seq %" PRIu64 " is not reported", whole->seq);
        }
}

/* A cut before record i: next to or inside a report. */
static bool is_cut_point(const struct cut_log *log, size_t i)
{
        return log->records[i].is_of_report || log->records[i - 1].is_of_report;
}

static void cut_everywhere(struct cutting *cutting, size_t stride)
{
        const struct cut_log *log = &cutting->log;
        size_t window = log->count > WHOLE_MAX ? WINDOW_RECORDS : log->count;

        if (log->count > MANY_RECORDS && stride < MANY_STRIDE)
                stride = MANY_STRIDE;
        for (size_t i = 1; i < log->count; i++) {
                if (!is_cut_point(log, i) || i % stride != 0)
                        continue;
                read_part(cutting, i > window ? i - window : 0, i);
                read_part(cutting, i, log->count - i > window ? i + window : log->count);
        }
}

static unsigned cut_file(const char *path, size_t stride)
{
        struct cutting cutting = { 0 };
        unsigned failures;

        cut_log_load(path, &cutting.log);
        ck_assert_int_eq(oom_parser_new(on_incident, &cutting, &cutting.parser), 0);
        cutting.whole = calloc(ALERTS_MAX, sizeof(*cutting.whole));
        cutting.part = calloc(ALERTS_MAX, sizeof(*cutting.part));
        ck_assert(cutting.whole && cutting.part);
        cut_log_replay(&cutting.log, 0, cutting.log.count, cutting.parser);
        cut_everywhere(&cutting, stride);
        failures = cutting.failures;
        if (failures > SHOWN_MAX)
                (void)fprintf(stderr, "%s: %u more\n", path + sizeof(TESTS_DIR), failures - SHOWN_MAX);
        for (size_t i = 0; i < cutting.whole_count; i++) {
                json_object_put(cutting.whole[i].parsed);
                free(cutting.whole[i].json);
        }
        free(cutting.part);
        free(cutting.whole);
        oom_parser_free(cutting.parser);
        cut_log_done(&cutting.log);
        return failures;
}

static void cut_files(const char *pattern)
{
        const char *stride = getenv("OOMWATCH_CUTS_STRIDE"), *only = getenv("OOMWATCH_CUTS_ONLY");
        unsigned bad_files = 0;
        size_t cut = 0;
        glob_t files;

        ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
        for (size_t i = 0; i < files.gl_pathc; i++) {
                if (only && !strstr(files.gl_pathv[i], only))
                        continue;
                bad_files += cut_file(files.gl_pathv[i], stride ? (size_t)atoi(stride) : 1) > 0;
                cut++;
        }
        globfree(&files);
        ck_assert(only || cut > 0);
        ck_assert_msg(bad_files == 0, "%u of %zu files make other alerts when they are cut", bad_files, cut);
}

START_TEST(test_cut_report_of_each_format_invents_nothing)
{
        cut_files(TESTS_DIR "/corpus/cases/formats/*/*.kmsg");
}
END_TEST

START_TEST(test_cut_real_report_invents_nothing)
{
        cut_files(TESTS_DIR "/corpus/cases/[0-9]*/[!s]*.kmsg");
}
END_TEST

START_TEST(test_cut_storm_invents_nothing)
{
        cut_files(TESTS_DIR "/corpus/cases/[0-9]*/s*.kmsg");
}
END_TEST

START_TEST(test_cut_report_of_another_machine_invents_nothing)
{
        cut_files(TESTS_DIR "/corpus/cases/[a-z]*/*.kmsg");
}
END_TEST

TEST_MAIN("cuts", CASE(test_cut_report_of_each_format_invents_nothing), CASE(test_cut_real_report_invents_nothing),
          CASE(test_cut_storm_invents_nothing), CASE(test_cut_report_of_another_machine_invents_nothing))
