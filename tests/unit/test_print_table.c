/* cli/output/print_table.c: what the table, its blocks and its totals say of some findings. */

#include <stdio.h>

#include "harness.h"
#include "logfile/message.h"
#include "output/printer.h"
#include "output/table_rows.h"

/* Returns what is printed of the findings, to be freed. */
static char *print(const struct finding *findings, size_t count, const struct printer_totals *totals)
{
        char *output = NULL;
        size_t size;
        FILE *stream = open_memstream(&output, &size);
        void *state;

        ck_assert_ptr_nonnull(stream);
        ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
        ck_assert_int_eq(printer_table.begin(stream, &state), 0);
        for (size_t i = 0; i < count; i++) {
                struct finding finding = findings[i];

                finding.json_length = strlen(finding.json);
                ck_assert_int_eq(printer_table.finding(state, &finding), 0);
        }
        ck_assert_int_eq(printer_table.end(state, totals), 0);
        ck_assert_int_eq(fclose(stream), 0);
        return output;
}

START_TEST(test_the_whole_table)
{
        const struct printer_totals totals = { .n_inputs = 2, .n_timeless = 5 };
        const struct finding findings[] = {
                { .time_usec = LOG_UNKNOWN,
                  .json = "{\"type\":\"oom_kill\",\"scope\":\"memcg\",\"victim\":{\"pid\":12345,\"comm\":\"hog\","
                          "\"anon_rss_bytes\":10485760,\"unit\":\"a.service\"},"
                          "\"limit\":{\"unit\":\"b.slice\",\"cgroup\":\"/b.slice\",\"limit_bytes\":1048576}}" },
                { .time_usec = LOG_UNKNOWN,
                  .json = "{\"type\":\"oom_kill\",\"scope\":\"global\",\"victim\":{\"pid\":7,\"comm\":\"hog\","
                          "\"anon_rss_bytes\":4096,\"unit\":\"a.service\"}}" },
                { .time_usec = LOG_UNKNOWN, .json = "{\"type\":\"oom_kill\",\"victim\":{\"pid\":8,\"comm\":\"x\"}}" },
                { .time_usec = LOG_UNKNOWN,
                  .time_doubts = LOG_DOUBT_YEAR,
                  .json = "{\"type\":\"oom_no_victim\",\"scope\":\"global\"}" },
        };
        char *output = print(findings, COUNT(findings), &totals);

        ck_assert_str_eq(output,
                         "TIME  HOST  SCOPE   VICTIM    PID  ANON RSS  UNIT/CONTAINER  REASON\n"
                         "-     -     memcg   hog     12345  10.0 MiB  a.service       limit 1.0 MiB of b.slice\n"
                         "-     -     global  hog         7     4 KiB  a.service       machine out of memory\n"
                         "-     -     -       x           8         -  -               not printed\n"
                         "-     -     global  -           -         -  -               "
                         "no kill followed: machine out of memory\n"
                         "\n"
                         "KILLS       LARGEST  UNIT, CONTAINER, CGROUP OR PROCESS\n"
                         "2          10.0 MiB  a.service\n"
                         "1                 -  x (process)\n"
                         "\n"
                         "not shown, because their time is unknown: 5\n"
                         "4 incidents: 3 kills, 1 without a kill in 2 files\n");
        free(output);
}
END_TEST

START_TEST(test_a_long_name_pushes_nothing_apart)
{
#define LONG_PATH "/abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxyz"
        const struct printer_totals totals = { .n_inputs = 1 };
        const struct finding findings[] = {
                { .time_usec = LOG_UNKNOWN,
                  .json = "{\"type\":\"oom_kill\",\"victim\":{\"cgroup\":\"" LONG_PATH "\"}}" },
                { .time_usec = LOG_UNKNOWN, .json = "{\"type\":\"oom_kill\",\"victim\":{\"cgroup\":\"/a\"}}" },
        };
        char *output = print(findings, COUNT(findings), &totals);

        ck_assert_ptr_nonnull(strstr(output, "-         -  " LONG_PATH "  not printed\n"));
        ck_assert_ptr_nonnull(strstr(output,
                                     "-         -  /a                                                              "
                                     "  not printed\n"));
        free(output);
}
END_TEST

START_TEST(test_where_an_incident_was_found)
{
        const struct alert_location locations[] = { { .path = NULL }, { "-", 3 }, { "/dev/kmsg", 0 }, { "a\x1b", 7 } };
        const struct finding finding = {
                .time_usec = LOG_UNKNOWN,
                .json = "{\"type\":\"oom_kill\"}",
                .block = "ERROR x was killed\n",
                .n_locations = COUNT(locations),
                .locations = locations,
        };
        char *output = print(&finding, 1, NULL);

        ck_assert_ptr_nonnull(strstr(output, "\n\nERROR x was killed\n"
                                             "  Found in  the journal\n"
                                             "            standard input:3\n"
                                             "            /dev/kmsg\n"
                                             "            a?:7\n"));
        free(output);
}
END_TEST

