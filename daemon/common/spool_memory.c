#include "common/spool_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/spool_internal.h"
#include "host/file.h"
#include "util/cleanup.h"

/* An entry is "ID TIME\n", TIME as 16 hexadecimal digits: all have one length, so a torn one can only be the last. */
#define TIME_DIGITS  16
#define ENTRY_LENGTH (SPOOL_ID_LENGTH + 1 + TIME_DIGITS + 1)

/* Entries read at a time: on the stack of a writer's thread, which is small. */
#define READ_ENTRIES 80

#define SIZE_MAX_BYTES ((off_t)SPOOL_MEMORY_MAX * ENTRY_LENGTH)

static void format_entry(char entry[static ENTRY_LENGTH + 1], const char *id, int64_t spooled_usec)
{
        (void)snprintf(entry, ENTRY_LENGTH + 1, "%s %016" PRIx64 "\n", id, (uint64_t)spooled_usec); /* it fits */
}

/* Opens one of the files, and nothing else that somebody put there under its name. *ret_size: of its whole entries. Returns a
 * descriptor or -errno. */
static int open_memory(int fd, const char *name, int flags, off_t *ret_size, bool *ret_is_torn)
{
        _cleanup_(closep) int file =
                openat(fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, SPOOL_FILE_MODE);
        struct stat st;

        if (file < 0 || fstat(file, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        *ret_is_torn = st.st_size % ENTRY_LENGTH != 0;
        *ret_size = st.st_size - st.st_size % ENTRY_LENGTH;
        return take_fd(&file);
}

int spool_memory_add(int fd, const char *id, int64_t spooled_usec)
{
        const int flags = O_WRONLY | O_CREAT;
        _cleanup_(closep) int file = -1;
        char entry[ENTRY_LENGTH + 1];
        bool is_torn = false;
        off_t size = 0;
        int r;

        file = open_memory(fd, SPOOL_MEMORY_NAME, flags, &size, &is_torn);
        if (file >= 0 && size >= SIZE_MAX_BYTES) {
                (void)close(take_fd(&file)); /* nothing was written */
                if (renameat(fd, SPOOL_MEMORY_NAME, fd, SPOOL_MEMORY_OLD_NAME) < 0)
                        return -errno;
                file = open_memory(fd, SPOOL_MEMORY_NAME, flags, &size, &is_torn);
        }
        if (file < 0)
                return file;
        format_entry(entry, id, spooled_usec);
        /* Over the rest of a torn one, if there is one. */
        r = file_write_all_at(file, entry, ENTRY_LENGTH, (uint64_t)size);
        if (r < 0 && !is_torn)
                (void)ftruncate(file, size); /* if it fails, the next call writes over it */
        return r;
}

/* Looks for the first n_bytes of entry among the last n_entries of a file. */
static int find(int fd, const char *name, const char *entry, size_t n_bytes, size_t n_entries)
{
        _cleanup_(closep) int file = -1;
        char entries[READ_ENTRIES * ENTRY_LENGTH];
        bool is_torn = false;
        off_t at = 0, size = 0;

        file = open_memory(fd, name, O_RDONLY, &size, &is_torn);
        if (file < 0)
                return file == -ENOENT ? 0 : file;
        if (size > (off_t)(n_entries * ENTRY_LENGTH))
                at = size - (off_t)(n_entries * ENTRY_LENGTH);
        while (at < size) {
                size_t wanted = size - at < (off_t)sizeof(entries) ? (size_t)(size - at) : sizeof(entries);
                ssize_t length = pread(file, entries, wanted, at);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length < (ssize_t)ENTRY_LENGTH)
                        return length < 0 ? -errno : 0; /* it has become shorter: somebody has emptied it */
                length -= length % (ssize_t)ENTRY_LENGTH;
                for (ssize_t i = 0; i < length; i += (ssize_t)ENTRY_LENGTH)
                        if (memcmp(entries + i, entry, n_bytes) == 0)
                                return 1;
                at += length;
        }
        return 0;
}

/* The current file first: if it becomes the old one between the two, what was in it is read twice, and not passed over. */
static int find_in_both(int fd, const char *entry, size_t n_bytes, size_t n_entries)
{
        int r = find(fd, SPOOL_MEMORY_NAME, entry, n_bytes, n_entries);
        int old = r == 1 ? 0 : find(fd, SPOOL_MEMORY_OLD_NAME, entry, n_bytes, n_entries);

        return r == 0 || old == 1 ? old : r;
}

int spool_memory_has(int fd, const char *id)
{
        return find_in_both(fd, id, SPOOL_ID_LENGTH, SPOOL_MEMORY_MAX);
}

int spool_memory_has_lately(int fd, const char *id, int64_t spooled_usec)
{
        char entry[ENTRY_LENGTH + 1];

        format_entry(entry, id, spooled_usec);
        return find_in_both(fd, entry, ENTRY_LENGTH, SPOOL_MEMORY_LATELY);
}
