/* cli/output: pieces of what `oomwatch scan` prints. */

#include <errno.h>
#include <stdio.h>

#include "harness.h"
#include "logfile/message.h"
#include "output/alert_reader.h"
#include "output/html.h"
#include "output/html_overview.h"
#include "output/incident_row.h"
#include "output/tally.h"
#include "output/width.h"

/* --- html ----------------------------------------------------------------------------------------------------------- */

static void expect_html(struct text text, bool is_multiline, const char *expected)
{
        char *markup = NULL;
        size_t size;
        FILE *stream = open_memstream(&markup, &size);

        ck_assert_ptr_nonnull(stream);
        (is_multiline ? html_lines : html_text)(stream, text);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_str_eq(markup, expected);
        free(markup);
}

START_TEST(test_markup_is_escaped)
{
        expect_html(TEXT("a<b>&\"c'"), false, "a&lt;b&gt;&amp;&quot;c&#39;");
        expect_html(TEXT("<"), false, "&lt;");
        expect_html(TEXT(""), false, "");
        expect_html(TEXT("ünï→"), false, "ünï→");
}
END_TEST

START_TEST(test_unsafe_characters_are_replaced)
{
        expect_html(TEXT("a\x1b[1m"), false, "a\xef\xbf\xbd[1m");
        expect_html(TEXT("a\nb\tc"), false,
                    "a\xef\xbf\xbd"
                    "b\xef\xbf\xbd"
                    "c");
        expect_html(TEXT("a\0b"), false,
                    "a\xef\xbf\xbd"
                    "b");
        expect_html(TEXT("\xff<"), false, "\xef\xbf\xbd&lt;");
        expect_html(TEXT("\xe2\x80\xae"), false, "\xef\xbf\xbd"); /* U+202E: turns the direction around */
}
END_TEST

START_TEST(test_raw_lines_keep_their_ends)
{
        expect_html(TEXT("a\n\tb\r\n"), true, "a\n\tb\xef\xbf\xbd\n");
}
END_TEST

/* --- columns -------------------------------------------------------------------------------------------------------- */

START_TEST(test_width_of_text)
{
        ck_assert_uint_eq(width_of(TEXT("")), 0);
        ck_assert_uint_eq(width_of(TEXT("abc")), 3);
        ck_assert_uint_eq(width_of(TEXT("ünï")), 3);
        ck_assert_uint_eq(width_of(TEXT("u\xcc\x80u\xcc\x88u\xcd\xaf")),
                          3); /* marks that combine, the first and the last */
        ck_assert_uint_eq(width_of(TEXT("\xe1\x84\x80\xe1\x85\x9f\xe1\x85\xa0")), 5); /* U+1100, U+115F, U+1160 */
        ck_assert_uint_eq(width_of(TEXT("日本")), 4);
        ck_assert_uint_eq(width_of(TEXT("\xef\xbf\xbd")), 1);
}
END_TEST

static void expect_cut(const char *text, size_t columns, bool is_end_kept, const char *expected)
{
        char buffer[128];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        width_add_cut(&prose, text_from(text), columns, is_end_kept);
        ck_assert_str_eq(buffer, expected);
}

START_TEST(test_cells_are_cut)
{
        expect_cut("0123456789", 10, false, "0123456789");
        expect_cut("0123456789", 9, false, "012345...");
        expect_cut("0123456789", 9, true, "01...6789");
        expect_cut("日本日本日本", 9, false, "日本日...");
        expect_cut("日本日本日本", 8, false, "日本...");
        expect_cut("日本日本日本", 9, true, "日...日本");
        expect_cut("日本日本日本", 8, true, "...日本"); /* half of a wide one would fit before them */
        expect_cut("abcd", 3, false, "...");
        expect_cut("abcd", 0, false, "...");
}
END_TEST

/* Seconds are cut, not rounded towards 1970. */
START_TEST(test_local_time_before_1970)
{
        char time[INCIDENT_TIME_SIZE], zone[INCIDENT_ZONE_SIZE];

        ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
        ck_assert(incident_row_local_time(-500000, time, zone));
        ck_assert_str_eq(time, "1969-12-31 23:59:59");
        ck_assert(incident_row_local_time(500000, time, zone));
        ck_assert_str_eq(time, "1970-01-01 00:00:00");
        ck_assert_str_eq(zone, "UTC");
}
END_TEST

/* --- tally ---------------------------------------------------------------------------------------------------------- */

