/* daemon/courier/delivery_attempt.c: one attempt of a delivery: the request, and what follows when it fails. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "alert/age.h"
#include "alert/envelope.h"
#include "common/journal_entry.h"
#include "common/log.h"
#include "courier/delivery_state.h"
#include "courier/outcome.h"
#include "courier/token.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Content-Type, webhook-id, Authorization */
#define OWN_HEADERS 3

void delivery_schedule(struct delivery *d, enum delivery_state state, int64_t ms)
{
        d->state = state;
        if (timer_start(d->timer, ms) < 0)
                log_error("webhook \"%s\": out of memory: nothing more is delivered", d->name);
}

/* --- outages -------------------------------------------------------------------------------------------------- */

/* What somebody must mend, and that it is mended, are entries of their own. */
static void log_fault(const struct delivery *d, int priority, const char *message_id, const char *message)
{
        char webhook[sizeof("WEBHOOK=") + CONFIG_NAME_MAX], status[sizeof("HTTP_STATUS=") + 12];

        (void)snprintf(webhook, sizeof(webhook), "WEBHOOK=%s", d->name);           /* it fits */
        (void)snprintf(status, sizeof(status), "HTTP_STATUS=%d", d->wrong_status); /* it fits */
        journal_entry_log(&(struct journal_entry){
                .priority = priority,
                .identifier = "oomwatch-courier",
                .message_id = message_id,
                .message = message,
                .fields = { webhook, d->wrong_status ? status : NULL },
        });
}

static void __attribute__((format(printf, 3, 0)))
log_outage(struct delivery *d, enum outage_cause cause, const char *format, va_list arguments)
{
        char message[512], line[sizeof(message) + CONFIG_NAME_MAX + 64];

        if (d->n_failures == 0) {
                d->outage_since_usec = clock_monotonic_usec();
                d->logged_causes = 0;
        }
        if (d->logged_causes & cause)
                return;
        d->logged_causes |= cause;
        (void)vsnprintf(message, sizeof(message), format, arguments);                            /* may be cut */
        (void)snprintf(line, sizeof(line), "webhook \"%s\": %s; alerts wait", d->name, message); /* it fits */
        if (cause != CAUSE_MISCONFIGURED) {
                log_warning("%s", line);
                return;
        }
        d->is_fault_logged = true;
        log_fault(d, LOG_ERR, JOURNAL_WEBHOOK_FAILING, line);
}

void delivery_end_outage(struct delivery *d)
{
        int64_t sec = (clock_monotonic_usec() - d->outage_since_usec) / USEC_PER_SEC;
        char line[CONFIG_NAME_MAX + 128];

        (void)snprintf(line, sizeof(line), "webhook \"%s\": works again, after %" PRId64 " s and %u failed attempts",
                       d->name, sec, d->n_failures); /* it fits */
        d->wrong_status = 0;
        if (d->is_fault_logged)
                log_fault(d, LOG_NOTICE, JOURNAL_WEBHOOK_WORKS, line);
        else if (d->n_failures > 0)
                log_notice("%s", line);
        d->is_fault_logged = false;
        d->n_failures = 0;
}

void delivery_retry_later(struct delivery *d, enum outage_cause cause, int64_t at_least_ms, const char *format, ...)
{
        uint32_t random = 0;
        va_list arguments;
        int64_t ms;

        va_start(arguments, format);
        log_outage(d, cause, format, arguments);
        va_end(arguments);
        d->n_failures += d->n_failures < UINT_MAX;
        if (cause != CAUSE_MISCONFIGURED)
                d->wrong_status = 0;
        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
                random = 0; /* the shortest pause */
        ms = backoff_ms(d->n_failures, random);
        if (d->context->once)
                d->state = STATE_STOPPED;
        else
                delivery_schedule(d, STATE_BACKOFF, ms > at_least_ms ? ms : at_least_ms);
        d->context->changed(d->context->userdata);
}

/* --- age ------------------------------------------------------------------------------------------------------- */

