/* cli/scan/finder.h: messages of one log in, sightings of incidents out.
 *
 * In a log there may be several hosts, their reports interleaved: each has a parser of its own. The kernel's clock, where the
 * log doesn't carry it, is made of the log's. */

#pragma once

#include "input/ring.h"
#include "scan/store.h"

/* Hosts, or files behind grep's paths, that are told apart at a time. What is the longest silent gives way. */
#define FINDER_HOSTS_MAX 8

/* A stamp that goes back by more is another boot's. Stamps of several processors may be slightly out of order. */
#define FINDER_BOOT_BACK_USEC INT64_C(2000000)

/* Bytes of lines that are looked at for more of an open report, and have none of it. */
#define FINDER_IDLE_BYTES ((uint64_t)1024 * 1024)

/* Of the kernel's lines that made an incident, kept for the page. */
#define FINDER_RAW_MAX ((size_t)64 * 1024)

struct finder_options {
        enum alert_source_kind kind;
        const char *path;        /* for source.path; NULL: none */
        const struct ring *ring; /* ALERT_SOURCE_KMSG: whose every message is; else NULL */
        bool with_block, with_raw;
};

struct finder;

/* Everything in options, store and batch stays the caller's. Returns 0 or -ENOMEM. */
int finder_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct finder **ret_finder) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct finder *finder_free(struct finder *finder);

/* A log_message_fn; userdata is the finder. */
void finder_push(const struct log_message *message, void *userdata);

/* Lines of so many bytes were read, whatever was in them. Returns whether a report is open, and more of it is expected. */
bool finder_expects_more(struct finder *finder, uint64_t bytes);

/* Messages were passed over before the next one: numbers of records that are missing mean nothing. */
void finder_skip(struct finder *finder);

/* The log has ended: what is open is told. Returns 0, or the first error that there was, a negative errno. */
int finder_end(struct finder *finder) __attribute__((warn_unused_result));
