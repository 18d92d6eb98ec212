/* daemon/notify/sink_spool.c: alerts for one webhook, as files that the courier delivers.
 *
 * Where the disk fails or is full, the write is repeated with pauses. The cursor does not pass an alert before it is on the
 * disk, so that the next start finds it in the kernel's log even then. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/spool.h"
#include "notify/sink_blocking.h"

struct spool_target {
        char *path;
        char name[CONFIG_NAME_MAX + 1];
        struct spool_limits limits;
        struct spool *spool; /* NULL: not open yet */
};

static void spool_target_free(void *userdata)
{
        struct spool_target *target = userdata;

        if (!target)
                return;
        (void)spool_close(target->spool);
        free(target->path);
        free(target);
}

static int spool_write_alert(void *userdata, const struct rendered_alert *alert)
{
        struct spool_target *target = userdata;
        int r, memory_error;

        if (!target->spool) {
                r = spool_open(target->path, target->name, &target->spool);
                if (r < 0)
                        return r;
                spool_set_limits(target->spool, &target->limits);
        }
        r = alert->may_be_repeat ? spool_write_once(target->spool, alert->id, alert->json, alert->json_length)
                                 : spool_write(target->spool, alert->id, alert->json, alert->json_length);
        memory_error = spool_take_memory_error(target->spool);
        if (memory_error < 0)
                log_warning("webhook \"%s\": " SPOOL_MEMORY_FAILS, target->name, strerror(-memory_error));
        if (r == -ENOENT) /* somebody has removed the directory: the next write makes it again */
                target->spool = spool_close(target->spool);
        return r < 0 ? r : 0; /* 1: the same alert is there already, or was delivered */
}

static uint64_t spool_take_displaced(void *userdata)
{
        struct spool_target *target = userdata;

        return target->spool ? spool_take_dropped(target->spool) : 0;
}

static enum write_error_action spool_error_action(int error)
{
        return error == -EINVAL || error == -EFBIG ? WRITE_ERROR_DROP_ALERT : WRITE_ERROR_RETRY;
}

int sink_spool_new(const char *name, struct writer *writer, struct sink_context *context, struct sink **ret_sink)
{
        static const struct blocking_ops ops = {
                .kind = SINK_SPOOL,
                .failure = "alerts can't be spooled",
                .form = ALERT_FORM_JSON,
                .write = spool_write_alert,
                .error_action = spool_error_action,
                .take_displaced = spool_take_displaced,
                .target_free = spool_target_free,
        };
        struct spool_target *target = calloc(1, sizeof(*target));

        if (!target)
                return -ENOMEM;
        target->path = strdup(context->spool_path);
        if (!target->path) {
                spool_target_free(target);
                return -ENOMEM;
        }
        target->limits = context->spool_limits;
        (void)strncpy(target->name, name, CONFIG_NAME_MAX); /* CONFIG_NAME_MAX: it fits */
        return sink_blocking_new(&ops, name, target, writer, context, ret_sink);
}
