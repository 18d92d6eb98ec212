/* lib/parse/pieces.c: which lines the kernel prints in pieces, that may come as records of their own: the rules for
 * kmsg/joiner.h. Every record of the kernel log is asked about here. */

#include "kmsg/joiner.h"
#include "parse/parse.h"

/* No zone has a longer name, with the ": " behind it. */
#define ZONE_REACH (OOM_ZONE_NAME_MAX + 2)

enum piece_kind {
        PIECE_NONE,
        PIECE_SUMMARY,
        PIECE_INVOKED,
        PIECE_CPUSET,
        PIECE_LIMIT,
        PIECE_GROUP,
        PIECE_STATS,
        PIECE_FAILURE,
        PIECE_NODE,    /* "Node 0 ", before a zone's name */
        PIECE_BUDDY,   /* "Node 0 DMA: 1*4kB ", as long as it lacks its end */
        PIECE_RESERVE, /* "lowmem_reserve[]:", whose end can't be seen */
};

/* "1*4kB (UM) 0*8kB ", or nothing yet */
static bool is_buddy(struct text text)
{
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("0123456789*kB (UMEHCIR)=", text.data[i], 24))
                        return false;
        return true;
}

/* "Node 0 ", "Node 0 DMA: ", "DMA: ": what a zone's line and its buddy line begin with. Those that are whole already are
 * none of ours. */
static enum piece_kind piece_of_zone(struct text line)
{
        struct text rest = line;
        uint64_t node;
        ptrdiff_t colon;

        if (text_eat(&rest, TEXT("Node "))) {
                if (!text_eat_u64(&rest, &node) || !text_eat(&rest, TEXT(" ")))
                        return PIECE_NONE;
                if (rest.length == 0)
                        return PIECE_NODE;
        }
        colon = text_find(text_until_offset(rest, rest.length < ZONE_REACH ? rest.length : ZONE_REACH), TEXT(": "), 0);
        if (colon <= 0 || memchr(rest.data, ' ', (size_t)colon))
                return PIECE_NONE;
        return text_find_last(rest, TEXT(" = ")) < 0 && is_buddy(text_from_offset(rest, (size_t)colon + 2))
                       ? PIECE_BUDDY
                       : PIECE_NONE;
}

static enum piece_kind piece_kind(struct text line)
{
        enum piece_kind kind;
        bool zone = false;

        switch (line.length ? line.data[0] : 0) {
        case 'o':
                if (text_starts(line, TEXT("oom-kill:constraint=")))
                        return PIECE_SUMMARY;
                break;
        case 'T':
                if (text_starts(line, TEXT("Task in ")))
                        return PIECE_LIMIT;
                if (text_starts(line, TEXT("Tasks in ")))
                        return PIECE_GROUP;
                break;
        case 'M':
                if (text_starts(line, TEXT("Memory cgroup stats")) ||
                    text_starts(line, TEXT("Memory limit reached of cgroup ")))
                        return PIECE_STATS;
                zone = text_starts(line, TEXT("Movable: "));
                break;
        case 'N':
                zone = text_starts(line, TEXT("Node ")) || text_starts(line, TEXT("Normal: "));
                break;
        case 'D':
                zone = text_starts(line, TEXT("DMA"));
                break;
        case 'H':
                zone = text_starts(line, TEXT("HighMem: "));
                break;
        case 'l':
                if (text_starts(line, TEXT("lowmem_reserve[]:")))
                        return PIECE_RESERVE;
                break;
        }
        if (zone && (kind = piece_of_zone(line)) != PIECE_NONE)
                return kind;
        if (oom_find_after_comm(line, TEXT(OOM_CPUSET_WORDS), OOM_CPUSET_MARK) >= 0)
                return PIECE_CPUSET;
        if (oom_find_after_comm(line, TEXT(OOM_FAILURE_WORDS), OOM_FAILURE_MARK) >= 0)
                return PIECE_FAILURE;
        if (oom_find_after_comm(line, TEXT(OOM_INVOKED_WORDS), OOM_INVOKED_MARK) >= 0 &&
            text_find(line, TEXT(", nodemask="), 0) >= 0)
                return PIECE_INVOKED;
        return PIECE_NONE;
}

static bool is_pieced(struct text line)
{
        return piece_kind(line) != PIECE_NONE;
}

static bool is_incomplete(struct text line)
{
        struct oom_line parsed;

        switch (piece_kind(line)) {
        case PIECE_SUMMARY:
                return !oom_parse_summary(line, &parsed) || parsed.summary.pid == OOM_UNKNOWN;
        case PIECE_INVOKED:
                return !oom_parse_invoked(line, &parsed) || parsed.invoked.order == OOM_UNKNOWN;
        case PIECE_CPUSET:
                return !oom_parse_cpuset(line, &parsed);
        case PIECE_LIMIT:
                return !oom_parse_limit(line, &parsed);
        case PIECE_GROUP:
                return !oom_parse_group(line, &parsed);
        case PIECE_FAILURE:
                return text_find(line, TEXT(",mems_allowed="), 0) < 0;
        case PIECE_NODE:
        case PIECE_BUDDY:
                return true;
        case PIECE_STATS:
        case PIECE_RESERVE:
        case PIECE_NONE:
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

        return oom_parse_zone(piece, &parsed) || oom_parse_buddy(piece, &parsed) || piece_of_zone(piece) == PIECE_BUDDY;
}

/* The kernel's own words between names begin with ',' or ' '; a name comes only where those words end with '=' or ' '.
 * So a whole line that happens to be flagged as a piece is not swallowed. */
static bool accepts(struct text line, struct text piece)
{
        char last = line.length ? line.data[line.length - 1] : 0;
        char first = piece.length ? piece.data[0] : 0;

        switch (piece_kind(line)) {
        case PIECE_SUMMARY:
        case PIECE_INVOKED:
        case PIECE_FAILURE:
                return first == ',' || last == '=';
        case PIECE_CPUSET:
        case PIECE_LIMIT:
        case PIECE_GROUP:
                return first == ' ' || first == 0 || last == ' ' || last == '=';
        case PIECE_STATS:
                return first == ':' || first == ' ' || first == 0 || last == ' ';
        case PIECE_NODE:
                return is_zone(piece);
        case PIECE_BUDDY:
                return is_buddy(piece);
        case PIECE_RESERVE:
                return is_reserve(piece);
        case PIECE_NONE:
                break;
        }
        return false;
}

const struct kmsg_join_rules oom_join_rules = {
        .is_pieced = is_pieced,
        .is_incomplete = is_incomplete,
        .accepts = accepts,
};
