/* cli/output/html_overview.h: what the page says of all incidents together: how many, when, who, why. */

#pragma once

#include "output/html.h"
#include "output/printer.h"
#include "output/tally.h"

enum overview_reason {
        REASON_MACHINE,
        REASON_LIMIT,
        REASON_NODES,
        REASON_UNKNOWN,
        REASON_COUNT,
};

/* All zero: of nothing. Grows with the incidents: 16 bytes each, and their names. */
struct html_overview {
        uint64_t n_incidents;
        uint64_t types[INCIDENT_TYPE_COUNT];
        uint64_t reasons[REASON_COUNT]; /* of kills */
        uint64_t doubts[INCIDENT_DOUBT_COUNT];
        struct tally owners, names, days, hosts; /* of kills */
        struct html_overview_mark {
                int64_t time_usec;
                enum incident_severity severity;
        } * marks; /* of all incidents with a time */
        size_t n_marks, marks_size;
        int64_t largest_bytes;             /* ALERT_UNKNOWN: no kill told it */
        char largest[INCIDENT_OWNER_SIZE]; /* that victim; safe to show */
        char last[INCIDENT_TIME_SIZE], zone[INCIDENT_ZONE_SIZE];
        char first[INCIDENT_TIME_SIZE];
};

struct html_overview *html_overview_new(void);
/* Accepts NULL. Returns NULL. */
struct html_overview *html_overview_free(struct html_overview *overview);

/* Returns 0 or -ENOMEM. */
int html_overview_add(struct html_overview *overview, const struct incident_row *row)
        __attribute__((warn_unused_result));

/* The first words, the timeline, the tables of names and days. Nothing can be added after. totals may be NULL. */
void html_overview_put(FILE *stream, struct html_overview *overview, const struct printer_totals *totals);
/* "10 kills, 1 panic" */
void html_overview_put_counts(FILE *stream, const struct html_overview *overview);

/* html_timeline.c */
void html_timeline_draw(FILE *stream, const struct html_overview *overview);
