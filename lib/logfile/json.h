/* lib/logfile/json.h: reads one JSON object that stands in one line, as journalctl -o json and docker write them.
 *
 * Of values only strings, and arrays of the numbers of bytes (journalctl's way for what is no UTF-8), are given; what
 * else there is, is passed over. */

#pragma once

#include "util/text.h"

/* Objects and arrays within each other, where they are passed over. */
#define LOG_JSON_DEPTH_MAX 16

/* Called for each member that is a string or an array of bytes. Both texts are borrowed from buffer. */
typedef void (*log_json_fn)(struct text name, struct text value, void *userdata);

/* Reads line, which may have blanks around the object. buffer must hold line.length bytes. False: it is no object, or not
 * whole; the handler may have been called for what stands before the fault. */
bool log_json_read(struct text line, char *buffer, log_json_fn handler, void *userdata)
        __attribute__((warn_unused_result));
