/* lib/alert/json_report.h: the report's figures and the verdict in JSON, and how large an alert can be. */

#include <sys/socket.h>
#include <unistd.h>

#include "alert/plain.h"
#include "alert/summary.h"
#include "alert_fixture.h"
#include "common/spool.h"
#include "notify/sink.h"

START_TEST(test_memory_in_json)
{
        struct fixture *fixture = fixture_new_kill();

        fixture->report.scope = OOM_SCOPE_GLOBAL;
        fixture_fill_memory(&fixture->report.memory);
        fixture_render(fixture);
        check_json(
                fixture, "memory",
                "{\"page_size_bytes\":4096,\"total_bytes\":1073741824,\"swap_total_bytes\":1073741824,"
                "\"swap_free_bytes\":4096,\"free_bytes\":20971520,\"active_anon_bytes\":819200000,\"pages_scanned\":17,"
                "\"pagecache_bytes\":4096000,\"ram_bytes\":1090519040,\"reserved_bytes\":16777216,"
                "\"nodes\":[{\"node\":0,\"active_anon_bytes\":819200000,\"pages_scanned\":17,"
                "\"all_unreclaimable\":true}],"
                "\"zones\":[{\"node\":0,\"name\":\"DMA\",\"free_bytes\":4194304,\"min_bytes\":0,"
                "\"largest_free_order\":10},"
                "{\"node\":0,\"name\":\"DMA32\",\"free_bytes\":4194304,\"min_bytes\":0,\"largest_free_order\":2}],"
                "\"hugepages\":[{\"node\":0,\"size_bytes\":2097152,\"total\":4,\"free\":4,\"surplus\":0}],"
                "\"slabs\":[{\"name\":\"dentry\",\"used_bytes\":8192,\"total_bytes\":12288}],"
                "\"allocations\":[{\"where\":\"mm/x\",\"bytes\":4096,\"calls\":2}]}");
        fixture_free(fixture);

        fixture = fixture_new_kill(); /* what counts pages is unknown without their size */
        fixture_fill_memory(&fixture->report.memory);
        fixture->report.memory.page_size_bytes = fixture->verdict.page_size_bytes = OOM_UNKNOWN;
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "memory.page_size_bytes"));
        ck_assert_ptr_null(at(fixture, "memory.total_bytes"));
        ck_assert_ptr_null(at(fixture, "memory.free_bytes"));
        check_number(fixture, "memory.swap_free_bytes", 4096);
        check_number(fixture, "memory.pages_scanned", 17);
        ck_assert_uint_eq(json_object_array_length(at(fixture, "memory.zones")), 2);
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture_fill_memory(&fixture->report.memory);
        fixture->report.memory.is_doubtful = true;
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "memory"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture_fill_memory(&fixture->report.memory);
        fixture->report.memory.is_cut = true;
        fixture_render(fixture);
        ck_assert(json_object_get_boolean(at(fixture, "memory.cut")));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_limits_by_cgroup_version)
{
        struct fixture *fixture = fixture_new_kill();

        /* Version 1 counts memory and swap together. */
        fixture->report.memcg.usages[OOM_USAGE_MEMSW] = (struct oom_usage){ 7, 8, 9 };
        fixture->report.memcg.usages[OOM_USAGE_SWAP] = (struct oom_usage){ OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN };
        fixture_render(fixture);
        check_number(fixture, "limit.swap_usage_bytes", 7);
        check_number(fixture, "limit.swap_limit_bytes", 8);
        check_number(fixture, "limit.swap_failcnt", 9);
        fixture_free(fixture);
}
END_TEST

