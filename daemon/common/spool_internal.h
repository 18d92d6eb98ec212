/* daemon/common/spool_internal.h: what the files of the spool share: spool.c (directories, taking), spool_write.c,
 * spool_lock.c. For nobody else. */

#pragma once

#include <dirent.h>

#include "common/spool.h"

#define SPOOL_TEMP_PREFIX   ".tmp-"
#define SPOOL_SUFFIX        ".json"
#define SPOOL_FILE_NAME_MAX (SPOOL_ID_LENGTH + sizeof(SPOOL_SUFFIX))
#define SPOOL_FILE_MODE     0640

/* A full directory, or one with files of the future, is looked through again at most this often. */
#define SPOOL_RESCAN_USEC 1000000

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

/* Modification time in microseconds; a file may claim any time, one past what this can hold counts as its end. */
struct stat;
int64_t spool_mtime_usec(const struct stat *st);

/* "<id>.json", of a valid id. */
void spool_file_name(char name[static SPOOL_FILE_NAME_MAX], const char *id);

/* Opens the directory path (O_PATH), and makes it and its parents where they aren't. Those on the way need
 * not be readable. */
int spool_open_path(const char *path) __attribute__((warn_unused_result));

/* A stream of its own, with an offset of its own, over the directory name below fd. */
int spool_open_stream(int fd, const char *name, DIR **ret_dir) __attribute__((warn_unused_result));
/* The next name; NULL at the end, or with an error in *ret_error. */
const char *spool_next_name(DIR *dir, int *ret_error);
void spool_close_stream(DIR **dir);

/* Whether name is an alert that can be read: a link or a pipe put there is none. 0 no, 1 yes, -errno. */
int spool_look_at(int fd, const char *name, struct spool_entry *ret_entry) __attribute__((warn_unused_result));
