/* daemon/watch/capabilities.h: the watcher needs CAP_SYSLOG to open /dev/kmsg, and nothing after it. */

#pragma once

/* Drops every capability, but leaves a program alone that was started as root. To be called before any thread is made. Returns 0
 * or -errno. */
int capabilities_drop(void) __attribute__((warn_unused_result));
