#include "notify/backlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/envelope.h"
#include "common/config.h"
#include "common/spool.h"
#include "util/cleanup.h"

enum errand { ERRAND_WRITE, ERRAND_LOAD, ERRAND_REMOVE };

/* All that the writer's thread touches. When it is blocked for ever, this stays. */
struct backlog_job {
        struct writer_job job;
        struct backlog *backlog; /* NULL: it has gone, and left the job behind */
        char *path;
        char name[CONFIG_NAME_MAX + 1];
        struct spool *spool; /* NULL: not open yet */

        /* What is to be done. */
        enum errand errand;
        struct rendered *alerts[BACKLOG_BATCH];
        unsigned count;
        char delivered_id[SPOOL_ID_LENGTH + 1]; /* "": none */

        /* The listing. */
        char (*ids)[SPOOL_ID_LENGTH + 1];
        size_t n_ids, next_id;

        /* What came of it. */
        int error;
        unsigned n_written, n_rejected;
        char *json; /* loaded: of ids[next_id - 1] */
        size_t json_length;
        int64_t time_usec; /* of that; OOM_UNKNOWN */
};

struct backlog {
        struct writer *writer;
        const struct backlog_handler *handler;
        void *userdata;
        struct backlog_job *job;
        bool busy;
        unsigned n_rejected;
        char delivered_id[SPOOL_ID_LENGTH + 1];
};

/* --- the errand, in the writer's thread --------------------------------------------------------------------------- */

static int write_alerts(struct backlog_job *job)
{
        while (job->n_written < job->count) {
                const struct rendered *alert = job->alerts[job->n_written];
                int r = spool_write(job->spool, alert->id, alert->json, alert->json_length);

                if (r < 0)
                        return r;
                job->n_written++;
        }
        return 0;
}

/* Keeps the names of the oldest ones only: a directory may hold 100,000, and most of them wait for long. */
static int list_ids(struct backlog_job *job)
{
        struct spool_entry *entries;
        size_t count;
        int r;

        r = spool_list(job->spool, &entries, &count);
        if (r < 0)
                return r;
        if (count > BACKLOG_IDS_MAX)
                count = BACKLOG_IDS_MAX;
        free(job->ids);
        job->next_id = job->n_ids = 0;
        job->ids = count > 0 ? calloc(count, sizeof(*job->ids)) : NULL;
        if (count > 0 && !job->ids) {
                free(entries);
                return -ENOMEM;
        }
        for (size_t i = 0; i < count; i++)
                memcpy(job->ids[i], entries[i].id, sizeof(*job->ids));
        job->n_ids = count;
        free(entries);
        return 0;
}

/* Reads the alert id. -EBADMSG when it is none, or none on one line, as streams need it. */
static int load_alert(struct backlog_job *job, const char *id)
{
        _cleanup_(freep) char *json = NULL;
        struct alert_envelope envelope;
        size_t length;
        int r;

        r = spool_read(job->spool, id, &json, &length);
        if (r < 0)
                return r;
        while (length > 0 && json[length - 1] == '\n') /* of an editor */
                length--;
        if (memchr(json, '\n', length))
                return -EBADMSG;
        r = alert_envelope_read(json, length, &envelope);
        if (r < 0)
                return r;
        job->json = take_pointer(json);
        job->json_length = length;
        job->time_usec = envelope.time_usec == ALERT_TIME_ABSENT ? OOM_UNKNOWN : envelope.time_usec;
        return 0;
}

/* Loads the oldest that can be read. What can't be is put aside: it must not stand in the way of the others. */
static int load_oldest(struct backlog_job *job)
{
        for (;;) {
                int r;

                if (job->next_id >= job->n_ids) {
                        r = list_ids(job);
                        if (r < 0 || job->n_ids == 0)
                                return r;
                }
                r = load_alert(job, job->ids[job->next_id]);
                if (r == -ENOMEM)
                        return r;
                job->next_id++;
                if (r == 0)
                        return 0;
                if (r == -ENOENT)
                        continue;
                job->n_rejected++;
                r = spool_reject(job->spool, job->ids[job->next_id - 1]);
                if (r < 0)
                        return r;
        }
}

static int do_errand(struct backlog_job *job)
{
        int r;

        if (!job->spool) {
                r = spool_open(job->path, job->name, &job->spool);
                if (r < 0)
                        return r;
        }
        if (job->errand == ERRAND_WRITE)
                return write_alerts(job);
        if (job->delivered_id[0]) {
                r = spool_remove(job->spool, job->delivered_id);
                if (r < 0)
                        return r;
        }
        return job->errand == ERRAND_LOAD ? load_oldest(job) : 0;
}

static void job_run(struct writer_job *base)
{
        struct backlog_job *job = (struct backlog_job *)base;

        job->error = do_errand(job);
        if (job->error == -ENOENT) /* the directory was removed under us: it is made again at the next errand */
                job->spool = spool_close(job->spool);
}

/* --- in the loop's thread ----------------------------------------------------------------------------------------- */

