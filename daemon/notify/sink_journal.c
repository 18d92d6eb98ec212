/* daemon/notify/sink_journal.c: alerts as entries of the journal. The only file that calls libsystemd for that.
 *
 * sd_journal_sendv() blocks while journald is starved or stopped, so it is called in a writer's thread. Where there is
 * no journald it returns 0 all the same (systemd 252, journal-send.c: ENOENT is "fail silently"), so that the socket is
 * looked for first: an entry that nobody has taken is not delivered. */

#include <systemd/sd-journal.h>

#include <errno.h>
#include <unistd.h>

#include "notify/sink_blocking.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static bool journal_has_form(const struct rendered *alert)
{
        return alert->fields.count > 0;
}

static int journal_is_there(void)
{
        return access(JOURNAL_SOCKET, F_OK) < 0 ? -errno : 0;
}

static int journal_write(void *target, const struct rendered *alert)
{
        int r = journal_is_there();

        (void)target;
        return r < 0 ? r : sd_journal_sendv(alert->fields.fields, alert->fields.count);
}

/* Without a journald waiting for one would hold the cursor for ever on a machine that has none. */
static enum written_verdict journal_verdict(int error)
{
        switch (-error) {
        case ENOENT:
        case EINVAL:
        case E2BIG:
        case EMSGSIZE:
                return WRITTEN_GIVE_UP;
        default:
                return WRITTEN_RETRY;
        }
}

static const char *journal_reason(int error)
{
        return error == -ENOENT ? "journald is not running (no " JOURNAL_SOCKET ")" : NULL;
}

int sink_journal_new(struct writer *writer, struct sink_ledger *ledger, struct event_base *base, struct sink **ret_sink)
{
        static const struct written_kind kind = {
                .kind = SINK_JOURNAL,
                .writes = "alerts don't get into the journal",
                .has_form = journal_has_form,
                .write = journal_write,
                .verdict = journal_verdict,
                .reason = journal_reason,
                .settled = rendered_drop_fields,
        };
        int r;

        r = sink_written_new(&kind, "", NULL, writer, ledger, base, ret_sink);
        if (r < 0)
                return r;
        if (journal_is_there() < 0)
                sink_set_down(*ret_sink, "%s: %s", kind.writes, journal_reason(-ENOENT));
        return 0;
}
