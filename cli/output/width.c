#include "output/width.h"

#include "util/array.h"
#include "util/utf8.h"

#define DOTS "..."

struct range {
        uint32_t first, last;
};

/* Two columns: East Asian Width W and F, in blocks. */
static const struct range wide[] = {
        { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97f }, { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
        { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};
/* No column: marks that combine with the character before them. */
static const struct range narrow[] = {
        { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5bd }, { 0x64b, 0x65f }, { 0x1ab0, 0x1aff }, { 0x20d0, 0x20ff },
};

static bool is_in(uint32_t character, const struct range *ranges, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (character >= ranges[i].first && character <= ranges[i].last)
                        return true;
        return false;
}

static size_t character_width(uint32_t character)
{
        if (character < narrow[0].first)
                return 1;
        if (is_in(character, narrow, COUNT(narrow)))
                return 0;
        return is_in(character, wide, COUNT(wide)) ? 2 : 1;
}

/* How many bytes from the front fit into room columns; *ret_columns: how many columns these take. */
static size_t fitting_length(struct text text, size_t room, size_t *ret_columns)
{
        size_t length = 0, columns = 0;

        while (length < text.length) {
                uint32_t character;
                size_t step = utf8_next(text_from_offset(text, length), &character), width = character_width(character);

                if (columns + width > room)
                        break;
                columns += width;
                length += step;
        }
        *ret_columns = columns;
        return length;
}

size_t width_of(struct text text)
{
        size_t columns;

        (void)fitting_length(text, SIZE_MAX / 2, &columns); /* all of it */
        return columns;
}

/* How many bytes from the front must go for the rest to fit into room columns. */
static size_t length_before_end(struct text text, size_t room)
{
        size_t all = width_of(text), length, columns;
        uint32_t character;

        if (all <= room)
                return 0;
        length = fitting_length(text, all - room, &columns);
        if (all - columns > room) /* the boundary falls within a wide character */
                length += utf8_next(text_from_offset(text, length), &character);
        return length;
}

void width_add_cut(struct prose *prose, struct text text, size_t columns, bool is_end_kept)
{
        size_t room = columns > sizeof(DOTS) - 1 ? columns - (sizeof(DOTS) - 1) : 0;
        size_t head = is_end_kept ? room / 3 : room, taken;

        if (width_of(text) <= columns) {
                prose_add(prose, text);
                return;
        }
        prose_add(prose, text_until_offset(text, fitting_length(text, head, &taken)));
        prose_add(prose, TEXT(DOTS));
        if (is_end_kept)
                prose_add(prose, text_from_offset(text, length_before_end(text, room - taken)));
}
