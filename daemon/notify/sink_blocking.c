#include "notify/sink_blocking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct blocking_sink {
        struct sink sink;
        struct writer *writer;
        struct event *retry;
        struct alert_queue queue; /* not in the job yet */
        unsigned retry_ms;
        bool is_running;   /* the writer has the job */
        bool is_pausing;   /* until retry */
        bool is_abandoned; /* freed while its job was running: what the job needs is freed when that has ended */
        bool is_broken;
        bool is_retiring;

        /* Of the job: what the writer's thread touches. */
        struct writer_job job;
        const struct blocking_ops *ops;
        void *target;
        struct rendered_alert *alerts[BLOCKING_BATCH_MAX];
        unsigned n_alerts, n_done;
        int error; /* of alerts[n_done]; 0: all are written */
};

static struct blocking_sink *blocking_from(struct sink *sink)
{
        return (struct blocking_sink *)sink; /* its first member */
}

/* --- the job, in the writer's thread ----------------------------------------------------------------------------- */

static void job_run(struct writer_job *job)
{
        struct blocking_sink *sink = job->userdata;

        sink->error = 0;
        for (sink->n_done = 0; sink->n_done < sink->n_alerts; sink->n_done++) {
                sink->error = sink->ops->write(sink->target, sink->alerts[sink->n_done]);
                if (sink->error < 0)
                        break;
                writer_moved(sink->writer);
        }
        if (sink->ops->end_batch)
                sink->ops->end_batch(sink->target);
}

/* --- in the loop's thread ---------------------------------------------------------------------------------------- */

static void release(struct blocking_sink *sink)
{
        for (unsigned i = 0; i < sink->n_alerts; i++)
                (void)rendered_alert_unref(sink->alerts[i]);
        if (sink->ops->target_free)
                sink->ops->target_free(sink->target);
        free(sink);
}

/* Settles the first of the job's alerts. */
static void settle_first(struct blocking_sink *sink, enum sink_outcome outcome)
{
        struct rendered_alert *alert = sink->alerts[0];

        sink->n_alerts--;
        memmove(sink->alerts, sink->alerts + 1, sink->n_alerts * sizeof(struct rendered_alert *));
        if (sink->ops->on_settled)
                sink->ops->on_settled(alert);
        sink_settle(&sink->sink, alert, outcome);
}

static void settle_all(struct blocking_sink *sink, enum sink_outcome outcome)
{
        if (sink->is_retiring && sink->sink.n_pending > 0)
                sink_log(&sink->sink, LOG_ERR, "%u alerts %s", sink->sink.n_pending,
                         outcome == SINK_LEFT ? "left at the end" : "dropped");
        while (sink->n_alerts > 0)
                settle_first(sink, outcome);
        sink_settle_queue(&sink->sink, &sink->queue, outcome);
}

/* Submits the next batch, unless the writer still has one or a pause is due. */
static void advance(struct blocking_sink *sink)
{
        if (sink->is_running || sink->is_pausing)
                return;
        while (sink->n_alerts < BLOCKING_BATCH_MAX && sink->queue.n_alerts > 0)
                sink->alerts[sink->n_alerts++] = alert_queue_pop(&sink->queue);
        if (sink->n_alerts == 0)
                return;
        sink->is_running = true;
        writer_add(sink->writer, &sink->job);
}

static void pause_for_retry(struct blocking_sink *sink)
{
        sink->is_pausing = timer_start(sink->retry, sink->retry_ms) == 0; /* no memory for a timer: at once */
        sink->retry_ms = 2 * sink->retry_ms < BLOCKING_RETRY_MS_MAX ? 2 * sink->retry_ms : BLOCKING_RETRY_MS_MAX;
}

static void on_failure(struct blocking_sink *sink, int error)
{
        enum write_error_action action = sink->ops->error_action(error);
        const char *text = sink->ops->error_text ? sink->ops->error_text(error) : NULL;

        sink_set_down(&sink->sink, "%s: %s%s", sink->ops->failure, text ? text : strerror(-error),
                      action == WRITE_ERROR_RETRY && !sink->is_retiring ? "; alerts wait" : "");
        if (action == WRITE_ERROR_DROP_ALERT) {
                settle_first(sink, SINK_DROPPED);
        } else if (action == WRITE_ERROR_SINK_BROKEN || sink->is_retiring) {
                sink->is_broken = action == WRITE_ERROR_SINK_BROKEN;
                settle_all(sink, sink->is_broken ? SINK_DROPPED : sink_end_outcome(&sink->sink));
        } else {
                pause_for_retry(sink);
        }
}

static void job_done(struct writer_job *job)
{
        struct blocking_sink *sink = job->userdata;
        unsigned n_done = sink->n_done;

        if (sink->is_abandoned) {
                release(sink);
                return;
        }
        sink->is_running = false;
        for (unsigned i = 0; i < n_done; i++)
                settle_first(sink, SINK_DELIVERED);
        if (sink->ops->take_displaced)
                sink_count_displaced(&sink->sink, sink->ops->take_displaced(sink->target));
        if (n_done > 0) {
                sink->retry_ms = BLOCKING_RETRY_MS_MIN;
                sink_set_up(&sink->sink, "works again");
        }
        if (sink->error < 0)
                on_failure(sink, sink->error);
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
        else if (sink_accept(base, alert, sink->ops->form, &sink->queue))
                advance(sink);
}

static bool blocking_has_capacity(struct sink *sink)
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

static bool blocking_is_busy(struct sink *sink)
{
        return blocking_from(sink)->is_running;
}

static struct sink *blocking_free(struct sink *base)
{
        struct blocking_sink *sink = blocking_from(base);

        sink->is_retiring = true;
        if (sink->is_running) {
                /* The thread is blocked with the job, which keeps its references. */
                for (unsigned i = 0; i < sink->n_alerts; i++)
                        sink_settle(base, rendered_alert_ref(sink->alerts[i]), sink_end_outcome(base));
                sink_settle_queue(base, &sink->queue, sink_end_outcome(base));
        } else {
                settle_all(sink, sink_end_outcome(base));
        }
        event_done(sink->retry);
        alert_queue_done(&sink->queue);
        sink->is_abandoned = sink->is_running;
        if (!sink->is_running)
                release(sink);
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

        if (!sink) {
                if (ops->target_free)
                        ops->target_free(target);
                return -ENOMEM;
        }
        sink_init(&sink->sink, ops->kind, name, &blocking_sink_ops, context);
        sink->job = (struct writer_job){ .run = job_run, .done = job_done, .userdata = sink };
        sink->ops = ops;
        sink->target = target;
        sink->writer = writer;
        sink->retry_ms = BLOCKING_RETRY_MS_MIN;
        sink->retry = evtimer_new(context->base, on_retry, sink);
        if (!sink->retry || alert_queue_reserve(&sink->queue, SINK_ALERTS_MAX) < 0) {
                (void)blocking_free(&sink->sink);
                return -ENOMEM;
        }
        *ret_sink = &sink->sink;
        return 0;
}

bool sink_blocking_is_broken(struct sink *sink)
{
        return blocking_from(sink)->is_broken;
}
