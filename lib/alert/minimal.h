/* lib/alert/minimal.h: the alert in as many bytes as can be set aside, for when there is no memory for more: id, type, severity, time,
 * summary, and of a kill the victim: pid, comm, uid, sizes, unit and container where their names are short. Its source says
 * `"complete":false,"missing":["details"]`, but for a loss of records or kills, of which nothing is left out.
 *
 * Nothing is allocated. */

#pragma once

#include "alert/journal.h"

/* Bytes without the terminator. Enough whatever the names are. */
#define ALERT_MINIMAL_JSON_MAX   3583
#define ALERT_MINIMAL_FIELDS_MAX 2047
#define ALERT_MINIMAL_TEXT_MAX   1023

/* Names of more bytes are left out. */
#define ALERT_MINIMAL_NAME_MAX 100

/* Write the text, terminated. Return its length. */
size_t alert_minimal_json(const struct alert *alert, char ret_json[static ALERT_MINIMAL_JSON_MAX + 1]);
size_t alert_minimal_text(const struct alert *alert, char ret_text[static ALERT_MINIMAL_TEXT_MAX + 1]);

/* Makes the fields that fit into buffer, and json_field, "OOM_ALERT_JSON=...", as the last; both are borrowed. The first ten or so, up to
 * the victim's uid, always fit. Not for alert_fields_done(). */
#define ALERT_MINIMAL_JSON_FIELD "OOM_ALERT_JSON="
void alert_minimal_fields(const struct alert *alert, struct text json_field,
                          char buffer[static ALERT_MINIMAL_FIELDS_MAX + 1], struct alert_fields *ret_fields);
