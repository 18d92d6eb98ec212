#include "search/date_lines.h"

static bool begins_with_month(const char date[static DATE_LENGTH])
{
        static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";

        for (const char *month = months; *month; month += 4)
                if (memcmp(date, month, 4) == 0)
                        return true;
        return false;
}

bool date_lines_next(struct text block, size_t floor, size_t step, size_t *from, char date[static DATE_LENGTH],
                     struct text *ret_line)
{
        while (*from < block.length) {
                const char *newline = memchr(block.data + *from, '\n', block.length - *from), *end;
                size_t start;

                if (!newline)
                        break;
                *from += step;
                start = (size_t)(newline - block.data) + 1;
                if (start < floor || block.length - start < DATE_LENGTH ||
                    memcmp(block.data + start, date, DATE_LENGTH) == 0 || !begins_with_month(block.data + start))
                        continue;
                end = memchr(block.data + start, '\n', block.length - start);
                if (!end)
                        break;
                *ret_line = (struct text){ block.data + start, (size_t)(end - block.data) - start };
                if (ret_line->length > LOG_READER_LINE_MAX || ret_line->length < DATE_LENGTH)
                        continue;
                memcpy(date, ret_line->data, DATE_LENGTH);
                return true;
        }
        return false;
}
