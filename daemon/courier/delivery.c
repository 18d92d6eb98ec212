#include "courier/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alert/age.h"
#include "alert/envelope.h"
#include "common/log.h"
#include "common/spool.h"
#include "courier/delivery_state.h"
#include "courier/outcome.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Heads processed in one turn of the loop: a directory full of expired alerts must not hold up the other webhooks. */
#define HEADS_MAX 64

/* Where many alerts are held, a new one has the directory listed again this late, so that a storm doesn't list it for each. */
#define HELD_MANY        64
#define ARRIVAL_DELAY_MS 50

static void report_change(const struct delivery *d)
{
        d->context->changed(d->context->userdata);
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

/* --- the head of the queue ------------------------------------------------------------------------------------- */

static void next_head(struct delivery *d)
{
        queue_next(&d->queue);
        d->is_head_tried = false;
        d->head_boottime_usec = ALERT_AGE_UNKNOWN;
        d->settlement = SETTLE_NOTHING;
        d->n_single -= d->n_single > 0;
        free(take_pointer(d->head_key));
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

        switch (d->settlement) {
        case SETTLE_DELIVERED:
                return delivery_set_delivered(d, head(d));
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
                delivery_retry_later(d, CAUSE_SPOOL, 0, "can't %s alert %s: %s", is_rejected ? "reject" : "remove",
                                     head(d)->id, strerror(-r));
                return false;
        }
        count_settled(d, r);
        if (settlement == SETTLE_DELIVERED && d->head_key)
                held_begin(&d->held, d->head_key);
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
                delivery_retry_later(d, CAUSE_STATUS, retry_after_ms(answer), "%s", message);
                return;
        }
        if (outcome == OUTCOME_MISCONFIGURED) {
                d->wrong_status = answer->status;
                delivery_retry_later(d, CAUSE_MISCONFIGURED, retry_after_ms(answer), "%s: %s", message,
                                     outcome_advice(answer->status));
                return;
        }
        delivery_end_outage(d);
        if (d->held.n_members > 0) {
                if (outcome == OUTCOME_REJECT)
                        digest_split(d, message);
                if (outcome == OUTCOME_REJECT || digest_settle(d))
                        delivery_schedule(d, STATE_READY, 0);
                return;
        }
        if (outcome == OUTCOME_DELIVERED ? settle(d, SETTLE_DELIVERED) : reject(d, message))
                delivery_schedule(d, STATE_READY, 0);
}

/* After a failure with `once` there is no next attempt, so all overdue alerts are rejected now. */
static void reject_overdue(struct delivery *d)
{
        if (d->settlement == SETTLE_NOTHING)
                digest_give_up(d);
        while (head(d) && d->settlement == SETTLE_NOTHING && delivery_is_overdue(d, head(d), d->head_boottime_usec))
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
                delivery_retry_later(d, CAUSE_CERTIFICATE, 0,
                                     "the receiver's TLS certificate is not trusted, nothing was sent: %s",
                                     answer->message);
                break;
        case HTTP_FAILED:
                delivery_retry_later(d, CAUSE_CONNECTION, 0, "request failed: %s", answer->message);
                break;
        }
        if (d->state == STATE_STOPPED && d->context->once)
                reject_overdue(d);
        if (is_stopped)
                delivery_stop(d);
        report_change(d);
}

