/* lib/logfile/fold.h: how the lines of a log were made several, by their lengths alone.
 *
 * A terminal breaks a line at its width, wherever that is, a mail program before the word that would make it too long. So of the lines
 * that go on, the lengths tell which of the two it was, and at which width; the more of them, the surer. Nothing here knows what
 * the lines say. */

#pragma once

#include "util/text.h"

/* So many blanks where a line is broken may be missing: a column of the task table. */
#define LOG_FOLD_PADDING_MAX 16

enum log_fold {
        LOG_FOLD_NONE,
        LOG_FOLD_WIDTH,    /* a terminal, at its width; where it shows blanks at a line's end there may be none */
        LOG_FOLD_BLANK,    /* a mail program, at a blank, or after a hyphen, before the line got too long */
        LOG_FOLD_VERBATIM, /* the same, that left all blanks where they were */
        LOG_FOLD_NEWLINE,  /* a writer of logs that leaves the newlines of a message as they are */
};

struct log_fold_line {
        size_t length, first_word, last_word; /* bytes */
        bool begins;                          /* a message, by its form: it goes on nothing */
        bool is_empty, has_blank;             /* inside: it could have been broken there */
        size_t n_end_blanks;
        bool ends_hyphen;
        bool begins_number; /* perhaps of a column, with a run of blanks in front */
};

/* Of a line of a log, as it stands there. */
struct log_fold_line log_fold_measure(struct text line, bool begins);

struct log_fold_guess {
        enum log_fold fold; /* LOG_FOLD_WIDTH, LOG_FOLD_BLANK; LOG_FOLD_NONE: too little was seen */
        size_t width;       /* of the longest line; 0: no line goes on */
        bool is_sure;       /* several lines show it */
        bool keeps_blanks;  /* a line that is broken at a blank ends with it */
};

/* From count lines of one paste, which ends at the first empty one; before: the length of the longest line before them. */
struct log_fold_guess log_fold_guess(const struct log_fold_line *lines, size_t count, size_t before);

/* "total-" and "vm:104880kB": may a line have been broken here without a blank? */
bool log_fold_is_hyphen(struct text before, struct text after) __attribute__((warn_unused_result));

/* Bytes of it. */
size_t log_fold_last_word(struct text text);

/* Of terminals: 80, 132, 120, 200 ... */
bool log_fold_is_usual_width(size_t length) __attribute__((warn_unused_result));
