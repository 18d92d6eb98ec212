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
#define STORE_COMPARED_MAX 1024

/* No other clock of the same machine is further off than this: who writes a log reads it some time after it was printed. */
#define DEDUP_TIME_SLACK_USEC INT64_C(5000000)
/* dmesg -T counts from the boot, and doesn't know of suspends; nor does who counts back from now. */
#define DEDUP_CLOCK_SLACK_USEC (INT64_C(24) * 3600 * 1000000)
/* A kill known by its "oom-kill:" line only, and one by its kill line: what the kernel prints between. */
#define DEDUP_REPORT_USEC INT64_C(2000000)

enum sighting_size { SIGHTING_TOTAL_VM, SIGHTING_ANON_RSS, SIGHTING_FILE_RSS, SIGHTING_SHMEM_RSS, SIGHTING_SIZES };

/* An incident, as one log tells it. */
struct sighting {
        enum alert_type type;
        bool comm_known;
        uint8_t comm_length;
        uint8_t richness; /* how many parts of a report it has, then whether the record's number, host and stamp */
        char comm[OOM_COMM_MAX];
        int64_t pid;                   /* of the victim, where there is none of the trigger; OOM_UNKNOWN */
        int64_t sizes[SIGHTING_SIZES]; /* bytes; OOM_UNKNOWN */
        uint64_t words;                /* a hash of what else is the same: a panic's message */
        uint32_t host;                 /* store_host_number() */
        uint64_t boot;                 /* a hash of the boot id; 0: unknown */
        int64_t seq; /* the kernel's number of its record, of the boot that the batch names; LOG_UNKNOWN: no boot */
        int64_t mono_usec; /* the kernel's stamp; LOG_UNKNOWN */
        struct log_time time;
        uint64_t line; /* 0: unknown */
        /* the group's first kill, among the log's sightings; UINT32_MAX: unknown, or in no group */
        uint32_t group_first;
        /* store_keep_texts() */
        uint64_t offset;
        uint32_t json_length, block_length, raw_length;
};

/* What one log gave. */
struct sighting_batch {
        const char *path;    /* of places; NULL: none */
        const char *boot_id; /* of sightings with a seq; "": unknown; NULL: there are none such */
        size_t count, size;
        struct sighting *sightings;
};

struct store;

/* local_time as struct log_reader_options has it. Returns 0 or a negative errno: no temporary file can be made. */
int store_new(log_local_time_fn local_time, struct store **ret_store) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct store *store_free(struct store *store);

/* ---- for any thread ------------------------------------------------------------------------------------------------- */

/* A number for the host's name; 0 is that of "", the unknown one. Returns 0 or -ENOMEM. */
int store_host_number(struct store *store, struct text name, uint32_t *ret_host) __attribute__((warn_unused_result));

/* Writes the alert's texts to the temporary file, and tells sighting where they are. json was made without a time; block and
 * raw may be empty. Returns 0 or a negative errno. */
int store_keep_texts(struct store *store, struct text json, struct text block, struct text raw,
                     struct sighting *sighting) __attribute__((warn_unused_result));

/* Appends a copy of *sighting. Returns 0 or -ENOMEM. */
int sighting_batch_add(struct sighting_batch *batch, const struct sighting *sighting)
        __attribute__((warn_unused_result));

/* ---- for one thread, when all have ended ---------------------------------------------------------------------------- */

/* Takes over a log's sightings; who has to be the same every time calls in the same order. path has to stay. Returns 0 or
 * -ENOMEM. */
int store_add(struct store *store, struct sighting_batch *batch) __attribute__((warn_unused_result));

/* Gives every finding, in order of time; those without a time last, in the order in which they came. Returns 0, what the
 * handler returned, or a negative errno. */
int store_each(struct store *store, finding_fn handler, void *userdata) __attribute__((warn_unused_result));
