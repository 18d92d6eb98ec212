#include "util/text.h"

bool text_eat(struct text *text, struct text prefix)
{
        if (!text_starts(*text, prefix))
                return false;
        *text = text_from_offset(*text, prefix.length);
        return true;
}

bool text_eat_end(struct text *text, struct text suffix)
{
        if (!text_ends(*text, suffix))
                return false;
        text->length -= suffix.length;
        return true;
}

/* So many digits fit into 64 bits, whatever they are. */
#define DIGITS_SAFE 19

static inline unsigned digit_of(char c)
{
        return (unsigned)(unsigned char)c - '0';
}

bool text_eat_u64(struct text *text, uint64_t *ret_value)
{
        size_t safe = text->length < DIGITS_SAFE ? text->length : DIGITS_SAFE, i = 0;
        uint64_t value = 0;

        for (; i < safe && digit_of(text->data[i]) <= 9; i++)
                value = 10 * value + digit_of(text->data[i]);
        if (i == DIGITS_SAFE)
                for (; i < text->length && digit_of(text->data[i]) <= 9; i++)
                        if (__builtin_mul_overflow(value, 10, &value) ||
                            __builtin_add_overflow(value, digit_of(text->data[i]), &value))
                                return false;
        if (i == 0)
                return false;
        *text = text_from_offset(*text, i);
        *ret_value = value;
        return true;
}

bool text_eat_i64(struct text *text, int64_t *ret_value)
{
        struct text rest = *text;
        bool negative = text_eat(&rest, TEXT("-"));
        uint64_t magnitude;

        if (!text_eat_u64(&rest, &magnitude) || magnitude > INT64_MAX)
                return false;
        *text = rest;
        *ret_value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
        return true;
}

bool text_eat_hex(struct text *text, uint64_t *ret_value)
{
        struct text rest = *text;
        uint64_t value = 0;
        size_t i;

        if (!text_eat(&rest, TEXT("0x")))
                return false;
        for (i = 0; i < rest.length; i++) {
                uint8_t digit = text_hex_digit(rest.data[i]);

                if (digit > 15 || (rest.data[i] >= 'A' && rest.data[i] <= 'F'))
                        break;
                if (value >> 60)
                        return false;
                value = value << 4 | digit;
        }
        if (i == 0)
                return false;
        *text = text_from_offset(rest, i);
        *ret_value = value;
        return true;
}

bool text_eat_end_i64(struct text *text, bool is_signed, int64_t *ret_value)
{
        size_t start = text->length;
        struct text number;
        int64_t value;

        while (start > 0 && text->data[start - 1] >= '0' && text->data[start - 1] <= '9')
                start--;
        if (is_signed && start < text->length && start > 0 && text->data[start - 1] == '-')
                start--;
        number = text_from_offset(*text, start);
        if (!text_eat_i64(&number, &value) || number.length != 0)
                return false;
        text->length = start;
        *ret_value = value;
        return true;
}

ptrdiff_t text_find(struct text text, struct text needle, size_t from)
{
        const char *hit;

        if (from > text.length || text.length - from < needle.length)
                return -1;
        if (needle.length == 0)
                return (ptrdiff_t)from;
        hit = memmem(text.data + from, text.length - from, needle.data, needle.length);
        return hit ? hit - text.data : -1;
}

ptrdiff_t text_find_last(struct text text, struct text needle)
{
        const char *hit;

        if (text.length < needle.length)
                return -1;
        if (needle.length == 0)
                return (ptrdiff_t)text.length;
        for (size_t before = text.length - needle.length + 1; before > 0; before = (size_t)(hit - text.data)) {
                hit = memrchr(text.data, needle.data[0], before);
                if (!hit)
                        return -1;
                if (memcmp(hit, needle.data, needle.length) == 0)
                        return hit - text.data;
        }
        return -1;
}

static bool split_at(ptrdiff_t at, struct text text, size_t length, struct text *ret_before, struct text *ret_after)
{
        if (at < 0)
                return false;
        *ret_before = text_until_offset(text, (size_t)at);
        *ret_after = text_from_offset(text, (size_t)at + length);
        return true;
}

bool text_split(struct text text, struct text words, struct text *ret_before, struct text *ret_after)
{
        return split_at(text_find(text, words, 0), text, words.length, ret_before, ret_after);
}

bool text_split_last(struct text text, struct text words, struct text *ret_before, struct text *ret_after)
{
        return split_at(text_find_last(text, words), text, words.length, ret_before, ret_after);
}
