/* cli/scan/finder.h: which messages of a log are of one report, and what is known of its incident. */

#include "harness.h"
#include "scan/finder.h"
#include "sighting_fixture.h"

#define BEGIN     "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define ROW       "[   4711]  1000  4711    15617    12704   147456        0             0 hog"
#define KILL      "Out of memory: Killed process 4711 (hog) total-vm:62468kB, anon-rss:50816kB, file-rss:0kB, shmem-rss:0kB"
#define OTHER     "eth0: link is up"
#define BOOT_USEC (100 * SEC) /* the stamp of a report's beginning, in most cases */

struct scan {
        struct store *store;
        struct sighting_batch batch;
        struct finder *finder;
};

static void begin(struct scan *scan, bool with_raw)
{
        const struct finder_options options = { .kind = ALERT_SOURCE_FILE, .path = "log", .with_raw = with_raw };

        *scan = (struct scan){ .batch = { .path = "log" } };
        ck_assert_int_eq(store_new(two_hours_east, &scan->store), 0);
        ck_assert_int_eq(finder_new(&options, scan->store, &scan->batch, &scan->finder), 0);
}

/* Ends the log, and expects so many incidents in it. */
static void end(struct scan *scan, size_t n_expected)
{
        ck_assert_int_eq(finder_end(scan->finder), 0);
        ck_assert_uint_eq(scan->batch.n_sightings, n_expected);
        sighting_batch_done(&scan->batch);
        finder_free(scan->finder);
        store_free(scan->store);
}

/* How many parts of its report the last incident has. */
static unsigned n_parts(const struct scan *scan)
{
        return scan->batch.sightings[scan->batch.n_sightings - 1].completeness / 8;
}

static struct log_message message_of(const char *text)
{
        return (struct log_message){
                .form = LOG_FORM_RAW,
                .text = text_from(text),
                .level = LOG_UNKNOWN,
                .seq = LOG_UNKNOWN,
                .mono_usec = LOG_UNKNOWN,
                .time = { .usec = LOG_UNKNOWN, .resolution_usec = LOG_UNKNOWN },
                .path_line = LOG_UNKNOWN,
        };
}

static void push(struct scan *scan, const char *text)
{
        struct log_message message = message_of(text);

        finder_push(&message, scan->finder);
}

static void push_stamped(struct scan *scan, int64_t mono_usec, const char *text)
{
        struct log_message message = message_of(text);

        message.mono_usec = mono_usec;
        finder_push(&message, scan->finder);
}

static void push_of_host(struct scan *scan, const char *host, const char *text)
{
        struct log_message message = message_of(text);

        message.host = text_from(host);
        finder_push(&message, scan->finder);
}

/* A record of /dev/kmsg in the line of that number. */
static void push_record(struct scan *scan, uint64_t line_number, int64_t seq, const char *text)
{
        struct log_message message = message_of(text);

        message.line_number = line_number;
        message.seq = seq;
        finder_push(&message, scan->finder);
}

/* ---- boots ------------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_stamp_that_goes_back_is_of_another_boot_past_a_limit)
{
        for (int64_t past = 0; past < 2; past++) {
                struct scan scan;

                begin(&scan, false);
                push_stamped(&scan, BOOT_USEC, BEGIN);
                push_stamped(&scan, BOOT_USEC - FINDER_BOOT_BACK_USEC - past, ROW);
                push_stamped(&scan, BOOT_USEC, KILL);
                end(&scan, past ? 2 : 1);
        }
        ck_assert_int_ge(FINDER_BOOT_BACK_USEC, SEC); /* what processors' clocks differ by */
        ck_assert_int_le(FINDER_BOOT_BACK_USEC, 5 * SEC);
}
END_TEST

#define BOOT_A "15d5ac48f18743eb9938b5a4d5be6a9c"
#define BOOT_B "25d5ac48f18743eb9938b5a4d5be6a9c"

static void push_of_boot(struct scan *scan, const char *boot_id, int64_t mono_usec, const char *text)
{
        struct log_message message = message_of(text);

        message.boot_id = text_from(boot_id);
        message.mono_usec = mono_usec;
        finder_push(&message, scan->finder);
}

START_TEST(test_another_boot_id_is_of_another_boot)
{
        static const struct {
                const char *first, *second;
                size_t n_expected;
        } cases[] = { { BOOT_A, BOOT_A, 1 }, { BOOT_A, BOOT_B, 2 }, { BOOT_A, "", 1 }, { "", BOOT_A, 1 } };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct scan scan;

                begin(&scan, false);
                push_of_boot(&scan, cases[i].first, BOOT_USEC, BEGIN);
                push_of_boot(&scan, cases[i].second, BOOT_USEC, KILL);
                end(&scan, cases[i].n_expected);
        }
}
END_TEST

