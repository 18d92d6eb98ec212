/* daemon/notify/sink_journal.c: alerts as entries of the journal. The only file that writes to it with libsystemd.
 *
 * sd_journal_sendv() blocks while journald is starved or stopped, so it is called in a writer's thread. Where journald's
 * socket is missing it returns 0 all the same (systemd 252, journal-send.c: ENOENT is "fail silently"). An entry that
 * nobody has received is not delivered, so each write looks for the socket first. Where journald was, or its directory is,
 * it is waited for; elsewhere it will never come, and waiting would hold the cursor for ever. */

#include <systemd/sd-journal.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "notify/sink_blocking.h"

#define JOURNAL_DIRECTORY "/run/systemd/journal"
#define JOURNAL_SOCKET    JOURNAL_DIRECTORY "/socket"

/* What find_journald() makes of ENOENT where journald is only away. */
#define JOURNALD_IS_AWAY (-ENOTCONN)

struct journal_target {
        bool was_there;
};

static int find_journald(struct journal_target *target)
{
        int r = access(JOURNAL_SOCKET, F_OK) < 0 ? -errno : 0;

        if (r == 0)
                target->was_there = true;
        else if (r == -ENOENT && (target->was_there || access(JOURNAL_DIRECTORY, F_OK) == 0))
                r = JOURNALD_IS_AWAY;
        return r;
}

static int journal_write(void *target, const struct rendered_alert *alert)
{
        int r = find_journald(target);

        return r < 0 ? r : sd_journal_sendv(alert->fields.fields, alert->fields.n_fields);
}

static enum write_error_action journal_error_action(int error)
{
        bool is_final = error == -ENOENT || error == -EINVAL || error == -E2BIG || error == -EMSGSIZE;

        return is_final ? WRITE_ERROR_DROP_ALERT : WRITE_ERROR_RETRY;
}

static const char *journal_error_text(int error)
{
        bool is_missing = error == -ENOENT || error == JOURNALD_IS_AWAY;

        return is_missing ? "journald is not running (no " JOURNAL_SOCKET ")" : NULL;
}

int sink_journal_new(struct writer *writer, struct sink_context *context, struct sink **ret_sink)
{
        static const struct blocking_ops ops = {
                .kind = SINK_JOURNAL,
                .failure = "alerts can't be written to the journal",
                .form = ALERT_FORM_FIELDS,
                .write = journal_write,
                .error_action = journal_error_action,
                .error_text = journal_error_text,
                .on_settled = rendered_alert_drop_fields,
                .target_free = free,
        };
        struct journal_target *target = calloc(1, sizeof(*target));
        bool is_there;
        int r;

        if (!target)
                return -ENOMEM;
        is_there = find_journald(target) == 0;
        r = sink_blocking_new(&ops, "", target, writer, context, ret_sink);
        if (r < 0)
                return r;
        if (!is_there)
                sink_set_down(*ret_sink, "%s: %s", ops.failure, journal_error_text(-ENOENT));
        return 0;
}
