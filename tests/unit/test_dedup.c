/* cli/scan/dedup.h: which sightings are one incident. */

#include "harness.h"
#include "scan/dedup.h"
#include "sighting_fixture.h"

static bool is_same(struct sighting a, struct sighting b)
{
        bool same = dedup_match(&a, &b, two_hours_east);

        ck_assert_int_eq(dedup_match(&b, &a, two_hours_east), same);
        if (same)
                ck_assert_uint_eq(dedup_hash(&a), dedup_hash(&b));
        return same;
}

START_TEST(test_names_and_sizes_must_be_equal)
{
        struct sighting known = at_time(sure(NOON, SEC)), other = known;

        ck_assert(is_same(known, other));
        other.pid = 1150;
        ck_assert(!is_same(known, other));
        other = known;
        other.comm[0] = 'P';
        ck_assert(!is_same(known, other));
        other = known;
        other.sizes[SIGHTING_ANON_RSS] += 1024;
        ck_assert(!is_same(known, other));
        other.sizes[SIGHTING_ANON_RSS] = SIGHTING_SIZE_UNKNOWN;
        ck_assert(is_same(known, other));
        other = known;
        other.type = ALERT_OOM_UNREAPABLE;
        ck_assert(!is_same(known, other));
        other = known;
        other.message_hash = 1;
        ck_assert(!is_same(known, other));
}
END_TEST

/* A tab in a name is blanks in journalctl's lines, "\x09" in dmesg's. */
START_TEST(test_names_that_logs_show_otherwise_are_no_difference)
{
        struct sighting known = at_time(sure(NOON, SEC)), other = known;

        known.comm[1] = '\t';
        ck_assert(is_same(known, other));
        other.pid = 1150;
        ck_assert(!is_same(known, other));
        other = known;
        other.comm[1] = ' ';
        other.sizes[SIGHTING_ANON_RSS] += 1024;
        ck_assert(!is_same(known, other));
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                other.sizes[i] = SIGHTING_SIZE_UNKNOWN;
        ck_assert(!is_same(known, other));
}
END_TEST

