#include "parse/line.h"

#include "parse/parse.h"
#include "util/array.h"

enum anchor { STARTS, IS, NUMBER, AFTER, PROCESS, CUT, ANY }; /* line_table.h */

struct row {
        enum oom_line_kind kind;
        enum anchor anchor;
        char first;   /* of the words; '0' for any digit */
        uint8_t mark; /* AFTER: see oom_find_after_comm() */
        bool is_alone;
        struct text words;
        oom_parse_fn parse; /* NULL: its words alone make it */
};

/* search: the column of that name, PART or ALONE(...), as a string */
#define ROW(kind, anchor, words, mark, parse, search)                                                                  \
        { OOM_LINE_##kind, anchor, (words)[0], mark, (search)[0] == 'A', { words, sizeof(words) - 1 }, parse },

/* A line is tried against the rows of these from the top; the first whose shape fits is it. */
static const struct row after_comm[] = {
#define LINE_AFTER(kind, words, mark, parse, pieces, search) ROW(kind, AFTER, words, mark, parse, #search)
#include "parse/line_table.h"
};

/* Sorted by their first byte: a line is only tried against the rows of its own. */
static const struct row beginnings[] = {
#define LINE(kind, anchor, words, parse, pieces, search) ROW(kind, anchor, words, 0, parse, #search)
#define LINE_WORDS(kind, anchor, words, search)          ROW(kind, anchor, words, 0, NULL, #search)
#include "parse/line_table.h"
};

static const struct row others[] = {
#define LINE_ELSE(kind, anchor, parse, search) ROW(kind, anchor, "", 0, parse, #search)
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

/* Other messages before "Killed process" are read whatever they say, but only of lines that end as a kill line does, if they have
 * their end. */
static bool may_be_kill(struct text line, enum oom_line_end end)
{
        return line.length > 16 && (end != OOM_END_WHOLE || memchr("0123456789B).", line.data[line.length - 1], 13));
}

/* Of a cut line, so much of words that are all of it is enough. */
#define CUT_WORDS_MIN 24

static bool is_front(struct text line, struct text words)
{
        return line.length >= CUT_WORDS_MIN && text_starts(words, line);
}

static bool is_anchored(const struct row *row, struct text line, struct oom_line *ret_line)
{
        switch (row->anchor) {
        case STARTS:
                return text_starts(line, row->words);
        case IS:
                while (text_eat_end(&line, TEXT("\n")))
                        ;
                ret_line->is_cut = ret_line->end != OOM_END_WHOLE && line.length < row->words.length;
                return text_equal(line, row->words) || (ret_line->is_cut && is_front(line, row->words));
        case AFTER:
                return oom_find_after_comm(line, row->words, row->mark) >= 0;
        case PROCESS:
                return may_be_kill(line, ret_line->end);
        case CUT:
                return ret_line->end != OOM_END_WHOLE;
        case NUMBER:
        case ANY:
                return true;
        }
        return false;
}

static bool parse_row(const struct row *row, struct text line, struct oom_line *ret_line)
{
        ret_line->is_cut = false;
        if (!is_anchored(row, line, ret_line) || (row->parse && !row->parse(line, ret_line)))
                return false;
        ret_line->kind = row->kind;
        ret_line->is_alone = row->is_alone;
        return true;
}

static enum oom_line_kind parse(struct text line, struct oom_line *ret_line)
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

enum oom_line_kind oom_line_parse(struct text line, struct oom_line *ret_line)
{
        ret_line->end = OOM_END_WHOLE;
        return parse(line, ret_line);
}

bool oom_ends_with_cut_mark(struct text text)
{
        return text_ends(text, TEXT("...")) || text_ends(text, TEXT("\xe2\x80\xa6")) || text_ends(text, TEXT(">"));
}

/* What terminals, pagers and people put where they cut: at the end, and "…" before the last characters too (systemctl status). */
static bool eat_cut_mark(struct text *line)
{
        static const struct text ellipsis = { "\xe2\x80\xa6", 3 };
        ptrdiff_t at;

        if (text_eat_end(line, TEXT("...")) || text_eat_end(line, TEXT(">")))
                return true;
        at = line->length && memchr(line->data, ellipsis.data[0], line->length) ? text_find_last(*line, ellipsis) : -1;
        if (at >= 0)
                *line = text_until_offset(*line, (size_t)at);
        return at >= 0;
}

/* Blanks and tabs in front of a pasted line */
static bool eat_margin(struct text *line)
{
        size_t i = 0;

        while (i < line->length && (line->data[i] == ' ' || line->data[i] == '\t'))
                i++;
        *line = text_from_offset(*line, i);
        return i > 0;
}

/* A line as it is, or without what follows its cut: whichever shows more. */
enum oom_line_kind oom_line_parse_log(struct text line, enum oom_line_end end, struct oom_line *ret_line)
{
        struct oom_line other;
        enum oom_line_kind kind;

        ret_line->end = end;
        kind = parse(line, ret_line);
        if (kind == OOM_LINE_OTHER && eat_margin(&line))
                kind = parse(line, ret_line);
        if (kind != OOM_LINE_OTHER && !ret_line->is_cut)
                return kind;
        if (text_eat_end(&line, TEXT(" ")) || text_eat_end(&line, TEXT(",")) || text_eat_end(&line, TEXT(";")))
                other.end = OOM_END_CLOSED;
        else if (eat_cut_mark(&line))
                other.end = OOM_END_LOST;
        else
                return kind;
        if (parse(line, &other) == OOM_LINE_OTHER || (kind != OOM_LINE_OTHER && other.kind != kind))
                return kind;
        *ret_line = other;
        return other.kind;
}
