/* cli/scan/local_time.h: local time to UTC, in the time zone of this machine ($TZ, /etc/localtime). */

#pragma once

#include "logfile/reader.h"

/* A log_local_time_fn. Of an hour that there is twice, at the end of summer, it is the first. */
int64_t local_time_usec(const struct log_date *date, void *userdata);
/* The same. is_dst: whether date is in summer time; -1: unknown. */
int64_t local_time_dst_usec(const struct log_date *date, int is_dst);
