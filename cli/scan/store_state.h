/* cli/scan/store_state.h: what the store keeps: for store.c, which puts in, and store_out.c, which gives out. */

#pragma once

#include <pthread.h>

#include "scan/spool_file.h"
#include "scan/store.h"

#define SCAN_NONE UINT32_MAX

struct place {
        uint64_t line;
        uint32_t batch;
        uint32_t next; /* of the same finding; SCAN_NONE */
};

struct finding {
        /* the one that tells most, put right by what others know: time, stamp, host, sizes */
        struct scan_sighting sighting;
        uint32_t batch, index; /* where it is of */
        uint32_t next;         /* of the same bucket */
        uint32_t next_id;      /* of the same bucket of ids */
        uint32_t first_place, last_place, n_places;
        char id[33]; /* "": to be made of what the logs tell */
};

/* A growing array; size is a power of two. */
struct array {
        size_t count, size;
};

struct batch {
        const char *path;
        uint32_t *findings; /* of each of its sightings */
};

struct host {
        uint32_t number;
        struct text name;
        char bytes[]; /* of the name, and a NUL */
};

struct scan_store {
        log_local_time_fn local_time;
        struct spool_file texts;
        pthread_mutex_t lock; /* of hosts */
        size_t n_hosts;
        struct host **hosts; /* number n is hosts[n - 1]; 0 stands for "" */
        void *host_tree;     /* of tsearch(3): the same by name */
        struct array findings_array, places_array, batches_array;
        struct finding *findings;
        struct place *places;
        struct batch *batches;
        size_t n_buckets;
        uint32_t *buckets; /* the newest finding of each; SCAN_NONE */
};