/* The next one's stamps are not compared with those of the boot before, even if its first line has none. */
START_TEST(test_another_boot_has_its_own_clock)
{
        struct scan scan;

        begin(&scan, false);
        push_of_boot(&scan, BOOT_A, BOOT_USEC, OTHER);
        push_of_boot(&scan, BOOT_B, LOG_UNKNOWN, BEGIN);
        push_of_boot(&scan, BOOT_B, SEC, KILL);
        end(&scan, 1);
}
END_TEST

/* A line without a stamp is of the report around it; but a log that gets stamps is another log's end. */
START_TEST(test_a_line_without_a_stamp_among_stamps)
{
        struct log_message message = message_of(ROW);
        struct scan scan;

        message.time = sure(NOON, SEC);
        begin(&scan, false);
        push_stamped(&scan, BOOT_USEC, BEGIN);
        finder_push(&message, scan.finder);
        push(&scan, ROW);
        push_stamped(&scan, BOOT_USEC, KILL);
        end(&scan, 1);

        message.text = text_from(BEGIN);
        begin(&scan, false);
        finder_push(&message, scan.finder);
        push_stamped(&scan, BOOT_USEC, KILL);
        end(&scan, 2);
}
END_TEST

/* ---- the end of a report ----------------------------------------------------------------------------------------------- */

START_TEST(test_a_report_is_open_as_long_as_its_lines_come)
{
        static const struct {
                const char *between;
                bool is_of_the_report;
        } cases[] = { { ROW, true }, { OTHER, false } };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct scan scan;

                begin(&scan, false);
                push(&scan, BEGIN);
                for (unsigned step = 0; step < 10; step++) {
                        bool is_open = finder_expects_more(scan.finder, FINDER_IDLE_BYTES * 3 / 4);

                        ck_assert_int_eq(is_open, cases[i].is_of_the_report || step == 0);
                        push(&scan, cases[i].between);
                }
                push(&scan, KILL);
                end(&scan, cases[i].is_of_the_report ? 1 : 2);
        }
}
END_TEST

START_TEST(test_a_report_is_closed_past_a_limit_of_bytes)
{
        struct scan scan;

        begin(&scan, false);
        ck_assert(!finder_expects_more(scan.finder, 1));
        push(&scan, BEGIN);
        ck_assert(finder_expects_more(scan.finder, FINDER_IDLE_BYTES));
        ck_assert_uint_eq(scan.batch.n_sightings, 0);
        ck_assert(!finder_expects_more(scan.finder, 1));
        ck_assert_uint_eq(scan.batch.n_sightings, 1);
        ck_assert_int_eq(scan.batch.sightings[0].type, ALERT_OOM_NO_VICTIM);
        push(&scan, KILL);
        end(&scan, 2);
}
END_TEST

START_TEST(test_a_report_is_closed_when_its_time_is_over)
{
        struct scan scan;

        begin(&scan, false);
        push_stamped(&scan, BOOT_USEC, BEGIN);
        push_stamped(&scan, BOOT_USEC + SEC, OTHER);
        ck_assert(finder_expects_more(scan.finder, 1));
        push_stamped(&scan, BOOT_USEC + 60 * SEC, OTHER);
        ck_assert(finder_expects_more(scan.finder, 1));
        push_stamped(&scan, BOOT_USEC + 100 * SEC, OTHER);
        ck_assert_uint_eq(scan.batch.n_sightings, 1);
        ck_assert(!finder_expects_more(scan.finder, 1));
        end(&scan, 1);
}
END_TEST

/* ---- records that are missing ------------------------------------------------------------------------------------------ */

/* The reader drops records of others than the kernel, but each has a line: only more records than lines are missing. What becomes of
 * a report that was cut by that isn't known. */
START_TEST(test_records_that_are_missing_divide_a_report)
{
        static const struct {
                uint64_t line;
                int64_t seq;
                bool is_skipped; /* lines were left out before it, and nobody counted their records */
                bool is_whole;
        } cases[] = {
                { 2, 11, false, true },  { 5, 14, false, true },  { 5, 11, false, true },
                { 2, 12, false, false }, { 5, 15, false, false }, { 5, 15, true, true },
                { 2, 10, false, true },  { 2, 1, false, true },   { 2, LOG_UNKNOWN, false, true },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct scan scan;

                begin(&scan, false);
                push_record(&scan, 1, 10, BEGIN);
                if (cases[i].is_skipped)
                        finder_skip(scan.finder);
                push_record(&scan, cases[i].line, cases[i].seq, KILL);
                ck_assert_msg((n_parts(&scan) > 1) == cases[i].is_whole, "case %zu: %u parts", i, n_parts(&scan));
                end(&scan, 1);
        }
}
END_TEST