/* Sends the head, or settles it without sending. Returns whether the next head is to be processed. */
static bool process_head(struct delivery *d)
{
        _cleanup_(freep) char *json = NULL;
        struct alert_envelope envelope = { 0 };
        size_t length;
        int r;

        if (d->settlement != SETTLE_NOTHING)
                return settle(d, d->settlement);
        if (!d->is_head_tried && spool_was_delivered(d->queue.spool, head(d)))
                return settle(d, SETTLE_DELIVERED_BEFORE);
        r = spool_read(d->queue.spool, head(d)->id, &json, &length);
        if (r == -ENOENT) { /* an administrator has removed it */
                next_head(d);
                return true;
        }
        if (r == 0)
                r = alert_envelope_read(json, length, &envelope);
        if (delivery_unreadable(r))
                return reject(d, delivery_unreadable(r));
        if (r < 0) {
                delivery_retry_later(d, CAUSE_SPOOL, 0, "%s", strerror(-r));
                return false;
        }
        d->head_boottime_usec = alert_boottime_usec(json, length, d->context->boot_id);
        if (strcmp(envelope.id, head(d)->id) != 0)
                return reject(d, "its file's name is not its id");
        if (delivery_is_expired(d, head(d), d->head_boottime_usec, &envelope))
                return settle(d, SETTLE_EXPIRED);
        /* Not before an attempt: the courier may have been away, not the receiver. */
        if (d->n_failures > 0 && delivery_is_overdue(d, head(d), d->head_boottime_usec))
                return settle(d, SETTLE_OVERDUE);
        if (digest_hold_head(d, json, length)) {
                next_head(d);
                return true;
        }
        delivery_send(d, head(d)->id, take_pointer(json), length);
        return false;
}

/* --- turns of the loop ----------------------------------------------------------------------------------------- */

/* Returns whether there is a head to be processed. */
static bool find_head(struct delivery *d)
{
        int r;

        while ((r = queue_fill(&d->queue)) > 0 && held_has(&d->held, head(d)->id))
                queue_next(&d->queue); /* the directory was listed again */
        if (r < 0) {
                delivery_retry_later(d, CAUSE_SPOOL, 0, "%s", strerror(-r));
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
                if (digest_is_due(d) ? !digest_process(d) : !find_head(d) || !process_head(d)) {
                        log_removed(d);
                        return;
                }
        delivery_schedule(d, STATE_READY, 0);
}

static void on_arrival(void *userdata)
{
        struct delivery *d = userdata;

        if (d->state == STATE_IDLE)
                delivery_schedule(d, STATE_READY, held_count(&d->held) > HELD_MANY ? ARRIVAL_DELAY_MS : 0);
        report_change(d);
}

/* A digest is due. In other states the timer or an answer comes, and it is looked for then. */
static void on_due(void *userdata)
{
        struct delivery *d = userdata;

        if (d->state == STATE_IDLE)
                delivery_schedule(d, STATE_READY, 0);
}

int delivery_new(const struct delivery_context *context, const char *spool_path, const struct config_webhook *webhook,
                 struct delivery **ret_delivery)
{
        struct delivery *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;
        *d = (struct delivery){
                .context = context,
                .webhook = webhook,
                .queue = { .inotify_fd = -1 },
                .head_boottime_usec = ALERT_AGE_UNKNOWN,
                .answered = on_answer,
        };
        d->name = strdup(webhook->name);
        d->timer = evtimer_new(context->base, on_timer, d);
        r = d->name && d->timer ? held_init(&d->held, context->base, on_due, d) : -ENOMEM;
        if (r == 0)
                r = queue_open(&d->queue, context->once ? NULL : context->base, spool_path, webhook->name, on_arrival,
                               d);
        if (r < 0) {
                delivery_free(d);
                return r;
        }
        held_set_window(&d->held, webhook->coalesce_sec);
        delivery_schedule(d, STATE_READY, 0);
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
        held_done(&d->held);
        queue_close(&d->queue);
        free(d->head_key);
        free(d->name);
        free(d);
        return NULL;
}

void delivery_set_webhook(struct delivery *d, const struct config_webhook *webhook)
{
        d->webhook = webhook;
        held_set_window(&d->held, webhook->coalesce_sec);
        d->logged_causes = 0; /* what still fails after somebody's correction is said again */
        if (d->state == STATE_BACKOFF)
                delivery_schedule(d, STATE_READY, 0);
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
        return queue_length(&d->queue) + held_count(&d->held);
}
