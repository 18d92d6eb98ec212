/* daemon/courier/outcome.h: what becomes of an alert after an answer, and how long to wait before the next attempt.
 *
 * Pure: no clock, no chance; both come in as arguments. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MIN_MS      500
#define BACKOFF_FIRST_MS    1000            /* the most to wait after the first failure */
#define BACKOFF_MAX_MS      (5 * 60 * 1000) /* the most to wait after any */
#define RETRY_AFTER_MAX_SEC 3600            /* a receiver that asks for more gets this */

enum outcome {
        OUTCOME_DELIVERED,
        OUTCOME_RETRY,
        OUTCOME_REJECT, /* the same request will never be accepted */
};

/* Of the HTTP status of an answer: 200 to 599. */
enum outcome outcome_of_status(int status);

/* How long to wait after so many failures in a row (1 or more): exponential, with full jitter: anywhere from
 * BACKOFF_MIN_MS to a bound that doubles from BACKOFF_FIRST_MS to BACKOFF_MAX_MS. random: any number. */
int64_t backoff_ms(unsigned failures, uint32_t random);

/* Reads the value of a Retry-After header: seconds, or one of the three forms of an HTTP-date (RFC 9110, 5.6.7 and
 * 10.2.3). Gives the seconds from now_sec (since the epoch) on, 0 to RETRY_AFTER_MAX_SEC. False: it is neither. */
bool retry_after_parse(const char *value, int64_t now_sec, int64_t *ret_sec);
