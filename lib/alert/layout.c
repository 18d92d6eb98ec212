#include "alert/layout.h"

/* The most columns that the character can take: two from U+1000 on, where the wide ones are. */
static size_t width_of(const char *character)
{
        return (uint8_t)*character >= 0xe1 ? 2 : 1;
}

/* Length of the first character. What is shown is UTF-8. */
static size_t character_length(struct text text)
{
        size_t length = 1;

        while (length < text.length && ((uint8_t)text.data[length] & 0xc0) == 0x80)
                length++;
        return length;
}

/* Length of the part at the front that fits into room columns; *ret_columns: how many it takes. */
static size_t fitting_length(struct text text, size_t room, size_t *ret_columns)
{
        size_t length = 0, columns = 0;

        while (length < text.length && columns + width_of(text.data + length) <= room) {
                columns += width_of(text.data + length);
                length += character_length(text_from_offset(text, length));
        }
        *ret_columns = columns;
        return length;
}

/* Length of the first word of text, with the spaces before it. A number and its unit are one word. */
static size_t word_length(struct text text)
{
        for (size_t i = 1; i < text.length; i++)
                if (text.data[i] == ' ' && !(text.data[i - 1] >= '0' && text.data[i - 1] <= '9'))
                        return i;
        return text.length;
}

static void end_line(struct layout *layout)
{
        while (layout->out.length > 0 && layout->out.data[layout->out.length - 1] == ' ')
                layout->out.length--;
        prose_add(&layout->out, TEXT("\n"));
        layout->n_lines++;
}

void layout_add_last(struct layout *layout, struct text text, size_t column)
{
        size_t columns;

        if (fitting_length(text, LAYOUT_WIDTH - column, &columns) == text.length) {
                prose_add(&layout->out, text);
        } else {
                prose_add(&layout->out,
                          text_until_offset(text, fitting_length(text, LAYOUT_WIDTH - 3 - column, &columns)));
                prose_add(&layout->out, TEXT("..."));
        }
        end_line(layout);
}

void layout_add_wrapped(struct layout *layout, struct text text, size_t column, size_t indent, unsigned max_lines)
{
        size_t start = column;
        unsigned left = max_lines;

        while (left > 1 && text.length > 0) {
                struct text word = text_until_offset(text, word_length(text));
                size_t columns, length = fitting_length(word, LAYOUT_WIDTH - column, &columns);

                if (length < word.length) {
                        size_t full;

                        /* A word longer than a line begins here; others go to the next line, without the space. */
                        if (column == start || fitting_length(word, LAYOUT_WIDTH - indent, &full) < word.length) {
                                prose_add(&layout->out, text_until_offset(word, length));
                                text = text_from_offset(text, length);
                        } else {
                                (void)text_eat(&text, TEXT(" "));
                        }
                        end_line(layout);
                        prose_format(&layout->out, "%*s", (int)indent, "");
                        left--;
                        column = start = indent;
                        continue;
                }
                prose_add(&layout->out, word);
                column += columns;
                text = text_from_offset(text, word.length);
        }
        layout_add_last(layout, text, column);
}
