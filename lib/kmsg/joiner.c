#include "kmsg/joiner.h"

#include <errno.h>
#include <stdlib.h>

#include "util/touch.h"

#define CALLER_MAX 15

struct open_line {
        bool is_used;
        bool is_last_of_caller; /* no other record of its caller came since */
        bool is_orphan;         /* see struct kmsg_line */
        uint64_t seq, mono_usec, last_seq;
        uint8_t level;
        char caller[CALLER_MAX];
        size_t caller_length, length;
        size_t n_pieces, piece_ends[KMSG_PIECES_MAX];
        char text[KMSG_LINE_MAX];
};

struct kmsg_joiner {
        const struct kmsg_join_rules *rules;
        unsigned n_open;
        bool is_after_gap;       /* since reading began, or records were lost, only pieces have come */
        struct open_line *given; /* the one that the last push gave; NULL: it gave a record alone */
        struct open_line lines[KMSG_JOINER_OPEN];
};

int kmsg_joiner_new(const struct kmsg_join_rules *rules, struct kmsg_joiner **ret_joiner)
{
        /* calloc() of this size takes fresh pages: slots that are never used are never resident. */
        struct kmsg_joiner *joiner = calloc(1, sizeof(*joiner));

        if (!joiner)
                return -ENOMEM;
        joiner->rules = rules;
        joiner->is_after_gap = true;
        *ret_joiner = joiner;
        return 0;
}

struct kmsg_joiner *kmsg_joiner_free(struct kmsg_joiner *joiner)
{
        free(joiner);
        return NULL;
}

void kmsg_joiner_touch(struct kmsg_joiner *joiner, const struct kmsg_joiner *used)
{
        touch_like(joiner, used, sizeof(*joiner));
        for (size_t i = 0; i < KMSG_JOINER_OPEN; i++) { /* of each line it is asked whether it is open */
                volatile bool *is_used = &joiner->lines[i].is_used;

                /* cppcheck-suppress selfAssignment */
                *is_used = *is_used;
        }
}

void kmsg_joiner_reset(struct kmsg_joiner *joiner)
{
        for (size_t i = 0; i < KMSG_JOINER_OPEN; i++)
                joiner->lines[i].is_used = false;
        joiner->n_open = 0;
        joiner->given = NULL;
        joiner->is_after_gap = true;
}

static struct text line_text(const struct open_line *line)
{
        return (struct text){ line->text, line->length };
}

static bool is_same_caller(const struct open_line *line, const struct kmsg_record *record)
{
        return text_equal((struct text){ line->caller, line->caller_length }, record->caller);
}

static void append(struct open_line *line, struct text piece)
{
        line->length += text_copy(piece, line->text + line->length, sizeof(line->text) - line->length);
        if (line->n_pieces < KMSG_PIECES_MAX)
                line->piece_ends[line->n_pieces++] = line->length;
}

static void give(const struct open_line *line, bool extended, const struct kmsg_record *last,
                 struct kmsg_line *ret_line)
{
        *ret_line = (struct kmsg_line){
                .seq = line->seq,
                .mono_usec = line->mono_usec,
                .level = line->level,
                .caller = { line->caller, line->caller_length },
                .text = line_text(line),
                .n_pieces = line->n_pieces,
                .piece_ends = line->piece_ends,
                .is_extended = extended,
                .may_be_cut = last->origin == KMSG_ORIGIN_LINES,
                .is_truncated = last->origin == KMSG_ORIGIN_LINES && last->is_truncated,
                .is_numbered = last->origin != KMSG_ORIGIN_LINES,
                .line_length = last->line_length,
                .is_orphan = line->is_orphan,
        };
}

static bool is_stale(const struct open_line *line, const struct kmsg_record *record)
{
        return record->seq <= line->last_seq || record->seq - line->last_seq > KMSG_PIECE_RECORDS;
}

/* The newest open line that accepts the record as its next piece. A line that looks complete accepts it only if no record of
 * the same caller came between: what looks like its end may be part of a name. */
static struct open_line *find_line(struct kmsg_joiner *joiner, const struct kmsg_record *record)
{
        struct open_line *best = NULL;

        for (size_t i = 0; i < KMSG_JOINER_OPEN; i++) {
                struct open_line *line = &joiner->lines[i];

                if (line->is_used && is_same_caller(line, record) &&
                    (line->is_last_of_caller || joiner->rules->is_incomplete(line_text(line))) &&
                    joiner->rules->accepts(line_text(line), record->text) && (!best || line->last_seq > best->last_seq))
                        best = line;
        }
        return best;
}

