#include "notify/writer.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/thread.h"

STAILQ_HEAD(job_list, writer_job);

struct writer {
        pthread_t thread;
        const char *name;
        int fd; /* eventfd: a job has ended, or the thread has */
        struct event *event;
        pthread_mutex_t lock; /* of the members below */
        pthread_cond_t wake;
        struct job_list queued, ended;
        bool is_running; /* a job */
        bool is_stopping, has_stopped;
        unsigned n_awaited; /* jobs queued or running that are no background jobs */
        int64_t moved_usec; /* monotonic: the last that was seen of them, or when the first was added */
};

/* The counter can't overflow: it has at most one for each job since the last read. */
static void announce(struct writer *writer)
{
        uint64_t one = 1;

        while (write(writer->fd, &one, sizeof(one)) < 0 && errno == EINTR)
                ;
}

static void *writer_main(void *userdata)
{
        struct writer *writer = userdata;
        struct writer_job *job;

        (void)pthread_setname_np(pthread_self(), writer->name); /* for ps -L; nothing depends on it */
        (void)pthread_mutex_lock(&writer->lock);
        for (;;) {
                while (STAILQ_EMPTY(&writer->queued) && !writer->is_stopping)
                        (void)pthread_cond_wait(&writer->wake, &writer->lock);
                job = STAILQ_FIRST(&writer->queued);
                if (!job)
                        break;
                STAILQ_REMOVE_HEAD(&writer->queued, link);
                writer->is_running = true;
                (void)pthread_mutex_unlock(&writer->lock);
                job->run(job);
                (void)pthread_mutex_lock(&writer->lock);
                writer->is_running = false;
                writer->n_awaited -= !job->is_background;
                writer->moved_usec = clock_monotonic_usec();
                STAILQ_INSERT_TAIL(&writer->ended, job, link);
                announce(writer);
        }
        writer->has_stopped = true;
        announce(writer);
        (void)pthread_mutex_unlock(&writer->lock);
        return NULL;
}

static void on_announced(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        (void)writer_collect(userdata);
}

static void dispose(struct writer *writer)
{
        event_done(writer->event);
        if (writer->fd >= 0)
                (void)close(writer->fd); /* nothing is lost */
        (void)pthread_cond_destroy(&writer->wake);
        (void)pthread_mutex_destroy(&writer->lock);
        free(writer);
}

int writer_new(struct event_base *base, const char *name, struct writer **ret_writer)
{
        struct writer *writer = calloc(1, sizeof(*writer));
        int r;

        if (!writer)
                return -ENOMEM;
        writer->name = name;
        (void)pthread_mutex_init(&writer->lock, NULL); /* these two can't fail on Linux */
        (void)pthread_cond_init(&writer->wake, NULL);
        STAILQ_INIT(&writer->queued);
        STAILQ_INIT(&writer->ended);
        writer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = writer->fd < 0 ? -errno : -ENOMEM;
        if (writer->fd >= 0)
                writer->event = event_new(base, writer->fd, EV_READ | EV_PERSIST, on_announced, writer);
        if (writer->event && event_add(writer->event, NULL) == 0)
                r = thread_start(writer_main, writer, THREAD_STACK_SMALL_BYTES, &writer->thread);
        if (r < 0) {
                dispose(writer);
                return r;
        }
        *ret_writer = writer;
        return 0;
}

void writer_add(struct writer *writer, struct writer_job *job)
{
        (void)pthread_mutex_lock(&writer->lock); /* each side holds it for some instructions only */
        STAILQ_INSERT_TAIL(&writer->queued, job, link);
        if (!job->is_background && writer->n_awaited++ == 0)
                writer->moved_usec = clock_monotonic_usec();
        (void)pthread_cond_signal(&writer->wake);
        (void)pthread_mutex_unlock(&writer->lock);
}

void writer_moved(struct writer *writer)
{
        (void)pthread_mutex_lock(&writer->lock);
        writer->moved_usec = clock_monotonic_usec();
        (void)pthread_mutex_unlock(&writer->lock);
}

bool writer_is_stuck(struct writer *writer, int64_t now_usec)
{
        bool is_stuck;

        (void)pthread_mutex_lock(&writer->lock);
        is_stuck = writer->n_awaited > 0 && now_usec - writer->moved_usec >= WRITER_STUCK_USEC;
        (void)pthread_mutex_unlock(&writer->lock);
        return is_stuck;
}

const char *writer_name(const struct writer *writer)
{
        return writer->name;
}

bool writer_collect(struct writer *writer)
{
        struct job_list ended = STAILQ_HEAD_INITIALIZER(ended);
        struct writer_job *job;
        uint64_t count;
        bool any;

        if (read(writer->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
                return false;
        (void)pthread_mutex_lock(&writer->lock);
        STAILQ_CONCAT(&ended, &writer->ended);
        (void)pthread_mutex_unlock(&writer->lock);
        any = !STAILQ_EMPTY(&ended);
        while ((job = STAILQ_FIRST(&ended))) {
                STAILQ_REMOVE_HEAD(&ended, link);
                job->done(job);
        }
        return any;
}

int writer_fd(const struct writer *writer)
{
        return writer->fd;
}

/* How often an end is looked for that comes as soon as the thread runs. */
#define END_POLL_MS 100

/* Returns whether the thread has ended. Where it has no job, nothing can block it. */
static bool wait_for_end(struct writer *writer, int timeout_ms)
{
        int64_t deadline_usec = clock_monotonic_usec() + timeout_ms * INT64_C(1000);

        for (;;) {
                struct pollfd poll_fd = { .fd = writer->fd, .events = POLLIN };
                int64_t left_ms;
                bool has_stopped, has_job;

                (void)writer_collect(writer);
                (void)pthread_mutex_lock(&writer->lock);
                has_stopped = writer->has_stopped && STAILQ_EMPTY(&writer->ended);
                has_job = writer->is_running || !STAILQ_EMPTY(&writer->queued);
                (void)pthread_mutex_unlock(&writer->lock);
                left_ms = (deadline_usec - clock_monotonic_usec() + 999) / 1000;
                if (has_stopped || (has_job && left_ms <= 0))
                        return has_stopped;
                (void)poll(&poll_fd, 1, left_ms > 0 ? (int)left_ms : END_POLL_MS); /* then the state is checked again */
        }
}

struct writer *writer_free(struct writer *writer, int timeout_ms)
{
        if (!writer)
                return NULL;
        (void)pthread_mutex_lock(&writer->lock);
        writer->is_stopping = true;
        (void)pthread_cond_signal(&writer->wake);
        (void)pthread_mutex_unlock(&writer->lock);
        if (wait_for_end(writer, timeout_ms)) {
                (void)pthread_join(writer->thread, NULL);
                dispose(writer);
                return NULL;
        }
        writer->event = event_done(writer->event);
        (void)pthread_detach(writer->thread);
        return NULL;
}
