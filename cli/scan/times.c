#include "scan/times.h"

#include <errno.h>
#include <strings.h>
#include <time.h>

#include "logfile/stamp.h"
#include "util/array.h"
#include "util/usec.h"

/* How long a unit is (systemd.time(7)): a month is 30.44 days, a year 365.25. */
static const struct {
        const char *names[5];
        int64_t usec;
} units[] = {
        { { "us", "usec", "\u00b5s", "\u03bcs" }, 1 },
        { { "ms", "msec" }, 1000 },
        { { "s", "sec", "second", "seconds" }, USEC_PER_SEC },
        { { "m", "min", "minute", "minutes" }, 60 * USEC_PER_SEC },
        { { "h", "hr", "hour", "hours" }, 3600 * USEC_PER_SEC },
        { { "d", "day", "days" }, 86400 * USEC_PER_SEC },
        { { "w", "week", "weeks" }, 604800 * USEC_PER_SEC },
        { { "M", "month", "months" }, 2629800 * USEC_PER_SEC },
        { { "y", "year", "years" }, 31557600 * USEC_PER_SEC },
};

static const struct {
        const char *name;
        int days;
} days[] = {
        { "today", 0 },
        { "yesterday", -1 },
        { "tomorrow", 1 },
};

static void skip_blanks(struct text *text)
{
        while (text->length && (text->data[0] == ' ' || text->data[0] == '\t'))
                *text = text_from_offset(*text, 1);
}

static void trim(struct text *text)
{
        skip_blanks(text);
        while (text->length && (text->data[text->length - 1] == ' ' || text->data[text->length - 1] == '\t'))
                text->length--;
}

/* ".5" of a unit; 0 if there is none. Returns false if a dot has no digits after it. */
static bool eat_fraction(struct text *text, int64_t unit_usec, int64_t *ret_usec)
{
        int64_t usec = 0;
        size_t digits = 0;

        *ret_usec = 0;
        if (!text_eat(text, TEXT(".")))
                return true;
        for (; text->length && text->data[0] >= '0' && text->data[0] <= '9'; digits++) {
                unit_usec /= 10;
                usec += (text->data[0] - '0') * unit_usec;
                *text = text_from_offset(*text, 1);
        }
        *ret_usec = usec;
        return digits > 0;
}

/* Returns 0 for a name that no unit has. */
static int64_t find_unit(struct text name)
{
        for (size_t i = 0; i < COUNT(units); i++)
                for (const char *const *known = units[i].names; *known; known++)
                        if (text_equal(name, text_from(*known)))
                                return units[i].usec;
        return 0;
}

/* Takes "2h", "1.5 hours" or "90" (seconds) off the front. */
static int eat_span(struct text *text, int64_t *ret_usec)
{
        struct text number = *text, word;
        int64_t unit_usec = USEC_PER_SEC, fraction_usec, usec;
        uint64_t count;

        /* the fraction is skipped: the unit isn't known yet */
        if (!text_eat_u64(text, &count) || !eat_fraction(text, USEC_PER_SEC, &fraction_usec))
                return -EINVAL;
        skip_blanks(text);
        word = text_until_offset(*text, 0);
        while (word.length < text->length && !strchr(" \t.+-0123456789", text->data[word.length]))
                word.length++;
        if (word.length)
                unit_usec = find_unit(word);
        if (!unit_usec)
                return -EINVAL;
        *text = text_from_offset(*text, word.length);
        (void)text_eat_u64(&number, &count);
        (void)eat_fraction(&number, unit_usec, &fraction_usec);
        if (count > INT64_MAX || __builtin_mul_overflow((int64_t)count, unit_usec, &usec) ||
            __builtin_add_overflow(usec, fraction_usec, ret_usec))
                return -ERANGE;
        return 0;
}

