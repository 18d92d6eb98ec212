/* daemon/common/spool_once.c: what spool.h has so that no alert is delivered twice: of a crash's leftovers and repeats, those
 * that were delivered. The order of things, and why: spool_memory.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/spool_internal.h"
#include "common/spool_memory.h"

static bool is_there(const struct spool *spool, const char *path)
{
        return faccessat(spool->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* r: what a function of spool_memory.h has returned. *is_failing: whether it failed the last time. Returns r. */
static int note(struct spool *spool, int r, bool *is_failing)
{
        if (r < 0 && !*is_failing)
                spool->memory_error = r;
        *is_failing = r < 0;
        return r;
}

int spool_take_memory_error(struct spool *spool)
{
        int error = spool->memory_error;

        spool->memory_error = 0;
        return error;
}

int spool_write_once(struct spool *spool, const char *id, const char *json, size_t length)
{
        char name[SPOOL_FILE_NAME_MAX], rejected[sizeof(SPOOL_REJECTED_NAME "/") + SPOOL_FILE_NAME_MAX];

        if (!spool_id_is_valid(id))
                return -EINVAL;
        spool_file_name(name, id);
        (void)snprintf(rejected, sizeof(rejected), SPOOL_REJECTED_NAME "/%s", name); /* it fits */
        /* The queue before the others: an alert goes from there to them, and only by hand back again. */
        if (is_there(spool, name))
                return fsync(spool->fd) < 0 ? -errno : 1; /* its writer may have crashed before this */
        if (is_there(spool, rejected) ||
            note(spool, spool_memory_has(spool->fd, id), &spool->is_memory_unreadable) == 1)
                return 1;
        return spool_write(spool, id, json, length);
}

int spool_set_delivered(struct spool *spool, const char *id, int64_t spooled_usec)
{
        if (!spool_id_is_valid(id))
                return -EINVAL;
        /* A file that can't be removed is tried again and again. */
        if ((strcmp(id, spool->remembered_id) != 0 || spooled_usec != spool->remembered_usec) &&
            note(spool, spool_memory_add(spool->fd, id, spooled_usec), &spool->is_memory_unwritable) == 0) {
                memcpy(spool->remembered_id, id, sizeof(spool->remembered_id));
                spool->remembered_usec = spooled_usec;
        }
        return spool_remove(spool, id);
}

bool spool_was_delivered(struct spool *spool, const struct spool_entry *entry)
{
        int r = spool_memory_has_lately(spool->fd, entry->id, entry->spooled_usec);

        return note(spool, r, &spool->is_memory_unreadable) == 1;
}
