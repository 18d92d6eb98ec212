/* cli/input/journal.h: what the kernel said, from the journal of systemd.
 *
 * Entries are read by libsystemd, of all boots, those of the transport "kernel"; there is no prefix to be parsed.
 * The library is loaded when it is needed: it costs 1 MB of memory, and most logs are files. Nothing is written and
 * nothing waited for. */

#pragma once

#include "input/source.h"
#include "logfile/reader.h"

/* A report that begins before --since, or ends after --until, is read whole. */
#define JOURNAL_MARGIN_USEC (60 * 1000 * 1000LL)

struct journal_range {
        int64_t since_usec, until_usec; /* UTC; LOG_UNKNOWN: no such end */
};

/* Gives the kernel's messages of input (INPUT_JOURNAL) to handler, all of them, oldest first, the boots one
 * after another: they are few among a journal's entries, and finding those near a report by libsystemd takes as long
 * as reading them (1 s for a million). message is borrowed; it has no line. Files that may not be read are passed
 * over: walk_inputs() tells of them. So are damaged files of a directory, by libsystemd, which doesn't tell. Returns
 * 0, or -errno; error then holds why, in words. */
int journal_read(const struct input *input, const struct journal_range *range, log_message_fn handler, void *userdata,
                 char error[SOURCE_ERROR_MAX]) __attribute__((warn_unused_result));

/* Is there a journal of this machine, with any entry of the kernel that may be read? Says nothing of others. */
bool journal_exists(void);
