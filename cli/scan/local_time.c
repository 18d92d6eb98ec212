#include "scan/local_time.h"
#include "util/usec.h"

#include <time.h>

int64_t local_time_dst_usec(const struct log_date *date, int is_dst)
{
        struct tm tm = {
                .tm_year = date->year - 1900,
                .tm_mon = date->month - 1,
                .tm_mday = date->day,
                .tm_hour = date->hour,
                .tm_min = date->minute,
                .tm_sec = date->second,
                .tm_isdst = is_dst,
                .tm_wday = -1, /* still -1 if mktime() fails: its result -1 is also a time */
        };
        time_t seconds = mktime(&tm);

        return tm.tm_wday < 0 ? LOG_UNKNOWN : (int64_t)seconds * USEC_PER_SEC;
}

int64_t local_time_usec(const struct log_date *date, void *userdata)
{
        (void)userdata;
        return local_time_dst_usec(date, -1);
}
