/* lib/logfile/stamp_names.h: the short names of months and weekdays in the languages of glibc, as dmesg and journalctl print them.
 *
 * A few names are those of different months in different languages: the weekday, the day, and the languages that other
 * lines may be of decide, or nothing does. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/text.h"

#define LOG_NAME_NONE      0
#define LOG_NAME_WORDS_MAX 3
/* The longest name, in bytes, with the dot behind */
#define LOG_NAME_BYTES_MAX 46

struct log_date;

struct log_languages {
        uint64_t bits[4]; /* those that the lines may be of; all 0: nothing is known */
};

/* How a date is printed: numbers of names, or LOG_NAME_NONE. */
struct log_named_date {
        uint16_t month, weekday;
};

/* The number of a name, given without a dot behind it; LOG_NAME_NONE: no language has it. */
uint16_t log_name_find(struct text name);

/* The month, from 1; 0: none, or it can't be told which. date needs its day, and its year if has_year. languages (borrowed) are those
 * of other lines; afterwards those that both may be of, or this one if there is none. */
uint8_t log_name_month(struct log_named_date names, const struct log_date *date, bool has_year,
                       struct log_languages *languages);

/* Whether nothing is against English. */
bool log_languages_may_be_english(const struct log_languages *languages);
