/* lib/util/rfc3339.h: a time as RFC 3339 writes it, in UTC with microseconds. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RFC3339_SIZE 28 /* "2026-01-02T03:04:05.678901Z" and its terminator */

/* Writes time_usec, microseconds since 1970, to ret_time. Returns false, and leaves ret_time alone, for a time before 1970
 * or after 9999. */
bool rfc3339_format(int64_t time_usec, char ret_time[static RFC3339_SIZE]);
