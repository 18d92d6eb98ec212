/* daemon/courier/queue.h: what waits in one spool directory, oldest first.
 *
 * The directory is listed when all that was listed before is done and inotify has told of something new since: with
 * 100,000 alerts waiting it is not read for each of them. */

#pragma once

#include <event2/event.h>
#include <stddef.h>

#include "common/spool.h"

struct queue;

/* Opens (and makes) <path>/<sink>. arrived is called from the loop of base when something has come into the directory;
 * base NULL: the directory is listed once, and what comes later is left for another time. Returns 0 or -errno. */
int queue_open(struct event_base *base, const char *path, const char *sink, void (*arrived)(void *userdata),
               void *userdata, struct queue **ret_queue) __attribute__((warn_unused_result));
/* Accepts NULL and half-made objects. Returns NULL. */
struct queue *queue_close(struct queue *queue);

/* Makes sure that there is a head where anything waits. Returns 1 when there is one, 0 when nothing waits, or -errno. */
int queue_fill(struct queue *queue) __attribute__((warn_unused_result));

/* The oldest; NULL: none, as far as was listed. */
const struct spool_entry *queue_head(const struct queue *queue);
/* Goes on to the one after the head, which there must be. */
void queue_next(struct queue *queue);

/* How many wait, those that were not listed yet included. */
size_t queue_length(const struct queue *queue);

struct spool *queue_spool(struct queue *queue);
