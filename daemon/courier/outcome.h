/* daemon/courier/outcome.h: what becomes of an alert after an answer, and how long to wait before the next attempt. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MIN_MS      500
#define BACKOFF_FIRST_MS    1000            /* the longest pause after the first failure */
#define BACKOFF_MAX_MS      (5 * 60 * 1000) /* the longest pause after any failure */
#define RETRY_AFTER_MAX_SEC 3600            /* a longer one is shortened to this */

enum outcome {
        OUTCOME_DELIVERED,
        OUTCOME_RETRY,
        OUTCOME_MISCONFIGURED, /* a wrong URL, token or receiver: every alert fares alike until somebody mends that */
        OUTCOME_REJECT,        /* this alert will never be accepted; others may be */
};

/* The outcome for the HTTP status of an answer; OUTCOME_RETRY for what is not a status of HTTP. */
enum outcome outcome_of_status(int status);

/* What an administrator should look at after this status, the outcome of which is OUTCOME_MISCONFIGURED. */
const char *outcome_advice(int status);

/* The pause after n_failures (1 or more) in a row: exponential with full jitter, that is from BACKOFF_MIN_MS to a bound
 * that doubles from BACKOFF_FIRST_MS to BACKOFF_MAX_MS. random: any number. */
int64_t backoff_ms(unsigned n_failures, uint32_t random);

/* Parses the value of a Retry-After header: seconds, or one of the three forms of an HTTP-date (RFC 9110, 5.6.7 and
 * 10.2.3). *ret_sec is the time from now_sec (since the epoch) on, 0 to RETRY_AFTER_MAX_SEC. Returns false, and leaves
 * *ret_sec alone, when it is neither. */
bool retry_after_parse(const char *value, int64_t now_sec, int64_t *ret_sec);
