/* tests/bench/tasks.c: how fast a report with a very large task table is read: record, joiner, line, parser and table, and the victim's
 * row in it, which is neither one of the worst nor the last; how long the verdict over all rows takes, and how much memory all of it.
 *
 * usage: bench_tasks ROWS SECONDS               rows of the table, and how long to measure
 *        bench_tasks --write ROWS FIRST_SEQ     writes the report to standard output: ROWS and 7 records
 *
 * The report is of 6.12's form, its rows in no order of size; the second kind has each row worse than all before it, so that none
 * can be skipped. It is in memory before the clock runs. The rival is what people do instead: they search every line for
 * "Killed process" (memmem). */

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kmsg/record.h"
#include "parse/parser.h"
#include "util/array.h"
#include "verdict/verdict.h"

#define PAIRS       15
#define ROWS_MIN    (2L * N_NAMES) /* then there is a victim among them */
#define ROWS_MAX    10000000L
#define SPEED_BOUND 300.0   /* MB/s */
#define HEAP_BOUND  1000000 /* bytes */
#define ROW_SIZE    256     /* the most bytes of a row */

/* Of the row with that number. */
#define PID_OF(number) (1000 + (number))
#define UID_OF(number) (1000 + (number) % 50)
#define N_NAMES        7
#define VICTIM_NAME    6 /* "sh" */

struct report {
        char *data;
        size_t length;
};

/* Any numbers will do, but the same each time. */
static unsigned long next_random(unsigned long *state)
{
        *state = *state * 6364136223846793005UL + 1442695040888963407UL;
        return *state >> 33;
}

static size_t write_row(char *to, long seq, long number, unsigned long pages, int adj)
{
        static const char *const names[N_NAMES] = { "nginx",    "postgres",    "java", "Web Content",
                                                    "(sd-pam)", "kworker/0:1", "sh" };
        return (size_t)snprintf(
                to, ROW_SIZE, "6,%ld,%ld,-;[%7ld] %5ld %5ld %8lu %8lu %8lu %8lu %9lu %8ld %8lu         %5d %s\n", seq,
                75000000 + 40 * seq, PID_OF(number), UID_OF(number), PID_OF(number), 3 * pages + 400, pages,
                pages - pages / 8, pages / 8, 0UL, 4096L * (long)(pages / 512 + 12), 0UL, adj, names[number % N_NAMES]);
}

static struct report make_report(long rows, long seq, int is_ascending)
{
        static const char *const head[] = {
                "hog invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
                "memory: usage 41943040kB, limit 41943040kB, failcnt 394",
                "swap: usage 0kB, limit 9007199254740988kB, failcnt 0",
                "Tasks state (memory values in pages):",
                "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents "
                "oom_score_adj name",
        };
        struct report report = { .data = malloc((size_t)rows * ROW_SIZE + 4096) };
        const long victim = rows / 2 / N_NAMES * N_NAMES + VICTIM_NAME;
        unsigned long state = 1;
        char *at = report.data;

        if (!report.data)
                bench_die("malloc");
        for (size_t i = 0; i < COUNT(head); i++, seq++)
                at += sprintf(at, "6,%ld,%ld,-;%s\n", seq, 75000000 + 40 * seq, head[i]);
        for (long i = 0; i < rows; i++) {
                unsigned long random = next_random(&state);

                at += write_row(at, seq++, i, is_ascending ? 100 + (unsigned long)i : 100 + random % 200000,
                                is_ascending ? 0 : (int)(random / 200000 % 1900) - 950);
        }
        at += sprintf(at,
                      "6,%ld,%ld,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
                      "oom_memcg=/a,task_memcg=/a,task=sh,pid=%ld,uid=%ld\n",
                      seq, 75000000 + 40 * seq, PID_OF(victim), UID_OF(victim));
        seq++;
        at += sprintf(at,
                      "3,%ld,%ld,-;Memory cgroup out of memory: Killed process %ld (sh) total-vm:52364kB, "
                      "anon-rss:50840kB, file-rss:4kB, shmem-rss:0kB, UID:%ld pgtables:140kB oom_score_adj:0\n",
                      seq, 75000000 + 40 * seq, PID_OF(victim), UID_OF(victim));
        report.length = (size_t)(at - report.data);
        return report;
}

struct found {
        uint64_t incidents, rows, victims;
        size_t heap;          /* while the whole report is held */
        int64_t verdict_nsec; /* how long the last verdict took; -1: none is asked for */
};

static size_t heap_bytes(void)
{
        struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        static const struct oom_machine machine = { .page_size_bytes = 4096, .swap_total_bytes = 0 };
        struct found *found = userdata;
        struct oom_verdict verdict;

        found->incidents++;
        found->rows += incident->report->tasks.is_complete ? incident->report->tasks.count : 0;
        found->victims += incident->victim_row.state == OOM_ROW_FOUND;
        found->heap = heap_bytes();
        if (found->verdict_nsec < 0)
                return;
        found->verdict_nsec = bench_cpu_nsec();
        oom_verdict_of(incident, &machine, &verdict);
        found->verdict_nsec = bench_cpu_nsec() - found->verdict_nsec;
        if (verdict.rank == OOM_UNKNOWN) {
                errno = ENODATA;
                bench_die("verdict");
        }
}

