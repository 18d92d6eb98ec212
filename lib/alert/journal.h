/* lib/alert/journal.h: the alert as the fields of a journal entry. */

#pragma once

#include <sys/uio.h>

#include "alert/alert.h"

/* MESSAGE, PRIORITY, MESSAGE_ID, SYSLOG_IDENTIFIER, OOM_...: see the table in journal.c. */
#define ALERT_FIELDS_MAX 40

struct alert_fields {
        struct iovec fields[ALERT_FIELDS_MAX]; /* each "NAME=value", not terminated; in buffer */
        int n_fields;
        char *buffer; /* owned */
};

/* Makes the fields of which something is known; json is the alert's JSON text, for OOM_ALERT_JSON. Values are any bytes: a comm
 * with a newline stays one field. Returns 0, and fields for alert_fields_done(), or -ENOMEM. */
int alert_to_fields(const struct alert *alert, struct text json, struct alert_fields *ret_fields)
        __attribute__((warn_unused_result));

void alert_fields_done(struct alert_fields *fields);
