#include "logfile/stamp.h"
#include "util/usec.h"

/* The longest word that is taken for a month or a weekday although no language has it, in bytes. */
#define UNKNOWN_NAME_MAX 16

bool log_eat_digits(struct text *text, size_t count, uint32_t *ret_value)
{
        uint32_t value = 0;

        if (text->length < count)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (text->data[i] < '0' || text->data[i] > '9')
                        return false;
                value = value * 10 + (uint32_t)(text->data[i] - '0');
        }
        *text = text_from_offset(*text, count);
        *ret_value = value;
        return true;
}

/* "14:06:20", "2026-08-25": three numbers, the first of n_digits, the others of two */
static bool eat_three(struct text *text, size_t n_digits, struct text separator, uint32_t ret_numbers[static 3])
{
        return log_eat_digits(text, n_digits, &ret_numbers[0]) && text_eat(text, separator) &&
               log_eat_digits(text, 2, &ret_numbers[1]) && text_eat(text, separator) &&
               log_eat_digits(text, 2, &ret_numbers[2]);
}

static bool eat_clock(struct text *text, struct log_date *date)
{
        uint32_t numbers[3];

        if (!eat_three(text, 2, TEXT(":"), numbers))
                return false;
        date->hour = (uint8_t)numbers[0];
        date->minute = (uint8_t)numbers[1];
        date->second = (uint8_t)numbers[2];
        return true;
}

bool log_starts_with_clock(struct text text)
{
        struct log_date date;

        return eat_clock(&text, &date);
}

/* "." or "," and digits, as many as there are; what is finer than a microsecond is dropped. Without: a whole second. */
static void eat_fraction(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;
        int64_t unit = USEC_PER_SEC;
        uint32_t digit;

        stamp->fraction_usec = 0;
        stamp->resolution_usec = USEC_PER_SEC;
        if ((!text_eat(&rest, TEXT(".")) && !text_eat(&rest, TEXT(","))) || !log_eat_digits(&rest, 1, &digit))
                return;
        do {
                unit /= 10;
                stamp->fraction_usec += unit * digit;
        } while (log_eat_digits(&rest, 1, &digit));
        /* unit is 0 after a seventh digit. */
        stamp->resolution_usec = unit > 0 ? unit : 1;
        *text = rest;
}

/* "Z", "+02:00", "-0330", "+02". 1: there is a zone; 0: there is none; -1: what begins like one is malformed */
static int eat_zone(struct text *text, int64_t *ret_seconds)
{
        struct text rest = *text;
        uint32_t hours, minutes = 0;
        bool west;

        if (text_eat(text, TEXT("Z"))) {
                *ret_seconds = 0;
                return 1;
        }
        west = text_starts(rest, TEXT("-"));
        if (!west && !text_starts(rest, TEXT("+")))
                return 0;
        rest = text_from_offset(rest, 1);
        if (!log_eat_digits(&rest, 2, &hours))
                return -1;
        if (text_eat(&rest, TEXT(":"))) {
                if (!log_eat_digits(&rest, 2, &minutes))
                        return -1;
        } else {
                (void)log_eat_digits(&rest, 2, &minutes); /* "+02" has none */
        }
        if (hours > 23 || minutes > 59)
                return -1;
        *ret_seconds = (west ? -1 : 1) * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
        *text = rest;
        return 1;
}

/* Sets the kind; LOG_STAMP_NONE if there is no such date. */
static void set_kind(struct log_stamp *stamp, enum log_stamp_kind kind)
{
        struct log_date date = stamp->date;

        if (kind == LOG_STAMP_YEARLESS)
                date.year = 2000; /* a leap year: any day may be */
        stamp->kind = log_date_is_valid(&date) ? kind : LOG_STAMP_NONE;
}

static void set_utc(struct log_stamp *stamp, int64_t zone_sec)
{
        set_kind(stamp, LOG_STAMP_UTC);
        if (stamp->kind == LOG_STAMP_UTC)
                stamp->utc_usec = log_date_usec(&stamp->date) - zone_sec * USEC_PER_SEC + stamp->fraction_usec;
}

