#include "notify/sink_blocking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct blocking_sink;

/* Everything that the writer's thread touches. While that thread is blocked, the sink is freed without its job. */
struct blocking_job {
        struct writer_job job;
        struct blocking_sink *sink; /* NULL: freed while the job was running */
        const struct blocking_ops *ops;
        void *target;
        struct rendered_alert *alerts[BLOCKING_BATCH_MAX];
        unsigned n_alerts, n_done;
        int error; /* of alerts[n_done]; 0: all are written */
};

struct blocking_sink {
        struct sink sink;
        struct writer *writer;
        struct blocking_job *job;
        struct event *retry;
        struct alert_queue queue; /* not in the job yet */
        unsigned retry_ms;
        bool is_running; /* the writer has the job */
        bool is_pausing; /* until retry */
        bool is_broken;
        bool is_retiring;
};

static struct blocking_sink *blocking_from(struct sink *sink)
{
        return (struct blocking_sink *)sink; /* its first member */
}

static const struct blocking_sink *blocking_from_const(const struct sink *sink)
{
        return (const struct blocking_sink *)sink;
}

/* --- the job, in the writer's thread ----------------------------------------------------------------------------- */

static void job_run(struct writer_job *base)
{
        struct blocking_job *job = (struct blocking_job *)base;

        for (job->n_done = 0; job->n_done < job->n_alerts; job->n_done++) {
                job->error = job->ops->write(job->target, job->alerts[job->n_done]);
                if (job->error < 0)
                        return;
        }
        job->error = 0;
}

/* --- in the loop's thread ---------------------------------------------------------------------------------------- */

static void job_free(struct blocking_job *job)
{
        for (unsigned i = 0; i < job->n_alerts; i++)
                (void)rendered_alert_unref(job->alerts[i]);
        if (job->ops->target_free)
                job->ops->target_free(job->target);
        free(job);
}

/* Settles the first of the job's alerts. */
static void settle_first(struct blocking_sink *sink, enum sink_outcome outcome)
{
        struct blocking_job *job = sink->job;
        struct rendered_alert *alert = job->alerts[0];

        job->n_alerts--;
        memmove(job->alerts, job->alerts + 1, job->n_alerts * sizeof(struct rendered_alert *));
        if (job->ops->on_settled)
                job->ops->on_settled(alert);
        sink_settle(&sink->sink, alert, outcome);
}

static void drop_all(struct blocking_sink *sink)
{
        while (sink->job->n_alerts > 0)
                settle_first(sink, SINK_DROPPED);
        sink_drop_queue(&sink->sink, &sink->queue);
}

/* Submits the next batch, unless the writer still has one or a pause is due. */
static void advance(struct blocking_sink *sink)
{
        struct blocking_job *job = sink->job;

        if (sink->is_running || sink->is_pausing)
                return;
        while (job->n_alerts < BLOCKING_BATCH_MAX && sink->queue.n_alerts > 0)
                job->alerts[job->n_alerts++] = alert_queue_pop(&sink->queue);
        if (job->n_alerts == 0)
                return;
        sink->is_running = true;
        writer_add(sink->writer, &job->job);
}

static void pause_for_retry(struct blocking_sink *sink)
{
        sink->is_pausing = timer_start(sink->retry, sink->retry_ms) == 0; /* no memory for a timer: at once */
        sink->retry_ms = 2 * sink->retry_ms < BLOCKING_RETRY_MS_MAX ? 2 * sink->retry_ms : BLOCKING_RETRY_MS_MAX;
}

static const char *error_text(const struct blocking_sink *sink, int error)
{
        const char *text = sink->job->ops->error_text ? sink->job->ops->error_text(error) : NULL;

        return text ? text : strerror(-error);
}

static void on_failure(struct blocking_sink *sink, int error)
{
        const struct blocking_ops *ops = sink->job->ops;
        enum write_error_action action = ops->error_action(error);

        sink_set_down(&sink->sink, "%s: %s%s", ops->failure, error_text(sink, error),
                      action == WRITE_ERROR_RETRY ? "; alerts wait" : "");
        if (action == WRITE_ERROR_DROP_ALERT) {
                settle_first(sink, SINK_DROPPED);
        } else if (action == WRITE_ERROR_SINK_BROKEN || sink->is_retiring) {
                sink->is_broken = action == WRITE_ERROR_SINK_BROKEN;
                drop_all(sink);
        } else {
                pause_for_retry(sink);
        }
}

