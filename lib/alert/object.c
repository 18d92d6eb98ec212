#include "alert/object.h"

#include <stdlib.h>

#include "util/utf8.h"

#define SIZE_FIRST    4096 /* most alerts fit */
#define NUMBER_LENGTH 20   /* the longest: "-9223372036854775808" */

static const char digits[] = "0123456789abcdef";

static char *grow(struct json_text *json, size_t length)
{
        size_t size = json->size ? json->size : SIZE_FIRST;
        char *data;

        while (size - json->length <= length)
                size *= 2;
        data = json->is_fixed ? NULL : realloc(json->data, size);
        if (!data) {
                json->has_failed = true;
                return NULL;
        }
        json->data = data;
        json->size = size;
        return data + json->length;
}

/* Makes room for length bytes and a terminator. NULL: there is no memory. */
static inline char *reserve(struct json_text *json, size_t length)
{
        if (json->has_failed)
                return NULL;
        return json->size - json->length > length ? json->data + json->length : grow(json, length);
}

void json_text_add(struct json_text *json, struct text text)
{
        char *out = reserve(json, text.length);

        if (!out || text.length == 0)
                return;
        memcpy(out, text.data, text.length);
        json->length += text.length;
}

char *json_text_end(struct json_text *json, size_t *ret_length)
{
        char *text = reserve(json, 0), *fitting;

        if (!text) {
                free(json->data);
                return NULL;
        }
        *text = '\0';
        *ret_length = json->length;
        fitting = realloc(json->data, json->length + 1);
        return fitting ? fitting : json->data;
}

/* ---- strings -------------------------------------------------------------------------------------------------------- */

/* Must the character at offset be escaped? Besides what JSON demands these are DEL and U+0080 to U+009F, which a terminal obeys as it
 * does ESC. */
