/* lib/logfile/stamp.h, years.h: dates, zones, and years that aren't printed. */

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "log_reading.h"
#include "logfile/years.h"

START_TEST(test_dates_are_seconds_since_1970)
{
        static const struct {
                struct log_date date;
                int64_t seconds;
        } dates[] = {
                { { 1970, 1, 1, 0, 0, 0 }, 0 },
                { { 1969, 12, 31, 23, 59, 59 }, -1 },
                { { 2000, 2, 29, 12, 0, 0 }, 951825600 },
                { { 2026, 8, 25, 14, 6, 20 }, 1787666780 },
                { { 2016, 12, 31, 23, 59, 60 }, 1483228800 }, /* a leap second */
                { { 1, 1, 1, 0, 0, 0 }, -62135596800 },
                { { 9999, 12, 31, 23, 59, 59 }, 253402300799 },
                { { 2100, 3, 1, 0, 0, 0 }, 4107542400 },
        };

        for (size_t i = 0; i < COUNT(dates); i++) {
                ck_assert(log_date_is_valid(&dates[i].date));
                ck_assert_int_eq(log_date_usec(&dates[i].date), dates[i].seconds * 1000000);
        }
}
END_TEST

START_TEST(test_days_that_do_not_exist)
{
        static const struct log_date dates[] = {
                { 0, 1, 1, 0, 0, 0 },     { 10000, 1, 1, 0, 0, 0 }, { 2026, 0, 1, 0, 0, 0 },  { 2026, 13, 1, 0, 0, 0 },
                { 2026, 1, 0, 0, 0, 0 },  { 2026, 1, 32, 0, 0, 0 }, { 2026, 4, 31, 0, 0, 0 }, { 2026, 2, 29, 0, 0, 0 },
                { 2100, 2, 29, 0, 0, 0 }, { 2024, 2, 30, 0, 0, 0 }, { 2026, 1, 1, 24, 0, 0 }, { 2026, 1, 1, 0, 60, 0 },
                { 2026, 1, 1, 0, 0, 61 },
        };

        for (size_t i = 0; i < COUNT(dates); i++)
                ck_assert_msg(!log_date_is_valid(&dates[i]), "%zu", i);
}
END_TEST

START_TEST(test_what_is_not_a_stamp)
{
        static const char *const texts[] = {
                "",
                "2026-08-25",
                "2026-08-25T",
                "2026-08-25T14:06",
                "2026-8-25T14:06:20Z",
                "2026-08-25X14:06:20Z",
                "2026-08-25T14:06:20+2",
                "2026-08-25T14:06:20+24:00",
                "2026-08-25T14:06:20+02:60",
                "2026-08-25T14:06:20-",
                "Aug 25",
                "Aug 25 14:06",
                "Aug25 14:06:20",
                "Aug  14:06:20",
                "Aug 255 14:06:20",
                "Au1 25 14:06:20",
                "Augustaugustaugust 25 14:06:20",
                "20261 Aug 25 14:06:20",
                "Tue Aug 25 14:06:20",
                "Tue Aug 25 14:06:20 26",
                "Tue 2026-08-25 14:06:20",
                "Tue 2026-08-25 14:06:20 ",
                "178766678.638210",
                "17876667801.638210",
                "1787666780",
                "1787666780.",
        };

        for (size_t i = 0; i < COUNT(texts); i++) {
                struct text text = text_from(texts[i]);
                struct log_stamp stamp = { .utc_usec = 77 };

                ck_assert_msg(!log_stamp_eat_iso(&text, &stamp) && !log_stamp_eat_syslog(&text, &stamp) &&
                                      !log_stamp_eat_ctime(&text, &stamp) && !log_stamp_eat_full(&text, &stamp) &&
                                      !log_stamp_eat_unix(&text, &stamp),
                              "'%s'", texts[i]);
                ck_assert_uint_eq(text.length, strlen(texts[i]));
                ck_assert_int_eq(stamp.utc_usec, 77);
        }
}
END_TEST

START_TEST(test_fractions)
{
        static const struct {
                const char *text;
                int64_t fraction_usec, resolution_usec;
        } fractions[] = {
                { "2026-08-25T14:06:20Z", 0, 1000000 },
                { "2026-08-25T14:06:20.5Z", 500000, 100000 },
                { "2026-08-25T14:06:20,123456Z", 123456, 1 },
                { "2026-08-25T14:06:20.1234567899999Z", 123456, 1 },
        };

        for (size_t i = 0; i < COUNT(fractions); i++) {
                struct text text = text_from(fractions[i].text);
                struct log_stamp stamp;

                ck_assert(log_stamp_eat_iso(&text, &stamp));
                ck_assert_uint_eq(text.length, 0);
                ck_assert_int_eq(stamp.utc_usec, 1787666780000000 + fractions[i].fraction_usec);
                ck_assert_int_eq(stamp.resolution_usec, fractions[i].resolution_usec);
        }
}
END_TEST

