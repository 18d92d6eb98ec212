/* cli/output/incident_counts.h: how many incidents there are, of which types, and how many have a doubtful time. */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

#define INCIDENT_DOUBT_COUNT 6 /* bits of enum log_doubt */

/* All zero: of nothing. */
struct incident_counts {
        uint64_t n_incidents;
        uint64_t n_types[INCIDENT_TYPE_COUNT];
        uint64_t n_doubts[INCIDENT_DOUBT_COUNT]; /* an incident counts for each of its doubts */
};

void incident_counts_add(struct incident_counts *counts, const struct incident_row *row);

/* Writes "10 kills, 1 panic"; nothing where there are no incidents. */
void incident_counts_print_types(const struct incident_counts *counts, FILE *stream);

/* Writes a note for each doubt that there is, "~ no year in the log: ... (3 of 10)", between before and after. */
void incident_counts_print_doubts(const struct incident_counts *counts, FILE *stream, const char *before,
                                  const char *after);
bool incident_counts_has_doubts(const struct incident_counts *counts);
