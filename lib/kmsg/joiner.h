/* lib/kmsg/joiner.h: puts a line together again that the kernel printed in pieces and that arrived as several records.
 *
 * The first piece carries no mark ("-"; on 3.5 to 4.9 a "c"), the following ones are flagged "c" or "+", may have another
 * level, and foreign records may stand between them (kernel/printk/printk.c). So nothing can be waited for: the joiner
 * gives the line as far as it is known, and gives it again, longer, when a piece arrives. A flagged record is a piece
 * only if an open line takes it; a comm that begins with "\x01c" makes the kernel flag a whole line.
 *
 * What a line of which piece may become is the caller's knowledge: the rules. */

#pragma once

#include "kmsg/record.h"

/* The longest line: "oom-kill:" with three paths of PATH_MAX. What goes past it is cut. */
#define KMSG_LINE_MAX (4 * 4096)
/* Lines open at a time: one per caller. The oldest gives way. */
#define KMSG_JOINER_OPEN 4
/* Between two pieces of one line there are no more records than this, and no more time. */
#define KMSG_PIECE_RECORDS 256
#define KMSG_PIECE_USEC    (2 * 1000 * 1000ULL)

struct kmsg_join_rules {
        /* May this be (the beginning of) a line that the kernel prints in pieces? */
        bool (*is_pieced)(struct text line);
        /* Does the line, as it stands, still lack its end? */
        bool (*is_incomplete)(struct text line);
        /* Would the piece go on with the line? */
        bool (*accepts)(struct text line, struct text piece);
};

struct kmsg_line {
        uint64_t seq, mono_usec;  /* of the first piece */
        uint8_t level;            /* of the first piece */
        struct text caller, text; /* borrowed until the next push */
        bool is_extended;         /* the same line was given before, shorter */
        bool is_orphan; /* flagged as a piece, but what was before it was not read: its beginning may be among that */
};

struct kmsg_joiner;

/* rules is kept, not copied. Returns 0 or -ENOMEM. */
int kmsg_joiner_new(const struct kmsg_join_rules *rules, struct kmsg_joiner **ret_joiner)
        __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct kmsg_joiner *kmsg_joiner_free(struct kmsg_joiner *joiner);

/* The line that record makes or extends. */
void kmsg_joiner_push(struct kmsg_joiner *joiner, const struct kmsg_record *record, struct kmsg_line *ret_line);

/* Records were lost: no open line goes on. */
void kmsg_joiner_reset(struct kmsg_joiner *joiner);
