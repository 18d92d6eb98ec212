/* lib/alert/envelope.h: reads the id and the time of an alert in its JSON form, for programs that pass it on unchanged.
 *
 * Nothing is assumed of the bytes: they are from a file that others may have written. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define ALERT_TIME_ABSENT INT64_MIN

struct alert_envelope {
        char id[33];
        int64_t time_usec; /* `time`, since 1970; ALERT_TIME_ABSENT: missing or malformed */
};

/* Returns 0; -EBADMSG when json is not one JSON object with an `id` of at most 32 bytes; -ENOMEM. */
int alert_envelope_read(const char *json, size_t length, struct alert_envelope *ret_envelope)
        __attribute__((warn_unused_result));
