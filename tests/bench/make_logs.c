/* tests/bench/make_logs.c: writes system logs of any size, with OOM reports among ordinary lines (log_lines.c). The same options
 * give the same bytes.
 *
 * usage: bench_make_logs [--size BYTES] [--files N] [--incidents N | --bare LINES] [--words] [--seed N] DIRECTORY
 *   --size       of all files together, in bytes, or with K, M, G (powers of 1024); 1G
 *   --files      6; each of another host
 *   --incidents  so many; without, one line in 10,000 is of a report
 *   --bare       no reports; one line in LINES is a kill line alone
 *   --words      four lines in ten have words of reports: "killed by signal", "limit reached", "memory used", "out of range"
 *
 * One line on standard output for each file: its path, bytes, lines, incidents, with tabs between; then "total" with the
 * sums. An incident is a process that was killed: of a group each one. Each has another pid. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench.h"
#include "log_lines.h"
#include "util/array.h"
#include "util/usec.h"

#define START_SEC        INT64_C(1740787200)             /* 2025-03-01 00:00:00 UTC */
#define SPAN_USEC        (60 * 24 * 3600 * USEC_PER_SEC) /* what the lines of a file are spread over, about */
#define UPTIME_USEC      (24 * 3600 * USEC_PER_SEC)      /* of each host at its first line */
#define LINE_BYTES       150                             /* about the mean */
#define REPORT_SHARE     10000                           /* one line in so many is of a report */
#define MEMBERS          3                               /* of a group, besides the first victim */
#define TASKS            12                              /* rows of the task table */
#define REPORT_LINE_USEC 15                              /* between the lines of a report */
#define LINE_MAX_BYTES   1024
#define FILES_MAX        100000

struct options {
        uint64_t size, files, incidents, bare, seed; /* bare 0: with reports */
        bool has_incidents, has_words;
        const char *directory;
};

struct counts {
        uint64_t bytes, lines, report_lines, incidents;
};

struct log_file {
        FILE *file;
        char host[32];
        uint64_t random;
        int64_t usec, step_usec; /* since START_SEC; mean step between lines */
        int64_t minute_sec;      /* of which clock[] is */
        char clock[16];          /* "Mar  1 10:20:" */
        bool has_words;
        unsigned next_pid;
        unsigned victim;
        const char *victim_comm, *trigger_comm;
        char memcg[64];
        struct counts counts;
};

/* xorshift64*: fast, the same everywhere */
static uint64_t random_next(struct log_file *log)
{
        uint64_t x = log->random;

        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        log->random = x;
        return x * UINT64_C(2685821657736338717) >> 16;
}

static unsigned random_below(struct log_file *log, unsigned limit)
{
        return (unsigned)(random_next(log) % limit);
}

static const char *pick(struct log_file *log, const char *const *names, size_t count)
{
        return names[random_below(log, (unsigned)count)];
}

#define PICK(log, names) pick(log, names, sizeof(names) / sizeof((names)[0]))

static const char *const users[] = {
        "root", "admin", "ubuntu", "postgres", "oracle", "deploy", "thomas", "git", "test"
};
static const char *const nouns[] = { "billing",   "checkout",   "frontend", "bloom",     "skills",    "search",
                                     "catalog",   "room",       "metadata", "reports",   "session",   "booking",
                                     "orders",    "tooling",    "broker",   "cache",     "importer",  "locker",
                                     "telemetry", "images",     "unlocked", "picker",    "comment",   "gateway",
                                     "invoices",  "payments",   "shipping", "customers", "inventory", "ledger",
                                     "mailer",    "scheduler",  "webhooks", "archive",   "audit",     "backup",
                                     "calendar",  "contacts",   "crawler",  "documents", "exporter",  "feeds",
                                     "graphql",   "identity",   "indexer",  "journal",   "keys",      "labels",
                                     "metrics",   "notifier",   "parser",   "planner",   "pricing",   "profiles",
                                     "proxy",     "quotas",     "rates",    "router",    "sitemap",   "storage",
                                     "templates", "thumbnails", "tickets",  "uploads",   "users",     "wiki" };
