/* lib/alert/completion.h: puts into an alert's JSON what is known only when all logs have been read: where it was found, its
 * time, as years may be inferred, and with these its id. */

#pragma once

#include "alert/json.h"
#include "logfile/message.h"

/* What alert_log.group_first is before it is known: keeps room for an id. */
#define ALERT_GROUP_FIRST_UNSET "00000000000000000000000000000000"

struct alert_location {
        const char *path; /* NULL: the journal */
        uint64_t line;    /* 0: unknown */
};

struct alert_completion {
        const char *id;
        int64_t time_usec;       /* LOG_UNKNOWN */
        unsigned doubts;         /* enum log_doubt */
        const char *group_first; /* an id; NULL: unknown */
        uint64_t n_reports;      /* from 2 on: reports that said the same, the last of them at until_usec */
        int64_t until_usec;      /* LOG_UNKNOWN */
        size_t n_locations;      /* written from 2 on */
        const struct alert_location *locations;
};

/* json and gaps are from alert_to_json_with_gaps(). Returns the completed JSON, malloc'ed and terminated, its length in
 * *ret_length; NULL when memory ran out. */
char *alert_complete(struct text json, const struct alert_gaps *gaps, const struct alert_completion *completion,
                     size_t *ret_length);
