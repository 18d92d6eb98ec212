/* lib/alert/json.h: the alert as one JSON object (config/alert.schema.json). */

#pragma once

#include "alert/alert.h"

/* Bytes that every sink takes: a datagram on a Unix socket has up to 212,960 where net.core.wmem_default is the kernel's
 * default, a spooled alert up to 256 KiB. A longer alert, which only hostile names can bring about, is written without the
 * machine's nodes and zones. */
#define ALERT_JSON_MAX 200000

/* Where in the JSON text alert_complete() puts what is known later: offsets in bytes. */
struct alert_gaps {
        uint32_t id;          /* its digits */
        uint32_t time;        /* where `time` would begin; the alert was made without */
        uint32_t locations;   /* where the members of `source` begin */
        uint32_t group_first; /* the digits of the group's `first`; 0: it has none */
};

/* Returns the JSON text, on one line without a newline, malloc'ed and terminated, and its length in *ret_length (may be NULL).
 * NULL when memory ran out. It is valid JSON and valid UTF-8, whatever the names were. */
char *alert_to_json(const struct alert *alert, size_t *ret_length);
/* The same of an alert without a time that alert_complete() will complete. */
char *alert_to_json_with_gaps(const struct alert *alert, size_t *ret_length, struct alert_gaps *ret_gaps);
