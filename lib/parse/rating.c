#include "parse/rating.h"

#include "util/array.h"

/* A row has its name, which no number is: that a process is called so is rare, that a row was cut before its name isn't. */
static bool has_name(struct text rest)
{
        for (size_t i = 0; i < rest.length; i++)
                if (!memchr(" -0123456789", rest.data[i], strlen(" -0123456789")))
                        return rest.data[i] != '\n'; /* which may be in the name, not before it */
        return false;
}

/* The words that a line by itself decisive begins with. */
static const struct text beginnings[] = {
#define LINE(kind, anchor, words, parse, pieces, search)                                                               \
        { #search[0] == 'A' ? (words) : "", #search[0] == 'A' ? sizeof(words) - 1 : 0 },
#include "parse/line_table.h"
};

/* A name's bytes, escaped as "\x0a" each. */
#define NAME_BYTES_MAX (4 * OOM_COMM_MAX)

/* So much of the words is enough. */
#define BEGINNING_MIN 14

/* Whether it may be the beginning of such a line, and no more of it. */
static bool is_beginning(struct text text)
{
        for (size_t i = 0; i < COUNT(beginnings); i++)
                if (beginnings[i].length >= BEGINNING_MIN && text.length >= BEGINNING_MIN &&
                    (text_starts(text, beginnings[i]) || text_starts(beginnings[i], text)))
                        return true;
        while (text_eat_end(&text, TEXT(" ")))
                ;
        return text_ends(text, TEXT(" invoked oom-killer:")) &&
               text.length <= OOM_COMM_MAX + strlen(" invoked oom-killer:");
}

enum oom_rating oom_rate_text(struct text text)
{
        struct oom_line line;

        switch (oom_line_parse_log(text, OOM_END_OPEN, &line)) {
        case OOM_LINE_OTHER:
                return is_beginning(text) ? OOM_RATING_CUT : OOM_RATING_OTHER;
        case OOM_LINE_SLAB_ROW:
        case OOM_LINE_ALLOCATION:
        case OOM_LINE_MEMCG_STAT:
        case OOM_LINE_FRAME:
                return OOM_RATING_SHAPE;
        case OOM_LINE_KILLED: /* what is taken for a longer name is another line's text, joined to a whole one's */
                if (line.process.comm.length > NAME_BYTES_MAX)
                        return OOM_RATING_OTHER;
                return line.is_cut ? OOM_RATING_CUT : OOM_RATING_WHOLE;
        case OOM_LINE_TASKS_ROW:
                return has_name(line.tasks_row.rest) ? OOM_RATING_WHOLE : OOM_RATING_CUT;
        default:
                return line.is_cut ? OOM_RATING_CUT : OOM_RATING_WHOLE;
        }
}
