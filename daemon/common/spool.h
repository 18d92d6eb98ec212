/* daemon/common/spool.h: alerts on disk that are not yet delivered, one file per alert and sink, as in a mail queue.
 *
 *         <spool>/<sink>/<id>.json            waits
 *         <spool>/<sink>/rejected/<id>.json   was refused for good
 *         <spool>/<sink>/.tmp-...             is being written; no reader looks at it
 *         <spool>/.courier.lock               held (fcntl, open file description) by the one courier
 *
 * A file appears whole or not at all (written, fsync'ed, renamed, the directory fsync'ed). The order of a sink's
 * alerts is that of the files' modification times: spool_write() sets them, each later than the one before, whatever
 * the clock does; equal ones (files that people copied there) go by name. Writing an id that is there already is no
 * error and changes nothing: the same alert, once.
 *
 * One process writes to a sink's directory, one takes from it, and neither ever waits for the other. A struct spool
 * belongs to one thread at a time. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one sink's directory may hold; past it spool_write() refuses. 100,000 alerts of 6 KiB are 600 MB. */
#define SPOOL_FILES_MAX    100000
#define SPOOL_REJECTED_MAX 10000        /* what rejected/ may hold; past it a refused alert is removed */
#define SPOOL_ALERT_MAX    (256 * 1024) /* bytes of one alert */
#define SPOOL_ID_LENGTH    32           /* hexadecimal digits, lower case */

struct spool; /* one sink's directory */

/* Whether id is one: what names a file never holds anything else. */
bool spool_id_is_valid(const char *id);
/* The id in a file's name, "<id>.json"; false, and ret_id untouched, for any other name. */
bool spool_id_from_name(const char *name, char ret_id[static SPOOL_ID_LENGTH + 1]);

/* Opens (and makes, mode 0750, parents too) <path>/<sink>. Returns 0 or -errno; -EINVAL for a sink that can't name a
 * directory. Cheap: what a writer has to know of the directory is read with its first write. */
int spool_open(const char *path, const char *sink, struct spool **ret_spool) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct spool *spool_close(struct spool *spool);

/* Writes one alert. Returns 0; 1 when it was there already; -EDQUOT when the directory is full; -EINVAL for an id that
 * is none and for an empty alert, -EFBIG for one past SPOOL_ALERT_MAX, else -errno. Blocks on the disk. */
int spool_write(struct spool *spool, const char *id, const char *json, size_t length)
        __attribute__((warn_unused_result));

struct spool_entry {
        char id[SPOOL_ID_LENGTH + 1];
        int64_t spooled_usec; /* CLOCK_REALTIME when it was written, as far as the order allowed */
};

/* Lists what waits, oldest first; what is no regular file named by an id is passed over. *ret_entries is to be freed;
 * it may be NULL when *ret_count is 0. */
int spool_list(struct spool *spool, struct spool_entry **ret_entries, size_t *ret_count)
        __attribute__((warn_unused_result));

/* Reads one alert; *ret_json is malloc'ed and terminated. -ENOENT: it is gone. -EFBIG: larger than SPOOL_ALERT_MAX. */
int spool_read(struct spool *spool, const char *id, char **ret_json, size_t *ret_length)
        __attribute__((warn_unused_result));

/* Delivered: removes it. Gone already is no error. After a power failure it may be back: delivered twice, never lost. */
int spool_remove(struct spool *spool, const char *id) __attribute__((warn_unused_result));

/* Refused for good: moves it to rejected/. Returns 0 (also when it is gone); 1 when rejected/ is full and the alert was
 * removed instead; -errno. */
int spool_reject(struct spool *spool, const char *id) __attribute__((warn_unused_result));

/* A descriptor of the sink's directory, for inotify by path /proc/self/fd/N. Owned by spool. */
int spool_fd(const struct spool *spool);

/* Takes the courier's lock below path (which is made where it isn't). Returns a descriptor that holds it, -EAGAIN
 * when another courier has it, else -errno. */
int spool_lock(const char *path) __attribute__((warn_unused_result));
/* Whether some courier holds the lock. */
bool spool_is_locked(const char *path);
