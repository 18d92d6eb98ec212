/* daemon/watch/app_state.h: what the parts of oomwatchd share: app.c (start, signals, end), app_alerts.c (from the kernel log
 * to alerts) and app_round.c (what is done from time to time). */

#pragma once

#include <event2/event.h>

#include "parse/parser.h"
#include "watch/app.h"
#include "watch/log_clock.h"
#include "watch/passwd.h"
#include "watch/victim_proc.h"

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNALS };

/* Records lost and not yet told. */
struct loss {
        uint64_t seq, count, mono_usec; /* the first; how many; stamp of the record behind the last */
        bool was_told;                  /* an alert of a loss was sent in this round */
};

struct app {
        const struct app_options *options;
        bool is_machine; /* this machine's own log, not one that was named */
        int exit_status;
        bool is_stopping, is_asked, has_ended; /* it stops: because a signal asked, or the input came to its end */
        struct config *config;
        struct event_base *base;
        struct event *signals[SIGNALS], *round, *watchdog, *cursor_timer;
        struct kmsg_source *source;
        struct oom_parser *parser;
        struct notifier *notifier;
        struct machine_identity host;
        struct witness witness;
        struct loss loss;
        struct users *users;
        struct log_clock log_clock;
        bool is_live;        /* the record being read was waited for */
        uint64_t cursor_seq; /* as stored; UINT64_MAX: none */
        unsigned rounds_without_courier;
        char status[256];
};

/* Tells systemd. That it can't be told was said at the start. */
void app_notify_manager(const char *state);

/* ---- app_alerts.c ---------------------------------------------------------------------------------------------------- */

/* For the parser, the source: userdata is the app. */
void app_on_incident(const struct oom_incident *incident, void *userdata);
void app_on_record(const struct kmsg_record *record, bool is_live, void *userdata);
void app_on_lost(uint64_t seq, uint64_t count, uint64_t mono_usec, void *userdata);
void app_on_rebooted(void *userdata);
bool app_has_room(void *userdata);

/* Tells of the records that were lost, if any were. */
void app_tell_loss(struct app *app);

/* ---- app_round.c ----------------------------------------------------------------------------------------------------- */

/* For libevent's timers: userdata is the app. */
void app_on_round(evutil_socket_t fd, short what, void *userdata);
void app_on_watchdog(evutil_socket_t fd, short what, void *userdata);
void app_on_cursor_timer(evutil_socket_t fd, short what, void *userdata);

void app_tell_status(struct app *app);

/* Where to begin in the kernel log; *ret_seq: behind which record, for KMSG_FROM_CURSOR. */
enum kmsg_from app_load_cursor(struct app *app, uint64_t *ret_seq);
void app_store_cursor(struct app *app);
