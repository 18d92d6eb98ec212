/* lib/alert/alert.h, json.h: an incident as an alert, and the alert as JSON. */

#include "alert_fixture.h"
#include "util/array.h"

START_TEST(test_ids_are_stable_and_distinct)
{
        char ids[8][33];

        /* Computed by an implementation of FNV-1a in another language from the recipe in alert.h. */
        alert_id(ALERT_OOM_KILL, BOOT, 4711, 1000000, ids[0]);
        ck_assert_str_eq(ids[0], "f74cf0393f974658bac649cd30cba253");
        alert_id(ALERT_OOM_KILL, "", 4711, 1000000, ids[1]);
        ck_assert_str_eq(ids[1], "3811d74e867be4c56bbd7b16f4d892ba");
        alert_id(ALERT_OOM_KILL, BOOT, 4712, 1000000, ids[2]);
        alert_id(ALERT_OOM_PANIC, BOOT, 4711, 1000000, ids[3]);
        alert_id(ALERT_OOM_KILL, "9f5c0e1d2b3a49588776655443322111", 4711, 1000000, ids[4]);
        alert_id(ALERT_OOM_KILL, "", 4711, 1000001, ids[5]);
        alert_id(ALERT_OOM_KILL, "", 471, 11000000, ids[6]);
        alert_id(ALERT_OOM_KILL, "", UINT64_MAX, UINT64_MAX, ids[7]);
        for (size_t i = 0; i < 8; i++) {
                ck_assert_uint_eq(strspn(ids[i], "0123456789abcdef"), 32);
                for (size_t k = 0; k < i; k++)
                        ck_assert_str_ne(ids[i], ids[k]);
        }
        /* With a boot id the kernel's clock is no part of it: a converted stamp may differ. */
        alert_id(ALERT_OOM_KILL, BOOT, 4711, 7, ids[1]);
        ck_assert_str_eq(ids[0], ids[1]);
}
END_TEST

