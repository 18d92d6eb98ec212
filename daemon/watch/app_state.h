/* daemon/watch/app_state.h: what the parts of oomwatchd share: app.c (start, service, end), app_alerts.c (from the kernel log to
 * alerts) and housekeeping.c (what is done from time to time). */

#pragma once

#include "common/event.h"
#include "common/service.h"
#include "parse/parser.h"
#include "watch/app.h"
#include "watch/cgroup_kills.h"
#include "watch/control.h"
#include "watch/cursor.h"
#include "watch/history.h"
#include "watch/leaving.h"
#include "watch/log_clock.h"
#include "watch/loss.h"
#include "watch/passwd.h"
#include "watch/reconcile.h"
#include "watch/suspension.h"
#include "watch/victim_proc.h"

struct app {
        const struct app_options *options;
        bool is_own_log; /* this machine's /dev/kmsg; else the log that --kmsg names, and nothing is asked of the machine */
        bool has_ended; /* the log has, or reading it failed */
        bool is_live;   /* the record being read was waited for */
        int exit_status;
        struct config *config;
        struct event_base *base;
        struct service *service;
        struct event *housekeeping_timer, *cursor_timer,
                *reconcile_timer; /* NULL with a log that isn't the machine's own */
        struct kmsg_source *source;
        struct oom_parser *parser;
        struct notifier *notifier;
        struct machine_identity host;
        struct victim_proc victim_proc;
        struct leaving leaving; /* victims */
        struct passwd_file passwd;
        uint64_t passwd_mono_usec; /* stamp of the record at which it was refreshed */
        struct log_clock log_clock;
        struct suspension suspension;
        struct loss loss; /* not reported yet */
        struct reconcile reconcile;
        struct cgroup_kills *cgroup_kills; /* NULL: cgroups are not asked */
        uint64_t
                n_explained_in_cgroups; /* of reconcile, when their counts were remembered; UINT64_MAX: they were not */
        int lock_fd;                    /* of the cursor; negative: none */
        uint64_t cursor_seq;            /* as stored; UINT64_MAX: none */
        uint64_t cursor_n_explained;    /* as stored with it */
        bool has_cursor_error;
        bool is_housekeeping_soon; /* the next round is a matter of seconds; else it is that of an idle watcher */
        unsigned n_rounds_without_courier; /* of housekeeping, in a row */
        struct history *history;           /* NULL: none is kept */
        struct control *control;           /* NULL: nobody can ask */
        int64_t started_usec;              /* CLOCK_BOOTTIME */
        bool is_memory_locked;
        uint64_t n_incidents, n_missed; /* reports of the kernel; kills that it counted and nothing explains */
        const char *trouble; /* what keeps the watchdog from being answered, as it was logged; NULL: nothing */
};

/* ---- app_alerts.c ---------------------------------------------------------------------------------------------------- */

/* Called by the parser and the source; userdata is the app. */
void app_on_incident(const struct oom_incident *incident, void *userdata);
extern const struct kmsg_source_handler app_source_handler;

/* Sends an alert about the records that were lost and not reported yet, if any were. */
void app_report_loss(struct app *app);
/* The same if the episode is over. */
void app_report_past_loss(struct app *app);

/* Notices a suspension: the sooner, the fewer records come after it that seem to be from before. */
void app_look_for_suspension(struct app *app);

/* Something has happened that a round of housekeeping must follow up: a record, an alert, a loss, another configuration, a sink that went or came back.
 * Does nothing with a log that isn't the machine's own. userdata is the app. */
void app_wake_housekeeping(void *userdata);

/* Compares the kernel's count of kills with what was read, and sends an alert about those that were missed. Called by libevent's timer
 * too; userdata is the app. */
void app_reconcile(evutil_socket_t fd, short what, void *userdata);

/* ---- housekeeping.c -------------------------------------------------------------------------------------------------- */

/* How long after an event the round comes that it needs, and the next ones while there is something to do. */
#define HOUSEKEEPING_MS 5000
/* A watcher that has nothing to do wakes up once in this time. */
#define HOUSEKEEPING_IDLE_MS 60000

/* Called by libevent's timers; userdata is the app. */
void housekeeping_on_timer(evutil_socket_t fd, short what, void *userdata);
void housekeeping_on_cursor_timer(evutil_socket_t fd, short what, void *userdata);

/* The status for the service manager; userdata is the app. */
void housekeeping_describe(char ret_status[static SERVICE_STATUS_MAX], void *userdata);

/* Where to begin in the kernel log; for KMSG_FROM_CURSOR, ret_cursor->seq is the last record that was read. */
enum kmsg_from housekeeping_load_cursor(struct app *app, struct cursor *ret_cursor);
/* Stores the cursor if it has moved. */
void housekeeping_store_cursor(struct app *app);

/* ---- app_health.c ---------------------------------------------------------------------------------------------------- */

/* Whether the watcher does its work: the reader keeps up with the log, and no writer is stuck. Logs a change. Called by the service
 * when the watchdog is due; userdata is the app. */
bool app_is_healthy(void *userdata);

/* ---- app_control.c --------------------------------------------------------------------------------------------------- */

/* Lets people ask: makes the control socket that the configuration names. If it can't be made, that is logged, and the watch goes on. */
void app_control_start(struct app *app);