START_TEST(test_candidates_and_verdict)
{
        struct fixture *fixture = fixture_new_kill();

        fixture_render(fixture);
        ck_assert_int_eq(json_object_object_length(at(fixture, "limit.stats")), 3);
        check_json(fixture, "verdict",
                   "{\"consistent\":true,\"rank\":1,\"reason\":\"/system.slice/nginx.service used 50.0 MiB of its "
                   "limit of "
                   "50.0 MiB. nginx held 33.0 MiB, the most of 3 "
                   "processes.\",\"hints\":[{\"code\":\"trigger_not_victim\",\"text\":"
                   "\"The allocation that could not be met was made by nginx (pid 1233), another process.\"}]}");
        check_json(fixture, "candidates",
                   "[{\"pid\":1234,\"comm\":\"nginx\",\"uid\":33,\"rss_bytes\":34603008,\"swap_bytes\":4096,"
                   "\"pgtables_bytes\":131072,\"oom_score_adj\":-500,\"badness\":8481,\"killable\":true},"
                   "{\"pid\":1200,\"comm\":\"helper\",\"uid\":33,\"rss_bytes\":1048576,\"swap_bytes\":4096,"
                   "\"pgtables_bytes\":131072,\"oom_score_adj\":0,\"badness\":289,\"killable\":true},"
                   "{\"pid\":1100,\"comm\":\"guard\",\"uid\":33,\"rss_bytes\":2097152,\"swap_bytes\":4096,"
                   "\"pgtables_bytes\":131072,\"oom_score_adj\":-1000,\"killable\":false}]");
        fixture_free(fixture);
}
END_TEST

START_TEST(test_verdicts)
{
        struct fixture *fixture = fixture_new_kill();

        fixture->verdict.kind = OOM_VERDICT_INCONSISTENT;
        fixture->verdict.rank = 3;
        fixture_render(fixture);
        ck_assert(!json_object_get_boolean(at(fixture, "verdict.consistent")));
        ck_assert(json_object_is_type(at(fixture, "verdict.consistent"), json_type_boolean));
        check_number(fixture, "verdict.rank", 3);
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture->verdict.kind = OOM_VERDICT_NONE;
        fixture->verdict.unknown_reason = OOM_VERDICT_UNKNOWN_TOTALPAGES;
        fixture->verdict.rank = fixture->verdict.candidates_total = OOM_UNKNOWN;
        fixture->verdict.has_victim = false;
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "verdict.consistent"));
        ck_assert_ptr_null(at(fixture, "verdict.rank"));
        ck_assert_ptr_null(at(fixture, "candidates_total"));
        ck_assert_ptr_null(at(fixture, "victim.badness"));
        ck_assert_ptr_null(at(fixture, "victim.swap_bytes"));
        check_json(fixture, "source.missing", "[\"totalpages\"]");
        fixture_free(fixture);

        /* It was seen elsewhere: the report is another's, and so is the verdict of it. */
        fixture = fixture_new_kill();
        fixture->report.parts &= ~(unsigned)OOM_PART_SUMMARY;
        fixture->incident.victim.task_memcg.is_known = false;
        fixture->context.victim_cgroup = TEXT("/system.slice/other.service");
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "verdict"));
        ck_assert_ptr_null(at(fixture, "candidates"));
        ck_assert_ptr_null(at(fixture, "limit"));
        check_json(fixture, "source.missing", "[\"header\",\"limit\",\"tasks\"]");
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_UNREAPABLE); /* its kill had the verdict */
        fixture->incident.victim.pid = 5;
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "verdict"));
        fixture_free(fixture);
}
END_TEST