/* A day of which nothing is known is no day. */
START_TEST(test_days_are_counted_if_any_is_known)
{
        struct finding findings[] = {
                { .time_usec = LOG_UNKNOWN, .json = "{\"type\":\"oom_kill\"}" },
                { .time_usec = INT64_C(1787659580000000), .json = "{\"type\":\"oom_kill\"}" },
        };
        char *output = print(findings, 1, NULL);

        ck_assert_ptr_null(strstr(output, "DAY\n"));
        free(output);
        output = print(findings, 2, NULL);
        ck_assert_ptr_nonnull(strstr(output, "DAY\n1                 -  -\n1                 -  2026-08-25\n"));
        free(output);
        output = print(findings + 1, 1, NULL);
        ck_assert_ptr_nonnull(strstr(output, "DAY\n1                 -  2026-08-25\n"));
        free(output);
}
END_TEST

/* ---- a narrow terminal ------------------------------------------------------------------------------------------------ */

#define LONG "123456789012345678901234567890123456789012345678901234567890" /* 60 */

/* How wide the columns of owner and reason become; 0: the column is hidden. */
struct widths {
        size_t owner, reason;
        bool has_host;
};

static struct widths fit(size_t width_max, bool has_several_hosts)
{
        struct table_rows *rows = calloc(1, sizeof(*rows));
        struct incident_row *row = calloc(1, sizeof(*row));
        struct widths widths = { 0 };
        char *output = NULL, *row_line;
        const char *owner, *reason;
        size_t size;
        FILE *stream = open_memstream(&output, &size);

        ck_assert(rows && row && stream);
        rows->width_max = width_max;
        row->pid = row->anon_rss_bytes = ALERT_UNKNOWN;
        (void)strcpy(row->owner, LONG);
        (void)strcpy(row->reason, LONG);
        row->host = TEXT("a");
        ck_assert_int_eq(table_rows_add(rows, row), 0);
        row->host = has_several_hosts ? TEXT("b") : TEXT("a");
        ck_assert_int_eq(table_rows_add(rows, row), 0);
        table_rows_print(rows, stream);
        ck_assert_int_eq(fclose(stream), 0);
        row_line = strchr(output, '\n');
        ck_assert_ptr_nonnull(row_line);
        *row_line++ = '\0';
        *strchr(row_line, '\n') = '\0';
        ck_assert_uint_le(strlen(row_line), width_max);
        owner = strstr(output, "UNIT/CON");
        reason = strstr(output, "REASON");
        ck_assert_ptr_nonnull(owner);
        widths.owner = (reason ? (size_t)(reason - output) - 2 : strlen(row_line)) - (size_t)(owner - output);
        widths.reason = reason ? strlen(row_line) - (size_t)(reason - output) : 0;
        widths.has_host = strstr(output, "HOST") != NULL;
        free(output);
        table_rows_done(rows);
        free(rows);
        free(row);
        return widths;
}

/* The owner and the reason get narrower by turns; then the host goes, if it is the same in all rows; then the reason. */
START_TEST(test_what_a_narrow_terminal_shows)
{
        static const struct {
                size_t width_max;
                bool has_several_hosts;
                struct widths widths;
        } cases[] = {
                { 164, false, { 60, 60, true } }, { 163, false, { 59, 60, true } }, { 136, false, { 32, 60, true } },
                { 135, false, { 32, 59, true } }, { 100, false, { 32, 24, true } }, { 99, false, { 31, 24, true } },
                { 92, false, { 24, 24, true } },  { 91, false, { 24, 23, true } },  { 82, false, { 24, 14, true } },
                { 81, false, { 23, 14, true } },  { 72, false, { 14, 14, true } },  { 71, false, { 19, 14, false } },
                { 66, false, { 14, 14, false } }, { 65, false, { 29, 0, false } },  { 72, true, { 14, 14, true } },
                { 71, true, { 29, 0, true } },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct widths widths = fit(cases[i].width_max, cases[i].has_several_hosts);

                ck_assert_msg(widths.owner == cases[i].widths.owner && widths.reason == cases[i].widths.reason &&
                                      widths.has_host == cases[i].widths.has_host,
                              "%zu columns: owner %zu, reason %zu", cases[i].width_max, widths.owner, widths.reason);
        }
}
END_TEST

TEST_MAIN("print_table", CASE(test_the_whole_table), CASE(test_a_long_name_pushes_nothing_apart),
          CASE(test_where_an_incident_was_found), CASE(test_days_are_counted_if_any_is_known),
          CASE(test_what_a_narrow_terminal_shows))
