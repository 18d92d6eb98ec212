#include "logfile/date.h"

#include "util/usec.h"

#define SEC_PER_DAY 86400LL

bool log_year_is_leap(int32_t year)
{
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool log_date_is_valid(const struct log_date *date)
{
        static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

        if (date->year < 1 || date->year > 9999 || date->month < 1 || date->month > 12 || date->day < 1)
                return false;
        if (date->day > days[date->month - 1] && !(date->month == 2 && date->day == 29 && log_year_is_leap(date->year)))
                return false;
        return date->hour < 24 && date->minute < 60 && date->second <= 60;
}

int64_t log_date_usec(const struct log_date *date)
{
        /* Days since 1970-01-01, by years that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms"). */
        int64_t year = date->year - (date->month <= 2);
        int64_t era = (year >= 0 ? year : year - 399) / 400;
        int64_t year_of_era = year - era * 400;
        int64_t day_of_year = (153 * (date->month + (date->month > 2 ? -3 : 9)) + 2) / 5 + date->day - 1;
        int64_t days = era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
        int64_t seconds = days * SEC_PER_DAY + date->hour * 3600LL + date->minute * 60LL + date->second;

        return seconds * USEC_PER_SEC;
}

int64_t log_date_usec_in_2000(const struct log_date *date)
{
        struct log_date leap = *date;

        leap.year = 2000;
        return log_date_usec(&leap);
}
