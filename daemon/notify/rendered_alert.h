/* daemon/notify/rendered_alert.h: one alert as the sinks need it, rendered once and shared by all.
 *
 * References are counted without locks: only the loop's thread makes, references and releases it. A writer's thread
 * reads the parts that its job was made for; they don't change while the job lasts. */

#pragma once

#include <sys/queue.h>

#include "alert/alert.h"
#include "alert/journal.h"

struct rendered {
        TAILQ_ENTRY(rendered) link; /* the ledger's (sink.h), while under way */
        unsigned references;
        unsigned under_way; /* sinks that have not settled it */
        uint64_t seq;       /* UINT64_MAX: it is not of this machine's kernel log, the cursor has no part in it */
        int64_t time_usec;  /* CLOCK_REALTIME; OOM_UNKNOWN */
        char id[33];
        char *json; /* NULL: memory ran out. Followed by a newline, which json_length does not count */
        size_t json_length;
        char *text; /* for people; NULL: not asked for, or memory ran out */
        size_t text_length;
        struct alert_fields fields; /* count 0: not asked for, or memory ran out */
};

/* Renders the JSON form, the one that the fastest sinks need. NULL when memory ran out. One reference. */
struct rendered *rendered_new(const struct alert *alert);

/* Render a further form, once. A failure leaves it empty. */
void rendered_add_text(struct rendered *rendered, const struct alert *alert);
void rendered_add_fields(struct rendered *rendered, const struct alert *alert);

/* The journal has it: frees the larger part of the memory. */
void rendered_drop_fields(struct rendered *rendered);

/* Makes one of a spooled alert's text, which it takes over (length bytes and room for a newline, from malloc).
 * time_usec: as above. NULL when memory ran out; json is freed then. */
struct rendered *rendered_from_json(const char *id, char *json, size_t length, int64_t time_usec);

struct rendered *rendered_ref(struct rendered *rendered);
/* Accepts NULL. Returns NULL. */
struct rendered *rendered_unref(struct rendered *rendered);
