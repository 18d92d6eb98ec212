/* cli/input/ring.h, and what becomes of its records: oomwatch scan --kmsg shows a kill as oomwatchd reports it. */

#include <glob.h>
#include <json-c/json.h>
#include <stdio.h>

#include "alert/completion.h"
#include "harness.h"
#include "input/ring.h"
#include "scan/input_scan.h"
#include "search/stream.h"

#define SEC  INT64_C(1000000)
#define NOON INT64_C(1787659580000000) /* 2026-08-25 12:06:20 UTC */
#define BOOT "15d5ac48f18743eb9938b5a4d5be6a9c"

/* Nothing is known of the machine but its clocks: as oomwatchd takes a file of records. */
static struct ring ring_of(int64_t mono_usec, int64_t suspended_usec)
{
        return (struct ring){
                .machine = { OOM_UNKNOWN, OOM_UNKNOWN },
                .real_usec = NOON,
                .mono_usec = mono_usec,
                .boot_usec = mono_usec + suspended_usec,
        };
}

static struct log_message complete(struct ring *ring, int64_t stamp_usec)
{
        struct log_message message = {
                .mono_usec = stamp_usec,
                .time = { .usec = LOG_UNKNOWN, .resolution_usec = LOG_UNKNOWN },
        };

        ring_complete(ring, &message);
        return message;
}

START_TEST(test_a_record_is_as_old_as_its_stamp)
{
        struct ring ring = ring_of(100 * SEC, 0);
        struct log_message message;

        memcpy(ring.host.boot_id, BOOT, sizeof(BOOT));
        message = complete(&ring, 40 * SEC);
        ck_assert_int_eq(message.time.usec, NOON - 60 * SEC);
        ck_assert_int_eq(message.time.resolution_usec, 1);
        ck_assert_uint_eq(message.time.doubts, LOG_DOUBT_STAMP);
        ck_assert(text_equal(message.boot_id, text_from(BOOT)));
        /* The stamps' clock went on while the machine was suspended. */
        ring = ring_of(100 * SEC, 3600 * SEC);
        message = complete(&ring, 100 * SEC);
        ck_assert_int_eq(message.time.usec, NOON);
        ck_assert_int_eq(message.time.resolution_usec, 3600 * SEC + 1);
        ck_assert_int_eq(complete(&ring, 101 * SEC).time.usec, NOON);
        ck_assert_int_eq(complete(&ring, INT64_MAX).time.usec, LOG_UNKNOWN);
        ck_assert_int_eq(complete(&ring, LOG_UNKNOWN).time.usec, LOG_UNKNOWN);
}
END_TEST

START_TEST(test_this_machine_is_asked)
{
        struct ring ring;
        char boot_id[64] = "", *digit = boot_id;
        FILE *stream = fopen("/proc/sys/kernel/random/boot_id", "re");
        int byte;

        ck_assert_ptr_nonnull(stream);
        while ((byte = fgetc(stream)) != EOF && digit < boot_id + 63)
                if (byte != '-' && byte != '\n')
                        *digit++ = (char)byte;
        ck_assert_int_eq(fclose(stream), 0);
        ring_init(&ring);
        ck_assert_str_eq(ring.host.boot_id, boot_id);
        ck_assert_str_ne(ring.host.name, "");
        ck_assert_str_ne(ring.host.kernel, "");
        ck_assert_int_gt(ring.real_usec, NOON - 365 * 86400 * SEC);
        ck_assert_int_ge(ring.boot_usec, ring.mono_usec);
        ck_assert_int_gt(ring.machine.page_size_bytes, 0);
        ck_assert_int_ge(ring.machine.swap_total_bytes, 0);
}
END_TEST

/* Alerts by their ids. */
struct alerts {
        struct json_object *by_id;
        char last_no_victim[33]; /* id of the one before, if it is of that type; else "" */
};

static struct alerts alerts_new(void)
{
        return (struct alerts){ json_object_new_object(), "" };
}

static void alerts_add(struct alerts *alerts, const char *json, const char *where)
{
        struct json_object *alert = json_tokener_parse(json);
        const char *id;

        ck_assert_msg(alert != NULL, "%s: %s", where, json);
        id = json_object_get_string(json_object_object_get(alert, "id"));
        ck_assert_msg(!json_object_object_get_ex(alerts->by_id, id, NULL), "%s: twice: %s", where, id);
        (void)json_object_object_add(alerts->by_id, id, alert);
}

static int on_finding(const struct finding *finding, void *userdata)
{
        alerts_add(userdata, finding->json, finding->locations[0].path);
        return 0;
}

/* What a scan finds in a file of records, as if it were the ring buffer. */
static struct alerts scan(const char *path, const struct ring *ring)
{
        struct scan_options options = { .format = SCAN_FORMAT_JSON, .now_usec = NOON };
        struct input input = { .kind = INPUT_KMSG, .path = (char *)path, .is_given = true, .mtime_usec = LOG_UNKNOWN };
        struct alerts alerts = alerts_new();
        struct store *store;
        struct input_scan log = { .input = &input, .options = &options, .ring = ring, .buffer = stream_buffer() };

