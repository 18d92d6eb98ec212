#include "scan/finder.h"

#include <errno.h>
#include <stdlib.h>

#include "logfile/search/search.h"
#include "logfile/stamp.h"
#include "parse/line.h"
#include "scan/finder_state.h"

/* A message without a level: what most kernels print at. */
#define LEVEL_DEFAULT 4

int finder_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct finder **ret_finder)
{
        struct finder *finder = calloc(1, sizeof(*finder));

        if (!finder)
                return -ENOMEM;
        finder->options = *options;
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

/* 64-bit FNV-1a */
uint64_t finder_hash(struct text text)
{
        uint64_t value = 0xcbf29ce484222325;

        if (text.length == 0)
                return 0;
        for (size_t i = 0; i < text.length; i++)
                value = (value ^ (uint8_t)text.data[i]) * 0x100000001b3;
        return value ? value : 1;
}

/* ---- hosts -------------------------------------------------------------------------------------------------------------- */

static void forget(struct finder_host *host)
{
        if (host->parser)
                oom_parser_flush(host->parser);
        host->clock = CLOCK_UNKNOWN;
        host->last.record_seq = LOG_UNKNOWN;
        host->open = false;
        host->n_recent = host->next_recent = 0;
        host->raw_length = 0;
        for (size_t i = 0; i < MARKS; i++)
                host->marks[i].seq = 0;
}

static int take_place(struct finder *finder, struct finder_host *host, const struct log_message *message)
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
        host->path = finder_hash(message->path);
        host->boot = 0;
        host->boot_id[0] = '\0';
        return 0;
}

/* The one that gives way: one without an open report, if there is any, and of these the longest silent. */
static struct finder_host *find_room(struct finder *finder)
{
        struct finder_host *room = &finder->hosts[0];

        for (size_t i = 1; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (host->open != room->open ? room->open : host->used < room->used)
                        room = host;
        }
        return room;
}

/* The place of the message's host; NULL: it has none. Another gives way to it only when a line comes that may begin a report:
 * a report that begins with another line has lost its own. */
static struct finder_host *find_host(struct finder *finder, const struct log_message *message, bool is_beginning)
{
        uint64_t path = finder_hash(message->path);
        struct finder_host *room;
        int r;

        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (host->used && host->path == path &&
                    text_equal((struct text){ host->name, host->name_length }, message->host))
                        return host;
        }
        room = find_room(finder);
        if (room->used && !is_beginning)
                return NULL;
        if (room->used)
                forget(room);
        room->used = 0;
        r = take_place(finder, room, message);
        if (r == 0) {
                forget(room);
                return room;
        }
        if (finder->error == 0)
                finder->error = r;
        return NULL;
}

/* ---- the clock --------------------------------------------------------------------------------------------------------- */

/* The time of a message whose year isn't known, in some year that has every day. */
static int64_t yearless_usec(const struct log_time *time)
{
        struct log_date date = time->date;

        date.year = 2000;
        return time->date.month ? log_date_usec(&date) + time->fraction_usec : LOG_UNKNOWN;
}

static enum clock read_clock(const struct log_message *message, int64_t *ret_usec)
{
        if (message->mono_usec != LOG_UNKNOWN) {
                *ret_usec = message->mono_usec;
                return CLOCK_KERNEL;
        }
        *ret_usec = message->time.usec != LOG_UNKNOWN ? message->time.usec : yearless_usec(&message->time);
        return *ret_usec != LOG_UNKNOWN ? CLOCK_LOG : CLOCK_NUMBERED;
}

/* Moves the host's clock on to the message's, or begins another boot. */
static void advance(struct finder_host *host, const struct log_message *message)
{
        uint64_t boot = message->boot_id.length == LOG_BOOT_ID_LENGTH ? finder_hash(message->boot_id) : 0;
        int64_t usec;
        enum clock clock = read_clock(message, &usec);
        bool is_same = clock == CLOCK_NUMBERED || host->clock == CLOCK_UNKNOWN || clock == host->clock;

        /* A line without a stamp in a log that has them is of the moment of the one before. */
        if (clock == CLOCK_LOG && host->clock == CLOCK_KERNEL)
                clock = CLOCK_NUMBERED, is_same = true;
        if (!is_same || (boot && host->boot && boot != host->boot) ||
            (clock != CLOCK_NUMBERED && host->clock == clock &&
             usec < (int64_t)host->mono_usec - FINDER_BOOT_BACK_USEC))
                forget(host);
        if (boot) {
                host->boot = boot;
                memcpy(host->boot_id, message->boot_id.data, LOG_BOOT_ID_LENGTH);
        }
        if (clock != CLOCK_NUMBERED) {
                host->clock = clock;
                host->mono_usec = usec > 0 ? (uint64_t)usec : 0;
        }
}

