/* cli/scan/times.h: local time, and the times of --since and --until, which are as journalctl takes them (systemd.time(7)).
 *
 *         2026-08-25    2026-08-25 14:06[:20[.5]]    14:06[:20]    [Tue ]...[ UTC]    2026-08-25T14:06:20+02:00
 *         now    today    yesterday    tomorrow    -1h    +5min    2 hours 30min ago    5min left    @1756123580[.5]
 *
 * Local time is in the time zone of the process (tzset(3)). */

#pragma once

#include "logfile/reader.h"

/* A log_local_time_fn, in the time zone of the process. Of an hour that there is twice, at the end of summer, it is the first. */
int64_t local_time_usec(const struct log_date *date, void *userdata);

/* now_usec and *ret_usec are UTC. Returns 0, -EINVAL if text is not a time, or -ERANGE for one that microseconds since
 * 1970 can't hold. */
int times_parse(const char *text, int64_t now_usec, int64_t *ret_usec) __attribute__((warn_unused_result));
