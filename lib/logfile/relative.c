#include "logfile/relative.h"

#include "util/usec.h"

#define MINUTE_USEC (60 * USEC_PER_SEC)

void log_relative_stamp(struct log_relative *relative, const struct log_prefix *prefix, struct log_stamp *stamp)
{
        if (prefix->is_minute) {
                relative->minute = *stamp;
                relative->since_usec = 0;
                return;
        }
        if (prefix->has_computed_stamp || prefix->since_usec == LOG_UNKNOWN)
                return;
        relative->since_usec += prefix->since_usec;
        /* Each minute has a stamp of its own: beyond it, lines are missing. Some time before it: records out of order. */
        if (relative->since_usec >= MINUTE_USEC || relative->since_usec <= -MINUTE_USEC)
                relative->minute.kind = LOG_STAMP_NONE;
        if (relative->minute.kind == LOG_STAMP_NONE) {
                relative->since_usec = 0;
                return;
        }
        *stamp = relative->minute;
        if (relative->since_usec > 0) {
                stamp->date.second = (uint8_t)(relative->since_usec / USEC_PER_SEC);
                stamp->fraction_usec = relative->since_usec % USEC_PER_SEC;
                stamp->resolution_usec = MINUTE_USEC - relative->since_usec;
        }
}
