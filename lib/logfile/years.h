/* lib/logfile/years.h: which year it was, of lines that don't print it (RFC 3164).
 *
 * A file's last line is not younger than the file; lines stand in order, so where the date goes back, a new year lies
 * between. How many of those follow a line is known only when the file has been read: what is said of a line may be
 * put right later. 29 February is in leap years only. */

#pragma once

#include "logfile/stamp.h"

/* New years, and files behind a grep prefix, that are told apart. Those after are taken for one. */
#define LOG_TURNS_MAX 256
/* Dates that go back by less are lines out of order: several writers, a clock that was set. */
#define LOG_DISORDER_DAYS 7
/* A file's time is UTC, its lines are not; and its clock may have been ahead. */
#define LOG_FUTURE_DAYS 2

struct log_turn {            /* lines between two new years */
        uint32_t latest_sec; /* since the year began, as if it were a leap year */
        bool leap;           /* has a 29 February */
        bool last;           /* of its file */
};

struct log_years {
        int64_t modified_usec; /* LOG_UNKNOWN: no year can be inferred */
        uint32_t turn;         /* the current one */
        bool begun;            /* the current one has lines */
        uint32_t newest_sec;   /* of the line that the next is compared with */
        struct log_turn turns[LOG_TURNS_MAX];
};

void log_years_init(struct log_years *years, int64_t modified_usec);

/* A line with this date (year: ignored) comes next. Returns its turn. */
uint32_t log_years_push(struct log_years *years, const struct log_date *date);

/* The lines that follow are of another file. */
void log_years_next_file(struct log_years *years);

/* The year of the lines of turn, as far as is known by now; 0: it can't be inferred. */
int32_t log_years_infer(const struct log_years *years, uint32_t turn);
