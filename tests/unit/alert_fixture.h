/* tests/unit/alert_fixture.h: incidents for the tests of lib/alert, and their alerts. */

#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "alert/json.h"
#include "harness.h"
#include "util/utf8.h"

#define BOOT "9f5c0e1d2b3a49588776655443322110"

static const struct machine_identity host = { "web1", "0123456789abcdef0123456789abcdef", BOOT, "6.1.0-56-amd64" };

/* An incident with its report, of which nothing is known but, where a process was killed, which: the lines that tell of
 * a kill all have the pid. */
struct fixture {
        struct oom_report report;
        struct oom_incident incident;
        struct alert_context context;
        struct oom_verdict verdict; /* in place of the one that lib/oom would make */
        bool has_verdict;
        struct alert alert;
        char *json;
        size_t json_length;
        struct json_object *parsed;
};

static inline struct fixture *fixture_new(enum oom_type type)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        struct oom_victim *victim;

        ck_assert_ptr_nonnull(fixture);
        oom_report_clear(&fixture->report, 4700, 1000000);
        victim = &fixture->incident.victim;
        victim->pid = victim->uid = victim->total_vm_bytes = victim->anon_rss_bytes = OOM_UNKNOWN;
        victim->file_rss_bytes = victim->shmem_rss_bytes = victim->pgtables_bytes = OOM_UNKNOWN;
        victim->oom_score_adj = victim->score = victim->rss_bytes = victim->swap_bytes = OOM_UNKNOWN;
        if (type == OOM_TYPE_KILL || type == OOM_TYPE_UNREAPABLE)
                victim->pid = 1234;
        fixture->incident.chosen_pid = OOM_UNKNOWN;
        fixture->incident.type = type;
        fixture->incident.seq = 4711;
        fixture->incident.mono_usec = 1000000;
        fixture->incident.group_first_seq = UINT64_MAX;
        fixture->incident.report = &fixture->report;
        fixture->context.kind = ALERT_SOURCE_KMSG;
        fixture->context.time_usec = OOM_UNKNOWN;
        fixture->context.machine = (struct oom_machine){ OOM_UNKNOWN, OOM_UNKNOWN };
        return fixture;
}

static inline void fixture_add_stat(struct oom_memcg *memcg, const char *name, int64_t value)
{
        struct oom_stat *stat = &memcg->stats[memcg->n_stats++];

        stat->name_length = (uint8_t)strlen(name);
        memcpy(stat->name, name, strlen(name));
        stat->value = value;
}

/* 50 MiB, all of it used; 10 MiB of swap, half of it used. */
static inline void fixture_fill_limit(struct oom_memcg *memcg)
{
        memcg->usages[OOM_USAGE_MEMORY] = (struct oom_usage){ 52428800, 52428800, 658 };
        memcg->usages[OOM_USAGE_SWAP] = (struct oom_usage){ 5242880, 10485760, 0 };
        memcg->usages[OOM_USAGE_KMEM] = (struct oom_usage){ 1048576, OOM_UNLIMITED, 0 };
        fixture_add_stat(memcg, "anon", 48234496);
        fixture_add_stat(memcg, "file", 0);
        fixture_add_stat(memcg, "Anon\n", 1); /* no name of the kernel's */
        fixture_add_stat(memcg, "pgfault", 12345);
}

static inline struct oom_candidate fixture_candidate(int64_t pid, const char *comm, int64_t rss_bytes, int64_t adj)
{
        struct oom_candidate candidate = { .pid = pid,
                                           .uid = 33,
                                           .rss_bytes = rss_bytes,
                                           .swap_bytes = 4096,
                                           .pgtables_bytes = 131072,
                                           .oom_score_adj = adj,
                                           .badness = rss_bytes / 4096 + 33,
                                           .is_killable = adj != -1000 };

        oom_name_set(&candidate.comm, text_from(comm));
        return candidate;
}

