/* cli/scan/dedup.h: are two sightings of the same incident?
 *
 * Everything that both have must match, as far as logs keep it, and one moment must fit the times of both. */

#pragma once

#include "scan/store.h"

/* Clocks of one machine differ by no more: a log's writer stamps a line some time after it was printed. */
#define DEDUP_TIME_SLACK_USEC INT64_C(5000000)
/* For times made of the kernel's stamp: dmesg -T and the like don't know of suspends. */
#define DEDUP_CLOCK_SLACK_USEC (INT64_C(24) * 3600 * 1000000)
/* Between the "oom-kill:" line and the kill line of one report; a log may have only one of them. */
#define DEDUP_REPORT_USEC INT64_C(2000000)

/* local_time: as in struct log_reader_options. A report without a victim may match the panic that followed it, which another log has. */
bool dedup_match(const struct sighting *a, const struct sighting *b, log_local_time_fn local_time)
        __attribute__((warn_unused_result));

/* Equal for sightings that match, but for parts of a run, which may begin with reports of several processes: dedup_is_of_run(). */
uint64_t dedup_hash(const struct sighting *sighting);
/* May it be of a run of reports, a part of which another log has? */
bool dedup_is_of_run(const struct sighting *sighting);
/* Of two parts of one run: is no report in both? */
bool dedup_is_apart(const struct sighting *a, const struct sighting *b);

/* Returns the time that has fewer doubts, then the finer one, then a. */
const struct log_time *dedup_better_time(const struct log_time *a, const struct log_time *b);
