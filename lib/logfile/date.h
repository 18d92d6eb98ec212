/* lib/logfile/date.h: a date as logs print it, and what the calendar says of it. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct log_date {
        int32_t year;                 /* 1 to 9999 */
        uint8_t month, day;           /* from 1 */
        uint8_t hour, minute, second; /* second: up to 60 */
};

/* Microseconds from 1970 to the date, taken as UTC. year is 1 to 9999. */
int64_t log_date_usec(const struct log_date *date);
/* The same of the date in 2000, which has every day: for comparing dates that were printed without a year. */
int64_t log_date_usec_in_2000(const struct log_date *date);
/* Whether there is such a day and time. */
bool log_date_is_valid(const struct log_date *date);
bool log_year_is_leap(int32_t year);
