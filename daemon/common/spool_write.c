/* daemon/common/spool_write.c: spool_write() of spool.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/spool_internal.h"
#include "host/clock.h"
#include "host/file.h"
#include "util/array.h"
#include "util/cleanup.h"

static int scan(struct spool *spool, bool removes_temps)
{
        int r = spool_scan(spool->fd, ".", removes_temps, NULL, &spool->n_files, &spool->last_usec);

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
                int64_t usec = spool->last_usec + steps_usec[i];
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
                if (*ret_usec > spool->last_usec)
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
        spool->n_files++;
        spool->last_usec = usec;
        return 0;
}

int spool_write(struct spool *spool, const char *id, const char *json, size_t length)
{
        char name[SPOOL_FILE_NAME_MAX], temp[sizeof(SPOOL_TEMP_PREFIX) + 16];
        uint64_t random;
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
        else if ((spool->n_files >= SPOOL_FILES_MAX || clock_realtime_usec() <= spool->last_usec) &&
                 clock_monotonic_usec() - spool->scanned_mono_usec >= SPOOL_RESCAN_USEC)
                r = scan(spool, false);
        if (r < 0)
                return r;
        if (spool->n_files >= SPOOL_FILES_MAX)
                return -EDQUOT;

        if (getrandom(&random, sizeof(random), 0) < 0)
                return -errno;
        (void)snprintf(temp, sizeof(temp), SPOOL_TEMP_PREFIX "%016llx", (unsigned long long)random); /* it fits */
        r = write_file(spool, temp, name, json, length);
        if (r < 0 && r != -EEXIST)
                return r;
        if (fsync(spool->fd) < 0)
                return -errno;
        return r == -EEXIST ? 1 : 0;
}
