/* cli/scan/times.h: parses the times of --since and --until, as journalctl takes them (systemd.time(7)).
 *
 *         2026-08-25    2026-08-25 14:06[:20[.5]]    14:06[:20]    [Tue ]...[ UTC]    2026-08-25T14:06:20+02:00
 *         now    today    yesterday    tomorrow    -1h    +5min    2 hours 30min ago    5min left    @1756123580[.5]
 *
 * Local time is in the time zone of the process (tzset(3)). */

#pragma once

#include <stdbool.h>
#include <stdint.h>

/* now_usec and *ret_usec are UTC. Returns 0, -EINVAL if text is not a time, or -ERANGE for one that microseconds since
 * 1970 can't hold. */
int times_parse(const char *text, int64_t now_usec, int64_t *ret_usec) __attribute__((warn_unused_result));
