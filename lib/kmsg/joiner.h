/* lib/kmsg/joiner.h: puts a line together again that the kernel printed in pieces and that arrived as several records.
 *
 * The first piece has no flag ("-"; on 3.5 to 4.9 a "c"), the following ones are flagged "c" or "+", may have another level,
 * and other records may come between them (kernel/printk/printk.c). Nothing says which piece is the last, so the joiner
 * doesn't wait: it gives the line as far as it is known, and gives it again, longer, when a piece arrives. A flagged record
 * is a piece only if an open line accepts it; a comm that begins with "\x01c" makes the kernel flag a whole line.
 *
 * A log without flags (dmesg, the journal) holds the pieces as messages of their own. There only the message right
 * after a line is taken for a piece of it, if the rules recognise it by its words.
 *
 * Which lines come in pieces, and which piece continues a line, the caller's rules say. */

#pragma once

#include "kmsg/record.h"

/* The most bytes of a joined line: "oom-kill:" with three paths of PATH_MAX. The rest is cut. */
#define KMSG_LINE_MAX (4 * 4096)
/* Lines that pieces may still continue. Another one replaces the oldest. */
#define KMSG_JOINER_OPEN 4
/* Pieces of which a line's reader is told where they are; a line has no more that matter. */
#define KMSG_PIECES_MAX 12
/* A piece so many records after the piece before is not of the line. How long after doesn't matter: between two pieces whoever
 * prints may have to wait for a slow console. */
#define KMSG_PIECE_RECORDS 256

struct kmsg_join_rules {
        /* Whether line is of a kind that the kernel prints in pieces, or begins one. */
        bool (*is_pieced)(struct text line);
        /* Whether the end of line is missing. */
        bool (*is_incomplete)(struct text line);
        /* Whether piece may continue line. */
        bool (*accepts)(struct text line, struct text piece);
        /* The same of the next message of a log without flags, which may have lost the blanks at both ends of each;
         * *ret_has_blank: one between the two is missing. */
        bool (*accepts_flagless)(struct text line, struct text piece, bool *ret_has_blank);
};

struct kmsg_line {
        uint64_t seq, mono_usec; /* of the first piece */
        uint8_t level;           /* of the first piece */
        struct text caller, text;
        size_t n_pieces;
        const size_t *piece_ends; /* where each piece ends in text; the last one may be missing */
        bool is_extended;         /* the last line of this seq again, with another piece */
        bool may_be_cut;          /* its end may be missing, and no piece brings it */
        bool is_truncated;        /* may_be_cut, and it is missing */
        bool is_numbered;         /* by the kernel: records that are missing before it would have been noticed */
        size_t line_length;       /* as of the last record */
        bool is_orphan;           /* flagged as a piece, and its beginning may be among records that were not read */
};

struct kmsg_joiner;

/* *rules is not copied, and must outlive the joiner. Returns 0 or -ENOMEM. */
int kmsg_joiner_new(const struct kmsg_join_rules *rules, struct kmsg_joiner **ret_joiner)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct kmsg_joiner *kmsg_joiner_free(struct kmsg_joiner *joiner);

/* The text of the record that begins at this place in line's text; length 0: none begins there but the line's first. */
struct text kmsg_line_piece_at(const struct kmsg_line *line, const char *at);

/* Gives the line that record is, or that it extends. Its texts are borrowed from record or joiner until the next push. Never
 * fails. */
void kmsg_joiner_push(struct kmsg_joiner *joiner, const struct kmsg_record *record, struct kmsg_line *ret_line);

/* Makes the memory of joiner resident that used, which is another, has needed so far. */
void kmsg_joiner_touch(struct kmsg_joiner *joiner, const struct kmsg_joiner *used);

/* Records were lost before the next one: no open line continues. */
void kmsg_joiner_reset(struct kmsg_joiner *joiner);