/* The victim was the worst of three. */
static inline void fixture_fill_verdict(struct fixture *fixture)
{
        struct oom_verdict *verdict = &fixture->verdict;
        struct oom_tasks *tasks = &fixture->report.tasks;

        *verdict = (struct oom_verdict){ .page_size_bytes = 4096,
                                         .totalpages_bytes = 62914560,
                                         .kind = OOM_VERDICT_CONSISTENT,
                                         .rank = 1,
                                         .ties = 0,
                                         .candidates_total = 3,
                                         .has_chosen = true,
                                         .has_victim = true,
                                         .n_candidates = 3 };
        verdict->candidates[0] = fixture_candidate(1234, "nginx", 34603008, -500);
        verdict->candidates[1] = fixture_candidate(1200, "helper", 1048576, 0);
        verdict->candidates[2] = fixture_candidate(1100, "guard", 2097152, -1000);
        verdict->candidates[2].badness = OOM_UNKNOWN;
        verdict->n_holders = 3;
        verdict->holders[0] = verdict->candidates[0];
        verdict->holders[1] = verdict->candidates[2];
        verdict->holders[2] = verdict->candidates[1];
        verdict->chosen = verdict->victim = verdict->candidates[0];
        fixture->has_verdict = true;
        tasks->is_known = tasks->is_complete = true;
        tasks->count = 3;
        tasks->n_unkillable = 1;
        tasks->sums[OOM_COLUMN_RSS] = 37748736 / 4096;
        tasks->sums[OOM_COLUMN_SWAPENTS] = 3;
}

/* A machine of 1 GiB with one node and two zones. */
static inline void fixture_fill_memory(struct oom_memory *memory)
{
        struct oom_zone *zones = memory->zones;

        memory->is_known = true;
        memory->page_size_bytes = 4096;
        memory->ram_pages = 266240;
        memory->reserved_pages = 4096;
        memory->swap_total_bytes = 1073741824;
        memory->swap_free_bytes = 4096;
        memory->pagecache_pages = 1000;
        memory->pages[OOM_COUNTER_FREE] = 5120;
        memory->pages[OOM_COUNTER_ACTIVE_ANON] = 200000;
        memory->pages[OOM_COUNTER_PAGES_SCANNED] = 17;
        memory->n_nodes = 1;
        memory->n_zones = 2;
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                memory->nodes[0].counters[i] = zones[0].counters[i] = zones[1].counters[i] = OOM_UNKNOWN;
        for (size_t i = 0; i < OOM_ORDERS_MAX; i++)
                zones[0].free_blocks[i] = zones[1].free_blocks[i] = i <= 10 ? 0 : OOM_UNKNOWN;
        memory->nodes[0].number = zones[0].node = zones[1].node = 0;
        memory->nodes[0].counters[OOM_COUNTER_ACTIVE_ANON] = 819200000;
        memory->nodes[0].counters[OOM_COUNTER_PAGES_SCANNED] = 17;
        memory->nodes[0].all_unreclaimable = 1;
        zones[0].name_length = 3;
        memcpy(zones[0].name, "DMA", 3);
        zones[0].counters[OOM_COUNTER_FREE] = 4194304;
        zones[0].counters[OOM_COUNTER_MIN] = 0;
        zones[0].free_blocks[10] = 1;
        zones[0].all_unreclaimable = OOM_UNKNOWN;
        zones[1] = zones[0];
        zones[1].name_length = 5;
        memcpy(zones[1].name, "DMA32", 5);
        zones[1].free_blocks[10] = 0;
        zones[1].free_blocks[2] = 256;
        memory->n_hugepages = memory->n_slabs = memory->n_allocations = 1;
        memory->hugepages[0] = (struct oom_hugepages){ 0, 4, 4, 0, 2097152 };
        memory->slabs[0] =
                (struct oom_slab){ .name_length = 6, .name = "dentry", .used_bytes = 8192, .total_bytes = 12288 };
        memory->allocations[0] =
                (struct oom_allocation){ .bytes = 4096, .calls = 2, .where_length = 4, .where = "mm/x" };
}

