#include "watch/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "util/array.h"

#define NO_LINE SIZE_MAX

/* One span on its way to the file. The writer's thread has it while it is busy. */
struct store_job {
        struct writer_job job; /* first: the owner is found by it */
        struct history *history;
        bool is_busy;
        struct span span;
        size_t at;
        ssize_t result;
};

struct history {
        struct writer *writer;
        char *path;
        char boot_id[33];

        bool is_open; /* span lasts */
        struct span span;
        bool may_continue; /* earlier, of another run of this boot, goes on if nothing is missing */
        struct span earlier;
        bool is_from_boot; /* a span that begins now begins at the boot */
        uint64_t n_new;    /* kill lines since the end of the span, or of earlier; without either since the start */

        struct store_job jobs[3]; /* one may hang, or wait for another; the last is for the end */
        uint64_t n_stored;        /* of span, as it is stored: kill lines, and: */
        int64_t stored_boot_usec; /* its end; -1: none */
        size_t lines[2];          /* of span in the file, the last written first; NO_LINE: none yet */
        size_t n_lines;           /* of the file, with those that are on their way */
        bool is_failing;          /* and that was logged */
};

/* --- the file ----------------------------------------------------------------------------------------------------- */

static void job_run(struct writer_job *base)
{
        struct store_job *job = (struct store_job *)base;

        job->result = spans_store(job->history->path, job->at, &job->span);
}

/* Has the writer store the span, if it has changed since. While the job is busy it isn't, and the next time has more of it. */
static void store(struct history *history, struct store_job *job)
{
        bool is_in_place = history->lines[1] != NO_LINE;

        if (history->stored_boot_usec == history->span.to.boot_usec || job->is_busy)
                return;
        history->n_stored = history->span.n_alerted;
        history->stored_boot_usec = history->span.to.boot_usec;
        job->at = is_in_place ? history->lines[1] : history->n_lines;
        if (job->at >= SPANS_LINES_MAX) { /* the file is written anew, and its lines move */
                history->lines[0] = history->lines[1] = NO_LINE;
        } else {
                history->lines[1] = history->lines[0];
                history->lines[0] = job->at;
                history->n_lines += !is_in_place;
        }
        job->span = history->span;
        job->is_busy = true;
        writer_add(history->writer, &job->job);
}

static struct store_job *free_job(struct history *history)
{
        return history->jobs[0].is_busy ? &history->jobs[1] : &history->jobs[0];
}

static void on_failure(struct history *history, int error)
{
        if (!history->is_failing)
                log_warning("%s: when the log was watched can't be stored: %s", history->path,
                            error == -EBADMSG ? "it is no file" : strerror(-error));
        history->is_failing = true;
        history->stored_boot_usec = -1;
        history->lines[0] = history->lines[1] = NO_LINE; /* the file may be another by now */
        if (error == -ENOENT)
                history->n_lines = 0;
}

static void job_done(struct writer_job *base)
{
        struct store_job *job = (struct store_job *)base;
        struct history *history = job->history;

        job->is_busy = false;
        if (job->result < 0) {
                on_failure(history, (int)job->result);
                return;
        }
        history->is_failing = false;
        if (job->at < SPANS_LINES_MAX)
                return;
        history->n_lines = (size_t)job->result + 1;
        history->lines[1] = NO_LINE;
        history->lines[0] = span_is_same(&job->span, &history->span) ? (size_t)job->result : NO_LINE;
}

/* The last span of this boot, which may go on. */
static void on_span(const struct span *span, void *userdata)
{
        struct history *history = userdata;

        if (strcmp(span->boot_id, history->boot_id) == 0 &&
            (!history->may_continue || span->to.boot_usec >= history->earlier.to.boot_usec)) {
                history->earlier = *span;
                history->may_continue = true;
        }
}

/* --- spans -------------------------------------------------------------------------------------------------------- */

void history_kill(struct history *history, uint64_t seq, uint64_t n_kills)
{
        if (!history || (history->is_open && seq <= history->span.to.seq) ||
            (history->may_continue && seq <= history->earlier.to.seq))
                return; /* a run before has counted it */
        history->n_new += n_kills;
}

void history_break(struct history *history)
{
        if (!history)
                return;
        history->may_continue = history->is_from_boot = false;
        history->n_new = 0;
        if (!history->is_open)
                return;
        history->is_open = false;
        if (history->span.to.boot_usec - history->span.from.boot_usec >= HISTORY_SPAN_MIN_USEC)
                store(history, free_job(history));
}

static void begin(struct history *history, const struct span_end *from)
{
        history->span = (struct span){ .from = *from, .to = *from };
        memcpy(history->span.boot_id, history->boot_id, sizeof(history->boot_id));
        history->stored_boot_usec = -1;
        history->n_stored = 0;
        history->lines[0] = history->lines[1] = NO_LINE;
        history->is_open = true;
}

