/* cli/scan/dedup.h: do two sightings tell of the same incident? */

#pragma once

#include "scan/store.h"

/* Everything must be alike as far as both tell it, and their times such that one moment can have both. */
bool dedup_match(const struct sighting *a, const struct sighting *b, log_local_time_fn local_time)
        __attribute__((warn_unused_result));

/* Sightings for which these differ are never the same. */
uint64_t dedup_hash(const struct sighting *sighting);

/* The better told of two times: fewer doubts, then finer. Equal ones: a. */
const struct log_time *dedup_better_time(const struct log_time *a, const struct log_time *b);
