/* daemon/courier/delivery_state.h: what the parts of a delivery share: delivery_attempt.c (a request, and what follows when
 * it fails), delivery_digest.c, and delivery.c (single alerts, answers), which calls both. No other file includes it.
 *
 * One request at a time is in flight: of the queue's head, or of the digest of held.members. */

#pragma once

#include "courier/delivery.h"
#include "courier/held.h"
#include "courier/http.h"
#include "courier/queue.h"

enum delivery_state {
        STATE_IDLE,    /* the directory is empty */
        STATE_READY,   /* the timer fires in the next turn of the loop */
        STATE_SENDING, /* a request is in flight */
        STATE_BACKOFF, /* the timer fires when the next attempt is due */
        STATE_STOPPED, /* for good */
};

/* What was decided about the head, or the digest. Doing it to the file can fail, and is retried then. */
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
        struct held held;
        size_t n_single;            /* so many at the head of the queue are sent by themselves */
        char *head_key;             /* of the head, by which others like it are held once it is delivered; NULL: none */
        bool is_head_tried;         /* the head, or the digest, was sent once */
        int64_t head_boottime_usec; /* of the head's incident (alert/age.h); ALERT_AGE_UNKNOWN, also before it is read */
        enum settlement settlement;
        char *body; /* of the request in flight */
        struct http_request *request;
        http_done *answered; /* what it calls */

        enum delivery_state state;
        struct event *timer;
        unsigned n_failures;           /* in a row; not 0: an outage */
        unsigned logged_causes;        /* of this outage: bits of enum outage_cause */
        int wrong_status;              /* of the last attempt, if it was OUTCOME_MISCONFIGURED; else 0 */
        bool is_fault_logged;          /* CAUSE_MISCONFIGURED was, and its end was not yet */
        int64_t outage_since_usec;     /* monotonic */
        uint64_t n_expired, n_overdue; /* since they were last logged */
};

/* ---- delivery_attempt.c ---------------------------------------------------------------------------------------------- */

void delivery_schedule(struct delivery *d, enum delivery_state state, int64_t ms);

/* The receiver has answered as it should. */
void delivery_end_outage(struct delivery *d);

/* After a failure that may pass: schedules the next attempt with the same; the other alerts wait. The message says why. */
void delivery_retry_later(struct delivery *d, enum outage_cause cause, int64_t at_least_ms, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* Whether the entry, the head or a member of the digest, waits for longer than retry_for: not for longer than its incident, at
 * boottime_usec (alert/age.h), was ago, whatever the wall clock says of its file. */
bool delivery_is_overdue(const struct delivery *d, const struct spool_entry *entry, int64_t boottime_usec);

/* Whether the alert is older than max_age: by its own time, or where that is unknown by its file's. */
struct alert_envelope;
bool delivery_is_expired(const struct delivery *d, const struct spool_entry *entry, int64_t boottime_usec,
                         const struct alert_envelope *envelope);

/* The receiver has this alert: remembers it, and removes its file. Returns 0 or -errno, as spool_remove(). */
int delivery_set_delivered(struct delivery *d, const struct spool_entry *entry);

/* What is wrong with an alert that could not be read, to be rejected for it; NULL: it may pass. */
const char *delivery_unreadable(int error);

/* Sends json, which it takes over, also on failure: plans the next attempt then. */
void delivery_send(struct delivery *d, const char *id, char *json, size_t length);

/* ---- delivery_digest.c ----------------------------------------------------------------------------------------------- */

/* Whether the head, whose alert is json, waits for a digest from now on. Else its key is kept in head_key. */
bool digest_hold_head(struct delivery *d, const char *json, size_t length);

/* Whether a digest is being sent, or is to be sent before the head. */
bool digest_is_due(struct delivery *d);

/* Sends the digest, or settles it without sending. Returns whether there is more to be done in this turn. */
bool digest_process(struct delivery *d);

/* The receiver has accepted it: removes its alerts from the spool. As settle() of a single one; returns whether it succeeded. */
bool digest_settle(struct delivery *d);

/* The receiver has refused it for good, for this reason: its alerts will be sent one by one. */
void digest_split(struct delivery *d, const char *reason);

/* Puts all that is held, and the digest, into the queue again. */
void digest_give_up(struct delivery *d);