static const char *const comms[] = { "java",     "pengine",         "mysqld",
                                     "node",     "python3",         "chrome",
                                     "postgres", "Plex Media Serv", "next-build (v16",
                                     "php-fpm",  "qemu-system-x86", "celeryd" };

/* ---- a pattern filled in --------------------------------------------------------------------------------------------- */

static char *put_text(char *to, const char *text)
{
        size_t length = strlen(text);

        memcpy(to, text, length);
        return to + length;
}

static char *put_number(char *to, uint64_t number)
{
        char digits[20];
        size_t count = 0;

        do {
                digits[count++] = (char)('0' + number % 10);
                number /= 10;
        } while (number);
        while (count)
                *to++ = digits[--count];
        return to;
}

/* of width digits, with zeros in front */
static char *put_padded(char *to, uint64_t number, size_t width)
{
        for (size_t i = width; i--; number /= 10)
                to[i] = (char)('0' + number % 10);
        return to + width;
}

static char *put_hex(char *to, uint64_t number)
{
        for (int shift = 28; shift >= 0; shift -= 4)
                *to++ = "0123456789abcdef"[number >> shift & 15];
        return to;
}

static char *put_address(char *to, struct log_file *log)
{
        for (int i = 0; i < 4; i++) {
                if (i)
                        *to++ = '.';
                to = put_number(to, 1 + random_below(log, 254));
        }
        return to;
}

static char *put_made_up(char *to, struct log_file *log, char letter)
{
        switch (letter) {
        case 'n':
                return put_number(to, 1 + random_below(log, 999));
        case 'N':
                return put_number(to, 10000 + random_below(log, 55000));
        case 'x':
                return put_hex(to, random_next(log));
        case 'i':
                return put_address(to, log);
        case 'u':
                return put_text(to, PICK(log, users));
        case 'w':
                return put_text(to, PICK(log, nouns));
        case 'p':
                return put_number(to, 300 + random_below(log, 32000));
        case 'v':
                return put_number(to, log->victim);
        case 'c':
                return put_text(to, log->victim_comm);
        case 'a':
                return put_text(to, log->trigger_comm);
        case 'g':
                return put_text(to, log->memcg);
        default:
                errno = EINVAL;
                bench_die("a pattern of log_lines.c");
        }
}

static char *put_pattern(char *to, struct log_file *log, const char *pattern)
{
        const char *end = to + LINE_MAX_BYTES - 128;

        for (; *pattern && to < end; pattern++) {
                if (*pattern == '$')
                        to = put_made_up(to, log, *++pattern);
                else
                        *to++ = *pattern;
        }
        return to;
}

/* ---- a line ---------------------------------------------------------------------------------------------------------- */

/* "Mar  1 10:20:30 host " (RFC 3164, UTC) */
static char *put_prefix(char *to, struct log_file *log)
{
        int64_t sec = START_SEC + log->usec / USEC_PER_SEC;

        if (sec / 60 != log->minute_sec / 60) {
                time_t now = (time_t)sec;
                struct tm time;

                log->minute_sec = sec;
                (void)gmtime_r(&now, &time);
                if (strftime(log->clock, sizeof(log->clock), "%b %e %H:%M:", &time) == 0)
                        bench_die("strftime");
        }
        to = put_text(to, log->clock);
        to = put_padded(to, (uint64_t)sec % 60, 2);
        *to++ = ' ';
        to = put_text(to, log->host);
        *to++ = ' ';
        return to;
}

static void write_line(struct log_file *log, const char *program, const char *pattern)
{
        char line[2 * LINE_MAX_BYTES];
        char *to = put_prefix(line, log);
        size_t length;

        to = put_text(to, program);
        if (strcmp(program, "kernel") == 0) {
                uint64_t stamp = (uint64_t)(log->usec + UPTIME_USEC);

                to = put_text(to, ": [");
                to = put_number(to, stamp / (uint64_t)USEC_PER_SEC);
                *to++ = '.';
                to = put_padded(to, stamp % (uint64_t)USEC_PER_SEC, 6);
                to = put_text(to, "] ");
        } else {
                *to++ = '[';
                to = put_number(to, 300 + random_below(log, 32000));
                to = put_text(to, "]: ");
        }
        to = put_pattern(to, log, pattern);
        *to++ = '\n';
        length = (size_t)(to - line);
        if (fwrite(line, 1, length, log->file) != length)
                bench_die("write");
        log->counts.bytes += length;
        log->counts.lines++;
}

