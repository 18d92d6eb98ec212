#include "scan/store.h"

#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "host/file.h"
#include "host/temporary.h"
#include "scan/dedup.h"
#include "scan/store_state.h"
#include "util/array.h"
#include "util/cleanup.h"

#define TABLE_FIRST 1024 /* buckets; a power of two */

int store_new(log_local_time_fn local_time, struct store **ret_store)
{
        struct store *store = calloc(1, sizeof(*store));
        int fd = store ? temporary_open() : -ENOMEM;

        if (fd < 0) {
                free(store);
                return fd;
        }
        store->local_time = local_time;
        store->newest_of_runs = STORE_NONE;
        store->texts_fd = fd;
        (void)pthread_mutex_init(&store->lock, NULL); /* can't fail on Linux */
        *ret_store = store;
        return 0;
}

struct store *store_free(struct store *store)
{
        if (!store)
                return NULL;
        tdestroy(store->host_tree, free);
        for (size_t i = 0; i < store->n_batches; i++)
                free(store->batches[i].findings);
        free(store->hosts);
        free(store->batches);
        free(store->locations);
        free(store->findings);
        free(store->buckets);
        (void)pthread_mutex_destroy(&store->lock);
        (void)close(store->texts_fd); /* nobody will read it */
        free(store);
        return NULL;
}

/* ---- for any thread ------------------------------------------------------------------------------------------------- */

static int compare_hosts(const void *left, const void *right)
{
        return text_compare(((const struct stored_host *)left)->name, ((const struct stored_host *)right)->name);
}

static int host_number(struct store *store, struct text name, uint32_t *ret_host)
{
        struct stored_host wanted = { .name = name }, *host;
        struct stored_host *const *found = tfind(&wanted, &store->host_tree, compare_hosts);

        if (found) {
                *ret_host = (*found)->number;
                return 0;
        }
        if (!array_reserve(store->hosts, store->n_hosts, &store->hosts_capacity))
                return -ENOMEM;
        host = calloc(1, sizeof(*host) + name.length + 1);
        if (!host)
                return -ENOMEM;
        memcpy(host->bytes, name.data, name.length);
        host->name = (struct text){ host->bytes, name.length };
        host->number = (uint32_t)store->n_hosts + 1;
        if (!tsearch(host, &store->host_tree, compare_hosts)) {
                free(host);
                return -ENOMEM;
        }
        store->hosts[store->n_hosts++] = host;
        *ret_host = host->number;
        return 0;
}

int store_host_number(struct store *store, struct text name, uint32_t *ret_host)
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

int store_keep_texts(struct store *store, struct text json, struct text block, struct text raw,
                     struct sighting *sighting)
{
        struct text texts[] = { json, block, raw };
        uint64_t offset;
        int r = 0;

        sighting->json_length = (uint32_t)json.length; /* ALERT_JSON_MAX; the others are shorter */
        sighting->block_length = (uint32_t)block.length;
        sighting->raw_length = (uint32_t)raw.length;
        (void)pthread_mutex_lock(&store->lock);
        offset = sighting->offset = store->texts_length;
        store->texts_length += json.length + block.length + raw.length;
        (void)pthread_mutex_unlock(&store->lock);
        for (size_t i = 0; i < COUNT(texts) && r == 0; i++) {
                r = file_write_all_at(store->texts_fd, texts[i].data, texts[i].length, offset);
                offset += texts[i].length;
        }
        return r;
}

int sighting_batch_add(struct sighting_batch *batch, const struct sighting *sighting)
{
        if (!array_reserve(batch->sightings, batch->n_sightings, &batch->n_allocated))
                return -ENOMEM;
        batch->sightings[batch->n_sightings++] = *sighting;
        return 0;
}

/* ---- findings -------------------------------------------------------------------------------------------------------- */

/* Keeps a bucket or more for each finding. */
static int make_buckets(struct store *store)
{
        size_t count = store->n_buckets ? 2 * store->n_buckets : TABLE_FIRST;
        uint32_t *buckets;

        if (store->n_findings < store->n_buckets)
                return 0;
        buckets = malloc(count * sizeof(*buckets));
        if (!buckets)
                return -ENOMEM;
        memset(buckets, 0xff, count * sizeof(*buckets)); /* STORE_NONE */
        for (uint32_t i = 0; i < store->n_findings; i++) {
                uint32_t *bucket = &buckets[dedup_hash(&store->findings[i].sighting) & (count - 1)];

                store->findings[i].next = *bucket;
                *bucket = i;
        }
        free(store->buckets);
        store->buckets = buckets;
        store->n_buckets = count;
        return 0;
}

static uint32_t find_match(const struct store *store, const struct sighting *sighting, uint64_t hash)
{
        uint32_t at = store->buckets[hash & (store->n_buckets - 1)];

        for (unsigned i = 0; at != STORE_NONE && i < STORE_COMPARED_MAX; i++, at = store->findings[at].next)
                if (dedup_match(&store->findings[at].sighting, sighting, store->local_time))
                        return at;
        at = dedup_is_of_run(sighting) ? store->newest_of_runs : STORE_NONE;
        for (unsigned i = 0; at != STORE_NONE && i < STORE_COMPARED_MAX; i++, at = store->findings[at].next_of_runs)
                if (dedup_match(&store->findings[at].sighting, sighting, store->local_time))
                        return at;
        return STORE_NONE;
}