/* Are records missing before the message? Records of others than the kernel are not told of, but each has a line. */
static bool is_gap(const struct finder *finder, const struct finder_host *host, const struct log_message *message)
{
        uint64_t records, lines;

        if (message->seq == LOG_UNKNOWN || host->last.record_seq == LOG_UNKNOWN || finder->skipped ||
            message->seq <= host->last.record_seq || message->line_number <= host->last.line)
                return false;
        records = (uint64_t)message->seq - (uint64_t)host->last.record_seq;
        lines = message->line_number - host->last.line;
        return records > lines;
}

/* ---- messages ----------------------------------------------------------------------------------------------------------- */

/* May this line make an incident, or begin a report? */
static bool is_decisive(struct text text)
{
        return log_search(text, 0, LOG_SEARCH_TEXT) < text.length;
}

/* A parser has room for large reports, which most logs have none of: it is made when a line comes that may be of one. */
static bool has_parser(struct finder *finder, struct finder_host *host, const struct log_message *message,
                       bool is_decisive_line)
{
        struct oom_line line;
        int r;

        if (host->parser)
                return true;
        if (message->flag == KMSG_FLAG_NONE && !is_decisive_line &&
            oom_line_parse(message->text, &line) == OOM_LINE_OTHER)
                return false;
        r = oom_parser_new(finder_report, host, &host->parser);
        if (r < 0 && finder->error == 0)
                finder->error = r;
        return r == 0;
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

void finder_push(const struct log_message *message, void *userdata)
{
        struct finder *finder = userdata;
        bool is_decisive_line = is_decisive(message->text), was_open;
        struct finder_host *host = find_host(finder, message, is_decisive_line);
        struct oom_line line;
        struct kmsg_record record = {
                .level = (uint8_t)(message->level == LOG_UNKNOWN ? LEVEL_DEFAULT : message->level),
                .facility = KMSG_FACILITY_KERNEL,
                .flag = message->flag,
                .is_truncated = message->is_truncated,
                .caller = message->caller,
                .text = message->text,
        };

        if (!host)
                return;
        host->used = ++finder->seq;
        advance(host, message);
        if (host->parser && is_gap(finder, host, message))
                oom_parser_gap(host->parser);
        finder->skipped = false;
        /* The ring buffer's numbers are of one boot, and make ids. */
        record.seq = finder->options.ring ? (uint64_t)message->seq : finder->seq;
        record.mono_usec = host->mono_usec;
        host->last = (struct mark){ record.seq, message->line_number, message->seq, message->mono_usec, message->time };
        if (!has_parser(finder, host, message, is_decisive_line))
                return;
        if (host->open)
                host->open = oom_parser_tick(host->parser, record.mono_usec);
        if (is_decisive_line) {
                host->marks[host->next_mark] = host->last;
                host->next_mark = (host->next_mark + 1) % MARKS;
        }
        if (!host->open)
                host->raw_length = 0;
        keep_raw(host, message->text);
        oom_parser_push(host->parser, &record);
        was_open = host->open;
        host->open = oom_parser_open_seq(host->parser) != UINT64_MAX;
        /* Whether it was of the report is asked only where nothing else tells: it takes as long as parsing it. */
        if (is_decisive_line || !was_open ||
            (host->open && finder->bytes - host->progress > FINDER_IDLE_BYTES / 2 &&
             oom_line_parse(message->text, &line) != OOM_LINE_OTHER))
                host->progress = finder->bytes;
}

void finder_skip(struct finder *finder)
{
        finder->skipped = true;
}

bool finder_expects_more(struct finder *finder, uint64_t bytes)
{
        bool any = false;

        finder->bytes += bytes;
        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++) {
                struct finder_host *host = &finder->hosts[i];

                if (!host->open)
                        continue;
                if (finder->bytes - host->progress <= FINDER_IDLE_BYTES)
                        any = true;
                else
                        forget(host);
        }
        return any;
}

int finder_end(struct finder *finder)
{
        /* in the order in which they spoke last, whatever places they had */
        for (;;) {
                struct finder_host *next = NULL;

                for (size_t i = 0; i < FINDER_HOSTS_MAX; i++)
                        if (finder->hosts[i].used && (!next || finder->hosts[i].used < next->used))
                                next = &finder->hosts[i];
                if (!next)
                        return finder->error;
                forget(next);
                next->used = 0;
        }
}
