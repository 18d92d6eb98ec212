#include "scan/finder.h"

#include <errno.h>
#include <stdlib.h>

#include "logfile/stamp.h"
#include "parse/line.h"
#include "parse/rating.h"
#include "scan/finder_state.h"

/* Of a message without a level: the default of most kernels. */
#define LEVEL_DEFAULT 4

int finder_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct finder **ret_finder)
{
        struct finder *finder = calloc(1, sizeof(*finder));

        if (!finder)
                return -ENOMEM;
        finder->options = *options;
        log_searcher_init(&finder->searcher, LOG_SEARCH_TEXT);
        finder->store = store;
        finder->batch = batch;
        *ret_finder = finder;
        return 0;
}

struct finder *finder_free(struct finder *finder)
{
        if (finder)
                for (size_t i = 0; i < FINDER_HOSTS_MAX; i++) {
                        oom_parser_free(finder->hosts[i].parser);
                        free(finder->hosts[i].raw);
                }
        free(finder);
        return NULL;
}

/* ---- hosts -------------------------------------------------------------------------------------------------------------- */

/* Marks and kills stay: the numbers that they are found by never repeat. */
static void reset_host(struct finder_host *host)
{
        if (host->parser)
                oom_parser_flush(host->parser);
        host->clock = CLOCK_UNKNOWN;
        host->prose_seq = 0;
        host->has_open_report = false;
}

static int assign_host(struct finder *finder, struct finder_host *host, const struct log_message *message)
{
        int r = store_host_number(finder->store, message->host, &host->number);

        if (r < 0)
                return r;
        host->finder = finder;
        if (finder->options.with_raw && !host->raw) {
                host->raw = malloc(FINDER_RAW_MAX);
                if (!host->raw)
                        return -ENOMEM;
        }
        host->name_length = message->host.length;
        if (message->host.length)
                memcpy(host->name, message->host.data, message->host.length);
        host->path_hash = finder_hash(message->path);
        host->boot_hash = 0;
        host->boot_id[0] = '\0';
        return 0;
}

/* Prefers a host without an open report; of these, the one that was silent for longest. */
static struct finder_host *find_least_used(struct finder *finder)
{
        struct finder_host *slot = &finder->hosts[0];

        for (size_t i = 1; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (host->has_open_report != slot->has_open_report ? slot->has_open_report
                                                                   : host->last_used < slot->last_used)
                        slot = host;
        }
        return slot;
}

/* Returns the message's host, or NULL if all slots are other hosts'. Only a decisive line replaces one of these: a report that
 * begins with another line has lost its beginning. */
static struct finder_host *find_host(struct finder *finder, const struct log_message *message, bool is_decisive_line)
{
        uint64_t path = finder_hash(message->path);
        struct finder_host *slot;
        int r;

        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (host->last_used && host->path_hash == path &&
                    text_equal((struct text){ host->name, host->name_length }, message->host))
                        return host;
        }
        slot = find_least_used(finder);
        if (slot->last_used && !is_decisive_line)
                return NULL;
        reset_host(slot);
        slot->last_used = 0;
        r = assign_host(finder, slot, message);
        if (r == 0)
                return slot;
        if (finder->error == 0)
                finder->error = r;
        return NULL;
}

/* ---- the clock --------------------------------------------------------------------------------------------------------- */

static int64_t yearless_usec(const struct log_time *time)
{
        return time->date.month ? log_date_usec_in_2000(&time->date) + time->fraction_usec : LOG_UNKNOWN;
}

static enum clock read_clock(const struct log_message *message, int64_t *ret_usec)
{
        if (message->mono_usec != LOG_UNKNOWN) {
                *ret_usec = message->mono_usec;
                return CLOCK_KERNEL;
        }
        *ret_usec = message->time.usec != LOG_UNKNOWN ? message->time.usec : yearless_usec(&message->time);
        return *ret_usec != LOG_UNKNOWN ? CLOCK_LOG : CLOCK_NONE;
}

