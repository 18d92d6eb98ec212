/* daemon/notify/backlog.h: the alerts on disk that a socket's receiver could not take yet, in <spool>/<sink>/.
 *
 * The loop's thread calls every function. Each operation is submitted to a writer's thread, one at a time; when it has
 * ended, the handler is called in the loop's thread. All alerts on disk are older than those in memory: the sink sees to it. */

#pragma once

#include "common/spool.h"
#include "notify/rendered_alert.h"
#include "notify/writer.h"

#define BACKLOG_BATCH_MAX      32                   /* alerts written by one operation */
#define BACKLOG_LOAD_MAX       128                  /* alerts loaded by one operation */
#define BACKLOG_LOAD_BYTES_MAX ((size_t)512 * 1024) /* of JSON; one more alert may begin below it */
#define BACKLOG_IDS_MAX        4096                 /* alerts kept of one listing */

struct backlog;

/* Exactly one of these is called for each operation; the next may be submitted from there. */
struct backlog_handler {
        /* The first n_written of n_alerts are safe on disk; error is 0, or why the others are not. Their ownership
         * returns to the sink. */
        void (*written)(struct rendered_alert *alerts[], unsigned n_alerts, unsigned n_written, int error,
                        void *userdata);
        /* The oldest alerts on disk, at most BACKLOG_LOAD_MAX, each with a reference for the sink. None: there are no more, or error is
         * -errno. n_rejected alerts could not be read, and were moved to rejected/. */
        void (*loaded)(struct rendered_alert *alerts[], unsigned n_alerts, unsigned n_rejected, int error,
                       void *userdata);
};

/* The first operation opens the directory, and makes it. spool_path, limits and name are copied, handler is kept, writer
 * borrowed. Returns 0 or -ENOMEM. */
int backlog_new(const char *spool_path, const struct spool_limits *limits, const char *name, struct writer *writer,
                const struct backlog_handler *handler, void *userdata, struct backlog **ret_backlog)
        __attribute__((warn_unused_result));

/* Abandons an operation in flight, whose thread is blocked: its alerts, if any, are returned by a last call of written(),
 * none of them written, error -ETIMEDOUT. Accepts NULL. Returns NULL. */
struct backlog *backlog_free(struct backlog *backlog);

/* How many alerts on disk were dropped to make room since the last call. No operation may be in flight. */
uint64_t backlog_take_displaced(struct backlog *backlog);

/* Whether an operation is in flight: no other may be submitted. */
bool backlog_is_busy(const struct backlog *backlog);

/* Writes alerts, oldest first; at most BACKLOG_BATCH_MAX. It owns them until it calls written(). */
void backlog_write(struct backlog *backlog, struct rendered_alert *alerts[], unsigned n_alerts);

/* Notes that this alert, which is on disk, was delivered; the next backlog_load() or backlog_remove() removes it. */
void backlog_set_delivered(struct backlog *backlog, const char *id);
/* How many of these there are. */
size_t backlog_n_delivered(const struct backlog *backlog);

/* Removes the delivered ones, and loads the oldest of the others: none that was loaded before may be undelivered, or it comes again.
 * Ends with loaded(). */
void backlog_load(struct backlog *backlog);
/* Removes the delivered ones. Ends with written(), with no alerts. */
void backlog_remove(struct backlog *backlog);
