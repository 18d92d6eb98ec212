/* cli/scan/finder_state.h: what the finder knows of each host: for finder.c, which reads messages, and finder_tell.c, which
 * tells what their reports came to. */

#pragma once

#include "parse/parser.h"
#include "scan/finder.h"

/* Of each host so many messages that may make an incident are known for what they said besides their text: an incident is
 * told at once, or when its report ends without a kill. */
#define MARKS 64
/* Kills of each host by which a group's first is found. */
#define RECENT 64

struct mark {
        uint64_t seq, line; /* seq: the parser's */
        int64_t record_seq, mono_usec;
        struct log_time time;
};

struct recent {
        uint64_t seq;
        uint32_t index; /* in the batch */
};

/* Where the parser's clock comes from. */
enum clock { CLOCK_UNKNOWN, CLOCK_KERNEL, CLOCK_LOG, CLOCK_NUMBERED };

struct finder_host {
        struct finder *finder;
        struct oom_parser *parser; /* NULL: no line that may be of a report was read for this place yet */
        uint64_t used;             /* when it was, in messages */
        char name[LOG_HOST_MAX + 1];
        size_t name_length;
        uint64_t path;                        /* a hash of grep's path; 0: none */
        char boot_id[LOG_BOOT_ID_LENGTH + 1]; /* "": unknown */
        uint64_t boot;                        /* a hash of it; 0: unknown */
        uint32_t number;
        enum clock clock;
        uint64_t mono_usec; /* the parser's, of the last message */
        bool open;          /* a report is */
        uint64_t progress;  /* bytes read when there was last something of the open report */
        struct mark last;   /* of the last message */
        struct mark marks[MARKS];
        size_t next_mark;
        struct recent recent[RECENT];
        size_t next_recent, n_recent;
        char *raw; /* the open report's lines; NULL: not asked for */
        size_t raw_length;
};

struct finder {
        struct finder_options options;
        struct store *store;
        struct sighting_batch *batch;
        int error;
        bool skipped;
        uint64_t seq;   /* of the last message */
        uint64_t bytes; /* read */
        struct finder_host hosts[FINDER_HOSTS_MAX];
};

/* A hash; never 0, which stands for no text at all. */
uint64_t finder_hash(struct text text);

/* An oom_incident_fn; userdata is the finder_host. Keeps its texts and adds a sighting to the batch. */
void finder_report(const struct oom_incident *incident, void *userdata);
