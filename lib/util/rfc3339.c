#include "util/rfc3339.h"

#include <stddef.h>

/* Days since 1970-01-01 to a date of the Gregorian calendar. Not gmtime_r(): that one reads /etc/localtime. */
static void date_of_days(uint64_t days, unsigned *ret_year, unsigned *ret_month, unsigned *ret_day)
{
        /* Counted from 0000-03-01, so that the leap day is a year's last: 400 years have 146097 days. */
        uint64_t since = days + 719468;
        uint64_t era = since / 146097, day_of_era = since % 146097;
        uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        uint64_t month_from_march = (5 * day_of_year + 2) / 153; /* five months from March on have 153 days */

        *ret_day = (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
        *ret_month = (unsigned)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
        *ret_year = (unsigned)(year_of_era + era * 400 + (*ret_month <= 2));
}

static char *put_number(char *out, unsigned number, size_t n_digits, char after)
{
        for (size_t i = n_digits; i-- > 0; number /= 10)
                out[i] = (char)('0' + number % 10);
        out[n_digits] = after;
        return out + n_digits + 1;
}

bool rfc3339_format(int64_t time_usec, char ret_time[static RFC3339_SIZE])
{
        const uint64_t year_10000_sec = 253402300800;
        uint64_t seconds = (uint64_t)time_usec / 1000000;
        unsigned second_of_day = (unsigned)(seconds % 86400), usec = (unsigned)((uint64_t)time_usec % 1000000);
        unsigned year, month, day;

        if (time_usec < 0 || seconds >= year_10000_sec)
                return false;
        date_of_days(seconds / 86400, &year, &month, &day);
        ret_time = put_number(ret_time, year, 4, '-');
        ret_time = put_number(ret_time, month, 2, '-');
        ret_time = put_number(ret_time, day, 2, 'T');
        ret_time = put_number(ret_time, second_of_day / 3600, 2, ':');
        ret_time = put_number(ret_time, second_of_day / 60 % 60, 2, ':');
        ret_time = put_number(ret_time, second_of_day % 60, 2, '.');
        ret_time = put_number(ret_time, usec, 6, 'Z');
        *ret_time = '\0';
        return true;
}
