#include "logfile/stamp_names.h"

#include "logfile/date.h"
#include "logfile/stamp_names_table.h"
#include "util/usec.h"

#define MONTHS   12
#define WEEKDAYS 7

#define C_ROW 0

_Static_assert(STAMP_ROWS <= sizeof(struct log_languages) * 8, "a bit for each language");

uint16_t log_name_find(struct text name)
{
        int from = 0, to = STAMP_NAMES;

        while (from < to) {
                int at = (from + to) / 2;
                size_t offset = stamp_name_offsets[at];
                struct text other = { stamp_names + offset, stamp_name_offsets[at + 1] - offset - 1 };
                int order = text_compare(name, other);

                if (order == 0)
                        return (uint16_t)(at + 1);
                if (order < 0)
                        to = at;
                else
                        from = at + 1;
        }
        return LOG_NAME_NONE;
}

static bool has_bit(const struct log_languages *languages, size_t row)
{
        return languages->bits[row / 64] >> row % 64 & 1;
}

static bool is_empty(const struct log_languages *languages)
{
        return !(languages->bits[0] | languages->bits[1] | languages->bits[2] | languages->bits[3]);
}

bool log_languages_may_be_english(const struct log_languages *languages)
{
        return is_empty(languages) || has_bit(languages, C_ROW);
}

/* 0: Sunday */
static unsigned weekday_of(const struct log_date *date)
{
        int64_t days = log_date_usec(date) / (24 * 3600 * USEC_PER_SEC); /* 1970-01-01 was a Thursday */

        return (unsigned)(((days + 4) % WEEKDAYS + WEEKDAYS) % WEEKDAYS);
}

/* How much of a line speaks for a month in a language. */
enum fit { FIT_NONE, FIT_MONTH, FIT_WEEKDAY_NAME, FIT_WEEKDAY };

static enum fit fit_of(const uint16_t *row, uint8_t month, struct log_named_date names, struct log_date date,
                       bool has_year)
{
        enum fit fit = FIT_MONTH;

        date.month = (uint8_t)(month + 1);
        date.year = has_year ? date.year : 2000;
        date.hour = date.minute = date.second = 0;
        if (!log_date_is_valid(&date))
                return FIT_NONE;
        for (unsigned i = 0; names.weekday != LOG_NAME_NONE && i < WEEKDAYS; i++) {
                if (row[MONTHS + i] != names.weekday)
                        continue;
                fit = FIT_WEEKDAY_NAME;
                if (has_year && i == weekday_of(&date))
                        return FIT_WEEKDAY;
        }
        return fit;
}

/* The months, a bit each, that fit best in one of these languages; and the languages in which they do. */
static uint16_t fitting_months(struct log_named_date names, const struct log_date *date, bool has_year,
                               const struct log_languages *languages, struct log_languages *ret_languages)
{
        enum fit best = FIT_MONTH;
        uint16_t months = 0;

        *ret_languages = (struct log_languages){ 0 };
        for (size_t row = 0; row < STAMP_ROWS; row++) {
                if (!is_empty(languages) && !has_bit(languages, row))
                        continue;
                for (uint8_t month = 0; month < MONTHS; month++) {
                        enum fit fit;

                        if (stamp_rows[row][month] != names.month)
                                continue;
                        fit = fit_of(stamp_rows[row], month, names, *date, has_year);
                        if (fit < best)
                                continue;
                        if (fit > best) {
                                best = fit;
                                months = 0;
                                *ret_languages = (struct log_languages){ 0 };
                        }
                        months |= (uint16_t)(1U << month);
                        ret_languages->bits[row / 64] |= UINT64_C(1) << row % 64;
                }
        }
        return months;
}

uint8_t log_name_month(struct log_named_date names, const struct log_date *date, bool has_year,
                       struct log_languages *languages)
{
        struct log_languages both;
        uint16_t months;

        if (names.month == LOG_NAME_NONE)
                return 0;
        months = fitting_months(names, date, has_year, languages, &both);
        if (!months) /* another machine's line, in another language */
                months = fitting_months(names, date, has_year, &(struct log_languages){ 0 }, &both);
        if (!months)
                return 0;
        *languages = both;
        /* Where English is possible, it is: syslog daemons write it whatever the machine's language. */
        for (uint8_t month = 0; month < MONTHS; month++)
                if (months == 1U << month || (has_bit(&both, C_ROW) && stamp_rows[C_ROW][month] == names.month))
                        return (uint8_t)(month + 1);
        return 0;
}
