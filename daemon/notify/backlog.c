#include "notify/backlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/envelope.h"
#include "common/config.h"
#include "common/spool.h"
#include "util/cleanup.h"

enum spool_op { OP_WRITE, OP_LOAD, OP_REMOVE };

/* Everything that the writer's thread touches. While that thread is blocked, the backlog is freed without its job. */
struct backlog_job {
        struct writer_job job;
        struct backlog *backlog; /* NULL: freed while the operation was in flight */
        char *path;
        char name[CONFIG_NAME_MAX + 1];
        struct spool *spool; /* NULL: not open yet */

        /* The operation. */
        enum spool_op op;
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts;
        char delivered_id[SPOOL_ID_LENGTH + 1]; /* "": none */

        /* The last listing. */
        char (*ids)[SPOOL_ID_LENGTH + 1];
        size_t n_ids, next_id;

        /* The result. */
        int error;
        unsigned n_written, n_rejected;
        char *json; /* of the loaded alert ids[next_id - 1]; NULL: none */
        size_t json_length;
        int64_t time_usec; /* of the loaded alert; OOM_UNKNOWN */
};

struct backlog {
        struct writer *writer;
        const struct backlog_handler *handler;
        void *userdata;
        struct backlog_job *job;
        bool is_busy;
        char delivered_id[SPOOL_ID_LENGTH + 1];
};

/* --- the operation, in the writer's thread ------------------------------------------------------------------------ */

static int write_alerts(struct backlog_job *job)
{
        while (job->n_written < job->n_alerts) {
                const struct rendered_alert *alert = job->alerts[job->n_written];
                int r = spool_write(job->spool, alert->id, alert->json, alert->json_length);

                if (r < 0)
                        return r;
                job->n_written++;
        }
        return 0;
}

/* Keeps the ids of the oldest ones only: a directory may hold 100,000, and most of them wait for long. */
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

/* Reads the alert id. -EBADMSG when the file is not an alert, or not on one line, as streams need it. */
static int load_alert(struct backlog_job *job, const char *id)
{
        _cleanup_(freep) char *json = NULL;
        struct alert_envelope envelope;
        size_t length;
        int r;

        r = spool_read(job->spool, id, &json, &length);
        if (r < 0)
                return r;
        while (length > 0 && json[length - 1] == '\n') /* an editor may have added it */
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

/* Loads the oldest that can be read. One that can't be is rejected, because it would hold up the others. */
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

static int run_op(struct backlog_job *job)
{
        int r;

        if (!job->spool) {
                r = spool_open(job->path, job->name, &job->spool);
                if (r < 0)
                        return r;
        }
        if (job->op == OP_WRITE)
                return write_alerts(job);
        if (job->delivered_id[0]) {
                r = spool_remove(job->spool, job->delivered_id);
                if (r < 0)
                        return r;
        }
        return job->op == OP_LOAD ? load_oldest(job) : 0;
}

static void job_run(struct writer_job *base)
{
        struct backlog_job *job = (struct backlog_job *)base;

        job->error = run_op(job);
        if (job->error == -ENOENT) /* somebody has removed the directory: the next operation makes it again */
                job->spool = spool_close(job->spool);
}

/* --- in the loop's thread ----------------------------------------------------------------------------------------- */

static struct backlog_job *job_free(struct backlog_job *job)
{
        if (!job)
                return NULL;
        for (unsigned i = 0; i < job->n_alerts; i++)
                (void)rendered_alert_unref(job->alerts[i]);
        (void)spool_close(job->spool);
        free(job->json);
        free(job->ids);
        free(job->path);
        free(job);
        return NULL;
}

static void report_loaded(struct backlog *backlog)
{
        struct backlog_job *job = backlog->job;
        struct rendered_alert *alert = NULL;
        int error = job->error;

        if (job->json) {
                alert = rendered_alert_from_json(job->ids[job->next_id - 1], job->json, job->json_length,
                                                 job->time_usec);
                job->json = NULL;
                if (!alert)
                        error = -ENOMEM;
        }
        backlog->handler->loaded(alert, job->n_rejected, error, backlog->userdata);
}

static void job_done(struct writer_job *base)
{
        struct backlog_job *job = (struct backlog_job *)base;
        struct backlog *backlog = job->backlog;
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts = job->n_alerts;

        if (!backlog) {
                (void)job_free(job);
                return;
        }
        backlog->is_busy = false;
        if (job->op == OP_LOAD) {
                report_loaded(backlog);
                return;
        }
        memcpy(alerts, job->alerts, sizeof(alerts));
        job->n_alerts = 0;
        backlog->handler->written(alerts, n_alerts, job->n_written, job->error, backlog->userdata);
}

static void submit(struct backlog *backlog, enum spool_op op)
{
        struct backlog_job *job = backlog->job;

        assert(!backlog->is_busy);
        job->op = op;
        job->error = 0;
        job->n_written = job->n_rejected = 0;
        backlog->is_busy = true;
        writer_add(backlog->writer, &job->job);
}

void backlog_write(struct backlog *backlog, struct rendered_alert *alerts[], unsigned n_alerts)
{
        assert(n_alerts <= BACKLOG_BATCH_MAX && !backlog->is_busy);
        memcpy(backlog->job->alerts, alerts, n_alerts * sizeof(struct rendered_alert *));
        backlog->job->n_alerts = n_alerts;
        submit(backlog, OP_WRITE);
}

/* The operation also removes the alert that was delivered. */
static void submit_with_delivered(struct backlog *backlog, enum spool_op op)
{
        memcpy(backlog->job->delivered_id, backlog->delivered_id, sizeof(backlog->delivered_id));
        backlog->delivered_id[0] = '\0';
        submit(backlog, op);
}

void backlog_load(struct backlog *backlog)
{
        submit_with_delivered(backlog, OP_LOAD);
}

void backlog_remove(struct backlog *backlog)
{
        submit_with_delivered(backlog, OP_REMOVE);
}

void backlog_set_delivered(struct backlog *backlog, const char *id)
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
        return backlog->is_busy;
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
        (void)strncpy(backlog->job->name, name, CONFIG_NAME_MAX); /* CONFIG_NAME_MAX: it fits */
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
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts;

        if (!backlog)
                return NULL;
        if (!backlog->is_busy) {
                (void)job_free(backlog->job);
                free(backlog);
                return NULL;
        }
        /* The thread is blocked with them: the job keeps its references, and the sink's are returned. */
        n_alerts = backlog->job->n_alerts;
        for (unsigned i = 0; i < n_alerts; i++)
                alerts[i] = rendered_alert_ref(backlog->job->alerts[i]);
        backlog->job->backlog = NULL;
        if (n_alerts > 0)
                backlog->handler->written(alerts, n_alerts, 0, -ETIMEDOUT, backlog->userdata);
        free(backlog);
        return NULL;
}