/* ---- zones ---------------------------------------------------------------------------------------------------------- */

/* Two hours east in summer; the hour that doesn't exist in March, isn't known. */
static int64_t summer_time(const struct log_date *date, void *userdata)
{
        (void)userdata;
        if (date->month == 3 && date->day == 29 && date->hour == 2)
                return LOG_UNKNOWN;
        return log_date_usec(date) - (date->month > 3 && date->month < 11 ? 2 : 1) * 3600 * 1000000LL;
}

START_TEST(test_local_time_is_the_callers)
{
        struct reading *reading = reading_new(TEST_MODIFIED_USEC, summer_time);

        read_all(reading,
                 TEXT("Jan 25 14:06:20.25 h kernel: a\n[Tue Aug 25 14:06:20 2026] b\n2026-08-25T14:06:20Z h kernel: c\n"
                      "Sun 2026-03-29 02:30:00 CET h kernel: d\n"));
        ck_assert_uint_eq(reading->count, 4);
        ck_assert_int_eq(reading->messages[0].time.usec, 1769346380250000);
        ck_assert_uint_eq(reading->messages[0].time.doubts, LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_YEAR);
        ck_assert_int_eq(reading->messages[1].time.usec, 1787666780000000 - 2 * 3600 * 1000000LL);
        ck_assert_uint_eq(reading->messages[1].time.doubts, LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_CLOCK);
        ck_assert_int_eq(reading->messages[2].time.usec, 1787666780000000);
        ck_assert_uint_eq(reading->messages[2].time.doubts, 0);
        ck_assert_int_eq(reading->messages[3].time.usec, LOG_UNKNOWN);
        ck_assert_int_eq(reading->messages[3].time.resolution_usec, LOG_UNKNOWN);
        reading_free(reading);
}
END_TEST

START_TEST(test_time_of_a_wrapper)
{
        struct reading *reading =
                read_text(TEXT("2026-08-25T14:06:20.5Z stdout F [    1.000000] a\n"
                               "2026-08-25T14:06:20.5Z stdout F 2026-08-25T14:06:19Z h kernel: b\n"
                               "{\"log\":\"[    1.000000] c\\n\",\"time\":\"2026-08-25T14:06:20.5Z\"}\n"
                               "{\"log\":\"[    1.000000] d\\n\",\"time\":\"yesterday\"}\n"));

        ck_assert_uint_eq(reading->count, 4);
        ck_assert_int_eq(reading->messages[0].time.usec, 1787666780500000);
        ck_assert_int_eq(reading->messages[1].time.usec, 1787666779000000);
        ck_assert_int_eq(reading->messages[2].time.usec, 1787666780500000);
        ck_assert_int_eq(reading->messages[3].time.usec, LOG_UNKNOWN);
        reading_free(reading);
}
END_TEST

/* ---- years ---------------------------------------------------------------------------------------------------------- */

static int64_t noon(int32_t year, uint8_t month, uint8_t day)
{
        return log_date_usec(&(struct log_date){ year, month, day, 12, 0, 0 });
}

struct years_case {
        const char *name;
        int32_t year; /* of the file's time */
        uint8_t month, day;
        const char *lines[8];
        int32_t years[8];
};

static const struct years_case files[] = {
        { "this year", 2026, 11, 22, { "Jan  5", "Aug 25", "Nov 22" }, { 2026, 2026, 2026 } },
        { "a new year", 2026, 1, 3, { "Nov 30", "Dec 31", "Jan  1", "Jan  3" }, { 2025, 2025, 2026, 2026 } },
        { "December alone", 2026, 1, 3, { "Dec 30" }, { 2025 } },
        { "later lines show it", 2015, 11, 5, { "Sep 25", "Aug 25" }, { 2014, 2015 } },
        { "three years", 2015, 11, 5, { "Sep 25", "Aug 25", "Mar  1", "Nov  1" }, { 2013, 2014, 2015, 2015 } },
        { "the year's last line counts", 2026, 8, 10, { "Mar  1", "Oct  1" }, { 2025, 2025 } },
        { "a clock ahead, another zone", 2026, 8, 25, { "Aug 25", "Aug 26" }, { 2026, 2026 } },
        { "out of order", 2026, 9, 2, { "Sep  1", "Aug 31", "Sep  1" }, { 2026, 2026, 2026 } },
        { "out of order at new year",
          2026,
          1,
          3,
          { "Dec 31", "Jan  1", "Dec 31", "Jan  1" },
          { 2025, 2026, 2025, 2026 } },
        { "29 February", 2027, 5, 5, { "Feb 28", "Feb 29", "Mar  1" }, { 2024, 2024, 2024 } },
        { "29 February before a new year", 2027, 5, 5, { "Feb 29", "Dec  1", "Jan 10" }, { 2024, 2024, 2027 } },
        { "on 29 February", 2024, 2, 29, { "Feb 29" }, { 2024 } },
        { "a clock that starts in January", 2026, 8, 25, { "Aug 20", "Jan  1", "Aug 20" }, { 2026, 2026, 2026 } },
        { "nearly a year ahead", 2026, 8, 25, { "Aug 28" }, { 2025 } },
        { "another file", 2015, 11, 5, { "a:Aug 25", "b:Sep 25", "b:Aug 25", "a:Mar  1" }, { 2015, 2014, 2015, 2015 } },
};

