#include "logfile/unfold.h"

/* No mail program lets lines grow longer: people set 72, RFC 3676 says 78, some have 80 and a quote; but other tools wrap at 132. */
#define MAIL_WIDTH_MAX 140
/* Nor does any break a line that would be shorter than this with its next word. */
#define MAIL_WIDTH_MIN 50
/* No terminal is narrower that anyone reads logs on. */
#define TERMINAL_WIDTH_MIN 40

/* A line without a blank inside is as long as it is, whatever folds the others. */
static bool has_blank(struct text line)
{
        (void)text_eat_blanks(&line);
        return line.length && memchr(line.data, ' ', line.length);
}

void log_unfold_begin(struct log_unfold *unfold, size_t line_length)
{
        unfold->n_pieces = 0;
        unfold->may_go_on = false;
        if (line_length <= unfold->longest)
                return;
        if (line_length > unfold->guess.width)
                unfold->is_guessed = false;
        unfold->longest = line_length;
        if (unfold->width && unfold->width < line_length) {
                unfold->width = 0;
                if (unfold->proven == LOG_FOLD_WIDTH)
                        unfold->proven = LOG_FOLD_NONE;
        }
}

void log_unfold_end_paste(struct log_unfold *unfold)
{
        unfold->n_pieces = 0;
        unfold->proven = LOG_FOLD_NONE;
        unfold->longest = unfold->width = 0;
        unfold->is_guessed = false;
        unfold->guess = (struct log_fold_guess){ .fold = LOG_FOLD_NONE };
}

