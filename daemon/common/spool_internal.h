/* daemon/common/spool_internal.h: what spool.c (directories, reading, removing), spool_write.c, spool_once.c, spool_memory.c,
 * spool_retry.c and spool_lock.c share.
 * No other file includes it. */

#pragma once

#include "common/spool.h"

#define SPOOL_TEMP_PREFIX   ".tmp-"
#define SPOOL_SUFFIX        ".json"
#define SPOOL_FILE_NAME_MAX (SPOOL_ID_LENGTH + sizeof(SPOOL_SUFFIX))
#define SPOOL_FILE_MODE     0640
#define SPOOL_REJECTED_NAME "rejected"

/* A directory that is full, or has files of the future, is scanned again at most this often. */
#define SPOOL_RESCAN_USEC 1000000

/* What a scan found. */
struct spool_totals {
        size_t n_files;
        uint64_t n_bytes;
        int64_t last_usec; /* the latest modification time */
};

struct spool {
        int fd; /* the sink's directory */
        /* For spool_write(): the result of the last scan, and what was written since. The other process removes files
         * meanwhile, so the totals are upper bounds; the directory is scanned again before an alert is dropped. */
        int64_t scanned_mono_usec; /* -1: never */
        struct spool_totals totals;
        struct spool_limits limits;
        struct spool_entry *oldest; /* as they were listed, without the very first; NULL: not listed */
        size_t n_oldest, next_oldest;
        uint64_t n_dropped;  /* since spool_take_dropped() */
        uint64_t n_unstated; /* dropped, and not in an alert's `dropped_before` */
        /* For spool_reject(): the same of rejected/. */
        int64_t rejected_scanned_mono_usec;
        size_t n_rejected;
        /* For spool_set_delivered(): the last that is remembered, whose file may be there yet. */
        char remembered_id[SPOOL_ID_LENGTH + 1];
        int64_t remembered_usec;
        bool is_memory_unreadable, is_memory_unwritable; /* by the last attempt */
        int memory_error;                                /* not taken yet; 0: none */
};

/* The modification time in microseconds since the epoch. A file may have any time; what is out of range is clamped. */
struct stat;
int64_t spool_mtime_usec(const struct stat *st);

/* A file's name is made of nothing but a valid id. */
bool spool_id_is_valid(const char *id);
/* "<id>.json"; the id must be valid. */
void spool_file_name(char name[static SPOOL_FILE_NAME_MAX], const char *id);

/* Opens the directory path (O_PATH); makes it and its parents where they are missing. Parents need not be readable.
 * Returns a descriptor or -errno. */
int spool_open_path(const char *path) __attribute__((warn_unused_result));

/* Looks for alerts in directory, which is below fd: regular files named by an id, no links or pipes. *ret_entries: all of
 * them, to be freed, in no order; may be NULL. removes_temps: removes the temporary files of a crashed writer. Returns 0 or
 * -errno. */
int spool_scan(int fd, const char *directory, bool removes_temps, struct spool_entry **ret_entries,
               struct spool_totals *ret_totals) __attribute__((warn_unused_result));

/* A file of so many bytes has gone. */
void spool_count_gone(struct spool *spool, uint64_t n_bytes);
