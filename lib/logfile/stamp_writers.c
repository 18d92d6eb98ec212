/* Dates as single writers have them: svlogd, multilog, OpenWrt. */

#include "logfile/stamp.h"
#include "util/usec.h"

/* TAI64 counts from 2^62 at 1970, and begins ten seconds ahead of UTC. What daemontools, runit and s6 write never counts leap seconds:
 * it is the system's time and those ten seconds. */
#define TAI64_EPOCH    0x4000000000000000ULL
#define TAI64_AHEAD    10
#define TAI64_DIGITS   16
#define TAI64N_DIGITS  24
#define TAI64_YEAR_SEC (400LL * 366 * 86400)

static bool eat_hex(struct text *text, size_t n_digits, uint64_t *ret_value)
{
        uint64_t value = 0;

        if (text->length < n_digits)
                return false;
        for (size_t i = 0; i < n_digits; i++) {
                uint8_t digit = text_hex_digit(text->data[i]);

                if (digit > 15)
                        return false;
                value = value << 4 | digit;
        }
        *text = text_from_offset(*text, n_digits);
        *ret_value = value;
        return true;
}

bool log_stamp_eat_tai64n(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text;
        uint64_t seconds, nanoseconds;

        if (!text_eat(&rest, TEXT("@")) || !eat_hex(&rest, TAI64_DIGITS, &seconds) ||
            !eat_hex(&rest, TAI64N_DIGITS - TAI64_DIGITS, &nanoseconds) || nanoseconds >= 1000000000 ||
            seconds < TAI64_EPOCH + TAI64_AHEAD || seconds - TAI64_EPOCH > TAI64_YEAR_SEC)
                return false;
        *text = rest;
        *ret_stamp = (struct log_stamp){ .kind = LOG_STAMP_UTC,
                                         .fraction_usec = (int64_t)(nanoseconds / 1000),
                                         .resolution_usec = 1 };
        ret_stamp->utc_usec = (int64_t)(seconds - TAI64_EPOCH - TAI64_AHEAD) * USEC_PER_SEC + ret_stamp->fraction_usec;
        return true;
}

bool log_stamp_eat_svlogd(struct text *text, struct log_stamp *ret_stamp)
{
        char iso[sizeof("2026-08-25T14:06:20.123456789") - 1];
        struct text rest = *text, copy;
        size_t length;

        if (rest.length < sizeof("2026-08-25_14:06:20") - 1 || rest.data[10] != '_')
                return false;
        length = text_copy(rest, iso, sizeof(iso));
        iso[10] = 'T';
        copy = (struct text){ iso, length };
        if (!log_stamp_eat_iso(&copy, ret_stamp))
                return false;
        /* svlogd's are UTC, whatever the machine's zone is. */
        if (ret_stamp->kind == LOG_STAMP_LOCAL) {
                ret_stamp->kind = LOG_STAMP_UTC;
                ret_stamp->utc_usec = log_date_usec(&ret_stamp->date) + ret_stamp->fraction_usec;
        }
        *text = text_from_offset(rest, length - copy.length);
        return true;
}

bool log_stamp_eat_openwrt(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text, after;
        struct log_stamp stamp, exact;

        if (!log_stamp_eat_ctime(&rest, &stamp))
                return false;
        after = rest;
        if (text_eat(&after, TEXT(" [")) && log_stamp_eat_unix(&after, &exact) && text_eat(&after, TEXT("]"))) {
                rest = after;
                stamp = exact;
        }
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_any(struct text *text, struct log_stamp *ret_stamp)
{
        char first = text->length ? text->data[0] : '\0';

        /* Most texts begin with none: the forms need not be tried one by one. */
        if (first != '@' && !(first >= '0' && first <= '9') && log_find_clock(*text) < 0)
                return false;
        return log_stamp_eat_iso(text, ret_stamp) || log_stamp_eat_syslog(text, ret_stamp) ||
               log_stamp_eat_full(text, ret_stamp) || log_stamp_eat_unix(text, ret_stamp) ||
               log_stamp_eat_svlogd(text, ret_stamp) || log_stamp_eat_tai64n(text, ret_stamp) ||
               log_stamp_eat_openwrt(text, ret_stamp);
}
