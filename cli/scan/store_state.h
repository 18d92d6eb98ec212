/* cli/scan/store_state.h: what the store keeps: for store.c, which adds findings, and store_out.c, which completes them. */

#pragma once

#include <pthread.h>

#include "scan/kept_texts.h"
#include "scan/store.h"

#define STORE_NONE UINT32_MAX

struct stored_location {
        uint64_t line;
        uint32_t batch;
        uint32_t next; /* of the same finding; STORE_NONE */
};

/* The 32 digits of an id. */
struct stored_id {
        uint64_t high, low;
};

static inline struct stored_id stored_id_read(const char id[static 33])
{
        struct stored_id read = { 0 };

        for (size_t i = 0; i < 32; i++) {
                uint64_t *half = i < 16 ? &read.high : &read.low;

                *half = *half << 4 | text_hex_digit(id[i]);
        }
        return read;
}

struct stored_finding {
        /* the most complete one, in its batch; it has got the time, stamp, host and sizes that others know better */
        struct sighting *sighting;
        uint32_t batch; /* where that one is */
        uint32_t next;  /* of the same bucket; in the end, of the same bucket of ids */
        uint32_t next_of_runs;
        /* locations, if there is more than one: else it is that of the sighting */
        uint32_t first_location, last_location, n_locations;
        struct stored_id id; /* 0: store_out.c makes it of what the logs have */
};

/* What is kept of the texts of a sighting, in front of them. */
struct kept_header {
        uint32_t json_length, block_length, raw_length;
        struct alert_gaps gaps; /* of the JSON */
};

struct stored_batch {
        struct sighting_batch batch;
        uint32_t *findings; /* the number of the finding, for each of its sightings; NULL: no group needs it */
};

struct stored_host {
        uint32_t number;
        struct text name;
        char bytes[]; /* of the name */
};

struct store {
        log_local_time_fn local_time;
        pthread_mutex_t lock; /* of what follows, up to host_tree */
        struct kept_texts texts;
        size_t n_hosts, hosts_capacity;
        struct stored_host **hosts; /* number n is hosts[n - 1]; 0 is "" */
        void *host_tree;            /* of tsearch(3): the same by name */
        size_t n_findings, findings_capacity, n_locations, locations_capacity, n_batches, batches_capacity;
        struct stored_finding *findings;
        struct stored_location *locations;
        struct stored_batch *batches;
        size_t n_buckets;
        uint32_t *buckets;       /* the newest finding of each hash; STORE_NONE */
        uint32_t newest_of_runs; /* dedup_is_of_run(); STORE_NONE */
};