void log_unfold_set_guess(struct log_unfold *unfold, struct log_fold_guess guess)
{
        unfold->is_guessed = true;
        unfold->guess = guess;
        if (guess.fold == LOG_FOLD_NONE)
                return;
        if (guess.width > unfold->longest)
                unfold->longest = guess.width;
        unfold->proven = guess.fold;
        unfold->width = guess.fold == LOG_FOLD_WIDTH ? guess.width : 0;
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

static bool is_row(struct text text)
{
        return text_starts(text, TEXT("["));
}

/* A line that nearly has this width, of which blanks at the end may be missing, and a next one that fits. */
static bool has_width(size_t width, size_t length, size_t next_length)
{
        return length <= width && length + LOG_FOLD_PADDING_MAX >= width && next_length <= width;
}

static bool is_at_width(const struct log_unfold *unfold, size_t length, size_t next_length)
{
        const struct log_fold_guess *guess = &unfold->guess;

        if (unfold->width)
                return has_width(unfold->width, length, next_length);
        if (guess->fold == LOG_FOLD_BLANK) /* a word longer than the width */
                return length >= guess->width && next_length <= length;
        if (guess->width && guess->width >= unfold->longest)
                return has_width(guess->width, length, next_length);
        return length == unfold->longest && length >= TERMINAL_WIDTH_MIN && next_length <= length;
}

/* Would the next word have made the line too long? */
static bool is_at_blank(const struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                        size_t line_length)
{
        size_t length = head->line_length, whole;

        if (head->n_blanks == 0 && !log_fold_is_hyphen(head->text, piece))
                length++;
        if (is_row(head->text))
                length += LOG_FOLD_PADDING_MAX - 1;
        whole = length + first_word_length(piece);
        if ((unfold->guess.fold == LOG_FOLD_WIDTH && unfold->guess.is_sure) || whole <= unfold->longest)
                return false;
        return unfold->guess.fold == LOG_FOLD_BLANK || (unfold->longest <= MAIL_WIDTH_MAX && whole >= MAIL_WIDTH_MIN &&
                                                        (line_length <= MAIL_WIDTH_MAX || !has_blank(piece)));
}

/* Could a fold of this kind have made the head's line end where it does, and this line begin? */
static bool is_plausible(const struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head,
                         struct text piece, size_t line_length, const struct log_reader_options *options)
{
        switch (fold) {
        case LOG_FOLD_WIDTH:
                return is_at_width(unfold, head->line_length, line_length);
        case LOG_FOLD_BLANK:
                return is_at_blank(unfold, head, piece, line_length);
        case LOG_FOLD_VERBATIM: /* else it is the same */
                return (head->n_blanks > 1 || text_starts(piece, TEXT(" "))) &&
                       is_at_blank(unfold, head, piece, line_length);
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

static void put_blanks(struct joined *joined, size_t n)
{
        while (n--)
                put(joined, TEXT(" "));
}

static size_t n_blanks_at_end(const struct joined *joined)
{
        size_t n = 0;

        while (n < joined->length && joined->data[joined->length - 1 - n] == ' ')
                n++;
        return n;
}

/* The next piece, with what was between; length: of the line before, n_blanks: which it had at its end, and joined may lack. */
static void put_piece(const struct log_unfold *unfold, enum log_fold fold, struct text piece, size_t length,
                      size_t n_blanks, struct joined *joined)
{
        size_t width = unfold->width ? unfold->width : unfold->guess.width;

        if (fold == LOG_FOLD_NEWLINE)
                put(joined, TEXT("\n"));
        if (fold == LOG_FOLD_VERBATIM || fold == LOG_FOLD_WIDTH) {
                size_t missing = fold == LOG_FOLD_WIDTH && width > length ? width - length : 0,
                       has = n_blanks_at_end(joined);

                put_blanks(joined, missing + (n_blanks > has ? n_blanks - has : 0));
        }
        if (fold == LOG_FOLD_BLANK) {
                joined->length -= n_blanks_at_end(joined);
                while (piece.length && (piece.data[0] == ' ' || piece.data[0] == '\t'))
                        piece = text_from_offset(piece, 1);
                if (joined->length && !log_fold_is_hyphen((struct text){ joined->data, joined->length }, piece))
                        put(joined, TEXT(" "));
        }
        put(joined, piece);
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
        size_t length = head->line_length, n_blanks = head->n_blanks;

        put(&joined, head->text);
        for (size_t i = 0; i < unfold->n_pieces; i++) {
                put_piece(unfold, fold, kept_piece(unfold, i), length, n_blanks, &joined);
                length = unfold->lengths[i];
                n_blanks = 0; /* they are in the piece */
        }
        put_piece(unfold, fold, piece, length, n_blanks, &joined);
        *ret_text = (struct text){ buffer, joined.length };
        return !joined.is_cut;
}

struct best {
        enum log_fold fold;
        enum log_rating rating;
        unsigned n_equal; /* ways to join that read as well */
};

/* Of two that read as well: is the line broken at its width, and not at a blank? -1: nothing speaks for either. */
static int is_broken_word(const struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece)
{
        const struct log_fold_guess *guess = &unfold->guess;
        struct text word = head->text;

        if (guess->fold == LOG_FOLD_WIDTH)
                return 1;
        if (guess->keeps_blanks)
                return head->n_blanks == 0 && !text_ends(head->text, TEXT(" ")) && !text_starts(piece, TEXT(" "));
        if (guess->fold == LOG_FOLD_NONE)
                return unfold->proven == LOG_FOLD_NONE || head->line_length >= guess->width
                               ? -1
                               : unfold->proven == LOG_FOLD_WIDTH;
        word = text_from_offset(word, (size_t)(text_find_last(word, TEXT(" ")) + 1));
        return word.length + first_word_length(piece) > guess->width; /* as no word may be */
}

static bool is_preferred(const struct log_unfold *unfold, enum log_fold fold, const struct best *best,
                         const struct log_unfold_head *head, struct text piece)
{
        if (fold == LOG_FOLD_NEWLINE)
                return best->rating == LOG_RATING_SHAPE || log_is_next_of_summary(piece) ||
                       unfold->proven == LOG_FOLD_NEWLINE;
        return fold == LOG_FOLD_BLANK && best->fold == LOG_FOLD_WIDTH && is_broken_word(unfold, head, piece) != 1;
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
                while (text_eat_end(&text, TEXT(" ")))
                        ;
                rating = options->rate_text(text, options->userdata);
                if (rating < best.rating || rating == LOG_RATING_OTHER)
                        continue;
                if (rating > best.rating)
                        best.n_equal = 0;
                best.n_equal += fold != LOG_FOLD_VERBATIM || best.fold != LOG_FOLD_BLANK;
                if (rating > best.rating || is_preferred(unfold, fold, &best, head, piece))
                        best.fold = fold;
                best.rating = rating;
        }
        return best;
}

static void prove(struct log_unfold *unfold, enum log_fold fold, const struct log_unfold_head *head)
{
        unfold->proven = fold == LOG_FOLD_VERBATIM ? LOG_FOLD_BLANK : fold;
        if (fold != LOG_FOLD_WIDTH)
                unfold->width = 0;
        else if (unfold->width == 0)
                unfold->width = head->line_length;
}

/* At its width, and not by blanks. */
static bool is_full(const struct log_unfold *unfold, const struct log_unfold_head *head)
{
        return unfold->proven == LOG_FOLD_WIDTH && head->line_length == unfold->width && head->n_blanks < 2;
}

/* The head reads as well without the piece, or happens to end where it might be whole. May it be joined by what is known of the log? */
static bool is_certain(const struct log_unfold *unfold, const struct log_unfold_head *head, enum log_rating alone,
                       const struct best *best, struct text piece, enum log_rating rating)
{
        /* Any word may go on a row's name. */
        bool may_be_any_name = alone == LOG_RATING_WHOLE && is_row(head->text) &&
                               !(unfold->guess.fold == LOG_FOLD_BLANK && log_fold_is_hyphen(head->text, piece));

        if (best->fold == LOG_FOLD_NEWLINE) /* the machine's memory; statistics, one in a line */
                return best->rating == alone &&
                       (log_is_next_of_summary(piece) || (alone == LOG_RATING_SHAPE && rating == LOG_RATING_SHAPE));
        if (best->fold == LOG_FOLD_WIDTH && is_full(unfold, head))
                return unfold->guess.is_sure ? best->rating >= alone || best->rating >= LOG_RATING_CUT
                                             : best->rating >= LOG_RATING_CUT && !may_be_any_name;
        if (best->rating < LOG_RATING_CUT || best->fold == LOG_FOLD_WIDTH)
                return false;
        return unfold->proven == LOG_FOLD_BLANK && !may_be_any_name;
}

/* Both ways to break lines make sense of it, each in its own way, and nothing is known of the log. */
static bool is_ambiguous(const struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                         const struct best *best)
{
        /* A mail program's line may be as long as a terminal's by chance. */
        if (best->n_equal > 1 && best->fold == LOG_FOLD_BLANK && !unfold->guess.keeps_blanks && head->n_blanks == 0 &&
            head->line_length == unfold->longest && log_fold_is_usual_width(head->line_length) &&
            unfold->guess.fold == LOG_FOLD_BLANK)
                return true;
        return best->n_equal > 1 && best->fold != LOG_FOLD_NEWLINE &&
               (is_broken_word(unfold, head, piece) < 0 ||
                (is_row(head->text) && unfold->guess.fold == LOG_FOLD_WIDTH && !unfold->guess.is_sure));
}

/* Finds the one way to join that makes more of the head than it is, wherever it was broken: lines of others that follow may hide how wide
 * the log is. False: there is none, or there are two. */
static bool find_only(const struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                      enum log_rating alone, const struct log_reader_options *options, char *buffer,
                      struct best *ret_best)
{
        struct best only = { LOG_FOLD_NONE, LOG_RATING_OTHER, 0 };
        struct text text;

        for (enum log_fold fold = LOG_FOLD_WIDTH; fold <= LOG_FOLD_BLANK; fold++) {
                enum log_rating rating = join(unfold, fold, head, piece, buffer, &text)
                                                 ? options->rate_text(text, options->userdata)
                                                 : LOG_RATING_OTHER;

                if (rating > alone && rating >= LOG_RATING_CUT)
                        only = (struct best){ fold, rating, only.n_equal + 1 };
        }
        if (only.n_equal != 1)
                return false;
        *ret_best = only;
        return true;
}

/* "\\x0": the escape was broken, and what was read of it is no byte of the name's. */
static bool ends_in_escape(struct text text)
{
        if (text.length && text_hex_digit(text.data[text.length - 1]) < 16 && text.length > 2 &&
            text.data[text.length - 2] == 'x')
                text.length--;
        (void)text_eat_end(&text, TEXT("x"));
        return text_ends(text, TEXT("\\"));
}

enum log_unfold_result log_unfold(struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                                  size_t line_length, const struct log_reader_options *options, char *buffer,
                                  struct text *ret_text)
{
        enum log_rating alone, with;
        struct best best;
        bool is_only = false;

        if (!options->rate_text || head->line_length == 0 || piece.length == 0)
                return LOG_UNFOLD_NOT;
        if (ends_in_escape(head->text)) {
                unfold->may_go_on = true;
                return LOG_UNFOLD_NOT;
        }
        alone = options->rate_text(head->text, options->userdata);
        with = options->rate_text(piece, options->userdata);
        if (head->is_unsure) {
                if (head->text.length == 0 && with >= LOG_RATING_CUT) { /* broken before its first word */
                        *ret_text = piece;
                        return LOG_UNFOLD_JOINED;
                }
                if (with != LOG_RATING_OTHER || alone == LOG_RATING_OTHER)
                        return LOG_UNFOLD_NOT;
                if (!unfold->may_go_on && !is_row(head->text) &&
                    find_only(unfold, head, piece, alone, options, buffer, &best)) {
                        (void)join(unfold, best.fold, head, piece, buffer, ret_text);
                        return LOG_UNFOLD_JOINED;
                }
                unfold->may_go_on = true;
                return LOG_UNFOLD_NOT;
        }
        if (head->is_raw && (alone == LOG_RATING_OTHER || (with >= LOG_RATING_CUT && alone == LOG_RATING_WHOLE)))
                return LOG_UNFOLD_NOT;
        best = find_best(unfold, head, piece, line_length, options, buffer);
        if (best.rating <= alone && alone < LOG_RATING_WHOLE && with == LOG_RATING_OTHER && !head->is_raw &&
            unfold->n_pieces == 0 && !is_row(head->text))
                is_only = find_only(unfold, head, piece, alone, options, buffer, &best);
        if (!is_ambiguous(unfold, head, piece, &best) &&
            (is_only || (best.rating == LOG_RATING_WHOLE && alone < LOG_RATING_WHOLE) ||
             (unfold->n_pieces == 0 && is_certain(unfold, head, alone, &best, piece, with)))) {
                unfold->guess.is_sure |= best.n_equal == 1 && best.rating > alone && best.fold == LOG_FOLD_WIDTH &&
                                         unfold->guess.fold == best.fold && !is_row(head->text);
                if (!is_only && ((best.n_equal == 1 && best.rating > alone) || best.fold == LOG_FOLD_NEWLINE))
                        prove(unfold, best.fold, head);
                (void)join(unfold, best.fold, head, piece, buffer, ret_text);
                unfold->n_pieces = 0;
                unfold->may_go_on = false;
                return LOG_UNFOLD_JOINED;
        }
        if (unfold->n_pieces == 0 && with == LOG_RATING_OTHER && alone != LOG_RATING_OTHER &&
            best.fold != LOG_FOLD_NEWLINE)
                unfold->may_go_on = best.rating >= alone || is_full(unfold, head);
        unfold->may_be_whole = alone == LOG_RATING_WHOLE && best.rating == alone && best.fold == LOG_FOLD_NEWLINE &&
                               with == LOG_RATING_OTHER && unfold->n_pieces == 0;
        if (unfold->may_be_whole)
                return LOG_UNFOLD_KEEP;
        return alone < LOG_RATING_WHOLE && with == LOG_RATING_OTHER && unfold->n_pieces < LOG_UNFOLD_PIECES
                       ? LOG_UNFOLD_KEEP
                       : LOG_UNFOLD_NOT;
}

void log_unfold_keep(struct log_unfold *unfold, struct text piece, size_t line_length)
{
        size_t from = unfold->n_pieces ? unfold->ends[unfold->n_pieces - 1] : 0;

        if (piece.length > sizeof(unfold->pieces) - from) {
                unfold->n_pieces = 0;
                return;
        }
        unfold->lengths[unfold->n_pieces] = line_length;
        unfold->ends[unfold->n_pieces++] = from + text_copy(piece, unfold->pieces + from, piece.length);
}

bool log_unfold_confirmed(const struct log_unfold *unfold, struct text *ret_piece)
{
        if (unfold->n_pieces != 1 || !unfold->may_be_whole)
                return false;
        *ret_piece = kept_piece(unfold, 0);
        return true;
}