bool delivery_is_overdue(const struct delivery *d, const struct spool_entry *entry, int64_t boottime_usec)
{
        int64_t waited_usec = queue_waited_usec(&d->queue, entry);

        if (boottime_usec != ALERT_AGE_UNKNOWN) {
                int64_t age_usec = clock_boottime_usec() - boottime_usec;

                waited_usec = waited_usec < age_usec ? waited_usec : age_usec;
        }
        return waited_usec / USEC_PER_SEC > d->webhook->retry_for_sec;
}

bool delivery_is_expired(const struct delivery *d, const struct spool_entry *entry, int64_t boottime_usec,
                         const struct alert_envelope *envelope)
{
        int64_t age_usec =
                alert_age_usec(boottime_usec, clock_boottime_usec(), envelope->time_usec, queue_now_usec(&d->queue));

        if (age_usec == ALERT_AGE_UNKNOWN)
                age_usec = queue_waited_usec(&d->queue, entry);
        return d->webhook->max_age_sec > 0 && age_usec / USEC_PER_SEC > d->webhook->max_age_sec;
}

/* --- the request ------------------------------------------------------------------------------------------------ */

/* Sends body, which it takes over, also on failure. */
static int post(struct delivery *d, const char *id, char *body, size_t length, const char *token)
{
        _cleanup_(freep) char *owned_body = body, *authorization = NULL;
        const char *headers[CONFIG_HEADERS_MAX + OWN_HEADERS];
        const struct config_webhook *webhook = d->webhook;
        char webhook_id[sizeof("webhook-id: ") + SPOOL_ID_LENGTH];
        size_t n = 0;
        int r;

        for (size_t i = 0; i < webhook->n_headers && i < CONFIG_HEADERS_MAX; i++)
                headers[n++] = webhook->headers[i];
        (void)snprintf(webhook_id, sizeof(webhook_id), "webhook-id: %s", id); /* it fits */
        headers[n++] = webhook_id;
        if (!config_webhook_has_header(webhook, "Content-Type"))
                headers[n++] = "Content-Type: application/json";
        if (token) {
                if (asprintf(&authorization, "Authorization: Bearer %s", token) < 0)
                        return -ENOMEM;
                headers[n++] = authorization;
        }
        r = http_post(d->context->http,
                      &(struct http_post){
                              .url = webhook->url,
                              .headers = headers,
                              .n_headers = n,
                              .body = body,
                              .body_length = length,
                              .ca_file = webhook->ca_file,
                              .client_cert = webhook->client_cert,
                              .client_key = webhook->client_key,
                              .proxy = webhook->proxy,
                              .timeout_sec = webhook->timeout_sec,
                      },
                      d->answered, d, &d->request);
        if (r == 0)
                d->body = take_pointer(owned_body);
        return r;
}

static int read_token(struct delivery *d, char **ret_token)
{
        int r = d->webhook->token_file ? token_read(d->webhook->token_file, ret_token) : 0;

        if (r < 0)
                delivery_retry_later(d, CAUSE_TOKEN, 0, "token_file %s: %s", d->webhook->token_file, token_error(r));
        return r;
}

void delivery_send(struct delivery *d, const char *id, char *json, size_t length)
{
        _cleanup_(freep) char *owned_json = json, *token = NULL;
        int r;

        d->is_head_tried = true;
        if (read_token(d, &token) < 0)
                return;
        r = post(d, id, take_pointer(owned_json), length, token);
        if (r < 0)
                delivery_retry_later(d, CAUSE_CONNECTION, 0, "%s", strerror(-r));
        else
                d->state = STATE_SENDING;
}

int delivery_set_delivered(struct delivery *d, const struct spool_entry *entry)
{
        int r = spool_set_delivered(d->queue.spool, entry->id, entry->spooled_usec);
        int memory_error = spool_take_memory_error(d->queue.spool);

        if (memory_error < 0)
                log_warning("webhook \"%s\": " SPOOL_MEMORY_FAILS, d->name, strerror(-memory_error));
        return r;
}

const char *delivery_unreadable(int error)
{
        if (error == -EFBIG)
                return "its file is too large";
        return error == -EBADMSG || error == -EINVAL || error == -ELOOP ? "its file holds no alert" : NULL;
}
