/* daemon/courier/queue.h: the alerts in one spool directory, oldest first.
 *
 * The directory is listed again when all alerts of the last listing are done and inotify has reported new files, so that
 * 100,000 alerts don't mean 100,000 listings. */

#pragma once

#include <stddef.h>

#include "common/event.h"
#include "common/spool.h"

struct queue;

/* Opens <path>/<sink>; makes it where it is missing. arrived is called from the loop of base when there may be new files;
 * base NULL: the directory is listed once, and later files are ignored. Returns 0 or -errno. */
int queue_open(struct event_base *base, const char *path, const char *sink, void (*arrived)(void *userdata),
               void *userdata, struct queue **ret_queue) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct queue *queue_close(struct queue *queue);

/* Lists the directory if need be. Returns 1 when there is a head, 0 when there are no alerts, or -errno. */
int queue_fill(struct queue *queue) __attribute__((warn_unused_result));

/* The oldest alert of the listing, borrowed until queue_fill(); NULL: none. */
const struct spool_entry *queue_head(const struct queue *queue);
/* Takes the next alert as the head. There must be a head. */
void queue_next(struct queue *queue);

/* The number of alerts, those that are not listed yet included. */
size_t queue_length(const struct queue *queue);

/* Owned by the queue. */
struct spool *queue_spool(struct queue *queue);
