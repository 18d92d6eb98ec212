#include "courier/outcome.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "util/array.h"
#include "util/text.h"

static const struct {
        int first, last;
        enum outcome outcome;
} status_outcomes[] = {
        { 200, 299, OUTCOME_DELIVERED },
        /* Request Timeout, Too Early, Too Many Requests */
        { 408, 408, OUTCOME_RETRY },
        { 425, 425, OUTCOME_RETRY },
        { 429, 429, OUTCOME_RETRY },
        /* Bad Request, Content Too Large, Unsupported Media Type, Unprocessable Content: it is about the body */
        { 400, 400, OUTCOME_REJECT },
        { 413, 413, OUTCOME_REJECT },
        { 415, 415, OUTCOME_REJECT },
        { 422, 422, OUTCOME_REJECT },
        /* redirects too: alerts go to the URL of the configuration only */
        { 300, 499, OUTCOME_MISCONFIGURED },
        { 500, 599, OUTCOME_RETRY },
};

enum outcome outcome_of_status(int status)
{
        for (size_t i = 0; i < COUNT(status_outcomes); i++)
                if (status >= status_outcomes[i].first && status <= status_outcomes[i].last)
                        return status_outcomes[i].outcome;
        return OUTCOME_RETRY; /* not a status of HTTP: something else than the receiver answers */
}

const char *outcome_advice(int status)
{
        static const struct {
                int first, last;
                const char *advice;
        } rows[] = {
                { 300, 399, "it redirects, and alerts go to the configured url only; correct the url" },
                { 401, 401, "the token is missing, wrong or expired; look at token_file and header" },
                { 403, 403, "it forbids these requests; look at token_file, header and client_cert" },
                { 404, 404, "nothing is at this url" },
                { 407, 407, "the proxy wants a password" },
                { 410, 410, "nothing is at this url any more" },
        };

        for (size_t i = 0; i < COUNT(rows); i++)
                if (status >= rows[i].first && status <= rows[i].last)
                        return rows[i].advice;
        return "this url doesn't take such requests";
}

int64_t backoff_ms(unsigned n_failures, uint32_t random)
{
        int64_t bound = BACKOFF_FIRST_MS;

        while (n_failures-- > 1 && bound < BACKOFF_MAX_MS)
                bound *= 2;
        if (bound > BACKOFF_MAX_MS)
                bound = BACKOFF_MAX_MS;
        return BACKOFF_MIN_MS + (int64_t)random % (bound - BACKOFF_MIN_MS + 1);
}

bool retry_after_parse(const char *value, int64_t now_sec, int64_t *ret_sec)
{
        static const char *const forms[] = {
                "%a, %d %b %Y %H:%M:%S GMT", /* Sun, 06 Nov 1994 08:49:37 GMT */
                "%A, %d-%b-%y %H:%M:%S GMT", /* Sunday, 06-Nov-94 08:49:37 GMT */
                "%a %b %e %H:%M:%S %Y",      /* Sun Nov  6 08:49:37 1994 */
        };
        struct text digits;
        uint64_t sec;

        value += strspn(value, " \t");
        digits = text_until_offset(text_from(value), strspn(value, "0123456789"));
        if (digits.length > 0) {
                if (value[digits.length + strspn(value + digits.length, " \t")] != '\0')
                        return false;
                if (!text_eat_u64(&digits, &sec) || sec > RETRY_AFTER_MAX_SEC)
                        sec = RETRY_AFTER_MAX_SEC;
                *ret_sec = (int64_t)sec;
                return true;
        }
        for (size_t i = 0; i < COUNT(forms); i++) {
                struct tm tm = { 0 };
                const char *end = strptime(value, forms[i], &tm); /* no locale was set: English names */
                int64_t after;

                if (!end || end[strspn(end, " \t")] != '\0')
                        continue;
                after = (int64_t)timegm(&tm) - now_sec;
                *ret_sec = after < 0 ? 0 : after > RETRY_AFTER_MAX_SEC ? RETRY_AFTER_MAX_SEC : after;
                return true;
        }
        return false;
}
