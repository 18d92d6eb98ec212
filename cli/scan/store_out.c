/* cli/scan/store_out.c: the findings in their order, with ids, their texts completed by what all logs together know. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/completion.h"
#include "killer/claim.h"
#include "scan/retold.h"
#include "scan/store_state.h"
#include "util/cleanup.h"
#include "util/rfc3339.h"

#define BLOCK_TIME 24 /* "2026-08-25 14:06:20 UTC " */

static int64_t compare_times(int64_t a, int64_t b)
{
        if (a == b)
                return 0;
        if (a == LOG_UNKNOWN || b == LOG_UNKNOWN)
                return a == LOG_UNKNOWN ? 1 : -1;
        return a < b ? -1 : 1;
}

/* Findings of one time stay in the order of store_add(). */
static int compare_findings(const void *left, const void *right, void *userdata)
{
        const struct store *store = userdata;
        uint32_t i = *(const uint32_t *)left, j = *(const uint32_t *)right;
        int64_t order = compare_times(store->findings[i].sighting->time.usec, store->findings[j].sighting->time.usec);

        return order ? (int)order : i < j ? -1 : i > j;
}

static void make_id(struct store *store, uint32_t number, uint64_t nth)
{
        struct stored_finding *finding = &store->findings[number];
        const struct sighting *sighting = finding->sighting;
        struct alert_log_key key = {
                .type = sighting->type,
                .host = sighting->host ? store->hosts[sighting->host - 1]->name : (struct text){ 0 },
                .comm = { sighting->comm, sighting->comm_length },
                .time_usec = sighting->time.usec,
                .mono_usec = sighting->mono_usec,
                .pid = sighting->pid,
                .nth = nth,
        };
        char id[33];

        alert_log_id(&key, id);
        finding->id = stored_id_read(id);
}

static uint32_t *id_bucket(const struct store *store, struct stored_id id)
{
        return &store->buckets[id.high & (store->n_buckets - 1)];
}

static bool has_id(const struct store *store, struct stored_id id)
{
        for (uint32_t at = *id_bucket(store, id); at != STORE_NONE; at = store->findings[at].next)
                if (store->findings[at].id.high == id.high && store->findings[at].id.low == id.low)
                        return true;
        return false;
}

/* Gives every finding an id of its own. Uses the buckets, since nothing will be added. */
static void make_ids(struct store *store, const uint32_t *order)
{
        memset(store->buckets, 0xff, store->n_buckets * sizeof(*store->buckets)); /* STORE_NONE */
        for (size_t i = 0; i < store->n_findings; i++) {
                struct stored_finding *finding = &store->findings[order[i]];
                uint32_t *bucket;

                if (!finding->id.high && !finding->id.low)
                        make_id(store, order[i], 1);
                for (uint64_t nth = 2; has_id(store, finding->id); nth++)
                        make_id(store, order[i], nth);
                bucket = id_bucket(store, finding->id);
                finding->next = *bucket;
                *bucket = order[i];
        }
}

static void show_id(struct stored_id id, char ret_id[static 33])
{
        (void)snprintf(ret_id, 33, "%016" PRIx64 "%016" PRIx64, id.high, id.low); /* it fits */
}

static void fill_locations(const struct store *store, const struct stored_finding *stored,
                           struct alert_location *locations)
{
        uint32_t at = stored->first_location;

        locations[0] = (struct alert_location){ store->batches[stored->batch].batch.path, stored->sighting->line };
        for (size_t i = 0; i < stored->n_locations && at != STORE_NONE; i++, at = store->locations[at].next) {
                locations[i].path = store->batches[store->locations[at].batch].batch.path;
                locations[i].line = store->locations[at].line;
        }
}

/* The block with the time in front ("2026-08-25 14:06:20 UTC ", alert/plain.h) that is known by now. */
static char *make_block(const char *block, size_t length, int64_t time_usec)
{
        char time[RFC3339_SIZE], *text = NULL;
        struct text utc = TEXT(" UTC ");
        struct text rest = { block, length };

        if (!rfc3339_format(time_usec, time))
                return strndup(block, length);
        if (length > BLOCK_TIME && text_starts(text_from_offset(rest, BLOCK_TIME - utc.length), utc))
                rest = text_from_offset(rest, BLOCK_TIME);
        if (asprintf(&text, "%.10s %.8s UTC %.*s", time, time + 11, (int)rest.length, rest.data) < 0)
                return NULL;
        return text;
}

static int emit(struct store *store, const struct stored_finding *stored, finding_fn handler, void *userdata)
{
        const struct sighting *sighting = stored->sighting;
        const struct sighting_run run = sighting_run_of(sighting);
        _cleanup_(freep) struct alert_location *locations = calloc(stored->n_locations, sizeof(*locations));
        _cleanup_(freep) char *json = NULL, *block = NULL;
        struct kept_header header;
        const char *texts; /* as they were kept */
        char id[33], group_first[33];
        struct alert_completion completion = {
                .id = id,
                .time_usec = sighting->time.usec,
                .doubts = sighting->time.doubts,
                .n_reports = run.n_reports,
                .until_usec = run.time.usec,
                .n_locations = stored->n_locations,
                .locations = locations,
        };
        struct finding finding = {
                .time_usec = sighting->time.usec,
                .time_doubts = sighting->time.doubts,
                .killer = sighting->type == ALERT_USER_KILL ? killer_name((enum killer)sighting->killer) : "kernel",
                .n_locations = stored->n_locations,
                .locations = locations,
        };
        int r;

        if (!locations)
                return -ENOMEM;
        fill_locations(store, stored, locations);
        show_id(stored->id, id);
        r = kept_texts_read(&store->texts, sighting->offset, sighting->kept_length, &texts);
        if (r < 0)
                return r; /* NOLINT(clang-analyzer-unix.Malloc): _cleanup_ frees it */
        memcpy(&header, texts, sizeof(header));
        texts += sizeof(header);
        if (sighting->group_first != STORE_NONE) {
                show_id(store->findings[store->batches[stored->batch].findings[sighting->group_first]].id, group_first);
                completion.group_first = group_first;
        }
        json = alert_complete((struct text){ texts, header.json_length }, &header.gaps, &completion,
                              &finding.json_length);
        if (header.block_length)
                block = make_block(texts + header.json_length, header.block_length, sighting->time.usec);
        if (!json || (header.block_length && !block))
                return -ENOMEM; /* NOLINT(clang-analyzer-unix.Malloc): _cleanup_ frees it */
        finding.json = json;
        finding.block = block;
        finding.raw_length = header.raw_length;
        if (header.raw_length)
                finding.raw = texts + header.json_length + header.block_length;
        return handler(&finding, userdata);
}

int store_each(struct store *store, finding_fn handler, void *userdata)
{
        size_t count = store->n_findings;
        _cleanup_(freep) uint32_t *order = calloc(count + 1, sizeof(*order));
        int r = 0;

        if (!order)
                return -ENOMEM;
        for (uint32_t i = 0; i < count; i++)
                order[i] = i;
        if (count > 0) {
                qsort_r(order, count, sizeof(*order), compare_findings, store);
                make_ids(store, order);
                retold_mark(store, order);
        }
        for (size_t i = 0; i < count && r == 0; i++)
                if (!store->findings[order[i]].sighting->is_told)
                        r = emit(store, &store->findings[order[i]], handler, userdata);
        return r; /* NOLINT(clang-analyzer-unix.Malloc): _cleanup_ frees it */
}
