/* cli/output/incident_row.h: what a line of the table and a headline of the page say of an incident. */

#pragma once

#include "output/alert_reader.h"
#include "scan/finding.h"

enum incident_type {
        INCIDENT_KILL,
        INCIDENT_NO_VICTIM,
        INCIDENT_PANIC,
        INCIDENT_UNREAPABLE,
        INCIDENT_CLAIM, /* of a user-space killer's kill */
        INCIDENT_OTHER,
        INCIDENT_TYPE_COUNT,
};
enum incident_severity { INCIDENT_CRITICAL, INCIDENT_ERROR, INCIDENT_WARNING, INCIDENT_SEVERITY_COUNT };

/* "2026-08-25 14:06:20", and room for a year of more digits. */
#define INCIDENT_TIME_SIZE 32
/* Of a zone's name: "CEST", "+0530". */
#define INCIDENT_ZONE_SIZE 16
/* Two cgroup paths, each byte of them U+FFFD. */
#define INCIDENT_OWNER_SIZE  16384
#define INCIDENT_REASON_SIZE 16384

struct incident_row {
        enum incident_type type;
        enum incident_severity severity;
        int64_t time_usec; /* UTC; LOG_UNKNOWN: then zone is "", and time what the kernel's clock was, "[183.267]", or "" */
        unsigned time_doubts;          /* enum log_doubt; 0 where the time is unknown */
        char time[INCIDENT_TIME_SIZE]; /* local */
        char zone[INCIDENT_ZONE_SIZE];
        struct text host, scope, comm;     /* borrowed from the alert, any bytes; length 0: unknown */
        int64_t pid, anon_rss_bytes;       /* ALERT_UNKNOWN */
        char owner[INCIDENT_OWNER_SIZE];   /* the victim's unit, container or cgroup, safe to show; "": unknown */
        char reason[INCIDENT_REASON_SIZE]; /* safe to show */
};

/* Fills *ret_row from a finding and its alert, which is finding->json parsed. A container's id is cut to 12 digits, as docker and podman
 * show it. */
void incident_row_read(const struct finding *finding, const struct alert_value *alert, struct incident_row *ret_row);

/* The day of row->time, "2026-08-25"; length 0: unknown. */
struct text incident_row_day(const struct incident_row *row);

/* Local time and the name of its zone. False, and both are "", where time_usec is LOG_UNKNOWN or its year is out of range. */
bool incident_row_local_time(int64_t time_usec, char ret_time[static INCIDENT_TIME_SIZE],
                             char ret_zone[static INCIDENT_ZONE_SIZE]);

/* "critical", as in the JSON. */
const char *incident_severity_name(enum incident_severity severity);
