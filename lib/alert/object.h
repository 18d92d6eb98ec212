/* lib/alert/object.h: builds a JSON object.
 *
 * The functions that add return nothing: a failed allocation sets has_failed, which is checked once at the end. Unknown values
 * are not added, nor are objects and lists without a member. */

#pragma once

#include <json-c/json.h>

#include "oom/value.h"

/* {0}: an object or a list without a member. json is made with the first one. */
struct object {
        struct json_object *json;
        bool has_failed;
};

/* key must be a literal, and is added once. child, an object or a list, is taken over. */
void object_add_object(struct object *object, const char *key, struct object *child);
void list_add_object(struct object *list, struct object *child);

/* key is copied. If it was added before, value replaces the earlier one. */
void object_add_named_number(struct object *object, const char *key, int64_t value);

void object_add_bool(struct object *object, const char *key, bool value);
void object_add_unsigned(struct object *object, const char *key, uint64_t value);
void object_add_number(struct object *object, const char *key, int64_t value);
/* Adds a string that is valid UTF-8; "" and NULL are unknown. */
void object_add_word(struct object *object, const char *key, const char *word);
void list_add_word(struct object *list, const char *word);
/* Adds a string that isn't empty and needs no escapes. object_to_text() sets *ret_offset, which must be valid until
 * then, to the offset of the string in the text, after its quote. */
void object_add_located_word(struct object *object, const char *key, const char *word, size_t *ret_offset);

/* Adds bytes from the kernel or /proc. If they are not valid UTF-8, each bad piece becomes U+FFFD, and hex_key has the raw
 * bytes. */
void object_add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes);
#define OBJECT_ADD_BYTES(object, key, bytes) object_add_bytes(object, key, key "_hex", bytes)

void object_add_comm(struct object *object, const struct oom_name *comm);

/* Returns the JSON text, on one line, malloc'ed and terminated, its length in *ret_length; NULL when memory ran out, now
 * or in a call before. Frees the object. Control characters that terminals obey are escaped. offsets are all those that
 * object_add_located_word() was given, n_offsets of them; or NULL and 0. */
char *object_to_text(struct object *object, size_t *const *offsets, size_t n_offsets, size_t *ret_length);
