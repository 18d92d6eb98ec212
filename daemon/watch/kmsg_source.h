/* daemon/watch/kmsg_source.h: reads records from /dev/kmsg, or from a file that holds them, on the libevent loop.
 *
 * Records of facility 0 are passed on; others are refused and counted, since user space writes to /dev/kmsg too. The device is
 * opened at the start (twice: each descriptor has a position of its own) and never again: only opening it needs a privilege. */

#pragma once

#include "common/event.h"
#include "kmsg/record.h"

/* Records read in one turn of the loop, so that sockets, signals and timers get their turns in a flood. */
#define KMSG_BATCH_MAX 256

/* A pause before a device is read on, if the handler allows one: a wake-up for each record costs far more than the record. A ring
 * buffer of 128 KiB holds 6 MB/s so long; once it didn't, there are no more pauses but those
 * in which kmsg_skip.h has the ring buffer looked at. */
#define KMSG_PAUSE_MS 20

enum kmsg_from { KMSG_FROM_OLDEST, KMSG_FROM_CURSOR, KMSG_FROM_NOW };

struct kmsg_source_counts {
        uint64_t n_records; /* of the kernel, passed on */
        uint64_t n_refused; /* of another facility */
        uint64_t n_malformed;
        uint64_t n_lost;    /* overwritten before they could be read */
        uint64_t n_skipped; /* passed over unread, since the handler allowed that */
        uint64_t first_seq; /* of the first record read, also if it was skipped; UINT64_MAX: none yet */
        uint64_t last_seq;  /* of the last record read, whatever it was; UINT64_MAX: none yet */
};

/* What the source calls, from the loop, in the order of the records. What is passed is borrowed for the call. */
struct kmsg_source_handler {
        /* One record of the kernel. is_live: it was printed while the source waited for it, not found at the start. */
        void (*record)(const struct kmsg_record *record, bool is_live, void *userdata);
        /* A record was refused, or is malformed: see the counts. NULL: nobody asks. */
        void (*refused)(void *userdata);
        /* n_records records from seq on are lost; the next record has the stamp mono_usec. */
        void (*lost)(uint64_t seq, uint64_t n_records, uint64_t mono_usec, void *userdata);
        /* The log ends at last_seq, before the cursor: what was skipped because of it is read after all. NULL: nobody is told. */
        void (*cursor_is_ahead)(uint64_t last_seq, void *userdata);
        /* A file goes on with the records of another boot. */
        void (*rebooted)(void *userdata);
        /* Whether the next batch of a file may be read. Not called for a device: its reader must keep up. */
        bool (*has_capacity)(void *userdata);
        /* Whether what a device prints next may wait for KMSG_PAUSE_MS: many records are then read in one turn of the loop. NULL: no. */
        bool (*may_pause)(void *userdata);
        /* Whether nothing that a device has printed up to now needs to be read, so that it may be passed over (kmsg_skip.h). Asked only while
         * it may pause. NULL: no; then the next two are not called. */
        bool (*may_skip)(void *userdata);
        /* Whether a record of the kernel ends one of the reports that may be passed over. */
        bool (*ends_report)(const struct kmsg_record *record, void *userdata);
        /* n_records records up to last_seq, which took span_usec, were passed over: the last of them ends a report. */
        void (*skipped)(uint64_t last_seq, uint64_t n_records, uint64_t span_usec, void *userdata);
        /* A file has ended (error 0), or reading failed for good (negative errno). Nothing is called after it. */
        void (*ended)(int error, void *userdata);
};

struct kmsg_source;

/* Opens path: a character device is read as /dev/kmsg is, anything else as a stream of records, one per line. "-" is standard input,
 * which is a stream whatever it is, as /dev/null is, whose end comes at once. Returns 0 or -errno. handler is kept, not copied. */
int kmsg_source_open(const char *path, const struct kmsg_source_handler *handler, void *userdata,
                     struct kmsg_source **ret_source) __attribute__((warn_unused_result));

/* Begins to read. FROM_CURSOR: after the record cursor_seq; what was overwritten after it is reported as lost. A
 * file is always read from its beginning. Returns 0 or -errno. */
int kmsg_source_start(struct kmsg_source *source, struct event_base *base, enum kmsg_from from, uint64_t cursor_seq)
        __attribute__((warn_unused_result));

/* Accepts NULL. Returns NULL. */
struct kmsg_source *kmsg_source_free(struct kmsg_source *source);

/* Whether the reader keeps up: it has not ended, and has read since the last call what was there to be read then. To be called
 * at intervals. */
bool kmsg_source_is_healthy(struct kmsg_source *source);

/* Whether the device has records that were not read yet. */
bool kmsg_source_has_input(const struct kmsg_source *source);

struct kmsg_source_counts kmsg_source_counts(const struct kmsg_source *source);