static const struct log_line *pick_line(struct log_file *log, const struct log_line *lines, size_t count)
{
        unsigned weights = 0, at;
        size_t i = 0;

        for (size_t j = 0; j < count; j++)
                weights += lines[j].weight;
        at = random_below(log, weights);
        while (at >= lines[i].weight)
                at -= lines[i++].weight;
        return &lines[i];
}

static void write_ordinary(struct log_file *log)
{
        bool has_words = log->has_words && random_below(log, 10) < 4;
        const struct log_line *line = has_words ? pick_line(log, log_word_lines, log_word_lines_count)
                                                : pick_line(log, log_lines, log_lines_count);

        write_line(log, line->program, line->text);
        log->usec += 1 + (int64_t)(random_next(log) % (uint64_t)(2 * log->step_usec));
}

/* ---- a report -------------------------------------------------------------------------------------------------------- */

static void write_report_line(struct log_file *log, const char *pattern)
{
        write_line(log, "kernel", pattern);
        log->counts.report_lines++;
        log->usec += REPORT_LINE_USEC;
}

static void next_victim(struct log_file *log)
{
        log->victim = log->next_pid++;
        log->counts.incidents++;
}

static void write_report(struct log_file *log, const struct log_report *report)
{
        log->victim_comm = PICK(log, comms);
        log->trigger_comm = PICK(log, comms);
        (void)snprintf(log->memcg, sizeof(log->memcg), "/system.slice/%s.service", PICK(log, nouns));
        next_victim(log);
        for (const char *const *line = report->lines; *line; line++) {
                if (strcmp(*line, LOG_TASKS) == 0) {
                        for (int i = 0; i < TASKS; i++)
                                write_report_line(log, report->row);
                } else if (strcmp(*line, LOG_MEMBERS) == 0) {
                        for (int i = 0; i < MEMBERS; i++) {
                                next_victim(log);
                                write_report_line(log, report->member);
                        }
                } else {
                        write_report_line(log, *line);
                }
        }
        log->usec += 20 * USEC_PER_SEC; /* it is over, and the rate limit's time */
}

/* One of the forms in turn, after each round of them a bare kill line; most limit more to write, if that is given. */
static void write_some_report(struct log_file *log, uint64_t turn, uint64_t most)
{
        const struct log_report *report = turn % (log_reports_count + 1) < log_reports_count
                                                  ? &log_reports[turn % (log_reports_count + 1)]
                                                  : &log_bare_kill;

        if (report->member && most < 1 + MEMBERS)
                report = &log_bare_kill;
        write_report(log, report);
}

/* ---- files ----------------------------------------------------------------------------------------------------------- */

/* Lines until the file has its size; its reports are spread over it. incidents: UINT64_MAX, or so many. bare: 0, or in how many lines
 * there is one kill line. */
static void fill(struct log_file *log, uint64_t size, uint64_t incidents, uint64_t bare, uint64_t turn)
{
        struct counts *counts = &log->counts;

        for (;;) {
                bool more = counts->bytes < size, due;

                if (bare)
                        due = more && (counts->incidents + 1) * bare <= counts->lines;
                else if (incidents == UINT64_MAX)
                        due = more && (counts->report_lines + 1) * REPORT_SHARE <= counts->lines;
                else /* as far in its number as in the bytes */
                        due = counts->incidents < incidents &&
                              (!more ||
                               (double)counts->incidents * (double)size <= (double)counts->bytes * (double)incidents);
                if (due && bare)
                        write_report(log, &log_bare_kill);
                else if (due)
                        write_some_report(log, turn++, incidents - counts->incidents);
                else if (more)
                        write_ordinary(log);
                else
                        return;
        }
}

