#include "command_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "output/printer.h"
#include "scan/input_scan.h"
#include "scan/local_time.h"
#include "scan/pool.h"
#include "scan/progress.h"
#include "search/prefetch.h"
#include "util/cleanup.h"
#include "util/prose.h"

/* Threads beyond the number of logs: they could only help, and each has memory for a block. */
#define HELPERS_MAX 6

/* As a shell tells of who was ended by SIGPIPE: for when the signal is ignored. */
#define EXIT_SIGPIPE (128 + SIGPIPE)

struct scan {
        struct scan_options options;
        struct inputs inputs;
        struct store *store;
        struct ring ring;
        struct prefetch *prefetch;    /* NULL: nobody helps anybody */
        char *buffers[SCAN_JOBS_MAX]; /* of the threads; NULL: not needed yet */
        struct input_scan **logs;     /* one for each input; NULL: nothing came of it */
        _Atomic uint64_t bytes;
        struct progress progress;
        struct printer_totals totals;
        const struct printer *printer;
        void *printer_state;
};

static void log_free(struct input_scan *log)
{
        if (!log)
                return;
        free(log->batch.sightings);
        free(log->error);
        free(log);
}

static void scan_done(struct scan *scan)
{
        for (size_t i = 0; scan->logs && i < scan->inputs.count; i++)
                log_free(scan->logs[i]);
        free(scan->logs);
        for (size_t i = 0; i < SCAN_JOBS_MAX; i++)
                free(scan->buffers[i]);
        prefetch_free(scan->prefetch);
        store_free(scan->store);
        inputs_clear(&scan->inputs);
        scan_options_done(&scan->options);
}

