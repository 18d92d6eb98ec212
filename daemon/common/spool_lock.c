/* daemon/common/spool_lock.c: the lock that only one courier can have. It is a lock of an open file description and not
 * flock(), because spool_is_locked() can query it without taking it, which would make a starting courier fail. */

#include <errno.h>
#include <fcntl.h>

#include "common/spool_internal.h"
#include "util/cleanup.h"

#define LOCK_NAME ".courier.lock"

static const struct flock whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

int spool_lock(const char *path)
{
        _cleanup_(closep) int parent = spool_open_path(path), fd = -1;
        struct flock lock = whole_file;

        if (parent < 0)
                return parent;
        fd = openat(parent, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, SPOOL_FILE_MODE);
        if (fd < 0)
                return -errno;
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
                return errno == EACCES ? -EAGAIN : -errno;
        return take_fd(&fd);
}

bool spool_is_locked(const char *path)
{
        _cleanup_(closep) int parent = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
        struct flock lock = whole_file;

        if (parent < 0)
                return false;
        fd = openat(parent, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
