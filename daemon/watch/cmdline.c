#include "watch/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "notify/writer.h"
#include "util/cleanup.h"

/* How long the end waits for a thread that isn't stuck. */
#define END_MS 1000

struct cmdline_reader {
        struct writer_job job; /* first: the reader is found by it */
        struct writer *writer;
        bool is_busy;    /* the writer has the job: what follows belongs to its thread */
        bool is_current; /* what the thread reads, or read last, is what was started last */
        int directory;
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
        return length;
}

static void job_run(struct writer_job *job)
{
        struct cmdline_reader *reader = (struct cmdline_reader *)job;

        reader->length = cmdline_read(reader->directory, reader->cmdline);
        (void)close(reader->directory); /* nothing was written */
}

static void job_done(struct writer_job *job)
{
        ((struct cmdline_reader *)job)->is_busy = false;
}

int cmdline_reader_new(struct event_base *base, struct cmdline_reader **ret_reader)
{
        _cleanup_(freep) struct cmdline_reader *reader = calloc(1, sizeof(*reader));
        int r = reader ? writer_new(base, "cmdline reader", &reader->writer) : -ENOMEM;

        if (r < 0)
                return r;
        reader->job = (struct writer_job){ .run = job_run, .done = job_done };
        *ret_reader = take_pointer(reader);
        return 0;
}

struct cmdline_reader *cmdline_reader_free(struct cmdline_reader *reader)
{
        if (!reader)
                return NULL;
        (void)writer_free(reader->writer, reader->is_busy ? 0 : END_MS);
        if (!reader->is_busy)
                free(reader);
        return NULL;
}

struct writer *cmdline_reader_writer(struct cmdline_reader *reader)
{
        return reader->writer;
}

void cmdline_reader_start(struct cmdline_reader *reader, int directory)
{
        (void)writer_collect(reader->writer); /* what was stuck may have come */
        reader->is_current = false;
        if (reader->is_busy)
                return;
        reader->directory = fcntl(directory, F_DUPFD_CLOEXEC, 3);
        if (reader->directory < 0)
                return;
        reader->is_busy = reader->is_current = true;
        writer_add(reader->writer, &reader->job);
}

size_t cmdline_reader_take(struct cmdline_reader *reader, char ret_cmdline[static CMDLINE_MAX])
{
        struct pollfd ended = { .fd = writer_fd(reader->writer), .events = POLLIN };
        bool is_current = reader->is_current;

        reader->is_current = false;
        while (is_current && reader->is_busy && poll(&ended, 1, CMDLINE_WAIT_MS) != 0)
                (void)writer_collect(reader->writer);
        if (!is_current || reader->is_busy)
                return 0;
        memcpy(ret_cmdline, reader->cmdline, reader->length);
        return reader->length;
}
