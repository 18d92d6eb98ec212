#include "logfile/unfold.h"

/* No mail program lets lines grow longer: people set 72, RFC 3676 says 78, some have 80 and a quote. */
#define MAIL_WIDTH_MAX 100
/* Nor does any break a line that would be shorter than this with its next word. */
#define MAIL_WIDTH_MIN 50
/* No terminal is narrower that anyone reads logs on. */
#define TERMINAL_WIDTH_MIN 40
/* So many blanks at a line's end may be missing: a column of the task table. */
#define PADDING_MAX 16
/* So many lines of the same greatest length, each before a piece, show a terminal's width. */
#define AT_LONGEST_MIN 2

/* 80, 132, 120, 200 ... */
static bool is_usual_width(size_t length)
{
        return length == 132 || length % 10 == 0;
}

/* A line without a blank inside is as long as it is, whatever folds the others. */
static bool has_blank(struct text line)
{
        (void)text_eat_blanks(&line);
        return line.length && memchr(line.data, ' ', line.length);
}

void log_unfold_begin(struct log_unfold *unfold, size_t line_length)
{
        unfold->n_pieces = 0;
        if (line_length <= unfold->longest)
                return;
        unfold->longest = line_length;
        unfold->n_at_longest = 0;
        if (unfold->width && unfold->width < line_length) {
                unfold->width = 0;
                if (unfold->proven == LOG_FOLD_WIDTH)
                        unfold->proven = LOG_FOLD_NONE;
        }
}

static size_t first_word_length(struct text text)
{
        (void)text_eat_blanks(&text);
        return text_eat_until(&text, ' ').length;
}

/* What comes after a newline is the next line of statistics; or what the owner of the rating would join too, if the lines had shown that
 * they are of one moment: a line that is whole has no newline in its middle, whatever may be behind it. */
static bool may_be_next_line(const struct log_reader_options *options, struct text head, struct text piece)
{
        return log_is_next_of_summary(piece) || options->rate_text(piece, options->userdata) == LOG_RATING_SHAPE ||
               (options->joins && options->joins(head, piece, true, options->userdata));
}

/* Could a fold of this kind have made the head's line end where it does, and this line begin? */
static bool is_plausible(const struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head,
                         struct text piece, size_t line_length, const struct log_reader_options *options)
{
        size_t length = head->line_length;

        switch (fold) {
        case LOG_FOLD_WIDTH:
                if (unfold->width)
                        return length <= unfold->width && length + PADDING_MAX >= unfold->width &&
                               line_length <= unfold->width;
                return length == unfold->longest && length >= TERMINAL_WIDTH_MIN && line_length <= length;
        case LOG_FOLD_BLANK:
                return unfold->longest <= MAIL_WIDTH_MAX && length + 1 + first_word_length(piece) > unfold->longest &&
                       length + 1 + first_word_length(piece) >= MAIL_WIDTH_MIN &&
                       (line_length <= MAIL_WIDTH_MAX || !has_blank(piece));
        case LOG_FOLD_NEWLINE:
                return !head->is_raw && (unfold->n_pieces || may_be_next_line(options, head->text, piece));
        case LOG_FOLD_NONE:
                break;
        }
        return false;
}

struct joined {
        char *data;
        size_t length;
        bool is_cut;
};

static void put(struct joined *joined, struct text text)
{
        size_t copied = text_copy(text, joined->data + joined->length, LOG_TEXT_MAX - joined->length);

        joined->length += copied;
        joined->is_cut |= copied < text.length;
}

static void put_separator(const struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head,
                          struct text piece, struct joined *joined)
{
        if (fold == LOG_FOLD_NEWLINE)
                put(joined, TEXT("\n"));
        else if (fold == LOG_FOLD_BLANK && joined->length && joined->data[joined->length - 1] != ' ' &&
                 !text_starts(piece, TEXT(" ")))
                put(joined, TEXT(" "));
        else if (fold == LOG_FOLD_WIDTH && unfold->n_pieces == 0)
                for (size_t i = head->line_length - head->n_blanks; i < unfold->width || i < head->line_length; i++)
                        put(joined, TEXT(" "));
}

static struct text kept_piece(const struct log_unfold *unfold, size_t i)
{
        size_t from = i ? unfold->ends[i - 1] : 0;

        return (struct text){ unfold->pieces + from, unfold->ends[i] - from };
}

/* The head, what was kept, and piece. False: it is longer than any message. */
static bool join(const struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head,
                 struct text piece, char *buffer, struct text *ret_text)
{
        struct joined joined = { .data = buffer };

        put(&joined, head->text);
        for (size_t i = 0; i < unfold->n_pieces; i++) {
                put_separator(unfold, fold, head, kept_piece(unfold, i), &joined);
                put(&joined, kept_piece(unfold, i));
        }
        put_separator(unfold, fold, head, piece, &joined);
        put(&joined, piece);
        *ret_text = (struct text){ buffer, joined.length };
        return !joined.is_cut;
}

struct best {
        enum log_fold fold;
        enum log_rating rating;
        unsigned n_equal; /* ways to join that read as well */
};