static struct open_line *take_slot(struct kmsg_joiner *joiner)
{
        struct open_line *oldest = &joiner->lines[0];

        for (size_t i = 0; i < KMSG_JOINER_OPEN; i++) {
                if (!joiner->lines[i].is_used) {
                        joiner->n_open++;
                        return &joiner->lines[i];
                }
                if (joiner->lines[i].last_seq < oldest->last_seq)
                        oldest = &joiner->lines[i];
        }
        return oldest;
}

static void close_lines(struct kmsg_joiner *joiner, const struct kmsg_record *record)
{
        for (size_t i = 0; i < KMSG_JOINER_OPEN; i++) {
                struct open_line *line = &joiner->lines[i];

                if (!line->is_used)
                        continue;
                if (is_stale(line, record)) {
                        line->is_used = false;
                        joiner->n_open--;
                } else if (line->is_last_of_caller && is_same_caller(line, record) && record->flag == KMSG_FLAG_NONE) {
                        line->is_last_of_caller = false;
                        if (!joiner->rules->is_incomplete(line_text(line))) {
                                line->is_used = false; /* no piece can continue it any more: see find_line() */
                                joiner->n_open--;
                        }
                }
        }
}

struct text kmsg_line_piece_at(const struct kmsg_line *line, const char *at)
{
        for (size_t i = 1; i < line->n_pieces; i++)
                if (at == line->text.data + line->piece_ends[i - 1])
                        return (struct text){ at, line->piece_ends[i] - line->piece_ends[i - 1] };
        return (struct text){ 0 };
}

static void extend(struct open_line *line, const struct kmsg_record *record, struct kmsg_line *ret_line)
{
        append(line, record->text);
        if (record->flag == KMSG_FLAG_FOLLOWING)
                line->is_orphan = false; /* this kernel flags a line's first piece too (up to 4.9) */
        line->last_seq = record->seq;
        line->is_last_of_caller = true;
        give(line, true, record, ret_line);
}

/* The line of the message before, if a message of a log without flags continues it. */
static struct open_line *find_flagless(struct kmsg_joiner *joiner, const struct kmsg_record *record)
{
        struct open_line *line = joiner->given;
        bool has_blank;

        if (!line || !is_same_caller(line, record) ||
            !joiner->rules->accepts_flagless(line_text(line), record->text, &has_blank))
                return NULL;
        if (has_blank && line->length < sizeof(line->text)) {
                line->text[line->length++] = ' ';
                line->piece_ends[line->n_pieces - 1] = line->length;
        }
        return line;
}

void kmsg_joiner_push(struct kmsg_joiner *joiner, const struct kmsg_record *record, struct kmsg_line *ret_line)
{
        struct open_line *line;

        if (record->origin == KMSG_ORIGIN_LINES && joiner->given) {
                line = find_flagless(joiner, record);
                if (line) {
                        extend(line, record, ret_line);
                        return;
                }
        }
        joiner->given = NULL;
        if (record->flag == KMSG_FLAG_NONE)
                joiner->is_after_gap = false;
        if (joiner->n_open)
                close_lines(joiner, record);
        if (record->flag != KMSG_FLAG_NONE && joiner->n_open) {
                line = find_line(joiner, record);
                if (line) {
                        joiner->given = line;
                        extend(line, record, ret_line);
                        return;
                }
        }
        if (record->caller.length <= CALLER_MAX && joiner->rules->is_pieced(record->text)) {
                line = take_slot(joiner);
                line->is_used = line->is_last_of_caller = true;
                line->is_orphan = joiner->is_after_gap && record->flag != KMSG_FLAG_NONE;
                line->seq = line->last_seq = record->seq;
                line->mono_usec = record->mono_usec;
                line->level = record->level;
                line->caller_length = text_copy(record->caller, line->caller, sizeof(line->caller));
                line->length = line->n_pieces = 0;
                append(line, record->text);
                joiner->given = line;
                give(line, false, record, ret_line);
                return;
        }
        *ret_line = (struct kmsg_line){
                .seq = record->seq,
                .mono_usec = record->mono_usec,
                .level = record->level,
                .caller = record->caller,
                .text = record->text,
                .may_be_cut = record->origin != KMSG_ORIGIN_KERNEL,
                .is_truncated = record->origin == KMSG_ORIGIN_LINES && record->is_truncated,
                .is_numbered = record->origin != KMSG_ORIGIN_LINES,
                .line_length = record->line_length,
                .is_orphan = joiner->is_after_gap && record->flag != KMSG_FLAG_NONE,
        };
}
