/* cli/scan/finder_state.h: what the finder knows of each host: for finder.c, which reads messages, and finder_report.c, which
 * makes sightings of their incidents. */

#pragma once

#include "logfile/search/search.h"
#include "parse/parser.h"
#include "scan/finder.h"

/* Of each host so many decisive messages are known, for what an incident needs besides their text: the parser hands it on
 * at once, or when its report ends without a kill. */
#define MARKS_MAX 64
/* So many kills of each host are known, to find the first one of a group. */
#define KILLS_MAX 64

struct mark {
        uint64_t seq, line; /* seq: the parser's */
        int64_t record_seq, mono_usec;
        struct log_time time;
};

/* Reports without a victim of each host that are known, since what follows them may be the same incident: twice as many as the
 * parser has runs of them. */
#define NO_VICTIMS_MAX 32

struct no_victim {
        uint64_t seq;   /* the parser's */
        uint64_t used;  /* finder.seq when it was asked for last; 0: it can't be the first of a run */
        uint32_t index; /* in the batch */
        struct mark mark;
};

struct kill {
        uint64_t seq;   /* the parser's */
        uint32_t index; /* in the batch */
};

/* Where the time that the parser gets comes from. CLOCK_NONE: the messages have none. */
enum clock { CLOCK_UNKNOWN, CLOCK_KERNEL, CLOCK_LOG, CLOCK_NONE };

struct finder_host {
        struct finder *finder;
        struct oom_parser *parser; /* NULL: no line that may be of a report was read yet */
        uint64_t last_used;        /* number of its last message; 0: the slot is free */
        char name[LOG_HOST_MAX + 1];
        size_t name_length;
        uint64_t path_hash;                   /* of grep's path; 0: none */
        char boot_id[LOG_BOOT_ID_LENGTH + 1]; /* "": unknown */
        uint64_t boot_hash;                   /* 0: unknown */
        uint32_t number;                      /* store_host_number() */
        enum clock clock;
        uint64_t mono_usec; /* the parser's, of the last message */
        uint64_t prose_seq; /* finder.seq at the last line of prose; 0: none was read */
        bool has_open_report;
        uint64_t report_bytes; /* finder.n_bytes at the last line of the open report */
        struct mark last;      /* of the last message */
        struct mark marks[MARKS_MAX];
        size_t next_mark;
        struct kill kills[KILLS_MAX];
        size_t next_kill, n_kills;
        struct no_victim no_victims[NO_VICTIMS_MAX];
        size_t n_no_victims;
        char *raw; /* the open report's lines; NULL without with_raw */
        size_t raw_length;
};

struct finder {
        struct finder_options options;
        struct log_searcher searcher; /* for decisive lines */
        struct store *store;
        struct sighting_batch *batch;
        int error;        /* the first; 0: none */
        bool has_gap;     /* messages were skipped before the next one */
        uint64_t seq;     /* of the last message */
        uint64_t n_bytes; /* of lines that were read */
        struct finder_host hosts[FINDER_HOSTS_MAX];
};

/* 64-bit FNV-1a; 0 for "" alone. */
static inline uint64_t finder_hash(struct text text)
{
        uint64_t value = 0xcbf29ce484222325;

        if (text.length == 0)
                return 0;
        for (size_t i = 0; i < text.length; i++)
                value = (value ^ (uint8_t)text.data[i]) * 0x100000001b3;
        return value ? value : 1;
}

/* The same in 32 bits; 0 for 0 alone. */
static inline uint32_t finder_short_hash(uint64_t hash)
{
        uint32_t value = (uint32_t)(hash ^ hash >> 32);

        return value || !hash ? value : 1;
}

/* An oom_incident_fn; userdata is the finder_host. Adds a sighting to the batch, and its texts to the store. */
void finder_report(const struct oom_incident *incident, void *userdata);
