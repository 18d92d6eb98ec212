/* daemon/watch/capabilities.h: the watcher needs CAP_SYSLOG to open /dev/kmsg, and nothing after it. */

#pragma once

/* Drops every capability, unless the program runs as uid 0, which is then somebody's choice. To be called before any thread is made.
 * Returns 0 or -errno. */
int capabilities_drop(void) __attribute__((warn_unused_result));
