/* cli/output/html_overview.h: the head of the page: of all incidents together, how many, why, when, who. */

#pragma once

#include "output/html.h"
#include "output/incident_counts.h"
#include "output/printer.h"
#include "output/tally.h"

enum html_overview_reason {
        HTML_REASON_MACHINE,
        HTML_REASON_LIMIT,
        HTML_REASON_NODES,
        HTML_REASON_UNKNOWN,
        HTML_REASON_COUNT,
};

/* All zero, but for largest_bytes: of nothing. Grows with the incidents: 16 bytes each, and their names. */
struct html_overview {
        struct incident_counts counts;
        uint64_t n_reasons[HTML_REASON_COUNT];   /* of kills */
        struct tally owners, names, days, hosts; /* of kills */
        struct html_overview_mark {
                int64_t time_usec;
                enum incident_severity severity;
        } * marks; /* of all incidents with a time, oldest first */
        size_t n_marks, marks_capacity;
        char first[INCIDENT_TIME_SIZE], last[INCIDENT_TIME_SIZE], zone[INCIDENT_ZONE_SIZE]; /* of the marks */
        int64_t largest_bytes;             /* of the largest victim; ALERT_UNKNOWN: no size is known */
        char largest[INCIDENT_OWNER_SIZE]; /* its name; safe to show */
};

/* Frees what it holds. */
void html_overview_done(struct html_overview *overview);

/* Adds an incident; they come in order of time. Returns 0 or -ENOMEM. */
int html_overview_add(struct html_overview *overview, const struct incident_row *row)
        __attribute__((warn_unused_result));

/* Writes the headline, the figures, the timeline and the tables of names and days. Sorts the tallies: nothing can be added after.
 * totals: NULL after an error. */
void html_overview_put(FILE *stream, struct html_overview *overview, const struct printer_totals *totals);
/* Writes "10 kills, 1 panic", or "No kills". */
void html_overview_put_counts(FILE *stream, const struct html_overview *overview);

/* Draws the marks of overview, one or more, by time (html_timeline.c). */
void html_timeline_draw(FILE *stream, const struct html_overview *overview);
