/* lib/parse/pieces.c: which lines the kernel prints in pieces, that may come as records of their own: the rules for kmsg/joiner.h,
 * by the table of lines (line_table.h). Every record of the kernel log is asked about here. */

#include "kmsg/joiner.h"
#include "parse/parse.h"

/* No zone has a longer name, with the ": " after it. */
#define ZONE_REACH (OOM_ZONE_NAME_MAX + 2)

/* What a line about a zone lacks. */
enum zone_state {
        ZONE_WHOLE, /* nothing, or it is no such line */
        ZONE_NODE,  /* "Node 0 ", before a zone's name */
        ZONE_BUDDY, /* "Node 0 DMA: 1*4kB ", as long as it lacks its end */
};

/* "1*4kB (UM) 0*8kB ", or nothing yet */
static bool is_buddy(struct text text)
{
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("0123456789*kB (UMEHCIR)=", text.data[i], 24))
                        return false;
        return true;
}

static enum zone_state zone_state(struct text line)
{
        struct text rest = line;
        uint64_t node;
        ptrdiff_t colon;

        if (text_eat(&rest, TEXT("Node "))) {
                if (!text_eat_u64(&rest, &node) || !text_eat(&rest, TEXT(" ")))
                        return ZONE_WHOLE;
                if (rest.length == 0)
                        return ZONE_NODE;
        }
        colon = text_find(text_until_offset(rest, rest.length < ZONE_REACH ? rest.length : ZONE_REACH), TEXT(": "), 0);
        if (colon <= 0 || memchr(rest.data, ' ', (size_t)colon))
                return ZONE_WHOLE;
        return text_find_last(rest, TEXT(" = ")) < 0 && is_buddy(text_from_offset(rest, (size_t)colon + 2))
                       ? ZONE_BUDDY
                       : ZONE_WHOLE;
}

static bool may_have_pieces(const struct oom_line_row *row, struct text line)
{
        if (row->pieces == OOM_PIECES_WHOLE || !oom_row_is_anchored(row, line))
                return false;
        if (row->pieces == OOM_PIECES_ZONES)
                return zone_state(line) != ZONE_WHOLE;
        return row->pieces != OOM_PIECES_HEADER || text_find(line, TEXT(", nodemask="), 0) >= 0;
}

/* The row of a line that the kernel prints in pieces; NULL: it is no such line. */
static const struct oom_line_row *find_row(struct text line)
{
        size_t count;
        const struct oom_line_row *rows = oom_rows_of(line, &count);

        for (size_t i = 0; i < count; i++)
                if (may_have_pieces(&rows[i], line))
                        return &rows[i];
        rows = oom_rows_after_comm(&count);
        for (size_t i = 0; i < count; i++)
                if (may_have_pieces(&rows[i], line))
                        return &rows[i];
        return NULL;
}

static bool is_pieced(struct text line)
{
        return find_row(line) != NULL;
}

static bool is_incomplete(struct text line)
{
        const struct oom_line_row *row = find_row(line);
        struct oom_line parsed;

        switch (row ? row->pieces : OOM_PIECES_WHOLE) {
        case OOM_PIECES_COMMAS:
        case OOM_PIECES_HEADER:
        case OOM_PIECES_BLANKS:
                parsed.is_cut = false;
                return !row->parse(line, &parsed) || parsed.is_cut;
        case OOM_PIECES_ZONES: /* else it wouldn't be a line with pieces */
                return true;
        case OOM_PIECES_STATS:
        case OOM_PIECES_NUMBERS:
        case OOM_PIECES_WHOLE:
                break;
        }
        return false;
}

/* " 426 426", or the newline that ends the line */
static bool is_reserve(struct text piece)
{
        uint64_t pages;

        while (text_eat(&piece, TEXT(" ")))
                if (!text_eat_u64(&piece, &pages))
                        return false;
        return piece.length == 0;
}

/* "DMA free:1kB ...", "DMA: ": it is looked at as what it would make of the line. */
static bool is_zone(struct text piece)
{
        struct oom_line parsed;

        return oom_parse_zone(piece, &parsed) || oom_parse_buddy(piece, &parsed) || zone_state(piece) == ZONE_BUDDY;
}

/* The kernel's own words between names begin with ',' or ' '; a name comes only where those words end with '=' or ' '.
 * So a whole line that happens to be flagged as a piece is not swallowed. */
static bool accepts(struct text line, struct text piece)
{
        const struct oom_line_row *row = find_row(line);
        char last = line.length ? line.data[line.length - 1] : 0;
        char first = piece.length ? piece.data[0] : 0;

        switch (row ? row->pieces : OOM_PIECES_WHOLE) {
        case OOM_PIECES_COMMAS:
        case OOM_PIECES_HEADER:
                return first == ',' || last == '=';
        case OOM_PIECES_BLANKS:
                return first == ' ' || first == 0 || last == ' ' || last == '=';
        case OOM_PIECES_STATS:
                return first == ':' || first == ' ' || first == 0 || last == ' ';
        case OOM_PIECES_NUMBERS:
                return is_reserve(piece);
        case OOM_PIECES_ZONES:
                return zone_state(line) == ZONE_NODE ? is_zone(piece) : is_buddy(piece);
        case OOM_PIECES_WHOLE:
                break;
        }
        return false;
}

const struct kmsg_join_rules oom_join_rules = {
        .is_pieced = is_pieced,
        .is_incomplete = is_incomplete,
        .accepts = accepts,
};
