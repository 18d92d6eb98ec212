#include "courier/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "alert/envelope.h"
#include "common/log.h"
#include "common/spool.h"
#include "courier/outcome.h"
#include "courier/queue.h"
#include "courier/token.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Heads processed in one turn of the loop: a directory full of expired alerts must not hold up the other webhooks. */
#define HEADS_MAX 64

/* Content-Type, webhook-id, Authorization */
#define OWN_HEADERS 3

enum state {
        STATE_IDLE,    /* the directory is empty */
        STATE_READY,   /* the timer fires in the next turn of the loop */
        STATE_SENDING, /* a request is in flight */
        STATE_BACKOFF, /* the timer fires when the next attempt is due */
        STATE_STOPPED, /* for good */
};

/* What was decided about the head. Doing it to the file can fail, and is retried then. */
enum settlement {
        SETTLE_NOTHING,
        SETTLE_DELIVERED,
        SETTLE_DELIVERED_BEFORE, /* by a courier that ended before it could remove the file */
        SETTLE_EXPIRED,
        SETTLE_REFUSED,
        SETTLE_OVERDUE,
};

/* The causes of an outage; each is logged once per outage. */
enum outage_cause {
        CAUSE_CONNECTION = 1 << 0,
        CAUSE_CERTIFICATE = 1 << 1,
        CAUSE_STATUS = 1 << 2,
        CAUSE_TOKEN = 1 << 3,
        CAUSE_SPOOL = 1 << 4,
        CAUSE_MISCONFIGURED = 1 << 5, /* does not end by itself: an error, not a warning */
};

struct delivery {
        const struct delivery_context *context;
        const struct config_webhook *webhook;
        char *name;

        struct queue queue;
        int64_t head_since_usec; /* monotonic: when the head was first processed; -1: not yet */
        enum settlement settlement;
        char *body; /* of the request in flight */
        struct http_request *request;

        enum state state;
        struct event *timer;
        unsigned n_failures;           /* in a row; not 0: an outage */
        unsigned logged_causes;        /* of this outage: bits of enum outage_cause */
        int wrong_status;              /* of the last attempt, if it was OUTCOME_MISCONFIGURED; else 0 */
        int64_t outage_since_usec;     /* monotonic */
        uint64_t n_expired, n_overdue; /* since they were last logged */
};

static void report_change(const struct delivery *d)
{
        d->context->changed(d->context->userdata);
}

static void schedule(struct delivery *d, enum state state, int64_t ms)
{
        d->state = state;
        if (timer_start(d->timer, ms) < 0)
                log_error("webhook \"%s\": out of memory: nothing more is delivered", d->name);
}

static const struct spool_entry *head(const struct delivery *d)
{
        return queue_head(&d->queue);
}

/* --- log messages ---------------------------------------------------------------------------------------------- */

static void log_removed(struct delivery *d)
{
        if (d->n_expired > 0)
                log_info("webhook \"%s\": %" PRIu64 " alerts dropped: older than max_age (%" PRId64 " s)", d->name,
                         d->n_expired, d->webhook->max_age_sec);
        if (d->n_overdue > 0)
                log_warning("webhook \"%s\": %" PRIu64 " alerts rejected: not accepted within retry_for (%" PRId64
                            " s)",
                            d->name, d->n_overdue, d->webhook->retry_for_sec);
        d->n_expired = d->n_overdue = 0;
}

static void __attribute__((format(printf, 3, 0)))
log_outage(struct delivery *d, enum outage_cause cause, const char *format, va_list arguments)
{
        char message[512];

        if (d->n_failures == 0) {
                d->outage_since_usec = clock_monotonic_usec();
                d->logged_causes = 0;
        }
        if (d->logged_causes & cause)
                return;
        d->logged_causes |= cause;
        (void)vsnprintf(message, sizeof(message), format, arguments); /* may be cut */
        log_at(cause == CAUSE_MISCONFIGURED ? LOG_ERR : LOG_WARNING, "webhook \"%s\": %s; alerts wait", d->name,
               message);
}

static void end_outage(struct delivery *d)
{
        if (d->n_failures > 0)
                log_notice("webhook \"%s\": works again, after %" PRId64 " s and %u failed attempts", d->name,
                           (clock_monotonic_usec() - d->outage_since_usec) / USEC_PER_SEC, d->n_failures);
        d->n_failures = 0;
        d->wrong_status = 0;
}

