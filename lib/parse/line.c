#include "parse/line.h"

#include "parse/parse.h"
#include "util/array.h"

#define ROW(kind, anchor, words, mark, parse, pieces)                                                                  \
        { OOM_LINE_##kind, OOM_##anchor, OOM_PIECES_##pieces, (words)[0], mark, { words, sizeof(words) - 1 }, parse },

/* A line is tried against the rows of these from the top; the first whose shape fits is it. */
static const struct oom_line_row after_comm[] = {
#define LINE_AFTER(kind, words, mark, parse, pieces, search) ROW(kind, AFTER, words, mark, parse, pieces)
#include "parse/line_table.h"
};

/* Sorted by their first byte: a line is only tried against the rows of its own. */
static const struct oom_line_row beginnings[] = {
#define LINE(kind, anchor, words, parse, pieces, search) ROW(kind, anchor, words, 0, parse, pieces)
#define LINE_WORDS(kind, anchor, words, search)          ROW(kind, anchor, words, 0, NULL, WHOLE)
#include "parse/line_table.h"
};

static const struct oom_line_row others[] = {
#define LINE_ELSE(kind, anchor, parse, search) ROW(kind, anchor, "", 0, parse, WHOLE)
#include "parse/line_table.h"
};

/* The first row of beginnings whose words begin so, or with a later byte. */
static size_t first_row(int first)
{
        size_t low = 0, high = COUNT(beginnings);

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (beginnings[middle].first < first)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const struct oom_line_row *oom_rows_of(struct text line, size_t *ret_count)
{
        char first = line.length ? line.data[0] : '\0';
        size_t begin, end;

        if (first >= '0' && first <= '9')
                first = '0';
        begin = end = first_row(first);
        while (end < COUNT(beginnings) && beginnings[end].first == first)
                end++;
        *ret_count = end - begin;
        return beginnings + begin;
}

const struct oom_line_row *oom_rows_after_comm(size_t *ret_count)
{
        *ret_count = COUNT(after_comm);
        return after_comm;
}

/* Other messages before "Killed process" are read whatever they say, but only of lines that end as a kill line does. */
static bool may_be_kill(struct text line)
{
        return line.length > 16 && memchr("0123456789B).", line.data[line.length - 1], 13);
}

bool oom_row_is_anchored(const struct oom_line_row *row, struct text line)
{
        switch (row->anchor) {
        case OOM_STARTS:
                return text_starts(line, row->words);
        case OOM_IS:
                while (text_eat_end(&line, TEXT("\n")))
                        ;
                return text_equal(line, row->words);
        case OOM_AFTER:
                return oom_find_after_comm(line, row->words, row->mark) >= 0;
        case OOM_PROCESS:
                return may_be_kill(line);
        case OOM_NUMBER:
        case OOM_ANY:
                return true;
        }
        return false;
}

/* The first of the rows that the line fits; its kind, or OOM_LINE_OTHER. */
static enum oom_line_kind try_rows(const struct oom_line_row *rows, size_t count, struct text line,
                                   struct oom_line *ret_line)
{
        for (size_t i = 0; i < count; i++) {
                ret_line->is_cut = false;
                if (oom_row_is_anchored(&rows[i], line) && (!rows[i].parse || rows[i].parse(line, ret_line)))
                        return rows[i].kind;
        }
        return OOM_LINE_OTHER;
}

enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line)
{
        const struct oom_line_row *rows;
        size_t count;

        ret_line->kind = try_rows(after_comm, COUNT(after_comm), line, ret_line);
        if (ret_line->kind == OOM_LINE_OTHER) {
                rows = oom_rows_of(line, &count);
                ret_line->kind = try_rows(rows, count, line, ret_line);
        }
        if (ret_line->kind == OOM_LINE_OTHER)
                ret_line->kind = try_rows(others, COUNT(others), line, ret_line);
        return ret_line->kind;
}
