#include "notify/backlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/age.h"
#include "alert/envelope.h"
#include "common/config.h"
#include "common/spool.h"
#include "host/machine.h"
#include "util/cleanup.h"

enum spool_op { OP_WRITE, OP_LOAD, OP_REMOVE };

struct backlog {
        struct writer *writer;
        const struct backlog_handler *handler;
        void *userdata;
        bool is_busy;      /* the writer has the job, of which all is that follows the next two */
        bool is_abandoned; /* freed while it was busy: the memory is freed when the operation has ended */
        char next_delivered_id[SPOOL_ID_LENGTH + 1]; /* for the next operation */

        struct writer_job job;
        char *path;
        struct spool_limits limits;
        char name[CONFIG_NAME_MAX + 1];
        struct spool *spool; /* NULL: not open yet */
        char boot_id[33];

        /* The operation. */
        enum spool_op op;
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts;
        char delivered_id[SPOOL_ID_LENGTH + 1]; /* "": none */

        /* The last listing. */
        struct spool_entry *entries;
        size_t n_entries, next_entry;

        /* The result. */
        int error;
        unsigned n_written, n_rejected;
        char *json; /* of the loaded alert entries[next_entry - 1]; NULL: none */
        size_t json_length;
        int64_t time_usec;     /* of the loaded alert; OOM_UNKNOWN */
        int64_t boottime_usec; /* ALERT_AGE_UNKNOWN */
};

/* --- the operation, in the writer's thread ------------------------------------------------------------------------ */

static int write_alerts(struct backlog *backlog)
{
        while (backlog->n_written < backlog->n_alerts) {
                const struct rendered_alert *alert = backlog->alerts[backlog->n_written];
                int r = alert->may_be_repeat
                                ? spool_write_once(backlog->spool, alert->id, alert->json, alert->json_length)
                                : spool_write(backlog->spool, alert->id, alert->json, alert->json_length);

                if (r < 0)
                        return r;
                backlog->n_written++;
                writer_moved(backlog->writer);
        }
        return 0;
}

/* Keeps the oldest ones only: a directory may hold 100,000, and most of them wait for long. */
static int list_oldest(struct backlog *backlog)
{
        struct spool_entry *entries, *oldest;
        size_t count;
        int r = spool_list(backlog->spool, &entries, &count);

        if (r < 0)
                return r;
        if (count > BACKLOG_IDS_MAX) {
                count = BACKLOG_IDS_MAX;
                oldest = reallocarray(entries, count, sizeof(*entries));
                entries = oldest ? oldest : entries;
        }
        free(backlog->entries);
        backlog->entries = entries;
        backlog->n_entries = count;
        backlog->next_entry = 0;
        return 0;
}

/* Reads the alert id. -EBADMSG when the file is not an alert, or not on one line, as streams need it. */
static int load_alert(struct backlog *backlog, const char *id)
{
        _cleanup_(freep) char *json = NULL;
        struct alert_envelope envelope;
        size_t length;
        int r;

        r = spool_read(backlog->spool, id, &json, &length);
        if (r < 0)
                return r;
        while (length > 0 && json[length - 1] == '\n') /* an editor may have added it */
                length--;
        if (memchr(json, '\n', length))
                return -EBADMSG;
        r = alert_envelope_read(json, length, &envelope);
        if (r < 0)
                return r;
        backlog->boottime_usec = alert_boottime_usec(json, length, backlog->boot_id);
        backlog->json = take_pointer(json);
        backlog->json_length = length;
        backlog->time_usec = envelope.time_usec == ALERT_TIME_ABSENT ? OOM_UNKNOWN : envelope.time_usec;
        return 0;
}

/* Loads the oldest that can be read. One that can't be is rejected, because it would hold up the others. */
static int load_oldest(struct backlog *backlog)
{
        for (;;) {
                int r;

                if (backlog->next_entry >= backlog->n_entries) {
                        r = list_oldest(backlog);
                        if (r < 0 || backlog->n_entries == 0)
                                return r;
                }
                r = load_alert(backlog, backlog->entries[backlog->next_entry].id);
                if (r == -ENOMEM)
                        return r;
                backlog->next_entry++;
                if (r == 0)
                        return 0;
                if (r == -ENOENT)
                        continue;
                backlog->n_rejected++;
                r = spool_reject(backlog->spool, backlog->entries[backlog->next_entry - 1].id);
                if (r < 0)
                        return r;
                writer_moved(backlog->writer);
        }
}

static int run_op(struct backlog *backlog)
{
        int r;

        if (!backlog->spool) {
                r = spool_open(backlog->path, backlog->name, &backlog->spool);
                if (r < 0)
                        return r;
                spool_set_limits(backlog->spool, &backlog->limits);
        }
        if (backlog->op == OP_WRITE)
                return write_alerts(backlog);
        if (backlog->delivered_id[0]) {
                r = spool_set_delivered(backlog->spool, backlog->delivered_id, 0);
                if (r < 0)
                        return r;
        }
        return backlog->op == OP_LOAD ? load_oldest(backlog) : 0;
}

static void job_run(struct writer_job *job)
{
        struct backlog *backlog = job->userdata;

        backlog->error = run_op(backlog);
        if (backlog->error == -ENOENT) /* somebody has removed the directory: the next operation makes it again */
                backlog->spool = spool_close(backlog->spool);
}

