/* cli/output/tally.h: counts kills by a name, and keeps the size of the largest victim of each. */

#pragma once

#include "util/text.h"

struct tally_entry {
        struct text name; /* safe to show; terminated */
        uint64_t count;
        int64_t largest_bytes; /* of the largest victim; ALERT_UNKNOWN: no size is known */
        char bytes[];          /* of the name */
};

/* All zero: empty. Grows with the names, without a limit. */
struct tally {
        struct tally_entry **entries;
        size_t n_entries, capacity;
        void *tree; /* of tsearch(3): the same by name */
};

/* Counts a kill. name: safe to show, copied. bytes: what the victim held, or ALERT_UNKNOWN. Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, struct text name, int64_t bytes) __attribute__((warn_unused_result));

/* The most frequent first, or in order of names. */
void tally_sort_by_count(struct tally *tally);
void tally_sort_by_name(struct tally *tally);

/* Frees what it holds, and makes it empty. */
void tally_done(struct tally *tally);
