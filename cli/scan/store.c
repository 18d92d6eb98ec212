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
        kept_texts_init(&store->texts, fd);
        (void)pthread_mutex_init(&store->lock, NULL); /* can't fail on Linux */
        *ret_store = store;
        return 0;
}

struct store *store_free(struct store *store)
{
        if (!store)
                return NULL;
        tdestroy(store->host_tree, free);
        for (size_t i = 0; i < store->n_batches; i++) {
                sighting_batch_done(&store->batches[i].batch);
                free(store->batches[i].findings);
        }
        free(store->hosts);
        free(store->batches);
        free(store->locations);
        free(store->findings);
        free(store->buckets);
        (void)pthread_mutex_destroy(&store->lock);
        kept_texts_done(&store->texts);
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

int store_keep_texts(struct store *store, struct text json, const struct alert_gaps *gaps, struct text block,
                     struct text raw, struct sighting *sighting)
{
        /* The JSON is ALERT_JSON_MAX at most; the others are shorter. */
        struct kept_header header = { (uint32_t)json.length, (uint32_t)block.length, (uint32_t)raw.length, *gaps };
        struct text texts[] = { { (const char *)&header, sizeof(header) }, json, block, raw };
        int r;

        sighting->kept_length = (uint32_t)(sizeof(header) + json.length + block.length + raw.length);
        (void)pthread_mutex_lock(&store->lock);
        r = kept_texts_add(&store->texts, texts, COUNT(texts), &sighting->offset);
        (void)pthread_mutex_unlock(&store->lock);
        return r;
}

int sighting_batch_add(struct sighting_batch *batch, const struct sighting *sighting)
{
        if (!array_reserve(batch->sightings, batch->n_sightings, &batch->n_allocated))
                return -ENOMEM;
        batch->sightings[batch->n_sightings++] = *sighting;
        return 0;
}

struct sighting_run *sighting_batch_run(struct sighting_batch *batch, struct sighting *sighting)
{
        struct sighting_run *run = sighting->run;

