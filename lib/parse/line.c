#include "parse/line.h"

#include "parse/parse.h"
#include "util/array.h"

enum anchor { STARTS, IS, NUMBER, AFTER, PROCESS, ANY }; /* line_table.h */

struct row {
        enum oom_line_kind kind;
        enum anchor anchor;
        char first;   /* of the words; '0' for any digit */
        uint8_t mark; /* AFTER: see oom_find_after_comm() */
        struct text words;
        oom_parse_fn parse; /* NULL: its words alone make it */
};

#define ROW(kind, anchor, words, mark, parse)                                                                          \
        { OOM_LINE_##kind, anchor, (words)[0], mark, { words, sizeof(words) - 1 }, parse },

/* A line is tried against the rows of these from the top; the first whose shape fits is it. */
static const struct row after_comm[] = {
#define LINE_AFTER(kind, words, mark, parse, pieces, search) ROW(kind, AFTER, words, mark, parse)
#include "parse/line_table.h"
};

/* Sorted by their first byte: a line is only tried against the rows of its own. */
static const struct row beginnings[] = {
#define LINE(kind, anchor, words, parse, pieces, search) ROW(kind, anchor, words, 0, parse)
#define LINE_WORDS(kind, anchor, words, search)          ROW(kind, anchor, words, 0, NULL)
#include "parse/line_table.h"
};

static const struct row others[] = {
#define LINE_ELSE(kind, anchor, parse, search) ROW(kind, anchor, "", 0, parse)
#include "parse/line_table.h"
};

/* The first row of beginnings whose words begin so, or with a later byte. */
static size_t first_row(char first)
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

/* Other messages before "Killed process" are read whatever they say, but only of lines that end as a kill line does. */
static bool may_be_kill(struct text line)
{
        return line.length > 16 && memchr("0123456789B).", line.data[line.length - 1], 13);
}

static bool is_anchored(const struct row *row, struct text line)
{
        switch (row->anchor) {
        case STARTS:
                return text_starts(line, row->words);
        case IS:
                while (text_eat_end(&line, TEXT("\n")))
                        ;
                return text_equal(line, row->words);
        case AFTER:
                return oom_find_after_comm(line, row->words, row->mark) >= 0;
        case PROCESS:
                return may_be_kill(line);
        case NUMBER:
        case ANY:
                return true;
        }
        return false;
}

static bool parse_row(const struct row *row, struct text line, struct oom_line *ret_line)
{
        ret_line->is_cut = false;
        if (!is_anchored(row, line) || (row->parse && !row->parse(line, ret_line)))
                return false;
        ret_line->kind = row->kind;
        return true;
}

enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line)
{
        char first = line.length ? line.data[0] : '\0';

        if (first >= '0' && first <= '9')
                first = '0';
        for (size_t i = 0; i < COUNT(after_comm); i++)
                if (parse_row(&after_comm[i], line, ret_line))
                        return ret_line->kind;
        for (size_t i = first_row(first); i < COUNT(beginnings) && beginnings[i].first == first; i++)
                if (parse_row(&beginnings[i], line, ret_line))
                        return ret_line->kind;
        for (size_t i = 0; i < COUNT(others); i++)
                if (parse_row(&others[i], line, ret_line))
                        return ret_line->kind;
        ret_line->kind = OOM_LINE_OTHER;
        return OOM_LINE_OTHER;
}
