/* lib/logfile/years.h: infers the year of lines that don't print it (RFC 3164).
 *
 * A file's last line is not younger than the file. Its lines are in order, so a date that goes back means that a new year
 * lies between, and 29 February means a leap year. How many new years follow a line is known only when the file has been
 * read: the year of a line may be another later on. */

#pragma once

#include "logfile/stamp.h"

/* The most years of a file, together with those of the files after it in a grep output. Lines of further years count to
 * the last. */
#define LOG_YEARS_MAX 256
/* A date that goes back by fewer days is a line out of order: several writers, a clock that was set. */
#define LOG_DISORDER_DAYS 7
/* A file's time is UTC, its lines are not; and its clock may have been ahead. */
#define LOG_FUTURE_DAYS 2

struct log_year {            /* consecutive lines of one year */
        uint32_t latest_sec; /* of its lines, since the year began, as if it were a leap year */
        bool has_leap_day;   /* a line of 29 February */
        bool is_last_of_file;
};

struct log_years {
        int64_t modified_usec; /* of the file; LOG_UNKNOWN: no year can be inferred */
        uint32_t current;      /* index of the year that lines are added to */
        bool has_lines;        /* the current year has */
        uint32_t newest_sec;   /* of the line that the next one is compared with, as latest_sec */
        struct log_year years[LOG_YEARS_MAX];
};

void log_years_init(struct log_years *years, int64_t modified_usec);

/* Adds the next line, by its date (whose member year is ignored). Returns the index of its year, for log_years_infer(). */
uint32_t log_years_push(struct log_years *years, const struct log_date *date);

/* The lines that follow are of another file. */
void log_years_next_file(struct log_years *years);

/* The latest year in which that date (whose member year is ignored) isn't after the file's time; 0: there is none. */
int32_t log_years_latest(const struct log_years *years, const struct log_date *date);

/* The year of the lines with this index, as well as it is known by now; 0: it can't be inferred. */
int32_t log_years_infer(const struct log_years *years, uint32_t index);
