#include "watch/app_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/spool.h"
#include "host/clock.h"
#include "watch/cursor.h"

/* Rounds that a courier has to start before its absence is told. */
#define COURIER_ROUNDS 3

/* ---- cursor ------------------------------------------------------------------------------------------------------------ */

/* Everything up to this record is told and acknowledged; what a report in the making began with will be read again. */
static uint64_t cursor_now(const struct app *app)
{
        uint64_t seq = kmsg_source_counts(app->source).last_seq;
        uint64_t open = oom_parser_open_seq(app->parser);
        uint64_t acknowledged = notifier_acknowledged_seq(app->notifier);

        if (seq == UINT64_MAX)
                return app->cursor_seq;
        if (acknowledged < seq)
                seq = acknowledged;
        if (open != UINT64_MAX && open <= seq)
                seq = open ? open - 1 : UINT64_MAX;
        return seq;
}

void app_store_cursor(struct app *app)
{
        uint64_t seq = cursor_now(app);
        int r;

        if (!app->is_machine || seq == UINT64_MAX || seq == app->cursor_seq)
                return;
        r = cursor_store(app->config->cursor_path, app->host.boot_id, seq);
        if (r < 0 && app->cursor_seq != UINT64_MAX - 1)
                log_warning("%s: the cursor can't be stored, a restart will tell again what this run told: %s",
                            app->config->cursor_path, strerror(-r));
        app->cursor_seq = r < 0 ? UINT64_MAX - 1 : seq;
}

void app_on_cursor_timer(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        app_store_cursor(userdata);
}

enum kmsg_from app_load_cursor(struct app *app, uint64_t *ret_seq)
{
        int r;

        if (app->options->from != KMSG_FROM_CURSOR)
                return app->options->from;
        r = cursor_load(app->config->cursor_path, app->host.boot_id, ret_seq);
        if (r == 0) {
                app->cursor_seq = *ret_seq;
                return KMSG_FROM_CURSOR;
        }
        if (r != -ENOENT)
                log_warning("%s: the cursor can't be read, beginning with the oldest record: %s",
                            app->config->cursor_path, strerror(-r));
        return KMSG_FROM_OLDEST;
}

/* ---- the slow round ------------------------------------------------------------------------------------------------------ */

void app_tell_status(struct app *app)
{
        struct notifier_counts notified = notifier_counts(app->notifier);
        struct kmsg_source_counts read = kmsg_source_counts(app->source);
        bool no_courier = app->rounds_without_courier >= COURIER_ROUNDS;
        char status[sizeof(app->status)];

        (void)snprintf(status, sizeof(status),
                       "STATUS=Watching: %" PRIu64 " alerts, %u waiting, %" PRIu64
                       " not delivered; %u of %u sinks up; %" PRIu64 " records lost, %" PRIu64 " refused, %" PRIu64
                       " malformed%s",
                       notified.n_alerts, notified.n_pending, notified.n_dropped,
                       notified.n_sinks - notified.n_sinks_down, notified.n_sinks, read.lost, read.refused,
                       read.malformed, no_courier ? "; webhooks wait: no courier runs" : "");
        if (strcmp(status, app->status) == 0)
                return;
        memcpy(app->status, status, sizeof(status));
        app_notify_manager(status);
}

static void look_for_courier(struct app *app)
{
        if (app->config->n_webhooks == 0 || spool_is_locked(app->config->spool_path)) {
                if (app->rounds_without_courier >= COURIER_ROUNDS)
                        log_notice("a courier runs: webhooks get their alerts");
                app->rounds_without_courier = 0;
                return;
        }
        if (++app->rounds_without_courier == COURIER_ROUNDS)
                log_warning("webhooks are configured, but no oomwatch-courier runs: their alerts wait in %s",
                            app->config->spool_path);
}

void app_on_round(evutil_socket_t fd, short what, void *userdata)
{
        struct app *app = userdata;

        (void)fd;
        (void)what;
        (void)oom_parser_tick(app->parser, (uint64_t)(clock_monotonic_usec() - app->log_clock.offset_usec));
        users_refresh(app->users);
        app->loss.was_told = false;
        app_tell_loss(app);
        look_for_courier(app);
        app_store_cursor(app);
        app_tell_status(app);
}

/* Comes from the loop, so the loop turns; and the reader must have kept up: what is there to be read is read. */
void app_on_watchdog(evutil_socket_t fd, short what, void *userdata)
{
        struct app *app = userdata;

        (void)fd;
        (void)what;
        if (app->is_stopping || kmsg_source_is_healthy(app->source))
                app_notify_manager("WATCHDOG=1");
}