static bool eat_iso_day(struct text *text, struct log_date *date)
{
        uint32_t numbers[3];

        if (!eat_three(text, 4, TEXT("-"), numbers))
                return false;
        date->year = (int32_t)numbers[0];
        date->month = (uint8_t)numbers[1];
        date->day = (uint8_t)numbers[2];
        return true;
}

bool log_stamp_eat_iso(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text;
        struct log_stamp stamp = { 0 };
        int64_t zone_sec;
        int zone;

        if (!eat_iso_day(&rest, &stamp.date) || (!text_eat(&rest, TEXT("T")) && !text_eat(&rest, TEXT(" "))) ||
            !eat_clock(&rest, &stamp.date))
                return false;
        eat_fraction(&rest, &stamp);
        zone = eat_zone(&rest, &zone_sec);
        if (zone < 0)
                return false;
        if (zone)
                set_utc(&stamp, zone_sec);
        else
                set_kind(&stamp, LOG_STAMP_LOCAL);
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_zone(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;
        int64_t zone_sec;

        if (stamp->kind != LOG_STAMP_LOCAL || eat_zone(&rest, &zone_sec) <= 0)
                return false;
        set_utc(stamp, zone_sec);
        *text = rest;
        return true;
}

/* 1 to 12, for an English name; 0: it is none */
static uint8_t english_month(struct text name)
{
        static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

        for (uint8_t i = 0; i < 12 && name.length == 3; i++)
                if (memcmp(name.data, names + (size_t)i * 3, 3) == 0)
                        return (uint8_t)(i + 1);
        return 0;
}

/* Of an unknown language: letters, bytes of UTF-8, a '.' */
static bool is_name(struct text name)
{
        if (name.length == 0 || name.length > UNKNOWN_NAME_MAX)
                return false;
        for (size_t i = 0; i < name.length; i++) {
                unsigned char c = (unsigned char)name.data[i];

                if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && c < 0x80 && !(c == '.' && i))
                        return false;
        }
        return true;
}

/* Older systems, and people, write some names with the other case of the first letter. */
static uint16_t find_name(struct text name)
{
        char other[LOG_NAME_BYTES_MAX];
        uint16_t number;

        (void)text_eat_end(&name, TEXT("."));
        number = log_name_find(name);
        if (number != LOG_NAME_NONE || name.length == 0 || name.length > sizeof(other) || (name.data[0] | 0x20) < 'a' ||
            (name.data[0] | 0x20) > 'z')
                return number;
        memcpy(other, name.data, name.length);
        other[0] = (char)(other[0] ^ 0x20);
        return log_name_find((struct text){ other, name.length });
}

/* A month or a weekday, up to the blank after it. Some have blanks and digits in them: "Thg 11", "de gen.", "11æ". Of
 * these old ones have a blank in front. */
static bool eat_name(struct text *text, struct text *ret_name)
{
        struct text rest = *text, name;
        size_t ends[LOG_NAME_WORDS_MAX], n_words = 0;

        if (rest.length > 1 && rest.data[0] == ' ' && rest.data[1] >= '1' && rest.data[1] <= '9')
                rest = text_from_offset(rest, 1);
        for (size_t at = 1; at < rest.length && at <= LOG_NAME_BYTES_MAX && n_words < LOG_NAME_WORDS_MAX; at++)
                if (rest.data[at] == ' ')
                        ends[n_words++] = at;
        if (n_words == 0)
                return false;
        name = text_until_offset(rest, ends[0]);
        if (!english_month(name)) {
                while (n_words > 1 && find_name(text_until_offset(rest, ends[n_words - 1])) == LOG_NAME_NONE)
                        n_words--;
                name = text_until_offset(rest, ends[n_words - 1]);
                if (!is_name(name) && find_name(name) == LOG_NAME_NONE)
                        return false;
        }
        *text = text_from_offset(rest, name.length);
        *ret_name = name;
        return true;
}

