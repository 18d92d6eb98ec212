/* daemon/notify/rendered_alert.h: an alert in the forms that the sinks write, rendered once and shared by all of them.
 *
 * Made, referenced and released in the loop's thread only. A writer's thread reads a form that doesn't change meanwhile. */

#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "alert/alert.h"
#include "alert/journal.h"

enum alert_form { ALERT_FORM_JSON, ALERT_FORM_TEXT, ALERT_FORM_FIELDS };

struct rendered_alert {
        TAILQ_ENTRY(rendered_alert) link; /* in sink_context.pending */
        unsigned n_references;
        unsigned n_pending; /* sinks that have accepted it and not settled it */
        bool is_left;       /* by a sink: SINK_LEFT */
        /* An earlier run may have sent it: it is of this machine's own kernel log, and was not read as it was printed. */
        bool may_be_repeat;
        /* Of a digest: the alerts that it stands for, which are pending and settled in its place (sink.h); else NULL. */
        struct rendered_alert **members;
        size_t n_members;
        /* The first record that the alert was made of: who reads from there makes the same alert again. UINT64_MAX: not a record
         * of this machine's kernel log, so the cursor does not wait for it. */
        uint64_t seq;
        int64_t time_usec;     /* CLOCK_REALTIME; OOM_UNKNOWN */
        int64_t boottime_usec; /* the same by CLOCK_BOOTTIME; ALERT_AGE_UNKNOWN (alert/age.h) */
        char id[33];
        void (*release)(struct rendered_alert *rendered); /* of alert_reserve.h, whose memory it is; NULL: its own */
        char *json;                                       /* a newline follows, which json_length does not count */
        size_t json_length;
        char *text; /* for people; NULL: not rendered, or out of memory */
        size_t text_length;
        struct alert_fields fields; /* n_fields 0: not rendered, or out of memory */
};

/* What seq becomes. */
uint64_t rendered_alert_first_seq(const struct alert *alert);

/* Sets all but the forms; with one reference. */
void rendered_alert_init(struct rendered_alert *rendered, const struct alert *alert);

/* Renders the JSON form; the others are for slower sinks. Returns one reference, or NULL when out of memory. */
struct rendered_alert *rendered_alert_new(const struct alert *alert);

/* Add a form, unless it is there. Out of memory leaves it empty. */
void rendered_alert_add_text(struct rendered_alert *rendered, const struct alert *alert);
void rendered_alert_add_fields(struct rendered_alert *rendered, const struct alert *alert);

bool rendered_alert_has(const struct rendered_alert *rendered, enum alert_form form);

/* Frees the fields, the larger part of the memory, when the journal has them. */
void rendered_alert_drop_fields(struct rendered_alert *rendered);

/* Makes one of an alert that was spooled. json is taken over, also on failure: length bytes from malloc, and room for a
 * newline. time_usec: as above. Returns one reference, or NULL when out of memory. */
struct rendered_alert *rendered_alert_from_json(const char *id, char *json, size_t length, int64_t time_usec);

/* Returns its argument. */
struct rendered_alert *rendered_alert_ref(struct rendered_alert *rendered);
/* Accepts NULL. Returns NULL. */
struct rendered_alert *rendered_alert_unref(struct rendered_alert *rendered);