static bool needs_escape(struct text text, size_t offset)
{
        /* 1: it must; 2: it may begin one of the latter */
        static const uint8_t kinds[256] = { [0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 1, [0xc2] = 2 };
        uint8_t kind = kinds[(uint8_t)text.data[offset]];

        return kind && (kind == 1 || (offset + 1 < text.length && (uint8_t)text.data[offset + 1] < 0xa0));
}

static void add_escape(struct json_text *json, uint8_t character)
{
        static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, and how it is called */
        char escape[] = { '\\', 'u', '0', '0', digits[character >> 4], digits[character & 0xf] };

        for (size_t i = 0; i + 1 < sizeof(shorts); i += 2)
                if (character == (uint8_t)shorts[i]) {
                        escape[1] = shorts[i + 1];
                        json_text_add(json, (struct text){ escape, 2 });
                        return;
                }
        json_text_add(json, (struct text){ escape, sizeof(escape) });
}

static void add_escaped(struct json_text *json, struct text text)
{
        while (text.length > 0) {
                size_t length = 0;

                while (length < text.length && !needs_escape(text, length))
                        length++;
                json_text_add(json, text_until_offset(text, length));
                text = text_from_offset(text, length);
                if (text.length == 0)
                        return;
                if (text.data[0] == '\xc2')
                        text = text_from_offset(text, 1);
                add_escape(json, (uint8_t)text.data[0]);
                text = text_from_offset(text, 1);
        }
}

/* Each piece that isn't valid UTF-8 becomes U+FFFD. */
static void add_string(struct json_text *json, struct text text)
{
        bool is_valid = utf8_is_valid(text);
        uint32_t character;

        json_text_add(json, TEXT("\""));
        if (is_valid)
                add_escaped(json, text);
        for (size_t step; !is_valid && text.length > 0; text = text_from_offset(text, step)) {
                step = utf8_next(text, &character);
                add_escaped(json, character == UTF8_INVALID ? TEXT(UTF8_REPLACEMENT) : text_until_offset(text, step));
        }
        json_text_add(json, TEXT("\""));
}

static void add_hex_string(struct json_text *json, struct text bytes)
{
        json_text_add(json, TEXT("\""));
        for (size_t i = 0; i < bytes.length; i++) {
                char byte[] = { digits[(uint8_t)bytes.data[i] >> 4], digits[(uint8_t)bytes.data[i] & 0xf] };

                json_text_add(json, (struct text){ byte, sizeof(byte) });
        }
        json_text_add(json, TEXT("\""));
}

/* ---- objects and lists ---------------------------------------------------------------------------------------------- */

/* What stands before a member or, key being NULL, an item. */
static void add_key(struct object *object, const char *key)
{
        size_t length = key ? strlen(key) : 0;
        char *begin = reserve(object->json, length + sizeof(",\"\":") - 1), *out = begin;

        if (!out)
                return;
        if (!object->is_empty)
                *out++ = ',';
        if (key) {
                *out++ = '"';
                memcpy(out, key, length);
                out += length;
                *out++ = '"';
                *out++ = ':';
        }
        object->json->length += (size_t)(out - begin);
        object->is_empty = false;
}

static struct object begin(struct json_text *json, struct object *parent, const char *key, bool is_list)
{
        struct object object = { json, parent, .begin = json->length, .is_list = is_list, .is_empty = true };

        object.is_first = parent && parent->is_empty;
        if (parent)
                add_key(parent, key);
        json_text_add(json, is_list ? TEXT("[") : TEXT("{"));
        return object;
}

struct object object_begin(struct json_text *json)
{
        return begin(json, NULL, NULL, false);
}

struct object object_begin_object(struct object *object, const char *key)
{
        return begin(object->json, object, key, false);
}

struct object object_begin_list(struct object *object, const char *key)
{
        return begin(object->json, object, key, true);
}

struct object list_begin_object(struct object *list)
{
        return begin(list->json, list, NULL, false);
}

void object_end(struct object *object)
{
        if (!object->is_empty || object->is_kept) {
                json_text_add(object->json, object->is_list ? TEXT("]") : TEXT("}"));
                return;
        }
        object->json->length = object->begin;
        if (object->parent)
                object->parent->is_empty = object->is_first;
}

/* ---- members -------------------------------------------------------------------------------------------------------- */

void object_add_bool(struct object *object, const char *key, bool value)
{
        add_key(object, key);
        json_text_add(object->json, value ? TEXT("true") : TEXT("false"));
}

static void add_digits(struct json_text *json, uint64_t value, bool is_negative)
{
        char number[NUMBER_LENGTH];
        size_t at = sizeof(number);

        do
                number[--at] = digits[value % 10];
        while ((value /= 10) > 0);
        if (is_negative)
                number[--at] = '-';
        json_text_add(json, (struct text){ number + at, sizeof(number) - at });
}

void object_add_unsigned(struct object *object, const char *key, uint64_t value)
{
        add_key(object, key);
        add_digits(object->json, value, false);
}

void object_add_number(struct object *object, const char *key, int64_t value)
{
        if (value == OOM_UNKNOWN)
                return;
        add_key(object, key);
        add_digits(object->json, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void object_add_word(struct object *object, const char *key, const char *word)
{
        if (!word || !word[0])
                return;
        add_key(object, key);
        add_string(object->json, text_from(word));
}

void list_add_word(struct object *list, const char *word)
{
        add_key(list, NULL);
        add_string(list->json, text_from(word));
}

size_t object_add_located_word(struct object *object, const char *key, const char *word)
{
        size_t offset;

        add_key(object, key);
        offset = object->json->length + 1;
        add_string(object->json, text_from(word));
        return offset;
}

void object_add_bytes(struct object *object, const char *key, const char *hex_key, struct text bytes)
{
        add_key(object, key);
        add_string(object->json, bytes);
        if (utf8_is_valid(bytes))
                return;
        add_key(object, hex_key);
        add_hex_string(object->json, bytes);
}

void object_add_comm(struct object *object, const struct oom_name *comm)
{
        if (comm->is_known)
                OBJECT_ADD_BYTES(object, "comm", oom_name_text(comm));
}