/* A kill in a service with a memory limit, with everything that is ever printed. */
static inline struct fixture *fixture_new_kill(void)
{
        struct fixture *fixture = fixture_new(OOM_TYPE_KILL);
        struct oom_victim *victim = &fixture->incident.victim;
        struct oom_trigger *trigger = &fixture->report.trigger;

        fixture->context.host = &host;
        fixture->context.time_usec = 1767323045678901;
        fixture->context.time_source = ALERT_TIME_ARRIVAL;
        fixture->context.victim_user = TEXT("www-data");
        fixture->context.victim_cmdline = TEXT("nginx: worker process");
        fixture->report.parts =
                OOM_PART_HEADER | OOM_PART_TASK | OOM_PART_SUMMARY | OOM_PART_KILLED | OOM_PART_MEMCG | OOM_PART_TASKS;
        fixture->report.scope = OOM_SCOPE_MEMCG;
        fixture->report.constraint = OOM_CONSTRAINT_MEMCG;
        oom_path_set(&fixture->report.limit_memcg, TEXT("/system.slice/nginx.service"));
        trigger->pid = 1233;
        oom_name_set(&trigger->comm, TEXT("nginx"));
        trigger->gfp_mask = 0xcc0;
        oom_path_set(&trigger->gfp_flags, TEXT("GFP_KERNEL"));
        trigger->order = 0;
        trigger->oom_score_adj = 0;
        victim->pid = 1234;
        oom_name_set(&victim->comm, TEXT("nginx"));
        victim->uid = 33;
        victim->total_vm_bytes = 104857600;
        victim->anon_rss_bytes = 33554432;
        victim->file_rss_bytes = 1048576;
        victim->shmem_rss_bytes = 0;
        victim->pgtables_bytes = 131072;
        victim->oom_score_adj = -500;
        oom_path_set(&victim->task_memcg, TEXT("/system.slice/nginx.service"));
        fixture->incident.chosen_pid = 1234;
        fixture_fill_limit(&fixture->report.memcg);
        fixture_fill_verdict(fixture);
        return fixture;
}

static inline void fixture_render(struct fixture *fixture)
{
        alert_from_incident(&fixture->incident, &fixture->context, &fixture->alert);
        if (fixture->has_verdict && fixture->alert.has_verdict) {
                fixture->alert.verdict = fixture->verdict;
                oom_explain(&fixture->incident, &fixture->verdict, &fixture->alert.explanation);
        }
        fixture->json = alert_to_json(&fixture->alert, &fixture->json_length);
        ck_assert_ptr_nonnull(fixture->json);
        ck_assert_uint_eq(strlen(fixture->json), fixture->json_length);
        ck_assert(utf8_is_valid(text_from(fixture->json)));
        ck_assert_ptr_null(strchr(fixture->json, '\n'));
        fixture->parsed = json_tokener_parse(fixture->json);
        ck_assert_ptr_nonnull(fixture->parsed);
}

static inline void fixture_free(struct fixture *fixture)
{
        (void)json_object_put(fixture->parsed);
        free(fixture->json);
        alert_done(&fixture->alert);
        free(fixture);
}

/* --- what came of it ------------------------------------------------------------------------------------------------ */