START_TEST(test_names_are_counted)
{
        struct tally tally = { 0 };

        for (unsigned i = 0; i < 3000; i++) {
                char name[16];

                (void)snprintf(name, sizeof(name), "n%04u", i % 1000); /* it fits */
                ck_assert_int_eq(tally_add(&tally, text_from(name), i < 1000 ? ALERT_UNKNOWN : (int64_t)i), 0);
        }
        ck_assert_int_eq(tally_add(&tally, TEXT("n0500"), 1), 0);
        ck_assert_int_eq(tally_add(&tally, TEXT(""), ALERT_UNKNOWN), 0);
        ck_assert_uint_eq(tally.n_entries, 1001);
        tally_sort_by_count(&tally);
        ck_assert_str_eq(tally.entries[0]->name.data, "n0500");
        ck_assert_uint_eq(tally.entries[0]->count, 4);
        ck_assert_int_eq(tally.entries[0]->largest_bytes, 2500);
        ck_assert_str_eq(tally.entries[1]->name.data, "n0000");
        ck_assert_str_eq(tally.entries[1000]->name.data, "");
        ck_assert_int_eq(tally.entries[1000]->largest_bytes, ALERT_UNKNOWN);
        tally_sort_by_name(&tally);
        for (size_t i = 1; i < tally.n_entries; i++)
                ck_assert_str_gt(tally.entries[i]->name.data, tally.entries[i - 1]->name.data);
        tally_done(&tally);
}
END_TEST

START_TEST(test_an_empty_tally)
{
        struct tally tally = { 0 };

        tally_sort_by_count(&tally);
        ck_assert_uint_eq(tally.n_entries, 0);
        tally_done(&tally);
}
END_TEST

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static void read_row(const char *json, struct incident_row *row)
{
        struct finding finding = { .time_usec = LOG_UNKNOWN };
        const struct alert_value *alert = NULL;

        ck_assert_int_eq(alert_reader_new(text_from(json), &alert), 0);
        incident_row_read(&finding, alert, row);
        /* its texts are the alert's */
        row->host = row->scope = row->comm = (struct text){ NULL, 0 };
        alert_reader_free(alert);
}

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(test_owner_and_reason)
{
        /* clang-format off */
        static const struct {
                const char *json;
                const char *owner, *reason;
        } cases[] = {
                { "{}", "", "" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"unit\":\"a.service\",\"cgroup\":\"/x\"},\"scope\":\"global\"}", "a.service", "machine out of memory" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"user_unit\":\"b.service\",\"unit\":\"user@1.service\"}}", "b.service of user@1.service", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"container\":{\"id\":\"" ID64 "\",\"runtime\":\"docker\"}}}", "docker 0123456789ab", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"container\":{\"id\":\"" ID64 "\"}}}", "container 0123456789ab", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"cgroup\":\"/x\\u001b\"},\"scope\":\"memcg\",\"limit\":{\"cgroup\":\"/x\",\"limit_bytes\":" "31457280}}", "/x?", "limit 30.0 MiB of /x" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"unit\":\"slurmstepd.scope\",\"job\":{\"manager\":\"slurm\",\"id\":\"12\",\"step\":\"0\"}}}", "slurm job 12", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"job\":{\"manager\":\"htcondor\"}}}", "htcondor job", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"container\":{\"id\":\"4711\",\"runtime\":\"openvz\"}},\"scope\":\"memcg\"}", "openvz 4711", "memory limit" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"pod\":{\"name\":\"db-0\",\"namespace\":\"shop\"},\"container\":{\"id\":\"" ID64 "\"}}}", "shop/db-0", "not printed" },
                { "{\"type\":\"oom_kill\",\"victim\":{\"pod\":{\"name\":\"db-0\"}}}", "db-0", "not printed" },
                { "{\"type\":\"oom_panic\"}", "", "kernel panic" },
                { "{\"type\":\"oom_no_victim\",\"scope\":\"cpuset\"}", "", "no kill followed: nodes of a cpuset out of memory" },
                { "{\"type\":\"oom_no_victim\",\"scope\":\"global\",\"source\":{\"missing\":[\"header\",\"killed\"]}}", "", "no kill in the log: machine out of memory" },
                { "{\"type\":\"oom_kill\",\"scope\":\"global\",\"trigger\":{\"sysrq\":true},\"group\":{\"cgroup\":\"/" "g\"}}", "", "asked for by SysRq, killed with its cgroup" },
                { "{\"type\":7,\"victim\":[1],\"limit\":\"x\",\"summary\":\"in its own words\"}", "", "in its own words" },
        };
        /* clang-format on */
        static struct incident_row row;

        for (size_t i = 0; i < COUNT(cases); i++) {
                read_row(cases[i].json, &row);
                ck_assert_str_eq(row.owner, cases[i].owner);
                ck_assert_str_eq(row.reason, cases[i].reason);
                ck_assert_int_eq(row.pid, ALERT_UNKNOWN);
                ck_assert_str_eq(row.time, "");
        }
}
END_TEST