static void job_done(struct writer_job *base)
{
        struct blocking_job *job = (struct blocking_job *)base;
        struct blocking_sink *sink = job->sink;
        unsigned n_done = job->n_done;

        if (!sink) {
                job_free(job);
                return;
        }
        sink->is_running = false;
        for (unsigned i = 0; i < n_done; i++)
                settle_first(sink, SINK_DELIVERED);
        if (n_done > 0) {
                sink->retry_ms = BLOCKING_RETRY_MS_MIN;
                sink_set_up(&sink->sink, "works again");
        }
        if (job->error < 0)
                on_failure(sink, job->error);
        advance(sink);
        sink_wake_notifier(&sink->sink);
}

static void on_retry(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct blocking_sink *sink = userdata;

        sink->is_pausing = false;
        advance(sink);
}

/* --- the sink ---------------------------------------------------------------------------------------------------- */

static void blocking_send(struct sink *base, struct rendered_alert *alert)
{
        struct blocking_sink *sink = blocking_from(base);

        if (sink->is_broken)
                sink_count_outcome(base, SINK_DROPPED);
        else if (sink_accept(base, alert, sink->job->ops->form, &sink->queue))
                advance(sink);
}

static bool blocking_has_capacity(const struct sink *sink)
{
        return sink->is_down || sink_has_capacity(sink);
}

static void blocking_drain(struct sink *base)
{
        struct blocking_sink *sink = blocking_from(base);

        if (!sink->is_pausing)
                return;
        (void)event_del(sink->retry); /* can't fail: it is a timer of ours */
        sink->is_pausing = false;
        advance(sink);
}

static void blocking_retire(struct sink *base)
{
        blocking_from(base)->is_retiring = true;
        blocking_drain(base);
}

static bool blocking_is_busy(const struct sink *base)
{
        return blocking_from_const(base)->is_running;
}

static struct sink *blocking_free(struct sink *base)
{
        struct blocking_sink *sink = blocking_from(base);
        struct blocking_job *job = sink->job;

        if (base->n_pending > 0)
                sink_log(base, LOG_ERR, "%u alerts dropped at the end: they could not be written", base->n_pending);
        if (sink->is_running) {
                /* The thread is blocked with the job, which keeps its references; the cursor does not wait for them. */
                for (unsigned i = 0; i < job->n_alerts; i++)
                        sink_settle(base, rendered_alert_ref(job->alerts[i]), SINK_DROPPED);
                job->sink = NULL;
                sink_drop_queue(base, &sink->queue);
        } else {
                drop_all(sink);
                job_free(job);
        }
        event_done(sink->retry);
        alert_queue_done(&sink->queue);
        free(sink);
        return NULL;
}

static const struct sink_ops blocking_sink_ops = {
        .send = blocking_send,
        .has_capacity = blocking_has_capacity,
        .drain = blocking_drain,
        .retire = blocking_retire,
        .is_busy = blocking_is_busy,
        .free = blocking_free,
};

int sink_blocking_new(const struct blocking_ops *ops, const char *name, void *target, struct writer *writer,
                      struct sink_context *context, struct sink **ret_sink)
{
        struct blocking_sink *sink = calloc(1, sizeof(*sink));
        struct blocking_job *job = calloc(1, sizeof(*job));

        if (!sink || !job) {
                free(sink);
                free(job);
                if (ops->target_free)
                        ops->target_free(target);
                return -ENOMEM;
        }
        sink_init(&sink->sink, ops->kind, name, &blocking_sink_ops, context);
        *job = (struct blocking_job){
                .job = { .run = job_run, .done = job_done },
                .sink = sink,
                .ops = ops,
                .target = target,
        };
        sink->job = job;
        sink->writer = writer;
        sink->retry_ms = BLOCKING_RETRY_MS_MIN;
        sink->retry = evtimer_new(context->base, on_retry, sink);
        if (!sink->retry) {
                (void)blocking_free(&sink->sink);
                return -ENOMEM;
        }
        *ret_sink = &sink->sink;
        return 0;
}

bool sink_blocking_is_broken(const struct sink *sink)
{
        return blocking_from_const(sink)->is_broken;
}