/* A span of time before or after now. Before 1970 it is 1970: --since -100y means any time. */
static int parse_span(struct text text, int64_t now_usec, bool is_past, int64_t *ret_usec)
{
        int64_t total_usec = 0, usec;

        trim(&text);
        if (!text.length)
                return -EINVAL;
        while (text.length) {
                int error = eat_span(&text, &usec);

                if (error < 0)
                        return error;
                if (__builtin_add_overflow(total_usec, usec, &total_usec))
                        return -ERANGE;
                skip_blanks(&text);
        }
        if (is_past)
                usec = total_usec < now_usec ? now_usec - total_usec : 0;
        else if (__builtin_add_overflow(now_usec, total_usec, &usec))
                return -ERANGE;
        *ret_usec = usec;
        return 0;
}

static int parse_unix(struct text text, int64_t *ret_usec)
{
        int64_t seconds, fraction_usec, usec;

        if (!text_eat_i64(&text, &seconds) || !eat_fraction(&text, USEC_PER_SEC, &fraction_usec) || text.length)
                return -EINVAL;
        if (seconds < 0 || __builtin_mul_overflow(seconds, USEC_PER_SEC, &usec) ||
            __builtin_add_overflow(usec, fraction_usec, ret_usec))
                return -ERANGE;
        return 0;
}

/* is_dst: 1, 0, or -1 if it isn't known. */
static int64_t local_usec(const struct log_date *date, int is_dst)
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
        return local_usec(date, -1);
}

static int local_to_utc(const struct log_date *date, int is_dst, int64_t fraction_usec, int64_t *ret_usec)
{
        int64_t usec = local_usec(date, is_dst);

        if (usec < 0) /* LOG_UNKNOWN, too */
                return -ERANGE;
        *ret_usec = usec + fraction_usec;
        return 0;
}

/* One or two digits. */
static bool eat_number(struct text *text, uint8_t limit, uint8_t *ret_number)
{
        struct text rest = *text;
        uint64_t number;

        if (!text_eat_u64(&rest, &number) || text->length - rest.length > 2 || number > limit)
                return false;
        *text = rest;
        *ret_number = (uint8_t)number;
        return true;
}

/* "2026-08-25", "26-08-25" */
static bool eat_date(struct text *text, struct log_date *date)
{
        struct text rest = *text;
        uint8_t month, day;
        uint64_t year;
        size_t digits;

        if (!text_eat_u64(&rest, &year))
                return false;
        digits = text->length - rest.length;
        if (digits != 2 && digits != 4)
                return false;
        if (digits == 2) /* as strptime(3) has it */
                year += year < 69 ? 2000 : 1900;
        if (!text_eat(&rest, TEXT("-")) || !eat_number(&rest, 12, &month) || !text_eat(&rest, TEXT("-")) ||
            !eat_number(&rest, 31, &day))
                return false;
        *date = (struct log_date){ .year = (int32_t)year, .month = month, .day = day };
        *text = rest;
        return true;
}

/* "14:06", "14:06:20", "14:06:20.5" */
static bool eat_clock(struct text *text, struct log_date *date, int64_t *ret_fraction_usec)
{
        if (!eat_number(text, 23, &date->hour) || !text_eat(text, TEXT(":")) || !eat_number(text, 59, &date->minute))
                return false;
        return !text_eat(text, TEXT(":")) ||
               (eat_number(text, 59, &date->second) && eat_fraction(text, USEC_PER_SEC, ret_fraction_usec));
}

/* "Tue ", "Tuesday ". Returns its number, 0 for Sunday, or -1. */
static int eat_weekday(struct text *text)
{
        static const char *const names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                             "Thursday", "Friday", "Saturday" };
        struct text rest = *text, word = text_eat_until(&rest, ' ');

        for (int i = 0; i < (int)COUNT(names); i++) {
                if ((word.length != 3 && word.length != strlen(names[i])) ||
                    strncasecmp(word.data, names[i], word.length) != 0)
                        continue;
                skip_blanks(&rest);
                *text = rest;
                return i;
        }
        return -1;
}

/* "+02:00", "+0200", "+02" */
static bool parse_offset(struct text text, int64_t *ret_usec)
{
        bool is_west = text_starts(text, TEXT("-"));
        uint8_t hours, minutes = 0;
        struct text piece;

        if (!is_west && !text_starts(text, TEXT("+")))
                return false;
        text = text_from_offset(text, 1);
        if (text.length < 2)
                return false;
        piece = text_until_offset(text, 2);
        text = text_from_offset(text, 2);
        if (!eat_number(&piece, 23, &hours) || piece.length)
                return false;
        (void)text_eat(&text, TEXT(":"));
        if (text.length && (text.length != 2 || !eat_number(&text, 59, &minutes) || text.length))
                return false;
        *ret_usec = (hours * 3600LL + minutes * 60LL) * USEC_PER_SEC * (is_west ? -1 : 1);
        return true;
}

