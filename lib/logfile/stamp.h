/* lib/logfile/stamp.h: reads the dates that stand in front of log lines.
 *
 * Only what is printed is read: no clock, no locale, no zone tables. Years that are not printed are years.h's part. */

#pragma once

#include "logfile/message.h"

enum log_stamp_kind {
        LOG_STAMP_NONE,     /* there is none, or none that can be read */
        LOG_STAMP_UTC,      /* utc_usec */
        LOG_STAMP_LOCAL,    /* date and fraction_usec, in a zone that is not told */
        LOG_STAMP_YEARLESS, /* the same, without a year */
};

struct log_stamp {
        enum log_stamp_kind kind;
        int64_t utc_usec;
        struct log_date date;
        int64_t fraction_usec;
        int64_t resolution_usec;
};

/* Each takes its form off the front of *text; false, and both unchanged, when it isn't there. None takes the blank behind. */

/* "2026-08-25T14:06:20", also with ' ' for the 'T'; a fraction after '.' or ','; a zone "Z", "+02:00", "+0200", "+02" */
bool log_stamp_eat_iso(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Aug 25 14:06:20", "Aug  5 ...", with a fraction, with the year before the month or behind the day. A month of another
 * language has its form, and gives LOG_STAMP_NONE. */
bool log_stamp_eat_syslog(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Tue Aug 25 14:06:20 2026"; other languages as above */
bool log_stamp_eat_ctime(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Tue 2026-08-25 14:06:20 CEST", with a fraction. Of zones by name only UTC and GMT are known. */
bool log_stamp_eat_full(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "1795332816.638210" */
bool log_stamp_eat_unix(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));

/* The date as if it were UTC. year is 1 to 9999. */
int64_t log_date_usec(const struct log_date *date);
/* Is there such a day? */
bool log_date_is_valid(const struct log_date *date);
bool log_year_is_leap(int32_t year);

/* Does text begin with hh:mm:ss? */
bool log_starts_with_clock(struct text text);

/* Takes digits off the front, exactly count of them. */
bool log_eat_digits(struct text *text, size_t count, uint32_t *ret_value);
/* Takes the first word, up to a blank or the end; the blank stays. Empty: text begins with a blank. */
struct text log_eat_word(struct text *text);
