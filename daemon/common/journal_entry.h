/* daemon/common/journal_entry.h: a log message that an administrator is to find by its MESSAGE_ID, with a text of the catalogue
 * (`journalctl -x`). Alerts are not written here: notify/sink_journal.c.
 *
 * It is written by the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), one datagram, so that the courier needs no
 * libsystemd for it. */

#pragma once

/* Chosen at random once; the texts to them: systemd/oomwatchd.catalog. */
#define JOURNAL_WEBHOOK_FAILING "aad1293f6b914b0e9f813fc4bdca845d"
#define JOURNAL_WEBHOOK_WORKS   "7807e795919246faa9bfa648d4c7046e"

#define JOURNAL_ENTRY_FIELDS_MAX 4

struct journal_entry {
        int priority;           /* LOG_* */
        const char *identifier; /* the program */
        const char *message_id;
        const char *message;                          /* one line of UTF-8 */
        const char *fields[JOURNAL_ENTRY_FIELDS_MAX]; /* further ones, each "NAME=value" on one line; NULL: no more */
};

/* Writes the entry, if standard error is the journal's. Elsewhere, and where journald takes nothing now, the message is logged as by
 * log_at(). Never waits. */
void journal_entry_log(const struct journal_entry *entry);
