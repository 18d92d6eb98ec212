/* daemon/common/spool_write.c: spool_write() of spool.h, and the room that it makes. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "alert/dropped.h"
#include "common/spool_internal.h"
#include "host/clock.h"
#include "host/file.h"
#include "util/array.h"
#include "util/cleanup.h"

/* How many of the oldest alerts are kept of one listing, and dropped by one write at most. */
#define OLDEST_MAX 256

static int scan(struct spool *spool, bool removes_temps)
{
        int r = spool_scan(spool->fd, ".", removes_temps, NULL, &spool->totals);

        if (r == 0)
                spool->scanned_mono_usec = clock_monotonic_usec();
        return r;
}

/* Before the first write. A writer holds a shared lock on the directory as long as it lives, so whoever gets the exclusive
 * lock knows that no other is writing and that all temporary files are of a crash. Neither lock is waited for. */
static int begin_writing(struct spool *spool)
{
        bool is_alone = flock(spool->fd, LOCK_EX | LOCK_NB) == 0;
        int r = scan(spool, is_alone);

        (void)flock(spool->fd,
                    LOCK_SH | LOCK_NB); /* fails when another writer starts now, which may then remove our file */
        return r;
}

/* Sets the file's modification time to now, or later if need be: it must be later than that of every other file. */
static int set_mtime(struct spool *spool, int fd, int64_t *ret_usec)
{
        /* File systems may store whole seconds (ext4 with small inodes) or even ones (vfat), so the stored time is read back. */
        static const int64_t steps_usec[] = { 1, USEC_PER_SEC, 2 * USEC_PER_SEC };
        int64_t now = clock_realtime_usec();

        for (size_t i = 0; i < COUNT(steps_usec); i++) {
                int64_t usec = spool->totals.last_usec + steps_usec[i];
                struct timespec times[2];
                struct stat st;

                if (usec < now)
                        usec = now;
                times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
                times[1] = (struct timespec){ .tv_sec = usec / USEC_PER_SEC,
                                              .tv_nsec = (long)(usec % USEC_PER_SEC * 1000) };
                if (futimens(fd, times) < 0 || fstat(fd, &st) < 0)
                        return -errno;
                *ret_usec = spool_mtime_usec(&st);
                if (*ret_usec > spool->totals.last_usec)
                        return 0;
        }
        return 0; /* some file has the largest time that can be stored: the order is lost, the alert is not */
}

/* Writes the alert to the temporary file temp and links it to its name. link() and not rename(), because on every file
 * system it fails when the name exists. */
static int write_file(struct spool *spool, const char *temp, const char *name, const char *json, size_t length)
{
        _cleanup_(closep) int fd = openat(spool->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, SPOOL_FILE_MODE);
        int64_t usec = 0;
        int r;

        if (fd < 0)
                return -errno;
        r = file_write_all(fd, json, length);
        if (r == 0)
                r = set_mtime(spool, fd, &usec);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && linkat(spool->fd, temp, spool->fd, name, 0) < 0)
                r = -errno;
        if (unlinkat(spool->fd, temp, 0) < 0 && r == 0 && errno != ENOENT)
                r = -errno;
        if (r < 0)
                return r;
        spool->totals.n_files++;
        spool->totals.n_bytes += length;
        spool->totals.last_usec = usec;
        return 0;
}

/* --- room ------------------------------------------------------------------------------------------------------- */

/* Whether the directory would be past its limits with one alert more, of n_bytes. */
static bool is_over(const struct spool *spool, const struct spool_totals *totals, uint64_t n_bytes)
{
        return totals->n_files + 1 > spool->limits.n_files || totals->n_bytes + n_bytes > spool->limits.n_bytes;
}

/* Lists the oldest alerts again. The very first stays out: it may be on its way to the receiver. */
static int list_oldest(struct spool *spool)
{
        struct spool_entry *entries = NULL, *fewer;
        size_t count;
        int r;

        free(spool->oldest);
        spool->oldest = NULL;
        spool->n_oldest = spool->next_oldest = 0;
        r = spool_list(spool, &entries, &count);
        if (r < 0)
                return r;
        spool->totals.n_files = count;
        spool->totals.n_bytes = 0;
        for (size_t i = 0; i < count; i++)
                spool->totals.n_bytes += entries[i].n_bytes;
        if (count > OLDEST_MAX + 1)
                count = OLDEST_MAX + 1;
        fewer = count > 0 ? reallocarray(entries, count, sizeof(*entries)) : NULL; /* there may have been 100,000 */
        spool->oldest = fewer ? fewer : entries;
        spool->n_oldest = count;
        spool->next_oldest = 1;
        return 0;
}

/* What an alert says of others; 0 where it can't be read. */
static uint64_t dropped_before(struct spool *spool, const char *id)
{
        _cleanup_(freep) char *json = NULL;
        size_t length;

        return spool_read(spool, id, &json, &length) == 0 ? alert_dropped_before(json, length) : 0;
}

