/* lib/alert/journal.h, plain.h, and the journal's catalogues: the other forms of an alert. */

#include <stdio.h>

#include "alert/journal.h"
#include "alert/json.h"
#include "alert/plain.h"
#include "alert_fixture.h"
#include "common/journal_entry.h"
#include "util/array.h"

static const struct iovec *find_field(const struct alert_fields *fields, const char *name)
{
        for (int i = 0; i < fields->n_fields; i++) {
                const char *data = fields->fields[i].iov_base;

                if (fields->fields[i].iov_len > strlen(name) && memcmp(data, name, strlen(name)) == 0 &&
                    data[strlen(name)] == '=')
                        return &fields->fields[i];
        }
        return NULL;
}

static void check_field(const struct alert_fields *fields, const char *name, struct text expected)
{
        const struct iovec *field = find_field(fields, name);
        struct text text;

        ck_assert_msg(field, "%s", name);
        text = (struct text){ field->iov_base, field->iov_len };
        ck_assert_msg(text_equal(text_from_offset(text, strlen(name) + 1), expected), "%s", name);
}

START_TEST(test_journal_fields)
{
        struct fixture *fixture = fixture_new_kill();
        struct alert_fields fields;
        static const struct {
                const char *name, *value;
        } rows[] = {
                { "PRIORITY", "3" },
                { "SYSLOG_IDENTIFIER", "oomwatchd" },
                { "SYSLOG_FACILITY", "3" },
                { "OOM_TYPE", "oom_kill" },
                { "OOM_SCOPE", "memcg" },
                { "OOM_CONSTRAINT", "CONSTRAINT_MEMCG" },
                { "OOM_VICTIM_PID", "1234" },
                { "OOM_VICTIM_COMM", "a\nOOM_TYPE=x" },
                { "OOM_VICTIM_UID", "33" },
                { "OOM_VICTIM_UNIT", "nginx.service" },
                { "OOM_VICTIM_CGROUP", "/system.slice/nginx.service" },
                { "OOM_VICTIM_ANON_RSS_BYTES", "33554432" },
                { "OOM_VICTIM_OOM_SCORE_ADJ", "-500" },
                { "OOM_TRIGGER_PID", "1233" },
                { "OOM_TRIGGER_COMM", "nginx" },
                { "OOM_LIMIT_CGROUP", "/system.slice/nginx.service" },
                { "OOM_VICTIM_BADNESS", "8481" },
                { "OOM_LIMIT_BYTES", "52428800" },
                { "OOM_USAGE_BYTES", "52428800" },
                { "OOM_KMSG_SEQ", "4711" },
        };

        oom_name_set(&fixture->incident.victim.comm, TEXT("a\nOOM_TYPE=x"));
        fixture_render(fixture);
        ck_assert_int_eq(
                alert_to_fields(&fixture->alert, (struct text){ fixture->json, fixture->json_length }, &fields), 0);
        for (size_t i = 0; i < COUNT(rows); i++)
                check_field(&fields, rows[i].name, text_from(rows[i].value));
        check_field(&fields, "MESSAGE", text_from(fixture->alert.summary));
        check_field(&fields, "OOM_EVENT_ID", text_from(fixture->alert.id));
        check_field(&fields, "OOM_ALERT_JSON", text_from(fixture->json));
        ck_assert_ptr_null(find_field(&fields, "OOM_VICTIM_CONTAINER_ID"));
        ck_assert_ptr_null(find_field(&fields, "OOM_VICTIM_POD_UID"));
        for (int i = 0; i < fields.n_fields; i++)
                for (int k = 0; k < i; k++) {
                        const char *a = fields.fields[i].iov_base, *b = fields.fields[k].iov_base;
                        size_t length = strcspn(a, "=") + 1;

                        ck_assert_msg(strncmp(a, b, length) != 0, "twice: %.*s", (int)length, a);
                }
        alert_fields_done(&fields);
        fixture_free(fixture);

        fixture = fixture_new_kill();
        fixture->report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes = OOM_UNLIMITED;
        fixture_render(fixture);
        ck_assert_int_eq(alert_to_fields(&fixture->alert, (struct text){ NULL, 0 }, &fields), 0);
        ck_assert_ptr_null(find_field(&fields, "OOM_LIMIT_BYTES"));
        ck_assert_ptr_nonnull(find_field(&fields, "OOM_USAGE_BYTES"));
        alert_fields_done(&fields);
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_KILL); /* next to nothing is known */
        fixture_render(fixture);
        ck_assert_int_eq(alert_to_fields(&fixture->alert, (struct text){ NULL, 0 }, &fields), 0);
        ck_assert_int_eq(fields.n_fields, 9);
        alert_fields_done(&fields);
        fixture_free(fixture);
}
END_TEST

