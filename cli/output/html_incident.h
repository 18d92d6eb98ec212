/* cli/output/html_incident.h: one incident on the page. number: which it is, from 1. */

#pragma once

#include "output/html.h"

/* What of the raw lines goes into the page; the rest is said to be left out. */
#define HTML_RAW_MAX    (32 * 1024)
#define HTML_PLACES_MAX 50

/* All that is known of it, folded. */
void html_incident_put(FILE *stream, const struct finding *finding, const struct incident_row *row,
                       const struct alert_value *alert, uint64_t number);
/* A row of a table that tells of many. */
void html_incident_put_row(FILE *stream, const struct incident_row *row, uint64_t number);
