/* cli/scan/local_time.h: local time to UTC, by the zone of the machine that reads ($TZ, /etc/localtime). */

#pragma once

#include "logfile/reader.h"

/* Microseconds of the date's second, or LOG_UNKNOWN. An hour that there is twice is taken for the first of the two. */
int64_t local_time_usec(const struct log_date *date, void *userdata);
