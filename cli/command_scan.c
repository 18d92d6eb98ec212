#include "command_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "output/printer.h"
#include "scan/input_scan.h"
#include "scan/pool.h"
#include "scan/progress.h"
#include "scan/times.h"
#include "search/file_view.h"
#include "search/prefetch.h"
#include "util/cleanup.h"
#include "util/prose.h"

/* Threads beyond the number of inputs: they can only search ahead, and each has memory for a block. */
#define HELPERS_MAX 6

/* What a shell reports of a program that SIGPIPE ended; here, when the signal is ignored. */
#define EXIT_SIGPIPE (128 + SIGPIPE)

struct scan {
        struct scan_options options;
        struct inputs inputs;
        struct store *store;
        struct ring ring;
        struct prefetch *prefetch;    /* NULL: no thread helps another */
        char *buffers[SCAN_JOBS_MAX]; /* of the threads; NULL: not needed yet */
        struct file_view *views[SCAN_JOBS_MAX];
        struct input_scan **input_scans; /* one for each input; NULL: without a result */
        _Atomic uint64_t n_bytes;
        struct progress progress;
        struct printer_totals totals;
        const struct printer *printer;
        void *printer_state;
};

static void input_scan_free(struct input_scan *input_scan)
{
        if (!input_scan)
                return;
        sighting_batch_done(&input_scan->batch);
        free(input_scan->error);
        free(input_scan);
}

static void scan_done(struct scan *scan)
{
        for (size_t i = 0; scan->input_scans && i < scan->inputs.n_inputs; i++)
                input_scan_free(scan->input_scans[i]);
        free(scan->input_scans);
        for (size_t i = 0; i < SCAN_JOBS_MAX; i++) {
                file_view_free(scan->views[i]);
                free(scan->buffers[i]);
        }
        prefetch_free(scan->prefetch);
        store_free(scan->store);
        inputs_clear(&scan->inputs);
        scan_options_done(&scan->options);
}

