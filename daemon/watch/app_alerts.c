/* daemon/watch/app_alerts.c: what the watcher does with what it reads: records to the parser, incidents to alerts, alerts to the
 * notifier. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alert/cmdline.h"
#include "common/log.h"
#include "host/clock.h"
#include "host/machine.h"
#include "watch/app_state.h"
#include "watch/containerd.h"

/* How long after an alert the cursor is stored. */
#define CURSOR_DELAY_MS 100
/* A record that is older when it is read was not just printed: its time is estimated. */
#define ARRIVAL_USEC (2 * 1000 * 1000)
/* How old the names of users may be. */
#define PASSWD_AGE_USEC (5 * 1000 * 1000)

/* NOLINTNEXTLINE(misc-redundant-expression): two names of one number */
_Static_assert(MACHINE_UNKNOWN == OOM_UNKNOWN, "what the machine doesn't say is unknown to the report");

/* How long ago the kernel gave a record this stamp: never in the future, and never before the boot, whatever the stamp's clock did (it is
 * another processor's, it drifts). Suspensions aren't counted: nobody knows whether one was since, so this is the least that it can be. */
static int64_t age_of(const struct app *app, uint64_t mono_usec)
{
        int64_t uptime_usec = clock_boottime_usec();
        int64_t age_usec = (int64_t)((uint64_t)clock_monotonic_usec() - mono_usec) - app->log_clock.offset_usec;

        if (age_usec < 0)
                return 0;
        return age_usec < uptime_usec ? age_usec : uptime_usec;
}

/* Whether a record of the machine's own log was read as it was printed. */
static bool has_arrived_now(const struct app *app, int64_t age_usec)
{
        return app->is_live && age_usec < ARRIVAL_USEC &&
               !suspension_may_be_since(&app->suspension, clock_monotonic_usec() - age_usec);
}

static struct alert_context context_of(struct app *app, uint64_t mono_usec)
{
        struct alert_context context = { .kind = ALERT_SOURCE_KMSG,
                                         .time_usec = OOM_UNKNOWN,
                                         .since_usec = OOM_UNKNOWN,
                                         .machine = { OOM_UNKNOWN, OOM_UNKNOWN } };

        if (app->is_own_log) {
                int64_t age_usec = age_of(app, mono_usec);
                bool is_arrival = has_arrived_now(app, age_usec);

                machine_memory(&context.machine.page_size_bytes, &context.machine.swap_total_bytes);
                context.host = &app->host;
                if (app->victim_proc.has_cgroups)
                        context.is_containerd_task = containerd_has_task;
                context.time_source = is_arrival ? ALERT_TIME_ARRIVAL : ALERT_TIME_ESTIMATED;
                context.time_usec = clock_realtime_usec() - (is_arrival ? 0 : age_usec);
                context.boottime_usec = clock_boottime_usec() - (is_arrival ? 0 : age_usec);
        }
        return context;
}

void app_look_for_suspension(struct app *app)
{
        int64_t boot_usec = clock_boottime_usec();

        suspension_look(&app->suspension, boot_usec, clock_monotonic_usec());
}

void app_wake_housekeeping(void *userdata)
{
        struct app *app = userdata;

        if (app->housekeeping_timer && !app->is_housekeeping_soon)
                app->is_housekeeping_soon = timer_start(app->housekeeping_timer, HOUSEKEEPING_MS) == 0;
}

static void send_alert(struct app *app, struct alert *alert)
{
        notifier_send(app->notifier, alert);
        alert_done(alert);
        app_wake_housekeeping(app);
        if (app->cursor_timer && !evtimer_pending(app->cursor_timer, NULL))
                (void)timer_start(app->cursor_timer, CURSOR_DELAY_MS); /* housekeeping stores it too */
}

void app_on_incident(const struct oom_incident *incident, void *userdata)
{
        struct app *app = userdata;
        struct alert_context context = context_of(app, incident->mono_usec);
        char cmdline[CMDLINE_MAX];
        struct alert alert;

        if (incident->repeat == OOM_REPEAT_AGAIN)
                return; /* its run's end has the count */
        app->n_incidents++;
        if (app->is_own_log && incident->repeat == OOM_REPEAT_END)
                context.since_usec = clock_realtime_usec() - age_of(app, incident->first_mono_usec);
        if (app->is_own_log && incident->type == OOM_TYPE_KILL) {
                struct cmdline_patterns redact = { (const char *const *)app->config->redact, app->config->n_redact };
                struct victim_proc *proc = &app->victim_proc;

                leaving_note(&app->leaving, incident->victim.pid, clock_monotonic_usec());
                victim_proc_read(&incident->victim, clock_boottime_usec() - age_of(app, incident->mono_usec), proc);
                context.victim_cgroup = (struct text){ proc->cgroup, proc->cgroup_length };
                context.victim_cmdline = cmdline_show((struct text){ proc->cmdline, proc->cmdline_length },
                                                      proc->cmdline_length == CMDLINE_MAX, &redact, cmdline,
                                                      sizeof(cmdline), &context.victim_program_length);
                context.victim_user = passwd_name(&app->passwd, incident->victim.uid);
        }
        alert_from_incident(incident, &context, &alert);
        send_alert(app, &alert);
}

