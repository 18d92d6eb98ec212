/* daemon/common/manager.h: what a service and its manager (systemd) have to say to each other: sd_notify(3).
 *
 * The protocol is small and stable, and its manual says that it may be spoken without the library. libsystemd's own code
 * for it touches pages in so many places that 285 KiB more of it were resident, and locked, in the watcher. */

#pragma once

#include <stdint.h>

/* Sends "NAME=value" lines to the socket that $NOTIFY_SOCKET names, "/path" or "@abstract"; waits for room in its queue.
 * Returns 1, or 0 when there is no manager to be told. -EAFNOSUPPORT: another form of address; -ENAMETOOLONG; else what
 * socket(2) or sendto(2) says. */
int manager_notify(const char *state);

/* How often the manager wants to hear WATCHDOG=1 from this process, in microseconds; 0: not at all. */
uint64_t manager_watchdog_usec(void);
