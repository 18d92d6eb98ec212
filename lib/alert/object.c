#include "alert/object.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <stdlib.h>

#include "util/utf8.h"

static const char digits[] = "0123456789abcdef";

/* Frees it: there is no other reference. Copes with NULL. */
static void drop(struct json_object *json)
{
        (void)json_object_put(json);
}

static void add_value(struct object *object, const char *key, struct json_object *value, unsigned flags)
{
        if (!object->json)
                object->json = json_object_new_object();
        if (value && object->json && !object->has_failed &&
            json_object_object_add_ex(object->json, key, value, flags) == 0)
                return;
        object->has_failed = true;
        drop(value);
}

static void object_add_value(struct object *object, const char *key, struct json_object *value)
{
        add_value(object, key, value, JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

void object_add_named_number(struct object *object, const char *key, int64_t value)
{
        if (value != OOM_UNKNOWN)
                add_value(object, key, json_object_new_int64(value), 0);
}

static void list_add(struct object *list, struct json_object *value)
{
        if (!list->json)
                list->json = json_object_new_array();
        if (value && list->json && !list->has_failed && json_object_array_add(list->json, value) == 0)
                return;
        list->has_failed = true;
        drop(value);
}

/* Whether child has a value to be added. A failure of child's is object's. */
static bool take_child(struct object *object, struct object *child)
{
        object->has_failed = object->has_failed || child->has_failed;
        if (child->has_failed)
                drop(child->json);
        return child->json && !child->has_failed;
}

void object_add_object(struct object *object, const char *key, struct object *child)
{
        if (take_child(object, child))
                object_add_value(object, key, child->json);
}

void list_add_object(struct object *list, struct object *child)
{
        if (take_child(list, child))
                list_add(list, child->json);
}

void object_add_bool(struct object *object, const char *key, bool value)
{
        object_add_value(object, key, json_object_new_boolean(value));
}

void object_add_unsigned(struct object *object, const char *key, uint64_t value)
{
        object_add_value(object, key, json_object_new_uint64(value));
}

void object_add_number(struct object *object, const char *key, int64_t value)
{
        if (value != OOM_UNKNOWN)
                object_add_value(object, key, json_object_new_int64(value));
}

static struct json_object *new_string(struct text text)
{
        return json_object_new_string_len(text.data, (int)text.length);
}

void object_add_word(struct object *object, const char *key, const char *word)
{
        if (word && word[0])
                object_add_value(object, key, new_string(text_from(word)));
}

/* Writes what json-c itself writes for a string without escapes. */
static int write_located_word(struct json_object *json, struct printbuf *buffer, int level, int flags)
{
        (void)level;
        (void)flags;
        *(size_t *)json_object_get_userdata(json) = (size_t)printbuf_length(buffer) + 1;
        return sprintbuf(buffer, "\"%s\"", json_object_get_string(json));
}

void object_add_located_word(struct object *object, const char *key, const char *word, size_t *ret_offset)
{
        struct json_object *string = new_string(text_from(word));

        if (string)
                json_object_set_serializer(string, write_located_word, ret_offset, NULL);
        object_add_value(object, key, string);
}

void list_add_word(struct object *list, const char *word)
{
        list_add(list, new_string(text_from(word)));
}

static struct json_object *new_hex(struct text bytes)
{
        struct json_object *json;
        char *hex = malloc(2 * bytes.length);

        if (!hex)
                return NULL;
        for (size_t i = 0; i < bytes.length; i++) {
                hex[2 * i] = digits[(uint8_t)bytes.data[i] >> 4];
                hex[2 * i + 1] = digits[(uint8_t)bytes.data[i] & 0xf];
        }
        json = new_string((struct text){ hex, 2 * bytes.length });
        free(hex);
        return json;
}

static struct json_object *new_mended_string(struct text bytes)
{
        struct json_object *json;
        char *mended = malloc((sizeof(UTF8_REPLACEMENT) - 1) * bytes.length);
        size_t length = 0, step;
        uint32_t character;

        if (!mended)
                return NULL;
        for (; bytes.length > 0; bytes = text_from_offset(bytes, step)) {
                struct text piece;

                step = utf8_next(bytes, &character);
                piece = character == UTF8_INVALID ? TEXT(UTF8_REPLACEMENT) : text_until_offset(bytes, step);
                memcpy(mended + length, piece.data, piece.length);
                length += piece.length;
        }
        json = new_string((struct text){ mended, length });
        free(mended);
        return json;
}

void object_add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes)
{
        if (utf8_is_valid(bytes)) {
                object_add_value(object, key, new_string(bytes));
                return;
        }
        object_add_value(object, key, new_mended_string(bytes));
        object_add_value(object, hex_key, new_hex(bytes));
}

void object_add_comm(struct object *object, const struct oom_name *comm)
{
        if (comm->is_known)
                OBJECT_ADD_BYTES(object, "comm", oom_name_text(comm));
}

/* Length of the control character at offset: DEL and U+0080 to U+009F, which JSON allows unescaped and a terminal obeys as
 * it does ESC. 0: there is none. They occur in strings only. */
static size_t control_length(struct text json, size_t offset)
{
        if (json.data[offset] == 0x7f)
                return 1;
        /* valid UTF-8: one byte follows */
        return (uint8_t)json.data[offset] == 0xc2 && (uint8_t)json.data[offset + 1] < 0xa0 ? 2 : 0;
}

#define ESCAPE_LENGTH 6 /* of "\\u007f" */

/* The length of json once its control characters are escaped. */
static size_t escaped_length(struct text json)
{
        size_t length = json.length, n_candidates = 0;

        for (size_t i = 0; i < json.length; i++) /* nearly always there are none, and this loop is a quick one */
                n_candidates += json.data[i] == 0x7f || (uint8_t)json.data[i] == 0xc2;
        for (size_t i = 0; i < json.length && n_candidates > 0; i++)
                if (control_length(json, i) > 0)
                        length += ESCAPE_LENGTH - control_length(json, i);
        return length;
}

static char *copy_escaped(struct text json, size_t *ret_length)
{
        size_t size = escaped_length(json) + 1, length = 0;
        char *copy = malloc(size);

        if (!copy)
                return NULL;
        *ret_length = size - 1;
        if (size - 1 == json.length)
                return memcpy(copy, json.data, size);
        for (size_t i = 0; i < json.length; i++) {
                size_t control = control_length(json, i);

                if (control == 0) {
                        copy[length++] = json.data[i];
                        continue;
                }
                i += control - 1;
                memcpy(copy + length, "\\u00", 4);
                copy[length + 4] = digits[(uint8_t)json.data[i] >> 4];
                copy[length + 5] = digits[(uint8_t)json.data[i] & 0xf];
                length += ESCAPE_LENGTH;
        }
        copy[length] = '\0';
        return copy;
}

char *object_to_text(struct object *object, size_t *const *offsets, size_t n_offsets, size_t *ret_length)
{
        struct text json = { 0 };
        char *text = NULL;

        /* json-c doesn't report that its buffer could not grow, and leaves a hole in the text; errno has it from realloc(). */
        errno = 0;
        if (!object->has_failed)
                json.data = json_object_to_json_string_length(
                        object->json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &json.length);
        if (json.data && errno != ENOMEM) {
                for (size_t i = 0; i < n_offsets; i++)
                        *offsets[i] = escaped_length(text_until_offset(json, *offsets[i]));
                text = copy_escaped(json, ret_length);
        }
        drop(object->json);
        return text;
}
