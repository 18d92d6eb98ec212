#include "scan/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/completion.h"
#include "scan/sameness.h"
#include "scan/spool_file.h"
#include "util/cleanup.h"

#define NONE        UINT32_MAX
#define TABLE_FIRST 1024 /* buckets; a power of two */
#define BLOCK_TIME  24   /* "2026-08-25 14:06:20 UTC " */

struct place {
        uint64_t line;
        uint32_t batch;
        uint32_t next; /* of the same finding; NONE */
};

struct finding {
        struct scan_sighting
                sighting;      /* the one that tells most, put right by what others know: time, stamp, host, sizes */
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

struct scan_store {
        log_local_time_fn local_time;
        struct spool_file texts;
        pthread_mutex_t lock; /* of hosts */
        size_t n_hosts;
        char **hosts; /* hosts[0]: "" */
        struct array findings_array, places_array, batches_array;
        struct finding *findings;
        struct place *places;
        struct batch *batches;
        size_t n_buckets;
        uint32_t *buckets; /* the newest finding of each; NONE */
};

int scan_store_new(log_local_time_fn local_time, struct scan_store **ret_store)
{
        struct scan_store *store = calloc(1, sizeof(*store));
        int r;

        if (!store)
                return -ENOMEM;
        store->local_time = local_time;
        r = spool_file_open(&store->texts);
        if (r < 0) {
                free(store);
                return r;
        }
        (void)pthread_mutex_init(&store->lock, NULL); /* can't fail on Linux */
        *ret_store = store;
        return 0;
}

struct scan_store *scan_store_free(struct scan_store *store)
{
        if (!store)
                return NULL;
        for (size_t i = 0; i < store->n_hosts; i++)
                free(store->hosts[i]);
        for (size_t i = 0; i < store->batches_array.count; i++)
                free(store->batches[i].findings);
        free(store->hosts);
        free(store->batches);
        free(store->places);
        free(store->findings);
        free(store->buckets);
        (void)pthread_mutex_destroy(&store->lock);
        spool_file_close(&store->texts);
        free(store);
        return NULL;
}

/* ---- for any thread ------------------------------------------------------------------------------------------------- */

static int host_number(struct scan_store *store, struct text name, uint32_t *ret_host)
{
        char **hosts, *copy;

        for (size_t i = 0; i < store->n_hosts; i++)
                if (text_equal(text_from(store->hosts[i]), name)) {
                        *ret_host = (uint32_t)i + 1;
                        return 0;
                }
        hosts = reallocarray(store->hosts, store->n_hosts + 1, sizeof(*hosts));
        if (!hosts)
                return -ENOMEM;
        store->hosts = hosts;
        copy = strndup(name.data, name.length);
        if (!copy)
                return -ENOMEM;
        store->hosts[store->n_hosts++] = copy;
        *ret_host = (uint32_t)store->n_hosts;
        return 0;
}

int scan_store_host(struct scan_store *store, struct text name, uint32_t *ret_host)
{
        int r;

        if (name.length == 0) {
                *ret_host = 0;
                return 0;
        }
        (void)pthread_mutex_lock(&store->lock);
        r = host_number(store, name, ret_host);
        (void)pthread_mutex_unlock(&store->lock);
        return r;
}

int scan_store_keep(struct scan_store *store, struct text json, struct text block, struct text raw,
                    struct scan_sighting *sighting)
{
        struct text pieces[] = { json, block, raw };

