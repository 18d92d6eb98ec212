/* daemon/courier/delivery_digest.c: one request for several alerts of a storm. Its alerts are single files of the spool; the digest
 * is made when it is sent, and made again for each attempt. The files are removed once the receiver has it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/age.h"
#include "alert/envelope.h"
#include "common/log.h"
#include "courier/delivery_state.h"
#include "util/cleanup.h"

bool digest_hold_head(struct delivery *d, const char *json, size_t length)
{
        /* One that failed already is tried until it has its outcome. */
        if (d->webhook->coalesce_sec == 0 || d->n_single > 0 || d->is_head_tried)
                return false;
        free(take_pointer(d->head_key));
        if (digest_key(json, length, &d->head_key) < 0 || !d->head_key)
                return false; /* it can be sent by itself */
        return held_add(&d->held, d->head_key, queue_head(&d->queue));
}

bool digest_is_due(struct delivery *d)
{
        if (d->held.n_members > 0)
                return true;
        if (d->is_head_tried || d->settlement != SETTLE_NOTHING)
                return false; /* the head is being tried */
        if (d->context->once && !queue_head(&d->queue))
                held_end(&d->held); /* nothing more will come */
        return held_take(&d->held);
}

static void finish(struct delivery *d)
{
        d->is_head_tried = false;
        d->settlement = SETTLE_NOTHING;
        d->context->changed(d->context->userdata);
}

/* Puts the members into the queue again. */
static void release(struct delivery *d, bool are_single)
{
        size_t count;
        _cleanup_(freep) struct spool_entry *entries = held_take_members(&d->held, &count);

        queue_put_back(&d->queue, entries, count);
        if (are_single && entries)
                d->n_single += count;
}

void digest_give_up(struct delivery *d)
{
        held_end(&d->held);
        while (held_take(&d->held))
                release(d, false);
        d->is_head_tried = false;
}

/* Adds the member of that index to digest. Returns 1; 0: it is none any more, and was removed from the members; -errno. */
static int add_member(struct delivery *d, size_t index, struct digest *digest)
{
        const struct spool_entry *entry = d->held.members[index];
        _cleanup_(freep) char *json = NULL;
        struct alert_envelope envelope = { 0 };
        const char *reason;
        int64_t boottime_usec = ALERT_AGE_UNKNOWN;
        size_t length = 0;
        int r = spool_read(d->queue.spool, entry->id, &json, &length);

        if (r == 0)
                r = alert_envelope_read(json, length, &envelope);
        if (r == 0)
                boottime_usec = alert_boottime_usec(json, length, d->context->boot_id);
        reason = r == 0 && strcmp(envelope.id, entry->id) != 0 ? "its file's name is not its id"
                                                               : delivery_unreadable(r);
        if (r < 0 && r != -ENOENT && !reason)
                return r;
        if (reason) {
                log_warning("webhook \"%s\": alert %s rejected: %s", d->name, entry->id, reason);
                r = spool_reject(d->queue.spool, entry->id);
                d->context->counts->n_rejected += r >= 0;
        } else if (r == 0 && delivery_is_expired(d, entry, boottime_usec, &envelope)) {
                r = spool_remove(d->queue.spool, entry->id);
                d->n_expired += r == 0;
        } else if (r == 0 && d->n_failures > 0 && delivery_is_overdue(d, entry, boottime_usec)) {
                r = spool_reject(d->queue.spool, entry->id);
                d->context->counts->n_rejected += r >= 0;
                d->n_overdue += r >= 0;
        } else if (r == 0) {
                r = digest_add(digest, json, length);
                return r < 0 ? r : 1;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        held_remove_member(&d->held, index);
        return 0;
}

static void free_digest(struct digest **digest)
{
        (void)digest_free(*digest);
}

/* Returns how many alerts are in it, the members that are left, or -errno. */
static int make(struct delivery *d, struct digest_text *ret_text)
{
        _cleanup_(free_digest) struct digest *digest = NULL;
        int r = digest_new(&digest);

        for (size_t i = 0; r >= 0 && i < d->held.n_members; i += (size_t)r) {
                r = add_member(d, i, digest);
                if (r < 0)
                        return r;
        }
        if (r >= 0 && d->held.n_members > 1)
                r = digest_write(digest, ret_text);
        return r < 0 ? r : (int)d->held.n_members;
}

bool digest_process(struct delivery *d)
{
        struct digest_text text;
        int r;

        if (d->settlement != SETTLE_NOTHING)
                return digest_settle(d);
        r = make(d, &text);
        if (r < 0) {
                delivery_retry_later(d, CAUSE_SPOOL, 0, "%s", strerror(-r));
                return false;
        }
        if (r > 1) {
                delivery_send(d, text.id, text.json, text.length);
                return false;
        }
        if (r == 1)
                release(d, true);
        finish(d);
        return true;
}

bool digest_settle(struct delivery *d)
{
        d->settlement = SETTLE_DELIVERED;
        while (d->held.n_members > 0) {
                const struct spool_entry *entry = d->held.members[d->held.n_members - 1];
                int r = delivery_set_delivered(d, entry);

                if (r < 0) {
                        delivery_retry_later(d, CAUSE_SPOOL, 0, "can't remove alert %s: %s", entry->id, strerror(-r));
                        return false;
                }
                d->context->counts->n_delivered++;
                held_remove_member(&d->held, d->held.n_members - 1);
        }
        finish(d);
        return true;
}

void digest_split(struct delivery *d, const char *reason)
{
        log_warning("webhook \"%s\": a digest of %zu alerts refused, they are sent one by one: %s", d->name,
                    d->held.n_members, reason);
        release(d, true);
        finish(d);
}