START_TEST(test_journal_has_room_for_every_field)
{
        struct fixture *fixture = fixture_new_worst();
        struct alert_fields fields;

        oom_path_set(&fixture->incident.victim.task_memcg,
                     TEXT("/system.slice/a.service/kubepods/pod0123456789abcdef0123456789abcdef/lxc/c1"));
        fixture_render(fixture);
        ck_assert_int_eq(
                alert_to_fields(&fixture->alert, (struct text){ fixture->json, fixture->json_length }, &fields), 0);
        ck_assert_int_eq(fields.n_fields, 26);
        ck_assert_ptr_nonnull(find_field(&fields, "OOM_VICTIM_CONTAINER_ID"));
        ck_assert_ptr_nonnull(find_field(&fields, "OOM_VICTIM_POD_UID"));
        alert_fields_done(&fields);
        fixture_free(fixture);
}
END_TEST

/* The ids in a catalogue, in order, one per line. */
static void read_catalogue_ids(const char *path, char *ids, size_t size)
{
        FILE *file = fopen(path, "re");
        char line[1024];
        size_t length = 0;

        ck_assert_msg(file, "%s", path);
        while (fgets(line, sizeof(line), file))
                if (strncmp(line, "-- ", 3) == 0) {
                        ck_assert_uint_eq(strlen(line), 36);
                        ck_assert_uint_lt(length + 33, size);
                        memcpy(ids + length, line + 3, 33);
                        length += 33;
                }
        ids[length] = '\0';
        ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_catalogues_have_a_text_for_every_message_id)
{
        char english[1024], chinese[1024], ours[1024] = "";

        for (enum alert_type type = 0; type < ALERT_TYPE_COUNT; type++) {
                struct alert alert = { .type = type, .severity = ALERT_WARNING, .summary = "x" };
                struct alert_fields fields;
                const struct iovec *field;

                ck_assert_int_eq(alert_to_fields(&alert, (struct text){ NULL, 0 }, &fields), 0);
                field = find_field(&fields, "MESSAGE_ID");
                ck_assert_ptr_nonnull(field);
                ck_assert_uint_eq(field->iov_len, strlen("MESSAGE_ID=") + 32);
                strncat(ours, (const char *)field->iov_base + strlen("MESSAGE_ID="), 32);
                strcat(ours, "\n");
                alert_fields_done(&fields);
        }
        strcat(ours, JOURNAL_WEBHOOK_FAILING "\n" JOURNAL_WEBHOOK_WORKS "\n");
        read_catalogue_ids(TESTS_DIR "/../systemd/oomwatchd.catalog", english, sizeof(english));
        read_catalogue_ids(TESTS_DIR "/../systemd/oomwatchd.zh_CN.catalog", chinese, sizeof(chinese));
        ck_assert_str_eq(english, ours);
        ck_assert_str_eq(chinese, ours);
}
END_TEST

