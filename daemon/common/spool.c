#include "common/spool.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"

#define LOCK_NAME     ".courier.lock"
#define REJECTED_NAME "rejected"
#define TEMP_PREFIX   ".tmp-"
#define SUFFIX        ".json"
#define FILE_NAME_MAX (SPOOL_ID_LENGTH + sizeof(SUFFIX))

#define DIRECTORY_MODE 0750
#define FILE_MODE      0640

#define USEC_PER_SEC INT64_C(1000000)
/* A full directory, or one with files of the future, is looked through again at most this often. */
#define RESCAN_USEC USEC_PER_SEC

struct spool {
        int fd; /* the sink's directory */
        /* The writer's: what the directory held when it was last looked through, and what was done since. The other process takes
         * files away meanwhile, so the count is an upper bound; it is looked up again before anything is refused. */
        int64_t scanned_mono_usec; /* -1: never */
        size_t n_files;
        int64_t last_usec; /* the latest modification time */
        /* The courier's, the same for rejected/. */
        int64_t rejected_scanned_mono_usec;
        size_t n_rejected;
};

static int64_t now_usec(clockid_t clock)
{
        struct timespec now;

        if (clock_gettime(clock, &now) < 0)
                return 0;
        return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

/* A file may claim any time; one past this counts as this. */
#define TIME_SEC_MAX (INT64_MAX / USEC_PER_SEC / 2)

static int64_t mtime_usec(const struct stat *st)
{
        if (st->st_mtim.tv_sec > TIME_SEC_MAX || st->st_mtim.tv_sec < -TIME_SEC_MAX)
                return st->st_mtim.tv_sec > 0 ? TIME_SEC_MAX * USEC_PER_SEC : 0;
        return (int64_t)st->st_mtim.tv_sec * USEC_PER_SEC + st->st_mtim.tv_nsec / 1000;
}

bool spool_id_is_valid(const char *id)
{
        return strlen(id) == SPOOL_ID_LENGTH && strspn(id, "0123456789abcdef") == SPOOL_ID_LENGTH;
}

static void file_name(char name[static FILE_NAME_MAX], const char *id)
{
        (void)snprintf(name, FILE_NAME_MAX, "%s" SUFFIX, id); /* an id has a fixed length: it fits */
}

bool spool_id_from_name(const char *name, char ret_id[static SPOOL_ID_LENGTH + 1])
{
        char id[SPOOL_ID_LENGTH + 1];

        if (strlen(name) != FILE_NAME_MAX - 1 || strcmp(name + SPOOL_ID_LENGTH, SUFFIX) != 0)
                return false;
        memcpy(id, name, SPOOL_ID_LENGTH);
        id[SPOOL_ID_LENGTH] = '\0';
        if (!spool_id_is_valid(id))
                return false;
        memcpy(ret_id, id, sizeof(id));
        return true;
}

/* --- directories ----------------------------------------------------------------------------------------------- */

static int sync_directory(int fd)
{
        return fsync(fd) < 0 ? -errno : 0;
}

/* Opens name below parent_fd with flags; makes it first where it isn't, so that it outlives a power failure. */
static int open_or_make(int parent_fd, const char *name, int flags)
{
        _cleanup_(closep) int parent = -1;
        int fd, r;

        fd = openat(parent_fd, name, flags | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        if (errno != ENOENT)
                return -errno;
        if (mkdirat(parent_fd, name, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        parent = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
                return -errno;
        r = sync_directory(parent);
        if (r < 0)
                return r;
        fd = openat(parent_fd, name, flags | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Opens the directory path, and makes it and its parents where they aren't. Those on the way need not be readable. */
static int open_path(const char *path)
{
        _cleanup_(closep) int fd = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char name[NAME_MAX + 1];

        if (fd < 0)
                return -errno;
        for (;;) {
                size_t length;
                int next;

                path += strspn(path, "/");
                length = strcspn(path, "/");
                if (length == 0)
                        break;
                if (length > NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(name, path, length);
                name[length] = '\0';
                next = open_or_make(fd, name, O_PATH);
                if (next < 0)
                        return next;
                (void)close(fd); /* O_PATH: nothing to lose */
                fd = next;
                path += length;
        }
        return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int spool_open(const char *path, const char *sink, struct spool **ret_spool)
{
        _cleanup_(closep) int parent = -1;
        struct spool *spool;
        int fd;

        if (sink[0] == '\0' || sink[0] == '.' || strchr(sink, '/') || strlen(sink) > NAME_MAX)
                return -EINVAL;
        parent = open_path(path);
        if (parent < 0)
                return parent;
        fd = open_or_make(parent, sink, O_RDONLY);
        if (fd < 0)
                return fd;
        spool = malloc(sizeof(*spool));
        if (!spool) {
                (void)close(fd); /* only read */
                return -ENOMEM;
        }
        *spool = (struct spool){ .fd = fd, .scanned_mono_usec = -1, .rejected_scanned_mono_usec = -1 };
        *ret_spool = spool;
        return 0;
}

struct spool *spool_close(struct spool *spool)
{
        if (spool) {
                (void)close(spool->fd); /* a directory: nothing to lose */
                free(spool);
        }
        return NULL;
}

int spool_fd(const struct spool *spool)
{
        return spool->fd;
}

static void closedirp(DIR **dir)
{
        if (*dir)
                (void)closedir(*dir); /* only read */
}

/* A stream of its own, with an offset of its own, over the directory name below fd. */
static int open_stream(int fd, const char *name, DIR **ret_dir)
{
        _cleanup_(closep) int copy = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir;

        if (copy < 0)
                return -errno;
        dir = fdopendir(copy);
        if (!dir)
                return -errno;
        copy = -1;
        *ret_dir = dir;
        return 0;
}

/* The next name; NULL at the end, or with an error in *ret_error. */
static const char *next_name(DIR *dir, int *ret_error)
{
        struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        *ret_error = entry ? 0 : -errno;
        return entry ? entry->d_name : NULL;
}

/* Whether name is an alert that can be read: a link or a pipe put there is none. 0 no, 1 yes, -errno. */
static int look_at(int fd, const char *name, struct spool_entry *ret_entry)
{
        struct stat st;

        if (!spool_id_from_name(name, ret_entry->id))
                return 0;
        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno; /* taken away since */
        if (!S_ISREG(st.st_mode))
                return 0;
        ret_entry->spooled_usec = mtime_usec(&st);
        return 1;
}

static int count_files(int fd, const char *directory, size_t *ret_count)
{
        _cleanup_(closedirp) DIR *dir = NULL;
        char id[SPOOL_ID_LENGTH + 1];
        size_t count = 0;
        const char *name;
        int r;

        r = open_stream(fd, directory, &dir);
        if (r < 0)
                return r;
        while ((name = next_name(dir, &r)))
                if (spool_id_from_name(name, id))
                        count++;
        if (r == 0)
                *ret_count = count;
        return r;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

/* Looks through the directory: how many files, and the latest time. Removes what a writer that crashed has left
 * behind where remove_temps. */
static int scan(struct spool *spool, bool remove_temps)
{
        _cleanup_(closedirp) DIR *dir = NULL;
        struct spool_entry entry;
        int64_t last_usec = 0;
        size_t n_files = 0;
        const char *name;
        int r;

        r = open_stream(spool->fd, ".", &dir);
        if (r < 0)
                return r;
        while ((name = next_name(dir, &r))) {
                int found;

                if (remove_temps && strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0) {
                        (void)unlinkat(spool->fd, name, 0); /* it only takes room; the next start tries again */
                        continue;
                }
                found = look_at(spool->fd, name, &entry);
                if (found < 0)
                        return found;
                if (found == 0)
                        continue;
                n_files++;
                if (entry.spooled_usec > last_usec)
                        last_usec = entry.spooled_usec;
        }
        if (r < 0)
                return r;
        spool->n_files = n_files;
        spool->last_usec = last_usec;
        spool->scanned_mono_usec = now_usec(CLOCK_MONOTONIC);
        return 0;
}

/* Before the first write. A writer holds a shared lock on the directory as long as it lives: who gets the exclusive
 * one knows that no other is writing, whatever the clock and the age of a file say. Nobody waits for it. */
static int begin_writing(struct spool *spool)
{
        bool alone = flock(spool->fd, LOCK_EX | LOCK_NB) == 0;
        int r;

        r = scan(spool, alone);
        (void)flock(spool->fd,
                    LOCK_SH |
                            LOCK_NB); /* without it another writer's start may take our temporary file: an error then */
        return r;
}

static int rescan_if_due(struct spool *spool)
{
        if (now_usec(CLOCK_MONOTONIC) - spool->scanned_mono_usec < RESCAN_USEC)
                return 0;
        return scan(spool, false);
}

/* Sets the file's modification time to now, but later than every one before. */
static int stamp(struct spool *spool, int fd, int64_t *ret_usec)
{
        /* File systems may keep whole seconds (ext4 with small inodes) or even ones (vfat); what was kept is read back. */
        static const int64_t steps_usec[] = { 1, USEC_PER_SEC, 2 * USEC_PER_SEC };
        int64_t now = now_usec(CLOCK_REALTIME);

        for (size_t i = 0; i < sizeof(steps_usec) / sizeof(steps_usec[0]); i++) {
                int64_t usec = spool->last_usec + steps_usec[i];
                struct timespec times[2];
                struct stat st;

                if (usec < now)
                        usec = now;
                times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
                times[1] = (struct timespec){ .tv_sec = usec / USEC_PER_SEC, .tv_nsec = usec % USEC_PER_SEC * 1000 };
                if (futimens(fd, times) < 0 || fstat(fd, &st) < 0)
                        return -errno;
                *ret_usec = mtime_usec(&st);
                if (*ret_usec > spool->last_usec)
                        return 0;
        }
        return 0; /* a file claims the last time there is: the order is lost, the alert is not */
}

static int write_all(int fd, const char *data, size_t length)
{
        while (length > 0) {
                ssize_t n = write(fd, data, length);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                data += n;
                length -= (size_t)n;
        }
        return 0;
}

/* Writes the alert to the temporary file temp and gives it its name. link() and not rename(): it refuses to replace,
 * on every file system. */
static int write_file(struct spool *spool, const char *temp, const char *name, const char *json, size_t length,
                      int64_t *ret_usec)
{
        _cleanup_(closep) int fd = openat(spool->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
        int64_t usec;
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, json, length);
        if (r == 0)
                r = stamp(spool, fd, &usec);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && linkat(spool->fd, temp, spool->fd, name, 0) < 0)
                r = -errno;
        if (unlinkat(spool->fd, temp, 0) < 0 && r == 0 && errno != ENOENT)
                r = -errno;
        if (r == 0)
                *ret_usec = usec;
        return r;
}

int spool_write(struct spool *spool, const char *id, const char *json, size_t length)
{
        char name[FILE_NAME_MAX], temp[sizeof(TEMP_PREFIX) + 16];
        uint64_t random;
        int64_t usec;
        int synced, r = 0;

        if (!spool_id_is_valid(id) || length == 0)
                return -EINVAL;
        if (length > SPOOL_ALERT_MAX)
                return -EFBIG;
        file_name(name, id);
        if (faccessat(spool->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
                r = sync_directory(spool->fd); /* whoever wrote it may have crashed before that */
                return r < 0 ? r : 1;
        }

        if (spool->scanned_mono_usec < 0)
                r = begin_writing(spool);
        else if (spool->n_files >= SPOOL_FILES_MAX || now_usec(CLOCK_REALTIME) <= spool->last_usec)
                r = rescan_if_due(spool);
        if (r < 0)
                return r;
        if (spool->n_files >= SPOOL_FILES_MAX)
                return -EDQUOT;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
                return -errno;
        (void)snprintf(temp, sizeof(temp), TEMP_PREFIX "%016llx", (unsigned long long)random); /* it fits */
        r = write_file(spool, temp, name, json, length, &usec);
        if (r < 0 && r != -EEXIST)
                return r;
        if (r == 0) {
                spool->n_files++;
                spool->last_usec = usec;
        }
        synced = sync_directory(spool->fd);
        if (synced < 0)
                return synced;
        return r == -EEXIST ? 1 : 0;
}

/* --- taking ---------------------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
        const struct spool_entry *left = a, *right = b;

        if (left->spooled_usec != right->spooled_usec)
                return left->spooled_usec < right->spooled_usec ? -1 : 1;
        return strcmp(left->id, right->id);
}

int spool_list(struct spool *spool, struct spool_entry **ret_entries, size_t *ret_count)
{
        _cleanup_(freep) struct spool_entry *entries = NULL;
        _cleanup_(closedirp) DIR *dir = NULL;
        size_t count = 0, room = 0;
        const char *name;
        int r;

        r = open_stream(spool->fd, ".", &dir);
        if (r < 0)
                return r;
        while ((name = next_name(dir, &r))) {
                struct spool_entry entry;
                int found = look_at(spool->fd, name, &entry);

                if (found < 0)
                        return found;
                if (found == 0)
                        continue;
                if (count == room) {
                        struct spool_entry *more;

                        room = room ? room * 2 : 16;
                        more = reallocarray(entries, room, sizeof(*entries));
                        if (!more)
                                return -ENOMEM;
                        entries = more;
                }
                entries[count++] = entry;
        }
        if (r < 0)
                return r;
        if (count > 0)
                qsort(entries, count, sizeof(*entries), compare_entries);
        *ret_entries = take_pointer(entries);
        *ret_count = count;
        return 0;
}

int spool_read(struct spool *spool, const char *id, char **ret_json, size_t *ret_length)
{
        _cleanup_(closep) int fd = -1;
        _cleanup_(freep) char *json = NULL;
        char name[FILE_NAME_MAX];
        size_t length = 0;
        struct stat st;

        if (!spool_id_is_valid(id))
                return -EINVAL;
        file_name(name, id);
        fd = openat(spool->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if (st.st_size > SPOOL_ALERT_MAX)
                return -EFBIG;
        json = malloc((size_t)st.st_size + 1);
        if (!json)
                return -ENOMEM;
        while (length < (size_t)st.st_size) {
                ssize_t n = read(fd, json + length, (size_t)st.st_size - length);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        json[length] = '\0';
        *ret_json = take_pointer(json);
        *ret_length = length;
        return 0;
}

int spool_remove(struct spool *spool, const char *id)
{
        char name[FILE_NAME_MAX];

        if (!spool_id_is_valid(id))
                return -EINVAL;
        file_name(name, id);
        if (unlinkat(spool->fd, name, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (spool->n_files > 0)
                spool->n_files--;
        return 0;
}

/* Whether rejected/ has room for one more; makes it where it isn't. 0 no, 1 yes, -errno. */
static int rejected_has_room(struct spool *spool)
{
        int64_t mono_usec = now_usec(CLOCK_MONOTONIC);
        bool scanned = spool->rejected_scanned_mono_usec >= 0;
        int r;

        if (mkdirat(spool->fd, REJECTED_NAME, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        if (!scanned ||
            (spool->n_rejected >= SPOOL_REJECTED_MAX && mono_usec - spool->rejected_scanned_mono_usec >= RESCAN_USEC)) {
                r = count_files(spool->fd, REJECTED_NAME, &spool->n_rejected);
                if (r < 0)
                        return r;
                spool->rejected_scanned_mono_usec = mono_usec;
        }
        return spool->n_rejected < SPOOL_REJECTED_MAX;
}

int spool_reject(struct spool *spool, const char *id)
{
        char name[FILE_NAME_MAX], rejected[sizeof(REJECTED_NAME "/") + FILE_NAME_MAX];
        int r;

        if (!spool_id_is_valid(id))
                return -EINVAL;
        r = rejected_has_room(spool);
        if (r < 0)
                return r;
        if (r == 0) {
                r = spool_remove(spool, id);
                return r < 0 ? r : 1;
        }
        file_name(name, id);
        (void)snprintf(rejected, sizeof(rejected), REJECTED_NAME "/%s", name); /* it fits */
        if (renameat(spool->fd, name, spool->fd, rejected) < 0)
                return errno == ENOENT ? 0 : -errno;
        spool->n_rejected++;
        if (spool->n_files > 0)
                spool->n_files--;
        return 0;
}

/* --- the courier's lock ---------------------------------------------------------------------------------------- */

/* Locks of open file descriptions and not flock(): only these can be asked for without being taken, which would turn
 * away a courier that starts in that moment. */
static struct flock whole_file(void)
{
        return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

int spool_lock(const char *path)
{
        _cleanup_(closep) int parent = open_path(path), fd = -1;
        struct flock lock = whole_file();
        int taken;

        if (parent < 0)
                return parent;
        fd = openat(parent, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
        if (fd < 0)
                return -errno;
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
                return errno == EACCES ? -EAGAIN : -errno;
        taken = fd;
        fd = -1;
        return taken;
}

bool spool_is_locked(const char *path)
{
        _cleanup_(closep) int parent = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
        struct flock lock = whole_file();

        if (parent < 0)
                return false;
        fd = openat(parent, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
