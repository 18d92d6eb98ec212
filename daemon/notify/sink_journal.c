/* daemon/notify/sink_journal.c: alerts as entries of the journal. The only file that writes to it with libsystemd.
 *
 * sd_journal_sendv() blocks while journald is starved or stopped, so it is called in a writer's thread. Where journald's
 * socket is missing it returns 0 all the same (systemd 252, journal-send.c: ENOENT is "fail silently"). An entry that
 * nobody has received is not delivered, so each write looks for the socket first. */

#include <systemd/sd-journal.h>

#include <errno.h>
#include <unistd.h>

#include "notify/sink_blocking.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static int find_journald(void)
{
        return access(JOURNAL_SOCKET, F_OK) < 0 ? -errno : 0;
}

static int journal_write(_unused_ void *target, const struct rendered_alert *alert)
{
        int r = find_journald();

        return r < 0 ? r : sd_journal_sendv(alert->fields.fields, alert->fields.n_fields);
}

/* A machine may have no journald: waiting for one would hold the cursor for ever. */
static enum write_error_action journal_error_action(int error)
{
        bool is_final = error == -ENOENT || error == -EINVAL || error == -E2BIG || error == -EMSGSIZE;

        return is_final ? WRITE_ERROR_DROP_ALERT : WRITE_ERROR_RETRY;
}

static const char *journal_error_text(int error)
{
        return error == -ENOENT ? "journald is not running (no " JOURNAL_SOCKET ")" : NULL;
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
        };
        int r;

        r = sink_blocking_new(&ops, "", NULL, writer, context, ret_sink);
        if (r < 0)
                return r;
        if (find_journald() < 0)
                sink_set_down(*ret_sink, "%s: %s", ops.failure, journal_error_text(-ENOENT));
        return 0;
}