/* A walk_error_fn. Names of files may hold control sequences: prose_name() makes them safe for a terminal. */
static void report_unreadable(const char *path, const char *error, void *userdata)
{
        struct scan *scan = userdata;
        char name[1024];
        struct prose prose = prose_start(name, sizeof(name));

        scan->totals.n_unreadable++;
        prose_name(&prose, text_from(path), sizeof(name) / 4);
        (void)fprintf(stderr, "oomwatch: %s%s%s\n", path ? name : "", path ? ": " : "", error);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static char *buffer_of(struct scan *scan, unsigned thread)
{
        if (!scan->buffers[thread])
                scan->buffers[thread] = stream_buffer();
        return scan->buffers[thread];
}

/* NULL: there is no memory; then every byte is read. */
static struct file_view *view_of(struct scan *scan, unsigned thread)
{
        if (!scan->views[thread])
                scan->views[thread] = file_view_new();
        return scan->views[thread];
}

static int run_input_scan(struct scan *scan, size_t index, char *buffer, struct file_view *view)
{
        struct input_scan *input_scan = buffer ? calloc(1, sizeof(*input_scan)) : NULL;
        int r;

        if (!input_scan)
                return -ENOMEM;
        *input_scan = (struct input_scan){
                .input = &scan->inputs.inputs[index],
                .options = &scan->options,
                .ring = &scan->ring,
                .store = scan->store,
                .progress = &scan->progress,
                .prefetch = scan->prefetch,
                .buffer = buffer,
                .view = view,
        };
        r = input_scan_run(input_scan);
        scan->n_bytes += input_scan->n_bytes;
        if (input_scan->batch.n_sightings || input_scan->error || input_scan->n_too_long)
                scan->input_scans[index] = input_scan;
        else
                input_scan_free(input_scan); /* there may be ten thousand without a finding */
        return r;
}

static int read_input(size_t index, unsigned thread, void *userdata)
{
        struct scan *scan = userdata;
        int r = run_input_scan(scan, index, buffer_of(scan, thread), view_of(scan, thread));

        if (scan->prefetch)
                prefetch_log_done(scan->prefetch, r < 0);
        return r;
}

static void help(unsigned thread, void *userdata)
{
        struct scan *scan = userdata;
        struct file_view *view = view_of(scan, thread);

        if (view)
                prefetch_help(scan->prefetch, view);
}

/* Is a log large enough for other threads to search ahead in it? */
static bool has_large_input(const struct scan *scan)
{
        for (size_t i = 0; i < scan->inputs.n_inputs; i++)
                if (scan->inputs.inputs[i].size_bytes >= 2 * CHUNK_BYTES)
                        return true;
        return false;
}

static void show_progress(void *userdata)
{
        struct scan *scan = userdata;

        progress_show(&scan->progress, clock_monotonic_usec());
}

/* Adds the findings in the order of the inputs, whichever was read first. */
static int collect(struct scan *scan)
{
        for (size_t i = 0; i < scan->inputs.n_inputs; i++) {
                struct input_scan *input_scan = scan->input_scans[i];
                const char *path = scan->inputs.inputs[i].path, *name = path ? path : "the journal";
                int r;

                if (!input_scan)
                        continue;
                r = store_add(scan->store, &input_scan->batch);
                if (r < 0)
                        return r;
                if (input_scan->error)
                        report_unreadable(name, input_scan->error, scan);
                if (input_scan->n_too_long)
                        report_unreadable(name, "a line that may be of a report is too long to be read", scan);
        }
        scan->totals.n_inputs = scan->inputs.n_inputs;
        scan->totals.n_bytes = scan->n_bytes;
        return 0;
}

static int read_all(struct scan *scan)
{
        struct pool_functions functions = { .work = read_input, .idle = show_progress };
        unsigned n_threads = scan->options.n_jobs;
        int r = store_new(local_time_usec, &scan->store);

        if (r < 0)
                return r;
        if (scan->options.n_jobs > 1 && has_large_input(scan)) {
                r = prefetch_new(scan->inputs.n_inputs, &scan->prefetch);
                if (r < 0)
                        return r;
                functions.help = help;
                if (n_threads > scan->inputs.n_inputs + HELPERS_MAX)
                        n_threads = (unsigned)scan->inputs.n_inputs + HELPERS_MAX;
        }
        scan->input_scans = calloc(scan->inputs.n_inputs + 1, sizeof(struct input_scan *));
        if (!scan->input_scans)
                return -ENOMEM;
        ring_init(&scan->ring);
        progress_begin(&scan->progress, STDERR_FILENO, scan->inputs.size_bytes, scan->inputs.n_inputs,
                       clock_monotonic_usec());
#ifdef __GLIBC__
        (void)malloc_trim(0); /* the walk had every name twice; its memory isn't needed again */
#endif
        r = pool_run(scan->inputs.n_inputs, n_threads, &functions, scan);
        progress_clear(&scan->progress);
        return r < 0 ? r : collect(scan);
}

/* ---- showing ------------------------------------------------------------------------------------------------------------ */

static int show_finding(const struct finding *finding, void *userdata)
{
        struct scan *scan = userdata;
        int64_t since = scan->options.since_usec, until = scan->options.until_usec;

        if (scan->options.killer && strcmp(scan->options.killer, finding->killer ? finding->killer : "unknown") != 0)
                return 0;
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

/* Flushes the output, and reports an error. Returns -1, or the code to exit with. */
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

/* dmesg | oomwatch scan; oomwatch scan < log. Not a socket: that is what ssh and service managers give to a command that they start,
 * and nobody writes to it. */
static bool has_log_on_stdin(void)
{
        struct stat status;

        return fstat(STDIN_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode));
}

int scan_main(int argc, char **argv)
{
        static char *const stdin_path[] = { (char *)"-" };
        _cleanup_(scan_done) struct scan scan = { 0 };
        int r;

        /* Without TZ, mktime(3) of glibc checks /etc/localtime again for every line. If it can't be set, that only costs time. */
        (void)setenv("TZ", ":/etc/localtime", 0);
        tzset();
#ifdef __GLIBC__
        /* Keeps the memory of one small log for the next one; a parser's is larger, and is given back. */
        (void)mallopt(M_MMAP_THRESHOLD, 512 * 1024);
        (void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
        r = scan_options_parse(argc, argv, clock_realtime_usec(), &scan.options);

        if (r >= 0)
                return r;
        if (walk_request_is_empty(&scan.options.request) && has_log_on_stdin()) {
                scan.options.request.paths = stdin_path;
                scan.options.request.n_paths = 1;
        }
        r = walk_inputs(&scan.options.request, report_unreadable, &scan, &scan.inputs);
        if (r == 0)
                r = read_all(&scan);
        if (r < 0) {
                (void)fprintf(stderr, "oomwatch: %s\n", strerror(-r));
                return SCAN_TROUBLE;
        }
        r = finish_output(show_all(&scan));
        if (r >= 0)
                return r;
        /* The table has said it. */
        if (scan.totals.n_timeless && scan.options.format != SCAN_FORMAT_TEXT)
                (void)fprintf(stderr, "oomwatch: %" PRIu64 " incident%s no time, and %s left out\n",
                              scan.totals.n_timeless, scan.totals.n_timeless == 1 ? " has" : "s have",
                              scan.totals.n_timeless == 1 ? "is" : "are");
        if (scan.totals.n_unreadable)
                return SCAN_TROUBLE;
        return scan.totals.n_incidents ? SCAN_FOUND : SCAN_NOTHING;
}