/* --- the head of the queue ------------------------------------------------------------------------------------- */

static bool is_overdue(const struct delivery *d)
{
        int64_t waited_usec = clock_realtime_usec() - head(d)->spooled_usec, tried_usec = 0;

        /* If the clock was ahead when the alert was spooled, the time of the attempts counts. */
        if (d->head_since_usec >= 0)
                tried_usec = clock_monotonic_usec() - d->head_since_usec;
        return (waited_usec > tried_usec ? waited_usec : tried_usec) / USEC_PER_SEC > d->webhook->retry_for_sec;
}

/* Whether the alert is older than max_age: by its own time, or where that is unknown by its file's. */
static bool is_expired(const struct delivery *d, const struct alert_envelope *envelope)
{
        int64_t time_usec = envelope->time_usec;

        if (time_usec == ALERT_TIME_ABSENT)
                time_usec = head(d)->spooled_usec;
        return d->webhook->max_age_sec > 0 &&
               (clock_realtime_usec() - time_usec) / USEC_PER_SEC > d->webhook->max_age_sec;
}

static void next_head(struct delivery *d)
{
        queue_next(&d->queue);
        d->head_since_usec = -1;
        d->settlement = SETTLE_NOTHING;
        report_change(d);
}

/* After a failure that may pass: schedules the next attempt with the head; the other alerts wait. The message says why. */
static void __attribute__((format(printf, 4, 5)))
retry_later(struct delivery *d, enum outage_cause cause, int64_t at_least_ms, const char *format, ...)
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
                schedule(d, STATE_BACKOFF, ms > at_least_ms ? ms : at_least_ms);
        report_change(d);
}

/* r: as spool_reject() returns it. */
static void count_settled(struct delivery *d, int r)
{
        struct delivery_counts *counts = d->context->counts;

        counts->n_delivered += d->settlement == SETTLE_DELIVERED;
        counts->n_rejected += d->settlement == SETTLE_REFUSED || d->settlement == SETTLE_OVERDUE;
        d->n_expired += d->settlement == SETTLE_EXPIRED;
        d->n_overdue += d->settlement == SETTLE_OVERDUE;
        if (r > 0)
                log_warning("webhook \"%s\": alert %s dropped: rejected/ is full", d->name, head(d)->id);
}

/* Does with the head's file what was decided. Returns as spool_reject(). */
static int settle_file(struct delivery *d)
{
        struct spool *spool = d->queue.spool;
        int r, memory_error;

        switch (d->settlement) {
        case SETTLE_DELIVERED:
                r = spool_set_delivered(spool, head(d)->id, head(d)->spooled_usec);
                memory_error = spool_take_memory_error(spool);
                if (memory_error < 0)
                        log_warning("webhook \"%s\": " SPOOL_MEMORY_FAILS, d->name, strerror(-memory_error));
                return r;
        case SETTLE_DELIVERED_BEFORE:
        case SETTLE_EXPIRED:
                return spool_remove(spool, head(d)->id);
        default:
                return spool_reject(spool, head(d)->id);
        }
}

/* Removes or rejects the head's file, and takes the next head. If that fails, the decision is kept for the retry, so that
 * a delivered alert which can't be removed is not sent again. Returns whether it succeeded. */
static bool settle(struct delivery *d, enum settlement settlement)
{
        bool is_rejected = settlement == SETTLE_REFUSED || settlement == SETTLE_OVERDUE;
        int r;

        d->settlement = settlement;
        r = settle_file(d);
        if (r < 0) {
                retry_later(d, CAUSE_SPOOL, 0, "can't %s alert %s: %s", is_rejected ? "reject" : "remove", head(d)->id,
                            strerror(-r));
                return false;
        }
        count_settled(d, r);
        next_head(d);
        return true;
}

static bool reject(struct delivery *d, const char *reason)
{
        log_warning("webhook \"%s\": alert %s rejected: %s", d->name, head(d)->id, reason);
        return settle(d, SETTLE_REFUSED);
}

/* --- a request ------------------------------------------------------------------------------------------------- */

