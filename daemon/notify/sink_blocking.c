#include "notify/sink_blocking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "notify/alert_queue.h"

struct written_sink;

/* All that the writer's thread touches. It is outlived by nothing: when the thread is blocked for ever, this stays. */
struct written_job {
        struct writer_job job;
        struct written_sink *sink; /* NULL: it has gone, and left the job behind */
        const struct written_kind *kind;
        void *target;
        struct rendered *alerts[WRITTEN_BATCH]; /* under way */
        unsigned count, n_done;
        int error; /* of alerts[n_done]; 0: all are done */
};

struct written_sink {
        struct sink sink;
        struct writer *writer;
        struct written_job *job;
        struct event *retry;
        struct alert_queue queue; /* what is not in the job yet */
        unsigned retry_ms;
        bool running; /* the job is in the writer */
        bool pausing; /* until retry */
        bool broken;
        bool retiring;
};

static struct written_sink *written_from(struct sink *sink)
{
        return (struct written_sink *)sink; /* its first member */
}

static const struct written_sink *written_from_const(const struct sink *sink)
{
        return (const struct written_sink *)sink;
}

/* --- the job, in the writer's thread ----------------------------------------------------------------------------- */

static void job_run(struct writer_job *base)
{
        struct written_job *job = (struct written_job *)base;

        for (job->n_done = 0; job->n_done < job->count; job->n_done++) {
                job->error = job->kind->write(job->target, job->alerts[job->n_done]);
                if (job->error < 0)
                        return;
        }
        job->error = 0;
}

/* --- in the loop's thread ---------------------------------------------------------------------------------------- */

static void job_free(struct written_job *job)
{
        for (unsigned i = 0; i < job->count; i++)
                (void)rendered_unref(job->alerts[i]);
        if (job->kind->target_free)
                job->kind->target_free(job->target);
        free(job);
}

/* Settles the first of the job's alerts. */
static void settle_first(struct written_sink *sink, enum sink_outcome outcome)
{
        struct written_job *job = sink->job;
        struct rendered *alert = job->alerts[0];

        job->count--;
        memmove(job->alerts, job->alerts + 1, job->count * sizeof(struct rendered *));
        if (job->kind->settled)
                job->kind->settled(alert);
        sink_settle(&sink->sink, alert, outcome);
}

static void give_up_all(struct written_sink *sink)
{
        struct rendered *alert;

        while (sink->job->count > 0)
                settle_first(sink, SINK_FAILED);
        while ((alert = alert_queue_pop(&sink->queue)))
                sink_settle(&sink->sink, alert, SINK_FAILED);
}

/* Gives the writer what is next, unless it is at work or there is a reason to wait. */
static void advance(struct written_sink *sink)
{
        struct written_job *job = sink->job;

        if (sink->running || sink->pausing)
                return;
        while (job->count < WRITTEN_BATCH && sink->queue.count > 0)
                job->alerts[job->count++] = alert_queue_pop(&sink->queue);
        if (job->count == 0)
                return;
        sink->running = true;
        writer_add(sink->writer, &job->job);
}

static void pause_for_retry(struct written_sink *sink)
{
        struct timeval pause = { .tv_sec = sink->retry_ms / 1000, .tv_usec = sink->retry_ms % 1000 * 1000 };

        sink->retry_ms = 2 * sink->retry_ms < WRITTEN_RETRY_MS_MAX ? 2 * sink->retry_ms : WRITTEN_RETRY_MS_MAX;
        sink->pausing = event_add(sink->retry, &pause) == 0; /* without memory for a timer: at once */
}

static const char *reason_for(const struct written_sink *sink, int error)
{
        const char *reason = sink->job->kind->reason ? sink->job->kind->reason(error) : NULL;

        return reason ? reason : strerror(-error);
}

static void on_failure(struct written_sink *sink, int error)
{
        const struct written_kind *kind = sink->job->kind;
        enum written_verdict verdict = kind->verdict(error);

        if (verdict == WRITTEN_GIVE_UP) {
                settle_first(sink, SINK_FAILED);
                sink_set_down(&sink->sink, "%s: %s", kind->writes, reason_for(sink, error));
                return;
        }
        if (verdict == WRITTEN_BROKEN) {
                sink->broken = true;
                sink_set_down(&sink->sink, "%s: %s", kind->writes, reason_for(sink, error));
                give_up_all(sink);
                return;
        }
        sink_set_down(&sink->sink, "%s: %s; they wait, and this is tried again", kind->writes, reason_for(sink, error));
        if (sink->retiring)
                give_up_all(sink);
        else
                pause_for_retry(sink);
}