/* weekday is empty where there is none. */
static void set_month(struct log_stamp *stamp, struct text weekday, struct text month, bool has_year)
{
        struct log_languages languages = { 0 };

        stamp->names = (struct log_named_date){ LOG_NAME_NONE, LOG_NAME_NONE };
        stamp->date.month = english_month(month);
        if (stamp->date.month > 1)
                return; /* in no other language another month */
        stamp->names.month = find_name(month);
        if (weekday.length)
                stamp->names.weekday = find_name(weekday);
        stamp->date.month = log_name_month(stamp->names, &stamp->date, has_year, &languages);
}

void log_stamp_decide(struct log_stamp *stamp, struct log_languages *languages)
{
        bool has_year = stamp->date.year != 0;

        if (stamp->names.month == LOG_NAME_NONE || (stamp->date.month == 1 && stamp->names.weekday == LOG_NAME_NONE &&
                                                    log_languages_may_be_english(languages)))
                return;
        stamp->date.month = log_name_month(stamp->names, &stamp->date, has_year, languages);
        set_kind(stamp, has_year ? LOG_STAMP_LOCAL : LOG_STAMP_YEARLESS);
}

/* " 5", "25" or "5" and a blank */
static bool eat_day(struct text *text, struct log_date *date)
{
        uint32_t day;

        (void)text_eat(text, TEXT(" ")); /* padding */
        if ((!log_eat_digits(text, 2, &day) && !log_eat_digits(text, 1, &day)) || !text_eat(text, TEXT(" ")))
                return false;
        date->day = (uint8_t)day;
        return true;
}

/* No computer that writes logs has lived earlier: "0001" is the number of a line. */
#define YEAR_MIN 1970

static bool eat_year(struct text *text, struct log_date *date)
{
        struct text rest = *text;
        uint32_t year;

        if (!log_eat_digits(&rest, 4, &year) || year < YEAR_MIN || !text_eat(&rest, TEXT(" ")))
                return false;
        date->year = (int32_t)year;
        *text = rest;
        return true;
}

/* It is looked for first: names are looked up in a long table, and most texts that are asked about have no date. */
ptrdiff_t log_find_clock(struct text text)
{
        size_t limit = 2 * LOG_NAME_BYTES_MAX, at = 0;
        const char *colon;

        text = text_until_offset(text, text.length < limit ? text.length : limit);
        while (at < text.length && (colon = memchr(text.data + at, ':', text.length - at))) {
                at = (size_t)(colon - text.data);
                if (at >= 2 && log_starts_with_clock(text_from_offset(text, at - 2)))
                        return (ptrdiff_t)at - 2;
                at++;
        }
        return -1;
}

#define CLOCK_LENGTH 8

