/* cli/scan/finder.h: the messages of one log in, sightings of incidents out.
 *
 * A log may have messages of several hosts, their reports interleaved: each host has a parser of its own. Where the log has no
 * stamps of the kernel's clock, the log's times are the parser's clock. Who calls the finder: search/stream.h. */

#pragma once

#include "input/ring.h"
#include "scan/store.h"

/* Hosts, or files after grep's paths, that have a parser at a time. One more replaces the one that was silent for longest. */
#define FINDER_HOSTS_MAX 8

/* A stamp that goes back by more is of another boot. Stamps of several processors may be slightly out of order. */
#define FINDER_BOOT_BACK_USEC INT64_C(2000000)
/* So are stamps that did not go on with the time of the log by so much. */
#define FINDER_BOOT_AHEAD_USEC INT64_C(3600000000)

/* A report is closed after so many bytes of lines that have nothing of it. */
#define FINDER_IDLE_BYTES ((uint64_t)1024 * 1024)

/* What is kept of an incident's lines, for the HTML page. */
#define FINDER_RAW_MAX ((size_t)64 * 1024)

struct finder_options {
        enum alert_source_kind kind;
        const char *path;          /* for source.path; NULL: none */
        const struct ring *ring;   /* of ALERT_SOURCE_KMSG; else NULL */
        bool with_block, with_raw; /* keep the alert for people, the kernel's lines */
};

struct finder;

/* Borrows what options point to, store and batch until finder_free(). Returns 0 or -ENOMEM. */
int finder_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct finder **ret_finder) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct finder *finder_free(struct finder *finder);

/* A log_message_fn; userdata is the finder. */
void finder_push(const struct log_message *message, void *userdata);

/* Lines of n_bytes were read since the last call, whatever is in them. Returns whether a report is open. */
bool finder_expects_more(struct finder *finder, uint64_t n_bytes);

/* Messages were skipped before the next one: numbers of records that are missing mean nothing. */
void finder_skip(struct finder *finder);

/* The log has ended: closes the open reports. Returns 0, or the first error since finder_new(), a negative errno. */
int finder_end(struct finder *finder) __attribute__((warn_unused_result));