/* The value at "victim.comm"; NULL when absent. */
static inline struct json_object *at(const struct fixture *fixture, const char *path)
{
        struct json_object *value = fixture->parsed;
        char copy[128];
        char *save = NULL;

        ck_assert_int_lt(snprintf(copy, sizeof(copy), "%s", path), (int)sizeof(copy));
        for (char *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
                if (!json_object_object_get_ex(value, key, &value))
                        return NULL;
        return value;
}

static inline void check_string(const struct fixture *fixture, const char *path, struct text expected)
{
        struct json_object *value = at(fixture, path);

        ck_assert_msg(json_object_is_type(value, json_type_string), "%s is no string", path);
        ck_assert_msg(
                text_equal((struct text){ json_object_get_string(value), (size_t)json_object_get_string_len(value) },
                           expected),
                "%s: %s", path, json_object_get_string(value));
}

static inline void check_number(const struct fixture *fixture, const char *path, int64_t expected)
{
        struct json_object *value = at(fixture, path);

        ck_assert_msg(json_object_is_type(value, json_type_int), "%s is no number", path);
        ck_assert_msg(json_object_get_int64(value) == expected, "%s: %s", path, json_object_get_string(value));
}

static inline void check_json(const struct fixture *fixture, const char *path, const char *expected)
{
        ck_assert_str_eq(json_object_to_json_string_ext(at(fixture, path),
                                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                         expected);
}

/* --- the worst -------------------------------------------------------------------------------------------------------- */

/* Every number that there is room for, as long as numbers get. */
static inline void fixture_fill_worst_memory(struct oom_memory *memory)
{
        const int64_t large = INT64_MAX / 4096;

        memory->is_known = memory->is_cut = true;
        memory->page_size_bytes = 4096;
        memory->ram_pages = memory->highmem_pages = memory->cma_reserved_pages = memory->hwpoisoned_pages = large;
        memory->pagecache_pages = memory->swapcache_pages = memory->swap_total_bytes = memory->swap_free_bytes = large;
        memory->reserved_pages = 1;
        memory->n_nodes = OOM_NODES_MAX;
        memory->n_zones = OOM_ZONES_MAX;
        memory->n_hugepages = OOM_HUGEPAGES_MAX;
        memory->n_slabs = OOM_SLABS_MAX;
        memory->n_allocations = OOM_ALLOCATIONS_MAX;
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++)
                memory->pages[i] = large;
        memset(memory->nodes, 0x7f, sizeof(memory->nodes));
        memset(memory->zones, 0x7f, sizeof(memory->zones));
        memset(memory->hugepages, 0x7f, sizeof(memory->hugepages));
        memset(memory->slabs, 0x7f, sizeof(memory->slabs));
        memset(memory->allocations, 0x7f, sizeof(memory->allocations));
        for (size_t i = 0; i < OOM_ZONES_MAX; i++) {
                memset(memory->zones[i].name, 0xff, OOM_ZONE_NAME_MAX);
                memory->zones[i].name_length = OOM_ZONE_NAME_MAX;
        }
        for (size_t i = 0; i < OOM_SLABS_MAX; i++) {
                memset(memory->slabs[i].name, 0xff, OOM_STAT_NAME_MAX);
                memory->slabs[i].name_length = OOM_STAT_NAME_MAX;
        }
        for (size_t i = 0; i < OOM_ALLOCATIONS_MAX; i++) {
                memset(memory->allocations[i].where, 0xff, sizeof(memory->allocations[i].where));
                memory->allocations[i].where_length = sizeof(memory->allocations[i].where);
        }
}

static inline void fixture_fill_worst_verdict(struct fixture *fixture, struct text comm)
{
        struct oom_verdict *verdict = &fixture->verdict;

        for (size_t i = 0; i < OOM_CANDIDATES_MAX; i++) {
                verdict->candidates[i] = fixture_candidate(INT32_MAX - (int64_t)i, "", INT64_MAX / 4, -999);
                oom_name_set(&verdict->candidates[i].comm, comm);
        }
        verdict->n_candidates = OOM_CANDIDATES_MAX;
        verdict->candidates_total = INT64_MAX;
        for (size_t i = 0; i < OOM_HOLDERS_MAX; i++)
                verdict->holders[i] = verdict->candidates[i];
        verdict->n_holders = OOM_HOLDERS_MAX;
        verdict->kind = OOM_VERDICT_INCONSISTENT;
        verdict->chosen = verdict->candidates[OOM_CANDIDATES_MAX - 1];
}

/* Everything at its limit, of bytes that grow most when mended. */
static inline struct fixture *fixture_new_worst(void)
{
        struct fixture *fixture = fixture_new_kill();
        static char path[OOM_PATH_MAX + 1];
        struct text bytes = { path, sizeof(path) };
        struct oom_memcg *memcg = &fixture->report.memcg;

        /* An escape is six bytes of JSON, and that not all is UTF-8 costs two more for each. */
        memset(path, 0x01, sizeof(path));
        path[0] = '/';
        path[1] = (char)0xff;
        oom_name_set(&fixture->incident.victim.comm, bytes);
        oom_name_set(&fixture->report.trigger.comm, bytes);
        oom_path_set(&fixture->incident.victim.task_memcg, bytes);
        oom_path_set(&fixture->report.limit_memcg, bytes);
        oom_path_set(&fixture->report.trigger.gfp_flags, (struct text){ path, OOM_GFP_MAX });
        oom_path_set(&fixture->incident.group_memcg, bytes);
        fixture->incident.is_group_member = true;
        fixture->context.victim_cmdline = bytes;
        fixture->context.victim_user = (struct text){ path, 255 };
        for (enum oom_usage_kind kind = 0; kind < OOM_USAGE_COUNT; kind++)
                memcg->usages[kind] = (struct oom_usage){ INT64_MAX - 1, INT64_MAX - 1, INT64_MAX };
        memset(memcg->stats, 'x', sizeof(memcg->stats));
        memcg->n_stats = OOM_STATS_MAX;
        for (size_t i = 0; i < OOM_STATS_MAX; i++) {
                memcg->stats[i].name_length = OOM_STAT_NAME_MAX;
                memcg->stats[i].name[0] = (char)('a' + i % 26);
                memcg->stats[i].name[1] = (char)('a' + i / 26);
                memcg->stats[i].value = INT64_MAX;
        }
        fixture_fill_worst_memory(&fixture->report.memory);
        fixture_fill_worst_verdict(fixture, bytes);
        return fixture;
}