START_TEST(test_lines_that_were_left_out_are_forgotten_after_the_next_one)
{
        struct scan scan;

        begin(&scan, false);
        push_record(&scan, 1, 10, BEGIN);
        finder_skip(scan.finder);
        push_record(&scan, 2, 20, ROW);
        push_record(&scan, 3, 30, KILL);
        ck_assert_uint_eq(n_parts(&scan), 1);
        end(&scan, 1);
}
END_TEST

/* ---- several hosts ----------------------------------------------------------------------------------------------------- */

static const char *const names[FINDER_HOSTS_MAX + 1] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };

static uint32_t number_of(const struct scan *scan, const char *host)
{
        uint32_t number;

        ck_assert_int_eq(store_host_number(scan->store, text_from(host), &number), 0);
        return number;
}

START_TEST(test_one_host_too_many_takes_the_place_of_the_one_silent_for_longest)
{
        struct scan scan;

        begin(&scan, false);
        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++)
                push_of_host(&scan, names[i], BEGIN);
        push_of_host(&scan, names[0], ROW);
        /* what makes no incident takes nobody's place */
        push_of_host(&scan, names[FINDER_HOSTS_MAX], ROW);
        ck_assert_uint_eq(scan.batch.n_sightings, 0);
        push_of_host(&scan, names[FINDER_HOSTS_MAX], BEGIN);
        ck_assert_uint_eq(scan.batch.n_sightings, 1);
        ck_assert_int_eq(scan.batch.sightings[0].type, ALERT_OOM_NO_VICTIM);
        ck_assert_uint_eq(scan.batch.sightings[0].host, number_of(&scan, names[1]));
        end(&scan, FINDER_HOSTS_MAX + 1);
}
END_TEST

START_TEST(test_a_host_without_an_open_report_loses_its_place_first)
{
        struct scan scan;

        begin(&scan, false);
        for (size_t i = 0; i < FINDER_HOSTS_MAX; i++)
                push_of_host(&scan, names[i], i == 5 ? OTHER : BEGIN);
        push_of_host(&scan, names[FINDER_HOSTS_MAX], BEGIN);
        ck_assert_uint_eq(scan.batch.n_sightings, 0);
        end(&scan, FINDER_HOSTS_MAX); /* all but the one that had none */
}
END_TEST

START_TEST(test_the_files_of_a_listing_are_apart)
{
        struct log_message message = message_of(BEGIN);
        struct scan scan;

        begin(&scan, false);
        message.path = TEXT("kern.log:");
        finder_push(&message, scan.finder);
        message.path = TEXT("messages:");
        message.text = text_from(KILL);
        finder_push(&message, scan.finder);
        end(&scan, 2);
}
END_TEST

START_TEST(test_at_the_end_reports_are_in_the_order_of_their_last_lines)
{
        struct scan scan;

        begin(&scan, false);
        for (size_t i = 0; i < 3; i++)
                push_of_host(&scan, names[i], BEGIN);
        push_of_host(&scan, names[0], ROW);
        ck_assert_int_eq(finder_end(scan.finder), 0);
        for (size_t i = 0; i < 3; i++)
                ck_assert_uint_eq(scan.batch.sightings[i].host, number_of(&scan, names[(i + 1) % 3]));
        end(&scan, 3);
}
END_TEST

/* ---- what is known of an incident -------------------------------------------------------------------------------------- */

/* Of a report without a kill it is known when it is over: the lines of its table aren't counted among those that are remembered. */
START_TEST(test_a_report_has_the_line_of_its_beginning_however_many_follow)
{
        struct scan scan;

        begin(&scan, false);
        push_record(&scan, 17, 1, BEGIN);
        for (unsigned i = 1; i < 1000; i++)
                push_record(&scan, 17 + i, 1 + i, ROW);
        ck_assert_int_eq(finder_end(scan.finder), 0);
        ck_assert_uint_eq(scan.batch.n_sightings, 1);
        ck_assert_uint_eq(scan.batch.sightings[0].line, 17);
        end(&scan, 1);
}
END_TEST

struct words {
        const char *words;
        size_t count; /* of incidents that have them in their JSON */
};

static int count_words(const struct finding *finding, void *userdata)
{
        struct words *words = userdata;

        words->count += strstr(finding->json, words->words) != NULL;
        return 0;
}