START_TEST(test_severities)
{
        /* clang-format off */
        static const struct {
                enum oom_type type;
                enum oom_scope scope;
                enum alert_severity severity;
        } rows[] = {
                { OOM_TYPE_KILL, OOM_SCOPE_GLOBAL, ALERT_CRITICAL },
                { OOM_TYPE_KILL, OOM_SCOPE_MEMCG, ALERT_ERROR },
                { OOM_TYPE_KILL, OOM_SCOPE_CPUSET, ALERT_ERROR },
                { OOM_TYPE_KILL, OOM_SCOPE_MEMPOLICY, ALERT_ERROR },
                { OOM_TYPE_KILL, OOM_SCOPE_UNKNOWN, ALERT_ERROR },
                { OOM_TYPE_NO_VICTIM, OOM_SCOPE_GLOBAL, ALERT_CRITICAL },
                { OOM_TYPE_NO_VICTIM, OOM_SCOPE_MEMCG, ALERT_ERROR },
                { OOM_TYPE_NO_VICTIM, OOM_SCOPE_UNKNOWN, ALERT_WARNING },
                { OOM_TYPE_PANIC, OOM_SCOPE_UNKNOWN, ALERT_CRITICAL },
                { OOM_TYPE_PANIC, OOM_SCOPE_MEMCG, ALERT_CRITICAL },
                { OOM_TYPE_UNREAPABLE, OOM_SCOPE_GLOBAL, ALERT_WARNING },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct fixture *fixture = fixture_new(rows[i].type);

                fixture->report.scope = rows[i].scope;
                fixture_render(fixture);
                ck_assert_msg(fixture->alert.severity == rows[i].severity, "row %zu", i);
                check_string(fixture, "severity", text_from(alert_severity_name(rows[i].severity)));
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_a_whole_kill_in_json)
{
        struct fixture *fixture = fixture_new_kill();
        /* clang-format off */
        static const struct {
                const char *path, *value;
        } strings[] = {
                { "trigger.gfp_mask", "0xcc0" },
                { "schema", "oomwatchd.alert/1" },
                { "type", "oom_kill" },
                { "severity", "error" },
                { "time", "2026-01-02T03:04:05.678901Z" },
                { "time_source", "arrival" },
                { "host.name", "web1" },
                { "host.machine_id", "0123456789abcdef0123456789abcdef" },
                { "host.boot_id", BOOT },
                { "host.kernel", "6.1.0-56-amd64" },
                { "source.kind", "kmsg" },
                { "scope", "memcg" },
                { "constraint", "CONSTRAINT_MEMCG" },
                { "victim.comm", "nginx" },
                { "victim.user", "www-data" },
                { "victim.cmdline", "nginx: worker process" },
                { "victim.cgroup", "/system.slice/nginx.service" },
                { "victim.unit", "nginx.service" },
                { "victim.slice", "system.slice" },
                { "trigger.comm", "nginx" },
                { "trigger.gfp_flags", "GFP_KERNEL" },
                { "limit.cgroup", "/system.slice/nginx.service" },
                { "limit.unit", "nginx.service" },
                { "summary", "nginx (pid 1234) of nginx.service was killed: memory limit of /system.slice/nginx.service "
                             "reached" },
        };
        /* clang-format on */
        /* clang-format off */
        static const struct {
                const char *path;
                int64_t value;
        } numbers[] = {
                { "source.seq", 4711 },
                { "source.monotonic_usec", 1000000 },
                { "victim.pid", 1234 },
                { "victim.uid", 33 },
                { "victim.total_vm_bytes", 104857600 },
                { "victim.anon_rss_bytes", 33554432 },
                { "victim.file_rss_bytes", 1048576 },
                { "victim.shmem_rss_bytes", 0 },
                { "victim.pgtables_bytes", 131072 },
                { "victim.oom_score_adj", -500 },
                { "trigger.pid", 1233 },
                { "trigger.order", 0 },
                { "trigger.oom_score_adj", 0 },
                { "victim.swap_bytes", 4096 },
                { "victim.badness", 8481 },
                { "limit.usage_bytes", 52428800 },
                { "limit.limit_bytes", 52428800 },
                { "limit.failcnt", 658 },
                { "limit.swap_usage_bytes", 5242880 },
                { "limit.swap_limit_bytes", 10485760 },
                { "limit.swap_failcnt", 0 },
                { "limit.kmem_usage_bytes", 1048576 },
                { "limit.stats.anon", 48234496 },
                { "limit.stats.file", 0 },
                { "limit.stats.pgfault", 12345 },
                { "candidates_total", 3 },
                { "verdict.rank", 1 },
        };
        /* clang-format on */
        static const char *const absent[] = { "victim.container",
                                              "victim.pod",
                                              "victim.comm_hex",
                                              "victim.user_unit",
                                              "memory",
                                              "limit.kmem_limit_bytes",
                                              "group",
                                              "lost",
                                              "source.path",
                                              "source.missing" };

        fixture_render(fixture);
        for (size_t i = 0; i < COUNT(strings); i++)
                check_string(fixture, strings[i].path, text_from(strings[i].value));
        for (size_t i = 0; i < COUNT(numbers); i++)
                check_number(fixture, numbers[i].path, numbers[i].value);
        for (size_t i = 0; i < COUNT(absent); i++)
                ck_assert_msg(!at(fixture, absent[i]), "%s", absent[i]);
        ck_assert(json_object_get_boolean(at(fixture, "source.complete")));
        ck_assert(json_object_is_type(at(fixture, "trigger.sysrq"), json_type_boolean));
        check_string(fixture, "id", text_from(fixture->alert.id));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_what_is_unknown_is_absent)
{
        struct fixture *fixture = fixture_new(OOM_TYPE_KILL);
        static const char *const absent[] = { "time",        "time_source",
                                              "host",        "scope",
                                              "constraint",  "trigger",
                                              "limit",       "group",
                                              "lost",        "victim.comm",
                                              "victim.uid",  "victim.cgroup",
                                              "victim.unit", "victim.anon_rss_bytes" };

        fixture->incident.victim.pid = 77;
        fixture->report.parts = OOM_PART_KILLED;
        fixture_render(fixture);
        for (size_t i = 0; i < COUNT(absent); i++)
                ck_assert_msg(!at(fixture, absent[i]), "%s", absent[i]);
        ck_assert(!json_object_get_boolean(at(fixture, "source.complete")));
        check_json(fixture, "source.missing", "[\"header\",\"cgroup\",\"tasks\"]");
        check_string(fixture, "summary",
                     TEXT("a process (pid 77) was killed: out of memory, the kernel did not print of what"));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_KILL); /* not even a report */
        fixture->incident.report = NULL;
        fixture_render(fixture);
        ck_assert_str_eq(json_object_to_json_string_ext(at(fixture, "victim"), JSON_C_TO_STRING_PLAIN),
                         "{\"pid\":1234}");
        fixture_free(fixture);
}
END_TEST