bool log_stamp_eat_syslog(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text, month;
        struct log_stamp stamp = { 0 };
        bool has_year = eat_year(&rest, &stamp.date);

        if (log_find_clock(rest) < 0 || !eat_name(&rest, &month) || !text_eat(&rest, TEXT(" ")) ||
            !eat_day(&rest, &stamp.date))
                return false;
        has_year = has_year || eat_year(&rest, &stamp.date);
        if (!eat_clock(&rest, &stamp.date))
                return false;
        eat_fraction(&rest, &stamp);
        set_month(&stamp, TEXT(""), month, has_year);
        set_kind(&stamp, has_year ? LOG_STAMP_LOCAL : LOG_STAMP_YEARLESS);
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_ctime(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text, weekday, month, after;
        struct log_stamp stamp = { 0 };
        ptrdiff_t clock = log_find_clock(rest);
        uint32_t year;

        if (clock < 0)
                return false;
        after = text_from_offset(rest, (size_t)clock + CLOCK_LENGTH);
        if (!text_eat(&after, TEXT(" ")) || !log_eat_digits(&after, 4, &year) || !eat_name(&rest, &weekday) ||
            !text_eat(&rest, TEXT(" ")) || !eat_name(&rest, &month) || !text_eat(&rest, TEXT(" ")) ||
            !eat_day(&rest, &stamp.date) || !eat_clock(&rest, &stamp.date) || !text_eat(&rest, TEXT(" ")) ||
            !log_eat_digits(&rest, 4, &year))
                return false;
        stamp.resolution_usec = USEC_PER_SEC;
        stamp.date.year = (int32_t)year;
        set_month(&stamp, weekday, month, true);
        set_kind(&stamp, LOG_STAMP_LOCAL);
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_minute(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text, name;
        struct log_stamp stamp = { .resolution_usec = 60 * USEC_PER_SEC };
        ptrdiff_t colon = text_find(rest, TEXT(":"), 0);
        uint32_t day, hour, minute;

        /* The day has two columns, and the name before it may end in a digit: "11", "Thg 11". */
        if (colon < 6 || (size_t)colon > LOG_NAME_BYTES_MAX + 5)
                return false;
        name = text_until_offset(rest, (size_t)colon - 5);
        (void)text_eat(&name, TEXT(" ")); /* an old " 9\xe6\x9c\x88" */
        rest = text_from_offset(rest, (size_t)colon - 5);
        (void)text_eat(&rest, TEXT(" "));
        if ((!log_eat_digits(&rest, 2, &day) && !log_eat_digits(&rest, 1, &day)) || !text_eat(&rest, TEXT(" ")) ||
            !log_eat_digits(&rest, 2, &hour) || !text_eat(&rest, TEXT(":")) || !log_eat_digits(&rest, 2, &minute) ||
            (!is_name(name) && find_name(name) == LOG_NAME_NONE))
                return false;
        stamp.date = (struct log_date){ .day = (uint8_t)day, .hour = (uint8_t)hour, .minute = (uint8_t)minute };
        set_month(&stamp, TEXT(""), name, false);
        set_kind(&stamp, LOG_STAMP_YEARLESS);
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_full(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text, name;
        struct log_stamp stamp = { 0 };
        ptrdiff_t clock = log_find_clock(rest);
        int64_t zone_sec;

        if (clock < (ptrdiff_t)sizeof("2026-08-25") || rest.data[clock - 4] != '-' || !eat_name(&rest, &name) ||
            !text_eat(&rest, TEXT(" ")) || !eat_iso_day(&rest, &stamp.date) || !text_eat(&rest, TEXT(" ")) ||
            !eat_clock(&rest, &stamp.date))
                return false;
        eat_fraction(&rest, &stamp);
        if (!text_eat(&rest, TEXT(" ")))
                return false;
        name = text_eat_until(&rest, ' ');
        if (name.length == 0)
                return false;
        if (text_equal(name, TEXT("UTC")) || text_equal(name, TEXT("GMT")))
                set_utc(&stamp, 0);
        else if (eat_zone(&name, &zone_sec) > 0 && name.length == 0) /* "-03": a zone that has no letters */
                set_utc(&stamp, zone_sec);
        else
                set_kind(&stamp, LOG_STAMP_LOCAL);
        *text = rest;
        *ret_stamp = stamp;
        return true;
}

bool log_stamp_eat_unix(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest = *text;
        struct log_stamp stamp = { .kind = LOG_STAMP_UTC };
        uint32_t high, low;

        /* Ten digits: 2001 to 2286. Fewer are no time, but a number. */
        if (!log_eat_digits(&rest, 5, &high) || !log_eat_digits(&rest, 5, &low) || !text_starts(rest, TEXT(".")))
                return false;
        eat_fraction(&rest, &stamp);
        if (stamp.resolution_usec == USEC_PER_SEC)
                return false;
        stamp.utc_usec = ((int64_t)high * 100000 + low) * USEC_PER_SEC + stamp.fraction_usec;
        *text = rest;
        *ret_stamp = stamp;
        return true;
}
