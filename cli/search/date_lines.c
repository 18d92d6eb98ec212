#include "search/date_lines.h"

/* Of SCAN_DATE_LENGTH bytes. */
static bool begins_with_month(const char *date)
{
        static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";

        for (const char *month = months; *month; month += 4)
                if (memcmp(date, month, 4) == 0)
                        return true;
        return false;
}

bool scan_sample_next(struct text block, size_t floor, size_t step, size_t *from, char date[static SCAN_DATE_LENGTH],
                      struct text *ret_line)
{
        while (*from < block.length) {
                const char *newline = memchr(block.data + *from, '\n', block.length - *from), *end;
                size_t start;

                if (!newline)
                        break;
                *from += step;
                start = (size_t)(newline - block.data) + 1;
                if (start < floor || block.length - start < SCAN_DATE_LENGTH ||
                    memcmp(block.data + start, date, SCAN_DATE_LENGTH) == 0 || !begins_with_month(block.data + start))
                        continue;
                end = memchr(block.data + start, '\n', block.length - start);
                if (!end)
                        break;
                *ret_line = (struct text){ block.data + start, (size_t)(end - block.data) - start };
                if (ret_line->length > LOG_READER_LINE_MAX || ret_line->length < SCAN_DATE_LENGTH)
                        continue;
                memcpy(date, ret_line->data, SCAN_DATE_LENGTH);
                return true;
        }
        return false;
}
