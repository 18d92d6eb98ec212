/* daemon/watch/housekeeping.c: what the watcher does from time to time, in rounds: close reports that nothing follows, store the cursor,
 * compare the kernel's count of kills, look for a courier, send the status.
 *
 * Rounds come every few seconds while there is something to do (needs_round()), and after each event (app_wake_housekeeping()). An idle
 * watcher has one a minute, for what no event announces: kills of which no line came, a courier that has ended. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/spool.h"
#include "host/clock.h"
#include "watch/app_state.h"
#include "watch/cursor.h"

/* How many rounds a courier has to start before its absence is reported. */
#define COURIER_ROUNDS 3

/* Every alert up to this record is acknowledged; a report that isn't complete will be read again from its first record. */
static uint64_t cursor_now(const struct app *app)
{
        uint64_t last_seq = kmsg_source_counts(app->source).last_seq, seq = last_seq;
        uint64_t open = oom_parser_open_seq(app->parser);
        uint64_t acknowledged = notifier_acknowledged_seq(app->notifier);

        if (seq == UINT64_MAX)
                return app->cursor_seq;
        if (acknowledged < seq)
                seq = acknowledged;
        if (open != UINT64_MAX && open <= seq)
                seq = open ? open - 1 : UINT64_MAX;
        /* A loss that wasn't reported yet will be found again. */
        if (app->loss.n_records && app->loss.seq <= seq)
                seq = app->loss.seq ? app->loss.seq - 1 : UINT64_MAX;
        /* It goes back for no second alert of a report that it has passed. One beyond the log's end is not of this log. */
        if (app->cursor_seq != UINT64_MAX && app->cursor_seq <= last_seq && seq < app->cursor_seq)
                seq = app->cursor_seq;
        return seq;
}

void housekeeping_store_cursor(struct app *app)
{
        struct cursor cursor = { .seq = cursor_now(app) };
        int r;

        if (!app->is_own_log || cursor.seq == UINT64_MAX)
                return;
        cursor.has_mark = reconcile_at(&app->reconcile, cursor.seq, &cursor.mark);
        if (!cursor.has_mark && app->reconcile.has_base)
                return; /* it can stop at another record only */
        if (cursor.seq == app->cursor_seq && cursor.mark.n_explained == app->cursor_n_explained)
                return;
        r = cursor_store(app->config->cursor_path, app->host.boot_id, &cursor);
        if (r < 0 && !app->has_cursor_error)
                log_warning("%s: the cursor can't be stored, a restart will repeat alerts of this run: %s",
                            app->config->cursor_path, strerror(-r));
        app->has_cursor_error = r < 0;
        app->cursor_seq = r < 0 ? UINT64_MAX : cursor.seq;
        app->cursor_n_explained = cursor.mark.n_explained;
        if (r == 0)
                reconcile_forget(&app->reconcile, cursor.seq);
}

void housekeeping_on_cursor_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        housekeeping_store_cursor(userdata);
}

enum kmsg_from housekeeping_load_cursor(struct app *app, struct cursor *ret_cursor)
{
        int r;

        if (app->options->from != KMSG_FROM_CURSOR)
                return app->options->from;
        r = cursor_load(app->config->cursor_path, app->host.boot_id, ret_cursor);
        if (r == 0) {
                app->cursor_seq = ret_cursor->seq;
                app->cursor_n_explained = ret_cursor->mark.n_explained;
                return KMSG_FROM_CURSOR;
        }
        if (r == -ESTALE)
                log_notice("%s: the cursor is of another boot, beginning with the oldest record",
                           app->config->cursor_path);
        else if (r != -ENOENT)
                log_warning("%s: the cursor can't be read, beginning with the oldest record: %s",
                            app->config->cursor_path, r == -EBADMSG ? "the file holds no cursor" : strerror(-r));
        return KMSG_FROM_OLDEST;
}

void housekeeping_describe(char ret_status[static SERVICE_STATUS_MAX], void *userdata)
{
        const struct app *app = userdata;
        struct notifier_counts notified = notifier_counts(app->notifier);
        struct kmsg_source_counts read = kmsg_source_counts(app->source);
        bool is_realtime = (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
        bool is_courier_missing = app->n_rounds_without_courier >= COURIER_ROUNDS;

        (void)snprintf(
                ret_status, SERVICE_STATUS_MAX,
                "Watching: %" PRIu64 " alerts, %u waiting, %" PRIu64 " dropped; %u of %u sinks up; %" PRIu64
                " records lost, %" PRIu64 " passed over, %" PRIu64 " refused, %" PRIu64 " malformed; %s priority%s",
                notified.n_alerts, notified.n_pending, notified.n_dropped, notified.n_sinks - notified.n_sinks_down,
                notified.n_sinks, read.n_lost, read.n_skipped, read.n_refused, read.n_malformed,
                is_realtime ? "realtime" : "ordinary", is_courier_missing ? "; webhooks wait: no courier runs" : "");
}

static void look_for_courier(struct app *app)
{
        if (app->config->n_webhooks == 0 || spool_is_locked(app->config->spool_path)) {
                if (app->n_rounds_without_courier >= COURIER_ROUNDS)
                        log_notice("a courier runs: webhooks get their alerts");
                app->n_rounds_without_courier = 0;
                return;
        }
        if (++app->n_rounds_without_courier == COURIER_ROUNDS)
                log_warning("webhooks are configured, but no oomwatch-courier runs: their alerts wait in %s",
                            app->config->spool_path);
}

/* Whether the next round can't wait a minute. A cursor that can't be stored can. */
static bool needs_round(const struct app *app)
{
        return oom_parser_open_seq(app->parser) != UINT64_MAX || oom_parser_is_repeating(app->parser) ||
               app->loss.n_records > 0 || notifier_counts(app->notifier).n_pending > 0 ||
               app->n_rounds_without_courier > 0;
}

void housekeeping_on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct app *app = userdata;

        /* If the watcher was kept from running, the rest of a report may be there unread. */
        if (!kmsg_source_has_input(app->source))
                (void)oom_parser_tick(app->parser, (uint64_t)(clock_monotonic_usec() - app->log_clock.offset_usec));
        app_look_for_suspension(app);
        app_report_past_loss(app);
        if (!evtimer_pending(app->reconcile_timer, NULL))
                app_reconcile(-1, 0, app);
        look_for_courier(app);
        housekeeping_store_cursor(app);
        service_update_status(app->service);
        log_report_dropped();
        app->is_housekeeping_soon = false;
        if (needs_round(app))
                app_wake_housekeeping(app);
        else
                (void)timer_start(app->housekeeping_timer,
                                  HOUSEKEEPING_IDLE_MS); /* no memory: the next event does it */
}
