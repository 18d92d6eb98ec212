/* cli/output/html_incident.h: one incident on the page. */

#pragma once

#include "output/html.h"

/* Writes all that is known of an incident, folded. row and alert: of finding, as incident_row_read() has them. number: which incident
 * of the page it is, from 1, for ids. */
void html_incident_put(FILE *stream, const struct finding *finding, const struct incident_row *row,
                       const struct alert_value *alert, uint64_t number);
/* Writes its row in the table of those that have no details. */
void html_incident_put_row(FILE *stream, const struct incident_row *row, uint64_t number);
