/* cli/search/pending.h: lines that a stream keeps back until it finds a first candidate.
 *
 * Most logs have no candidate; to parse the lines that show such a log's form and dates would take longer than its search. */

#pragma once

#include "search/stream.h"

/* The memory for them; when it is full, the stream emits them without waiting for a candidate. */
#define PENDING_BYTES ((size_t)64 * 1024)

struct pending {
        char *bytes; /* PENDING_BYTES; borrowed */
        size_t used;
};

/* Copies line. has_gap: lines were skipped before it. Returns false, and keeps nothing, if there is no room. */
bool pending_add(struct pending *pending, struct text line, uint64_t line_number, bool has_gap);
/* Calls handler for the lines in their order. They stay. */
void pending_emit(const struct pending *pending, const struct stream_handler *handler, void *userdata);