/* Names of files may hold anything; a terminal shall not obey them. */
static void complain(const char *path, const char *words, void *userdata)
{
        struct scan *scan = userdata;
        char name[1024];
        struct prose prose = prose_start(name, sizeof(name));

        scan->totals.n_unreadable++;
        prose_name(&prose, text_from(path), sizeof(name) / 4);
        (void)fprintf(stderr, "oomwatch: %s%s%s\n", name, path ? ": " : "", words);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* Passes r on. */
static int leave(struct scan *scan, int r)
{
        if (scan->prefetch)
                prefetch_log_done(scan->prefetch, r < 0);
        return r;
}

static char *buffer_of(struct scan *scan, unsigned thread)
{
        if (!scan->buffers[thread])
                scan->buffers[thread] = stream_buffer();
        return scan->buffers[thread];
}

static int read_log(size_t index, unsigned thread, void *userdata)
{
        struct scan *scan = userdata;
        char *buffer = buffer_of(scan, thread);
        struct input_scan *log = buffer ? calloc(1, sizeof(*log)) : NULL;
        int r;

        if (!log)
                return leave(scan, -ENOMEM);
        log->buffer = buffer;
        log->input = &scan->inputs.inputs[index];
        log->options = &scan->options;
        log->ring = &scan->ring;
        log->store = scan->store;
        log->progress = &scan->progress;
        log->prefetch = scan->prefetch;
        r = input_scan_run(log);
        scan->bytes += log->bytes;
        if (log->batch.count || log->error || log->too_long)
                scan->logs[index] = log;
        else
                log_free(log); /* there may be ten thousand of those */
        return leave(scan, r);
}

static void help(unsigned thread, void *userdata)
{
        struct scan *scan = userdata;
        char *buffer = buffer_of(scan, thread);

        if (buffer)
                prefetch_help(scan->prefetch, buffer);
}

/* Others can help with a log that is large enough for it. */
static bool is_any_large(const struct scan *scan)
{
        for (size_t i = 0; i < scan->inputs.count; i++)
                if (scan->inputs.inputs[i].size_bytes >= 2 * CHUNK_BYTES)
                        return true;
        return false;
}

static void show_progress(void *userdata)
{
        struct scan *scan = userdata;

        progress_show(&scan->progress, clock_monotonic_usec());
}

static const char *name_of(const struct input *input)
{
        return input->path ? input->path : "the journal";
}

/* What the logs gave, in their order, whichever was read first. */
static int collect(struct scan *scan)
{
        for (size_t i = 0; i < scan->inputs.count; i++) {
                struct input_scan *log = scan->logs[i];
                int r;

                if (!log)
                        continue;
                r = store_add(scan->store, &log->batch);
                if (r < 0)
                        return r;
                if (log->error)
                        complain(name_of(log->input), log->error, scan);
                if (log->too_long)
                        complain(name_of(log->input), "a line that may be of a report is too long to be read", scan);
        }
        scan->totals.n_inputs = scan->inputs.count;
        scan->totals.n_bytes = scan->bytes;
        return 0;
}

static int read_all(struct scan *scan)
{
        struct pool_functions functions = { .work = read_log, .idle = show_progress };
        unsigned n_threads = scan->options.jobs;
        int r = store_new(local_time_usec, &scan->store);

        if (r < 0)
                return r;
        if (scan->options.jobs > 1 && is_any_large(scan)) {
                r = prefetch_new(scan->inputs.count, &scan->prefetch);
                if (r < 0)
                        return r;
                functions.help = help;
                if (n_threads > scan->inputs.count + HELPERS_MAX)
                        n_threads = (unsigned)scan->inputs.count + HELPERS_MAX;
        }
        scan->logs = calloc(scan->inputs.count + 1, sizeof(struct input_scan *));
        if (!scan->logs)
                return -ENOMEM;
        ring_init(&scan->ring);
        progress_begin(&scan->progress, STDERR_FILENO, scan->inputs.size_bytes, scan->inputs.count,
                       clock_monotonic_usec());
#ifdef __GLIBC__
        (void)malloc_trim(0); /* the walk had every name twice */
#endif
        r = pool_run(scan->inputs.count, n_threads, &functions, scan);
        progress_clear(&scan->progress);
        return r < 0 ? r : collect(scan);
}

/* ---- showing ------------------------------------------------------------------------------------------------------------ */

static int show_finding(const struct finding *finding, void *userdata)
{
        struct scan *scan = userdata;
        int64_t since = scan->options.since_usec, until = scan->options.until_usec;

        if (finding->time_usec == LOG_UNKNOWN && (since != LOG_UNKNOWN || until != LOG_UNKNOWN)) {
                scan->totals.n_timeless++;
                return 0;
        }
        if ((since != LOG_UNKNOWN && finding->time_usec < since) ||
            (until != LOG_UNKNOWN && finding->time_usec > until))
                return 0;
        scan->totals.n_incidents++;
        return scan->printer->finding(scan->printer_state, finding);
}

static int show_all(struct scan *scan)
{
        static const struct printer *const printers[] = {
                [SCAN_FORMAT_TEXT] = &printer_table,
                [SCAN_FORMAT_JSON] = &printer_json,
                [SCAN_FORMAT_HTML] = &printer_html,
        };
        int r, ended;

        scan->printer = printers[scan->options.format];
        r = scan->printer->begin(stdout, &scan->printer_state);
        if (r < 0)
                return r;
        r = store_each(scan->store, show_finding, scan);
        ended = scan->printer->end(scan->printer_state, r < 0 ? NULL : &scan->totals);
        return r < 0 ? r : ended;
}

/* Everything is written, or why not was said. Returns the code to exit with, or -1. */
static int finish_output(int error)
{
        if (error == 0 && fflush(stdout) == 0 && !ferror(stdout))
                return -1;
        error = error ? -error : errno;
        if (error == EPIPE)
                return EXIT_SIGPIPE;
        (void)fprintf(stderr, "oomwatch: can't write: %s\n", strerror(error));
        return SCAN_TROUBLE;
}

int scan_main(int argc, char **argv)
{
        _cleanup_(scan_done) struct scan scan = { 0 };
        int r;

        /* Without it mktime(3) looks at that file again for every line (glibc). */
        (void)setenv("TZ", ":/etc/localtime", 0); /* or it takes longer */
        tzset();
#ifdef __GLIBC__
        /* What one small log needed is there for the next, and isn't given back and asked for again; a parser is. */
        (void)mallopt(M_MMAP_THRESHOLD, 512 * 1024);
        (void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
        r = scan_options_parse(argc, argv, clock_realtime_usec(), &scan.options);

        if (r >= 0)
                return r;
        r = walk_inputs(&scan.options.wanted, complain, &scan, &scan.inputs);
        if (r == 0)
                r = read_all(&scan);
        if (r < 0) {
                (void)fprintf(stderr, "oomwatch: %s\n", strerror(-r));
                return SCAN_TROUBLE;
        }
        r = finish_output(show_all(&scan));
        if (r >= 0)
                return r;
        if (scan.totals.n_timeless)
                (void)fprintf(stderr, "oomwatch: %" PRIu64 " incidents have no time, and are left out\n",
                              scan.totals.n_timeless);
        if (scan.totals.n_unreadable)
                return SCAN_TROUBLE;
        return scan.totals.n_incidents ? SCAN_FOUND : SCAN_NOTHING;
}
