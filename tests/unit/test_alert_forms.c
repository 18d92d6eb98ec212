/* lib/alert/journal.h, plain.h, and the journal's catalogues: the other forms of an alert. */

#include <stdio.h>

#include "alert/journal.h"
#include "alert/plain.h"
#include "alert_fixture.h"

static const struct iovec *find_field(const struct alert_fields *fields, const char *name)
{
        for (int i = 0; i < fields->count; i++) {
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
                {"PRIORITY",                   "3"                          },
                { "SYSLOG_IDENTIFIER",         "oomwatchd"                  },
                { "SYSLOG_FACILITY",           "3"                          },
                { "OOM_TYPE",                  "oom_kill"                   },
                { "OOM_SCOPE",                 "memcg"                      },
                { "OOM_CONSTRAINT",            "CONSTRAINT_MEMCG"           },
                { "OOM_VICTIM_PID",            "1234"                       },
                { "OOM_VICTIM_COMM",           "a\nOOM_TYPE=x"              },
                { "OOM_VICTIM_UID",            "33"                         },
                { "OOM_VICTIM_UNIT",           "nginx.service"              },
                { "OOM_VICTIM_CGROUP",         "/system.slice/nginx.service"},
                { "OOM_VICTIM_ANON_RSS_BYTES", "33554432"                   },
                { "OOM_VICTIM_OOM_SCORE_ADJ",  "-500"                       },
                { "OOM_TRIGGER_PID",           "1233"                       },
                { "OOM_TRIGGER_COMM",          "nginx"                      },
                { "OOM_LIMIT_CGROUP",          "/system.slice/nginx.service"},
                { "OOM_KMSG_SEQ",              "4711"                       },
        };

        oom_name_set(&fixture->incident.victim.comm, TEXT("a\nOOM_TYPE=x"));
        fixture_render(fixture);
        ck_assert_int_eq(
                alert_to_fields(&fixture->alert, (struct text){ fixture->json, fixture->json_length }, &fields), 0);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                check_field(&fields, rows[i].name, text_from(rows[i].value));
        check_field(&fields, "MESSAGE", text_from(fixture->alert.summary));
        check_field(&fields, "OOM_EVENT_ID", text_from(fixture->alert.id));
        check_field(&fields, "OOM_ALERT_JSON", text_from(fixture->json));
        ck_assert_ptr_null(find_field(&fields, "OOM_VICTIM_CONTAINER_ID"));
        ck_assert_ptr_null(find_field(&fields, "OOM_VICTIM_POD_UID"));
        for (int i = 0; i < fields.count; i++)
                for (int k = 0; k < i; k++) {
                        const char *a = fields.fields[i].iov_base, *b = fields.fields[k].iov_base;
                        size_t length = strcspn(a, "=") + 1;

                        ck_assert_msg(strncmp(a, b, length) != 0, "twice: %.*s", (int)length, a);
                }
        alert_fields_done(&fields);
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_KILL); /* next to nothing is known */
        fixture_render(fixture);
        ck_assert_int_eq(alert_to_fields(&fixture->alert, (struct text){ NULL, 0 }, &fields), 0);
        ck_assert_int_eq(fields.count, 9);
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
        ck_assert_int_eq(fields.count, 23);
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
                               "  Memory    anonymous 32.0 MiB, file 1.0 MiB, shared 0.0 MiB, page tables\n"
                               "            0.1 MiB, virtual 100.0 MiB\n"
                               "  Owner     unit nginx.service, slice system.slice\n"
                               "  Cgroup    /system.slice/nginx.service\n"
                               "  Trigger   nginx (pid 1233), order 0, GFP_KERNEL\n"
                               "  Limit     /system.slice/nginx.service, unit nginx.service\n");
        free(text);
        fixture_free(fixture);

        fixture = fixture_new(OOM_TYPE_KILL);
        fixture->incident.victim.pid = 7;
        fixture->incident.victim.anon_rss_bytes = 20LL << 30;
        fixture->report.parts = OOM_PART_KILLED;
        fixture_render(fixture);
        text = alert_to_text(&fixture->alert);
        ck_assert_str_eq(text, "ERROR a process (pid 7) was killed: out of memory, the kernel did not print of\n"
                               "  what\n"
                               "  Victim    a process (pid 7)\n"
                               "  Memory    anonymous 20.0 GiB\n"
                               "  Missing   header, cgroup of the kernel's report\n");
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

TEST_MAIN("alert_forms", CASE(test_journal_fields), CASE(test_journal_has_room_for_every_field),
          CASE(test_catalogues_have_a_text_for_every_message_id), CASE(test_plain_text),
          CASE(test_plain_text_has_no_control_characters))
