/* cli/search/pending.h: lines of a log that are held back until a place is found in it where a report may be: most logs have none,
 * and to read the lines that show a log's form, and dates, takes longer than to search it. */

#pragma once

#include "search/stream.h"

/* How much memory they have; with more they are given. */
#define PENDING_BYTES ((size_t)64 * 1024)

struct pending {
        char *bytes; /* PENDING_BYTES; borrowed */
        size_t used;
};

/* after_skip: lines were passed over before it. False: there is no room. */
bool pending_add(struct pending *held, struct text line, uint64_t number, bool after_skip);
/* In the order in which they came. */
void pending_flush(const struct pending *held, const struct stream_handler *sink, void *userdata);
