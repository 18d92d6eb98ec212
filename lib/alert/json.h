/* lib/alert/json.h: the alert as one JSON object (config/alert.schema.json). */

#pragma once

#include "alert/alert.h"

/* What every sink takes: a datagram on a Unix socket may have 212,960 bytes where net.core.wmem_default is as the kernel
 * has it, a spooled alert 256 KiB. An alert that would be longer leaves the machine's nodes and zones out, which only
 * hostile names can bring about. */
#define ALERT_JSON_MAX 200000

/* Returns a malloc'ed, terminated JSON text on one line, without a newline; its length in *ret_length (may be NULL).
 * NULL when memory ran out. Always valid JSON and valid UTF-8, whatever the names were. */
char *alert_to_json(const struct alert *alert, size_t *ret_length);