/* What Retry-After asks for; 0 where it is missing or unreadable. */
static int64_t retry_after_ms(const struct http_answer *answer)
{
        int64_t sec = 0;

        if (answer->retry_after && !retry_after_parse(answer->retry_after, clock_realtime_usec() / USEC_PER_SEC, &sec))
                sec = 0;
        return sec * 1000;
}

static void on_status(struct delivery *d, const struct http_answer *answer)
{
        enum outcome outcome = outcome_of_status(answer->status);
        char message[64];

        (void)snprintf(message, sizeof(message), "the receiver answered with status %d", answer->status); /* it fits */
        if (outcome == OUTCOME_RETRY) {
                retry_later(d, CAUSE_STATUS, retry_after_ms(answer), "%s", message);
                return;
        }
        if (outcome == OUTCOME_MISCONFIGURED) {
                d->wrong_status = answer->status;
                retry_later(d, CAUSE_MISCONFIGURED, retry_after_ms(answer), "%s: %s", message,
                            outcome_advice(answer->status));
                return;
        }
        end_outage(d);
        if (outcome == OUTCOME_DELIVERED ? settle(d, SETTLE_DELIVERED) : reject(d, message))
                schedule(d, STATE_READY, 0);
}

/* After a failure with `once` there is no next attempt, so all overdue alerts are rejected now. */
static void reject_overdue(struct delivery *d)
{
        while (head(d) && d->settlement == SETTLE_NOTHING && is_overdue(d))
                if (!settle(d, SETTLE_OVERDUE))
                        break;
        log_removed(d);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
        struct delivery *d = userdata;
        bool is_stopped = d->state == STATE_STOPPED;

        d->request = NULL;
        free(take_pointer(d->body));
        switch (answer->result) {
        case HTTP_ANSWERED:
                on_status(d, answer);
                break;
        case HTTP_UNTRUSTED:
                retry_later(d, CAUSE_CERTIFICATE, 0,
                            "the receiver's TLS certificate is not trusted, nothing was sent: %s", answer->message);
                break;
        case HTTP_FAILED:
                retry_later(d, CAUSE_CONNECTION, 0, "request failed: %s", answer->message);
                break;
        }
        if (d->state == STATE_STOPPED && d->context->once)
                reject_overdue(d);
        if (is_stopped)
                delivery_stop(d);
        report_change(d);
}

/* Sends body, the head's alert, which it takes over, also on failure. */
static int send_alert(struct delivery *d, char *body, size_t length, const char *token)
{
        _cleanup_(freep) char *owned_body = body, *authorization = NULL;
        const char *headers[CONFIG_HEADERS_MAX + OWN_HEADERS];
        const struct config_webhook *webhook = d->webhook;
        char webhook_id[sizeof("webhook-id: ") + SPOOL_ID_LENGTH];
        size_t n = 0;
        int r;

        for (size_t i = 0; i < webhook->n_headers && i < CONFIG_HEADERS_MAX; i++)
                headers[n++] = webhook->headers[i];
        (void)snprintf(webhook_id, sizeof(webhook_id), "webhook-id: %s", head(d)->id); /* it fits */
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
                      on_answer, d, &d->request);
        if (r == 0)
                d->body = take_pointer(owned_body);
        return r;
}

static int read_token(struct delivery *d, char **ret_token)
{
        int r = d->webhook->token_file ? token_read(d->webhook->token_file, ret_token) : 0;

        if (r < 0)
                retry_later(d, CAUSE_TOKEN, 0, "token_file %s: %s", d->webhook->token_file, token_error(r));
        return r;
}

