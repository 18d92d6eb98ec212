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

static void next_turn(struct log_years *years)
{
        if (years->turn + 1 < LOG_TURNS_MAX)
                years->turn++;
        years->begun = false;
}

/* A machine without a clock of its own starts in the first hours of some year, and goes on in the right one. A line of
 * such hours is a new year only if the year before was nearly over. */
static bool is_unset_clock(const struct log_years *years, uint32_t second)
{
        return second < SEC_PER_DAY && years->begun && years->newest_sec < 305 * SEC_PER_DAY;
}

uint32_t log_years_push(struct log_years *years, const struct log_date *date)
{
        uint32_t second = second_of_year(*date);
        struct log_turn *turn;

        if (is_unset_clock(years, second))
                return years->turn;
        if (years->begun && second + LOG_DISORDER_DAYS * SEC_PER_DAY < years->newest_sec)
                next_turn(years);
        turn = &years->turns[years->turn];
        /* A line of the last days of December among those of the first of January, out of order. */
        if (years->begun && years->turn > 0 && !turn[-1].last && years->newest_sec < LOG_DISORDER_DAYS * SEC_PER_DAY &&
            second > (366 - LOG_DISORDER_DAYS) * SEC_PER_DAY)
                return years->turn - 1;
        if (!years->begun || second > years->newest_sec)
                years->newest_sec = second;
        if (!years->begun || second > turn->latest_sec)
                turn->latest_sec = second;
        years->begun = true;
        turn->leap = turn->leap || (date->month == 2 && date->day == 29);
        return years->turn;
}

void log_years_next_file(struct log_years *years)
{
        if (!years->begun)
                return;
        years->turns[years->turn].last = true;
        next_turn(years);
}

/* The latest year, not after year, that has all the turn's days. */
static int32_t possible_year(const struct log_turn *turn, int32_t year)
{
        while (turn->leap && !log_year_is_leap(year))
                year--;
        return year;
}

/* The latest year in which the turn's last line is not after the file's time. */
static int32_t latest_year(const struct log_years *years, const struct log_turn *turn)
{
        int64_t limit = years->modified_usec / 1000000 + (int64_t)LOG_FUTURE_DAYS * SEC_PER_DAY;
        int32_t year = (int32_t)(1970 + limit / (int64_t)(365.2425 * SEC_PER_DAY)) + 1;

        for (;; year--) {
                struct log_date new_year = { .year = year, .month = 1, .day = 1 };
                int64_t second = turn->latest_sec;

                /* latest_sec counts a 29 February; there is none in most years. */
                if (!log_year_is_leap(year) && second >= 60 * (int64_t)SEC_PER_DAY)
                        second -= SEC_PER_DAY;
                if (log_date_usec(&new_year) / 1000000 + second <= limit)
                        return year;
        }
}

int32_t log_years_infer(const struct log_years *years, uint32_t turn)
{
        uint32_t last = turn;
        int32_t year;

        /* Nothing was logged in a year before Linux, and after 9999 a date has another form. */
        if (years->modified_usec < 0 || years->modified_usec > 253370764800000000)
                return 0;
        while (last < years->turn && !years->turns[last].last)
                last++;
        year = possible_year(&years->turns[last], latest_year(years, &years->turns[last]));
        while (last > turn) {
                last--;
                year = possible_year(&years->turns[last], year - 1);
        }
        return year;
}
