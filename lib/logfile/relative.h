/* lib/logfile/relative.h: the times of dmesg -H, which prints a minute, and for each line after it how much later than the one
 * before it was printed. */

#pragma once

#include "logfile/prefix.h"

struct log_relative {
        struct log_stamp minute; /* the last one; LOG_STAMP_NONE: not known */
        int64_t since_usec;      /* from its line to the last one */
};

/* *stamp: that of the prefix. Of a line without a minute puts the time into it, unless a stamp of another format told it: LOG_STAMP_NONE if the minute isn't
 * known. It is the earliest that it can be; its resolution is what was left of the minute. */
void log_relative_stamp(struct log_relative *relative, const struct log_prefix *prefix, struct log_stamp *stamp);
