/* lib/parse/pieces.c: which lines the kernel prints in pieces, that may come as records of their own: the rules for kmsg/joiner.h,
 * by the table of lines (line_table.h). Every record of the kernel log is asked about here. */

#include "kmsg/joiner.h"
#include "parse/parse.h"
#include "util/array.h"

/* How a line goes on. */
enum pieces {
        COMMAS,  /* ",name=" and a name, in turn */
        HEADER,  /* the same, but only if the line has a nodemask */
        BLANKS,  /* words that begin or end with a blank, and a name, in turn */
        STATS,   /* names, then figures; its end can't be seen */
        NUMBERS, /* " 426 426"; its end can't be seen */
        ZONES,   /* "Node 0 ", "DMA: ", "1*4kB ", "= 4kB" */
};

struct row {
        enum pieces pieces;
        uint8_t mark; /* see oom_find_after_comm() */
        struct text words;
        oom_parse_fn parse;
};

/* Rows with WHOLE in the table are left out. */
#define ROW_WHOLE(words, mark, parse)
#define ROW_COMMAS(words, mark, parse)  ROW(COMMAS, words, mark, parse)
#define ROW_HEADER(words, mark, parse)  ROW(HEADER, words, mark, parse)
#define ROW_BLANKS(words, mark, parse)  ROW(BLANKS, words, mark, parse)
#define ROW_STATS(words, mark, parse)   ROW(STATS, words, mark, parse)
#define ROW_NUMBERS(words, mark, parse) ROW(NUMBERS, words, mark, parse)
#define ROW_ZONES(words, mark, parse)   ROW(ZONES, words, mark, parse)

#define ROW(pieces, words, mark, parse) { pieces, mark, { words, sizeof(words) - 1 }, parse },

static const struct row beginnings[] = {
#define LINE(kind, anchor, words, parse, pieces, search) ROW_##pieces(words, 0, parse)
#include "parse/line_table.h"
};

static const struct row after_comm[] = {
#define LINE_AFTER(kind, words, mark, parse, pieces, search) ROW_##pieces(words, mark, parse)
#include "parse/line_table.h"
};

#undef ROW

/* May a row of beginnings have words with this first byte? Most lines of the kernel log begin with another. */
static bool may_begin(char first)
{
        const uint64_t letters = 0
#define ROW(pieces, words, mark, parse)                  | UINT64_C(1) << ((words)[0] & 63)
#define LINE(kind, anchor, words, parse, pieces, search) ROW_##pieces(words, 0, parse)
#include "parse/line_table.h"
                ;

        return first & 64 && letters >> (first & 63) & 1;
}

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

/* The row of a line that the kernel prints in pieces; NULL: it is no such line. */
static const struct row *find_row(struct text line)
{
        const char first = line.length ? line.data[0] : '\0';
        const size_t n_beginnings = may_begin(first) ? COUNT(beginnings) : 0;

        for (size_t i = 0; i < n_beginnings; i++)
                if (beginnings[i].words.data[0] == first && text_starts(line, beginnings[i].words) &&
                    (beginnings[i].pieces != ZONES || zone_state(line) != ZONE_WHOLE))
                        return &beginnings[i];
        for (size_t i = 0; i < COUNT(after_comm); i++)
                if (oom_find_after_comm(line, after_comm[i].words, after_comm[i].mark) >= 0 &&
                    (after_comm[i].pieces != HEADER || text_find(line, TEXT(", nodemask="), 0) >= 0))
                        return &after_comm[i];
        return NULL;
}

static bool is_pieced(struct text line)
{
        return find_row(line) != NULL;
}

static bool is_incomplete(struct text line)
{
        const struct row *row = find_row(line);
        struct oom_line parsed;

        if (!row)
                return false;
        switch (row->pieces) {
        case COMMAS:
        case HEADER:
        case BLANKS:
                parsed.end = OOM_END_WHOLE;
                parsed.is_cut = false;
                return !row->parse(line, &parsed) || parsed.is_cut;
        case ZONES: /* else it wouldn't be a line with pieces */
                return true;
        case STATS:
        case NUMBERS:
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

        parsed.end = OOM_END_WHOLE;
        return oom_parse_zone(piece, &parsed) || oom_parse_buddy(piece, &parsed) || zone_state(piece) == ZONE_BUDDY;
}

/* The kernel's own words between names begin with ',' or ' '; a name comes only where those words end with '=' or ' '.
 * So a whole line that happens to be flagged as a piece is not swallowed. */
static bool accepts(struct text line, struct text piece)
{
        const struct row *row = find_row(line);
        char last = line.length ? line.data[line.length - 1] : 0;
        char first = piece.length ? piece.data[0] : 0;

        if (!row)
                return false;
        switch (row->pieces) {
        case COMMAS:
        case HEADER:
                return first == ',' || last == '=';
        case BLANKS:
                return first == ' ' || first == 0 || last == ' ' || last == '=';
        case STATS:
                return first == ':' || first == ' ' || first == 0 || last == ' ';
        case NUMBERS:
                return is_reserve(piece);
        case ZONES:
                return zone_state(line) == ZONE_NODE ? is_zone(piece) : is_buddy(piece);
        }
        return false;
}

/* The words of the kernel that a cgroup's path follows in a line with BLANKS or STATS, without the blank after them. */
static bool ends_before_path(struct text line)
{
        static const struct text words[] = {
                { " killed as a result of limit of", 31 },
                { "Memory limit reached of cgroup", 30 },
                { "Memory cgroup stats for", 23 },
        };

        (void)text_eat_end(&line, TEXT(" "));
        for (size_t i = 0; i < COUNT(words); i++)
                if (text_ends(line, words[i]))
                        return true;
        return text_equal(line, TEXT("Task in")) || text_equal(line, TEXT("Tasks in"));
}

/* Words of the kernel that follow a cgroup's path there, without the blank before them. */
static bool starts_after_path(struct text piece)
{
        (void)text_eat(&piece, TEXT(" "));
        return text_starts(piece, TEXT("killed as a result of limit of")) ||
               text_equal(piece, TEXT("are going to be killed due to memory.oom.group set"));
}

/* Without flags only what the kernel's words show: that a path or such words must follow, and do. */
static bool accepts_flagless(struct text line, struct text piece, bool *ret_has_blank)
{
        const struct row *row = find_row(line);
        bool is_path = piece.length && piece.data[0] == '/', has_blank = text_ends(line, TEXT(" "));
        struct oom_line parsed;

        *ret_has_blank = false;
        if (!row || piece.length == 0)
                return false;
        switch (row->pieces) {
        case COMMAS:
        case HEADER:
                parsed.end = OOM_END_WHOLE;
                parsed.is_cut = false;
                return (text_ends(line, TEXT("=")) ? is_path || piece.data[0] == '(' : piece.data[0] == ',') &&
                       (!row->parse(line, &parsed) || parsed.is_cut);
        case BLANKS:
        case STATS:
                parsed.end = OOM_END_WHOLE;
                if (row->pieces == STATS && text_equal(piece, TEXT(":")))
                        return !text_ends(line, TEXT(":"));
                *ret_has_blank = !has_blank && piece.data[0] != ' ';
                return ends_before_path(line)
                               ? is_path
                               : row->pieces == BLANKS && starts_after_path(piece) && !row->parse(line, &parsed);
        case NUMBERS:
        case ZONES:
                break;
        }
        return false;
}

const struct kmsg_join_rules oom_join_rules = {
        .is_pieced = is_pieced,
        .is_incomplete = is_incomplete,
        .accepts = accepts,
        .accepts_flagless = accepts_flagless,
};
