/* tests/unit/alert_fixture.h: incidents for the tests of lib/alert, and their alerts. */

#pragma once

#include <json-c/json.h>

#include "alert/json.h"
#include "harness.h"
#include "util/utf8.h"

#define BOOT "9f5c0e1d2b3a49588776655443322110"

static const struct alert_host host = { "web1", "0123456789abcdef0123456789abcdef", BOOT, "6.1.0-56-amd64" };

/* An incident with its report, of which nothing is known. */
struct fixture {
        struct oom_report report;
        struct oom_incident incident;
        struct alert_context context;
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
        victim->oom_score_adj = victim->score = OOM_UNKNOWN;
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
        fixture->report.parts = OOM_PART_HEADER | OOM_PART_TASK | OOM_PART_SUMMARY | OOM_PART_KILLED;
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
        return fixture;
}

static inline void fixture_render(struct fixture *fixture)
{
        ck_assert_int_eq(alert_from_incident(&fixture->incident, &fixture->context, &fixture->alert), 0);
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

/* Everything at its limit, of bytes that grow most when mended. */
static inline struct fixture *fixture_new_worst(void)
{
        struct fixture *fixture = fixture_new_kill();
        static char path[OOM_PATH_MAX + 1];
        struct text bytes = { path, sizeof(path) };

        memset(path, 0xff, sizeof(path));
        path[0] = '/';
        oom_name_set(&fixture->incident.victim.comm, bytes);
        oom_name_set(&fixture->report.trigger.comm, bytes);
        oom_path_set(&fixture->incident.victim.task_memcg, bytes);
        oom_path_set(&fixture->report.limit_memcg, bytes);
        oom_path_set(&fixture->report.trigger.gfp_flags, bytes);
        oom_path_set(&fixture->incident.group_memcg, bytes);
        fixture->incident.group_member = true;
        fixture->context.victim_cmdline = bytes;
        fixture->context.victim_user = bytes;
        return fixture;
}