void app_report_loss(struct app *app)
{
        struct loss *loss = &app->loss;
        struct alert_context context = context_of(app, loss->mono_usec);
        struct alert alert;

        if (loss->n_records == 0)
                return;
        /* Where that goes into the journal, the alert's entry is there already. */
        if (!app->config->is_journal_enabled)
                log_warning("%" PRIu64 " records of the kernel log were lost before they could be read",
                            loss->n_records);
        alert_from_loss(loss->seq, loss->mono_usec, loss->n_records, &context, &alert);
        send_alert(app, &alert);
        loss->n_records = 0;
}

void app_report_past_loss(struct app *app)
{
        if (loss_is_over(&app->loss, clock_monotonic_usec()))
                app_report_loss(app);
}

static void report_missed(struct app *app, const struct reconcile_missed *found, uint64_t seq, int64_t now_usec)
{
        uint64_t mono_usec = (uint64_t)(clock_monotonic_usec() - app->log_clock.offset_usec);
        struct alert_context context = context_of(app, mono_usec);
        struct alert_missed missed = { .n_kills = found->n_kills, .n_explained = found->n_explained };
        struct alert alert;

        app->n_missed += found->n_kills;
        missed.n_cgroups = cgroup_kills_risen(app->cgroup_kills, &missed.cgroups);
        if (found->since_usec > 0)
                context.since_usec = clock_realtime_usec() - (now_usec - found->since_usec);
        alert_from_missed(&missed, seq, mono_usec, &context, &alert);
        send_alert(app, &alert);
}

void app_reconcile(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct app *app = userdata;
        uint64_t seq = kmsg_source_counts(app->source).last_seq;
        int64_t now_usec = clock_boottime_usec();
        struct reconcile_missed found;
        int delay_ms;

        if (seq == UINT64_MAX)
                seq = 0; /* the log is empty */
        delay_ms = reconcile_check(&app->reconcile, now_usec, !kmsg_source_has_input(app->source), seq, &found);
        if (found.n_superfluous > 0)
                log_notice("the kernel's log has %" PRIu64 " kill lines more than the kernel has counted kills",
                           found.n_superfluous);
        if (found.n_kills > 0 || found.n_superfluous > 0)
                history_break(app->history);
        if (found.n_kills > 0)
                report_missed(app, &found, seq, now_usec);
        if (app->reconcile.has_base && app->reconcile.balanced_usec == now_usec)
                history_extend(app->history,
                               &(struct span_end){ clock_realtime_usec(), now_usec, seq, app->reconcile.n_counted },
                               kmsg_source_counts(app->source).first_seq);
        if (delay_ms > 0)
                (void)timer_start(app->reconcile_timer, delay_ms); /* housekeeping does it too */
        if (app->reconcile.n_explained != app->cursor_n_explained)
                app_wake_housekeeping(app); /* the cursor has it too */
        if (app->reconcile.has_difference && app->reconcile.difference_usec == now_usec)
                cgroup_kills_compare(app->cgroup_kills);
        else if (delay_ms == 0 && app->reconcile.n_explained != app->n_explained_in_cgroups) {
                cgroup_kills_remember(app->cgroup_kills);
                app->n_explained_in_cgroups = app->reconcile.n_explained;
        }
}

static void reconcile_soon(struct app *app)
{
        if (app->reconcile_timer && !evtimer_pending(app->reconcile_timer, NULL))
                (void)timer_start(app->reconcile_timer, RECONCILE_DELAY_MS); /* housekeeping does it too */
}

/* What a record needs beside the parser, and isn't due with each of a flood. A report's first line is early enough for its kill's user
 * name. Stamps of two processors may go backwards: then it is refreshed once more. */
static void prepare_for(struct app *app, const struct kmsg_record *record)
{
        app_wake_housekeeping(app);
        if (suspension_is_due(&app->suspension, record->mono_usec)) {
                app->suspension.looked_stamp = record->mono_usec;
                app_look_for_suspension(app);
        }
        if (record->mono_usec - app->passwd_mono_usec < PASSWD_AGE_USEC)
                return;
        app->passwd_mono_usec = record->mono_usec;
        passwd_refresh(&app->passwd);
}

