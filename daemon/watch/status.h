/* daemon/watch/status.h: the answer to "status" on the control socket, as JSON: config/status.schema.json describes it. Pure: the values
 * come from the caller. */

#pragma once

#include "alert/object.h"
#include "notify/notifier.h"
#include "watch/kmsg_source.h"

#define STATUS_SCHEMA "oomwatchd.status/1"

/* Times are CLOCK_REALTIME, in microseconds; 0: unknown, or never. Texts are borrowed; NULL: none. */
struct status {
        int64_t now_usec, uptime_usec;
        pid_t pid;
        const char *trouble; /* what keeps the watchdog from being answered */

        const char *log_path;
        struct kmsg_source_counts log;
        uint64_t n_incidents;
        struct notifier_counts notified;

        bool has_kernel_count;
        uint64_t n_counted, n_explained, n_missed; /* kills since the boot; the last: by this run */
        int64_t balanced_usec;                     /* up to then all that the kernel has counted is explained */
        int64_t watched_since_usec;                /* without a gap */

        bool is_realtime, is_memory_locked, is_state_locked;

        const char *cursor_path;
        uint64_t cursor_seq; /* UINT64_MAX: none is stored */
        const char *spool_path;
        const struct notifier_sink *sinks;
        size_t n_sinks;

        unsigned n_clients;                 /* of the control socket */
        uint64_t n_slow_clients, n_refused; /* dropped because they read too slowly; refused because too many asked */
};

/* Adds the members of the answer to object. sees_all: else only what anybody on the machine may know: whether the watch goes on and has
 * missed nothing. Those are counts that /proc/vmstat has for all, too; names, paths and messages are not among them. */
void status_write(const struct status *status, bool sees_all, struct object *object);