/* zone: "UTC", "Z", "+02:00", a zone's name, or "" for local time. */
static int to_utc(struct text zone, const struct log_date *date, int64_t fraction_usec, int64_t *ret_usec)
{
        int64_t offset_usec = 0, usec;

        if (!zone.length)
                return local_to_utc(date, -1, fraction_usec, ret_usec);
        if (!text_equal(zone, TEXT("Z")) && !text_equal(zone, TEXT("UTC")) && !parse_offset(zone, &offset_usec)) {
                for (int is_dst = 0; is_dst <= 1; is_dst++)
                        if (text_equal(zone, text_from(tzname[is_dst])))
                                return local_to_utc(date, is_dst, fraction_usec, ret_usec);
                return -EINVAL;
        }
        usec = log_date_usec(date) + fraction_usec - offset_usec;
        if (usec < 0)
                return -ERANGE;
        *ret_usec = usec;
        return 0;
}

/* 0 is Sunday; 1 January 1970 was a Thursday. */
static int weekday_of(const struct log_date *date)
{
        struct log_date day = { .year = date->year, .month = date->month, .day = date->day };
        int64_t number = log_date_usec(&day) / (86400 * USEC_PER_SEC);

        return (int)(((number + 4) % 7 + 7) % 7);
}

/* date: today. */
static int parse_absolute(struct text text, struct log_date date, int64_t *ret_usec)
{
        int weekday = eat_weekday(&text);
        bool has_date = eat_date(&text, &date), has_clock = !has_date;
        int64_t fraction_usec = 0;

        if (has_date && text.length > 1 && strchr("T ", text.data[0]) && text.data[1] >= '0' && text.data[1] <= '9') {
                text = text_from_offset(text, 1);
                has_clock = true;
        }
        if (has_clock && !eat_clock(&text, &date, &fraction_usec))
                return -EINVAL;
        if (text.length && text.data[0] != ' ' && !has_clock)
                return -EINVAL;
        skip_blanks(&text);
        if (date.year < 1 || !log_date_is_valid(&date) || (weekday >= 0 && (!has_date || weekday != weekday_of(&date))))
                return -EINVAL;
        return to_utc(text, &date, fraction_usec, ret_usec);
}

int times_parse(const char *string, int64_t now_usec, int64_t *ret_usec)
{
        struct text text = text_from(string);
        time_t seconds = (time_t)(now_usec / USEC_PER_SEC);
        struct log_date today;
        struct tm now;

        trim(&text);
        if (!localtime_r(&seconds, &now))
                return -ERANGE;
        today = (struct log_date){
                .year = now.tm_year + 1900,
                .month = (uint8_t)(now.tm_mon + 1),
                .day = (uint8_t)now.tm_mday,
        };
        if (text_equal(text, TEXT("now"))) {
                *ret_usec = now_usec;
                return 0;
        }
        for (size_t i = 0; i < COUNT(days); i++)
                if (text_equal(text, text_from(days[i].name))) {
                        today.day = (uint8_t)(today.day + days[i].days); /* mktime(3) takes day 0 and day 32 */
                        return local_to_utc(&today, -1, 0, ret_usec);
                }
        if (text_eat(&text, TEXT("+")))
                return parse_span(text, now_usec, false, ret_usec);
        if (text_eat(&text, TEXT("-")))
                return parse_span(text, now_usec, true, ret_usec);
        if (text_eat(&text, TEXT("@")))
                return parse_unix(text, ret_usec);
        if (text_eat_end(&text, TEXT(" ago")))
                return parse_span(text, now_usec, true, ret_usec);
        if (text_eat_end(&text, TEXT(" left")))
                return parse_span(text, now_usec, false, ret_usec);
        return parse_absolute(text, today, ret_usec);
}
