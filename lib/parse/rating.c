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
                if (line.process.comm.length > NAME_BYTES_MAX || oom_mention_of(text) == OOM_MENTION_PROSE)
                        return OOM_RATING_OTHER;
                return line.is_cut ? OOM_RATING_CUT : OOM_RATING_WHOLE;
        case OOM_LINE_TASKS_ROW:
                return has_name(line.tasks_row.rest) ? OOM_RATING_WHOLE : OOM_RATING_CUT;
        default:
                return line.is_cut ? OOM_RATING_CUT : OOM_RATING_WHOLE;
        }
}

/* ---- mentions --------------------------------------------------------------------------------------------------------- */

struct word_counts {
        size_t n_words, n_plain; /* all; of letters alone, but for what ends a clause */
        size_t n_lower;          /* of small letters alone */
        bool has_clause;         /* a word, not the first, ends with a mark */
};

static struct word_counts count_words(struct text text)
{
        struct word_counts counts = { 0 };

        while (text.length) {
                struct text word = text_eat_until(&text, ' ');
                size_t n_letters = 0, n_lower = 0;
                bool has_mark;

                (void)text_eat(&text, TEXT(" "));
                if (word.length == 0)
                        continue;
                has_mark = word.length > 1 && memchr(".,:;?!", word.data[word.length - 1], 6);
                word.length -= has_mark;
                for (size_t i = 0; i < word.length; i++) {
                        n_lower += word.data[i] >= 'a' && word.data[i] <= 'z';
                        n_letters += (word.data[i] | 0x20) >= 'a' && (word.data[i] | 0x20) <= 'z';
                }
                counts.n_plain += n_letters == word.length;
                counts.n_lower += n_lower == word.length;
                counts.has_clause = counts.has_clause || (has_mark && counts.n_words && n_letters == word.length);
                counts.n_words++;
        }
        return counts;
}

bool oom_is_prose(struct text text)
{
        struct word_counts counts = count_words(text);

        return counts.has_clause && counts.n_plain >= 4 && 10 * counts.n_plain >= 6 * counts.n_words;
}

/* Two words, or one that ends a sentence: no front of a field is that. */
static bool is_tail_of_prose(struct text tail)
{
        size_t n_lower = count_words(tail).n_lower;

        return n_lower > 1 || text_starts(tail, TEXT(" |")) ||
               (n_lower && (text_ends(tail, TEXT(".")) || text_ends(tail, TEXT("?")) || text_ends(tail, TEXT("!"))) &&
                !text_ends(tail, TEXT("...")));
}

/* Its ')' was looked for from the right: another one, in the words after the kill, was found. */
static bool has_prose_in_name(struct text name)
{
        struct text before, after;

        if (name.length <= OOM_COMM_MAX || memchr(name.data, '\\', name.length) ||
            memchr(name.data, '#', name.length) || text_find(name, TEXT("        "), 0) >= 0)
                return false;
        return text_split(name, TEXT(")"), &before, &after) && before.length <= OOM_COMM_MAX &&
               count_words(after).n_lower > 1;
}

enum oom_mention oom_mention_of(struct text text)
{
        struct oom_line line;
        struct text tail;

        switch (oom_line_parse_log(text, OOM_END_OPEN, &line)) {
        case OOM_LINE_INVOKED:
                return line.invoked.may_be_comment ? OOM_MENTION_PROSE : OOM_MENTION_NONE;
        case OOM_LINE_KILLED:
                break;
        default:
                return OOM_MENTION_NONE;
        }
        tail = text_from_offset(text, (size_t)(line.process.comm.data + line.process.comm.length - text.data));
        (void)text_eat(&tail, TEXT(")"));
        if (has_prose_in_name(line.process.comm) || is_tail_of_prose(tail))
                return OOM_MENTION_PROSE;
        if (line.process.total_vm_bytes == OOM_UNKNOWN && line.process.uid == OOM_UNKNOWN &&
            !text_equal(tail, TEXT(".")))
                return OOM_MENTION_BRIEF;
        while (text_eat(&text, TEXT(" ")))
                ;
        return line.process.scope == OOM_SCOPE_UNKNOWN && !text_starts(text, TEXT("Killed process ")) &&
                               !text_starts(text, TEXT("OOM killed process "))
                       ? OOM_MENTION_BRIEF
                       : OOM_MENTION_NONE;
}

bool oom_is_mention(struct text text, void *userdata)
{
        (void)userdata;
        return oom_mention_of(text) != OOM_MENTION_NONE;
}

bool oom_line_is_alone(struct text text, void *userdata)
{
        struct oom_line line;

        (void)userdata;
        return oom_line_parse_log(text, OOM_END_OPEN, &line) != OOM_LINE_OTHER && line.is_alone &&
               oom_mention_of(text) != OOM_MENTION_PROSE;
}
