/* lib/alert/digest.h */

#include "alert/digest.h"

#include <errno.h>
#include <json-c/json.h>

#include "alert/json.h"
#include "harness.h"
#include "util/cleanup.h"

/* An alert of a kill in /system.slice/web.service, with the id of that number. */
static char *kill_of(unsigned number, const char *comm, const char *severity, const char *more)
{
        char *json;

        ck_assert_int_gt(
                asprintf(&json,
                         "{\"schema\":\"oomwatchd.alert/1\",\"id\":\"%032x\",\"type\":\"oom_kill\",\"severity\":\"%s\","
                         "\"time\":\"2026-01-02T03:04:%02u.000000Z\",\"time_source\":\"arrival\",\"summary\":\"x\","
                         "\"host\":{\"name\":\"web1\"},\"source\":{\"kind\":\"kmsg\"},\"scope\":\"memcg\","
                         "\"victim\":{\"pid\":%u,\"comm\":\"%s\",\"cmdline\":\"%s --secret\",\"unit\":\"web.service\"},"
                         "\"limit\":{\"cgroup\":\"/system.slice/web.service\",\"unit\":\"web.service\"}%s}",
                         number, severity, number % 60, number + 1, comm, comm, more),
                0);
        return json;
}

static void add_kill(struct digest *digest, unsigned number, const char *comm, const char *severity, const char *more)
{
        _cleanup_(freep) char *json = kill_of(number, comm, severity, more);

        ck_assert_int_eq(digest_add(digest, json, strlen(json)), 0);
}

static struct json_object *written(const struct digest *digest)
{
        struct digest_text text;
        struct json_object *object;

        ck_assert_int_eq(digest_write(digest, &text), 0);
        ck_assert_uint_eq(strlen(text.json), text.length);
        ck_assert_uint_le(text.length, ALERT_JSON_MAX);
        ck_assert_ptr_null(strchr(text.json, '\n'));
        object = json_tokener_parse(text.json);
        ck_assert_ptr_nonnull(object);
        ck_assert_str_eq(json_object_get_string(json_object_object_get(object, "id")), text.id);
        free(text.json);
        return object;
}

static const char *word(struct json_object *object, const char *name)
{
        return json_object_get_string(json_object_object_get(object, name));
}

static struct digest *new_digest(void)
{
        struct digest *digest = NULL;

        ck_assert_int_eq(digest_new(&digest), 0);
        return digest;
}

START_TEST(test_keys)
{
        static const struct {
                const char *json;
                const char *key; /* NULL: it stands by itself */
        } cases[] = {
                { "{\"type\":\"oom_kill\",\"scope\":\"memcg\",\"limit\":{\"cgroup\":\"/"
                  "a\"},\"victim\":{\"unit\":\"x.service\"}}",
                  "oom_kill\n\nmemcg\nlimit\n\n/a" },
                { "{\"type\":\"oom_no_victim\",\"scope\":\"memcg\",\"limit\":{\"cgroup\":\"/a\"}}",
                  "oom_no_victim\n\nmemcg\nlimit\n\n/a" },
                { "{\"type\":\"oom_kill\",\"scope\":\"global\",\"victim\":{\"unit\":\"user@7.service\",\"user_unit\":"
                  "\"b.scope\","
                  "\"cgroup\":\"/c\"}}",
                  "oom_kill\n\nglobal\nunit\nb.scope\nuser@7.service" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"cgroup\":\"/\\ufffd\",\"cgroup_hex\":\"2fff\"}}",
                  "oom_kill\n\n\ncgroup\n\n2fff" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"pid\":1}}", "oom_kill\n\n\ncgroup\n\n" },
                { "{\"type\":\"user_kill\",\"killer\":\"earlyoom\",\"victim\":{\"unit\":\"x.service\"}}",
                  "user_kill\nearlyoom\n\nunit\n\nx.service" },
                { "{\"type\":\"oom_panic\"}", NULL },
                { "{\"type\":\"oom_unreapable\",\"victim\":{\"pid\":1}}", NULL },
                { "{\"type\":\"records_lost\",\"lost\":1}", NULL },
                { "{\"type\":\"kills_missed\",\"missed\":1}", NULL },
                { "{\"type\":\"digest\"}", NULL },
                { "{\"type\":\"test\"}", NULL },
                { "{\"type\":7}", NULL },
                { "{}", NULL },
        };
        static const char *const others[] = { "", "[]", "7", "{\"type\":\"oom_kill\"", "{\"type\":\"\xff\"}" };

        for (size_t i = 0; i < COUNT(cases); i++) {
                _cleanup_(freep) char *key = NULL;

                ck_assert_int_eq(digest_key(cases[i].json, strlen(cases[i].json), &key), 0);
                ck_assert_pstr_eq(key, cases[i].key);
        }
        for (size_t i = 0; i < COUNT(others); i++) {
                char *key = NULL;

                ck_assert_int_eq(digest_key(others[i], strlen(others[i]), &key), -EBADMSG);
                ck_assert_ptr_null(key);
        }
}
END_TEST