/* Each of these names is what some log makes of another. */
START_TEST(test_names_that_logs_may_have_changed)
{
        static const struct {
                const char *name;
                bool is_fragile;
        } cases[] = {
                { "pen\x1bgine", true }, { "pen?gine", true },    { "pen#033gine", true },    { "pen\\x1bgine", true },
                { "pen  gine", true },   { "pen\x7fgine", true }, { "p\xc3\xa4ngine", true }, { "pen gine", false },
                { "pen.gine~", false },  { "pengine ", false },   { "!pengine", false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct sighting known = sighting_of(1149, cases[i].name), other = sighting_of(1149, "pengine");

                ck_assert_msg(is_same(known, other) == cases[i].is_fragile, "'%s'", cases[i].name);
                other.has_comm = false;
                other.comm_length = 0;
                ck_assert(!is_same(known, other));
        }
}
END_TEST

START_TEST(test_hosts_and_boots_that_are_known_must_be_equal)
{
        struct sighting known = at_time(sure(NOON, SEC)), other = known;

        known.host = 1;
        known.boot_hash = 1;
        ck_assert(is_same(known, other));
        other.host = 2;
        ck_assert(!is_same(known, other));
        other.host = 1;
        other.boot_hash = 2;
        ck_assert(!is_same(known, other));
}
END_TEST

START_TEST(test_stamps_of_the_kernel_must_be_equal)
{
        struct sighting summary = at_stamp(5000000 - 400), other_boot;

        ck_assert(is_same(at_stamp(5000000), at_stamp(5000000)));
        ck_assert(!is_same(at_stamp(5000000), at_stamp(5000001)));
        ck_assert(is_same(at_stamp(5000000), at_time(sure(NOON, SEC))));
        ck_assert(is_same(at_stamp(5000000), sighting_of(1149, "pengine")));
        /* a log without the kill line, which is of level err: the line before it shows the kill */
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                summary.sizes[i] = SIGHTING_SIZE_UNKNOWN;
        ck_assert(is_same(at_stamp(5000000), summary));
        summary.mono_usec = 5000000 - DEDUP_REPORT_USEC - 1;
        ck_assert(!is_same(at_stamp(5000000), summary));

        other_boot = at_stamp(5000000);
        other_boot.time = sure(NOON + 48 * HOUR, SEC);
        summary = at_stamp(5000000);
        summary.time = sure(NOON, SEC);
        ck_assert(!is_same(other_boot, summary));
}
END_TEST

START_TEST(test_times_must_be_those_of_one_moment)
{
        const int64_t slack = DEDUP_TIME_SLACK_USEC;
        const struct {
                struct log_time a, b;
                bool same;
        } cases[] = {
                { sure(NOON, 1), sure(NOON, 1), true },
                { sure(NOON, 1), sure(NOON + 1 + slack, 1), true },
                { sure(NOON, 1), sure(NOON + 2 + slack, 1), false },
                { sure(NOON, SEC), sure(NOON + SEC + slack, 1), true },
                { sure(NOON, SEC), sure(NOON + SEC + slack + 1, 1), false },
                { sure(NOON, 1), sure(NOON + 2 * HOUR, 1), false }, /* both have a zone */
                                                                    /* 14:06:20 two hours east */
                { yearless(2026, 8, 25, 14), sure(NOON, 1), true },
                { yearless(2025, 8, 25, 14), sure(NOON, 1), true },
                { yearless(0, 8, 25, 14), sure(NOON, 1), true },
                { yearless(2026, 8, 24, 14), sure(NOON, 1), false },
                /* in the first minutes of 2027 and of 2026, where another zone's log is still in the old year */
                { yearless(0, 1, 1, 2), sure(INT64_C(1798761980000000), 1), true },
                { yearless(0, 12, 31, 14), sure(INT64_C(1767225980000000), 1), true },
                { yearless(2026, 8, 25, 20), sure(NOON, 1), true }, /* the machine's zone may be another */
                { yearless(2026, 8, 25, 14), yearless(2025, 8, 25, 14), true },
                { yearless(2026, 8, 25, 14), yearless(0, 8, 25, 14), true },
                { yearless(2026, 8, 25, 14), yearless(2026, 8, 25, 15), false }, /* both in the same zone */
                { yearless(2026, 8, 25, 14), yearless(2026, 9, 25, 14), false },
                { yearless(0, 8, 25, 14), yearless(0, 8, 25, 14), true },
                { yearless(0, 8, 25, 14), yearless(0, 8, 25, 15), false },
                { { NOON, 1, 0, { 0 }, 0, 0 }, { NOON + 3 * HOUR, SEC, LOG_DOUBT_CLOCK, { 0 }, 0, 0 }, true },
                { { NOON, 1, 0, { 0 }, 0, 0 }, { NOON + 30 * HOUR, SEC, LOG_DOUBT_CLOCK, { 0 }, 0, 0 }, false },
                { { NOON, 1, 0, { 0 }, 0, 0 }, { NOON + 3 * HOUR, 1, LOG_DOUBT_STAMP, { 0 }, 0, 0 }, true },
                { { NOON, 1, 0, { 0 }, 0, 0 }, { NOON + 30 * HOUR, 1, LOG_DOUBT_STAMP, { 0 }, 0, 0 }, false },
                /* the machine was suspended */
                { { NOON, 1, 0, { 0 }, 0, 0 }, { NOON + 30 * HOUR, 7 * HOUR, LOG_DOUBT_STAMP, { 0 }, 0, 0 }, true },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                ck_assert_msg(is_same(at_time(cases[i].a), at_time(cases[i].b)) == cases[i].same, "case %zu", i);
}
END_TEST

/* One log has a zone and the other none: their times may differ by whole quarters of an hour, as zones do. */
START_TEST(test_times_may_differ_by_steps_of_zones)
{
        const int64_t slack = DEDUP_TIME_SLACK_USEC + 1, quarter = HOUR / 4;
        const struct {
                int64_t apart_usec;
                bool is_same;
        } cases[] = {
                { quarter, true },
                { quarter - slack, true },
                { quarter - slack - 1, false },
                { quarter + slack, true },
                { quarter + slack + 1, false },
                { 7 * 60 * SEC, false },
                { 5 * HOUR + 3 * quarter, true }, /* Nepal */
                { 5 * HOUR + 40 * 60 * SEC, false },
                { 14 * HOUR, true },
                { 14 * HOUR + slack, true },
                { 14 * HOUR + quarter, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct sighting known = at_time(sure(NOON, 1));

                ck_assert_msg(is_same(known, at_time(zoneless(NOON + cases[i].apart_usec))) == cases[i].is_same,
                              "case %zu, later", i);
                ck_assert_msg(is_same(known, at_time(zoneless(NOON - cases[i].apart_usec))) == cases[i].is_same,
                              "case %zu, earlier", i);
        }
        ck_assert(!is_same(at_time(zoneless(NOON)), at_time(zoneless(NOON + HOUR)))); /* both in the same zone */
}
END_TEST

START_TEST(test_the_surer_time_is_better_then_the_finer)
{
        const struct log_time coarse = sure(NOON, SEC), fine = sure(NOON, 1);
        struct log_time doubtful = fine;

        doubtful.doubts = LOG_DOUBT_ZONE_UNKNOWN;
        ck_assert_ptr_eq(dedup_better_time(&coarse, &fine), &fine);
        ck_assert_ptr_eq(dedup_better_time(&fine, &coarse), &fine);
        ck_assert_ptr_eq(dedup_better_time(&coarse, &doubtful), &coarse);
        ck_assert_ptr_eq(dedup_better_time(&doubtful, &coarse), &coarse);
        doubtful = coarse; /* equally good: the first */
        ck_assert_ptr_eq(dedup_better_time(&doubtful, &coarse), &doubtful);
        ck_assert_ptr_eq(dedup_better_time(&coarse, &doubtful), &coarse);
}
END_TEST

/* A wrong zone is off by hours, a year that was inferred by nothing or a year, the clock of dmesg by any time. */
START_TEST(test_doubts_have_an_order)
{
        const struct log_time times[] = {
                sure(NOON, SEC),
                { NOON, 1, LOG_DOUBT_ZONE_ASSUMED, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_ZONE_UNKNOWN, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_YEAR, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_YEAR | LOG_DOUBT_ZONE_ASSUMED, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_YEAR | LOG_DOUBT_ZONE_UNKNOWN, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_CLOCK, { 0 }, 0, 0 },
                { NOON, 1, LOG_DOUBT_STAMP | LOG_DOUBT_YEAR, { 0 }, 0, 0 },
                yearless(0, 8, 25, 14),
                { LOG_UNKNOWN, LOG_UNKNOWN, 0, { 0 }, 0, 0 },
        };

        for (size_t i = 0; i + 1 < COUNT(times); i++)
                for (size_t j = i + 1; j < COUNT(times); j++) {
                        ck_assert_msg(dedup_better_time(&times[i], &times[j]) == &times[i], "%zu, %zu", i, j);
                        ck_assert_msg(dedup_better_time(&times[j], &times[i]) == &times[i], "%zu, %zu", j, i);
                }
}
END_TEST

/* *ret_last is what is known of its last report. */
static struct sighting run_at(int64_t first_sec, int64_t last_sec, struct sighting_run *ret_last)
{
        struct sighting run = sighting_of(315, "hog");

        run.type = ALERT_OOM_NO_VICTIM;
        run.is_none_killable = true;
        run.limit_hash = 7;
        run.time = sure(NOON + first_sec * SEC, 1);
        *ret_last = (struct sighting_run){ .n_reports = 30,
                                           .time = sure(NOON + last_sec * SEC, 1),
                                           .mono_usec = LOG_UNKNOWN };
        run.run = ret_last;
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                run.sizes[i] = SIGHTING_SIZE_UNKNOWN;
        return run;
}

/* A run goes on while no more than OOM_PARSER_QUIET_USEC is between two of its reports. */
START_TEST(test_parts_of_a_run)
{
        struct sighting_run last, other_last;
        struct sighting known = run_at(0, 40, &last), other = run_at(45, 60, &other_last);

        ck_assert(is_same(known, other));
        ck_assert(dedup_is_apart(&known, &other));
        other.limit_hash = 8;
        ck_assert(!is_same(known, other));
        other = run_at(51, 60, &other_last);
        ck_assert(!is_same(known, other));
        other = run_at(20, 60, &other_last);
        ck_assert(is_same(known, other));
        ck_assert(!dedup_is_apart(&known, &other));
        other.pid = 316; /* found by the list of runs, not by the hash */
        ck_assert(dedup_match(&known, &other, two_hours_east));
        other.limit_hash = 0;
        ck_assert(!dedup_match(&known, &other, two_hours_east));
        other = run_at(45, 60, &other_last); /* of another kind of log: it may be off */
        other.time.resolution_usec = other_last.time.resolution_usec = SEC;
        ck_assert(!dedup_is_apart(&known, &other));
}
END_TEST

START_TEST(test_a_panic_is_the_end_of_its_report)
{
        struct sighting_run last;
        struct sighting known = run_at(0, 0, &last), panic;

        known.run = NULL;
        panic = known;
        panic.type = ALERT_OOM_PANIC;
        panic.message_hash = 1;
        panic.limit_hash = 0;
        panic.is_none_killable = false;
        ck_assert(is_same(known, panic));
        known.mono_usec = 5 * SEC;
        panic.mono_usec = 6 * SEC;
        ck_assert(is_same(known, panic));
        panic.mono_usec = 65 * SEC; /* on a slow console */
        panic.time.usec += 60 * SEC;
        ck_assert(is_same(known, panic));
        panic.mono_usec = 105 * SEC;
        ck_assert(!is_same(known, panic));
        panic.mono_usec = 6 * SEC;
        panic.pid = 316;
        ck_assert(!is_same(known, panic));
        known.pid = panic.pid = OOM_UNKNOWN;
        ck_assert(!is_same(known, panic));
}
END_TEST

TEST_MAIN("dedup", CASE(test_parts_of_a_run), CASE(test_a_panic_is_the_end_of_its_report),
          CASE(test_the_surer_time_is_better_then_the_finer), CASE(test_names_and_sizes_must_be_equal),
          CASE(test_names_that_logs_show_otherwise_are_no_difference), CASE(test_names_that_logs_may_have_changed),
          CASE(test_doubts_have_an_order), CASE(test_hosts_and_boots_that_are_known_must_be_equal),
          CASE(test_stamps_of_the_kernel_must_be_equal), CASE(test_times_must_be_those_of_one_moment),
          CASE(test_times_may_differ_by_steps_of_zones))
