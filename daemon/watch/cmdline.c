#include "watch/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/thread.h"
#include "util/cleanup.h"

struct cmdline_reader {
        pthread_t thread;
        pthread_mutex_t lock; /* of what follows */
        pthread_cond_t wake, ready;
        bool is_stopping;
        bool is_busy;    /* the thread owns what follows */
        bool is_current; /* what the thread reads, or read last, is what was started last */
        int directory;   /* -1: taken by the thread */
        size_t length;
        char cmdline[CMDLINE_MAX];
};

size_t cmdline_read(int directory, char ret_cmdline[static CMDLINE_MAX])
{
        _cleanup_(closep) int fd = openat(directory, "cmdline", O_RDONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t n = fd >= 0 ? file_read_all(fd, ret_cmdline, CMDLINE_MAX) : 0;
        size_t length = n > 0 ? (size_t)n : 0;

        while (length > 0 && ret_cmdline[length - 1] == '\0')
                length--;
        for (size_t i = 0; i < length; i++)
                if (ret_cmdline[i] == '\0')
                        ret_cmdline[i] = ' ';
        return length;
}

static void *reader_main(void *userdata)
{
        struct cmdline_reader *reader = userdata;

        (void)pthread_setname_np(pthread_self(), "cmdline reader"); /* for ps(1) and top(1) only */
        (void)pthread_mutex_lock(&reader->lock);
        for (;;) {
                int directory;

                while (reader->directory < 0 && !reader->is_stopping)
                        (void)pthread_cond_wait(&reader->wake, &reader->lock);
                if (reader->directory < 0)
                        break;
                directory = reader->directory;
                reader->directory = -1;
                (void)pthread_mutex_unlock(&reader->lock);
                reader->length = cmdline_read(directory, reader->cmdline);
                (void)close(directory); /* nothing was written */
                (void)pthread_mutex_lock(&reader->lock);
                reader->is_busy = false;
                (void)pthread_cond_signal(&reader->ready);
        }
        (void)pthread_mutex_unlock(&reader->lock);
        return NULL;
}

static void dispose(struct cmdline_reader *reader)
{
        (void)pthread_cond_destroy(&reader->wake);
        (void)pthread_cond_destroy(&reader->ready);
        (void)pthread_mutex_destroy(&reader->lock);
        free(reader);
}

int cmdline_reader_new(struct cmdline_reader **ret_reader)
{
        struct cmdline_reader *reader = calloc(1, sizeof(*reader));
        pthread_condattr_t monotonic;
        int r;

        if (!reader)
                return -ENOMEM;
        reader->directory = -1;
        (void)pthread_mutex_init(&reader->lock, NULL); /* these can't fail on Linux */
        (void)pthread_condattr_init(&monotonic);
        (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&reader->wake, NULL);
        (void)pthread_cond_init(&reader->ready, &monotonic);
        (void)pthread_condattr_destroy(&monotonic);
        r = thread_start(reader_main, reader, THREAD_STACK_SMALL_BYTES, &reader->thread);
        if (r < 0) {
                dispose(reader);
                return r;
        }
        *ret_reader = reader;
        return 0;
}

struct cmdline_reader *cmdline_reader_free(struct cmdline_reader *reader)
{
        bool is_busy;

        if (!reader)
                return NULL;
        (void)pthread_mutex_lock(&reader->lock); /* nobody holds it while blocked */
        reader->is_stopping = true;
        is_busy = reader->is_busy;
        (void)pthread_cond_signal(&reader->wake);
        (void)pthread_mutex_unlock(&reader->lock);
        if (is_busy) {
                (void)pthread_detach(reader->thread);
                return NULL;
        }
        (void)pthread_join(reader->thread, NULL);
        dispose(reader);
        return NULL;
}

void cmdline_reader_start(struct cmdline_reader *reader, int directory)
{
        (void)pthread_mutex_lock(&reader->lock);
        reader->is_current = false;
        if (!reader->is_busy) {
                reader->directory = fcntl(directory, F_DUPFD_CLOEXEC, 3);
                reader->is_busy = reader->is_current = reader->directory >= 0;
                (void)pthread_cond_signal(&reader->wake);
        }
        (void)pthread_mutex_unlock(&reader->lock);
}

size_t cmdline_reader_take(struct cmdline_reader *reader, char ret_cmdline[static CMDLINE_MAX])
{
        struct timespec until = clock_deadline(CLOCK_MONOTONIC, CMDLINE_WAIT_MS * 1000);
        size_t length = 0;
        int r = 0;

        (void)pthread_mutex_lock(&reader->lock);
        while (reader->is_current && reader->is_busy && r == 0)
                r = pthread_cond_timedwait(&reader->ready, &reader->lock, &until);
        if (reader->is_current && !reader->is_busy) {
                length = reader->length;
                memcpy(ret_cmdline, reader->cmdline, length);
        }
        reader->is_current = false;
        (void)pthread_mutex_unlock(&reader->lock);
        return length;
}