/* The kernel's clock, where no time is known. */
START_TEST(test_time_by_the_kernels_clock)
{
        static const struct {
                const char *json, *time;
        } cases[] = {
                { "{\"source\":{\"monotonic_usec\":183267999}}", "[183.267]" },
                { "{\"source\":{\"monotonic_usec\":1000}}", "[0.001]" },
                { "{\"source\":{\"monotonic_usec\":-1}}", "" },
                { "{\"source\":{}}", "" },
        };
        static struct incident_row row;

        for (size_t i = 0; i < COUNT(cases); i++) {
                read_row(cases[i].json, &row);
                ck_assert_str_eq(row.time, cases[i].time);
                ck_assert_str_eq(row.zone, "");
                ck_assert_int_eq(row.time_usec, LOG_UNKNOWN);
                ck_assert_uint_eq(incident_row_day(&row).length, 0);
        }
}
END_TEST

START_TEST(test_severities)
{
        static const struct {
                const char *json;
                enum incident_severity severity;
        } cases[] = {
                { "{\"severity\":\"critical\"}", INCIDENT_CRITICAL },
                { "{\"severity\":\"error\"}", INCIDENT_ERROR },
                { "{\"severity\":\"warning\"}", INCIDENT_WARNING },
                { "{}", INCIDENT_WARNING },
        };
        static struct incident_row row;

        for (size_t i = 0; i < COUNT(cases); i++) {
                read_row(cases[i].json, &row);
                ck_assert_int_eq(row.severity, cases[i].severity);
        }
}
END_TEST

/* ---- the page --------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_time_with_doubts_is_marked)
{
        static struct incident_row row = { .time_usec = INT64_C(1787659580000000), .time = "2026-08-25 12:06:20" };

        for (unsigned doubts = 0; doubts < 2; doubts++) {
                char *markup = NULL;
                size_t size;
                FILE *stream = open_memstream(&markup, &size);

                row.time_doubts = doubts ? LOG_DOUBT_YEAR : 0;
                html_time(stream, &row, false);
                ck_assert_int_eq(fclose(stream), 0);
                ck_assert(strncmp(markup, "<time datetime=\"2026-08-25T12:06:20Z\">2026-08-25 12:06:20</time>", 64) ==
                          0);
                ck_assert_int_eq(strstr(markup, ">~<") != NULL, doubts > 0);
                free(markup);
        }
}
END_TEST

/* Rows of kills: "host owner second", "-" for what isn't known. Returns the overview, to be freed. */
static char *overview_of(const char *const *kills, size_t count)
{
        struct html_overview overview = { .largest_bytes = ALERT_UNKNOWN };
        struct incident_row *row = calloc(1, sizeof(*row));
        char *markup = NULL;
        size_t size;
        FILE *stream = open_memstream(&markup, &size);

        ck_assert(row && stream);
        for (size_t i = 0; i < count; i++) {
                char host[8], owner[8];
                unsigned second;

                ck_assert_int_eq(sscanf(kills[i], "%7s %7s %u", host, owner, &second), 3);
                row->host = strcmp(host, "-") == 0 ? (struct text){ 0 } : text_from(host);
                (void)strcpy(row->owner, strcmp(owner, "-") == 0 ? "" : owner);
                row->time_usec = INT64_C(1787659580000000) + second * INT64_C(1000000);
                (void)snprintf(row->time, sizeof(row->time), "2026-08-25 12:06:%u", second);
                row->anon_rss_bytes = ALERT_UNKNOWN;
                ck_assert_int_eq(html_overview_add(&overview, row), 0);
        }
        html_overview_put(stream, &overview, NULL);
        ck_assert_int_eq(fclose(stream), 0);
        html_overview_done(&overview);
        free(row);
        return markup;
}