START_TEST(test_missing_parts)
{
        struct fixture *fixture = fixture_new_kill();

        fixture->report.parts = OOM_PART_SUMMARY | OOM_PART_HEADER;
        fixture_render(fixture);
        check_json(fixture, "source.missing", "[\"killed\"]");
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes = OOM_UNKNOWN;
        fixture->report.tasks.is_complete = false;
        fixture_render(fixture);
        check_json(fixture, "source.missing", "[\"limit\",\"tasks\"]");
        fixture_free(fixture);

        for (enum oom_scope scope = OOM_SCOPE_UNKNOWN; scope <= OOM_SCOPE_MEMPOLICY; scope++) {
                bool needs_memory = scope != OOM_SCOPE_UNKNOWN && scope != OOM_SCOPE_MEMCG;

                for (int has_memory = 0; has_memory < 3; has_memory++) { /* none, whole, of two reports at once */
                        fixture = fixture_new_kill();
                        fixture->report.scope = scope;
                        if (has_memory)
                                fixture_fill_memory(&fixture->report.memory);
                        fixture->report.memory.is_doubtful = has_memory == 2;
                        fixture_render(fixture);
                        if (needs_memory && has_memory != 1)
                                check_json(fixture, "source.missing", "[\"memory\"]");
                        else
                                ck_assert_ptr_null(at(fixture, "source.missing"));
                        fixture_free(fixture);
                }
        }

        /* the cgroup was read from /proc instead */
        fixture = fixture_new_kill();
        fixture->incident.victim.task_memcg.is_known = fixture->report.limit_memcg.is_known = false;
        fixture->context.victim_cgroup = TEXT("/system.slice/other.service");
        fixture_render(fixture);
        ck_assert(json_object_get_boolean(at(fixture, "source.complete")));
        check_string(fixture, "victim.unit", TEXT("other.service"));
        fixture_free(fixture);

        /* what the report says goes before what /proc says */
        fixture = fixture_new_kill();
        fixture->context.victim_cgroup = TEXT("/");
        fixture_render(fixture);
        check_string(fixture, "victim.unit", TEXT("nginx.service"));
        fixture_free(fixture);

        /* a log that merely ends is not complete; one that says why nobody was killed is */
        fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        fixture->report.parts = OOM_PART_HEADER;
        fixture_render(fixture);
        ck_assert(!json_object_get_boolean(at(fixture, "source.complete")));
        check_json(fixture, "source.missing", "[\"killed\"]");
        fixture_free(fixture);
        fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        fixture->report.parts = OOM_PART_HEADER;
        fixture->incident.end = OOM_END_NONE_KILLABLE;
        fixture_render(fixture);
        check_json(fixture, "source.missing", "[\"memory\"]");
        fixture_free(fixture);
        fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        fixture->report.parts = OOM_PART_HEADER;
        fixture->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes = 4096;
        fixture->incident.end = OOM_END_NONE_KILLABLE;
        fixture_render(fixture);
        ck_assert(json_object_get_boolean(at(fixture, "source.complete")));
        ck_assert_ptr_null(at(fixture, "victim"));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_UNREAPABLE);
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "source.complete"));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_hostile_names_stay_valid_json)
{
        /* clang-format off */
        static const struct {
                struct text raw, shown;
                const char *hex; /* NULL: it was valid UTF-8 */
        } rows[] = {
                { TEXT(""), TEXT(""), NULL },
                { TEXT("a\"b\\c/d"), TEXT("a\"b\\c/d"), NULL },
                { TEXT("nl\nOut of mem"), TEXT("nl\nOut of mem"), NULL },
                { TEXT("esc\033[31mred\a"), TEXT("esc\033[31mred\a"), NULL },
                { TEXT("del\x7f" "csi\xc2\x9b" "x"), TEXT("del\x7f" "csi\xc2\x9b" "x"), NULL },
                { TEXT("a\0b"), TEXT("a\0b"), NULL },
                { TEXT("),pid=1,uid=0"), TEXT("),pid=1,uid=0"), NULL },
                { TEXT("\xc3\xbcn\xc3\xaf\xe2\x86\x92"), TEXT("\xc3\xbcn\xc3\xaf\xe2\x86\x92"), NULL },
                { TEXT("\xff\xfe\x80" "bin"), TEXT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "bin"), "fffe8062696e" },
                { TEXT("\xc0\xaf"), TEXT("\xef\xbf\xbd\xef\xbf\xbd"), "c0af" },
                { TEXT("\xed\xa0\x80"), TEXT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"), "eda080" },
                { TEXT("x\xe2\x86"), TEXT("x\xef\xbf\xbd"), "78e286" },
                { TEXT("x\xc2"), TEXT("x\xef\xbf\xbd"), "78c2" },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct fixture *fixture = fixture_new_kill();

                oom_name_set(&fixture->incident.victim.comm, rows[i].raw);
                oom_name_set(&fixture->report.trigger.comm, rows[i].raw);
                fixture->context.victim_cmdline = rows[i].raw;
                oom_path_set(&fixture->report.limit_memcg, rows[i].raw);
                oom_path_set(&fixture->incident.victim.task_memcg, rows[i].raw);
                fixture_render(fixture);
                for (const char *c = fixture->json; *c; c++)
                        ck_assert_msg((uint8_t)*c >= 0x20 && *c != 0x7f &&
                                              !((uint8_t)*c == 0xc2 && (uint8_t)c[1] < 0xa0),
                                      "row %zu: raw control", i);
                check_string(fixture, "victim.comm", rows[i].shown);
                check_string(fixture, "trigger.comm", rows[i].shown);
                check_string(fixture, "limit.cgroup", rows[i].shown);
                if (rows[i].hex) {
                        check_string(fixture, "victim.comm_hex", text_from(rows[i].hex));
                        check_string(fixture, "victim.cgroup_hex", text_from(rows[i].hex));
                        check_string(fixture, "victim.cmdline_hex", text_from(rows[i].hex));
                } else {
                        ck_assert_ptr_null(at(fixture, "victim.comm_hex"));
                        ck_assert_ptr_null(at(fixture, "limit.cgroup_hex"));
                }
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_owners)
{
        struct fixture *fixture = fixture_new_kill();
#define ID  "a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0"
#define POD "0f6d1c9e-5a3b-4c2d-9e8f-7a6b5c4d3e2f"

        oom_path_set(&fixture->incident.victim.task_memcg,
                     TEXT("/kubepods.slice/kubepods-pod0f6d1c9e_5a3b_4c2d_9e8f_7a6b5c4d3e2f.slice/cri-containerd-" ID
                          ".scope"));
        oom_path_set(&fixture->report.limit_memcg,
                     TEXT("/kubepods.slice/kubepods-pod0f6d1c9e_5a3b_4c2d_9e8f_7a6b5c4d3e2f.slice"));
        fixture_render(fixture);
        check_string(fixture, "victim.container.id", TEXT(ID));
        check_string(fixture, "victim.container.runtime", TEXT("containerd"));
        check_string(fixture, "victim.pod.uid", TEXT(POD));
        check_string(fixture, "limit.unit", TEXT("kubepods-pod0f6d1c9e_5a3b_4c2d_9e8f_7a6b5c4d3e2f.slice"));
        ck_assert_ptr_nonnull(
                strstr(fixture->alert.summary, "of containerd container a1b2c3d4e5f6 of pod " POD " was killed"));
        fixture_free(fixture);

        fixture = fixture_new_kill(); /* a container by name only is still the service's */
        oom_path_set(&fixture->incident.victim.task_memcg, TEXT("/system.slice/evil.service/docker/" ID));
        oom_path_set(&fixture->report.limit_memcg, TEXT("/system.slice/x"));
        fixture_render(fixture);
        ck_assert_ptr_nonnull(
                strstr(fixture->alert.summary, "of docker container a1b2c3d4e5f6 of evil.service was killed"));
        ck_assert_ptr_null(at(fixture, "limit.unit"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        oom_path_set(&fixture->incident.victim.task_memcg,
                     TEXT("/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service"));
        fixture_render(fixture);
        check_string(fixture, "victim.user_unit", TEXT("sshd.service"));
        check_string(fixture, "victim.unit", TEXT("user@1000.service"));
        ck_assert_ptr_nonnull(strstr(fixture->alert.summary, "of sshd.service of user@1000.service was killed"));
        fixture_free(fixture);
#undef ID
#undef POD
}
END_TEST

/* Its report may be suppressed, and then a kill follows a group's, or stands among the lines of another report, as if
 * it belonged there. Where the victim lives is seen in /proc, and a limit kills below itself only. */
START_TEST(test_kill_elsewhere_is_not_of_the_group_or_the_limit)
{
        static const struct {
                const char *live;
                bool group_member, named_with_pid, own;
        } rows[] = {
                { "/system.slice/nginx.service", true, false, true },
                { "/system.slice/nginx.service/a", true, false, true },
                { "/system.slice/nginx.service2", true, false, false },
                { "/system.slice/other.service", true, false, false },
                { "", true, false, true },
                { "/system.slice/nginx.service/a", false, false, true },
                { "/system.slice/other.service", false, false, false },
                { "/system.slice/other.service", false, true, true },
        };

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct fixture *fixture = fixture_new_kill();

                fixture->incident.is_group_member = rows[i].group_member;
                fixture->incident.group_first_seq = rows[i].group_member ? 4711 : UINT64_MAX;
                if (rows[i].group_member)
                        oom_path_set(&fixture->incident.group_memcg, TEXT("/system.slice/nginx.service"));
                fixture->incident.victim.task_memcg.is_known = !rows[i].group_member;
                if (!rows[i].named_with_pid)
                        fixture->report.parts &= ~(unsigned)OOM_PART_SUMMARY;
                fixture->context.victim_cgroup = text_from(rows[i].live);
                fixture_render(fixture);
                ck_assert_msg(!at(fixture, "group") == !(rows[i].group_member && rows[i].own), "%zu", i);
                ck_assert_msg(!at(fixture, "limit") == !rows[i].own, "%zu", i);
                ck_assert_msg(!at(fixture, "trigger") == !rows[i].own, "%zu", i);
                check_string(fixture, "scope", TEXT("memcg"));
                if (!rows[i].own) {
                        check_string(fixture, "victim.cgroup", text_from(rows[i].live));
                        ck_assert(!json_object_get_boolean(at(fixture, "source.complete")));
                        ck_assert_ptr_null(strstr(fixture->alert.summary, "nginx.service "));
                }
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_group_members_name_the_first_kill)
{
        struct fixture *first = fixture_new_kill(), *member = fixture_new_kill();

        member->incident.seq = 4713;
        member->incident.is_group_member = true;
        member->incident.group_first_seq = 4711;
        member->incident.group_first_mono_usec = first->incident.mono_usec;
        oom_path_set(&member->incident.group_memcg, TEXT("/system.slice/nginx.service"));
        fixture_render(first);
        fixture_render(member);
        check_string(member, "group.first", text_from(first->alert.id));
        check_string(member, "group.cgroup", TEXT("/system.slice/nginx.service"));
        ck_assert_str_ne(member->alert.id, first->alert.id);
        ck_assert_ptr_nonnull(
                strstr(member->alert.summary, " was killed with the whole cgroup /system.slice/nginx.service: "));
        fixture_free(first);
        fixture_free(member);

        /* the same of a file, which knows no boot */
        first = fixture_new(OOM_TYPE_KILL);
        member = fixture_new(OOM_TYPE_KILL);
        member->incident.seq = 4713;
        member->incident.mono_usec = 1000009;
        member->incident.is_group_member = true;
        member->incident.group_first_seq = 4711;
        member->incident.group_first_mono_usec = first->incident.mono_usec;
        fixture_render(first);
        fixture_render(member);
        check_string(member, "group.first", text_from(first->alert.id));
        fixture_free(first);
        fixture_free(member);

        member = fixture_new(OOM_TYPE_KILL);
        member->incident.is_group_member = true;
        fixture_render(member);
        ck_assert_ptr_null(at(member, "group.first"));
        fixture_free(member);
}
END_TEST

START_TEST(test_other_types)
{
        struct fixture *fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        struct alert_context context = { .kind = ALERT_SOURCE_FILE,
                                         .path = "/tmp/kmsg",
                                         .log = { .seq = 10, .mono_usec = 20 },
                                         .time_usec = OOM_UNKNOWN,
                                         .machine = { OOM_UNKNOWN, OOM_UNKNOWN } };
        struct alert alert;
        char *json;

        fixture->report.parts = OOM_PART_HEADER;
        fixture->incident.end = OOM_END_EXITING;
        fixture->report.scope = OOM_SCOPE_MEMCG;
        oom_path_set(&fixture->report.limit_memcg, TEXT("/a"));
        fixture->incident.victim.pid = 5;
        oom_name_set(&fixture->incident.victim.comm, TEXT("x"));
        fixture_render(fixture);
        check_string(fixture, "type", TEXT("oom_no_victim"));
        check_string(fixture, "summary",
                     TEXT("No kill followed: memory limit of /a reached; the kernel named x (pid 5)"));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        fixture->incident.victim.pid = 5;
        fixture->incident.victim.comm.is_known = false;
        fixture_render(fixture);
        check_string(fixture, "summary",
                     TEXT("No kill is in the log: out of memory, the kernel did not print of what; the kernel named a "
                          "process (pid 5)"));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_NO_VICTIM);
        fixture->incident.victim.pid = OOM_UNKNOWN;
        fixture->incident.victim.comm.is_known = false;
        fixture_render(fixture);
        check_string(fixture, "summary",
                     TEXT("No kill is in the log: out of memory, the kernel did not print of what"));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_PANIC);
        fixture->incident.message = TEXT("Out of memory and no killable processes...");
        fixture_render(fixture);
        check_string(fixture, "type", TEXT("oom_panic"));
        check_string(fixture, "summary",
                     TEXT("Kernel panic for lack of memory: Out of memory and no killable processes..."));
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_UNREAPABLE);
        fixture->incident.victim.pid = 5;
        oom_name_set(&fixture->incident.victim.comm, TEXT(""));
        fixture_render(fixture);
        check_string(fixture, "type", TEXT("oom_unreapable"));
        check_string(fixture, "summary",
                     TEXT("a process without a name (pid 5) was killed, but its memory could not be taken back"));
        fixture_free(fixture);

        alert_from_loss(10, 20, 37, &context, &alert);
        ck_assert_str_eq(alert.summary, "37 kernel log records were lost before they could be read");
        json = alert_to_json(&alert, NULL);
        ck_assert_ptr_nonnull(strstr(json, "\"lost\":37"));
        ck_assert_ptr_nonnull(
                strstr(json, "\"source\":{\"kind\":\"file\",\"seq\":10,\"monotonic_usec\":20,\"path\":\"/tmp/kmsg\"}"));
        free(json);
        alert_done(&alert);
        alert_from_loss(10, 20, 1, &context, &alert);
        ck_assert_str_eq(alert.summary, "1 kernel log record was lost before it could be read");
        alert_done(&alert);
}
END_TEST