/* Of two that read as well: the one that the piece or the log is known to have, else the one that the line's length speaks for. */
static bool is_preferred(const struct log_unfold *unfold, enum log_fold fold, const struct best *best, size_t length,
                         struct text piece)
{
        if (fold == LOG_FOLD_NEWLINE && (best->rating == LOG_RATING_SHAPE || log_is_next_of_summary(piece)))
                return true;
        if (fold == unfold->proven || best->fold == unfold->proven)
                return fold == unfold->proven;
        return best->fold == LOG_FOLD_WIDTH && fold == LOG_FOLD_BLANK && !is_usual_width(length);
}

static struct best find_best(const struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                             size_t line_length, const struct log_reader_options *options, char *buffer)
{
        struct best best = { LOG_FOLD_NONE, LOG_RATING_OTHER, 0 };
        struct text text;

        for (enum log_fold fold = LOG_FOLD_WIDTH; fold <= LOG_FOLD_NEWLINE; fold++) {
                enum log_rating rating;

                if (!is_plausible(unfold, fold, head, piece, line_length, options) ||
                    !join(unfold, fold, head, piece, buffer, &text))
                        continue;
                rating = options->rate_text(text, options->userdata);
                if (rating < best.rating || rating == LOG_RATING_OTHER)
                        continue;
                best.n_equal = rating == best.rating ? best.n_equal + 1 : 1;
                if (rating > best.rating || is_preferred(unfold, fold, &best, head->line_length, piece))
                        best.fold = fold;
                best.rating = rating;
        }
        return best;
}

static void prove(struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head)
{
        unfold->proven = fold;
        if (fold != LOG_FOLD_WIDTH)
                unfold->width = 0;
        else if (unfold->width == 0)
                unfold->width = head->line_length;
}

/* The head reads as well without the piece, or happens to end where it might be whole. May it be joined by what is known of the log? */
static bool is_certain(const struct log_unfold *unfold, const struct log_unfold_head *head, enum log_rating alone,
                       const struct best *best, struct text piece, enum log_rating rating)
{
        if (best->fold == LOG_FOLD_NEWLINE) /* the machine's memory; statistics, one in a line */
                return best->rating == alone &&
                       (log_is_next_of_summary(piece) || (alone == LOG_RATING_SHAPE && rating == LOG_RATING_SHAPE));
        if (best->rating < LOG_RATING_CUT)
                return false;
        /* Any word may go on a row's name. */
        if (best->fold == LOG_FOLD_WIDTH && unfold->width == 0)
                return best->rating == alone && is_usual_width(head->line_length) &&
                       !text_starts(head->text, TEXT("["));
        return best->fold == unfold->proven && (best->fold != LOG_FOLD_WIDTH || head->line_length == unfold->width);
}

enum log_unfold_result log_unfold(struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                                  size_t line_length, const struct log_reader_options *options, char *buffer,
                                  struct text *ret_text)
{
        enum log_rating alone, with;
        struct best best;

        if (!options->rate_text || head->line_length == 0 || piece.length == 0)
                return LOG_UNFOLD_NOT;
        alone = options->rate_text(head->text, options->userdata);
        with = options->rate_text(piece, options->userdata);
        if (head->is_raw && (alone == LOG_RATING_OTHER || (with >= LOG_RATING_CUT && alone == LOG_RATING_WHOLE)))
                return LOG_UNFOLD_NOT;
        if (head->is_fresh && head->line_length == unfold->longest && unfold->n_pieces == 0 && !unfold->width &&
            unfold->proven == LOG_FOLD_NONE && ++unfold->n_at_longest >= AT_LONGEST_MIN &&
            head->line_length >= TERMINAL_WIDTH_MIN && is_usual_width(head->line_length))
                prove(unfold, LOG_FOLD_WIDTH, head);
        best = find_best(unfold, head, piece, line_length, options, buffer);
        if ((best.rating == LOG_RATING_WHOLE && alone < LOG_RATING_WHOLE) ||
            (unfold->n_pieces == 0 && is_certain(unfold, head, alone, &best, piece, with))) {
                if ((best.n_equal == 1 && best.rating > alone) || best.fold == LOG_FOLD_NEWLINE)
                        prove(unfold, best.fold, head);
                (void)join(unfold, best.fold, head, piece, buffer, ret_text);
                unfold->n_pieces = 0;
                return LOG_UNFOLD_JOINED;
        }
        unfold->may_be_whole = alone == LOG_RATING_WHOLE && best.rating == alone && best.fold == LOG_FOLD_NEWLINE &&
                               with == LOG_RATING_OTHER && unfold->n_pieces == 0;
        if (unfold->may_be_whole)
                return LOG_UNFOLD_KEEP;
        return alone < LOG_RATING_WHOLE && with == LOG_RATING_OTHER && unfold->n_pieces < LOG_UNFOLD_PIECES
                       ? LOG_UNFOLD_KEEP
                       : LOG_UNFOLD_NOT;
}

void log_unfold_keep(struct log_unfold *unfold, struct text piece)
{
        size_t from = unfold->n_pieces ? unfold->ends[unfold->n_pieces - 1] : 0;

        if (piece.length > sizeof(unfold->pieces) - from) {
                unfold->n_pieces = 0;
                return;
        }
        unfold->ends[unfold->n_pieces++] = from + text_copy(piece, unfold->pieces + from, piece.length);
}

bool log_unfold_confirmed(const struct log_unfold *unfold, struct text *ret_piece)
{
        if (unfold->n_pieces != 1 || !unfold->may_be_whole)
                return false;
        *ret_piece = kept_piece(unfold, 0);
        return true;
}