START_TEST(test_plain_text)
{
        struct fixture *fixture = fixture_new_kill();
        char *text;

        fixture_render(fixture);
        text = alert_to_text(&fixture->alert);
        ck_assert_str_eq(text, "2026-01-02 03:04:05 UTC ERROR nginx (pid 1234) of nginx.service was killed:\n"
                               "  memory limit of /system.slice/nginx.service reached\n"
                               "  Victim    nginx (pid 1234), user www-data, uid 33, oom_score_adj -500\n"
                               "  Command   nginx: worker process\n"
                               "  Memory    anonymous 32.0 MiB, file 1.0 MiB, shared 0, swap 4 KiB, page tables\n"
                               "            128 KiB, virtual 100.0 MiB\n"
                               "  Owner     unit nginx.service, slice system.slice\n"
                               "  Cgroup    /system.slice/nginx.service\n"
                               "  Trigger   nginx (pid 1233), order 0, GFP_KERNEL\n"
                               "  Limit     50.0 MiB of 50.0 MiB, swap 5.0 MiB of 10.0 MiB, kernel 1.0 MiB, unit\n"
                               "            nginx.service, the victim's cgroup\n"
                               "  Holders   ####################   33.0 MiB  nginx (pid 1234), adj -500\n"
                               "            #                       2.0 MiB  guard (pid 1100), adj -1000\n"
                               "            #                       1.0 MiB  helper (pid 1200)\n"
                               "  Why       /system.slice/nginx.service used 50.0 MiB of its limit of 50.0 MiB.\n"
                               "            nginx held 33.0 MiB, the most of 3 processes.\n"
                               "  Hints     - The allocation that could not be met was made by nginx (pid 1233),\n"
                               "              another process.\n");
        free(text);
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_KILL);
        fixture->incident.victim.pid = 7;
        fixture->incident.victim.anon_rss_bytes = 20LL << 30;
        fixture->report.parts = OOM_PART_KILLED;
        fixture_fill_verdict(fixture);
        fixture->report.tasks.is_complete = false;
        fixture->verdict = (struct oom_verdict){ .page_size_bytes = OOM_UNKNOWN,
                                                 .totalpages_bytes = OOM_UNKNOWN,
                                                 .unknown_reason = OOM_VERDICT_UNKNOWN_NO_TABLE,
                                                 .rank = OOM_UNKNOWN,
                                                 .ties = OOM_UNKNOWN,
                                                 .candidates_total = OOM_UNKNOWN };
        fixture_render(fixture);
        text = alert_to_text(&fixture->alert);
        ck_assert_str_eq(text, "[1.000] ERROR a process (pid 7) was killed: out of memory, the kernel did not\n"
                               "  print of what\n"
                               "  Victim    a process (pid 7)\n"
                               "  Memory    anonymous 20.0 GiB\n"
                               "  Why       The process held 20.0 GiB; whether another process was worse can't\n"
                               "            be told: the log has no task table of it.\n"
                               "  Missing   header, cgroup, tasks of the report\n");
        free(text);
        fixture_free(fixture);

        fixture = fixture_new_kill(); /* the machine's memory, and a limit above the victim's cgroup */
        fixture_fill_memory(&fixture->report.memory);
        oom_path_set(&fixture->report.limit_memcg, TEXT("/system.slice"));
        fixture->report.memcg.usages[OOM_USAGE_SWAP].usage_bytes = OOM_UNKNOWN;
        fixture->report.memcg.usages[OOM_USAGE_KMEM].usage_bytes = OOM_UNKNOWN;
        fixture_render(fixture);
        text = alert_to_text(&fixture->alert);
        ck_assert_ptr_nonnull(strstr(text,
                                     "  Limit     50.0 MiB of 50.0 MiB, unit system.slice, /system.slice\n"
                                     "  Machine   memory 1.0 GiB, free 20.0 MiB, swap 1.0 GiB, free of it 4 KiB\n"));
        free(text);
        fixture->report.memory.swap_total_bytes = 0;
        text = alert_to_text(&fixture->alert);
        ck_assert_ptr_nonnull(strstr(text, "free 20.0 MiB, no swap\n"));
        free(text);
        fixture_free(fixture);
}
END_TEST

static void check_page(const char *text, const char *part)
{
        unsigned lines = 0;

        for (const char *line = text, *end; *line; line = end + 1, lines++) {
                size_t columns = 0;

                end = strchr(line, '\n');
                ck_assert_ptr_nonnull(end);
                for (const char *c = line; c < end; c++)
                        columns += ((uint8_t)*c & 0xc0) != 0x80;
                ck_assert_msg(columns <= 80, "%s: %zu columns: %.*s", part, columns, (int)(end - line), line);
                ck_assert_msg(end == line || end[-1] != ' ', "%s: %.*s|", part, (int)(end - line), line);
        }
        ck_assert_msg(lines <= 25, "%s: %u lines\n%s", part, lines, text);
        ck_assert_msg(strstr(text, part), "no %s in\n%s", part, text);
}

