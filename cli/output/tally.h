/* cli/output/tally.h: how often each name came, and the most memory that one of its victims held. */

#pragma once

#include "util/text.h"

struct tally_entry {
        char *name; /* safe to show; terminated */
        uint64_t count;
        int64_t largest_bytes; /* ALERT_UNKNOWN: never told */
};

/* All zero: empty. Grows with the names. */
struct tally {
        struct tally_entry *entries;
        size_t n_entries, capacity; /* capacity: a power of two */
};

/* name is copied. Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, const char *name, int64_t bytes) __attribute__((warn_unused_result));

/* Brings the entries to the front of the list: the most frequent first, or by name. Nothing can be added after. */
void tally_sort_by_count(struct tally *tally);
void tally_sort_by_name(struct tally *tally);

void tally_done(struct tally *tally);
