/* cli/scan/store.h: what is kept of an incident in several logs, in which order, by which id. */

#include <json-c/json.h>
#include <stdio.h>

#include "alert/completion.h"
#include "harness.h"
#include "scan/store.h"
#include "sighting_fixture.h"

#define JSON                                                                                                           \
        "{\"schema\":\"oomwatchd.alert/1\",\"id\":\"" ALERT_GROUP_FIRST_UNSET                                          \
        "\",\"type\":\"oom_kill\",\"severity\":\"error\",\"summary\":\"\\\"source\\\":{\",\"host\":{\"name\":\"a\"},"  \
        "\"source\":{\"kind\":\"file\",\"line\":1}}"

struct findings {
        size_t count;
        int64_t pids[64], times[64];
        char ids[64][33];
        struct json_object *alerts[64];
        char blocks[64][128];
        size_t n_locations[64];
        char first_path[64][16];
};

static int on_finding(const struct finding *finding, void *userdata)
{
        struct findings *findings = userdata;
        size_t i = findings->count++;
        struct json_object *pid;

        ck_assert_uint_lt(i, COUNT(findings->pids));
        ck_assert_uint_eq(strlen(finding->json), finding->json_length);
        findings->alerts[i] = json_tokener_parse(finding->json);
        ck_assert_ptr_nonnull(findings->alerts[i]);
        findings->pids[i] =
                json_object_object_get_ex(findings->alerts[i], "pid", &pid) ? json_object_get_int64(pid) : -1;
        findings->times[i] = finding->time_usec;
        (void)snprintf(findings->ids[i], 33, "%s",
                       json_object_get_string(json_object_object_get(findings->alerts[i], "id")));
        (void)snprintf(findings->blocks[i], sizeof(findings->blocks[i]), "%s", finding->block ? finding->block : "");
        findings->n_locations[i] = finding->n_locations;
        (void)snprintf(findings->first_path[i], sizeof(findings->first_path[i]), "%s", finding->locations[0].path);
        return 0;
}

static struct store *new_store(void)
{
        struct store *store;

        ck_assert_int_eq(store_new(two_hours_east, &store), 0);
        return store;
}

/* Offset in json after the words, the last ones of that kind; 0: they aren't there. */
static uint32_t after(const char *json, const char *words)
{
        const char *at = NULL;

        for (const char *next = json; (next = strstr(next, words)); next++)
                at = next;
        return at ? (uint32_t)(at + strlen(words) - json) : 0;
}

static void keep(struct store *store, struct sighting_batch *batch, struct sighting sighting, const char *json,
                 const char *block)
{
        const struct alert_gaps gaps = {
                .id = after(json, "\"id\":\""),
                .time = after(json, "\"summary\":") - (uint32_t)strlen("\"summary\":"),
                .locations = after(json, "\"source\":{"),
                .group_first = after(json, "\"first\":\""),
        };
        ck_assert_int_eq(store_keep_texts(store, text_from(json), &gaps, text_from(block), TEXT(""), &sighting), 0);
        ck_assert_int_eq(sighting_batch_add(batch, &sighting), 0);
}

static struct findings *findings_of(struct store *store)
{
        struct findings *findings = calloc(1, sizeof(*findings));

        ck_assert_ptr_nonnull(findings);
        ck_assert_int_eq(store_each(store, on_finding, findings), 0);
        return findings;
}

static void findings_free(struct findings *findings)
{
        for (size_t i = 0; i < findings->count; i++)
                (void)json_object_put(findings->alerts[i]);
        free(findings);
}

static const char *string_at(struct json_object *object, const char *name)
{
        return json_object_get_string(json_object_object_get(object, name));
}