static void on_record(const struct kmsg_record *record, bool is_live, void *userdata)
{
        struct app *app = userdata;
        uint64_t n_kill_lines;

        app->is_live = is_live;
        if (app->is_own_log)
                prepare_for(app, record);
        if (is_live && app->is_own_log && log_clock_is_due(&app->log_clock, record->mono_usec))
                log_clock_sample(&app->log_clock, record->mono_usec, (uint64_t)clock_monotonic_usec());
        n_kill_lines = oom_parser_kill_lines(app->parser);
        oom_parser_push(app->parser, record);
        n_kill_lines = oom_parser_kill_lines(app->parser) - n_kill_lines;
        if (n_kill_lines > 0) {
                reconcile_explain(&app->reconcile, record->seq, n_kill_lines);
                history_kill(app->history, record->seq, n_kill_lines);
                reconcile_soon(app);
        }
        if (app->is_own_log)
                return;
        /* what housekeeping does by the machine's clock */
        (void)oom_parser_tick(app->parser, record->mono_usec);
        if (!oom_parser_is_repeating(app->parser))
                app_report_loss(app);
}

/* In a file, whose reader loses nothing, each hole is reported where it is; those in a storm of reports that say the same, when that is
 * over. */
static void on_lost(uint64_t seq, uint64_t n_records, uint64_t mono_usec, void *userdata)
{
        struct app *app = userdata;
        bool begins = loss_add(&app->loss, seq, n_records, mono_usec, clock_monotonic_usec());

        oom_parser_gap(app->parser);
        history_break(app->history);
        app_wake_housekeeping(app);
        reconcile_soon(app);
        if (begins && app->is_own_log)
                log_warning(
                        "the kernel log was overwritten before it could be read; how many records that costs is said "
                        "when it is over");
        if (!app->is_own_log && !oom_parser_is_repeating(app->parser))
                app_report_loss(app);
}

static void on_cursor_is_ahead(uint64_t last_seq, void *userdata)
{
        const struct app *app = userdata;

        log_warning("%s: the cursor is after the last record of the kernel log (%" PRIu64
                    "), beginning with the oldest record",
                    app->config->cursor_path, last_seq);
}

static void on_rebooted(void *userdata)
{
        struct app *app = userdata;

        oom_parser_flush(app->parser);
        app_report_loss(app);
}

/* In a storm of reports that say the same. */
static bool may_pause(void *userdata)
{
        const struct app *app = userdata;

        return oom_parser_is_repeating(app->parser);
}

/* Such a storm need not be read as a whole. What has to do with a kill is: its report, and what the kernel says of its victim until that is
 * gone. Where the kernel's count isn't known, all is read. */
static bool may_skip(void *userdata)
{
        struct app *app = userdata;

        return oom_parser_is_repeating(app->parser) && !leaving_any(&app->leaving, clock_monotonic_usec()) &&
               reconcile_is_quiet(&app->reconcile);
}

static bool ends_report(const struct kmsg_record *record, _unused_ void *userdata)
{
        return oom_parser_ends_repeat(record);
}

static void on_skipped(uint64_t last_seq, uint64_t n_records, uint64_t span_usec, void *userdata)
{
        struct app *app = userdata;

        oom_parser_skip(app->parser, last_seq, n_records, span_usec);
        app_wake_housekeeping(app);
}

static bool has_capacity(void *userdata)
{
        struct app *app = userdata;

        return notifier_has_capacity(app->notifier);
}

static void on_ended(int error, void *userdata)
{
        struct app *app = userdata;
        struct kmsg_source_counts counts = kmsg_source_counts(app->source);

        app->has_ended = true;
        oom_parser_flush(app->parser);
        if (!app->is_own_log)
                app_report_loss(app);
        if (app->options->kmsg_path && counts.n_malformed && !counts.n_records && !counts.n_refused) {
                log_error("%s: it has no record as /dev/kmsg gives them (%" PRIu64
                          " other lines); oomwatch scan reads logs",
                          app->options->kmsg_path, counts.n_malformed);
                app->exit_status = EXIT_FAILURE;
        } else if (counts.n_refused || counts.n_malformed) {
                log_notice("%" PRIu64 " records refused (not of the kernel), %" PRIu64 " malformed", counts.n_refused,
                           counts.n_malformed);
        }
        if (error < 0) {
                log_error("%s: reading failed: %s", app->options->kmsg_path ? app->options->kmsg_path : "/dev/kmsg",
                          strerror(-error));
                app->exit_status = EXIT_FAILURE;
        }
        service_stop(app->service);
}

const struct kmsg_source_handler app_source_handler = {
        .record = on_record,
        .refused = app_wake_housekeeping,
        .lost = on_lost,
        .cursor_is_ahead = on_cursor_is_ahead,
        .rebooted = on_rebooted,
        .has_capacity = has_capacity,
        .may_pause = may_pause,
        .may_skip = may_skip,
        .ends_report = ends_report,
        .skipped = on_skipped,
        .ended = on_ended,
};