static int add_location(struct store *store, uint32_t finding, uint32_t batch, uint64_t line)
{
        struct stored_finding *of = &store->findings[finding];
        uint32_t number = (uint32_t)store->n_locations;

        if (!array_reserve(store->locations, store->n_locations, &store->locations_capacity))
                return -ENOMEM;
        store->locations[number] = (struct stored_location){ line, batch, STORE_NONE };
        store->n_locations++;
        if (of->n_locations++)
                store->locations[of->last_location].next = number;
        else
                of->first_location = number;
        of->last_location = number;
        return 0;
}

/* Two logs have parts of one run: known's count, begin and end become those of both. */
static void merge_runs(struct sighting *known, const struct sighting *other)
{
        known->n_reports = dedup_is_apart(known, other)          ? known->n_reports + other->n_reports
                           : other->n_reports > known->n_reports ? other->n_reports
                                                                 : known->n_reports;
        if (other->mono_usec != LOG_UNKNOWN && other->mono_usec < known->mono_usec)
                known->mono_usec = other->mono_usec;
        if (other->last_mono_usec != LOG_UNKNOWN && other->last_mono_usec > known->last_mono_usec)
                known->last_mono_usec = other->last_mono_usec;
        if (known->time.doubts != other->time.doubts || known->time.usec == LOG_UNKNOWN) {
                known->time = *dedup_better_time(&known->time, &other->time);
                known->last_time = *dedup_better_time(&known->last_time, &other->last_time);
                return;
        }
        if (other->time.usec < known->time.usec)
                known->time = other->time;
        if (other->last_time.usec > known->last_time.usec)
                known->last_time = other->last_time;
}

/* Does the sighting say more than the known one? A panic says how a report ended. */
static bool is_better(const struct sighting *sighting, const struct sighting *known)
{
        if (sighting->type != known->type)
                return sighting->type == ALERT_OOM_PANIC;
        return sighting->completeness > known->completeness ||
               (sighting->completeness == known->completeness && sighting->n_reports > known->n_reports);
}

/* Takes over what the sighting knows better. */
static void merge(struct stored_finding *finding, const struct sighting *sighting, uint32_t batch)
{
        struct sighting *known = &finding->sighting, other = *sighting;

        if (is_better(&other, known)) {
                struct sighting more_complete = other;

                other = *known;
                *known = more_complete;
                finding->batch = batch;
        }
        if (known->n_reports > 1 || other.n_reports > 1)
                merge_runs(known, &other);
        else
                known->time = *dedup_better_time(&known->time, &other.time);
        if (!known->limit_hash)
                known->limit_hash = other.limit_hash;
        if (known->mono_usec == LOG_UNKNOWN)
                known->mono_usec = other.mono_usec;
        if (!known->host)
                known->host = other.host;
        if (!known->boot_hash)
                known->boot_hash = other.boot_hash;
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                if (known->sizes[i] == OOM_UNKNOWN)
                        known->sizes[i] = other.sizes[i];
}

static int add_sighting(struct store *store, const struct sighting *sighting, const char *boot_id, uint32_t batch,
                        uint32_t *ret_finding)
{
        uint64_t hash = dedup_hash(sighting);
        uint32_t number;
        int r = make_buckets(store);

        if (r < 0)
                return r;
        number = find_match(store, sighting, hash);
        if (number != STORE_NONE) {
                merge(&store->findings[number], sighting, batch);
        } else {
                uint32_t *bucket = &store->buckets[hash & (store->n_buckets - 1)];

                if (!array_reserve(store->findings, store->n_findings, &store->findings_capacity))
                        return -ENOMEM;
                number = (uint32_t)store->n_findings;
                if (number == STORE_NONE)
                        return -EOVERFLOW;
                store->findings[number] =
                        (struct stored_finding){ .sighting = *sighting, .batch = batch, .next = *bucket };
                *bucket = number;
                if (dedup_is_of_run(sighting)) {
                        store->findings[number].next_of_runs = store->newest_of_runs;
                        store->newest_of_runs = number;
                }
                store->n_findings++;
        }
        if (sighting->seq != LOG_UNKNOWN)
                alert_id(sighting->type, boot_id, (uint64_t)sighting->seq, (uint64_t)sighting->mono_usec,
                         store->findings[number].id);
        *ret_finding = number;
        return add_location(store, number, batch, sighting->line);
}

static void batch_done(struct sighting_batch *batch)
{
        free(batch->sightings);
        *batch = (struct sighting_batch){ 0 };
}

int store_add(struct store *store, struct sighting_batch *batch)
{
        _cleanup_(batch_done) struct sighting_batch taken = *batch;
        uint32_t number = (uint32_t)store->n_batches;
        uint32_t *findings;

        *batch = (struct sighting_batch){ 0 };
        if (!array_reserve(store->batches, store->n_batches, &store->batches_capacity))
                return -ENOMEM;
        findings = calloc(taken.n_sightings + 1, sizeof(*findings));
        if (!findings)
                return -ENOMEM;
        store->batches[number] = (struct stored_batch){ taken.path, findings };
        store->n_batches++;
        for (uint32_t i = 0; i < taken.n_sightings; i++) {
                int r = add_sighting(store, &taken.sightings[i], taken.boot_id, number, &findings[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}