/* The longest of everything, in words, without a space, of no UTF-8, of wide characters. */
START_TEST(test_plain_text_is_a_page)
{
        static const char *const fillers[] = { "abcdefghi/", "word word ", "\xff", "\xe4\xb8\xad", "12 34 ", "\t" };
        static char path[OOM_PATH_MAX + 1];
        struct text bytes = { path, OOM_PATH_MAX };

        for (size_t i = 0; i < COUNT(fillers); i++) {
                struct fixture *fixture = fixture_new_worst();
                char *text;

                for (size_t k = 0; k < OOM_PATH_MAX; k++)
                        path[k] = fillers[i][k % strlen(fillers[i])];
                fixture->incident.is_group_member = i % 2;
                oom_path_set(&fixture->incident.victim.task_memcg, bytes);
                bytes.length--;
                oom_path_set(&fixture->report.limit_memcg, bytes);
                bytes.length++;
                fixture->context.victim_cmdline = bytes;
                fixture->report.parts = 0;
                fixture_render(fixture);
                memset(fixture->alert.owner.unit, 'u', sizeof(fixture->alert.owner.unit) - 1);
                memset(fixture->alert.owner.slice, 's', sizeof(fixture->alert.owner.slice) - 1);
                memset(fixture->alert.limit_owner.unit, 'l', sizeof(fixture->alert.limit_owner.unit) - 1);
                text = alert_to_text(&fixture->alert);
                check_page(text, "  Why  ");
                check_page(text, "  Missing  ");
                check_page(text, "  Machine  ");
                check_page(text, "  Holders   ####################");
                check_page(text, "  Limit  ");
                free(text);
                fixture_free(fixture);
        }
}
END_TEST

static unsigned count(const char *text, const char *part)
{
        unsigned n = 0;

        while ((text = strstr(text, part))) {
                text++;
                n++;
        }
        return n;
}

/* Where not all has room, what is long gives way to the hints, and the last of these are left out. */
START_TEST(test_plain_text_gives_way_to_hints)
{
        struct fixture *fixture = fixture_new_kill();
        struct oom_explanation *explanation = &fixture->alert.explanation;
        static char cmdline[2000];
        char *text;

        memset(cmdline, 'c', sizeof(cmdline) - 1);
        fixture->context.victim_cmdline = text_from(cmdline);
        fixture_render(fixture);
        explanation->n_hints = 0;
        text = alert_to_text(&fixture->alert);
        ck_assert_uint_eq(count(text, "\n            cccccc"), 3); /* there is room for some lines of it */
        check_page(text, "cccc");
        free(text);
        for (size_t i = 0; i < OOM_HINTS_MAX; i++) {
                explanation->hints[i].code = "x";
                (void)snprintf(explanation->hints[i].text, sizeof(explanation->hints[i].text),
                               "Hint %zu, of some words that take more than one line of the page, but less than three.",
                               i);
        }
        explanation->n_hints = 4;
        text = alert_to_text(&fixture->alert);
        check_page(text, "- Hint 3,");
        ck_assert_uint_eq(count(text, "\n            cccccc"), 1);
        free(text);
        explanation->n_hints = OOM_HINTS_MAX;
        text = alert_to_text(&fixture->alert);
        check_page(text, "- Hint 3,");
        ck_assert_ptr_null(strstr(text, "- Hint 7,"));
        ck_assert_uint_eq(count(text, "\n            cccccc"), 0);
        free(text);
        fixture_free(fixture);
}
END_TEST