static bool is_there(const struct spool *spool, const char *id)
{
        char name[SPOOL_FILE_NAME_MAX];

        spool_file_name(name, id);
        return faccessat(spool->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Chooses among the listed ones as choose_victims() does. Returns whether they suffice. */
static bool choose_listed(struct spool *spool, uint64_t n_bytes, size_t *ret_end, uint64_t *ret_n_stated)
{
        struct spool_totals totals;
        uint64_t n_stated = 0;
        size_t end;

        /* What the other process has delivered meanwhile is no longer there. */
        while (spool->next_oldest < spool->n_oldest && !is_there(spool, spool->oldest[spool->next_oldest].id))
                spool_count_gone(spool, spool->oldest[spool->next_oldest++].n_bytes);
        totals = spool->totals;
        for (end = spool->next_oldest; end < spool->n_oldest && is_over(spool, &totals, n_bytes); end++) {
                uint64_t gone = spool->oldest[end].n_bytes;

                n_stated += 1 + dropped_before(spool, spool->oldest[end].id);
                totals.n_files -= totals.n_files > 0;
                totals.n_bytes -= gone < totals.n_bytes ? gone : totals.n_bytes;
        }
        *ret_end = end;
        *ret_n_stated = n_stated;
        return !is_over(spool, &totals, n_bytes);
}

/* Chooses alerts to be dropped for one of n_bytes: those from spool->next_oldest up to *ret_end. *ret_n_stated: what the new alert has to
 * say of them. What doesn't suffice has to: the next write goes on. Returns 0 or -errno. */
static int choose_victims(struct spool *spool, uint64_t n_bytes, size_t *ret_end, uint64_t *ret_n_stated)
{
        int r;

        if (choose_listed(spool, n_bytes, ret_end, ret_n_stated))
                return 0;
        r = list_oldest(spool);
        if (r < 0)
                return r;
        (void)choose_listed(spool, n_bytes, ret_end, ret_n_stated);
        return 0;
}

/* The new alert is on the disk, and says that they are dropped. One that stays all the same is dropped, and counted, again. */
static void drop_victims(struct spool *spool, size_t end)
{
        for (; spool->next_oldest < end; spool->next_oldest++)
                if (spool_remove(spool, spool->oldest[spool->next_oldest].id) == 0)
                        spool->n_dropped++;
}

void spool_set_limits(struct spool *spool, const struct spool_limits *limits)
{
        spool->limits = *limits;
}

uint64_t spool_take_dropped(struct spool *spool)
{
        uint64_t n_dropped = spool->n_dropped;

        spool->n_dropped = 0;
        return n_dropped;
}

/* --- one alert -------------------------------------------------------------------------------------------------- */

/* Writes an alert that isn't there. */
static int write_new(struct spool *spool, const char *name, const char *json, size_t length)
{
        char temp[sizeof(SPOOL_TEMP_PREFIX) + 16];
        _cleanup_(freep) char *longer = NULL;
        uint64_t random, n_stated = 0;
        size_t end = spool->next_oldest;
        int r = 0;

        if (is_over(spool, &spool->totals, length))
                r = choose_victims(spool, length + ALERT_DROPPED_BEFORE_MAX, &end, &n_stated);
        if (r < 0 || getrandom(&random, sizeof(random), 0) < 0)
                return r < 0 ? r : -errno;
        n_stated += spool->n_unstated;
        if (n_stated > 0)
                longer = alert_add_dropped_before(json, length, n_stated, &length);
        (void)snprintf(temp, sizeof(temp), SPOOL_TEMP_PREFIX "%016llx", (unsigned long long)random); /* it fits */
        r = write_file(spool, temp, name, longer ? longer : json, length);
        if (r < 0)
                return r;
        spool->n_unstated = longer ? 0 : n_stated;
        drop_victims(spool, end);
        return 0;
}

int spool_write(struct spool *spool, const char *id, const char *json, size_t length)
{
        char name[SPOOL_FILE_NAME_MAX];
        int r = 0;

        if (!spool_id_is_valid(id) || length == 0)
                return -EINVAL;
        if (length > SPOOL_ALERT_MAX)
                return -EFBIG;
        spool_file_name(name, id);
        if (faccessat(spool->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return fsync(spool->fd) < 0 ? -errno : 1; /* its writer may have crashed before this */

        if (spool->scanned_mono_usec < 0)
                r = begin_writing(spool);
        else if ((is_over(spool, &spool->totals, length) || clock_realtime_usec() <= spool->totals.last_usec) &&
                 clock_monotonic_usec() - spool->scanned_mono_usec >= SPOOL_RESCAN_USEC)
                r = scan(spool, false);
        if (r < 0)
                return r;
        r = write_new(spool, name, json, length);
        if (r < 0 && r != -EEXIST)
                return r;
        if (fsync(spool->fd) < 0)
                return -errno;
        return r == -EEXIST ? 1 : 0;
}
