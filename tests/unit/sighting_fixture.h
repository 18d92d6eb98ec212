/* tests/unit/sighting_fixture.h: sightings of one kill, for the tests of what compares and keeps them. */

#pragma once

#include <string.h>

#include "logfile/stamp.h"
#include "scan/store.h"

#define SEC  INT64_C(1000000)
#define HOUR (3600 * SEC)
#define NOON INT64_C(1787659580000000) /* 2026-08-25 12:06:20 UTC */

static inline int64_t two_hours_east(const struct log_date *date, void *userdata)
{
        (void)userdata;
        return log_date_usec(date) - 2 * HOUR;
}

static inline struct log_time sure(int64_t usec, int64_t resolution_usec)
{
        return (struct log_time){ .usec = usec, .resolution_usec = resolution_usec };
}

/* As RFC 3164 has it, in a year that was inferred; 0: none could be. */
static inline struct log_time yearless(int32_t year, uint8_t month, uint8_t day, uint8_t hour)
{
        struct log_time time = {
                .usec = LOG_UNKNOWN,
                .resolution_usec = SEC,
                .doubts = LOG_DOUBT_YEAR | LOG_DOUBT_ZONE_ASSUMED,
                .date = { year, month, day, hour, 6, 20 },
        };

        if (year)
                time.usec = two_hours_east(&time.date, NULL);
        else
                time.resolution_usec = LOG_UNKNOWN; /* as the log reader has it */
        return time;
}

/* Without a zone in the log: the machine's that reads was assumed. */
static inline struct log_time zoneless(int64_t usec)
{
        return (struct log_time){ .usec = usec, .resolution_usec = 1, .doubts = LOG_DOUBT_ZONE_ASSUMED };
}

/* A kill whose kill line was read; nothing is known of when. */
static inline struct sighting sighting_of(int64_t pid, const char *comm)
{
        struct sighting sighting = {
                .type = ALERT_OOM_KILL,
                .completeness = 4,
                .pid = pid,
                .has_comm = true,
                .comm_length = (uint8_t)strlen(comm),
                .sizes = { 6529372, 2237192, 12420, SIGHTING_SIZE_UNKNOWN },
                .seq = LOG_UNKNOWN,
                .mono_usec = LOG_UNKNOWN,
                .time = { .usec = LOG_UNKNOWN, .resolution_usec = LOG_UNKNOWN },
                .group_first = UINT32_MAX,
        };

        memcpy(sighting.comm, comm, strlen(comm));
        return sighting;
}

static inline struct sighting at_time(struct log_time time)
{
        struct sighting sighting = sighting_of(1149, "pengine");

        sighting.time = time;
        return sighting;
}

static inline struct sighting at_stamp(int64_t mono_usec)
{
        struct sighting sighting = sighting_of(1149, "pengine");

        sighting.mono_usec = mono_usec;
        return sighting;
}
