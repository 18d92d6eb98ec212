/* daemon/notify/sink_journal.c: alerts as entries of the journal. The only file of the daemons that knows libsystemd.
 *
 * sd_journal_sendv() blocks while journald is starved or stopped, so it is called in a writer's thread. Where journald's
 * socket is missing it returns 0 all the same (systemd 252, journal-send.c: ENOENT is "fail silently"). An entry that
 * nobody has received is not delivered, so each write looks for the socket first. Where journald was, or its directory is,
 * it is waited for; elsewhere it will never come, and waiting would hold the cursor for ever.
 *
 * After a crash the kernel log is read again from the cursor on, which is behind the entries that were written since. So of
 * an alert that an earlier run may have sent, the journal is asked for an entry with its id, before one is written. The
 * journal is open for one batch of alerts only, in the writer's thread: its files are mapped, as many as there are. What
 * can't be looked up is written again. So is what journald had received and not written yet, since an ordinary user can't
 * make it do that: when it was starved for as long as the watcher took to come back. */

#include <systemd/sd-journal.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "notify/sink_blocking.h"

#define JOURNAL_DIRECTORY "/run/systemd/journal"
#define JOURNAL_SOCKET    JOURNAL_DIRECTORY "/socket"

/* What find_journald() makes of ENOENT where journald is only away. */
#define JOURNALD_IS_AWAY (-ENOTCONN)

struct journal_target {
        bool was_there;
        /* All of the writer's thread. */
        sd_journal *reader;     /* NULL: not open */
        int reader_error;       /* why it can't be, for this batch; 0: it was not tried, or can be */
        bool is_lookup_failing; /* and that was logged */
};

static void journal_target_free(void *userdata)
{
        struct journal_target *target = userdata;

        if (!target)
                return;
        sd_journal_close(target->reader); /* copes with NULL */
        free(target);
}

/* --- reading, in the writer's thread ------------------------------------------------------------------------------- */

/* sd_journal_open() passes over files that may not be read. Returns 0; -EACCES: there is none that may; -errno. */
static int open_reader(struct journal_target *target)
{
        sd_journal *reader = NULL;
        int r = sd_journal_open(&reader, SD_JOURNAL_LOCAL_ONLY);

        if (r < 0)
                return r;
        if (sd_journal_has_runtime_files(reader) <= 0 && sd_journal_has_persistent_files(reader) <= 0) {
                sd_journal_close(reader);
                return -EACCES;
        }
        target->reader = reader;
        return 0;
}

/* Looks for an entry of this id, written by this user: any other may write one with any id, ahead of the kill. Returns 1, 0
 * or -errno. */
static int find_entry(struct journal_target *target, const char *id)
{
        char match[64];
        int r;

        if (!target->reader && target->reader_error == 0)
                target->reader_error = open_reader(target);
        if (target->reader_error < 0)
                return target->reader_error;
        sd_journal_flush_matches(target->reader);
        (void)snprintf(match, sizeof(match), "OOM_EVENT_ID=%s", id); /* it fits */
        r = sd_journal_add_match(target->reader, match, 0);
        if (r < 0)
                return r;
        (void)snprintf(match, sizeof(match), "_UID=%lu", (unsigned long)geteuid()); /* it fits */
        r = sd_journal_add_match(target->reader, match, 0);
        if (r == 0)
                r = sd_journal_seek_head(target->reader);
        if (r == 0)
                r = sd_journal_next(target->reader);
        return r > 0 ? 1 : r;
}

static bool is_in_journal(struct journal_target *target, const char *id)
{
        int r = find_entry(target, id);

        if (r < 0 && !target->is_lookup_failing)
                log_warning("the journal can't be searched, alerts from before the start may be in it twice: %s",
                            r == -EACCES ? "this user may read none of its files (group systemd-journal may)"
                                         : strerror(-r));
        target->is_lookup_failing = r < 0;
        return r > 0;
}

/* Files that journald has replaced meanwhile would be kept, and their memory. */
static void journal_end_batch(void *userdata)
{
        struct journal_target *target = userdata;

        sd_journal_close(target->reader); /* copes with NULL */
        target->reader = NULL;
        target->reader_error = 0;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

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

        if (r == 0 && alert->may_be_repeat && is_in_journal(target, alert->id))
                return 0;
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
                .end_batch = journal_end_batch,
                .target_free = journal_target_free,
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
