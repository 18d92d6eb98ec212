/* daemon/common/spool_memory.h: which of a sink's alerts were delivered, so that a crash sends none of them again.
 *
 *         <spool>/<sink>/.delivered       one entry for each: the id, and the modification time that its file had
 *         <spool>/<sink>/.delivered.old   the same, of those before
 *
 * After a crash the watcher reads the kernel log again from its cursor on, which is behind what was delivered since: an id
 * is a function of boot and record, so what is known by its id is not spooled again. Whoever delivers an alert does
 *
 *         1. get the receiver's word,   2. add the entry,   3. remove the file,
 *
 * and whoever spools looks for 1. the file, 2. the entry, and writes only without both. A crash
 *   - before 1 or between 1 and 2: the alert is sent once more, under its id. That can't be avoided: no program can know
 *     whether a receiver has an alert of which it had no word;
 *   - between 2 and 3: the file is there, and the entry with the file's time says that this very file was delivered.
 * A spooler that finds no file finds the entry, since the entry is there before the file goes.
 *
 * Where an entry can't be written or read (a full disk, a read-only one), alerts are repeated after a crash, and none is
 * lost. Nothing is fsync'ed: all of that is about processes that end. After a power failure the boot is another one, and so
 * are the ids of its kernel log; a file whose removal was lost is delivered again.
 *
 * One process adds to a directory, and any may read. All calls may block on the disk. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SPOOL_MEMORY_NAME     ".delivered"
#define SPOOL_MEMORY_OLD_NAME SPOOL_MEMORY_NAME ".old"

/* Entries of a file; then it becomes the old one, and the old one goes. More kills than half of a ring of 8 MiB holds, and four
 * times as many as a sink that is stuck can keep the cursor before (sink.h). */
#define SPOOL_MEMORY_MAX 16384

/* How many entries spool_memory_has_lately() reads: more than are delivered between two removals. */
#define SPOOL_MEMORY_LATELY 128

/* Adds an alert to the memory of the sink whose directory is fd. id must be valid (spool_internal.h); spooled_usec as in
 * struct spool_entry. Returns 0 or -errno. */
int spool_memory_add(int fd, const char *id, int64_t spooled_usec) __attribute__((warn_unused_result));

/* Whether an alert of this id was delivered, as far as it is remembered. Returns 1, 0 or -errno. */
int spool_memory_has(int fd, const char *id) __attribute__((warn_unused_result));

/* Whether this very file is among those that were delivered last. Returns as spool_memory_has(). */
int spool_memory_has_lately(int fd, const char *id, int64_t spooled_usec) __attribute__((warn_unused_result));