/* --- in the loop's thread ----------------------------------------------------------------------------------------- */

static void release(struct backlog *backlog)
{
        for (unsigned i = 0; i < backlog->n_alerts; i++)
                (void)rendered_alert_unref(backlog->alerts[i]);
        (void)spool_close(backlog->spool);
        free(backlog->json);
        free(backlog->entries);
        free(backlog->path);
        free(backlog);
}

static void report_loaded(struct backlog *backlog)
{
        struct rendered_alert *alert = NULL;
        int error = backlog->error;

        if (backlog->json) {
                alert = rendered_alert_from_json(backlog->entries[backlog->next_entry - 1].id,
                                                 take_pointer(backlog->json), backlog->json_length, backlog->time_usec);
                if (alert)
                        alert->boottime_usec = backlog->boottime_usec;
                else
                        error = -ENOMEM;
        }
        backlog->handler->loaded(alert, backlog->n_rejected, error, backlog->userdata);
}

static void report_written(struct backlog *backlog)
{
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];
        unsigned n_alerts = backlog->n_alerts;

        memcpy(alerts, backlog->alerts, sizeof(alerts));
        backlog->n_alerts = 0;
        backlog->handler->written(alerts, n_alerts, backlog->n_written, backlog->error, backlog->userdata);
}

static void job_done(struct writer_job *job)
{
        struct backlog *backlog = job->userdata;

        backlog->is_busy = false;
        if (backlog->is_abandoned)
                release(backlog);
        else if (backlog->op == OP_LOAD)
                report_loaded(backlog);
        else
                report_written(backlog);
}

/* The operation also removes the alert that was delivered, unless it writes. */
static void submit(struct backlog *backlog, enum spool_op op)
{
        assert(!backlog->is_busy);
        backlog->op = op;
        backlog->error = 0;
        backlog->n_written = backlog->n_rejected = 0;
        if (op != OP_WRITE) {
                memcpy(backlog->delivered_id, backlog->next_delivered_id, sizeof(backlog->delivered_id));
                backlog->next_delivered_id[0] = '\0';
        }
        backlog->is_busy = true;
        writer_add(backlog->writer, &backlog->job);
}

void backlog_write(struct backlog *backlog, struct rendered_alert *alerts[], unsigned n_alerts)
{
        assert(n_alerts <= BACKLOG_BATCH_MAX && !backlog->is_busy);
        memcpy(backlog->alerts, alerts, n_alerts * sizeof(struct rendered_alert *));
        backlog->n_alerts = n_alerts;
        submit(backlog, OP_WRITE);
}

void backlog_load(struct backlog *backlog)
{
        submit(backlog, OP_LOAD);
}

void backlog_remove(struct backlog *backlog)
{
        submit(backlog, OP_REMOVE);
}

void backlog_set_delivered(struct backlog *backlog, const char *id)
{
        assert(!backlog->next_delivered_id[0]);
        memcpy(backlog->next_delivered_id, id, sizeof(backlog->next_delivered_id));
}

bool backlog_has_delivered(const struct backlog *backlog)
{
        return backlog->next_delivered_id[0] != '\0';
}

bool backlog_is_busy(const struct backlog *backlog)
{
        return backlog->is_busy;
}

uint64_t backlog_take_displaced(struct backlog *backlog)
{
        return backlog->spool ? spool_take_dropped(backlog->spool) : 0;
}

int backlog_new(const char *spool_path, const struct spool_limits *limits, const char *name, struct writer *writer,
                const struct backlog_handler *handler, void *userdata, struct backlog **ret_backlog)
{
        _cleanup_(freep) struct backlog *backlog = calloc(1, sizeof(*backlog));
        struct machine_identity machine;

        if (!backlog)
                return -ENOMEM;
        machine_identity(&machine);
        *backlog = (struct backlog){ .writer = writer, .handler = handler, .userdata = userdata, .limits = *limits };
        backlog->job = (struct writer_job){ .run = job_run, .done = job_done, .userdata = backlog };
        (void)strncpy(backlog->name, name, CONFIG_NAME_MAX); /* CONFIG_NAME_MAX: it fits */
        memcpy(backlog->boot_id, machine.boot_id, sizeof(backlog->boot_id));
        backlog->path = strdup(spool_path);
        if (!backlog->path)
                return -ENOMEM;
        *ret_backlog = take_pointer(backlog);
        return 0;
}

struct backlog *backlog_free(struct backlog *backlog)
{
        struct rendered_alert *alerts[BACKLOG_BATCH_MAX];

        if (!backlog)
                return NULL;
        if (!backlog->is_busy) {
                release(backlog);
                return NULL;
        }
        /* The thread is blocked with them: the job keeps its references, and the sink's are returned. */
        backlog->is_abandoned = true;
        for (unsigned i = 0; i < backlog->n_alerts; i++)
                alerts[i] = rendered_alert_ref(backlog->alerts[i]);
        if (backlog->n_alerts > 0)
                backlog->handler->written(alerts, backlog->n_alerts, 0, -ETIMEDOUT, backlog->userdata);
        return NULL;
}
