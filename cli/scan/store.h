/* cli/scan/store.h: what was found, each incident once.
 *
 * The same kill may stand in several files, in a file and the journal, or several times in one file. What each log tells is
 * a sighting; sightings of the same incident make one finding, which has the alert of the one that tells most, and the id that
 * oomwatchd gave it, if the ring buffer has it. In memory is an index; the alerts are in a temporary file without a name. */

#pragma once

#include <stdbool.h>

#include "alert/alert.h"
#include "logfile/reader.h"
#include "scan/finding.h"

/* Sightings that only their times can tell apart, and that are compared with a new one. */
#define SCAN_COMPARED_MAX 1024

/* No other clock of the same machine is further off than this: who writes a log reads it some time after it was printed. */
#define SCAN_TIME_SLACK_USEC INT64_C(5000000)
/* dmesg -T counts from the boot, and doesn't know of suspends; nor does who counts back from now. */
#define SCAN_CLOCK_SLACK_USEC (INT64_C(24) * 3600 * 1000000)
/* A kill known by its "oom-kill:" line only, and one by its kill line: what the kernel prints between. */
#define SCAN_REPORT_USEC INT64_C(2000000)

enum scan_size { SCAN_SIZE_TOTAL_VM, SCAN_SIZE_ANON_RSS, SCAN_SIZE_FILE_RSS, SCAN_SIZE_SHMEM_RSS, SCAN_SIZES };

/* An incident, as one log tells it. */
struct scan_sighting {
        enum alert_type type;
        bool comm_known;
        uint8_t comm_length;
        uint8_t richness; /* how many parts of a report it has, then whether the record's number, host and stamp */
        char comm[OOM_COMM_MAX];
        int64_t pid;               /* of the victim, where there is none of the trigger; OOM_UNKNOWN */
        int64_t sizes[SCAN_SIZES]; /* bytes; OOM_UNKNOWN */
        uint64_t words;            /* a hash of what else is the same: a panic's message */
        uint32_t host;             /* scan_store_host() */
        uint64_t boot;             /* a hash of the boot id; 0: unknown */
        int64_t seq; /* the kernel's number of its record, of the boot that the batch names; LOG_UNKNOWN: no boot */
        int64_t mono_usec; /* the kernel's stamp; LOG_UNKNOWN */
        struct log_time time;
        uint64_t line; /* 0: unknown */
        /* the group's first kill, among the log's sightings; UINT32_MAX: unknown, or in no group */
        uint32_t group_first;
        /* scan_store_keep() */
        uint64_t offset;
        uint32_t json_length, block_length, raw_length;
};

/* What one log gave. */
struct scan_batch {
        const char *path;    /* of places; NULL: none */
        const char *boot_id; /* of sightings with a seq; "": unknown; NULL: there are none such */
        size_t count, size;
        struct scan_sighting *sightings;
};

struct scan_store;

/* local_time as struct log_reader_options has it. Returns 0 or a negative errno: no temporary file can be made. */
int scan_store_new(log_local_time_fn local_time, struct scan_store **ret_store) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct scan_store *scan_store_free(struct scan_store *store);

/* ---- for any thread ------------------------------------------------------------------------------------------------- */

/* A number for the host's name; 0 is that of "", the unknown one. Returns 0 or -ENOMEM. */
int scan_store_host(struct scan_store *store, struct text name, uint32_t *ret_host) __attribute__((warn_unused_result));

/* Writes the alert's texts to the temporary file, and tells sighting where they are. json was made without a time; block and
 * raw may be empty. Returns 0 or a negative errno. */
int scan_store_keep(struct scan_store *store, struct text json, struct text block, struct text raw,
                    struct scan_sighting *sighting) __attribute__((warn_unused_result));

/* Appends a copy of *sighting. Returns 0 or -ENOMEM. */
int scan_batch_add(struct scan_batch *batch, const struct scan_sighting *sighting) __attribute__((warn_unused_result));

/* ---- for one thread, when all have ended ---------------------------------------------------------------------------- */

/* Takes over a log's sightings; who has to be the same every time calls in the same order. path has to stay. Returns 0 or
 * -ENOMEM. */
int scan_store_add(struct scan_store *store, struct scan_batch *batch) __attribute__((warn_unused_result));

/* Gives every finding, in order of time; those without a time last, in the order in which they came. Returns 0, what the
 * handler returned, or a negative errno. */
int scan_store_each(struct scan_store *store, scan_finding_fn handler, void *userdata)
        __attribute__((warn_unused_result));
