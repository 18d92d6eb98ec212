#include "alert/object.h"

#include <errno.h>
#include <stdlib.h>

#include "util/utf8.h"

/* Frees it: there is no other reference. Copes with NULL. */
static void drop(struct json_object *json)
{
        (void)json_object_put(json);
}

static void add_value(struct object *object, const char *key, struct json_object *value, unsigned flags)
{
        if (!object->json)
                object->json = json_object_new_object();
        if (value && object->json && !object->failed && json_object_object_add_ex(object->json, key, value, flags) == 0)
                return;
        object->failed = true;
        drop(value);
}

void object_add_value(struct object *object, const char *key, struct json_object *value)
{
        add_value(object, key, value, JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

void object_add_named_number(struct object *object, const char *key, int64_t value)
{
        if (value != OOM_UNKNOWN)
                add_value(object, key, json_object_new_int64(value), 0);
}

void object_add_object(struct object *object, const char *key, struct object *child)
{
        object->failed = object->failed || child->failed;
        if (child->failed)
                drop(child->json);
        else if (child->json)
                object_add_value(object, key, child->json);
}

void object_add_list(struct object *object, const char *key, struct list *list)
{
        object->failed = object->failed || list->failed;
        if (list->failed)
                drop(list->json);
        else if (list->json)
                object_add_value(object, key, list->json);
}

static void list_add(struct list *list, struct json_object *value)
{
        if (!list->json)
                list->json = json_object_new_array();
        if (value && list->json && !list->failed && json_object_array_add(list->json, value) == 0)
                return;
        list->failed = true;
        drop(value);
}

void list_add_object(struct list *list, struct object *child)
{
        list->failed = list->failed || child->failed;
        if (child->failed)
                drop(child->json);
        else if (child->json)
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

void list_add_word(struct list *list, const char *word)
{
        list_add(list, new_string(text_from(word)));
}

static struct json_object *new_hex(struct text bytes)
{
        static const char digits[] = "0123456789abcdef";
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

/* Copies json and writes the controls that JSON lets stand (DEL and U+0080 to U+009F, which a terminal obeys as it does
 * ESC) as escapes; they occur in strings only. */
static char *copy_escaped(struct text json, size_t *ret_length)
{
        static const char digits[] = "0123456789abcdef";
        size_t n_controls = 0, length = 0;
        char *copy;

        for (size_t i = 0; i < json.length; i++)
                n_controls += json.data[i] == 0x7f || (uint8_t)json.data[i] == 0xc2;
        copy = malloc(json.length + 5 * n_controls + 1);
        if (!copy)
                return NULL;
        if (n_controls == 0) {
                memcpy(copy, json.data, json.length + 1);
                *ret_length = json.length;
                return copy;
        }
        for (size_t i = 0; i < json.length; i++) {
                uint8_t byte = (uint8_t)json.data[i];

                if (byte == 0xc2 && (uint8_t)json.data[i + 1] < 0xa0) /* valid UTF-8: one byte follows */
                        byte = (uint8_t)json.data[++i];
                else if (byte != 0x7f) {
                        copy[length++] = json.data[i];
                        continue;
                }
                memcpy(copy + length, "\\u00", 4);
                copy[length + 4] = digits[byte >> 4];
                copy[length + 5] = digits[byte & 0xf];
                length += 6;
        }
        copy[length] = '\0';
        *ret_length = length;
        return copy;
}

char *json_to_text(struct json_object *json, size_t *ret_length)
{
        struct text text;

        /* json-c does not tell when its buffer could not grow, and the text then has a hole; realloc() does */
        errno = 0;
        text.data = json_object_to_json_string_length(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
                                                      &text.length);
        return text.data && errno != ENOMEM ? copy_escaped(text, ret_length) : NULL;
}
