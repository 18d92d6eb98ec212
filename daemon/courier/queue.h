/* daemon/courier/queue.h: the alerts in one spool directory, oldest first.
 *
 * The directory is listed again when all alerts of the last listing are done and inotify has reported new files, so that
 * 100,000 alerts don't mean 100,000 listings. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"
#include "common/spool.h"

/* For others, spool is to be read only, and the rest is private. */
struct queue {
        struct spool *spool;
        struct spool_entry *entries;                /* the last listing */
        size_t n_entries, head;                     /* head: its index */
        int64_t listed_real_usec, listed_boot_usec; /* when: CLOCK_REALTIME, CLOCK_BOOTTIME */

        int inotify_fd; /* -1: none */
        struct event *watch;
        bool is_dirty;    /* the directory may have changed since it was listed */
        size_t n_arrived; /* new alerts since then */
        void (*arrived)(void *userdata);
        void *userdata;
};

/* Opens <path>/<sink>; makes it where it is missing. arrived is called from the loop of base when there may be new files;
 * base NULL: the directory is listed once, and later files are ignored. Returns 0 or -errno; queue_close() follows in
 * either case. */
int queue_open(struct queue *queue, struct event_base *base, const char *path, const char *sink,
               void (*arrived)(void *userdata), void *userdata) __attribute__((warn_unused_result));
/* Accepts one that was never opened, if its inotify_fd is -1. */
void queue_close(struct queue *queue);

/* Lists the directory if need be. Returns 1 when there is a head, 0 when there are no alerts, or -errno. */
int queue_fill(struct queue *queue) __attribute__((warn_unused_result));

/* The oldest alert of the listing, borrowed until queue_fill(); NULL: none. */
const struct spool_entry *queue_head(const struct queue *queue);
/* Takes the next alert as the head. There must be a head. */
void queue_next(struct queue *queue);

/* Puts alerts that queue_next() has passed in front of the head again, in this order. Where memory has run out, the directory is
 * listed again instead. */
void queue_put_back(struct queue *queue, const struct spool_entry *entries, size_t count);

/* The wall clock, as if nobody had set it since the listing: the times of its files are compared with that. */
int64_t queue_now_usec(const struct queue *queue);
/* For how long an alert of the listing has been in the directory, in microseconds; at least since the listing. */
int64_t queue_waited_usec(const struct queue *queue, const struct spool_entry *entry);

/* The number of alerts, those that are not listed yet included. */
size_t queue_length(const struct queue *queue);
