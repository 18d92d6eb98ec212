/* daemon/common/manager.h: the protocol between a service and its manager (systemd): sd_notify(3).
 *
 * It is small and documented as stable, for programs that don't use the library. libsystemd's code for it touches so many pages
 * that 285 KiB more were resident, and locked, in the watcher. */

#pragma once

#include <stdint.h>

/* Sends "NAME=value" lines to the socket that $NOTIFY_SOCKET names, "/path" or "@abstract". Returns 1, or 0 when there is no manager;
 * -EAGAIN: its queue is full, and nothing was sent; -EAFNOSUPPORT: another form of address; -ENAMETOOLONG; else the errno of
 * socket(2) or sendto(2), negative. */
int manager_notify(const char *state);

/* How often the manager wants to hear WATCHDOG=1 from this process, in microseconds; 0: not at all. */
uint64_t manager_watchdog_usec(void);
