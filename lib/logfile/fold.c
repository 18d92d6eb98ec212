#include "logfile/fold.h"

/* No terminal is narrower that anyone reads logs on. */
#define TERMINAL_WIDTH_MIN 40
/* So many lines that go on tell more than chance. */
#define PAIRS_MIN 2
/* At a terminal's width a blank may be missing, in a table in many rows: so many lines are as long as the longest then, of three one, and
 * most of the others nearly. A mail program's differ by whole words. */
#define CLOSE_BLANKS 2
#define CLOSE_MIN    3

bool log_fold_is_usual_width(size_t length)
{
        return length == 132 || (length >= TERMINAL_WIDTH_MIN && length % 10 == 0);
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool log_fold_is_hyphen(struct text before, struct text after)
{
        return before.length > 1 && after.length && before.data[before.length - 1] == '-' &&
               is_letter(before.data[before.length - 2]) && is_letter(after.data[0]);
}

size_t log_fold_last_word(struct text text)
{
        while (text_eat_end(&text, TEXT(" ")))
                ;
        return text.length - (size_t)(text_find_last(text, TEXT(" ")) + 1);
}

struct log_fold_line log_fold_measure(struct text line, bool begins)
{
        struct log_fold_line measured = { .length = line.length, .begins = begins };
        char last = line.length ? line.data[line.length - 1] : '\0';

        measured.last_word = log_fold_last_word(line);
        while (line.length && (line.data[0] == ' ' || line.data[0] == '\t'))
                line = text_from_offset(line, 1);
        measured.is_empty = line.length == 0;
        measured.begins_number = line.length && line.data[0] >= '0' && line.data[0] <= '9';
        while (measured.n_end_blanks < line.length && line.data[line.length - 1 - measured.n_end_blanks] == ' ')
                measured.n_end_blanks++;
        measured.ends_hyphen = last == '-';
        measured.first_word = text_eat_until(&line, ' ').length;
        measured.has_blank = line.length > 0;
        return measured;
}

struct counts {
        size_t n_pairs;      /* lines that go on in the next one */
        size_t n_at, n_near; /* of them as long as the longest; or nearly, if blanks at their end are missing */
        size_t n_close;      /* of them as long but for a blank or two */
        size_t last_word;    /* of the first of n_at */
        bool are_alike;      /* all of n_at end in a word as long: rows of a table are all broken at the same place */
        size_t n_blank, n_kept; /* of them such that their next word would make them too long; that end with a blank */
        size_t longest, breaking; /* of all, and of those that could have been broken */
};

static void count_line(const struct log_fold_line *line, const struct log_fold_line *next, struct counts *counts)
{
        size_t whole = line->length + !(line->n_end_blanks || line->ends_hyphen) + next->first_word +
                       (next->begins_number ? LOG_FOLD_PADDING_MAX : 0);
        bool is_near = line->length + LOG_FOLD_PADDING_MAX >= counts->longest, is_blank = whole > counts->breaking;

        if (next->is_empty || next->begins || (!is_near && !is_blank)) /* the last: prose */
                return;
        if (line->length == counts->longest && line->n_end_blanks > 1) /* all may be as long, by blanks */
                return;
        counts->n_pairs++;
        if (line->length == counts->longest && counts->n_at++ == 0)
                counts->last_word = line->last_word;
        else if (line->length == counts->longest)
                counts->are_alike = counts->are_alike && line->last_word == counts->last_word;
        counts->n_near += is_near;
        counts->n_close += line->length + CLOSE_BLANKS >= counts->longest;
        counts->n_blank += is_blank;
        counts->n_kept += line->n_end_blanks > 0;
}

static bool are_most(size_t n, const struct counts *counts)
{
        return n * 4 >= counts->n_pairs * 3;
}

static bool are_of_one_width(const struct counts *counts)
{
        return (counts->n_at >= PAIRS_MIN && are_most(counts->n_at, counts)) ||
               (counts->n_at >= CLOSE_MIN && counts->n_at * 3 >= counts->n_pairs && are_most(counts->n_close, counts));
}

struct log_fold_guess log_fold_guess(const struct log_fold_line *lines, size_t count, size_t before)
{
        struct counts counts = { .longest = before, .breaking = before, .are_alike = true };
        struct log_fold_guess guess = { .fold = LOG_FOLD_NONE };

        for (size_t i = 0; i < count; i++) {
                if (lines[i].is_empty) {
                        count = i;
                        break;
                }
                if (lines[i].length > counts.longest)
                        counts.longest = lines[i].length;
                if (lines[i].has_blank && lines[i].length > counts.breaking)
                        counts.breaking = lines[i].length;
        }
        for (size_t i = 0; i + 1 < count; i++)
                count_line(&lines[i], &lines[i + 1], &counts);
        if (counts.n_pairs == 0)
                return guess;
        guess.width = counts.longest;
        guess.keeps_blanks = are_most(counts.n_kept, &counts);
        guess.is_sure = counts.n_pairs >= PAIRS_MIN && !(counts.are_alike && counts.n_at == counts.n_pairs);
        if (counts.longest >= TERMINAL_WIDTH_MIN && are_most(counts.n_near, &counts) &&
            ((!counts.are_alike && are_of_one_width(&counts)) ||
             (counts.n_at == counts.n_pairs && log_fold_is_usual_width(counts.longest)))) {
                guess.fold = LOG_FOLD_WIDTH;
        } else if (counts.n_blank >= PAIRS_MIN && counts.n_blank > counts.n_at && are_most(counts.n_blank, &counts)) {
                guess.fold = LOG_FOLD_BLANK;
                guess.width = counts.breaking;
        }
        return guess;
}
