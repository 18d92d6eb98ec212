/* lib/alert/object.h: writes JSON text, from the front to the end.
 *
 * json-c, which reads it, would build a tree, write and free it: that was four fifths of an alert's time.
 *
 * An object or list that was begun is the only one to be added to until it is ended. One that is empty then is taken back, with its
 * key, and unknown values are not added. The functions return nothing: a failed allocation is remembered for json_text_end(). */

#pragma once

#include "oom/value.h"

/* {0}: nothing was written. */
struct json_text {
        char *data; /* owned; json_text_end() hands it on */
        size_t length, size;
        bool has_failed;
        bool is_fixed; /* data is the caller's: what would need more than size has failed; not for json_text_end() */
};

/* An object or a list that isn't ended. { .json = &text, .is_empty = true }: members of an object whose braces others write. */
struct object {
        struct json_text *json; /* borrowed */
        struct object *parent;  /* borrowed; NULL: the outermost */
        size_t begin;           /* length of the text before it */
        bool is_list, is_first; /* is_first: it would be its parent's first member */
        bool is_empty;          /* so far */
        bool is_kept;           /* written although it is empty; for the caller to set */
};

/* Begin the outermost object, a member, an item of a list. key is a literal. */
struct object object_begin(struct json_text *json);
struct object object_begin_object(struct object *object, const char *key);
struct object object_begin_list(struct object *object, const char *key);
struct object list_begin_object(struct object *list);
/* For both. */
void object_end(struct object *object);

/* key is valid UTF-8 without a character that needs an escape, and no other member's. */
void object_add_bool(struct object *object, const char *key, bool value);
void object_add_unsigned(struct object *object, const char *key, uint64_t value);
void object_add_number(struct object *object, const char *key, int64_t value);
/* Adds a string that is valid UTF-8; "" and NULL are unknown. */
void object_add_word(struct object *object, const char *key, const char *word);
void list_add_word(struct object *list, const char *word);
/* Adds a string that isn't empty. Returns its offset in the text, after its quote. */
size_t object_add_located_word(struct object *object, const char *key, const char *word);

/* Adds bytes from the kernel or /proc. If they are not valid UTF-8, each bad piece becomes U+FFFD, and hex_key has the raw
 * bytes. */
void object_add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes);
#define OBJECT_ADD_BYTES(object, key, bytes) object_add_bytes(object, key, key "_hex", bytes)

void object_add_comm(struct object *object, const struct oom_name *comm);

/* Adds JSON that was written before. */
void json_text_add(struct json_text *json, struct text text);

/* Returns the JSON text, on one line, malloc'ed and terminated, its length in *ret_length; NULL when memory ran out. */
char *json_text_end(struct json_text *json, size_t *ret_length);
