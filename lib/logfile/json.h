/* lib/logfile/json.h: parses one JSON object in one line, as journalctl -o json and docker write them.
 *
 * It gives the members that are strings, or arrays of byte numbers (which journalctl writes for what is not UTF-8), and skips
 * all others. */

#pragma once

#include "util/text.h"

/* How deep objects and arrays that are skipped may be nested. */
#define LOG_JSON_DEPTH_MAX 16

/* Called for each member that is a string or an array of bytes. Both texts are borrowed from buffer. */
typedef void (*log_json_fn)(struct text name, struct text value, void *userdata);

/* Parses line, which may have blanks around the object; buffer must hold line.length bytes. Returns false if it is not
 * an object, or not a complete one; the handler may have been called for members before the fault. */
bool log_json_read(struct text line, char *buffer, log_json_fn handler, void *userdata)
        __attribute__((warn_unused_result));
