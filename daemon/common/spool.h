/* daemon/common/spool.h: alerts on disk that are not yet delivered, one file per alert and sink, as in a mail queue.
 *
 *         <spool>/<sink>/<id>.json            an alert to be delivered
 *         <spool>/<sink>/rejected/<id>.json   an alert that was refused for good
 *         <spool>/<sink>/.tmp-...             a file that is being written; readers ignore it
 *         <spool>/<sink>/.delivered           which alerts were delivered (spool_memory.h); .delivered.old: those before
 *         <spool>/.courier.lock               locked (fcntl, open file description) by the only courier
 *
 * A file appears whole or not at all: it is written under a temporary name, fsync'ed and linked to its own name, then the
 * directory is fsync'ed. The order of a sink's alerts is that of the modification times, which spool_write() sets, each
 * later than the last, whatever the clock does; equal times (files that people copied there) go by id. Writing an id
 * that is there already changes nothing: it is the same alert.
 *
 * One process writes to a sink's directory and another takes from it; neither waits for the other. All calls may block
 * on the disk. A struct spool is used by one thread at a time. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_REJECTED_MAX 10000        /* alerts in rejected/; past it a refused alert is removed */
#define SPOOL_ALERT_MAX    (256 * 1024) /* bytes of one alert */
#define SPOOL_ID_LENGTH    32           /* hexadecimal digits, lower case */

struct spool; /* one sink's directory */

/* What one sink's directory may hold. Past it the oldest alerts are dropped. */
struct spool_limits {
        uint64_t n_files;
        uint64_t n_bytes; /* of the files' contents */
};

/* Reads the id of a file's name, "<id>.json". Returns false, and leaves ret_id alone, for any other name. */
bool spool_id_from_name(const char *name, char ret_id[static SPOOL_ID_LENGTH + 1]);

/* Opens <path>/<sink>; makes it and its parents (mode 0750) where they are missing. Returns 0; -EINVAL: sink can't be
 * the name of a directory; -errno. The files in it are first read by spool_list() or the first spool_write(). */
int spool_open(const char *path, const char *sink, struct spool **ret_spool) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct spool *spool_close(struct spool *spool);

/* For spool_write(); without it there are none. */
void spool_set_limits(struct spool *spool, const struct spool_limits *limits);

/* Writes one alert, which is safe on disk when this returns. Returns 0; 1: it was there already; -EINVAL: an invalid id, or
 * an empty alert; -EFBIG: past SPOOL_ALERT_MAX; -errno.
 *
 * Where the limits don't allow for one more, the oldest alerts are removed after that, but for the very first, which may be
 * on its way; their number, with what they said of others, is `dropped_before` in the new one (alert/dropped.h). A crash
 * between the two makes it too large, never too small. */
int spool_write(struct spool *spool, const char *id, const char *json, size_t length)
        __attribute__((warn_unused_result));

/* spool_write() for an alert that a run before a crash may have spooled: not again if it was delivered since, or refused.
 * Returns as spool_write(); 1 then too. */
int spool_write_once(struct spool *spool, const char *id, const char *json, size_t length)
        __attribute__((warn_unused_result));

/* How many alerts spool_write() has dropped since the last call. */
uint64_t spool_take_dropped(struct spool *spool);

struct spool_entry {
        char id[SPOOL_ID_LENGTH + 1];
        int64_t spooled_usec; /* CLOCK_REALTIME of its spool_write(), or later to keep the order */
        uint64_t n_bytes;
};

/* Lists the alerts, oldest first; ignores everything but regular files named by an id. The caller frees *ret_entries,
 * which may be NULL when *ret_count is 0. Returns 0 or -errno. */
int spool_list(struct spool *spool, struct spool_entry **ret_entries, size_t *ret_count)
        __attribute__((warn_unused_result));

/* Reads one alert. The caller frees *ret_json, which is terminated; *ret_length doesn't count that. Returns 0; -ENOENT:
 * it is gone; -EFBIG: larger than SPOOL_ALERT_MAX; -EINVAL or -ELOOP: not a regular file; -errno. */
int spool_read(struct spool *spool, const char *id, char **ret_json, size_t *ret_length)
        __attribute__((warn_unused_result));

/* Removes an alert that was delivered. Returns 0, also when it was gone; -errno. After a power failure it may be back:
 * delivered twice, never lost. */
int spool_remove(struct spool *spool, const char *id) __attribute__((warn_unused_result));

/* The same for an alert that its receiver has: remembers that first. spooled_usec: as it was listed; 0: unknown. */
int spool_set_delivered(struct spool *spool, const char *id, int64_t spooled_usec) __attribute__((warn_unused_result));

/* Whether a listed alert was delivered already: its file was left by a crash of who delivered it. */
bool spool_was_delivered(struct spool *spool, const struct spool_entry *entry);

/* Why the memory of delivered alerts can't be read or written, once each time that this begins; 0: nothing new. An alert
 * may come twice then after a crash. For a log message: SPOOL_MEMORY_FAILS, with strerror(). */
int spool_take_memory_error(struct spool *spool);
#define SPOOL_MEMORY_FAILS "what was delivered can't be remembered, a crash will repeat alerts: %s"

/* Moves an alert that was refused for good to rejected/. Returns 0, also when it was gone; 1: rejected/ is full, and the
 * alert was removed; -errno. */
int spool_reject(struct spool *spool, const char *id) __attribute__((warn_unused_result));

/* --- for administrators, who may look while both programs run; nothing is made that is missing --- */

/* The number of alerts that wait for a sink, and of those in its rejected/: 0 where there is no such directory. Returns 0
 * or -errno. */
int spool_count(const char *path, const char *sink, size_t *ret_n_queued, size_t *ret_n_rejected)
        __attribute__((warn_unused_result));

/* Lists the alerts in a sink's rejected/, oldest first, as spool_list(). */
int spool_list_rejected(const char *path, const char *sink, struct spool_entry **ret_entries, size_t *ret_count)
        __attribute__((warn_unused_result));

/* Moves alerts from rejected/ back to the end of the sink's queue, in this order, as if they were spooled now: retry_for
 * begins again. One that is gone, or is queued already, is passed over. Each is in one of the two places whatever happens.
 * Returns 0 or -errno: then those after a failure are still in rejected/. *ret_n_moved is set in either case. */
int spool_retry(const char *path, const char *sink, const struct spool_entry *entries, size_t count,
                size_t *ret_n_moved) __attribute__((warn_unused_result));

/* A descriptor of the sink's directory, for inotify by path /proc/self/fd/N. Owned by spool. */
int spool_fd(const struct spool *spool);

/* Takes the courier's lock in path, which is made where it is missing. Returns a descriptor, whose close() releases the
 * lock; -EAGAIN: another courier has it; -errno. */
int spool_lock(const char *path) __attribute__((warn_unused_result));
/* Whether a courier has the lock. */
bool spool_is_locked(const char *path);
