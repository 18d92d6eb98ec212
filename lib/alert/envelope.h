/* lib/alert/envelope.h: what a messenger has to know of an alert that it passes on as it is: that it is one, which one,
 * and of when.
 *
 * Reads the JSON form (json.h) back, no further than that; the bytes are those of a file that anybody may have put
 * there. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define ALERT_TIME_ABSENT INT64_MIN

struct alert_envelope {
        char id[33];
        int64_t time_usec; /* `time`, since the epoch; ALERT_TIME_ABSENT: not there, or no time */
};

/* Returns 0; -EBADMSG when json is not one JSON object with an `id` of at most 32 bytes; -ENOMEM. */
int alert_envelope_read(const char *json, size_t length, struct alert_envelope *ret_envelope)
        __attribute__((warn_unused_result));
