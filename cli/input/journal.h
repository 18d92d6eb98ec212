/* cli/input/journal.h: the kernel's messages from the journal of systemd, and those about kills.
 *
 * libsystemd reads the entries of transport "kernel", and those of who tells of kills (message.speaker), of all boots. It is loaded when it is needed: it costs 1 MB of
 * memory, and most logs are files. Nothing is written, and no new entry is waited for. */

#pragma once

#include "input/source.h"
#include "logfile/reader.h"

/* A report that begins before --since, or ends after --until, is read whole. */
#define JOURNAL_MARGIN_USEC (60 * 1000 * 1000LL)

struct journal_range {
        int64_t since_usec, until_usec; /* UTC; LOG_UNKNOWN: no bound */
};

/* Calls handler for each of the kernel's messages of input (INPUT_JOURNAL), the oldest first, boot after boot. It gets
 * all of them: they are few among a journal's entries, and to find those near a report libsystemd needs as long as to
 * read them (1 s for a million). message is borrowed for the call; it has no line. Files that may not be read are
 * skipped, and reported by walk_inputs(); libsystemd skips a directory's damaged files without a word. Returns 0, or
 * -errno and why in error. */
int journal_read(const struct input *input, const struct journal_range *range, log_message_fn handler, void *userdata,
                 char error[SOURCE_ERROR_MAX]) __attribute__((warn_unused_result));

/* Is there a journal of this machine with a kernel's message that may be read? */
bool journal_exists(void);