/* The time of the log went on for hours, and the kernel's stamps did not: another boot, or a sleep in which nothing is printed. */
static bool has_stamps_of_another_boot(const struct finder_host *host, const struct log_message *message)
{
        const struct mark *last = &host->last;
        int64_t since;

        if (message->mono_usec == LOG_UNKNOWN || message->time.usec == LOG_UNKNOWN || host->clock != CLOCK_KERNEL ||
            last->mono_usec == LOG_UNKNOWN || last->time.usec == LOG_UNKNOWN)
                return false;
        since = message->time.usec - last->time.usec - (message->mono_usec - last->mono_usec);
        return since > FINDER_BOOT_AHEAD_USEC;
}

/* Moves the host's clock to the message's time, or resets the host if another boot begins. */
static void advance(struct finder_host *host, const struct log_message *message)
{
        uint64_t boot = message->boot_id.length == LOG_BOOT_ID_LENGTH ? finder_hash(message->boot_id) : 0;
        int64_t usec;
        enum clock clock = read_clock(message, &usec);
        bool is_same = clock == CLOCK_NONE || host->clock == CLOCK_UNKNOWN || clock == host->clock;

        /* A line without a stamp in a log that has stamps gets that of the line before. */
        if (clock == CLOCK_LOG && host->clock == CLOCK_KERNEL)
                clock = CLOCK_NONE, is_same = true;
        if (!is_same || has_stamps_of_another_boot(host, message) ||
            (boot && host->boot_hash && boot != host->boot_hash) ||
            (clock != CLOCK_NONE && host->clock == clock && usec < (int64_t)host->mono_usec - FINDER_BOOT_BACK_USEC))
                reset_host(host);
        if (boot) {
                host->boot_hash = boot;
                memcpy(host->boot_id, message->boot_id.data, LOG_BOOT_ID_LENGTH);
        }
        if (clock != CLOCK_NONE) {
                host->clock = clock;
                host->mono_usec = usec > 0 ? (uint64_t)usec : 0;
        }
}

/* Are records missing before the message? The reader drops records of others than the kernel, but each has a line. */
static bool is_gap(const struct finder *finder, const struct finder_host *host, const struct log_message *message)
{
        uint64_t records, lines;

        if (message->seq == LOG_UNKNOWN || host->last.record_seq == LOG_UNKNOWN || finder->has_gap ||
            message->seq <= host->last.record_seq)
                return false;
        records = (uint64_t)message->seq - (uint64_t)host->last.record_seq;
        lines = message->line_number > host->last.line ? message->line_number - host->last.line
                                                       : host->last.line - message->line_number; /* newest first */
        return records > lines;
}

/* ---- messages ----------------------------------------------------------------------------------------------------------- */

/* A parser has memory for large reports, and most logs have no report: it is made for the first line that may be of one. */
static bool has_parser(struct finder *finder, struct finder_host *host, const struct log_message *message,
                       bool is_decisive_line)
{
        struct oom_line line;
        int r;

        if (host->parser)
                return true;
        if (message->flag == KMSG_FLAG_NONE && !is_decisive_line &&
            oom_line_parse_log(message->text, OOM_END_OPEN, &line) == OOM_LINE_OTHER)
                return false;
        r = oom_parser_new(finder_report, host, &host->parser);
        if (r < 0 && finder->error == 0)
                finder->error = r;
        return r == 0;
}

static enum kmsg_origin origin_of(const struct finder *finder, const struct log_message *message)
{
        if (message->form != LOG_FORM_KMSG)
                return KMSG_ORIGIN_LINES;
        return finder->options.ring ? KMSG_ORIGIN_KERNEL : KMSG_ORIGIN_RECORDS;
}

static void keep_raw(struct finder_host *host, struct text line)
{
        if (!host->raw || line.length + 1 > FINDER_RAW_MAX - host->raw_length)
                return;
        if (line.length)
                memcpy(host->raw + host->raw_length, line.data, line.length);
        host->raw_length += line.length;
        host->raw[host->raw_length++] = '\n';
}

/* So many messages after prose, a mention of a kill is of it. */
#define PROSE_REACH 8