/* Sends the head, or settles it without sending. Returns whether the next head is to be processed. */
static bool process_head(struct delivery *d)
{
        _cleanup_(freep) char *json = NULL, *token = NULL;
        struct alert_envelope envelope = { 0 };
        size_t length;
        int r;

        if (d->settlement != SETTLE_NOTHING)
                return settle(d, d->settlement);
        if (d->head_since_usec < 0 && spool_was_delivered(d->queue.spool, head(d)))
                return settle(d, SETTLE_DELIVERED_BEFORE);
        r = spool_read(d->queue.spool, head(d)->id, &json, &length);
        if (r == -ENOENT) { /* an administrator has removed it */
                next_head(d);
                return true;
        }
        if (r == 0)
                r = alert_envelope_read(json, length, &envelope);
        if (r == -EFBIG || r == -EBADMSG || r == -EINVAL || r == -ELOOP)
                return reject(d, r == -EFBIG ? "its file is too large" : "its file holds no alert");
        if (r < 0) {
                retry_later(d, CAUSE_SPOOL, 0, "%s", strerror(-r));
                return false;
        }
        if (strcmp(envelope.id, head(d)->id) != 0)
                return reject(d, "its file's name is not its id");
        if (is_expired(d, &envelope))
                return settle(d, SETTLE_EXPIRED);
        /* Not before an attempt: the courier may have been away, not the receiver. */
        if (d->n_failures > 0 && is_overdue(d))
                return settle(d, SETTLE_OVERDUE);
        if (d->head_since_usec < 0)
                d->head_since_usec = clock_monotonic_usec();
        if (read_token(d, &token) < 0)
                return false;
        r = send_alert(d, take_pointer(json), length, token);
        if (r < 0)
                retry_later(d, CAUSE_CONNECTION, 0, "%s", strerror(-r));
        else
                d->state = STATE_SENDING;
        return false;
}

/* --- turns of the loop ----------------------------------------------------------------------------------------- */

/* Returns whether there is a head to be processed. */
static bool find_head(struct delivery *d)
{
        int r = queue_fill(&d->queue);

        if (r < 0) {
                retry_later(d, CAUSE_SPOOL, 0, "%s", strerror(-r));
                return false;
        }
        if (r > 0)
                return true;
        /* The failed alert was removed by hand or has expired: the receiver may work. */
        d->n_failures = 0;
        d->wrong_status = 0;
        d->state = d->context->once ? STATE_STOPPED : STATE_IDLE;
        report_change(d);
        return false;
}

static void on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct delivery *d = userdata;
        int n_left = HEADS_MAX;

        if (d->state != STATE_READY && d->state != STATE_BACKOFF)
                return;
        while (n_left-- > 0)
                if (!find_head(d) || !process_head(d)) {
                        log_removed(d);
                        return;
                }
        schedule(d, STATE_READY, 0);
}

static void on_arrival(void *userdata)
{
        struct delivery *d = userdata;

        if (d->state == STATE_IDLE)
                schedule(d, STATE_READY, 0);
        report_change(d);
}

int delivery_new(const struct delivery_context *context, const char *spool_path, const struct config_webhook *webhook,
                 struct delivery **ret_delivery)
{
        struct delivery *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;
        *d = (struct delivery){
                .context = context, .webhook = webhook, .queue = { .inotify_fd = -1 }, .head_since_usec = -1
        };
        d->name = strdup(webhook->name);
        d->timer = evtimer_new(context->base, on_timer, d);
        r = -ENOMEM;
        if (d->name && d->timer)
                r = queue_open(&d->queue, context->once ? NULL : context->base, spool_path, webhook->name, on_arrival,
                               d);
        if (r < 0) {
                delivery_free(d);
                return r;
        }
        schedule(d, STATE_READY, 0);
        *ret_delivery = d;
        return 0;
}

struct delivery *delivery_free(struct delivery *d)
{
        if (!d)
                return NULL;
        http_cancel(d->request);
        free(d->body);
        event_done(d->timer);
        queue_close(&d->queue);
        free(d->name);
        free(d);
        return NULL;
}

void delivery_set_webhook(struct delivery *d, const struct config_webhook *webhook)
{
        d->webhook = webhook;
        d->logged_causes = 0; /* what still fails after somebody's correction is said again */
        if (d->state == STATE_BACKOFF)
                schedule(d, STATE_READY, 0);
}

void delivery_stop(struct delivery *d)
{
        d->state = STATE_STOPPED;
        (void)event_del(d->timer); /* no error when it is not pending */
}

const char *delivery_name(const struct delivery *d)
{
        return d->name;
}

bool delivery_is_idle(const struct delivery *d)
{
        return !d->request && (d->state == STATE_IDLE || d->state == STATE_STOPPED);
}

bool delivery_is_failing(const struct delivery *d)
{
        return d->n_failures > 0;
}

int delivery_wrong_status(const struct delivery *d)
{
        return d->wrong_status;
}

size_t delivery_n_waiting(const struct delivery *d)
{
        return queue_length(&d->queue);
}
