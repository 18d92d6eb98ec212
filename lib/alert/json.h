/* lib/alert/json.h: the alert as one JSON object (config/alert.schema.json). */

#pragma once

#include "alert/alert.h"

/* Returns a malloc'ed, terminated JSON text on one line, without a newline; its length in *ret_length (may be NULL).
 * NULL when memory ran out. Always valid JSON and valid UTF-8, whatever the names were. */
char *alert_to_json(const struct alert *alert, size_t *ret_length);