        if (run)
                return run;
        run = calloc(1, sizeof(*run));
        if (!run)
                return NULL;
        *run = (struct sighting_run){ batch->runs, 1, sighting->time, sighting->mono_usec };
        batch->runs = run;
        sighting->run = run;
        return run;
}

void sighting_batch_done(struct sighting_batch *batch)
{
        while (batch->runs) {
                struct sighting_run *run = batch->runs;

                batch->runs = run->next;
                free(run);
        }
        free(batch->sightings);
        *batch = (struct sighting_batch){ 0 };
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
                uint32_t *bucket = &buckets[dedup_hash(store->findings[i].sighting) & (count - 1)];

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
                if (dedup_match(store->findings[at].sighting, sighting, store->local_time))
                        return at;
        at = dedup_is_of_run(sighting) ? store->newest_of_runs : STORE_NONE;
        for (unsigned i = 0; at != STORE_NONE && i < STORE_COMPARED_MAX; i++, at = store->findings[at].next_of_runs)
                if (dedup_match(store->findings[at].sighting, sighting, store->local_time))
                        return at;
        return STORE_NONE;
}

static int append_location(struct store *store, struct stored_finding *finding, uint32_t batch, uint64_t line)
{
        uint32_t number = (uint32_t)store->n_locations;

        if (!array_reserve(store->locations, store->n_locations, &store->locations_capacity))
                return -ENOMEM;
        store->locations[number] = (struct stored_location){ line, batch, STORE_NONE };
        store->n_locations++;
        if (finding->first_location == STORE_NONE)
                finding->first_location = number;
        else
                store->locations[finding->last_location].next = number;
        finding->last_location = number;
        return 0;
}

/* One more, before the finding is merged with its sighting. */
static int add_location(struct store *store, struct stored_finding *finding, uint32_t batch, uint64_t line)
{
        int r = 0;

        if (finding->n_locations++ == 1)
                r = append_location(store, finding, finding->batch, finding->sighting->line);
        return r < 0 ? r : append_location(store, finding, batch, line);
}

/* Two logs have parts of one run: known's count, begin and end become those of both. run is known's. */
static void merge_runs(struct sighting *known, struct sighting_run *run, const struct sighting *sighting)
{
        struct sighting_run other = sighting_run_of(sighting);

        run->n_reports = dedup_is_apart(known, sighting)    ? run->n_reports + other.n_reports
                         : other.n_reports > run->n_reports ? other.n_reports
                                                            : run->n_reports;
        if (sighting->mono_usec != LOG_UNKNOWN && sighting->mono_usec < known->mono_usec)
                known->mono_usec = sighting->mono_usec;
        if (other.mono_usec != LOG_UNKNOWN && other.mono_usec > run->mono_usec)
                run->mono_usec = other.mono_usec;
        if (known->time.doubts != sighting->time.doubts || known->time.usec == LOG_UNKNOWN) {
                known->time = *dedup_better_time(&known->time, &sighting->time);
                run->time = *dedup_better_time(&run->time, &other.time);
                return;
        }
        if (sighting->time.usec < known->time.usec)
                known->time = sighting->time;
        if (other.time.usec > run->time.usec)
                run->time = other.time;
}

/* Does the sighting say more than the known one? A panic says how a report ended. */
static bool is_better(const struct sighting *sighting, const struct sighting *known)
{
        if (sighting->type != known->type)
                return sighting->type == ALERT_OOM_PANIC;
        return sighting->completeness > known->completeness ||
               (sighting->completeness == known->completeness &&
                sighting_run_of(sighting).n_reports > sighting_run_of(known).n_reports);
}

/* Takes over what the sighting knows better. */
static int merge(struct store *store, struct stored_finding *finding, struct sighting *sighting, uint32_t batch)
{
        struct sighting *known = finding->sighting;
        const struct sighting *other = sighting;
        struct sighting_run *run;

        if (is_better(sighting, known)) {
                finding->sighting = sighting;
                finding->batch = batch;
                other = known;
                known = sighting;
        }
        if (known->run || other->run) {
                run = sighting_batch_run(&store->batches[finding->batch].batch, known);
                if (!run)
                        return -ENOMEM;
                merge_runs(known, run, other);
        } else {
                known->time = *dedup_better_time(&known->time, &other->time);
        }
        if (!known->limit_hash)
                known->limit_hash = other->limit_hash;
        if (known->mono_usec == LOG_UNKNOWN)
                known->mono_usec = other->mono_usec;
        if (!known->host)
                known->host = other->host;
        if (!known->boot_hash)
                known->boot_hash = other->boot_hash;
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                if (known->sizes[i] == SIGHTING_SIZE_UNKNOWN)
                        known->sizes[i] = other->sizes[i];
        return 0;
}

static int add_sighting(struct store *store, struct sighting *sighting, const char *boot_id, uint32_t batch,
                        uint32_t *ret_finding)
{
        uint64_t hash = dedup_hash(sighting);
        uint32_t number;
        int r = make_buckets(store);

        if (r < 0)
                return r;
        number = find_match(store, sighting, hash);
        if (number != STORE_NONE) {
                r = add_location(store, &store->findings[number], batch, sighting->line);
                if (r == 0)
                        r = merge(store, &store->findings[number], sighting, batch);
                if (r < 0)
                        return r;
        } else {
                uint32_t *bucket = &store->buckets[hash & (store->n_buckets - 1)];

                if (!array_reserve(store->findings, store->n_findings, &store->findings_capacity))
                        return -ENOMEM;
                number = (uint32_t)store->n_findings;
                if (number == STORE_NONE)
                        return -EOVERFLOW;
                store->findings[number] = (struct stored_finding){ .sighting = sighting,
                                                                   .batch = batch,
                                                                   .next = *bucket,
                                                                   .first_location = STORE_NONE,
                                                                   .n_locations = 1 };
                *bucket = number;
                if (dedup_is_of_run(sighting)) {
                        store->findings[number].next_of_runs = store->newest_of_runs;
                        store->newest_of_runs = number;
                }
                store->n_findings++;
        }
        if (sighting->seq != LOG_UNKNOWN) {
                char id[33];

                alert_id(sighting->type, boot_id, (uint64_t)sighting->seq, (uint64_t)sighting->mono_usec, id);
                store->findings[number].id = stored_id_read(id);
        }
        *ret_finding = number;
        return 0;
}

/* Is a sighting of the batch one of a group whose first kill is known? */
static bool has_group(const struct sighting_batch *batch)
{
        for (size_t i = 0; i < batch->n_sightings; i++)
                if (batch->sightings[i].group_first != STORE_NONE)
                        return true;
        return false;
}

int store_add(struct store *store, struct sighting_batch *batch)
{
        uint32_t batch_number = (uint32_t)store->n_batches;
        struct stored_batch *stored;

        if (!array_reserve(store->batches, store->n_batches, &store->batches_capacity))
                return -ENOMEM;
        stored = &store->batches[batch_number];
        *stored = (struct stored_batch){ 0 };
        if (has_group(batch)) {
                stored->findings = calloc(batch->n_sightings, sizeof(*stored->findings));
                if (!stored->findings)
                        return -ENOMEM;
        }
        stored->batch = *batch;
        *batch = (struct sighting_batch){ 0 };
        store->n_batches++;
        for (size_t i = 0; i < stored->batch.n_sightings; i++) {
                uint32_t finding;
                int r = add_sighting(store, &stored->batch.sightings[i], stored->batch.boot_id, batch_number, &finding);

                if (r < 0)
                        return r;
                if (stored->findings)
                        stored->findings[i] = finding;
        }
        return 0;
}
