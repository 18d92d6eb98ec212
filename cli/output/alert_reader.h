/* cli/output/alert_reader.h: reads the JSON of an alert (config/alert.schema.json).
 *
 * Only alert_reader.c knows json-c. An alert may come from another version of the program or from a file that somebody edited, so
 * nothing is assumed about its shape: a value that is absent, or of another type than asked for, is unknown. */

#pragma once

#include "util/text.h"

#define ALERT_UNKNOWN INT64_MIN

/* A value of an alert, borrowed from it. NULL stands for an unknown one, and every function below takes it: all that it holds is
 * unknown too. */
struct alert_value;

/* Parses an alert. Returns 0, -ENOMEM, or -EBADMSG where json is not a JSON object. To be released with alert_reader_free(). */
int alert_reader_new(struct text json, const struct alert_value **ret_alert) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
const struct alert_value *alert_reader_free(const struct alert_value *alert);

/* The member of an object, or of the objects in it: "victim.container.id". */
const struct alert_value *alert_get(const struct alert_value *object, const char *path);

/* A value as text (length 0: unknown, or empty), as a number (ALERT_UNKNOWN: unknown, or outside the range of an int64_t), and as
 * a boolean (-1: unknown, else 0 or 1). */
struct text alert_text(const struct alert_value *value);
int64_t alert_number(const struct alert_value *value);
int alert_bool(const struct alert_value *value);

/* The same for the value at path. */
struct text alert_get_text(const struct alert_value *object, const char *path);
int64_t alert_get_number(const struct alert_value *object, const char *path);

/* How many items a list has (of anything else: 0), and item i of it, from 0. */
size_t alert_count(const struct alert_value *list);
const struct alert_value *alert_item(const struct alert_value *list, size_t i);

/* Calls handler for each member of object that is a number, in the order of the JSON. */
typedef void (*alert_number_fn)(struct text name, int64_t number, void *userdata);
void alert_each_number(const struct alert_value *object, alert_number_fn handler, void *userdata);
