/* cli/output/alert_reader.h: alerts as the programs write them (config/alert.schema.json), read again.
 *
 * What json-c makes of them stays behind these functions. Nothing is believed of an alert's shape: what isn't there, or is of
 * another type, is unknown. */

#pragma once

#include "util/text.h"

#define ALERT_UNKNOWN INT64_MIN

/* A value of an alert; NULL is one too: unknown, and all that is in it. Borrowed from its alert. */
struct alert_value;

/* Reads an alert. Returns 0, -ENOMEM, or -EBADMSG where json is no JSON object. Released with alert_reader_free(). */
int alert_reader_new(struct text json, const struct alert_value **ret_alert) __attribute__((warn_unused_result));
/* Takes NULL. Returns NULL. */
const struct alert_value *alert_reader_free(const struct alert_value *alert);

const struct alert_value *alert_get(const struct alert_value *object, const char *key);
/* Length 0: unknown, or empty. */
struct text alert_get_text(const struct alert_value *object, const char *key);
/* ALERT_UNKNOWN: unknown, or past the range of an int64_t. */
int64_t alert_get_number(const struct alert_value *object, const char *key);
/* -1 unknown, else 0 or 1. */
int alert_get_bool(const struct alert_value *object, const char *key);

/* How many items a list has, and one of them. */
size_t alert_count(const struct alert_value *list);
const struct alert_value *alert_item(const struct alert_value *list, size_t i);
/* The text that an item is. */
struct text alert_item_text(const struct alert_value *list, size_t i);

/* Tells the numbers of an object, in its order. */
typedef void (*alert_number_fn)(struct text name, int64_t number, void *userdata);
void alert_each_number(const struct alert_value *object, alert_number_fn handler, void *userdata);
