#include "util/utf8.h"
#include "util/array.h"

/* The well-formed sequences by their first byte (Unicode 15, table 3-7). The range of the second byte shuts out
 * overlong forms, surrogates and what is past U+10FFFF; any further byte is 0x80 to 0xbf. */
struct sequence {
        uint8_t first, last;
        uint8_t length;
        uint8_t second_low, second_high;
};

static const struct sequence sequences[] = {
        { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
        { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
        { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const uint32_t unsafe_ranges[][2] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x61c, 0x61c },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
        { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

size_t utf8_next(struct text text, uint32_t *ret_character)
{
        const uint8_t *bytes = (const uint8_t *)text.data;
        const struct sequence *sequence = NULL;
        uint32_t character;

        if (bytes[0] < 0x80) {
                *ret_character = bytes[0];
                return 1;
        }
        *ret_character = UTF8_INVALID;
        for (size_t i = 0; i < COUNT(sequences) && !sequence; i++)
                if (bytes[0] >= sequences[i].first && bytes[0] <= sequences[i].last)
                        sequence = &sequences[i];
        if (!sequence)
                return 1;
        character = bytes[0] & (0x7fU >> sequence->length);
        for (uint8_t i = 1; i < sequence->length; i++) {
                uint8_t low = i == 1 ? sequence->second_low : 0x80;
                uint8_t high = i == 1 ? sequence->second_high : 0xbf;

                if (i >= text.length || bytes[i] < low || bytes[i] > high)
                        return i;
                character = character << 6 | (bytes[i] & 0x3fU);
        }
        *ret_character = character;
        return sequence->length;
}

bool utf8_is_valid(struct text text)
{
        uint32_t character;

        while (text.length > 0) {
                uint64_t bytes;

                if (text.length >=
                    sizeof(bytes)) { /* eight at once, as long as it is ASCII: nearly always to the end */
                        memcpy(&bytes, text.data, sizeof(bytes));
                        if (!(bytes & 0x8080808080808080)) {
                                text = text_from_offset(text, sizeof(bytes));
                                continue;
                        }
                }
                text = text_from_offset(text, utf8_next(text, &character));
                if (character == UTF8_INVALID)
                        return false;
        }
        return true;
}

bool utf8_is_unsafe(uint32_t character)
{
        for (size_t i = 0; i < COUNT(unsafe_ranges) && unsafe_ranges[i][0] <= character; i++)
                if (character <= unsafe_ranges[i][1])
                        return true;
        return false;
}