static void make_file(const struct options *options, uint64_t number, struct counts *counts)
{
        static const char *const names[] = { "syslog", "messages", "kern.log", "daemon.log", "auth.log", "error" };
        uint64_t size = options->size / options->files;
        uint64_t incidents = UINT64_MAX;
        uint64_t lines = size / LINE_BYTES + 1;
        struct log_file log = { .random = (options->seed + number) * UINT64_C(0x9e3779b97f4a7c15) + 1,
                                .step_usec = SPAN_USEC / (int64_t)lines + 1,
                                .next_pid = 1000 };
        struct timespec times[2] = { 0 };
        char path[4096];
        int length;

        if (options->has_incidents)
                incidents = options->incidents * (number + 1) / options->files -
                            options->incidents * number / options->files;
        length = number < COUNT(names)
                         ? snprintf(path, sizeof(path), "%s/%s", options->directory, names[number])
                         : snprintf(path, sizeof(path), "%s/host-%05" PRIu64 ".log", options->directory, number);
        if (length < 0 || (size_t)length >= sizeof(path)) {
                errno = ENAMETOOLONG;
                bench_die(options->directory);
        }
        (void)snprintf(log.host, sizeof(log.host), "host-%05" PRIu64, number);
        log.has_words = options->has_words;
        log.file = fopen(path, "we");
        if (!log.file)
                bench_die(path);
        /* Each file begins with another form: small files have no more than one report. */
        fill(&log, size, incidents, options->bare, number);
        if (fflush(log.file) != 0)
                bench_die(path);
        /* As if it had just been written: the year is taken from it. */
        times[0].tv_sec = times[1].tv_sec = START_SEC + log.usec / USEC_PER_SEC;
        if (futimens(fileno(log.file), times) < 0 || fclose(log.file) != 0)
                bench_die(path);
        printf("%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", path, log.counts.bytes, log.counts.lines,
               log.counts.incidents);
        counts->bytes += log.counts.bytes;
        counts->lines += log.counts.lines;
        counts->incidents += log.counts.incidents;
}

/* ---- options --------------------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, bool has_suffix, uint64_t *ret_number)
{
        static const char suffixes[] = "KMG";
        const char *suffix;
        unsigned long long number;
        unsigned shift = 0;
        char *end;

        errno = 0;
        number = strtoull(text, &end, 10);
        if (errno || end == text || *text == '-')
                return false;
        suffix = has_suffix && *end ? strchr(suffixes, *end) : NULL;
        if (suffix) {
                shift = 10 * (unsigned)(suffix - suffixes + 1);
                end++;
        }
        if (*end || number > UINT64_MAX >> (shift + 16))
                return false;
        *ret_number = (uint64_t)number << shift;
        return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
        for (int i = 1; i < argc; i++) {
                uint64_t *value = NULL;

                if (strcmp(argv[i], "--size") == 0)
                        value = &options->size;
                else if (strcmp(argv[i], "--files") == 0)
                        value = &options->files;
                else if (strcmp(argv[i], "--seed") == 0)
                        value = &options->seed;
                else if (strcmp(argv[i], "--incidents") == 0)
                        value = &options->incidents;
                else if (strcmp(argv[i], "--bare") == 0)
                        value = &options->bare;
                if (value) {
                        if (++i == argc || !read_number(argv[i], value == &options->size, value))
                                return false;
                        options->has_incidents |= value == &options->incidents;
                } else if (strcmp(argv[i], "--words") == 0) {
                        options->has_words = true;
                } else if (argv[i][0] == '-' || options->directory) {
                        return false;
                } else {
                        options->directory = argv[i];
                }
        }
        return options->directory && options->files >= 1 && options->files <= FILES_MAX;
}

int main(int argc, char **argv)
{
        struct options options = { .size = UINT64_C(1) << 30, .files = 6, .seed = 1 };
        struct counts counts = { 0 };

        if (!read_options(argc, argv, &options)) {
                fprintf(stderr,
                        "usage: bench_make_logs [--size BYTES[K|M|G]] [--files N] [--incidents N | --bare LINES] "
                        "[--words] [--seed N] DIRECTORY\n");
                return 2;
        }
        if (mkdir(options.directory, 0755) < 0 && errno != EEXIST)
                bench_die(options.directory);
        for (uint64_t i = 0; i < options.files; i++)
                make_file(&options, i, &counts);
        printf("total\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", counts.bytes, counts.lines, counts.incidents);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
