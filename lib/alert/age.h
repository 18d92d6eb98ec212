/* lib/alert/age.h: how long ago an alert's incident was, by a clock that nobody sets.
 *
 * `time` is of the wall clock, which may be set back or forward by years while an alert waits: by NTP after a start without a
 * battery, by hand. In the same boot `source.boottime_usec` tells the age, whatever has happened to the wall clock. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define ALERT_AGE_UNKNOWN INT64_MIN

/* When the incident was, CLOCK_BOOTTIME in microseconds, as the JSON of an alert of boot_id (32 hex digits) says;
 * ALERT_AGE_UNKNOWN where it is of another boot, or says nothing. json need not be valid. */
int64_t alert_boottime_usec(const char *json, size_t length, const char *boot_id);

/* The age in microseconds, never negative: by boottime_usec (ALERT_AGE_UNKNOWN: unknown), else by time_usec, both compared with their
 * clock's now; ALERT_AGE_UNKNOWN if that (INT64_MIN) is unknown too. */
int64_t alert_age_usec(int64_t boottime_usec, int64_t boottime_now_usec, int64_t time_usec, int64_t now_usec);