static void job_done(struct writer_job *base)
{
        struct written_job *job = (struct written_job *)base;
        struct written_sink *sink = job->sink;
        unsigned n_done = job->n_done;

        if (!sink) {
                job_free(job);
                return;
        }
        sink->running = false;
        for (unsigned i = 0; i < n_done; i++)
                settle_first(sink, SINK_DELIVERED);
        if (n_done > 0) {
                sink->retry_ms = WRITTEN_RETRY_MS_MIN;
                sink_set_up(&sink->sink, "works again");
        }
        if (job->error < 0)
                on_failure(sink, job->error);
        advance(sink);
        sink_rested(&sink->sink);
}

static void on_retry(evutil_socket_t fd, short what, void *userdata)
{
        struct written_sink *sink = userdata;

        (void)fd;
        (void)what;
        sink->pausing = false;
        advance(sink);
}

/* --- the sink ---------------------------------------------------------------------------------------------------- */

static void written_send(struct sink *base, struct rendered *alert)
{
        struct written_sink *sink = written_from(base);

        if (sink->broken || !sink->job->kind->has_form(alert)) {
                sink_count(base, SINK_FAILED); /* a form that is missing: memory ran out, which the notifier says */
                return;
        }
        if (sink_take(base, alert) < 0) {
                sink_tell_full(base);
                sink_count(base, SINK_FAILED);
                return;
        }
        if (alert_queue_push(&sink->queue, alert) < 0) {
                sink_settle(base, alert, SINK_FAILED);
                sink_tell(base, LOG_ERR, "out of memory: an alert is given up");
                return;
        }
        advance(sink);
}

static bool written_has_room(const struct sink *sink)
{
        return sink->down || sink_is_roomy(sink);
}

static void written_drain(struct sink *base)
{
        struct written_sink *sink = written_from(base);

        if (!sink->pausing)
                return;
        (void)event_del(sink->retry); /* can't fail: it is a timer of ours */
        sink->pausing = false;
        advance(sink);
}

static void written_retire(struct sink *base)
{
        written_from(base)->retiring = true;
        written_drain(base);
}

static bool written_busy(const struct sink *base)
{
        return written_from_const(base)->running;
}

static struct sink *written_free(struct sink *base)
{
        struct written_sink *sink = written_from(base);
        struct written_job *job = sink->job;

        if (base->count > 0)
                sink_tell(base, LOG_ERR, "%u alerts are given up at the end", base->count);
        if (sink->running) {
                /* The thread is blocked with them: they stay in memory, but in nobody's way. */
                for (unsigned i = 0; i < job->count; i++)
                        sink_settle(base, rendered_ref(job->alerts[i]), SINK_FAILED);
                job->sink = NULL;
                sink->job = NULL;
        }
        while (sink->queue.count > 0)
                sink_settle(base, alert_queue_pop(&sink->queue), SINK_FAILED);
        if (sink->job) {
                while (job->count > 0)
                        settle_first(sink, SINK_FAILED);
                job_free(job);
        }
        if (sink->retry)
                event_free(sink->retry);
        alert_queue_done(&sink->queue);
        free(sink);
        return NULL;
}

static const struct sink_ops written_ops = {
        .send = written_send,
        .has_room = written_has_room,
        .drain = written_drain,
        .retire = written_retire,
        .busy = written_busy,
        .free = written_free,
};

int sink_written_new(const struct written_kind *kind, const char *name, void *target, struct writer *writer,
                     struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
{
        struct written_sink *sink = calloc(1, sizeof(*sink));
        struct written_job *job = calloc(1, sizeof(*job));

        if (!sink || !job) {
                free(sink);
                free(job);
                if (kind->target_free)
                        kind->target_free(target);
                return -ENOMEM;
        }
        sink_init(&sink->sink, kind->kind, name, &written_ops, ledger);
        *job = (struct written_job){
                .job = { .run = job_run, .done = job_done },
                .sink = sink,
                .kind = kind,
                .target = target,
        };
        sink->job = job;
        sink->writer = writer;
        sink->retry_ms = WRITTEN_RETRY_MS_MIN;
        sink->retry = evtimer_new(base, on_retry, sink);
        if (!sink->retry) {
                (void)written_free(&sink->sink);
                return -ENOMEM;
        }
        *ret_sink = &sink->sink;
        return 0;
}

bool sink_written_is_broken(const struct sink *sink)
{
        return written_from_const(sink)->broken;
}
