/* cli/scan/progress.h: shows on a terminal how far the scan is.
 *
 * It is one line, which is overwritten, and erased when the scan ends; nothing is shown in the first second, or if
 * standard error isn't a terminal. The threads that read only add to counters; the main thread shows them. */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_AFTER_USEC    (1000 * 1000LL)
#define PROGRESS_INTERVAL_USEC (200 * 1000LL)
/* The line, with its terminator. */
#define PROGRESS_LINE_MAX 128

struct progress {
        int fd; /* -1: nothing is shown */
        uint64_t n_bytes_total, n_files_total;
        int64_t begun_usec, shown_usec; /* CLOCK_MONOTONIC */
        bool is_shown;
        atomic_uint_fast64_t n_bytes, n_files; /* read so far; files to their end */
};

/* fd: standard error; if it isn't a terminal, nothing is ever shown. Times are of CLOCK_MONOTONIC. */
void progress_begin(struct progress *progress, int fd, uint64_t n_bytes_total, uint64_t n_files_total,
                    int64_t now_usec);

/* n_bytes and n_files more were read. For any thread. */
static inline void progress_add(struct progress *progress, uint64_t n_bytes, uint64_t n_files)
{
        (void)atomic_fetch_add_explicit(&progress->n_bytes, n_bytes, memory_order_relaxed);
        (void)atomic_fetch_add_explicit(&progress->n_files, n_files, memory_order_relaxed);
}

/* For the main thread, as often as it likes: writes at most once in PROGRESS_INTERVAL_USEC. */
void progress_show(struct progress *progress, int64_t now_usec);

/* Erases the line: before anything else is printed to the terminal, and at the end. */
void progress_clear(struct progress *progress);

/* Writes the text of the line. Returns its length. */
int progress_line(const struct progress *progress, int64_t now_usec, char line[PROGRESS_LINE_MAX]);