/* The kernel changes the pace of both clocks together; the distance between them changes only when one is set. */
static bool was_clock_set(const struct span_end *from, const struct span_end *to)
{
        int64_t difference_usec = (to->real_usec - to->boot_usec) - (from->real_usec - from->boot_usec);

        return difference_usec > HISTORY_CLOCK_USEC || difference_usec < -HISTORY_CLOCK_USEC;
}

/* Whether every record after the earlier span was read, and explains what the kernel has counted. */
static bool goes_on(const struct history *history, const struct span_end *now, uint64_t first_seq)
{
        const struct span_end *end = &history->earlier.to;

        return history->may_continue && first_seq != UINT64_MAX && first_seq <= end->seq + 1 && now->seq >= end->seq &&
               now->boot_usec >= end->boot_usec && !was_clock_set(&history->earlier.from, now) &&
               now->n_kills >= end->n_kills && now->n_kills - end->n_kills == history->n_new;
}

static void open_span(struct history *history, const struct span_end *now, uint64_t first_seq)
{
        if (goes_on(history, now, first_seq)) {
                begin(history, &history->earlier.from);
                history->span = history->earlier;
        } else if (history->is_from_boot && first_seq == 0 && now->n_kills == history->n_new) {
                begin(history, &(struct span_end){ .real_usec = now->real_usec - now->boot_usec });
        } else {
                begin(history, now);
                history->n_new = 0;
        }
        history->may_continue = history->is_from_boot = false;
}

/* Whether it is worth a write to the disk. */
static bool is_store_due(const struct history *history)
{
        const struct span *span = &history->span;

        if (span->to.boot_usec - span->from.boot_usec < HISTORY_SPAN_MIN_USEC)
                return false;
        return history->stored_boot_usec < 0 || history->n_stored != span->n_alerted ||
               span->to.boot_usec - history->stored_boot_usec >= HISTORY_STORE_USEC;
}

void history_extend(struct history *history, const struct span_end *now, uint64_t first_seq)
{
        struct span *span;

        if (!history)
                return;
        span = &history->span;
        /* The kernel's count and the lines are two accounts of the same: where they differ, one of them is wrong. */
        if (history->is_open && (was_clock_set(&span->from, now) || now->n_kills - span->to.n_kills != history->n_new))
                history_break(history);
        if (!history->is_open)
                open_span(history, now, first_seq);
        span->to = *now;
        span->n_alerted += history->n_new;
        history->n_new = 0;
        if (is_store_due(history))
                store(history, free_job(history));
}

void history_finish(struct history *history)
{
        if (!history || !history->is_open)
                return;
        store(history, &history->jobs[2]);
}

bool history_current(const struct history *history, struct span *ret_span)
{
        if (!history || !history->is_open)
                return false;
        *ret_span = history->span;
        return true;
}

bool history_covers(const struct history *history, int64_t from_usec, int64_t to_usec, struct span *ret_span)
{
        struct span span;

        if (!history_current(history, &span) || !spans_cover(&span, 1, from_usec, to_usec))
                return false;
        *ret_span = span;
        return true;
}

/* --- start and end ------------------------------------------------------------------------------------------------ */

int history_new(const char *path, const char *boot_id, bool is_from_boot, struct writer *writer,
                struct history **ret_history)
{
        struct history *history = calloc(1, sizeof(*history));
        int r;

        if (history)
                history->path = strdup(path);
        if (!history || !history->path) {
                free(history);
                return -ENOMEM;
        }
        for (size_t i = 0; i < COUNT(history->jobs); i++) {
                history->jobs[i].job = (struct writer_job){ .run = job_run, .done = job_done, .is_background = true };
                history->jobs[i].history = history;
        }
        history->writer = writer;
        (void)snprintf(history->boot_id, sizeof(history->boot_id), "%s", boot_id);
        history->is_from_boot = is_from_boot;
        history->stored_boot_usec = -1;
        history->lines[0] = history->lines[1] = NO_LINE;
        r = spans_read(path, on_span, history, &history->n_lines);
        if (r < 0 && r != -ENOENT)
                log_warning("%s: when the log was watched before can't be read: %s", path,
                            r == -EBADMSG ? "it is no file" : strerror(-r));
        *ret_history = history;
        return 0;
}

struct history *history_free(struct history *history)
{
        if (!history)
                return NULL;
        for (size_t i = 0; i < COUNT(history->jobs); i++)
                if (history->jobs[i].is_busy)
                        return NULL; /* the thread hangs with it, and both end with the process */
        free(history->path);
        free(history);
        return NULL;
}
