/* cli/scan/dedup.h: do two sightings tell of the same incident? */

#pragma once

#include "scan/store.h"

/* Everything must be alike as far as both tell it, and their times such that one moment can have both. */
bool scan_is_same(const struct scan_sighting *a, const struct scan_sighting *b, log_local_time_fn local_time)
        __attribute__((warn_unused_result));

/* Sightings for which these differ are never the same. */
uint64_t scan_sameness_hash(const struct scan_sighting *sighting);

/* The better told of two times: fewer doubts, then finer. Equal ones: a. */
const struct log_time *scan_better_time(const struct log_time *a, const struct log_time *b);