START_TEST(test_an_incident_in_three_logs_is_one_with_three_locations)
{
        struct store *store = new_store();
        struct sighting_batch logs[3] = { { .path = "kern.log" }, { .path = "error" }, { .path = NULL } };
        struct sighting sighting = at_time(yearless(2025, 8, 25, 14));
        struct json_object *source, *places, *place;
        struct findings *findings;

        sighting.line = 3;
        keep(store, &logs[0], sighting, JSON, "2025-08-25 12:06:20 UTC ERROR pengine\n");
        sighting.line = 1;
        keep(store, &logs[1], sighting, JSON, NULL);
        sighting = at_time(sure(NOON + 17, 1));
        keep(store, &logs[2], sighting, JSON, NULL);
        for (size_t i = 0; i < 3; i++) {
                ck_assert_int_eq(store_add(store, &logs[i]), 0);
                ck_assert_ptr_null(logs[i].sightings);
        }
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 1);
        ck_assert_int_eq(findings->times[0], NOON + 17);
        ck_assert_str_eq(string_at(findings->alerts[0], "time"), "2026-08-25T12:06:20.000017Z");
        ck_assert_str_eq(string_at(findings->alerts[0], "time_source"), "log");
        ck_assert_ptr_null(json_object_object_get(findings->alerts[0], "time_doubts"));
        ck_assert_str_eq(string_at(findings->alerts[0], "summary"), "\"source\":{");
        ck_assert_str_eq(findings->blocks[0], "2026-08-25 12:06:20 UTC ERROR pengine\n");
        source = json_object_object_get(findings->alerts[0], "source");
        ck_assert_str_eq(string_at(source, "kind"), "file");
        places = json_object_object_get(source, "places");
        ck_assert_uint_eq(json_object_array_length(places), 3);
        ck_assert_uint_eq(findings->n_locations[0], 3);
        place = json_object_array_get_idx(places, 0);
        ck_assert_str_eq(string_at(place, "path"), "kern.log");
        ck_assert_int_eq(json_object_get_int(json_object_object_get(place, "line")), 3);
        ck_assert_str_eq(string_at(json_object_array_get_idx(places, 1), "path"), "error");
        ck_assert_int_eq(json_object_object_length(json_object_array_get_idx(places, 2)), 0);
        findings_free(findings);
        store_free(store);
}
END_TEST

START_TEST(test_the_most_complete_sighting_is_kept)
{
        struct store *store = new_store();
        struct sighting_batch logs[2] = { { .path = "error" }, { .path = "kern.log" } };
        struct sighting sighting = at_time(sure(NOON, SEC));
        struct findings *findings;

        keep(store, &logs[0], sighting, JSON, "bare");
        sighting.completeness = 20;
        sighting.time = yearless(2026, 8, 25, 14);
        keep(store, &logs[1], sighting, JSON, "whole");
        ck_assert_int_eq(store_add(store, &logs[0]), 0);
        ck_assert_int_eq(store_add(store, &logs[1]), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 1);
        ck_assert_str_eq(findings->blocks[0], "2026-08-25 12:06:20 UTC whole");
        ck_assert_int_eq(findings->times[0], NOON);
        ck_assert_ptr_null(json_object_object_get(findings->alerts[0], "time_doubts"));
        ck_assert_str_eq(findings->first_path[0], "error");
        findings_free(findings);
        store_free(store);
}
END_TEST

START_TEST(test_of_equally_complete_sightings_the_first_is_kept)
{
        struct store *store = new_store();
        struct sighting_batch logs[2] = { { .path = "error" }, { .path = "kern.log" } };
        struct findings *findings;

        for (size_t i = 0; i < COUNT(logs); i++) {
                keep(store, &logs[i], at_time(sure(NOON, SEC)), JSON, i ? "second" : "first");
                ck_assert_int_eq(store_add(store, &logs[i]), 0);
        }
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 1);
        ck_assert_str_eq(findings->blocks[0], "2026-08-25 12:06:20 UTC first");
        findings_free(findings);
        store_free(store);
}
END_TEST

/* The first log knows least, the second says which host, boot, stamp, sizes it was: the third log's kill is another one. */
START_TEST(test_a_finding_has_what_any_of_its_logs_knows)
{
        for (size_t i = 0; i < 4; i++) {
                struct store *store = new_store();
                struct sighting_batch log = { .path = "kern.log" };
                struct sighting first = at_time(sure(NOON, SEC)), second, third;
                struct findings *findings;

                first.sizes[SIGHTING_FILE_RSS] = SIGHTING_SIZE_UNKNOWN;
                second = third = first;
                second.boot_hash = i == 1 ? 1 : 0;
                third.boot_hash = i == 1 ? 2 : 0;
                second.mono_usec = i == 2 ? 5000000 : LOG_UNKNOWN;
                third.mono_usec = i == 2 ? 5000001 : LOG_UNKNOWN;
                second.sizes[SIGHTING_FILE_RSS] = i == 3 ? 4 : SIGHTING_SIZE_UNKNOWN;
                third.sizes[SIGHTING_FILE_RSS] = i == 3 ? 8 : SIGHTING_SIZE_UNKNOWN;
                if (i == 0) {
                        ck_assert_int_eq(store_host_number(store, TEXT("a"), &second.host), 0);
                        ck_assert_int_eq(store_host_number(store, TEXT("b"), &third.host), 0);
                }
                keep(store, &log, first, JSON, NULL);
                keep(store, &log, second, JSON, NULL);
                keep(store, &log, third, JSON, NULL);
                ck_assert_int_eq(store_add(store, &log), 0);
                findings = findings_of(store);
                ck_assert_msg(findings->count == 2, "case %zu: %zu findings", i, findings->count);
                findings_free(findings);
                store_free(store);
        }
}
END_TEST