START_TEST(test_what_a_digest_says)
{
        struct digest *digest = new_digest();
        struct json_object *alert, *object, *victims;

        add_kill(digest, 1, "php", "error", "");
        for (unsigned i = 2; i <= 13; i++)
                add_kill(digest, i, "nginx", i == 7 ? "critical" : "warning", "");
        alert = written(digest);
        ck_assert_str_eq(word(alert, "schema"), "oomwatchd.alert/1");
        ck_assert_str_eq(word(alert, "type"), "digest");
        ck_assert_str_eq(word(alert, "severity"), "critical");
        ck_assert_str_eq(word(alert, "time"), "2026-01-02T03:04:13.000000Z");
        ck_assert_str_eq(word(alert, "time_source"), "arrival");
        ck_assert_str_eq(word(alert, "summary"), "13 more kills in web.service within 12 s: nginx (12), php (1)");
        ck_assert_str_eq(word(alert, "scope"), "memcg");
        ck_assert_str_eq(word(json_object_object_get(alert, "limit"), "unit"), "web.service");
        ck_assert_str_eq(word(json_object_object_get(alert, "host"), "name"), "web1");
        ck_assert_ptr_null(json_object_object_get(alert, "victim"));
        ck_assert_ptr_null(json_object_object_get(alert, "dropped_before"));
        object = json_object_object_get(alert, "digest");
        ck_assert_str_eq(word(object, "of"), "oom_kill");
        ck_assert_int_eq(json_object_get_int(json_object_object_get(object, "count")), 13);
        ck_assert_str_eq(word(object, "first"), "2026-01-02T03:04:01.000000Z");
        ck_assert_str_eq(word(object, "last"), "2026-01-02T03:04:13.000000Z");
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(object, "ids")), 13);
        victims = json_object_object_get(object, "victims");
        ck_assert_uint_eq(json_object_array_length(victims), 13);
        object = json_object_array_get_idx(victims, 1);
        ck_assert_str_eq(word(object, "id"), "00000000000000000000000000000002");
        ck_assert_str_eq(word(object, "time"), "2026-01-02T03:04:02.000000Z");
        ck_assert_str_eq(word(object, "comm"), "nginx");
        ck_assert_str_eq(word(object, "unit"), "web.service");
        ck_assert_ptr_null(json_object_object_get(object, "cmdline"));
        ck_assert_ptr_null(strstr(json_object_to_json_string(alert), "secret"));
        json_object_put(alert);
        digest = digest_free(digest);
}
END_TEST

