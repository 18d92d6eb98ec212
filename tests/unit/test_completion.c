/* lib/alert/completion.h */

#include "alert/completion.h"
#include "alert_fixture.h"

#define ID    "0123456789abcdef0123456789abcdef"
#define FIRST "fedcba9876543210fedcba9876543210"
#define NOON  INT64_C(1756123580000000)

/* A kill of a log, with names that look like JSON and hold what is escaped in it. */
static struct fixture *fixture_new_hostile(void)
{
        static const struct machine_identity hostile = { .name = "\"},\"source\":{\"kind\":\"\177\302\233\302\251" };
        struct fixture *fixture = fixture_new_kill();

        fixture->context.host = &hostile;
        fixture->context.kind = ALERT_SOURCE_FILE;
        fixture->context.path = "/var/log/\"id\":\"\177";
        fixture->context.time_usec = OOM_UNKNOWN;
        fixture->context.time_source = ALERT_TIME_UNKNOWN;
        fixture->context.log = (struct alert_log){ 12, OOM_UNKNOWN, OOM_UNKNOWN, ALERT_GROUP_FIRST_UNSET };
        oom_name_set(&fixture->incident.victim.comm, TEXT("\"first\":\"\177"));
        fixture->incident.is_group_member = true;
        oom_path_set(&fixture->incident.group_memcg, TEXT("/\"first\":\"" ALERT_GROUP_FIRST_UNSET "\"\302\200"));
        return fixture;
}

/* Completes the fixture's alert, and reads it back into the fixture. */
static void complete(struct fixture *fixture, const struct alert_completion *completion)
{
        struct alert_gaps gaps;
        size_t length;
        char *json;

        fixture_render(fixture);
        (void)json_object_put(fixture->parsed);
        free(fixture->json);
        json = alert_to_json_with_gaps(&fixture->alert, &length, &gaps);
        ck_assert_ptr_nonnull(json);
        fixture->json = alert_complete((struct text){ json, length }, &gaps, completion, &fixture->json_length);
        free(json);
        ck_assert_ptr_nonnull(fixture->json);
        ck_assert_uint_eq(strlen(fixture->json), fixture->json_length);
        fixture->parsed = json_tokener_parse(fixture->json);
        ck_assert_ptr_nonnull(fixture->parsed);
}

START_TEST(test_a_completed_alert_is_as_if_all_had_been_known)
{
        struct alert_completion completion = { .id = ID, .time_usec = NOON, .group_first = FIRST, .n_locations = 1 };
        struct fixture *completed = fixture_new_hostile(), *known = fixture_new_hostile();
        char *json;

        known->context.time_usec = NOON;
        known->context.time_source = ALERT_TIME_LOG;
        known->context.log.group_first = FIRST;
        fixture_render(known);
        memcpy(known->alert.id, ID, sizeof(ID));
        json = alert_to_json(&known->alert, NULL);
        complete(completed, &completion);
        ck_assert_str_eq(completed->json, json);
        free(json);
        fixture_free(known);
        fixture_free(completed);
}
END_TEST

START_TEST(test_what_stays_unknown_is_absent)
{
        struct alert_completion completion = { .id = ID, .time_usec = LOG_UNKNOWN };
        struct fixture *fixture = fixture_new_kill();

        fixture->context.kind = ALERT_SOURCE_JOURNAL;
        fixture->context.time_source = ALERT_TIME_UNKNOWN;
        complete(fixture, &completion);
        check_string(fixture, "id", TEXT(ID));
        ck_assert_ptr_null(at(fixture, "time"));
        ck_assert_ptr_null(at(fixture, "source.places"));
        ck_assert_ptr_null(at(fixture, "group"));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_locations_are_the_first_members_of_the_source)
{
        static const struct alert_location locations[] = { { "/a", 3 }, { NULL, 0 } };
        struct alert_completion completion = {
                .id = ID,
                .time_usec = NOON,
                .doubts = LOG_DOUBT_YEAR,
                .n_locations = 2,
                .locations = locations,
        };
        struct fixture *fixture = fixture_new_hostile();

        complete(fixture, &completion);
        ck_assert_ptr_nonnull(strstr(fixture->json, ",\"time\":\"2025-08-25T12:06:20.000000Z\",\"time_source\":\"log\","
                                                    "\"time_doubts\":[\"year\"],\"summary\":"));
        ck_assert_ptr_nonnull(
                strstr(fixture->json, ",\"source\":{\"places\":[{\"path\":\"/a\",\"line\":3},{}],\"kind\":\"file\","));
        check_string(fixture, "group.first", TEXT(ALERT_GROUP_FIRST_UNSET)); /* none was given */
        fixture_free(fixture);
}
END_TEST

TEST_MAIN("completion", CASE(test_a_completed_alert_is_as_if_all_had_been_known),
          CASE(test_what_stays_unknown_is_absent), CASE(test_locations_are_the_first_members_of_the_source))
