/* cli/output/row.h: what one line tells of an incident, whatever the form of output is. */

#pragma once

#include <time.h>

#include "output/alert_reader.h"
#include "scan/finding.h"

enum scan_type { SCAN_KILL, SCAN_NO_VICTIM, SCAN_PANIC, SCAN_UNREAPABLE, SCAN_OTHER, SCAN_TYPE_COUNT };
enum scan_severity { SCAN_CRITICAL, SCAN_ERROR, SCAN_WARNING, SCAN_SEVERITY_COUNT };

/* "2026-08-25 14:06:20", and room for a year of more digits. */
#define SCAN_TIME_SIZE 32
/* Of a zone's name: "CEST", "+0530". */
#define SCAN_ZONE_SIZE 16
/* Two cgroup paths, each byte of them U+FFFD. */
#define SCAN_OWNER_SIZE  16384
#define SCAN_REASON_SIZE 16384

/* Texts are borrowed from the alert, unchecked: they may hold any character. Length 0 and ALERT_UNKNOWN: unknown. */
struct scan_row {
        enum scan_type type;
        enum scan_severity severity;
        int64_t time_usec;
        unsigned time_doubts;
        char time[SCAN_TIME_SIZE]; /* local time; "" without one */
        char zone[SCAN_ZONE_SIZE];
        struct text host, scope, comm;
        int64_t pid, anon_rss_bytes;
        char owner[SCAN_OWNER_SIZE];   /* unit, container or cgroup, safe to show; "": unknown */
        char reason[SCAN_REASON_SIZE]; /* in a few words, safe to show */
};

/* has_short_ids: of a container's id, as docker and podman show it. */
void scan_row_read(const struct finding *finding, const struct alert_value *alert, bool has_short_ids,
                   struct scan_row *ret_row);

/* Local time. False, and both "", where time_usec is LOG_UNKNOWN or no year can tell it. */
bool scan_row_local_time(int64_t time_usec, char ret_time[static SCAN_TIME_SIZE], char ret_zone[static SCAN_ZONE_SIZE]);

/* "kill", "kills": what incidents of a type are called. */
const char *scan_type_name(enum scan_type type, uint64_t count);

/* What makes times doubtful, in words for a note; NULL for a bit without a meaning. */
const char *scan_doubt_text(unsigned doubt);
#define SCAN_DOUBT_COUNT 5