static struct backlog_job *job_free(struct backlog_job *job)
{
        if (!job)
                return NULL;
        for (unsigned i = 0; i < job->count; i++)
                (void)rendered_unref(job->alerts[i]);
        (void)spool_close(job->spool);
        free(job->json);
        free(job->ids);
        free(job->path);
        free(job);
        return NULL;
}

static void hand_over_loaded(struct backlog *backlog)
{
        struct backlog_job *job = backlog->job;
        struct rendered *alert = NULL;
        int error = job->error;

        if (job->json) {
                alert = rendered_from_json(job->ids[job->next_id - 1], job->json, job->json_length, job->time_usec);
                job->json = NULL;
                if (!alert)
                        error = -ENOMEM;
        }
        backlog->handler->loaded(backlog->userdata, alert, error);
}

static void job_done(struct writer_job *base)
{
        struct backlog_job *job = (struct backlog_job *)base;
        struct backlog *backlog = job->backlog;
        struct rendered *alerts[BACKLOG_BATCH];
        unsigned count = job->count;

        if (!backlog) {
                (void)job_free(job);
                return;
        }
        backlog->busy = false;
        backlog->n_rejected += job->n_rejected;
        if (job->errand == ERRAND_LOAD) {
                hand_over_loaded(backlog);
                return;
        }
        memcpy(alerts, job->alerts, sizeof(alerts));
        job->count = 0;
        backlog->handler->written(backlog->userdata, alerts, count, job->n_written, job->error);
}

static void send_out(struct backlog *backlog, enum errand errand)
{
        struct backlog_job *job = backlog->job;

        assert(!backlog->busy);
        job->errand = errand;
        job->error = 0;
        job->n_written = job->n_rejected = 0;
        backlog->busy = true;
        writer_add(backlog->writer, &job->job);
}

void backlog_write(struct backlog *backlog, struct rendered *alerts[], unsigned count)
{
        assert(count <= BACKLOG_BATCH && !backlog->busy);
        memcpy(backlog->job->alerts, alerts, count * sizeof(struct rendered *));
        backlog->job->count = count;
        send_out(backlog, ERRAND_WRITE);
}

static void send_out_with_delivered(struct backlog *backlog, enum errand errand)
{
        memcpy(backlog->job->delivered_id, backlog->delivered_id, sizeof(backlog->delivered_id));
        backlog->delivered_id[0] = '\0';
        send_out(backlog, errand);
}

void backlog_load(struct backlog *backlog)
{
        send_out_with_delivered(backlog, ERRAND_LOAD);
}

void backlog_remove(struct backlog *backlog)
{
        send_out_with_delivered(backlog, ERRAND_REMOVE);
}

void backlog_delivered(struct backlog *backlog, const char *id)
{
        assert(!backlog->delivered_id[0]);
        memcpy(backlog->delivered_id, id, sizeof(backlog->delivered_id));
}

bool backlog_has_delivered(const struct backlog *backlog)
{
        return backlog->delivered_id[0] != '\0';
}

bool backlog_is_busy(const struct backlog *backlog)
{
        return backlog->busy;
}

unsigned backlog_take_rejected(struct backlog *backlog)
{
        unsigned n_rejected = backlog->n_rejected;

        backlog->n_rejected = 0;
        return n_rejected;
}

int backlog_new(const char *spool_path, const char *name, struct writer *writer, const struct backlog_handler *handler,
                void *userdata, struct backlog **ret_backlog)
{
        struct backlog *backlog = calloc(1, sizeof(*backlog));

        if (!backlog)
                return -ENOMEM;
        *backlog = (struct backlog){ .writer = writer, .handler = handler, .userdata = userdata };
        backlog->job = calloc(1, sizeof(*backlog->job));
        if (!backlog->job) {
                (void)backlog_free(backlog);
                return -ENOMEM;
        }
        backlog->job->job = (struct writer_job){ .run = job_run, .done = job_done };
        backlog->job->backlog = backlog;
        (void)strncpy(backlog->job->name, name, CONFIG_NAME_MAX); /* the configuration sees to it that it fits */
        backlog->job->path = strdup(spool_path);
        if (!backlog->job->path) {
                (void)backlog_free(backlog);
                return -ENOMEM;
        }
        *ret_backlog = backlog;
        return 0;
}

struct backlog *backlog_free(struct backlog *backlog)
{
        struct rendered *alerts[BACKLOG_BATCH];
        unsigned count;

        if (!backlog)
                return NULL;
        if (!backlog->busy) {
                (void)job_free(backlog->job);
                free(backlog);
                return NULL;
        }
        /* The thread is blocked with them: they stay in memory, but the sink gets its own back. */
        count = backlog->job->count;
        for (unsigned i = 0; i < count; i++)
                alerts[i] = rendered_ref(backlog->job->alerts[i]);
        backlog->job->backlog = NULL;
        if (count > 0)
                backlog->handler->written(backlog->userdata, alerts, count, 0, -ETIMEDOUT);
        free(backlog);
        return NULL;
}
