#include "scan/dedup.h"

#include "logfile/stamp.h"
#include "parse/parser.h"
#include "util/array.h"
#include "util/usec.h"

#define USEC_PER_DAY (24 * 3600 * USEC_PER_SEC)
/* Zones differ by whole quarters of an hour, and nearly all that occur together by no more than this. */
#define ZONE_STEP_USEC (900 * USEC_PER_SEC)
#define ZONE_MAX_USEC  (14 * 3600 * USEC_PER_SEC)

#define DOUBT_ZONE (LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_ZONE_UNKNOWN)

uint64_t dedup_hash(const struct sighting *sighting)
{
        enum alert_type type = sighting->type == ALERT_OOM_PANIC ? ALERT_OOM_NO_VICTIM : sighting->type;
        uint64_t hash = 0xcbf29ce484222325 ^ (uint64_t)type;

        hash = (hash ^ (uint64_t)sighting->pid) * 0x9e3779b97f4a7c15;
        return hash ^ hash >> 29;
}

static int doubts_of(const struct log_time *time)
{
        static const struct {
                unsigned doubt;
                int weight;
        } weights[] = {
                { LOG_DOUBT_CLOCK, 8 },        { LOG_DOUBT_STAMP, 8 },        { LOG_DOUBT_YEAR, 4 },
                { LOG_DOUBT_ZONE_UNKNOWN, 2 }, { LOG_DOUBT_ZONE_ASSUMED, 1 }, { LOG_DOUBT_SECOND, 3 },
        };
        int sum = 0;

        if (time->usec == LOG_UNKNOWN)
                return time->date.month ? 100 : 200;
        for (size_t i = 0; i < COUNT(weights); i++)
                sum += time->doubts & weights[i].doubt ? weights[i].weight : 0;
        return sum;
}

const struct log_time *dedup_better_time(const struct log_time *a, const struct log_time *b)
{
        int doubts_a = doubts_of(a), doubts_b = doubts_of(b);

        if (doubts_a != doubts_b)
                return doubts_a < doubts_b ? a : b;
        return b->resolution_usec < a->resolution_usec ? b : a;
}

static int64_t distance(int64_t a, int64_t b)
{
        return a < b ? b - a : a - b; /* times of years up to 9999: no overflow */
}

/* Do they differ by a whole number of steps, up to limit, give or take slack? step 0: none. */
static bool is_near(int64_t a, int64_t b, int64_t slack, int64_t step, int64_t limit)
{
        int64_t apart = distance(a, b), past_step;

        if (apart <= slack)
                return true;
        if (step == 0 || apart > limit + slack)
                return false;
        past_step = apart % step;
        return past_step <= slack || step - past_step <= slack;
}

static int64_t in_year(const struct log_time *time, int32_t year, log_local_time_fn local_time)
{
        struct log_date date = time->date;
        int64_t usec;

        date.year = year;
        usec = local_time && year != 2000 ? local_time(&date, NULL) : log_date_usec(&date);
        return usec == LOG_UNKNOWN ? LOG_UNKNOWN : usec + time->fraction_usec;
}

static bool is_yearless(const struct log_time *time)
{
        return time->doubts & LOG_DOUBT_YEAR && time->date.month;
}

/* yearless has no sure year; sure is a moment. */
static bool matches_in_some_year(const struct log_time *yearless, int64_t sure, int64_t slack, int64_t step,
                                 log_local_time_fn local_time)
{
        int32_t year =
                (int32_t)(1970 + sure / (365 * USEC_PER_DAY + USEC_PER_DAY / 4)); /* or the year before or after */

        for (int32_t y = year - 1; y <= year + 1; y++) {
                int64_t usec = in_year(yearless, y, local_time);

                if (usec != LOG_UNKNOWN && is_near(usec, sure, slack, step, ZONE_MAX_USEC))
                        return true;
        }
        return false;
}

/* between_usec: what may lie between the two lines. */
static bool times_match(const struct log_time *a, const struct log_time *b, int64_t between_usec,
                        log_local_time_fn local_time)
{
        int64_t coarser = a->resolution_usec > b->resolution_usec ? a->resolution_usec : b->resolution_usec;
        int64_t slack = between_usec + DEDUP_TIME_SLACK_USEC + (coarser > 0 ? coarser : USEC_PER_SEC);
        int64_t step = !(a->doubts & DOUBT_ZONE) != !(b->doubts & DOUBT_ZONE) ? ZONE_STEP_USEC : 0;

        if ((a->doubts | b->doubts) & (LOG_DOUBT_CLOCK | LOG_DOUBT_STAMP))
                slack += DEDUP_CLOCK_SLACK_USEC;
        if (is_yearless(a) && is_yearless(b))
                return is_near(in_year(a, 2000, NULL), in_year(b, 2000, NULL), slack, 0, 0);
        if (is_yearless(a))
                return b->usec == LOG_UNKNOWN || matches_in_some_year(a, b->usec, slack, step, local_time);
        if (is_yearless(b))
                return a->usec == LOG_UNKNOWN || matches_in_some_year(b, a->usec, slack, step, local_time);
        return a->usec == LOG_UNKNOWN || b->usec == LOG_UNKNOWN ||
               is_near(a->usec, b->usec, slack, step, ZONE_MAX_USEC);
}

static bool sizes_match(const struct sighting *a, const struct sighting *b)
{
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                if (a->sizes[i] != b->sizes[i] && a->sizes[i] != SIGHTING_SIZE_UNKNOWN &&
                    b->sizes[i] != SIGHTING_SIZE_UNKNOWN)
                        return false;
        return true;
}

/* Was the kill line read? */
static bool has_sizes(const struct sighting *sighting)
{
        return sighting->sizes[SIGHTING_TOTAL_VM] != SIGHTING_SIZE_UNKNOWN ||
               sighting->sizes[SIGHTING_ANON_RSS] != SIGHTING_SIZE_UNKNOWN;
}