/* What is as large as it can be still gets to every receiver. */
START_TEST(test_limits)
{
        struct fixture *fixture = fixture_new_worst();
        struct text summary;
        char *text, *buffer = malloc(ALERT_JSON_MAX + 1);
        int sockets[2];

        fixture_render(fixture);
        summary = text_from(fixture->alert.summary);
        ck_assert_uint_le(summary.length, ALERT_SUMMARY_MAX);
        ck_assert(utf8_is_valid(summary));
        ck_assert_int_eq(json_object_get_string_len(at(fixture, "victim.comm_hex")), 2 * OOM_COMM_MAX);
        ck_assert_int_eq(json_object_get_string_len(at(fixture, "victim.cgroup_hex")), 2 * OOM_PATH_MAX);
        ck_assert_int_eq(json_object_get_string_len(at(fixture, "limit.cgroup")), OOM_PATH_MAX + 2);
        ck_assert_int_eq(json_object_object_length(at(fixture, "limit.stats")), OOM_STATS_MAX);
        ck_assert_uint_eq(json_object_array_length(at(fixture, "candidates")), OOM_CANDIDATES_MAX);
        ck_assert_uint_eq(json_object_array_length(at(fixture, "memory.allocations")), OOM_ALLOCATIONS_MAX);
        ck_assert_ptr_null(at(fixture, "memory.zones"));
        ck_assert_ptr_null(at(fixture, "memory.nodes"));
        ck_assert(json_object_get_boolean(at(fixture, "memory.cut")));
        ck_assert_uint_gt(fixture->json_length, ALERT_JSON_MAX / 2); /* it is about the worst that there is */
        ck_assert_uint_le(fixture->json_length, ALERT_JSON_MAX);
        ck_assert_uint_le(ALERT_JSON_MAX, SPOOL_ALERT_MAX);
        ck_assert_uint_le(ALERT_JSON_MAX, SINK_BYTES_MAX);
        ck_assert_ptr_nonnull(buffer);
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets), 0);
        ck_assert_int_eq(send(sockets[0], memset(buffer, 'x', ALERT_JSON_MAX), ALERT_JSON_MAX, MSG_DONTWAIT),
                         ALERT_JSON_MAX);
        ck_assert_int_eq(recv(sockets[1], buffer, ALERT_JSON_MAX + 1, MSG_DONTWAIT), ALERT_JSON_MAX);
        close(sockets[0]);
        close(sockets[1]);
        free(buffer);
        text = alert_to_text(&fixture->alert);
        ck_assert_ptr_nonnull(text);
        ck_assert(utf8_is_valid(text_from(text)));
        ck_assert(text_ends(text_from(text), TEXT("\n")));
        free(text);
        fixture_free(fixture);
}
END_TEST

/* 64 zones of 36 counters and 32 nodes of 26, more than any kernel prints of a zone, with sizes of terabytes. */
START_TEST(test_a_large_machine_keeps_its_zones)
{
        struct fixture *fixture = fixture_new_kill();
        struct oom_memory *memory = &fixture->report.memory;

        fixture_fill_memory(memory);
        memory->n_nodes = OOM_NODES_MAX;
        memory->n_zones = OOM_ZONES_MAX;
        for (size_t i = 0; i < OOM_ZONES_MAX; i++) {
                memory->zones[i] = memory->zones[1];
                for (size_t k = 0; k < 36; k++)
                        memory->zones[i].counters[k] = (int64_t)9 << 40;
        }
        for (size_t i = 0; i < OOM_NODES_MAX; i++) {
                memory->nodes[i] = memory->nodes[0];
                for (size_t k = 0; k < 26; k++)
                        memory->nodes[i].counters[k] = (int64_t)9 << 40;
        }
        fixture_render(fixture);
        ck_assert_uint_le(fixture->json_length, ALERT_JSON_MAX);
        ck_assert_uint_eq(json_object_array_length(at(fixture, "memory.zones")), OOM_ZONES_MAX);
        ck_assert_uint_eq(json_object_array_length(at(fixture, "memory.nodes")), OOM_NODES_MAX);
        ck_assert_ptr_null(at(fixture, "memory.cut"));
        fixture_free(fixture);
}
END_TEST

TEST_MAIN("alert_report", CASE(test_memory_in_json), CASE(test_limits_by_cgroup_version),
          CASE(test_candidates_and_verdict), CASE(test_verdicts), CASE(test_limits),
          CASE(test_a_large_machine_keeps_its_zones))