/* Up to 4.9 the first piece of a line is marked. Alone it is no line, and this log begins with it. */
START_TEST(test_a_log_may_begin_with_a_piece)
{
        static const struct {
                enum kmsg_flag flag;
                const char *text;
        } pieces[] = {
                { KMSG_FLAG_FRAGMENT, "Task in " },
                { KMSG_FLAG_FOLLOWING, "/a" },
                { KMSG_FLAG_FOLLOWING, " killed as a result of limit of " },
                { KMSG_FLAG_FOLLOWING, "/b" },
                { KMSG_FLAG_NONE, "Memory cgroup out of memory: Kill process 7 (x) score 9 or sacrifice child" },
                { KMSG_FLAG_NONE, "Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB" },
        };
        struct words limits = { .words = "\"limit\":{\"cgroup\":\"/b\"" };
        struct scan scan;

        begin(&scan, false);
        for (size_t i = 0; i < COUNT(pieces); i++) {
                struct log_message message = message_of(pieces[i].text);

                message.form = LOG_FORM_KMSG;
                message.flag = pieces[i].flag;
                finder_push(&message, scan.finder);
        }
        ck_assert_int_eq(finder_end(scan.finder), 0);
        ck_assert_int_eq(store_add(scan.store, &scan.batch), 0);
        ck_assert_int_eq(store_each(scan.store, count_words, &limits), 0);
        ck_assert_uint_eq(limits.count, 1);
        end(&scan, 0);
}
END_TEST

static int check_raw(const struct finding *finding, void *userdata)
{
        const struct text *expected = userdata;

        ck_assert(text_equal((struct text){ finding->raw, finding->raw_length }, *expected));
        return 0;
}

/* Ends a log with so many incidents, whose raw lines are the same. */
static void end_with_raw(struct scan *scan, size_t n_expected, struct text expected)
{
        ck_assert_int_eq(finder_end(scan->finder), 0);
        ck_assert_uint_eq(scan->batch.n_sightings, n_expected);
        ck_assert_int_eq(store_add(scan->store, &scan->batch), 0);
        ck_assert_int_eq(store_each(scan->store, check_raw, &expected), 0);
        end(scan, 0);
}

START_TEST(test_the_raw_lines_are_those_of_the_report)
{
        struct scan scan;

        begin(&scan, true);
        push(&scan, "EXT4-fs (vda1): mounted");
        for (int64_t sec = 60; sec <= 120; sec += 60) {
                push_stamped(&scan, sec * SEC, BEGIN);
                push_stamped(&scan, sec * SEC, ROW);
                push_stamped(&scan, sec * SEC, KILL);
                push_stamped(&scan, (sec + 30) * SEC, OTHER);
        }
        end_with_raw(&scan, 2, TEXT(BEGIN "\n" ROW "\n" KILL "\n"));
}
END_TEST

START_TEST(test_raw_lines_of_the_limit_and_longer_ones)
{
        for (size_t past = 0; past < 2; past++) {
                char expected[FINDER_RAW_MAX + 2048], line[1024];
                size_t length = strlen(BEGIN "\n");
                struct scan scan;

                memcpy(expected, BEGIN "\n", length);
                begin(&scan, true);
                push(&scan, BEGIN);
                while (length + strlen(KILL "\n") < FINDER_RAW_MAX + past) {
                        size_t rest = FINDER_RAW_MAX + past - length - strlen(KILL "\n");
                        size_t line_length = rest < sizeof(line) ? rest - 1 : sizeof(line) / 2;

                        memset(line, 'x', line_length);
                        line[line_length] = '\0';
                        push(&scan, line);
                        length += (size_t)sprintf(expected + length, "%s\n", line);
                }
                push(&scan, KILL);
                if (!past)
                        length += (size_t)sprintf(expected + length, KILL "\n");
                end_with_raw(&scan, 1, (struct text){ expected, length });
        }
}
END_TEST

TEST_MAIN("finder", CASE(test_a_stamp_that_goes_back_is_of_another_boot_past_a_limit),
          CASE(test_another_boot_id_is_of_another_boot), CASE(test_another_boot_has_its_own_clock),
          CASE(test_a_line_without_a_stamp_among_stamps), CASE(test_a_report_is_open_as_long_as_its_lines_come),
          CASE(test_a_report_is_closed_past_a_limit_of_bytes), CASE(test_a_report_is_closed_when_its_time_is_over),
          CASE(test_a_log_may_begin_with_a_piece), CASE(test_records_that_are_missing_divide_a_report),
          CASE(test_lines_that_were_left_out_are_forgotten_after_the_next_one),
          CASE(test_one_host_too_many_takes_the_place_of_the_one_silent_for_longest),
          CASE(test_a_host_without_an_open_report_loses_its_place_first), CASE(test_the_files_of_a_listing_are_apart),
          CASE(test_at_the_end_reports_are_in_the_order_of_their_last_lines),
          CASE(test_a_report_has_the_line_of_its_beginning_however_many_follow),
          CASE(test_the_raw_lines_are_those_of_the_report), CASE(test_raw_lines_of_the_limit_and_longer_ones))
