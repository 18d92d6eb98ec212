/* cli/scan/store.h: the incidents that were found, each once.
 *
 * The same kill may be in several files, in a file and in the journal, or several times in one file. What one log says of
 * it is a sighting; sightings of one incident (dedup.h) make one finding. It has the alert of the sighting that has most
 * parts of the report, and the id that oomwatchd gave the incident, if the ring buffer still has it. Memory holds an
 * index only: the alerts are in a temporary file. */

#pragma once

#include <stdbool.h>

#include "alert/json.h"
#include "logfile/reader.h"
#include "scan/finding.h"

/* A sighting is compared with so many findings of its hash, the newest first: findings that differ by their times alone. */
#define STORE_COMPARED_MAX 1024

enum sighting_size { SIGHTING_TOTAL_VM, SIGHTING_ANON_RSS, SIGHTING_FILE_RSS, SIGHTING_SHMEM_RSS, SIGHTING_SIZES };

enum sighting_owner { SIGHTING_UNIT, SIGHTING_USER_UNIT, SIGHTING_CONTAINER, SIGHTING_OWNERS };

/* Reports without a victim that say the same, one after the other. */
struct sighting_run {
        struct sighting_run *next; /* of the same batch */
        uint64_t n_reports;
        /* of the last one */
        struct log_time time;
        int64_t mono_usec;
};

/* An incident as one log has it. */
struct sighting {
        enum alert_type type;
        bool has_comm;
        bool is_retelling;     /* of a user_kill: where another finding is that kill, it is none of its own */
        bool is_told;          /* by another finding; set by the store */
        bool is_none_killable; /* without a victim: the kernel said so; such reports may be of a run */
        uint8_t killer;        /* of a user_kill: enum killer */
        uint8_t comm_length;
        /* the more, the more complete: by how many parts of the report it has, then whether record number, host and stamp */
        uint8_t completeness;
        char comm[OOM_COMM_MAX];
        uint32_t sizes[SIGHTING_SIZES];   /* sighting_size() */
        uint32_t owners[SIGHTING_OWNERS]; /* hashes of names of the victim's; 0: unknown */
        /* of a panic's message, or of who killed and was killed by a user-space killer; else 0 */
        uint32_t message_hash;
        uint32_t limit_hash; /* without a victim: of the cgroup whose limit was hit; 0: unknown */
        uint32_t host;       /* store_host_number(); 0: unknown */
        uint32_t boot_hash;  /* of the boot id; 0: unknown */
        /* index in the batch of the group's first kill; UINT32_MAX: unknown, or in no group */
        uint32_t group_first;
        /* where the texts are, and how long together with what is kept of them; set by store_keep_texts() */
        uint32_t kept_length;
        uint64_t offset;
        int64_t pid;       /* of the victim; without one, of the trigger; OOM_UNKNOWN */
        int64_t seq;       /* the record's number in the boot of sighting_batch.boot_id; LOG_UNKNOWN: no boot */
        int64_t mono_usec; /* the kernel's stamp; LOG_UNKNOWN */
        uint64_t line;     /* 0: unknown */
        struct log_time time;
        struct sighting_run *run; /* owned by the batch; NULL: it is one report, as nearly all are */
};

#define SIGHTING_SIZE_UNKNOWN UINT32_MAX

/* A size for comparing: in kB, as the kernel prints it, modulo UINT32_MAX. bytes may be OOM_UNKNOWN. */
static inline uint32_t sighting_size(int64_t bytes)
{
        return bytes == OOM_UNKNOWN ? SIGHTING_SIZE_UNKNOWN : (uint32_t)((uint64_t)bytes / 1024 % UINT32_MAX);
}

/* The sightings of one log. */
struct sighting_batch {
        const char *path;    /* of their locations; NULL: none */
        const char *boot_id; /* of the sightings that have a seq; "": unknown; NULL: none has one */
        size_t n_sightings, n_allocated;
        struct sighting *sightings; /* owned */
        struct sighting_run *runs;  /* owned */
};

struct store;

/* local_time: as in struct log_reader_options. Returns 0, -ENOMEM, or the negative errno of temporary_open(). */
int store_new(log_local_time_fn local_time, struct store **ret_store) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct store *store_free(struct store *store);

/* ---- for any thread ------------------------------------------------------------------------------------------------- */

/* *ret_host is the number of the host of that name, 0 for "". Returns 0 or -ENOMEM. */
int store_host_number(struct store *store, struct text name, uint32_t *ret_host) __attribute__((warn_unused_result));

/* Writes the alert's texts to the temporary file, and sets in *sighting where they are. json was made without a time, and has gaps;
 * block and raw may be empty. Returns 0 or a negative errno. */
int store_keep_texts(struct store *store, struct text json, const struct alert_gaps *gaps, struct text block,
                     struct text raw, struct sighting *sighting) __attribute__((warn_unused_result));

/* Appends a copy of *sighting. Returns 0 or -ENOMEM. */
int sighting_batch_add(struct sighting_batch *batch, const struct sighting *sighting)
        __attribute__((warn_unused_result));
/* Makes the sighting one of a run, if it isn't. Returns NULL when there is no memory. */
struct sighting_run *sighting_batch_run(struct sighting_batch *batch, struct sighting *sighting);
/* The run; of one report if it is in none. */
static inline struct sighting_run sighting_run_of(const struct sighting *sighting)
{
        return sighting->run ? *sighting->run : (struct sighting_run){ NULL, 1, sighting->time, sighting->mono_usec };
}
/* What was not handed over by store_add() */
void sighting_batch_done(struct sighting_batch *batch);

/* ---- for one thread, after all others have ended --------------------------------------------------------------------- */

/* Takes over the sightings of a log, and empties *batch; its path is borrowed until store_free(). What store_each() gives
 * depends on the order of the calls. Returns 0, -ENOMEM or -EOVERFLOW. */
int store_add(struct store *store, struct sighting_batch *batch) __attribute__((warn_unused_result));

/* Calls handler for every finding, in the order of time; those without a time come last, in the order of store_add().
 * Nothing may be added afterwards. Returns 0, the first negative errno that handler returned, or an own one. */
int store_each(struct store *store, finding_fn handler, void *userdata) __attribute__((warn_unused_result));
