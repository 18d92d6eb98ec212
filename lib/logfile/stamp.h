/* lib/logfile/stamp.h: parses the dates in front of log lines.
 *
 * By what is printed alone: no clock, no locale, no zone tables. Years that are not printed are inferred by years.h. */

#pragma once

#include "logfile/message.h"
#include "logfile/stamp_names.h"

enum log_stamp_kind {
        LOG_STAMP_NONE,     /* there is no date, or it doesn't exist, or it isn't known which month a name means */
        LOG_STAMP_UTC,      /* utc_usec */
        LOG_STAMP_LOCAL,    /* date and fraction_usec, in a zone that is not printed */
        LOG_STAMP_YEARLESS, /* the same, without a year */
};

struct log_stamp {
        enum log_stamp_kind kind;
        int64_t utc_usec;
        struct log_date date;
        int64_t fraction_usec;
        int64_t resolution_usec;
        struct log_named_date names; /* of the month, if they may be those of another one in another language */
};

/* Decides again which month it is, by the languages of other lines, and keeps what it tells of its own. */
void log_stamp_decide(struct log_stamp *stamp, struct log_languages *languages);

/* Each takes its form off the front of *text, without the blank after it. Returns false, with both unchanged, when it
 * isn't there. A date of that form that can't be read gives LOG_STAMP_NONE. */

/* "2026-08-25T14:06:20", also with ' ' for the 'T'; a fraction after '.' or ','; a zone "Z", "+02:00", "+0200", "+02" */
bool log_stamp_eat_iso(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Aug 25 14:06:20", "Aug  5 ...", with a fraction, with the year before the month or after the day */
bool log_stamp_eat_syslog(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Tue Aug 25 14:06:20 2026" */
bool log_stamp_eat_ctime(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Aug25 14:06", "Aug 5 14:06": dmesg -H, the first line of a minute */
bool log_stamp_eat_minute(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Tue 2026-08-25 14:06:20 CEST", with a fraction. Of zones by name only UTC and GMT are known. */
bool log_stamp_eat_full(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "1795332816.638210" */
bool log_stamp_eat_unix(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "@400000006a911d2c0f2a5c38": TAI64N, of multilog, svlogd -t, s6-log */
bool log_stamp_eat_tai64n(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "2026-08-25_14:06:20.12345": svlogd -tt; UTC */
bool log_stamp_eat_svlogd(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* "Tue Aug 25 14:06:20 2026", and with " [1787666780.638]" after it: OpenWrt's logread, and logread -t */
bool log_stamp_eat_openwrt(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));
/* Any of these. */
bool log_stamp_eat_any(struct text *text, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));

/* The zone of a stamp that is LOG_STAMP_LOCAL: "+02:00", "+0200"; makes it LOG_STAMP_UTC. */
bool log_stamp_eat_zone(struct text *text, struct log_stamp *stamp) __attribute__((warn_unused_result));

/* Whether text begins with hh:mm:ss. */
bool log_starts_with_clock(struct text text);
/* Where "14:06:20" is near enough to the beginning for a stamp, with names in any language before it; -1: nowhere. */
ptrdiff_t log_find_clock(struct text text);

/* Takes exactly count digits off the front. False, and both unchanged, if there are fewer. */
bool log_eat_digits(struct text *text, size_t count, uint32_t *ret_value);
