/* lib/alert/json_read.h: reads members of an alert in its JSON form. Nothing is assumed of the bytes: they may be from a file that
 * others have written.
 *
 * Texts are borrowed from the object. */

#pragma once

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "alert/envelope.h"
#include "util/text.h"

/* Reads one object, which blanks and newlines may follow. The caller releases it: _cleanup_(json_putp). Returns 0; -EBADMSG: it is
 * something else, or not UTF-8; -ENOMEM. */
int json_read_object(const char *json, size_t length, struct json_object **ret_object)
        __attribute__((warn_unused_result));

/* A cleanup function. */
void json_putp(struct json_object **object);

/* The member of that name, if it is a string; else length 0. object may be NULL. */
struct text json_read_string(const struct json_object *object, const char *name);

/* The member of that name, if it is an object; else NULL. object may be NULL. */
struct json_object *json_read_member(const struct json_object *object, const char *name);

/* RFC 3339 in UTC, the fraction optional: microseconds since 1970; ALERT_TIME_ABSENT for anything else. */
int64_t json_read_time(struct text text);