START_TEST(test_two_kills_of_one_name_in_one_second_are_two)
{
        struct store *store = new_store();
        struct sighting_batch log = { .path = "kern.log" };
        struct sighting first = at_time(sure(NOON, SEC)), second = first;
        struct findings *findings;

        first.line = 1;
        second.line = 2;
        second.sizes[SIGHTING_ANON_RSS]++;
        keep(store, &log, first, JSON, NULL);
        keep(store, &log, second, JSON, NULL);
        ck_assert_int_eq(store_add(store, &log), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 2);
        ck_assert_str_ne(findings->ids[0], findings->ids[1]);
        findings_free(findings);
        store_free(store);
}
END_TEST

START_TEST(test_order_is_that_of_time_and_then_of_the_logs)
{
        static const struct {
                const char *path;
                int64_t time_usec;
        } cases[] = { { "d", NOON + SEC },  { "e", LOG_UNKNOWN }, { "a", NOON - SEC },
                      { "f", LOG_UNKNOWN }, { "b", NOON },        { "c", NOON } };
        struct store *store = new_store();
        struct findings *findings;

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct sighting_batch log = { .path = cases[i].path };
                struct sighting sighting = sighting_of(100 + (int64_t)i, "x");

                sighting.time = sure(cases[i].time_usec, SEC);
                keep(store, &log, sighting, JSON, NULL);
                ck_assert_int_eq(store_add(store, &log), 0);
        }
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, COUNT(cases));
        for (size_t i = 0; i < COUNT(cases); i++)
                ck_assert_int_eq(findings->first_path[i][0], (char)('a' + i));
        findings_free(findings);
        store_free(store);
}
END_TEST

START_TEST(test_a_member_of_a_group_names_the_id_of_its_first_kill)
{
        static const char member_json[] =
                "{\"id\":\"" ALERT_GROUP_FIRST_UNSET "\",\"summary\":\"x\",\"source\":{\"kind\":\"file\"},"
                "\"group\":{\"cgroup\":\"/a\",\"first\":\"" ALERT_GROUP_FIRST_UNSET "\"}}";
        struct store *store = new_store();
        struct sighting_batch log = { .path = "kern.log" };
        struct sighting first = at_time(sure(NOON, SEC)), member = sighting_of(1150, "member");
        struct findings *findings;

        member.time = first.time;
        member.group_first = 0;
        keep(store, &log, first, JSON, NULL);
        keep(store, &log, member, member_json, NULL);
        ck_assert_int_eq(store_add(store, &log), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 2);
        ck_assert_str_eq(string_at(json_object_object_get(findings->alerts[1], "group"), "first"), findings->ids[0]);
        ck_assert_str_ne(findings->ids[0], ALERT_GROUP_FIRST_UNSET);
        findings_free(findings);
        store_free(store);
}
END_TEST

/* The log with more of the member's report names the first kill by a number of its own. */
START_TEST(test_a_member_of_a_group_in_two_logs)
{
        static const char member_json[] =
                "{\"id\":\"" ALERT_GROUP_FIRST_UNSET "\",\"summary\":\"x\",\"source\":{\"kind\":\"file\"},"
                "\"group\":{\"cgroup\":\"/a\",\"first\":\"" ALERT_GROUP_FIRST_UNSET "\"}}";
        struct store *store = new_store();
        struct sighting_batch logs[2] = { { .path = "error" }, { .path = "kern.log" } };
        struct sighting first = at_time(sure(NOON, SEC)), member = sighting_of(1150, "member"),
                        other = sighting_of(7, "x");
        struct findings *findings;

        member.time = first.time;
        other.time = sure(NOON - SEC, SEC);
        keep(store, &logs[0], member, JSON, NULL);
        member.group_first = 1;
        member.completeness++;
        keep(store, &logs[1], other, JSON, NULL);
        keep(store, &logs[1], first, JSON, NULL);
        keep(store, &logs[1], member, member_json, NULL);
        for (size_t i = 0; i < COUNT(logs); i++)
                ck_assert_int_eq(store_add(store, &logs[i]), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 3);
        ck_assert_str_eq(string_at(json_object_object_get(findings->alerts[1], "group"), "first"), findings->ids[2]);
        findings_free(findings);
        store_free(store);
}
END_TEST

