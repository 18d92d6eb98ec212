#include "logfile/years.h"

#define SEC_PER_DAY 86400U

void log_years_init(struct log_years *years, int64_t modified_usec)
{
        *years = (struct log_years){ .modified_usec = modified_usec };
}

static uint32_t second_of_year(struct log_date date)
{
        static const struct log_date new_year = { .year = 2000, .month = 1, .day = 1 };

        date.year = 2000;
        return (uint32_t)((log_date_usec(&date) - log_date_usec(&new_year)) / 1000000);
}

static void begin_year(struct log_years *years)
{
        if (years->current + 1 < LOG_YEARS_MAX)
                years->current++;
        years->has_lines = false;
}

/* A machine without a battery for its clock starts in the first hours of some year, until the clock is set. A line of
 * such hours begins a new year only if the one before was nearly over. */
static bool is_unset_clock(const struct log_years *years, uint32_t second)
{
        return second < SEC_PER_DAY && years->has_lines && years->newest_sec < 305 * SEC_PER_DAY;
}

uint32_t log_years_push(struct log_years *years, const struct log_date *date)
{
        uint32_t second = second_of_year(*date);
        struct log_year *year;

        if (is_unset_clock(years, second))
                return years->current;
        if (years->has_lines && second + LOG_DISORDER_DAYS * SEC_PER_DAY < years->newest_sec)
                begin_year(years);
        year = &years->years[years->current];
        /* A line of the last days of December among those of the first of January, out of order. */
        if (years->has_lines && years->current > 0 && !year[-1].is_last_of_file &&
            years->newest_sec < LOG_DISORDER_DAYS * SEC_PER_DAY && second > (366 - LOG_DISORDER_DAYS) * SEC_PER_DAY)
                return years->current - 1;
        if (!years->has_lines || second > years->newest_sec)
                years->newest_sec = second;
        if (!years->has_lines || second > year->latest_sec)
                year->latest_sec = second;
        years->has_lines = true;
        year->has_leap_day = year->has_leap_day || (date->month == 2 && date->day == 29);
        return years->current;
}

void log_years_next_file(struct log_years *years)
{
        if (!years->has_lines)
                return;
        years->years[years->current].is_last_of_file = true;
        begin_year(years);
}

/* The latest year, not after limit, that has all the days of the lines. */
static int32_t possible_year(const struct log_year *year, int32_t limit)
{
        while (year->has_leap_day && !log_year_is_leap(limit))
                limit--;
        return limit;
}

/* The latest year in which the last of the lines is not after the file's time. */
static int32_t latest_year(const struct log_years *years, const struct log_year *lines)
{
        int64_t limit = years->modified_usec / 1000000 + (int64_t)LOG_FUTURE_DAYS * SEC_PER_DAY;
        int32_t year = (int32_t)(1970 + limit / (int64_t)(365.2425 * SEC_PER_DAY)) + 1;

        for (;; year--) {
                struct log_date new_year = { .year = year, .month = 1, .day = 1 };
                int64_t second = lines->latest_sec;

                /* latest_sec counts a 29 February; there is none in most years. */
                if (!log_year_is_leap(year) && second >= 60 * (int64_t)SEC_PER_DAY)
                        second -= SEC_PER_DAY;
                if (log_date_usec(&new_year) / 1000000 + second <= limit)
                        return year;
        }
}

/* Nothing was logged in a year before Linux, and after 9999 a date has another form. */
static bool has_file_time(const struct log_years *years)
{
        return years->modified_usec >= 0 && years->modified_usec <= 253370764800000000;
}

int32_t log_years_latest(const struct log_years *years, const struct log_date *date)
{
        struct log_year alone = { .latest_sec = second_of_year(*date),
                                  .has_leap_day = date->month == 2 && date->day == 29 };

        return has_file_time(years) ? possible_year(&alone, latest_year(years, &alone)) : 0;
}

int32_t log_years_infer(const struct log_years *years, uint32_t index)
{
        uint32_t last = index;
        int32_t year;

        if (!has_file_time(years))
                return 0;
        while (last < years->current && !years->years[last].is_last_of_file)
                last++;
        year = possible_year(&years->years[last], latest_year(years, &years->years[last]));
        while (last > index) {
                last--;
                year = possible_year(&years->years[last], year - 1);
        }
        return year;
}
