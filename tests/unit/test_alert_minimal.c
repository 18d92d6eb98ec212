/* lib/alert/minimal.h, daemon/notify/alert_reserve.h: the alert for which there is no memory. */

#include "alert/minimal.h"

#include <json-c/json.h>

#include "alert/json.h"
#include "alert_fixture.h"
#include "harness.h"
#include "notify/alert_reserve.h"

/* JSON as a reader has it; also written where the test's runner validates it by the schema. */
static struct json_object *parse(const struct alert *alert, const char *json, size_t length)
{
        const char *path = getenv("OOMWATCH_ALERTS");
        struct json_object *object = json_tokener_parse(json);
        FILE *file = path ? fopen(path, "ae") : NULL;

        ck_assert_uint_eq(strlen(json), length);
        ck_assert_ptr_nonnull(object);
        ck_assert_str_eq(json_object_get_string(json_object_object_get(object, "id")), alert->id);
        if (file) {
                ck_assert_int_ge(fprintf(file, "%s\n", json), 0);
                ck_assert_int_eq(fclose(file), 0);
        }
        return object;
}

static const char *word_of(struct json_object *object, const char *key)
{
        return json_object_get_string(json_object_object_get(object, key));
}

START_TEST(test_what_it_holds_is_as_in_the_whole_alert)
{
        static const char *const same[] = { "schema", "id", "type", "severity", "summary", "scope" };
        static const char *const same_victim[] = { "pid",           "comm",           "uid",
                                                   "unit",          "anon_rss_bytes", "total_vm_bytes",
                                                   "oom_score_adj", "pgtables_bytes" };
        struct fixture *fixture = fixture_new_kill();
        char json[ALERT_MINIMAL_JSON_MAX + 1], text[ALERT_MINIMAL_TEXT_MAX + 1];
        struct json_object *minimal, *whole, *victim, *whole_victim;

        fixture_render(fixture);
        whole = json_tokener_parse(fixture->json);
        minimal = parse(&fixture->alert, json, alert_minimal_json(&fixture->alert, json));
        for (size_t i = 0; i < COUNT(same); i++)
                ck_assert_pstr_eq(word_of(minimal, same[i]), word_of(whole, same[i]));
        victim = json_object_object_get(minimal, "victim");
        whole_victim = json_object_object_get(whole, "victim");
        for (size_t i = 0; i < COUNT(same_victim); i++)
                ck_assert_pstr_eq(word_of(victim, same_victim[i]), word_of(whole_victim, same_victim[i]));
        ck_assert_str_eq(word_of(json_object_object_get(minimal, "source"), "missing"), "[ \"details\" ]");
        ck_assert_ptr_null(json_object_object_get(minimal, "candidates"));
        ck_assert_uint_eq(alert_minimal_text(&fixture->alert, text), strlen(text));
        ck_assert_ptr_nonnull(strstr(text, "details: there was no memory for them\n"));
        json_object_put(minimal);
        json_object_put(whole);
        fixture_free(fixture);
}
END_TEST

