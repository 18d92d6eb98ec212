/* cli/scan/progress.h: how far the scan is, for who waits at a terminal.
 *
 * One line on the terminal, written over and over, gone when the scan ends; nothing in the first second, nothing at all
 * where standard error is no terminal. The threads that read only add to counters; the main thread shows. */

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
        uint64_t bytes_total, files_total;
        int64_t begun_usec, shown_usec;
        bool is_shown;
        atomic_uint_fast64_t bytes, files; /* done so far; files counts those read to the end */
};

/* fd is standard error; if it is no terminal, nothing is ever shown. Times are of CLOCK_MONOTONIC. */
void progress_begin(struct progress *progress, int fd, uint64_t bytes_total, uint64_t files_total, int64_t now_usec);

/* For any thread. */
static inline void progress_add(struct progress *progress, uint64_t bytes, uint64_t files)
{
        (void)atomic_fetch_add_explicit(&progress->bytes, bytes, memory_order_relaxed);
        (void)atomic_fetch_add_explicit(&progress->files, files, memory_order_relaxed);
}

/* For the main thread, as often as it likes: shows at most once in PROGRESS_INTERVAL_USEC. */
void progress_show(struct progress *progress, int64_t now_usec);

/* Takes the line away: before anything else is printed to the terminal, and in the end. */
void progress_clear(struct progress *progress);

/* The words of the line. Returns their length. */
int progress_line(const struct progress *progress, int64_t now_usec, char line[PROGRESS_LINE_MAX]);
