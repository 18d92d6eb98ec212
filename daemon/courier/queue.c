#include "courier/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "host/clock.h"
#include "util/cleanup.h"

static void on_directory(evutil_socket_t fd, _unused_ short what, void *userdata)
{
        char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
        char id[SPOOL_ID_LENGTH + 1];
        struct queue *queue = userdata;
        ssize_t length;

        length = read(fd, buffer, sizeof(buffer)); /* the rest makes the event active again */
        for (ssize_t at = 0; at < length;) {
                const struct inotify_event *event = (const void *)(buffer + at);

                if (event->len > 0 && spool_id_from_name(event->name, id))
                        queue->n_arrived++;
                at += (ssize_t)(sizeof(*event) + event->len);
        }
        queue->is_dirty = true; /* also when inotify has lost events */
        queue->arrived(queue->userdata);
}

static int watch(struct queue *queue, struct event_base *base)
{
        char path[64];

        queue->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (queue->inotify_fd < 0)
                return -errno;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", spool_fd(queue->spool)); /* it fits */
        if (inotify_add_watch(queue->inotify_fd, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
                return -errno;
        queue->watch = event_new(base, queue->inotify_fd, EV_READ | EV_PERSIST, on_directory, queue);
        return queue->watch && event_add(queue->watch, NULL) == 0 ? 0 : -ENOMEM;
}

int queue_open(struct queue *queue, struct event_base *base, const char *path, const char *sink,
               void (*arrived)(void *userdata), void *userdata)
{
        int r;

        *queue = (struct queue){ .inotify_fd = -1, .is_dirty = true, .arrived = arrived, .userdata = userdata };
        r = spool_open(path, sink, &queue->spool);
        return r == 0 && base ? watch(queue, base) : r;
}

void queue_close(struct queue *queue)
{
        event_done(queue->watch);
        closep(&queue->inotify_fd);
        free(queue->entries);
        spool_close(queue->spool);
}

int queue_fill(struct queue *queue)
{
        int r;

        if (queue->head < queue->n_entries)
                return 1;
        if (!queue->is_dirty)
                return 0;
        free(take_pointer(queue->entries));
        queue->n_entries = queue->head = 0;
        r = spool_list(queue->spool, &queue->entries, &queue->n_entries);
        if (r < 0)
                return r;
        queue->listed_real_usec = clock_realtime_usec();
        queue->listed_boot_usec = clock_boottime_usec();
        queue->is_dirty = false; /* a file that came during the listing sets it again */
        queue->n_arrived = 0;
        return queue->n_entries > 0;
}

const struct spool_entry *queue_head(const struct queue *queue)
{
        return queue->head < queue->n_entries ? &queue->entries[queue->head] : NULL;
}

void queue_next(struct queue *queue)
{
        assert(queue->head < queue->n_entries);
        queue->head++;
}

void queue_put_back(struct queue *queue, const struct spool_entry *entries, size_t count)
{
        size_t n_rest = queue->n_entries - queue->head;
        struct spool_entry *all = calloc(count + n_rest + 1, sizeof(*all)); /* + 1: calloc(0) may be NULL */

        if (!all || (count > 0 && !entries)) {
                free(all);
                queue->is_dirty = true;
                return;
        }
        if (count > 0)
                memcpy(all, entries, count * sizeof(*all));
        if (n_rest > 0)
                memcpy(all + count, queue->entries + queue->head, n_rest * sizeof(*all));
        free(queue->entries);
        queue->entries = all;
        queue->n_entries = count + n_rest;
        queue->head = 0;
}

int64_t queue_now_usec(const struct queue *queue)
{
        return queue->listed_real_usec + clock_boottime_usec() - queue->listed_boot_usec;
}

int64_t queue_waited_usec(const struct queue *queue, const struct spool_entry *entry)
{
        int64_t waited_usec = queue_now_usec(queue) - entry->spooled_usec;
        int64_t listed_usec = clock_boottime_usec() - queue->listed_boot_usec;

        return waited_usec > listed_usec ? waited_usec : listed_usec; /* the clock may have been ahead when it came */
}

size_t queue_length(const struct queue *queue)
{
        return queue->n_entries - queue->head + queue->n_arrived;
}
