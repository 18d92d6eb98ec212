/* lib/util/text.h: a range of bytes that something else owns.
 *
 * Kernel text is not a C string: names may hold any byte, and lines are parsed in pieces. Every parser in lib/ works on
 * `struct text`; nothing here allocates, and no function reads past data + length. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
        const char *data; /* borrowed; NULL only when length is 0 */
        size_t length;
};

/* The text of a string literal, without its terminator. */
#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })

static inline struct text text_from(const char *string)
{
        return (struct text){ string, string ? strlen(string) : 0 };
}

static inline bool text_equal(struct text a, struct text b)
{
        return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool text_starts(struct text text, struct text prefix)
{
        return text.length >= prefix.length &&
               (prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0);
}

static inline bool text_ends(struct text text, struct text suffix)
{
        return text.length >= suffix.length &&
               (suffix.length == 0 || memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0);
}

/* Orders by bytes, as strcmp(3) does. */
static inline int text_compare(struct text a, struct text b)
{
        size_t length = a.length < b.length ? a.length : b.length;
        int order = length ? memcmp(a.data, b.data, length) : 0;

        return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* The part from offset on, and the part before it. offset may be anything up to text.length. */
static inline struct text text_from_offset(struct text text, size_t offset)
{
        return (struct text){ offset ? text.data + offset : text.data, text.length - offset };
}

static inline struct text text_until_offset(struct text text, size_t offset)
{
        return (struct text){ text.data, offset };
}

/* Takes the front off, up to the first byte c, or all of it. */
static inline struct text text_eat_until(struct text *text, char c)
{
        const char *hit = text->length ? memchr(text->data, c, text->length) : NULL;
        struct text front = text_until_offset(*text, hit ? (size_t)(hit - text->data) : text->length);

        *text = text_from_offset(*text, front.length);
        return front;
}

/* Takes blanks off the front. Returns how many. */
static inline size_t text_eat_blanks(struct text *text)
{
        size_t count = 0;

        while (count < text->length && text->data[count] == ' ')
                count++;
        *text = text_from_offset(*text, count);
        return count;
}

/* Copies text to buffer, but no more than size bytes. Returns how many. */
static inline size_t text_copy(struct text text, char *buffer, size_t size)
{
        size_t length = text.length < size ? text.length : size;

        if (length)
                memcpy(buffer, text.data, length);
        return length;
}

static inline size_t text_count(struct text text, char c)
{
        const char *at = text.data, *end = at + text.length;
        size_t count = 0;

        for (; at < end && (at = memchr(at, c, (size_t)(end - at))); at++)
                count++;
        return count;
}

/* The value of a hexadecimal digit, in either case; 16: it is not a digit. */
static inline uint8_t text_hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return (uint8_t)(c - '0');
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : 16;
}

/* Take prefix off the front (suffix off the end). False, and *text unchanged, when it isn't there. */
bool text_eat(struct text *text, struct text prefix);
bool text_eat_end(struct text *text, struct text suffix);

/* Take a decimal number off the front: digits only. False, and *text unchanged, without a digit or past 2^64-1. */
bool text_eat_u64(struct text *text, uint64_t *ret_value);
/* The same, with an optional '-' before it; false outside the range of an int64_t. */
bool text_eat_i64(struct text *text, int64_t *ret_value);
/* Take "0x" and hexadecimal digits off the front. False as above. */
bool text_eat_hex(struct text *text, uint64_t *ret_value);
/* Take a decimal number off the END, with an optional '-' where is_signed. False as above. */
bool text_eat_end_i64(struct text *text, bool is_signed, int64_t *ret_value);

/* Offset of the first (last) occurrence of needle that begins at or after (at or before) from; -1 if there is none. */
ptrdiff_t text_find(struct text text, struct text needle, size_t from);
ptrdiff_t text_find_last(struct text text, struct text needle);

/* Split text at the first (last) words in it. False, and nothing set, if they aren't there. */
bool text_split(struct text text, struct text words, struct text *ret_before, struct text *ret_after);
bool text_split_last(struct text text, struct text words, struct text *ret_before, struct text *ret_after);
