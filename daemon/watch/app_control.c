/* daemon/watch/app_control.c: what the control socket answers, from the parts of the watcher. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "host/clock.h"
#include "util/cleanup.h"
#include "watch/app_state.h"
#include "watch/start_checks.h"
#include "watch/status.h"

static bool is_realtime(void)
{
        return (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

static void fill_status(const struct app *app, struct status *status)
{
        struct control_counts control = control_counts(app->control);
        const struct reconcile *reconcile = &app->reconcile;
        int64_t now_usec = clock_realtime_usec(), boottime_usec = clock_boottime_usec();
        struct span span;

        *status = (struct status){
                .now_usec = now_usec,
                .uptime_usec = boottime_usec - app->started_usec,
                .pid = getpid(),
                .trouble = app->trouble,
                .log_path = app->is_own_log ? "/dev/kmsg" : app->options->kmsg_path,
                .log = kmsg_source_counts(app->source),
                .n_incidents = app->n_incidents,
                .notified = notifier_counts(app->notifier),
                .has_kernel_count = app->is_own_log && reconcile->fd >= 0,
                .n_counted = reconcile->n_counted,
                .n_explained = reconcile->n_explained,
                .n_missed = app->n_missed,
                .is_realtime = is_realtime(),
                .is_memory_locked = app->is_memory_locked,
                .is_state_locked = app->lock_fd >= 0,
                .cursor_path = app->is_own_log ? app->config->cursor_path : NULL,
                .cursor_seq = app->cursor_seq,
                .spool_path = app->config->spool_path,
                .n_clients = control.n_clients,
                .n_slow_clients = control.n_slow,
                .n_refused = control.n_refused,
        };
        if (history_current(app->history, &span))
                status->watched_since_usec = span.from.real_usec;
        if (reconcile->balanced_usec > 0)
                status->balanced_usec = now_usec - (boottime_usec - reconcile->balanced_usec);
}

static void on_request(_unused_ enum request_kind kind, const struct peer *peer, struct object *answer, void *userdata)
{
        const struct app *app = userdata;
        /* Too large for the stack, whose pages stay. Without memory the answer has no sinks. */
        _cleanup_(freep) struct notifier_sink *sinks =
                peer->sees_all ? calloc(NOTIFIER_SINKS_MAX, sizeof(*sinks)) : NULL;
        struct status status;

        fill_status(app, &status);
        status.sinks = sinks;
        status.n_sinks = sinks ? notifier_sinks(app->notifier, sinks) : 0;
        status_write(&status, peer->sees_all, answer);
}

/* Clients get the descriptors that the watch doesn't need. */
static unsigned clients_max(const struct config *config)
{
        uint64_t n_needed = descriptors_needed(config), limit = n_needed + CONTROL_CLIENTS_MAX;

        if (raise_descriptor_limit(n_needed + CONTROL_CLIENTS_MAX, &limit) == 0)
                return CONTROL_CLIENTS_MAX;
        return limit > n_needed ? (unsigned)(limit - n_needed) : 0;
}

void app_control_start(struct app *app)
{
        const struct config *config = app->config;
        struct peer_policy policy = { .own_uid = geteuid() };
        int r;

        /* A log that is not the machine's own is read beside the service, whose socket it must not take. */
        if (!config->is_control_enabled || (!app->is_own_log && !config->is_control_configured))
                return;
        policy.has_group = peer_group_load("/etc/group", config->control_group, &policy.group);
        r = control_new(app->base, config->control_path, &policy, clients_max(config), on_request, app, &app->control);
        if (r < 0)
                log_warning("%s: oomwatch status can't ask: %s", config->control_path,
                            r == -EADDRINUSE ? "another process listens there"
                            : r == -EEXIST   ? "it is no socket"
                                             : strerror(-r));
}
