/* daemon/watch/app.h: oomwatchd as a whole: kmsg_source -> parser -> incident, victim_proc -> alert -> notifier, on one loop. */

#pragma once

#include "notify/notifier.h"
#include "watch/kmsg_source.h"

struct app_options {
        const char *config_path; /* NULL: the default */
        const char *kmsg_path;   /* NULL: /dev/kmsg of this machine */
        enum kmsg_from from;     /* of /dev/kmsg only */
        enum notifier_stdout out;
};

/* Runs until the input ends or a signal stops it. Logs what goes wrong. Returns the exit status: 0, 1 (failure at run
 * time), 2 (the configuration is wrong). */
int app_run(const struct app_options *options);
