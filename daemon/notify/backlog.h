/* daemon/notify/backlog.h: what a socket's receiver could not take yet, on disk: <spool>/<sink>/, through a writer.
 *
 * One errand at a time: write some alerts, or remove what was delivered and load the next. All alerts on disk are
 * older than those that the sink has in memory; the sink sees to that. */

#pragma once

#include "notify/rendered_alert.h"
#include "notify/writer.h"

#define BACKLOG_BATCH   32   /* alerts written by one errand */
#define BACKLOG_IDS_MAX 1024 /* names kept of one listing */

struct backlog;

/* Called in the loop's thread when an errand has ended; a new one may be given from there. */
struct backlog_handler {
        /* The first n_written of count alerts are on disk, safely; if these are not all, error says why. */
        void (*written)(void *userdata, struct rendered *alerts[], unsigned count, unsigned n_written, int error);
        /* The oldest alert, handed over; NULL with error 0: there is none; NULL with an error. */
        void (*loaded)(void *userdata, struct rendered *alert, int error);
};

/* The directory is opened, and made, by the first errand. handler is kept. Returns 0 or -ENOMEM. */
int backlog_new(const char *spool_path, const char *name, struct writer *writer, const struct backlog_handler *handler,
                void *userdata, struct backlog **ret_backlog) __attribute__((warn_unused_result));

/* An errand that is still at work is left behind, and its alerts are given back, as not written. No handler is called
 * after that. Accepts NULL. Returns NULL. */
struct backlog *backlog_free(struct backlog *backlog);

/* Whether an errand is at work: no other may be given. */
bool backlog_is_busy(const struct backlog *backlog);

/* The alerts belong to the errand until written() gives them back. count is at most BACKLOG_BATCH. */
void backlog_write(struct backlog *backlog, struct rendered *alerts[], unsigned count);

/* Remembers that the alert on disk was delivered; the next backlog_load() or backlog_remove() removes it. */
void backlog_delivered(struct backlog *backlog, const char *id);
bool backlog_has_delivered(const struct backlog *backlog);

/* Removes the delivered one, then loads the oldest. Ends with loaded(). */
void backlog_load(struct backlog *backlog);
/* Removes the delivered one. Ends with written(), with no alerts. */
void backlog_remove(struct backlog *backlog);

/* Alerts that could not be read and were put aside, since the last call. */
unsigned backlog_take_rejected(struct backlog *backlog);