START_TEST(test_the_headline_and_who_was_killed_most_often)
{
        static const struct {
                const char *kills[4];
                size_t count;
                const char *headline, *span, *most_often;
        } cases[] = {
                { { "a x 20" },
                  1,
                  "1 kill on a</h1>",
                  "\"span\">2026-08-25 12:06:20, local",
                  "x</span> <small>1 of 1<" },
                { { "a x 20", "a x 21" },
                  2,
                  "2 kills on a</h1>",
                  "\"span\">2026-08-25 12:06:20 to 2026-08-25 12:06:21, local",
                  "x</span> <small>2 of 2<" },
                { { "a x 20", "- x 20" },
                  2,
                  "2 kills</h1>",
                  "\"span\">2026-08-25 12:06:20, local",
                  "x</span> <small>2 of 2<" },
                { { "a x 20", "b x 20", "- - 20" },
                  3,
                  "3 kills on 2 hosts</h1>",
                  "\"span\">2026-08-25 12:06:20, local",
                  "x</span> <small>2 of 3<" },
                { { "- - 20", "- - 20", "- y 20" },
                  3,
                  "3 kills</h1>",
                  "\"span\">2026-08-25 12:06:20, local",
                  "y</span> <small>1 of 3<" },
                { { "- - 20" }, 1, "1 kill</h1>", "\"span\">2026-08-25 12:06:20, local", NULL },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char *markup = overview_of(cases[i].kills, cases[i].count);
                const char *most_often = strstr(markup, "Most often");

                ck_assert_msg(strstr(markup, cases[i].headline), "case %zu: %s", i, markup);
                ck_assert_msg(strstr(markup, cases[i].span), "case %zu: %s", i, markup);
                ck_assert_int_eq(most_often != NULL, cases[i].most_often != NULL);
                if (most_often)
                        ck_assert_msg(strstr(most_often, cases[i].most_often), "case %zu: %s", i, most_often);
                free(markup);
        }
}
END_TEST

START_TEST(test_json_that_is_not_an_alert)
{
        static const char *const texts[] = { "", "[]", "7", "null", "{", "\"x\"" };
        const struct alert_value *alert = NULL;

        for (size_t i = 0; i < COUNT(texts); i++)
                ck_assert_int_eq(alert_reader_new(text_from(texts[i]), &alert), -EBADMSG);
        ck_assert_ptr_null(alert);
}
END_TEST

START_TEST(test_paths_lead_through_objects)
{
        const struct alert_value *alert = NULL;

        ck_assert_int_eq(alert_reader_new(TEXT("{\"a\":{\"b\":{\"c\":7},\"d\":[1]}}"), &alert), 0);
        ck_assert_int_eq(alert_get_number(alert, "a.b.c"), 7);
        ck_assert_int_eq(alert_number(alert_item(alert_get(alert, "a.d"), 0)), 1);
        ck_assert_ptr_null(alert_get(alert, "a.b.c.d"));
        ck_assert_ptr_null(alert_get(alert, "a.x.c"));
        ck_assert_ptr_null(alert_get(alert, "a."));
        ck_assert_ptr_null(alert_get(alert, ""));
        alert_reader_free(alert);
}
END_TEST

START_TEST(test_numbers_of_any_size)
{
        const struct alert_value *alert = NULL;

        ck_assert_int_eq(
                alert_reader_new(
                        TEXT("{\"a\":-5,\"b\":1e3,\"c\":99999999999999999999,\"d\":\"5\",\"e\":9223372036854775806}"),
                        &alert),
                0);
        ck_assert_int_eq(alert_get_number(alert, "a"), -5);
        ck_assert_int_eq(alert_get_number(alert, "b"), ALERT_UNKNOWN);
        ck_assert_int_eq(alert_get_number(alert, "c"), ALERT_UNKNOWN);
        ck_assert_int_eq(alert_get_number(alert, "d"), ALERT_UNKNOWN);
        ck_assert_int_eq(alert_get_number(alert, "e"), 9223372036854775806);
        ck_assert_int_eq(alert_get_number(NULL, "a"), ALERT_UNKNOWN);
        alert_reader_free(alert);
}
END_TEST

TEST_MAIN("print", CASE(test_markup_is_escaped), CASE(test_unsafe_characters_are_replaced),
          CASE(test_raw_lines_keep_their_ends), CASE(test_width_of_text), CASE(test_local_time_before_1970),
          CASE(test_cells_are_cut), CASE(test_names_are_counted), CASE(test_an_empty_tally),
          CASE(test_owner_and_reason), CASE(test_time_by_the_kernels_clock), CASE(test_severities),
          CASE(test_a_time_with_doubts_is_marked), CASE(test_the_headline_and_who_was_killed_most_often),
          CASE(test_json_that_is_not_an_alert), CASE(test_paths_lead_through_objects), CASE(test_numbers_of_any_size))