/* Do some forms of logs change the name: blanks for a tab, "?" or an escape for what isn't printable? */
static bool has_fragile_comm(const struct sighting *sighting)
{
        for (size_t i = 0; i < sighting->comm_length; i++) {
                char c = sighting->comm[i];

                if (c < ' ' || c > '~' || c == '\\' || c == '?' || c == '#' ||
                    (c == ' ' && i + 1 < sighting->comm_length && sighting->comm[i + 1] == ' '))
                        return true;
        }
        return false;
}

/* The same pid with the same sizes at the same time is the same process, even if a log has changed its name. */
static bool comms_match(const struct sighting *a, const struct sighting *b)
{
        if (a->has_comm != b->has_comm)
                return false;
        if (a->comm_length == b->comm_length && memcmp(a->comm, b->comm, a->comm_length) == 0)
                return true;
        return has_sizes(a) && has_sizes(b) && (has_fragile_comm(a) || has_fragile_comm(b));
}

bool dedup_is_of_run(const struct sighting *sighting)
{
        return sighting->type == ALERT_OOM_NO_VICTIM && sighting->is_none_killable;
}

enum spans { SPANS_UNKNOWN, SPANS_OVERLAP, SPANS_APART };

/* *ret_usec: how far apart. */
static enum spans compare_spans(int64_t a, int64_t a_last, int64_t b, int64_t b_last, int64_t *ret_usec)
{
        *ret_usec = a_last < b ? b - a_last : a - b_last;
        return a_last < b || b_last < a ? SPANS_APART : SPANS_OVERLAP;
}

/* Only times of one kind of log tell that two spans are apart. */
static enum spans compare_runs(const struct sighting *a, const struct sighting *b, int64_t *ret_usec)
{
        const struct sighting_run run = sighting_run_of(a), b_run = sighting_run_of(b);
        const struct log_time *from = &a->time, *to = &run.time, *b_from = &b->time, *b_to = &b_run.time;
        int64_t past = from->resolution_usec > 1 ? from->resolution_usec - 1 : 0;
        enum spans spans;

        if (a->mono_usec != LOG_UNKNOWN && b->mono_usec != LOG_UNKNOWN)
                return compare_spans(a->mono_usec, run.mono_usec, b->mono_usec, b_run.mono_usec, ret_usec);
        if (from->usec == LOG_UNKNOWN || to->usec == LOG_UNKNOWN || b_from->usec == LOG_UNKNOWN ||
            b_to->usec == LOG_UNKNOWN)
                return SPANS_UNKNOWN;
        spans = compare_spans(from->usec, to->usec + past, b_from->usec, b_to->usec + past, ret_usec);
        if (spans == SPANS_APART &&
            (from->doubts != b_from->doubts || from->resolution_usec != b_from->resolution_usec))
                return SPANS_UNKNOWN;
        return spans;
}

bool dedup_is_apart(const struct sighting *a, const struct sighting *b)
{
        int64_t usec;

        return compare_runs(a, b, &usec) == SPANS_APART;
}

/* Of a run of reports, logs may have more or less, or one the beginning and another the end. */
static bool runs_match(const struct sighting *a, const struct sighting *b, log_local_time_fn local_time)
{
        const struct sighting_run run = sighting_run_of(a), b_run = sighting_run_of(b);
        int64_t apart_usec = 0;

        switch (compare_runs(a, b, &apart_usec)) {
        case SPANS_OVERLAP:
                return true;
        case SPANS_APART:
                return apart_usec <= (int64_t)OOM_PARSER_QUIET_USEC;
        case SPANS_UNKNOWN:
                break;
        }
        return times_match(&a->time, &b->time, 0, local_time) || times_match(&run.time, &b_run.time, 0, local_time);
}

/* A log has the report, but not the panic that the kernel ended it with. */
static bool is_of_panic(const struct sighting *a, const struct sighting *b)
{
        return a->type != b->type && !a->run && !b->run && a->pid != OOM_UNKNOWN && a->has_comm &&
               (a->type == ALERT_OOM_PANIC || b->type == ALERT_OOM_PANIC) &&
               (a->type == ALERT_OOM_NO_VICTIM || b->type == ALERT_OOM_NO_VICTIM);
}

bool dedup_match(const struct sighting *a, const struct sighting *b, log_local_time_fn local_time)
{
        bool have_stamps = a->mono_usec != LOG_UNKNOWN && b->mono_usec != LOG_UNKNOWN;
        int64_t within_usec = a->type != b->type             ? (int64_t)OOM_PARSER_IDLE_USEC
                              : has_sizes(a) == has_sizes(b) ? 0
                                                             : DEDUP_REPORT_USEC;
        bool are_of_run = dedup_is_of_run(a) && dedup_is_of_run(b) && (a->run || b->run);

        if (a->type == b->type ? a->message_hash != b->message_hash : !is_of_panic(a, b))
                return false;
        if (a->limit_hash && b->limit_hash && a->limit_hash != b->limit_hash)
                return false;
        /* Each report of a run may be another process's. */
        if ((a->pid != b->pid || !comms_match(a, b)) && (!are_of_run || !a->limit_hash || !b->limit_hash))
                return false;
        if ((a->host && b->host && a->host != b->host) ||
            (a->boot_hash && b->boot_hash && a->boot_hash != b->boot_hash) || !sizes_match(a, b))
                return false;
        if (are_of_run)
                return runs_match(a, b, local_time);
        if (have_stamps && distance(a->mono_usec, b->mono_usec) > within_usec)
                return false;
        return times_match(&a->time, &b->time, a->type == b->type ? 0 : within_usec, local_time);
}
