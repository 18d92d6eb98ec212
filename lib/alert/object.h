/* lib/alert/object.h: a JSON object in the making.
 *
 * A failed allocation is remembered in the object and told at the end, so that who builds it needs no checks. What is
 * unknown is not added; an object without a member is not added to another. */

#pragma once

#include <json-c/json.h>

#include "oom/value.h"

/* All zero: an object without a member, made when it gets its first. */
struct object {
        struct json_object *json;
        bool failed;
};

/* The same of a list. */
struct list {
        struct json_object *json;
        bool failed;
};

/* Keys are literals, each added once. These take over value, child, list. */
void object_add_value(struct object *object, const char *key, struct json_object *value);
void object_add_object(struct object *object, const char *key, struct object *child);
void object_add_list(struct object *object, const char *key, struct list *list);
void list_add_object(struct list *list, struct object *child);

/* key is copied, and may have been added before: the last counts. */
void object_add_named_number(struct object *object, const char *key, int64_t value);

void object_add_bool(struct object *object, const char *key, bool value);
void object_add_unsigned(struct object *object, const char *key, uint64_t value);
void object_add_number(struct object *object, const char *key, int64_t value);
/* Adds our own words, or a name that is known to be plain; "" and NULL are unknown. */
void object_add_word(struct object *object, const char *key, const char *word);
void list_add_word(struct list *list, const char *word);
/* Adds a word that isn't empty and holds nothing that JSON escapes. json_to_text() tells by *ret_offset, which must live
 * until then, where in the text it begins, after its quote. */
void object_add_located_word(struct object *object, const char *key, const char *word, size_t *ret_offset);

/* Adds bytes of the kernel's or of /proc: what is no UTF-8 gets U+FFFD, and the raw bytes go beside it. */
void object_add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes);
#define OBJECT_ADD_BYTES(object, key, bytes) object_add_bytes(object, key, key "_hex", bytes)

void object_add_comm(struct object *object, const struct oom_name *comm);

/* Returns the JSON text, on one line, malloc'ed and terminated, its length in *ret_length; NULL when memory ran out.
 * Control characters that JSON allows unescaped, and terminals obey, are escaped. offsets are those that
 * object_add_located_word() was given: n_offsets of them, all of which were added; or NULL and 0. */
char *json_to_text(struct json_object *json, size_t *const *offsets, size_t n_offsets, size_t *ret_length);
