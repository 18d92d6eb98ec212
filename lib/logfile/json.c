#include "logfile/json.h"

struct cursor {
        struct text rest;
        char *out; /* where the next decoded byte goes; never more than were read */
};

static char peek(const struct cursor *cursor)
{
        return cursor->rest.length ? cursor->rest.data[0] : '\0';
}

static void eat_space(struct cursor *cursor)
{
        while (cursor->rest.length && memchr(" \t\r\n", cursor->rest.data[0], 4))
                cursor->rest = text_from_offset(cursor->rest, 1);
}

static bool eat(struct cursor *cursor, struct text token)
{
        eat_space(cursor);
        return text_eat(&cursor->rest, token);
}

static bool eat_hex4(struct cursor *cursor, uint32_t *ret_value)
{
        uint32_t value = 0;

        if (cursor->rest.length < 4)
                return false;
        for (size_t i = 0; i < 4; i++) {
                uint8_t digit = text_hex_digit(cursor->rest.data[i]);

                if (digit > 15)
                        return false;
                value = value << 4 | digit;
        }
        cursor->rest = text_from_offset(cursor->rest, 4);
        *ret_value = value;
        return true;
}

static void put(struct cursor *cursor, uint32_t byte)
{
        *cursor->out++ = (char)byte;
}

static void put_utf8(struct cursor *cursor, uint32_t character)
{
        static const uint8_t marks[] = { 0, 0xc0, 0xe0, 0xf0 };
        unsigned n_more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;

        put(cursor, marks[n_more] | character >> 6 * n_more);
        while (n_more-- > 0)
                put(cursor, 0x80 | (character >> 6 * n_more & 0x3f));
}

/* What follows "\u". Half of a surrogate pair alone is U+FFFD. */
static bool read_unicode(struct cursor *cursor)
{
        uint32_t character, low;
        struct cursor after;

        if (!eat_hex4(cursor, &character))
                return false;
        if (character >= 0xd800 && character < 0xdc00) {
                after = *cursor;
                if (text_eat(&after.rest, TEXT("\\u")) && eat_hex4(&after, &low) && low >= 0xdc00 && low < 0xe000) {
                        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
                        *cursor = after;
                }
        }
        if (character >= 0xd800 && character < 0xe000)
                character = 0xfffd;
        put_utf8(cursor, character);
        return true;
}

static bool read_escape(struct cursor *cursor)
{
        static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
        char c = peek(cursor);
        const char *name;

        if (cursor->rest.length == 0)
                return false;
        cursor->rest = text_from_offset(cursor->rest, 1);
        if (c == 'u')
                return read_unicode(cursor);
        name = memchr(names, c, sizeof(names) - 1);
        if (!name)
                return false;
        put(cursor, (uint8_t)bytes[name - names]);
        return true;
}

static bool read_string(struct cursor *cursor, struct text *ret_string)
{
        char *start = cursor->out;

        if (!eat(cursor, TEXT("\"")))
                return false;
        while (cursor->rest.length) {
                char c = peek(cursor);

                cursor->rest = text_from_offset(cursor->rest, 1);
                if (c == '"') {
                        *ret_string = (struct text){ start, (size_t)(cursor->out - start) };
                        return true;
                }
                if (c != '\\')
                        put(cursor, (uint8_t)c);
                else if (!read_escape(cursor))
                        return false;
        }
        return false;
}

/* "[67,80,85]". False, and nothing read, if it is another array. */
static bool read_bytes(struct cursor *cursor, struct text *ret_bytes)
{
        struct cursor at = *cursor;
        uint64_t byte;

        if (!eat(&at, TEXT("[")))
                return false;
        do {
                eat_space(&at);
                if (!text_eat_u64(&at.rest, &byte) || byte > UINT8_MAX)
                        return false;
                put(&at, (uint32_t)byte);
        } while (eat(&at, TEXT(",")));
        if (!eat(&at, TEXT("]")))
                return false;
        *ret_bytes = (struct text){ cursor->out, (size_t)(at.out - cursor->out) };
        *cursor = at;
        return true;
}

/* A number, true, false, null */
static bool skip_word(struct cursor *cursor)
{
        size_t length = 0;

        while (length < cursor->rest.length && !memchr(",]} \t\r\n:\"", cursor->rest.data[length], 10))
                length++;
        cursor->rest = text_from_offset(cursor->rest, length);
        return length > 0;
}

/* Passes over an object or an array: by its brackets, and the strings in it. */
static bool skip_nested(struct cursor *cursor)
{
        char *out = cursor->out;
        char open[LOG_JSON_DEPTH_MAX];
        size_t depth = 0;
        struct text string;

        do {
                char c;

                eat_space(cursor);
                c = peek(cursor);
                if (c == '"') {
                        if (!read_string(cursor, &string))
                                return false;
                        cursor->out = out;
                        continue;
                }
                if (cursor->rest.length == 0)
                        return false;
                if (c == '{' || c == '[') {
                        if (depth == LOG_JSON_DEPTH_MAX)
                                return false;
                        open[depth++] = c;
                } else if (c == '}' || c == ']') {
                        if (depth == 0 || open[--depth] != (c == '}' ? '{' : '['))
                                return false;
                }
                cursor->rest = text_from_offset(cursor->rest, 1);
        } while (depth > 0);
        return true;
}

static bool read_member(struct cursor *cursor, log_json_fn handler, void *userdata)
{
        char *out = cursor->out;
        struct text name, value;

        if (!read_string(cursor, &name) || !eat(cursor, TEXT(":")))
                return false;
        eat_space(cursor);
        if (peek(cursor) == '"') {
                if (!read_string(cursor, &value))
                        return false;
        } else if (!read_bytes(cursor, &value)) {
                cursor->out = out;
                return peek(cursor) == '[' || peek(cursor) == '{' ? skip_nested(cursor) : skip_word(cursor);
        }
        handler(name, value, userdata);
        return true;
}

bool log_json_read(struct text line, char *buffer, log_json_fn handler, void *userdata)
{
        struct cursor cursor = { .rest = line, .out = buffer };

        if (!eat(&cursor, TEXT("{")))
                return false;
        if (!eat(&cursor, TEXT("}"))) {
                do {
                        if (!read_member(&cursor, handler, userdata))
                                return false;
                } while (eat(&cursor, TEXT(",")));
                if (!eat(&cursor, TEXT("}")))
                        return false;
        }
        eat_space(&cursor);
        return cursor.rest.length == 0;
}
