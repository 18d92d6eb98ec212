/* Records in pieces: netconsole sends what is longer than a packet as "4,703,73705673,-,ncfrag=0/331;text", and the rest with the offset
 * that it begins at (Documentation/networking/netconsole.rst). */

#include "logfile/prefix_parts.h"
#include "logfile/reader_state.h"

struct piece {
        struct text header, text; /* the header without "ncfrag=" */
        uint64_t offset, total;
};

static bool parse_piece(struct text line, struct piece *ret_piece)
{
        struct text header, text, before, fragment;
        struct piece piece;
        uint64_t level;

        (void)log_eat_release(&line);
        before = line;
        if (!text_eat_u64(&before, &level) || !text_starts(before, TEXT(",")) ||
            !text_split(line, TEXT(";"), &header, &text) || !text_split(header, TEXT(",ncfrag="), &before, &fragment) ||
            !text_eat_u64(&fragment, &piece.offset) || !text_eat(&fragment, TEXT("/")) ||
            !text_eat_u64(&fragment, &piece.total) || piece.offset > piece.total ||
            text.length > piece.total - piece.offset)
                return false;
        piece.header = before;
        piece.text = text;
        *ret_piece = piece;
        return true;
}

static void append(struct log_reader *reader, struct text text)
{
        reader->fragment_length += text_copy(text, reader->fragment + reader->fragment_length,
                                             sizeof(reader->fragment) - reader->fragment_length);
}

/* Is it the next piece of the record that waits? */
static bool goes_on(const struct log_reader *reader, const struct piece *piece)
{
        struct text record = { reader->fragment, reader->fragment_length };

        return piece->offset && record.length && text_starts(record, piece->header) &&
               reader->fragment_start == piece->header.length + 1 &&
               record.length - reader->fragment_start == piece->offset;
}

/* The record waits for its next piece: remembers where it came from. */
static void wait_for_next(struct log_reader *reader, const struct piece *piece, const struct log_origin *origin)
{
        append(reader, piece->header);
        append(reader, TEXT(";"));
        reader->fragment_start = reader->fragment_length;
        reader->fragment_origin = *origin;
        reader->fragment_origin.path = (struct text){ 0 };
        reader->fragment_origin.host =
                (struct text){ reader->fragment_host,
                               text_copy(origin->host, reader->fragment_host, sizeof(reader->fragment_host)) };
}

void log_reader_end_fragment(struct log_reader *reader)
{
        struct text line = { reader->fragment, reader->fragment_length };
        struct log_prefix prefix;

        reader->fragment_length = 0;
        if (line.length == 0 || !log_prefix_parse(line, &reader->hint, reader->decoded, &prefix))
                return;
        prefix.is_truncated = true;
        log_reader_add_line(reader, &prefix, &reader->fragment_origin);
}

bool log_reader_read_fragment(struct log_reader *reader, struct text *line, const struct log_origin *origin)
{
        struct piece piece;

        if (!parse_piece(*line, &piece))
                return false;
        if (!goes_on(reader, &piece)) {
                log_reader_end_fragment(reader);
                if (piece.offset)
                        return true; /* its beginning is lost */
                wait_for_next(reader, &piece, origin);
        }
        append(reader, piece.text);
        if (reader->fragment_length - reader->fragment_start < piece.total &&
            reader->fragment_length < sizeof(reader->fragment))
                return true;
        *line = (struct text){ reader->fragment, reader->fragment_length };
        reader->fragment_length = 0;
        return false;
}
