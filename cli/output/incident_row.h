/* cli/output/incident_row.h: what one line tells of an incident, whatever the form of output is. */

#pragma once

#include <time.h>

#include "output/alert_reader.h"
#include "scan/finding.h"

enum incident_type {
        INCIDENT_KILL,
        INCIDENT_NO_VICTIM,
        INCIDENT_PANIC,
        INCIDENT_UNREAPABLE,
        INCIDENT_OTHER,
        INCIDENT_TYPE_COUNT
};
enum incident_severity { INCIDENT_CRITICAL, INCIDENT_ERROR, INCIDENT_WARNING, INCIDENT_SEVERITY_COUNT };

/* "2026-08-25 14:06:20", and room for a year of more digits. */
#define INCIDENT_TIME_SIZE 32
/* Of a zone's name: "CEST", "+0530". */
#define INCIDENT_ZONE_SIZE 16
/* Two cgroup paths, each byte of them U+FFFD. */
#define INCIDENT_OWNER_SIZE  16384
#define INCIDENT_REASON_SIZE 16384

/* Texts are borrowed from the alert, unchecked: they may hold any character. Length 0 and ALERT_UNKNOWN: unknown. */
struct incident_row {
        enum incident_type type;
        enum incident_severity severity;
        int64_t time_usec;
        unsigned time_doubts;
        char time[INCIDENT_TIME_SIZE]; /* local time; "" without one */
        char zone[INCIDENT_ZONE_SIZE];
        struct text host, scope, comm;
        int64_t pid, anon_rss_bytes;
        char owner[INCIDENT_OWNER_SIZE];   /* unit, container or cgroup, safe to show; "": unknown */
        char reason[INCIDENT_REASON_SIZE]; /* in a few words, safe to show */
};

/* has_short_ids: of a container's id, as docker and podman show it. */
void incident_row_read(const struct finding *finding, const struct alert_value *alert, bool has_short_ids,
                       struct incident_row *ret_row);

/* Local time. False, and both "", where time_usec is LOG_UNKNOWN or no year can tell it. */
bool incident_row_local_time(int64_t time_usec, char ret_time[static INCIDENT_TIME_SIZE],
                             char ret_zone[static INCIDENT_ZONE_SIZE]);

/* "kill", "kills": what incidents of a type are called. */
const char *incident_type_name(enum incident_type type, uint64_t count);

/* What makes times doubtful, in words for a note; NULL for a bit without a meaning. */
const char *incident_doubt_text(unsigned doubt);
#define INCIDENT_DOUBT_COUNT 5