START_TEST(test_summaries)
{
        static const struct {
                const char *first, *second, *summary;
        } cases[] = {
                { "\"type\":\"oom_kill\",\"scope\":\"global\",\"victim\":{\"pid\":1}",
                  "\"type\":\"oom_kill\",\"scope\":\"global\",\"victim\":{\"pid\":2}", "2 more kills" },
                { "\"type\":\"oom_kill\",\"victim\":{\"unit\":\"user@7.service\",\"user_unit\":\"b.scope\"}",
                  "\"type\":\"oom_kill\",\"victim\":{}", "2 more kills in b.scope of user@7.service" },
                { "\"type\":\"oom_no_victim\",\"limit\":{\"cgroup\":\"/a\\u001b\"}", "\"type\":\"oom_no_victim\"",
                  "Out of memory 2 more times without a kill in cgroup /a?" },
                { "\"type\":\"user_kill\",\"killer\":\"earlyoom\",\"victim\":{\"comm\":\"a\"}",
                  "\"type\":\"user_kill\",\"victim\":{\"comm\":\"b\"}", "2 more kills by earlyoom: a (1), b (1)" },
                { "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-02T03:04:05Z\"",
                  "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-02T03:04:05Z\"",
                  "2 more kills within 1 s" },
                { "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-02T03:04:05Z\"",
                  "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-02T03:34:06Z\"",
                  "2 more kills within 31 min" },
                { "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-02T03:04:05Z\"",
                  "\"type\":\"oom_kill\",\"time_source\":\"log\",\"time\":\"2026-01-03T03:04:05Z\"",
                  "2 more kills within 24 h" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct digest *digest = new_digest();
                struct json_object *alert;

                for (unsigned j = 0; j < 2; j++) {
                        _cleanup_(freep) char *json = NULL;

                        ck_assert_int_gt(
                                asprintf(&json, "{\"id\":\"%032x\",%s}", j, j ? cases[i].second : cases[i].first), 0);
                        ck_assert_int_eq(digest_add(digest, json, strlen(json)), 0);
                }
                alert = written(digest);
                ck_assert_str_eq(word(alert, "summary"), cases[i].summary);
                json_object_put(alert);
                digest = digest_free(digest);
        }
}
END_TEST

/* The longest names that can be, each of another process. */
START_TEST(test_the_largest_digest_fits)
{
        struct digest *digest = new_digest();
        struct json_object *alert, *object;
        char comm[65], last[16];
        _cleanup_(freep) char *json = NULL;

        for (unsigned i = 0; i < DIGEST_ALERTS_MAX; i++) {
                (void)snprintf(comm, sizeof(comm), "%064u", i);
                add_kill(digest, i, comm, "error", "");
        }
        json = kill_of(1, "x", "error", "");
        ck_assert_int_eq(digest_add(digest, json, strlen(json)), -ENOSPC);
        alert = written(digest);
        object = json_object_object_get(alert, "digest");
        ck_assert_int_eq(json_object_get_int(json_object_object_get(object, "count")), DIGEST_ALERTS_MAX);
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(object, "ids")), DIGEST_ALERTS_MAX);
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(object, "victims")), DIGEST_VICTIMS_MAX);
        (void)snprintf(last, sizeof(last), "%d others", DIGEST_ALERTS_MAX - 5);
        ck_assert_ptr_nonnull(strstr(word(alert, "summary"), last));
        ck_assert_uint_le(strlen(word(alert, "summary")), 600);
        json_object_put(alert);
        digest = digest_free(digest);
}
END_TEST

/* What the spool has dropped is said in an alert: the sum must not be lost with it. */
START_TEST(test_what_was_dropped_before_is_summed_up)
{
        struct digest *digest = new_digest();
        struct json_object *alert;

        add_kill(digest, 1, "a", "error", ",\"dropped_before\":3");
        add_kill(digest, 2, "a", "error", "");
        add_kill(digest, 3, "a", "error", ",\"dropped_before\":4");
        alert = written(digest);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(alert, "dropped_before")), 7);
        json_object_put(alert);
        digest = digest_free(digest);
}
END_TEST

START_TEST(test_the_id_is_that_of_the_alerts_in_it)
{
        char ids[3][33] = { "", "", "" };

        for (unsigned i = 0; i < 3; i++) {
                struct digest *digest = new_digest();
                struct digest_text text;

                add_kill(digest, 1, "a", "error", "");
                add_kill(digest, i < 2 ? 2 : 3, "a", "error", "");
                ck_assert_int_eq(digest_write(digest, &text), 0);
                memcpy(ids[i], text.id, sizeof(ids[i]));
                free(text.json);
                digest = digest_free(digest);
        }
        ck_assert_str_eq(ids[0], ids[1]);
        ck_assert_str_ne(ids[0], ids[2]);
        ck_assert_uint_eq(strspn(ids[0], "0123456789abcdef"), 32);
}
END_TEST

START_TEST(test_what_is_no_alert_is_not_added)
{
        static const char *const texts[] = { "",
                                             "{}",
                                             "{\"id\":7}",
                                             "{\"id\":\"abc\"}",
                                             "[]",
                                             "{\"id\":\"0123456789abcdef0123456789abcdef0\"}",
                                             "{\"id\":\"0123456789abcdef\\u0000123456789abcdef\"}" };
        struct digest *digest = new_digest();
        struct json_object *alert;

        add_kill(digest, 1, "a", "error", "");
        for (size_t i = 0; i < COUNT(texts); i++)
                ck_assert_int_eq(digest_add(digest, texts[i], strlen(texts[i])), -EBADMSG);
        alert = written(digest);
        ck_assert_str_eq(word(alert, "summary"), "1 more kill in web.service within 1 s: a (1)");
        json_object_put(alert);
        digest = digest_free(digest);
        ck_assert_ptr_null(digest_free(NULL));
}
END_TEST

TEST_MAIN("digest", CASE(test_keys), CASE(test_what_a_digest_says), CASE(test_summaries),
          CASE(test_the_largest_digest_fits), CASE(test_what_was_dropped_before_is_summed_up),
          CASE(test_the_id_is_that_of_the_alerts_in_it), CASE(test_what_is_no_alert_is_not_added))
