/* lib/alert/completion.h: puts into an alert's JSON what is known only when all logs have been read: its places, its time
 * where years were inferred, and with these its id.
 *
 * The JSON is the text of json.h, and stays so: parts of it are replaced where its shape says that they are. It is not
 * parsed, since there may be a hundred thousand of them. */

#pragma once

#include "logfile/message.h"
#include "util/text.h"

/* What alert_log.group_first is given to have the place for the id kept. */
#define ALERT_GROUP_FIRST_UNSET "00000000000000000000000000000000"

struct alert_location {
        const char *path; /* NULL: the journal */
        uint64_t line;    /* 0: unknown */
};

struct alert_completion {
        const char *id;
        int64_t time_usec;       /* LOG_UNKNOWN */
        unsigned doubts;         /* enum log_doubt */
        const char *group_first; /* an id; where the JSON has room for one */
        size_t n_places;         /* told from 2 on */
        const struct alert_location *places;
};

/* json was made without a time. Returns malloc'ed, terminated JSON, its length in *ret_length; NULL when memory ran out. */
char *alert_complete(struct text json, const struct alert_completion *completion, size_t *ret_length);
