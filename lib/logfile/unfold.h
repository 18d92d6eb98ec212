/* lib/logfile/unfold.h: puts together what terminals, mail programs and writers of logs made several lines of.
 *
 * The head is the text of a message, a piece a line after it that has no form of its own. A piece is joined only where the joined
 * text reads better, by the caller's rating, than the head alone; or where other lines have shown how this log is folded, and at
 * which width. So two messages are never glued together: the joined text would be neither. Nothing here knows what the kernel
 * prints, and nothing outside the pieces is changed. */

#pragma once

#include "logfile/fold.h"
#include "logfile/reader.h"

/* More pieces than these are not kept while the text isn't whole. */
#define LOG_UNFOLD_PIECES 64
#define LOG_UNFOLD_BYTES  4096

struct log_unfold {
        enum log_fold proven;                     /* what only one way of joining explained */
        size_t longest;                           /* of the lines that a fold could have made shorter */
        size_t width;                             /* at which lines are folded; 0: not known */
        size_t n_pieces, ends[LOG_UNFOLD_PIECES]; /* kept, since a later piece may show what they are */
        size_t lengths[LOG_UNFOLD_PIECES];        /* of their lines */
        bool may_be_whole;                        /* the head is whole without the one piece kept, and with it */
        bool may_go_on;                           /* the head seems whole, but a fold may have cut what it ends with */
        bool is_guessed;
        struct log_fold_guess guess; /* of the lines from here to the paste's end */
        char pieces[LOG_UNFOLD_BYTES];
};

struct log_unfold_head {
        struct text text;
        size_t line_length; /* of the physical line that it ends with */
        size_t n_blanks;    /* at that line's end, which were taken off the text */
        bool is_unsure;     /* its length, and the piece's, say nothing: one of them lacks what the other has */
        bool is_raw;        /* nothing is in front of it, so a piece looks as a message of its own does */
};

enum log_unfold_result {
        LOG_UNFOLD_WAIT,   /* how the next lines look is to be asked first */
        LOG_UNFOLD_NOT,    /* the piece is none of the head's */
        LOG_UNFOLD_KEEP,   /* it may be one: log_unfold_keep() if nothing else is known about it */
        LOG_UNFOLD_JOINED, /* *ret_text is the head with all pieces */
};

/* A message begins, with a line of this length that a mail program or a terminal would have folded if it were too long; 0: it wouldn't,
 * or the line may be anything. */
void log_unfold_begin(struct log_unfold *unfold, size_t line_length);

/* A paste has ended: the next one may be folded otherwise, or not at all. */
void log_unfold_end_paste(struct log_unfold *unfold);
void log_unfold_set_guess(struct log_unfold *unfold, struct log_fold_guess guess);

/* Can piece, of a line of line_length bytes, be the head's? The joined text is built in buffer, of LOG_TEXT_MAX bytes at least. */
enum log_unfold_result log_unfold(struct log_unfold *unfold, const struct log_unfold_head *head, struct text piece,
                                  size_t line_length, const struct log_reader_options *options, char *buffer,
                                  struct text *ret_text);
void log_unfold_keep(struct log_unfold *unfold, struct text piece, size_t line_length);

/* The line after is of the same form as the head's, so the one piece kept was the head's, after a newline. False: none was kept, or it
 * doesn't fit. */
bool log_unfold_confirmed(const struct log_unfold *unfold, struct text *ret_piece) __attribute__((warn_unused_result));