static void parse(const struct report *report, struct oom_parser *parser)
{
        static char unescaped[KMSG_RECORD_MAX];
        struct text rest = { report->data, report->length };
        struct kmsg_record record;

        while (rest.length) {
                size_t length = (size_t)((const char *)memchr(rest.data, '\n', rest.length) - rest.data);

                if (kmsg_record_decode(text_until_offset(rest, length), unescaped, &record) == 0 &&
                    record.facility == KMSG_FACILITY_KERNEL)
                        oom_parser_push(parser, &record);
                rest = text_from_offset(rest, length + 1);
        }
        oom_parser_flush(parser);
}

static void search(const struct report *report, uint64_t *hits)
{
        struct text rest = { report->data, report->length };

        while (rest.length) {
                size_t length = (size_t)((const char *)memchr(rest.data, '\n', rest.length) - rest.data);

                *hits += text_find(text_until_offset(rest, length), TEXT("Killed process "), 0) >= 0;
                rest = text_from_offset(rest, length + 1);
        }
}

static double mb_per_sec(const struct report *report, struct oom_parser *parser, double seconds, uint64_t *hits)
{
        int64_t start = bench_cpu_nsec(), now;
        size_t passes = 0;

        do {
                if (parser)
                        parse(report, parser);
                else
                        search(report, hits);
                passes++;
                now = bench_cpu_nsec();
        } while ((double)(now - start) < seconds * (double)BENCH_NSEC_PER_SEC);
        return (double)(report->length * passes) / 1e6 * (double)BENCH_NSEC_PER_SEC / (double)(now - start);
}

/* KiB of this process that are in memory and its own. */
static double resident_kib(void)
{
        FILE *file = fopen("/proc/self/smaps_rollup", "re");
        char line[256];
        long kib = 0, value;

        if (!file)
                bench_die("/proc/self/smaps_rollup");
        while (fgets(line, sizeof(line), file))
                if (sscanf(line, "Private_Dirty: %ld kB", &value) == 1)
                        kib = value;
        (void)fclose(file); /* only read from */
        return (double)kib;
}

static void measure(const char *name, const struct report *report, long rows, double seconds)
{
        double ours[PAIRS], rival[PAIRS], before = resident_kib(), after, a, b, verdict_msec;
        struct found found = { 0 };
        uint64_t hits = 0;
        struct oom_parser *parser;
        size_t heap = heap_bytes();
        char compared[32], text[128];

        if (oom_parser_new(on_incident, &found, &parser) < 0)
                bench_die("oom_parser_new");
        parse(report, parser);
        after = resident_kib();
        heap = found.heap - heap;
        verdict_msec = (double)found.verdict_nsec / 1e6;
        found.verdict_nsec = -1;
        if (found.incidents != 1 || found.rows != (uint64_t)rows || found.victims != 1) {
                errno = ENODATA;
                bench_die(name);
        }
        for (int i = 0; i < PAIRS; i++) {
                ours[i] = mb_per_sec(report, parser, seconds / (2 * PAIRS), NULL);
                rival[i] = mb_per_sec(report, NULL, seconds / (2 * PAIRS), &hits);
        }
        oom_parser_free(parser);
        a = bench_quantile(ours, PAIRS, 0.5);
        b = bench_quantile(rival, PAIRS, 0.5);
        (void)snprintf(compared, sizeof(compared), "%.2f", a / b);
        (void)snprintf(text, sizeof(text), "report with %ld tasks, %s", rows, name);
        bench_row(text, "MB/s", a, b, compared, "ours > 300", a > SPEED_BOUND);
        bench_row("  its verdict, the victim's rank among all rows", "ms", verdict_msec, 0, "", "", -1);
        bench_row("  heap for it, at most", "bytes", (double)heap, 0, "", "< 1 MB", heap < HEAP_BOUND);
        bench_row("  memory touched for it, of the process", "KiB", after - before, 0, "", "", -1);
}

int main(int argc, char **argv)
{
        const int is_written = argc == 4 && strcmp(argv[1], "--write") == 0;
        long rows = argc > 2 ? strtol(argv[1 + is_written], NULL, 10) : 0;
        double seconds = argc == 3 ? strtod(argv[2], NULL) : 0;
        struct report report, ascending;

        if (rows < ROWS_MIN || rows > ROWS_MAX || (!is_written && seconds <= 0)) {
                fprintf(stderr, "usage: bench_tasks ROWS SECONDS\n       bench_tasks --write ROWS FIRST_SEQ\n");
                return 2;
        }
        report = make_report(rows, is_written ? strtol(argv[3], NULL, 10) : 1000, 0);
        if (is_written)
                return fwrite(report.data, report.length, 1, stdout) == 1 && fflush(stdout) == 0 ? EXIT_SUCCESS
                                                                                                 : EXIT_FAILURE;
        ascending = make_report(rows, 1000, 1);
        measure("in no order", &report, rows, seconds / 2);
        measure("each worse than the last", &ascending, rows, seconds / 2);
        free(report.data);
        free(ascending.data);
        return EXIT_SUCCESS;
}
