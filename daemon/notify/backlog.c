#include "notify/backlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/age.h"
#include "alert/envelope.h"
#include "common/config.h"
#include "common/spool.h"
#include "host/machine.h"
#include "util/array.h"
#include "util/cleanup.h"

enum spool_op { OP_WRITE, OP_LOAD, OP_REMOVE };

struct id_list {
        char (*ids)[SPOOL_ID_LENGTH + 1];
        size_t n_ids, capacity;
};

/* An alert as the writer's thread has loaded it: rendered alerts are made in the loop's. */
struct loaded {
        char id[SPOOL_ID_LENGTH + 1];
        char *json;
        size_t json_length;
        int64_t time_usec;     /* OOM_UNKNOWN */
        int64_t boottime_usec; /* ALERT_AGE_UNKNOWN */
};

struct backlog {
        struct writer *writer;
        const struct backlog_handler *handler;
        void *userdata;
        bool is_busy;                  /* the writer has the job, of which all is that follows the next two */
        bool is_abandoned;             /* freed while it was busy: the memory is freed when the operation has ended */
        struct id_list next_delivered; /* for the next operation */

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
        struct id_list delivered;

        /* The last listing. */
        struct spool_entry *entries;
        size_t n_entries, next_entry;

        /* The result. */
        int error;
        unsigned n_written, n_rejected;
        struct loaded *loaded; /* BACKLOG_LOAD_MAX; NULL: nothing was loaded lately */
        unsigned n_loaded;
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
static int load_alert(struct backlog *backlog, const char *id, struct loaded *ret_loaded)
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
        memcpy(ret_loaded->id, id, sizeof(ret_loaded->id));
        ret_loaded->boottime_usec = alert_boottime_usec(json, length, backlog->boot_id);
        ret_loaded->json = take_pointer(json);
        ret_loaded->json_length = length;
        ret_loaded->time_usec = envelope.time_usec == ALERT_TIME_ABSENT ? OOM_UNKNOWN : envelope.time_usec;
        return 0;
}

/* Loads the next of the listing. One that can't be read is rejected, because it would hold up the others. Returns the bytes of its JSON;
 * 0: nothing was loaded; -errno. */
static ssize_t load_next(struct backlog *backlog)
{
        const char *id = backlog->entries[backlog->next_entry].id;
        int r = load_alert(backlog, id, &backlog->loaded[backlog->n_loaded]);

        if (r == -ENOMEM)
                return r;
        backlog->next_entry++;
        if (r == 0)
                return (ssize_t)backlog->loaded[backlog->n_loaded++].json_length;
        if (r == -ENOENT)
                return 0;
        backlog->n_rejected++;
        r = spool_reject(backlog->spool, id);
        return r < 0 ? r : 0;
}

/* Loads the oldest that can be read. The files of one listing are loaded before the directory is listed again: then the sink has
 * none that is still there. */
static int load_oldest(struct backlog *backlog)
{
        size_t n_bytes = 0;

        if (!backlog->loaded)
                backlog->loaded = calloc(BACKLOG_LOAD_MAX, sizeof(*backlog->loaded));
        if (!backlog->loaded)
                return -ENOMEM;
        while (backlog->n_loaded < BACKLOG_LOAD_MAX && n_bytes < BACKLOG_LOAD_BYTES_MAX) {
                ssize_t n;

                if (backlog->next_entry >= backlog->n_entries) {
                        int r = backlog->n_loaded > 0 ? 0 : list_oldest(backlog);

                        if (r < 0 || backlog->next_entry >= backlog->n_entries)
                                return r;
                }
                n = load_next(backlog);
                if (n < 0)
                        return (int)n;
                n_bytes += (size_t)n;
                writer_moved(backlog->writer);
        }
        return 0;
}