START_TEST(test_plain_text_has_no_control_characters)
{
        struct fixture *fixture = fixture_new_kill();
        struct text hostile = TEXT("\033[2J\n\r\x7f\xc2\x9b\xe2\x80\xae\xff x");
        uint32_t character;
        struct text text;
        char *plain;

        oom_name_set(&fixture->incident.victim.comm, hostile);
        oom_name_set(&fixture->report.trigger.comm, hostile);
        oom_path_set(&fixture->incident.victim.task_memcg, hostile);
        oom_path_set(&fixture->report.limit_memcg, hostile);
        oom_path_set(&fixture->report.trigger.gfp_flags, hostile);
        fixture->context.victim_cmdline = hostile;
        fixture->context.victim_user = hostile;
        fixture_render(fixture);
        plain = alert_to_text(&fixture->alert);
        for (text = text_from(plain); text.length > 0;) {
                text = text_from_offset(text, utf8_next(text, &character));
                ck_assert_uint_ne(character, UTF8_INVALID);
                ck_assert(character == '\n' || !utf8_is_unsafe(character));
        }
        for (text = text_from(fixture->alert.summary); text.length > 0;) {
                text = text_from_offset(text, utf8_next(text, &character));
                ck_assert(character != UTF8_INVALID && !utf8_is_unsafe(character));
        }
        free(plain);
        fixture_free(fixture);
}
END_TEST

START_TEST(test_kills_missed)
{
        static const struct alert_missed_cgroup cgroups[] = { { 2, "/system.slice/nginx.service/worker" },
                                                              { 1, "/x" },
                                                              { 1, "/y" } };
        struct alert_missed missed = { .n_kills = 3, .n_explained = 18 };
        struct alert_context context = { .kind = ALERT_SOURCE_KMSG, .time_usec = OOM_UNKNOWN };
        struct alert alert;
        char id[33], *json;

        context.since_usec = OOM_UNKNOWN;
        alert_from_missed(&missed, 10, 20, &context, &alert);
        ck_assert_str_eq(
                alert.summary,
                "The kernel has counted 3 OOM kills of which its log has no record: who was killed is not known");
        ck_assert_int_eq(alert.severity, ALERT_CRITICAL);
        json = alert_to_json(&alert, NULL);
        ck_assert_ptr_nonnull(strstr(json, "\"missed\":3"));
        ck_assert_ptr_null(strstr(json, "missed_since"));
        free(json);
        alert_done(&alert);
        missed.n_kills = 1;
        context.since_usec = 1788000000000001;
        alert_from_missed(&missed, 10, 20, &context, &alert);
        ck_assert_str_eq(alert.summary,
                         "The kernel has counted 1 OOM kill since 2026-08-29T10:40:00Z of which its log has no record: "
                         "who was killed is not known");
        json = alert_to_json(&alert, NULL);
        ck_assert_ptr_nonnull(strstr(json, "\"missed_since\":\"2026-08-29T10:40:00.000001Z\""));
        free(json);
        alert_done(&alert);

        alert_id(ALERT_KILLS_MISSED, "", 18, 20, id);
        missed.cgroups = cgroups;
        missed.n_cgroups = COUNT(cgroups);
        alert_from_missed(&missed, 10, 20, &context, &alert);
        ck_assert_str_eq(alert.id, id);
        ck_assert_str_eq(
                alert.summary,
                "The kernel has counted 1 OOM kill since 2026-08-29T10:40:00Z of which its log has no record: who was "
                "killed is not known; counted since then in nginx.service: 2, cgroup /x: 1");
        json = alert_to_json(&alert, NULL);
        ck_assert_ptr_nonnull(strstr(json, "\"missed_cgroups\":[{\"kills\":2,\"cgroup\":\"/system.slice/nginx.service/"
                                           "worker\",\"unit\":\"nginx.service\""));
        free(json);
        alert_done(&alert);
}
END_TEST

TEST_MAIN("alert_forms", CASE(test_journal_fields), CASE(test_journal_has_room_for_every_field),
          CASE(test_catalogues_have_a_text_for_every_message_id), CASE(test_kills_missed), CASE(test_plain_text),
          CASE(test_plain_text_is_a_page), CASE(test_plain_text_gives_way_to_hints),
          CASE(test_plain_text_has_no_control_characters))