START_TEST(test_ids_follow_the_recipe_and_never_repeat)
{
        struct store *store = new_store();
        struct sighting_batch log = { .path = "kern.log" };
        struct sighting first = at_stamp(1), second = at_stamp(2);
        struct alert_log_key key = {
                .type = ALERT_OOM_KILL,
                .host = TEXT("web1"),
                .comm = TEXT("pengine"),
                .pid = 1149,
                .time_usec = NOON,
                .mono_usec = 1,
        };
        struct findings *findings;
        char id[33];

        ck_assert_int_eq(store_host_number(store, TEXT("web1"), &first.host), 0);
        second.host = first.host;
        first.time = second.time = sure(NOON, SEC);
        keep(store, &log, first, JSON, NULL);
        keep(store, &log, second, JSON, NULL);
        ck_assert_int_eq(store_add(store, &log), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 2);
        alert_log_id(&key, id);
        ck_assert_str_eq(findings->ids[0], id);
        key.nth = 2;
        alert_log_id(&key, id);
        ck_assert_str_eq(findings->ids[1], id);
        findings_free(findings);
        store_free(store);
}
END_TEST

/* What each should be was computed by another program, from the recipe in alert.h. */
START_TEST(test_ids_of_logs_are_hashes_of_what_they_say)
{
        const struct {
                struct alert_log_key key;
                const char *id;
        } cases[] = {
                { { ALERT_OOM_KILL, TEXT(""), TEXT(""), OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN, 0 },
                  "73845985f87b5a425ae2f94a6fddc75b" },
                { { ALERT_OOM_KILL, TEXT("web1"), TEXT("pengine"), NOON, 17, 1149, 1 },
                  "9bd0eac10e7488280877059006dfdad7" },
                { { ALERT_OOM_KILL, TEXT("web1"), TEXT("pengine"), NOON, 17, 1149, 2 },
                  "63a90b1a0f79e4b8fc8b0d7883ceb4fe" },
                { { ALERT_OOM_NO_VICTIM, TEXT(""), TEXT(""), OOM_UNKNOWN, 17, OOM_UNKNOWN, 1 },
                  "866f06bf9a8c2a40967b0f960f391e4e" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char id[33];

                alert_log_id(&cases[i].key, id);
                ck_assert_str_eq(id, cases[i].id);
        }
}
END_TEST

#define BOOT      "15d5ac48f18743eb9938b5a4d5be6a9c"
#define RING_JSON "{\"id\":\"" ALERT_GROUP_FIRST_UNSET "\",\"summary\":\"\",\"source\":{\"kind\":\"kmsg\"}}"

/* The same kill in a file, in the journal and in the ring buffer, whichever is read first: has the id that oomwatchd gives it. */
START_TEST(test_what_the_ring_buffer_has_gets_its_id)
{
        char id[33];

        alert_id(ALERT_OOM_KILL, BOOT, 0, 5 * SEC, id);
        for (size_t ring_at = 0; ring_at < 3; ring_at++) {
                struct store *store = new_store();
                struct sighting_batch logs[3] = { { .path = "kern.log" }, { .path = NULL }, { .path = NULL } };
                struct sighting sighting = at_time(sure(NOON + 17, 1)), in_ring = at_stamp(5 * SEC);
                struct findings *findings;

                sighting.mono_usec = 5 * SEC;
                in_ring.seq = 0; /* is a number, too */
                in_ring.completeness = (uint8_t)(sighting.completeness + 4);
                in_ring.time = sure(NOON + HOUR, 1);
                in_ring.time.doubts = LOG_DOUBT_STAMP;
                logs[ring_at].path = "/dev/kmsg";
                logs[ring_at].boot_id = BOOT;
                for (size_t i = 0; i < COUNT(logs); i++) {
                        keep(store, &logs[i], i == ring_at ? in_ring : sighting, i == ring_at ? RING_JSON : JSON, NULL);
                        ck_assert_int_eq(store_add(store, &logs[i]), 0);
                }
                findings = findings_of(store);
                ck_assert_uint_eq(findings->count, 1);
                ck_assert_str_eq(findings->ids[0], id);
                ck_assert_uint_eq(findings->n_locations[0], 3);
                ck_assert_str_eq(string_at(json_object_object_get(findings->alerts[0], "source"), "kind"), "kmsg");
                /* what a log says of the time was written down then */
                ck_assert_int_eq(findings->times[0], NOON + 17);
                ck_assert_str_eq(string_at(findings->alerts[0], "time_source"), "log");
                findings_free(findings);
                store_free(store);
        }
}
END_TEST

/* The report's beginning is overwritten, and a log has it. */
START_TEST(test_a_log_that_has_more_than_the_ring_buffer_gets_its_id)
{
        struct store *store = new_store();
        struct sighting_batch logs[2] = { { .path = "/dev/kmsg", .boot_id = BOOT }, { .path = "kern.log" } };
        struct sighting sighting = at_time(sure(NOON, SEC)), in_ring = at_stamp(5 * SEC), other = in_ring;
        struct findings *findings;
        char id[33];

        in_ring.seq = 4711;
        in_ring.time = other.time = sure(NOON, 1);
        in_ring.time.doubts = other.time.doubts = LOG_DOUBT_STAMP;
        sighting.completeness = (uint8_t)(in_ring.completeness + 1);
        other.pid = 1150;
        other.seq = 4712;
        keep(store, &logs[0], in_ring, RING_JSON, NULL);
        keep(store, &logs[0], other, RING_JSON, NULL);
        keep(store, &logs[1], sighting, JSON, NULL);
        for (size_t i = 0; i < COUNT(logs); i++)
                ck_assert_int_eq(store_add(store, &logs[i]), 0);
        findings = findings_of(store);
        ck_assert_uint_eq(findings->count, 2);
        alert_id(ALERT_OOM_KILL, BOOT, 4711, 5 * SEC, id);
        ck_assert_str_eq(findings->ids[0], id);
        ck_assert_str_eq(string_at(json_object_object_get(findings->alerts[0], "source"), "kind"), "file");
        ck_assert_str_eq(string_at(findings->alerts[0], "time_source"), "log");
        alert_id(ALERT_OOM_KILL, BOOT, 4712, 5 * SEC, id);
        ck_assert_str_eq(findings->ids[1], id);
        ck_assert_str_eq(string_at(findings->alerts[1], "time_source"), "estimated");
        ck_assert_ptr_null(json_object_object_get(findings->alerts[1], "time_doubts"));
        findings_free(findings);
        store_free(store);
}
END_TEST

static int count_finding(const struct finding *finding, void *userdata)
{
        ck_assert_uint_eq(finding->n_locations, 2);
        ++*(size_t *)userdata;
        return 0;
}

START_TEST(test_a_hundred_thousand_are_kept_apart)
{
        struct store *store = new_store();
        size_t count = 0;

        for (size_t log = 0; log < 2; log++) {
                struct sighting_batch batch = { .path = "a" };

                for (int64_t i = 0; i < 100000; i++) {
                        struct sighting sighting = sighting_of(i % 30000, "stress"); /* pids come again */

                        sighting.time = sure(NOON + i * HOUR / 60, SEC);
                        keep(store, &batch, sighting, RING_JSON, NULL);
                }
                ck_assert_int_eq(store_add(store, &batch), 0);
        }
        ck_assert_int_eq(store_each(store, count_finding, &count), 0);
        ck_assert_uint_eq(count, 100000);
        store_free(store);
}
END_TEST

TEST_MAIN("store", CASE(test_an_incident_in_three_logs_is_one_with_three_locations),
          CASE(test_the_most_complete_sighting_is_kept), CASE(test_of_equally_complete_sightings_the_first_is_kept),
          CASE(test_a_member_of_a_group_in_two_logs), CASE(test_a_finding_has_what_any_of_its_logs_knows),
          CASE(test_two_kills_of_one_name_in_one_second_are_two), CASE(test_order_is_that_of_time_and_then_of_the_logs),
          CASE(test_a_member_of_a_group_names_the_id_of_its_first_kill),
          CASE(test_ids_follow_the_recipe_and_never_repeat), CASE(test_ids_of_logs_are_hashes_of_what_they_say),
          CASE(test_what_the_ring_buffer_has_gets_its_id),
          CASE(test_a_log_that_has_more_than_the_ring_buffer_gets_its_id), CASE(test_a_hundred_thousand_are_kept_apart))