/* A text without a prefix may be anybody's. Is it of a kill that people write about? */
static bool is_mention(struct finder_host *host, const struct log_message *message, bool is_decisive_line)
{
        uint64_t now = host->last_used;

        if (message->form != LOG_FORM_RAW)
                return false;
        if (is_decisive_line)
                switch (oom_mention_of(message->text)) {
                case OOM_MENTION_NONE:
                        break;
                case OOM_MENTION_PROSE:
                        host->prose_seq = now;
                        return true;
                case OOM_MENTION_BRIEF:
                        return !host->has_open_report && host->prose_seq && now - host->prose_seq <= PROSE_REACH;
                }
        if (oom_is_prose(message->text))
                host->prose_seq = now;
        return false;
}

void finder_push(const struct log_message *message, void *userdata)
{
        struct finder *finder = userdata;
        uint64_t n_newlines = 0;
        /* May this line make an incident, or begin a report? */
        bool is_decisive_line =
                     log_searcher_find(&finder->searcher, message->text, 0, &n_newlines) < message->text.length,
             was_open;
        struct finder_host *host = find_host(finder, message, is_decisive_line);
        struct oom_line line;
        struct kmsg_record record = {
                .level = (uint8_t)(message->level == LOG_UNKNOWN ? LEVEL_DEFAULT : message->level),
                .facility = KMSG_FACILITY_KERNEL,
                .flag = message->flag,
                .is_truncated = message->is_truncated,
                .origin = origin_of(finder, message),
                .line_length = message->line_length,
                .caller = message->caller,
                .text = message->text,
        };

        if (!host)
                return;
        finder->seq += finder->has_gap; /* so that nothing seems to follow the last line before the gap */
        host->last_used = ++finder->seq;
        if (is_mention(host, message, is_decisive_line))
                return;
        advance(host, message);
        if (host->parser && is_gap(finder, host, message))
                oom_parser_gap(host->parser);
        finder->has_gap = false;
        /* The ring buffer's numbers are of one boot, and make ids. */
        record.seq = finder->options.ring ? (uint64_t)message->seq : finder->seq;
        record.mono_usec = host->mono_usec;
        host->last = (struct mark){ record.seq, message->line_number, message->seq, message->mono_usec, message->time };
        if (!has_parser(finder, host, message, is_decisive_line))
                return;
        if (is_decisive_line) {
                host->marks[host->next_mark] = host->last;
                host->next_mark = (host->next_mark + 1) % MARKS_MAX;
        }
        if (!host->has_open_report)
                host->raw_length = 0;
        keep_raw(host, message->text);
        oom_parser_push(host->parser, &record);
        was_open = host->has_open_report;
        /* afterwards, since the line may be of a report that is printed slowly */
        host->has_open_report = oom_parser_tick(host->parser, record.mono_usec);
        /* The line is parsed once more only when the report would soon be closed: it takes as long as oom_parser_push(). */
        if (is_decisive_line || !was_open ||
            (host->has_open_report && finder->n_bytes - host->report_bytes > FINDER_IDLE_BYTES / 2 &&
             oom_line_parse_log(message->text, OOM_END_OPEN, &line) != OOM_LINE_OTHER))
                host->report_bytes = finder->n_bytes;
}

void finder_skip(struct finder *finder)
{
        finder->has_gap = true;
}

bool finder_expects_more(struct finder *finder, uint64_t n_bytes)
{
        bool any = false;

        finder->n_bytes += n_bytes;
        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (!host->has_open_report)
                        continue;
                if (finder->n_bytes - host->report_bytes <= FINDER_IDLE_BYTES)
                        any = true;
                else
                        reset_host(host);
        }
        return any;
}

int finder_end(struct finder *finder)
{
        /* in the order of their last messages, whatever slots they have */
        for (;;) {
                struct finder_host *next = NULL;

                for (size_t i = 0; i < FINDER_HOSTS_MAX; i++)
                        if (finder->hosts[i].last_used && (!next || finder->hosts[i].last_used < next->last_used))
                                next = &finder->hosts[i];
                if (!next)
                        return finder->error;
                reset_host(next);
                next->last_used = 0;
        }
}
