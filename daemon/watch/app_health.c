/* daemon/watch/app_health.c: whether the watcher does its work, beyond the loop's turning. If it doesn't, systemd's watchdog is not
 * answered, and the watcher is started anew: what is not behind the cursor is read again then.
 *
 * A receiver is never the reason: it may be away or deaf for days, and a restart would not make it hear. */

#include "common/log.h"
#include "host/clock.h"
#include "watch/app_state.h"

bool app_is_healthy(void *userdata)
{
        struct app *app = userdata;
        bool is_reading = kmsg_source_is_healthy(app->source);
        const char *writer = notifier_stuck_writer(app->notifier, clock_monotonic_usec());
        const char *trouble = is_reading ? writer : "reader of the kernel log";

        if (trouble && !app->trouble)
                log_error("the %s is stuck: systemd's watchdog is not answered any more, and will restart oomwatchd",
                          trouble);
        else if (!trouble && app->trouble)
                log_notice("the %s moves again", app->trouble);
        app->trouble = trouble;
        return !trouble;
}