/* Names of which each byte is written as six or more. */
START_TEST(test_no_names_are_too_long_for_it)
{
        static const char bytes[] = { '\1', '"', '\xff', '\xc2', '\x7f', 'x', '\\' };
        char json[ALERT_MINIMAL_JSON_MAX + 1], buffer[ALERT_MINIMAL_FIELDS_MAX + 1], text[ALERT_MINIMAL_TEXT_MAX + 1];
        char comm[OOM_COMM_MAX];
        size_t lengths[] = { ALERT_MINIMAL_NAME_MAX - 1, ALERT_MINIMAL_NAME_MAX, ALERT_MINIMAL_NAME_MAX + 1,
                             OWNER_NAME_MAX };

        for (size_t i = 0; i < COUNT(bytes) * COUNT(lengths); i++) {
                struct fixture *fixture = fixture_new_kill();
                char byte = bytes[i % COUNT(bytes)];
                size_t length = lengths[i / COUNT(bytes)];
                struct machine_identity machine = { .name = "" };
                struct alert_fields fields;
                struct json_object *object;
                struct alert *alert = &fixture->alert;

                memset(comm, byte, sizeof(comm));
                oom_name_set(&fixture->incident.victim.comm, (struct text){ comm, sizeof(comm) });
                fixture_render(fixture);
                memset(machine.name, byte, length);
                memset(machine.boot_id, '0', 32);
                memset(machine.machine_id, '0', 32);
                alert->context.host = &machine;
                if (byte == '\\') { /* the worst that a unit's name may have */
                        memset(alert->owner.unit, byte, length);
                        memcpy(alert->owner.unit + length - 2, ".x", sizeof(".x"));
                        memset(alert->owner.container_id, 'x', length);
                        alert->owner.container_id[length] = '\0';
                }
                memset(alert->summary, byte == '"' ? '"' : 's', ALERT_SUMMARY_MAX);
                alert->summary[ALERT_SUMMARY_MAX] = '\0';
                object = parse(alert, json, alert_minimal_json(alert, json));
                ck_assert_str_eq(word_of(object, "summary"), alert->summary);
                ck_assert_int_eq(
                        json_object_get_int(json_object_object_get(json_object_object_get(object, "victim"), "pid")),
                        (int)fixture->incident.victim.pid);
                alert_minimal_fields(alert, text_from("OOM_ALERT_JSON={}"), buffer, &fields);
                ck_assert_int_ge(fields.n_fields, 11);
                ck_assert(memcmp(fields.fields[0].iov_base, "MESSAGE=", 8) == 0);
                ck_assert_uint_eq(fields.fields[0].iov_len, 8 + ALERT_SUMMARY_MAX);
                ck_assert(memcmp(fields.fields[fields.n_fields - 1].iov_base, "OOM_ALERT_JSON={}", 17) == 0);
                ck_assert_uint_le(alert_minimal_text(alert, text), ALERT_MINIMAL_TEXT_MAX);
                json_object_put(object);
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_a_loss_of_records_lacks_nothing)
{
        struct alert_context context = { .kind = ALERT_SOURCE_KMSG, .time_usec = OOM_UNKNOWN };
        char json[ALERT_MINIMAL_JSON_MAX + 1];
        struct json_object *object;
        struct alert alert;

        alert_from_loss(10, 20, 37, &context, &alert);
        object = parse(&alert, json, alert_minimal_json(&alert, json));
        ck_assert_int_eq(json_object_get_int(json_object_object_get(object, "lost")), 37);
        ck_assert_ptr_null(json_object_object_get(json_object_object_get(object, "source"), "missing"));
        json_object_put(object);
        alert_done(&alert);
}
END_TEST

START_TEST(test_the_reserve_is_used_up_and_comes_back)
{
        struct fixture *fixture = fixture_new_kill();
        struct rendered_alert *alerts[ALERT_RESERVE_MAX], *last;
        struct alert_reserve *reserve;

        fixture_render(fixture);
        ck_assert_int_eq(alert_reserve_new(&reserve), 0);
        for (int turn = 0; turn < 2; turn++) {
                for (size_t i = 0; i < ALERT_RESERVE_MAX; i++) {
                        ck_assert_int_eq(alert_reserve_has_capacity(reserve), i <= ALERT_RESERVE_MAX / 2);
                        alerts[i] = alert_reserve_render(reserve, &fixture->alert);
                        ck_assert_ptr_nonnull(alerts[i]);
                        ck_assert_int_eq(alerts[i]->json[alerts[i]->json_length], '\n');
                        for (int form = ALERT_FORM_JSON; form <= ALERT_FORM_FIELDS; form++)
                                ck_assert(rendered_alert_has(alerts[i], (enum alert_form)form));
                }
                ck_assert_ptr_null(alert_reserve_render(reserve, &fixture->alert));
                rendered_alert_drop_fields(alerts[3]);
                for (size_t i = 0; i < ALERT_RESERVE_MAX - 1; i++)
                        (void)rendered_alert_unref(alerts[i]);
                if (turn == 0)
                        (void)rendered_alert_unref(alerts[ALERT_RESERVE_MAX - 1]);
        }
        /* one is with a writer that hangs */
        last = alerts[ALERT_RESERVE_MAX - 1];
        ck_assert_ptr_null(alert_reserve_free(reserve));
        ck_assert(memcmp(last->json, "{\"schema\"", 9) == 0);
        ck_assert_ptr_null(rendered_alert_unref(last));
        fixture_free(fixture);
}
END_TEST

TEST_MAIN("alert_minimal", CASE(test_what_it_holds_is_as_in_the_whole_alert), CASE(test_no_names_are_too_long_for_it),
          CASE(test_a_loss_of_records_lacks_nothing), CASE(test_the_reserve_is_used_up_and_comes_back))