        sighting->json_length = (uint32_t)json.length; /* ALERT_JSON_MAX; the others are shorter */
        sighting->block_length = (uint32_t)block.length;
        sighting->raw_length = (uint32_t)raw.length;
        return spool_file_append(&store->texts, pieces, sizeof(pieces) / sizeof(pieces[0]), &sighting->offset);
}

/* Room for one more. Returns the new base, or NULL, and *array as it was. */
static void *grow(struct array *array, void *base, size_t element_size)
{
        size_t size = array->size ? 2 * array->size : 16;
        void *grown;

        if (array->count < array->size)
                return base;
        grown = reallocarray(base, size, element_size);
        if (grown)
                array->size = size;
        return grown;
}

int scan_batch_add(struct scan_batch *batch, const struct scan_sighting *sighting)
{
        struct array array = { batch->count, batch->size };
        struct scan_sighting *sightings = grow(&array, batch->sightings, sizeof(*sightings));

        if (!sightings)
                return -ENOMEM;
        batch->sightings = sightings;
        batch->size = array.size;
        batch->sightings[batch->count++] = *sighting;
        return 0;
}

/* ---- each once -------------------------------------------------------------------------------------------------------- */

/* A bucket for each finding, on the average. */
static int make_buckets(struct scan_store *store)
{
        size_t count = store->n_buckets ? 2 * store->n_buckets : TABLE_FIRST;
        uint32_t *buckets;

        if (store->findings_array.count < store->n_buckets)
                return 0;
        buckets = malloc(count * sizeof(*buckets));
        if (!buckets)
                return -ENOMEM;
        memset(buckets, 0xff, count * sizeof(*buckets)); /* NONE */
        for (uint32_t i = 0; i < store->findings_array.count; i++) {
                uint32_t *bucket = &buckets[scan_sameness_hash(&store->findings[i].sighting) & (count - 1)];

                store->findings[i].next = *bucket;
                *bucket = i;
        }
        free(store->buckets);
        store->buckets = buckets;
        store->n_buckets = count;
        return 0;
}

static uint32_t find_same(const struct scan_store *store, const struct scan_sighting *sighting, uint64_t hash)
{
        uint32_t at = store->buckets[hash & (store->n_buckets - 1)];

        for (unsigned i = 0; at != NONE && i < SCAN_COMPARED_MAX; i++, at = store->findings[at].next)
                if (scan_is_same(&store->findings[at].sighting, sighting, store->local_time))
                        return at;
        return NONE;
}

static int add_place(struct scan_store *store, uint32_t finding, uint32_t batch, uint64_t line)
{
        struct place *places = grow(&store->places_array, store->places, sizeof(*places));
        struct finding *of = &store->findings[finding];
        uint32_t number = (uint32_t)store->places_array.count;

        if (!places)
                return -ENOMEM;
        store->places = places;
        places[number] = (struct place){ line, batch, NONE };
        store->places_array.count++;
        if (of->n_places++)
                places[of->last_place].next = number;
        else
                of->first_place = number;
        of->last_place = number;
        return 0;
}

/* The finding gets what the sighting knows better. */
static void merge(struct finding *finding, const struct scan_sighting *sighting, uint32_t batch, uint32_t index)
{
        struct scan_sighting *known = &finding->sighting, other = *sighting;

        if (other.richness > known->richness) {
                struct scan_sighting richer = other;

                other = *known;
                *known = richer;
                finding->batch = batch;
                finding->index = index;
        }
        known->time = *scan_better_time(&known->time, &other.time);
        if (known->mono_usec == LOG_UNKNOWN)
                known->mono_usec = other.mono_usec;
        if (!known->host)
                known->host = other.host;
        if (!known->boot)
                known->boot = other.boot;
        for (size_t i = 0; i < SCAN_SIZES; i++)
                if (known->sizes[i] == OOM_UNKNOWN)
                        known->sizes[i] = other.sizes[i];
}

static int add_finding(struct scan_store *store, const struct scan_sighting *sighting, uint32_t batch, uint32_t index,
                       uint64_t hash, uint32_t *ret_number)
{
        struct finding *findings = grow(&store->findings_array, store->findings, sizeof(*findings));
        uint32_t number = (uint32_t)store->findings_array.count, *bucket;

        if (!findings)
                return -ENOMEM;
        if (number == NONE)
                return -EOVERFLOW;
        store->findings = findings;
        bucket = &store->buckets[hash & (store->n_buckets - 1)];
        findings[number] = (struct finding){ .sighting = *sighting, .batch = batch, .index = index, .next = *bucket };
        *bucket = number;
        store->findings_array.count++;
        *ret_number = number;
        return 0;
}

static int add_sighting(struct scan_store *store, const struct scan_sighting *sighting, const char *boot_id,
                        uint32_t batch, uint32_t index, uint32_t *ret_finding)
{
        uint64_t hash = scan_sameness_hash(sighting);
        int r = make_buckets(store);

        if (r < 0)
                return r;
        *ret_finding = find_same(store, sighting, hash);
        if (*ret_finding != NONE)
                merge(&store->findings[*ret_finding], sighting, batch, index);
        else
                r = add_finding(store, sighting, batch, index, hash, ret_finding);
        if (r < 0)
                return r;
        if (sighting->seq != LOG_UNKNOWN)
                alert_id(sighting->type, boot_id, (uint64_t)sighting->seq, (uint64_t)sighting->mono_usec,
                         store->findings[*ret_finding].id);
        return add_place(store, *ret_finding, batch, sighting->line);
}

static void batch_done(struct scan_batch *batch)
{
        free(batch->sightings);
        *batch = (struct scan_batch){ 0 };
}

int scan_store_add(struct scan_store *store, struct scan_batch *batch)
{
        _cleanup_(batch_done) struct scan_batch taken = *batch;
        struct batch *batches = grow(&store->batches_array, store->batches, sizeof(*batches));
        uint32_t number = (uint32_t)store->batches_array.count;
        uint32_t *findings;

        *batch = (struct scan_batch){ 0 };
        if (!batches)
                return -ENOMEM;
        store->batches = batches;
        findings = calloc(taken.count + 1, sizeof(*findings));
        if (!findings)
                return -ENOMEM;
        batches[number] = (struct batch){ taken.path, findings };
        store->batches_array.count++;
        for (uint32_t i = 0; i < taken.count; i++) {
                int r = add_sighting(store, &taken.sightings[i], taken.boot_id, number, i, &findings[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- out ---------------------------------------------------------------------------------------------------------------- */

static int64_t compare_times(int64_t a, int64_t b)
{
        if (a == b)
                return 0;
        if (a == LOG_UNKNOWN || b == LOG_UNKNOWN)
                return a == LOG_UNKNOWN ? 1 : -1;
        return a < b ? -1 : 1;
}

/* Those of one time stay as they came. */
static int compare_findings(const void *left, const void *right, void *userdata)
{
        const struct scan_store *store = userdata;
        uint32_t i = *(const uint32_t *)left, j = *(const uint32_t *)right;
        int64_t order = compare_times(store->findings[i].sighting.time.usec, store->findings[j].sighting.time.usec);

        return order ? (int)order : i < j ? -1 : i > j;
}

static void make_id(struct scan_store *store, uint32_t number, uint64_t nth)
{
        struct finding *finding = &store->findings[number];
        const struct scan_sighting *sighting = &finding->sighting;
        struct alert_log_key key = {
                .type = sighting->type,
                .host = text_from(sighting->host ? store->hosts[sighting->host - 1] : NULL),
                .comm = {sighting->comm, sighting->comm_length},
                .time_usec = sighting->time.usec,
                .mono_usec = sighting->mono_usec,
                .pid = sighting->pid,
                .nth = nth,
        };

        alert_log_id(&key, finding->id);
}

static uint32_t *id_bucket(const struct scan_store *store, const char *id)
{
        uint64_t value = 0;

        for (size_t i = 0; i < 16; i++)
                value = value << 4 | (uint64_t)(id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
        return &store->buckets[value & (store->n_buckets - 1)];
}

static bool has_id(const struct scan_store *store, const char *id)
{
        for (uint32_t at = *id_bucket(store, id); at != NONE; at = store->findings[at].next_id)
                if (strcmp(store->findings[at].id, id) == 0)
                        return true;
        return false;
}

/* Every finding has its id, another for each. The buckets are used for it: nothing more will be added. */
static void make_ids(struct scan_store *store, const uint32_t *order)
{
        memset(store->buckets, 0xff, store->n_buckets * sizeof(*store->buckets)); /* NONE */
        for (size_t i = 0; i < store->findings_array.count; i++) {
                struct finding *finding = &store->findings[order[i]];
                uint32_t *bucket;

                if (!finding->id[0])
                        make_id(store, order[i], 1);
                for (uint64_t nth = 2; has_id(store, finding->id); nth++)
                        make_id(store, order[i], nth);
                bucket = id_bucket(store, finding->id);
                finding->next_id = *bucket;
                *bucket = order[i];
        }
}

/* The block, with the time at its front ("2026-08-25 14:06:20 UTC ", alert/plain.h) as it is known now. */
static char *make_block(const char *block, size_t length, int64_t time_usec)
{
        char time[ALERT_TIME_SIZE], *text = NULL;
        struct text utc = TEXT(" UTC ");
        struct text rest = { block, length };

        if (!alert_time(time_usec, time))
                return strndup(block, length);
        if (length > BLOCK_TIME && text_starts(text_from_offset(rest, BLOCK_TIME - utc.length), utc))
                rest = text_from_offset(rest, BLOCK_TIME);
        if (asprintf(&text, "%.10s %.8s UTC %.*s", time, time + 11, (int)rest.length, rest.data) < 0)
                return NULL;
        return text;
}

/* What a finding is made of while it is given. */
struct giving {
        char *texts; /* as they were kept: JSON, block, raw */
        struct alert_place *places;
        struct scan_place *given_places;
        char *json, *block;
};

static int fill_places(const struct scan_store *store, const struct finding *finding, struct giving *giving)
{
        uint32_t place = finding->first_place;

        giving->places = calloc(finding->n_places, sizeof(*giving->places));
        giving->given_places = calloc(finding->n_places, sizeof(*giving->given_places));
        if (!giving->places || !giving->given_places)
                return -ENOMEM;
        for (size_t i = 0; i < finding->n_places; i++, place = store->places[place].next) {
                giving->places[i].path = giving->given_places[i].path = store->batches[store->places[place].batch].path;
                giving->places[i].line = giving->given_places[i].line = store->places[place].line;
        }
        return 0;
}

static int fill_texts(const struct scan_store *store, const struct finding *finding, struct giving *giving,
                      size_t *ret_json_length)
{
        const struct scan_sighting *sighting = &finding->sighting;
        size_t length = (size_t)sighting->json_length + sighting->block_length + sighting->raw_length;
        struct alert_completion completion = {
                .id = finding->id,
                .time_usec = sighting->time.usec,
                .doubts = sighting->time.doubts,
                .n_places = finding->n_places,
                .places = giving->places,
        };
        int r;

        giving->texts = malloc(length + 1);
        if (!giving->texts)
                return -ENOMEM;
        r = spool_file_read(&store->texts, sighting->offset, giving->texts, length);
        if (r < 0)
                return r;
        if (sighting->group_first != NONE)
                completion.group_first =
                        store->findings[store->batches[finding->batch].findings[sighting->group_first]].id;
        giving->json =
                alert_complete((struct text){ giving->texts, sighting->json_length }, &completion, ret_json_length);
        if (sighting->block_length)
                giving->block =
                        make_block(giving->texts + sighting->json_length, sighting->block_length, sighting->time.usec);
        return giving->json && (giving->block || !sighting->block_length) ? 0 : -ENOMEM;
}

static int give(const struct scan_store *store, const struct finding *finding, scan_finding_fn handler, void *userdata)
{
        const struct scan_sighting *sighting = &finding->sighting;
        struct scan_finding given = { .time_usec = sighting->time.usec, .time_doubts = sighting->time.doubts };
        struct giving giving = { 0 };
        int r = fill_places(store, finding, &giving);

        if (r == 0)
                r = fill_texts(store, finding, &giving, &given.json_length);
        if (r == 0) {
                given.json = giving.json;
                given.block = giving.block;
                if (sighting->raw_length)
                        given.raw = giving.texts + sighting->json_length + sighting->block_length;
                given.raw_length = sighting->raw_length;
                given.n_places = finding->n_places;
                given.places = giving.given_places;
                r = handler(&given, userdata);
        }
        free(giving.block);
        free(giving.json);
        free(giving.texts);
        free(giving.given_places);
        free(giving.places);
        return r;
}

int scan_store_each(struct scan_store *store, scan_finding_fn handler, void *userdata)
{
        size_t count = store->findings_array.count;
        uint32_t *order = calloc(count + 1, sizeof(*order));
        int r = 0;

        if (!order)
                return -ENOMEM;
        for (uint32_t i = 0; i < count; i++)
                order[i] = i;
        if (count > 0) {
                qsort_r(order, count, sizeof(*order), compare_findings, store);
                make_ids(store, order);
        }
        for (size_t i = 0; i < count && r == 0; i++)
                r = give(store, &store->findings[order[i]], handler, userdata);
        free(order);
        return r;
}