/* One fsync() for all: after a power failure none of them is back, to be delivered twice. What could not be removed is tried again. */
static int remove_delivered(struct backlog *backlog)
{
        struct id_list *delivered = &backlog->delivered;
        size_t n_removed = 0;
        int r = 0;

        while (r == 0 && n_removed < delivered->n_ids) {
                r = spool_set_delivered(backlog->spool, delivered->ids[n_removed], 0);
                n_removed += r == 0;
        }
        if (n_removed == 0)
                return r;
        delivered->n_ids -= n_removed;
        memmove(delivered->ids, delivered->ids + n_removed, delivered->n_ids * sizeof(*delivered->ids));
        if (fsync(spool_fd(backlog->spool)) < 0 && r == 0)
                r = -errno;
        return r;
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
        r = remove_delivered(backlog);
        return r == 0 && backlog->op == OP_LOAD ? load_oldest(backlog) : r;
}

static void job_run(struct writer_job *job)
{
        struct backlog *backlog = job->userdata;

        backlog->error = run_op(backlog);
        if (backlog->error == -ENOENT) /* somebody has removed the directory: the next operation makes it again */
                backlog->spool = spool_close(backlog->spool);
}

/* --- in the loop's thread ----------------------------------------------------------------------------------------- */

/* The files stay on disk. */
static void forget_loaded(struct backlog *backlog)
{
        for (unsigned i = 0; i < backlog->n_loaded; i++)
                free(backlog->loaded[i].json);
        free(backlog->loaded);
        backlog->loaded = NULL;
        backlog->n_loaded = 0;
}

static void release(struct backlog *backlog)
{
        for (unsigned i = 0; i < backlog->n_alerts; i++)
                (void)rendered_alert_unref(backlog->alerts[i]);
        (void)spool_close(backlog->spool);
        forget_loaded(backlog);
        free(backlog->delivered.ids);
        free(backlog->next_delivered.ids);
        free(backlog->entries);
        free(backlog->path);
        free(backlog);
}

static void report_loaded(struct backlog *backlog)
{
        struct rendered_alert *alerts[BACKLOG_LOAD_MAX];
        unsigned n_alerts = 0;
        int error = backlog->error;

        for (unsigned i = 0; i < backlog->n_loaded; i++) {
                struct loaded *loaded = &backlog->loaded[i];

                alerts[n_alerts] = rendered_alert_from_json(loaded->id, take_pointer(loaded->json), loaded->json_length,
                                                            loaded->time_usec);
                if (alerts[n_alerts])
                        alerts[n_alerts++]->boottime_usec = loaded->boottime_usec;
                else
                        error = -ENOMEM;
        }
        backlog->n_loaded = 0;
        if (n_alerts == 0)
                forget_loaded(backlog); /* the array too: there may be nothing to load for days */
        backlog->handler->loaded(alerts, n_alerts, backlog->n_rejected, error, backlog->userdata);
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

/* Without memory the id is forgotten: the alert stays on disk, and is delivered again. */
static void add_id(struct id_list *list, const char *id)
{
        if (array_reserve(list->ids, list->n_ids, &list->capacity))
                memcpy(list->ids[list->n_ids++], id, sizeof(*list->ids));
}

/* The operation also removes the alerts that were delivered, unless it writes. */
static void submit(struct backlog *backlog, enum spool_op op)
{
        assert(!backlog->is_busy);
        backlog->op = op;
        backlog->error = 0;
        backlog->n_written = backlog->n_rejected = 0;
        if (op != OP_WRITE) {
                for (size_t i = 0; i < backlog->next_delivered.n_ids; i++)
                        add_id(&backlog->delivered, backlog->next_delivered.ids[i]);
                backlog->next_delivered.n_ids = 0;
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
        add_id(&backlog->next_delivered, id);
}

size_t backlog_n_delivered(const struct backlog *backlog)
{
        /* While the writer has the others, they are being removed. */
        return backlog->next_delivered.n_ids + (backlog->is_busy ? 0 : backlog->delivered.n_ids);
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
