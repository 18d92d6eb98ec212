/* daemon/notify/sink_spool.c: alerts for one webhook, as files that the courier takes.
 *
 * A disk that fails or is full is tried again with pauses: until the alert is on it the cursor does not pass, so that
 * even then the next start finds the alert in the kernel's log. The directory is opened in the writer's thread too, and
 * again while that fails. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/spool.h"
#include "notify/sink_blocking.h"

struct spool_target {
        char *path;
        char name[CONFIG_NAME_MAX + 1];
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

static bool spool_has_form(const struct rendered *alert)
{
        return alert->json != NULL;
}

static int spool_write_alert(void *userdata, const struct rendered *alert)
{
        struct spool_target *target = userdata;
        int r;

        if (!target->spool) {
                r = spool_open(target->path, target->name, &target->spool);
                if (r < 0)
                        return r;
        }
        r = spool_write(target->spool, alert->id, alert->json, alert->json_length);
        if (r == -ENOENT) /* the directory was removed under us: it is made again at the next try */
                target->spool = spool_close(target->spool);
        return r < 0 ? r : 0; /* 1: it is there already, the same alert */
}

static enum written_verdict spool_verdict(int error)
{
        return error == -EINVAL || error == -EFBIG ? WRITTEN_GIVE_UP : WRITTEN_RETRY;
}

int sink_spool_new(const char *name, const char *spool_path, struct writer *writer, struct sink_ledger *ledger,
                   struct event_base *base, struct sink **ret_sink)
{
        static const struct written_kind kind = {
                .kind = SINK_SPOOL,
                .writes = "alerts can't be spooled",
                .has_form = spool_has_form,
                .write = spool_write_alert,
                .verdict = spool_verdict,
                .target_free = spool_target_free,
        };
        struct spool_target *target = calloc(1, sizeof(*target));

        if (!target)
                return -ENOMEM;
        target->path = strdup(spool_path);
        if (!target->path) {
                spool_target_free(target);
                return -ENOMEM;
        }
        (void)strncpy(target->name, name, CONFIG_NAME_MAX); /* the configuration sees to it that it fits */
        return sink_written_new(&kind, name, target, writer, ledger, base, ret_sink);
}
