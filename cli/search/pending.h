/* cli/search/pending.h: lines of a log that are held back until a place is found in it where a report may be: most logs have none,
 * and to read the lines that show a log's form, and dates, takes longer than to search it. */

#pragma once

#include "search/stream.h"

/* How much memory they have; with more they are given. */
#define SCAN_HELD_BYTES ((size_t)64 * 1024)

struct scan_held {
        char *bytes; /* SCAN_HELD_BYTES; borrowed */
        size_t used;
};

/* after_skip: lines were passed over before it. False: there is no room. */
bool scan_held_add(struct scan_held *held, struct text line, uint64_t number, bool after_skip);
/* In the order in which they came. */
void scan_held_give(const struct scan_held *held, const struct scan_line_sink *sink, void *userdata);