static struct reading *read_file(const struct years_case *file)
{
        struct reading *reading = reading_new(noon(file->year, file->month, file->day), NULL);

        for (size_t i = 0; i < COUNT(file->lines) && file->lines[i]; i++) {
                char line[64];

                ck_assert_int_gt(snprintf(line, sizeof(line), "%s 12:00:00 h kernel: x", file->lines[i]), 0);
                log_reader_push(reading->reader, text_from(line), i + 1);
        }
        log_reader_end(reading->reader);
        return reading;
}

START_TEST(test_years_are_inferred)
{
        for (size_t f = 0; f < COUNT(files); f++) {
                const struct years_case *file = &files[f];
                struct reading *reading = read_file(file);

                for (size_t i = 0; i < COUNT(file->lines) && file->lines[i]; i++) {
                        const struct log_message *message = &reading->messages[i];
                        struct log_date date = message->time.date;

                        ck_assert_uint_lt(i, reading->count);
                        ck_assert(message->time.doubts & LOG_DOUBT_YEAR);
                        date.year = file->years[i];
                        ck_assert_msg(log_reader_resolve_time(reading->reader, &message->time) == log_date_usec(&date),
                                      "%s: line %zu: %" PRIi64, file->name, i,
                                      log_reader_resolve_time(reading->reader, &message->time));
                }
                reading_free(reading);
        }
}
END_TEST

START_TEST(test_year_without_a_files_time)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        read_all(reading, TEXT("Aug 25 14:06:20 h kernel: a\n"));
        ck_assert_int_eq(reading->messages[0].time.usec, LOG_UNKNOWN);
        ck_assert_int_eq(log_reader_resolve_time(reading->reader, &reading->messages[0].time), LOG_UNKNOWN);
        ck_assert_int_eq(reading->messages[0].time.date.month, 8);
        reading_free(reading);
}
END_TEST

START_TEST(test_more_new_years_than_are_told_apart)
{
        struct log_years years;
        const struct log_date june = { .month = 6, .day = 1 }, march = { .month = 3, .day = 1 };

        log_years_init(&years, noon(2026, 8, 25));
        for (uint32_t i = 0; i < LOG_YEARS_MAX; i++) {
                ck_assert_uint_eq(log_years_push(&years, &june), i);
                (void)log_years_push(&years, &june);
                if (i + 1 < LOG_YEARS_MAX)
                        ck_assert_uint_eq(log_years_push(&years, &march), i + 1);
        }
        ck_assert_int_eq(log_years_infer(&years, LOG_YEARS_MAX - 1), 2026);
        ck_assert_int_eq(log_years_infer(&years, 0), 2026 - (LOG_YEARS_MAX - 1));
        /* one more: no turn of its own */
        ck_assert_uint_eq(log_years_push(&years, &march), LOG_YEARS_MAX - 1);
        ck_assert_int_eq(log_years_infer(&years, LOG_YEARS_MAX - 1), 2026);
}
END_TEST

START_TEST(test_file_times_without_sense)
{
        static const int64_t times[] = { LOG_UNKNOWN, -1, INT64_MAX, 253370764800000001 };
        const struct log_date date = { .month = 6, .day = 1 };

        for (size_t i = 0; i < COUNT(times); i++) {
                struct log_years years;

                log_years_init(&years, times[i]);
                ck_assert_int_eq(log_years_infer(&years, log_years_push(&years, &date)), 0);
        }
}
END_TEST

TEST_MAIN("log_time", CASE(test_dates_are_seconds_since_1970), CASE(test_days_that_do_not_exist),
          CASE(test_what_is_not_a_stamp), CASE(test_fractions), CASE(test_local_time_is_the_callers),
          CASE(test_time_of_a_wrapper), CASE(test_years_are_inferred), CASE(test_year_without_a_files_time),
          CASE(test_more_new_years_than_are_told_apart), CASE(test_file_times_without_sense))
