#include "scan/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/prose.h"
#include "util/usec.h"

/* Longer estimates are not shown. */
#define LEFT_MAX_SEC (100 * 3600)
/* moves to the line's beginning and erases it (ECMA-48, EL) */
#define CLEAR "\r\x1b[K"

void progress_begin(struct progress *progress, int fd, uint64_t n_bytes_total, uint64_t n_files_total, int64_t now_usec)
{
        *progress = (struct progress){
                .fd = isatty(fd) ? fd : -1,
                .n_bytes_total = n_bytes_total,
                .n_files_total = n_files_total,
                .begun_usec = now_usec,
                .shown_usec = now_usec,
        };
}

/* "0:07", "12:34", "3:04:05" */
static void add_duration(struct prose *prose, int64_t seconds)
{
        if (seconds >= 3600)
                prose_format(prose, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                             (int)(seconds % 60));
        else
                prose_format(prose, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void add_size(struct prose *prose, double bytes)
{
        prose_size(prose, bytes < 9e18 ? (int64_t)bytes : INT64_MAX);
}

int progress_line(const struct progress *progress, int64_t now_usec, char line[PROGRESS_LINE_MAX])
{
        struct prose prose = prose_start(line, PROGRESS_LINE_MAX);
        uint64_t bytes = atomic_load_explicit(&progress->n_bytes, memory_order_relaxed);
        uint64_t files = atomic_load_explicit(&progress->n_files, memory_order_relaxed);
        double seconds = (double)(now_usec - progress->begun_usec) / (double)USEC_PER_SEC;
        double rate = seconds > 0 ? (double)bytes / seconds : 0, left;
        /* Pipes have no size, and files grow. */
        bool has_end = progress->n_bytes_total > bytes;

        add_size(&prose, (double)bytes);
        if (has_end) {
                prose_add(&prose, TEXT(" of "));
                add_size(&prose, (double)progress->n_bytes_total);
        }
        prose_format(&prose, ", %" PRIu64 " of %" PRIu64 " %s", files, progress->n_files_total,
                     progress->n_files_total == 1 ? "log" : "logs");
        if (rate < 1)
                return (int)prose.length;
        prose_add(&prose, TEXT(", "));
        add_size(&prose, rate);
        prose_add(&prose, TEXT("/s"));
        left = (double)(progress->n_bytes_total - bytes) / rate + 0.5;
        if (has_end && left < LEFT_MAX_SEC) {
                prose_add(&prose, TEXT(", "));
                add_duration(&prose, (int64_t)left);
                prose_add(&prose, TEXT(" left"));
        }
        return (int)prose.length;
}

/* An error is ignored: only the progress isn't shown. */
static void put(int fd, const char *text, size_t length)
{
        ssize_t written = write(fd, text, length);

        (void)written;
}

void progress_show(struct progress *progress, int64_t now_usec)
{
        char line[sizeof(CLEAR) + PROGRESS_LINE_MAX] = CLEAR;
        struct winsize size;
        int length, width;

        if (progress->fd < 0 || now_usec - progress->begun_usec < PROGRESS_AFTER_USEC ||
            now_usec - progress->shown_usec < PROGRESS_INTERVAL_USEC)
                return;
        length = progress_line(progress, now_usec, line + sizeof(CLEAR) - 1);
        /* A line that wraps can't be erased. */
        width = ioctl(progress->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
        put(progress->fd, line, sizeof(CLEAR) - 1 + (size_t)(length < width ? length : width));
        progress->shown_usec = now_usec;
        progress->is_shown = true;
}

void progress_clear(struct progress *progress)
{
        if (progress->is_shown)
                put(progress->fd, CLEAR, sizeof(CLEAR) - 1);
        progress->is_shown = false;
}
