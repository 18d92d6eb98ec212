/* daemon/watch/history.h: keeps the spans over which the kernel log was watched without a gap (common/spans.h).
 *
 * A span begins when all that the kernel has counted is explained, or at the boot if the log was read from its first record. It is extended
 * whenever that is so again, and ends with a gap: records that were lost, kills that nothing explains, an alert that could not be made, a
 * clock that was set. A restart of the watcher is no gap if the ring buffer still had every record after the span's end, and the kernel has
 * counted as many kills since then as their kill lines were read.
 *
 * The file is on a disk, so a writer's thread writes to it: when a kill was seen, at the end, and else once in HISTORY_STORE_USEC. All functions
 * are called in the loop's thread; none of them blocks but history_new(), at the start. */

#pragma once

#include "common/spans.h"
#include "notify/writer.h"

/* How often the end of a span is stored, if it is nothing but later. After a crash of the machine that much is not proven. */
#define HISTORY_STORE_USEC (INT64_C(600) * 1000 * 1000)
/* A shorter span is stored only at the end: in a flood they would come one after the other, and push out all others. */
#define HISTORY_SPAN_MIN_USEC (INT64_C(10) * 1000 * 1000)
/* A clock that differs by more from what it was at the span's beginning was set. A leap second is none. */
#define HISTORY_CLOCK_USEC (INT64_C(2) * 1000 * 1000)

struct history;

/* Reads the file, whose last span may be of this boot, and go on. Where it can't be read, that is logged. is_from_boot: the log is read from
 * its oldest record, and no kill is explained yet. path is copied, writer is borrowed, and must have ended when this is freed. Returns 0
 * or -ENOMEM. */
int history_new(const char *path, const char *boot_id, bool is_from_boot, struct writer *writer,
                struct history **ret_history) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct history *history_free(struct history *history);

/* All accept NULL. */

/* The record seq was a kill line, as n_kills of the kernel's count, and became an alert. */
void history_kill(struct history *history, uint64_t seq, uint64_t n_kills);

/* Something was missed: the span ends where it was extended to. */
void history_break(struct history *history);

/* At now all records are read, up to now->seq, and all that the kernel has counted is explained. first_seq: the oldest record that this run
 * has found in the ring buffer; UINT64_MAX: none. */
void history_extend(struct history *history, const struct span_end *now, uint64_t first_seq);

/* No more is extended: stores what isn't yet. */
void history_finish(struct history *history);

/* The span that lasts, up to the last history_extend(). Returns false if there is none. */
bool history_current(const struct history *history, struct span *ret_span);

/* Whether the current span has all of the time between the two (CLOCK_REALTIME): then every OOM kill in it became an alert. *ret_span has
 * the kernel's counts. false: it can't be told by this span; an earlier one may be in the file. */
bool history_covers(const struct history *history, int64_t from_usec, int64_t to_usec, struct span *ret_span);
