/* lib/host/clock.h: the clocks, in microseconds. Pure code reads none: it takes the time as an argument. */

#pragma once

#include <stdint.h>
#include <time.h>

#include "util/usec.h"

int64_t clock_realtime_usec(void);
int64_t clock_monotonic_usec(void);
int64_t clock_boottime_usec(void); /* goes on while the machine is suspended, as the start times in /proc do */

/* The time on clock that is delay_usec (not negative) from now, as pthread_cond_timedwait() wants it. */
struct timespec clock_deadline(clockid_t clock, int64_t delay_usec);