        ck_assert_ptr_nonnull(log.buffer);
        ck_assert_int_eq(store_new(NULL, &store), 0);
        log.store = store;
        ck_assert_int_eq(input_scan_run(&log), 0);
        ck_assert_ptr_null(log.error);
        ck_assert_int_eq(store_add(store, &log.batch), 0);
        ck_assert_int_eq(store_each(store, on_finding, &alerts), 0);
        store_free(store);
        free(log.buffer);
        return alerts;
}

#define CASES TESTS_DIR "/corpus/cases/"

/* Of a log that is known to its end, one alert is made of what the daemon reports twice: that nobody may be killed, again and
 * again, and how often; or that, and the panic for it. Adds what comes of the daemon's next alert. */
static void add_once(struct alerts *alerts, const char *line, const char *path)
{
        const char *id = strstr(line, "\"id\":\"");

        ck_assert_ptr_nonnull(id);
        if (strstr(line, "\"type\":\"records_lost\"") || strstr(line, "\"recurrence\":"))
                return;
        if (strstr(line, "\"type\":\"oom_panic\"") && alerts->last_no_victim[0])
                json_object_object_del(alerts->by_id, alerts->last_no_victim);
        alerts_add(alerts, line, path);
        alerts->last_no_victim[0] = '\0';
        if (strstr(line, "\"type\":\"oom_no_victim\""))
                (void)snprintf(alerts->last_no_victim, sizeof(alerts->last_no_victim), "%.32s",
                               id + strlen("\"id\":\""));
}

/* What oomwatchd reports of it: the corpus has that in golden/. */
static struct alerts alerts_of_daemon(const char *path)
{
        static char line[1 << 20];
        struct alerts alerts = alerts_new();
        FILE *stream;

        path += strlen(CASES);
        (void)snprintf(line, sizeof(line), TESTS_DIR "/corpus/golden/%.*s.json", (int)(strlen(path) - strlen(".kmsg")),
                       path);
        stream = fopen(line, "re");
        ck_assert_msg(stream != NULL, "%s", line);
        while (fgets(line, sizeof(line), stream))
                add_once(&alerts, line, path);
        ck_assert_int_eq(fclose(stream), 0);
        return alerts;
}

static void compare(const char *path)
{
        struct ring ring = ring_of(INT64_C(100) * 86400 * SEC, 0);
        struct alerts scanned = scan(path, &ring), expected_alerts = alerts_of_daemon(path);

        json_object_object_foreach(scanned.by_id, id, alert)
        {
                struct json_object *source = json_object_object_get(alert, "source");
                struct json_object *expected = json_object_object_get(expected_alerts.by_id, id);

                ck_assert_msg(expected != NULL, "%s: not reported by the daemon: %s", path,
                              json_object_to_json_string(alert));
                ck_assert_str_eq(json_object_get_string(json_object_object_get(alert, "time_source")), "estimated");
                ck_assert_ptr_null(json_object_object_get(alert, "time_doubts"));
                json_object_object_del(alert, "time");
                json_object_object_del(alert, "time_source");
                json_object_object_del(json_object_object_get(expected, "source"), "path");
                ck_assert_ptr_nonnull(source);
                if (json_object_object_get(alert, "recurrence")) {
                        json_object_object_del(alert, "recurrence");
                        json_object_object_del(alert, "summary");
                        json_object_object_del(expected, "summary");
                }
                ck_assert_msg(json_object_equal(alert, expected), "%s\n%s\n%s", path, json_object_to_json_string(alert),
                              json_object_to_json_string(expected));
        }
        ck_assert_msg(json_object_object_length(scanned.by_id) == json_object_object_length(expected_alerts.by_id),
                      "%s: %d of %d", path, json_object_object_length(scanned.by_id),
                      json_object_object_length(expected_alerts.by_id));
        (void)json_object_put(scanned.by_id);
        (void)json_object_put(expected_alerts.by_id);
}

/* Only what it reads in /proc the scan can't know. */
START_TEST(test_every_report_is_as_the_daemon_reports_it)
{
        glob_t cases;

        ck_assert_int_eq(glob(CASES "6*/*.kmsg", 0, NULL, &cases), 0);
        ck_assert_int_eq(glob(CASES "formats/*/*.kmsg", GLOB_APPEND, NULL, &cases), 0);
        ck_assert_uint_gt(cases.gl_pathc, 100);
        for (size_t i = 0; i < cases.gl_pathc; i++)
                compare(cases.gl_pathv[i]);
        globfree(&cases);
}
END_TEST

TEST_MAIN("ring", CASE(test_a_record_is_as_old_as_its_stamp), CASE(test_this_machine_is_asked),
          CASE(test_every_report_is_as_the_daemon_reports_it))