START_TEST(test_reasons)
{
        /* clang-format off */
        static const struct {
                enum oom_scope scope;
                bool sysrq;
                const char *reason;
        } rows[] = {
                { OOM_SCOPE_GLOBAL, false, "the machine is out of memory" },
                { OOM_SCOPE_GLOBAL, true, "asked for by SysRq" },
                { OOM_SCOPE_MEMCG, false, "memory limit of a cgroup reached" },
                { OOM_SCOPE_CPUSET, false, "no memory left on the nodes of a cpuset" },
                { OOM_SCOPE_MEMPOLICY, false, "no memory left on the nodes of a memory policy" },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct fixture *fixture = fixture_new_kill();

                fixture->report.scope = rows[i].scope;
                fixture->report.trigger.is_sysrq = rows[i].sysrq;
                fixture->report.limit_memcg.is_known = false;
                fixture_render(fixture);
                ck_assert_msg(text_ends(text_from(fixture->alert.summary), text_from(rows[i].reason)), "%s",
                              fixture->alert.summary);
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_an_alert_of_a_log)
{
        static const struct machine_identity known = { .name = "web1" };
        struct fixture *fixture = fixture_new_kill();
        struct alert_context *context = &fixture->context;
        struct alert_log_key key = { ALERT_OOM_KILL, TEXT("web1"), TEXT("nginx"), OOM_UNKNOWN, OOM_UNKNOWN, 1234, 1 };
        char id[33];

        context->host = &known;
        context->kind = ALERT_SOURCE_FILE;
        context->path = "/var/log/kern.log";
        context->log = (struct alert_log){ .line = 12, .seq = OOM_UNKNOWN, .mono_usec = OOM_UNKNOWN };
        context->time_source = ALERT_TIME_LOG;
        key.time_usec = context->time_usec;
        fixture_render(fixture);
        check_string(fixture, "source.kind", TEXT("file"));
        check_string(fixture, "source.path", TEXT("/var/log/kern.log"));
        check_number(fixture, "source.line", 12);
        ck_assert_ptr_null(at(fixture, "source.seq"));
        ck_assert_ptr_null(at(fixture, "source.monotonic_usec"));
        check_string(fixture, "time_source", TEXT("log"));
        alert_log_id(&key, id);
        check_string(fixture, "id", text_from(id));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture->context.kind = ALERT_SOURCE_JOURNAL;
        fixture->context.log = (struct alert_log){ .seq = OOM_UNKNOWN, .mono_usec = 77 };
        fixture->incident.is_group_member = true;
        oom_path_set(&fixture->incident.group_memcg, TEXT("/a"));
        fixture->incident.group_first_seq = 3;
        fixture_render(fixture);
        check_string(fixture, "source.kind", TEXT("journal"));
        check_number(fixture, "source.monotonic_usec", 77);
        ck_assert_ptr_null(at(fixture, "source.line"));
        check_string(fixture, "group.cgroup", TEXT("/a"));
        ck_assert_ptr_null(at(fixture, "group.first"));
        fixture_free(fixture);
}
END_TEST

TEST_MAIN("alert", CASE(test_an_alert_of_a_log), CASE(test_ids_are_stable_and_distinct), CASE(test_severities),
          CASE(test_a_whole_kill_in_json), CASE(test_what_is_unknown_is_absent), CASE(test_missing_parts),
          CASE(test_hostile_names_stay_valid_json), CASE(test_owners), CASE(test_group_members_name_the_first_kill),
          CASE(test_kill_elsewhere_is_not_of_the_group_or_the_limit), CASE(test_other_types), CASE(test_reasons))
