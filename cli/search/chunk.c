#include "search/chunk.h"

#include "search/date_lines.h"

/* The end of the block before is searched again, for words that the cut divides. */
#define OVERLAP_BYTES 64
_Static_assert(OVERLAP_BYTES >= LOG_SEARCH_OVERLAP && OVERLAP_BYTES <= FILE_VIEW_PAGE, "divided words are found");

/* What follows looks at bytes that may change meanwhile (file_view.h): a count may be wrong then, but not negative. */
static uint64_t less(uint64_t count, uint64_t by)
{
        return count > by ? count - by : 0;
}

/* Returns the offset of the page up to which nothing is needed for the candidate at `found`, neither its line nor those that a stream
 * emits before it. 0: they begin before these bytes. */
static size_t end_of_skip(struct text bytes, size_t found)
{
        size_t floor = found > STREAM_LINE_MAX ? found - STREAM_LINE_MAX : 0;
        const char *newline = memrchr(bytes.data + floor, '\n', found - floor);
        size_t line = newline ? (size_t)(newline - bytes.data) + 1 : floor;

        return line > STREAM_BEFORE_BYTES ? (line - STREAM_BEFORE_BYTES) & ~(FILE_VIEW_PAGE - 1) : 0;
}

/* Returns false if they don't fit. */
static bool take_date_lines(struct text bytes, char date[static DATE_LENGTH], struct chunk_block *block)
{
        size_t from = 0;
        struct text line;

        block->date_lines_length = 0;
        while (date_lines_next(bytes, 0, DATE_LINES_STEP, &from, date, &line)) {
                char *to = block->date_lines + block->date_lines_length;

                if (line.length + 1 > sizeof(block->date_lines) - block->date_lines_length)
                        return false;
                memcpy(to, line.data, line.length);
                to[line.length] = '\n';
                block->date_lines_length += line.length + 1;
        }
        return true;
}

/* bytes: a page of what is before, and a block. ret_block: what of this is before the first candidate and not needed for it. Returns
 * false if there is none, or if it can't be skipped. */
static bool search_block(struct text bytes, const struct log_searcher *searcher, char date[static DATE_LENGTH],
                         struct chunk_block *ret_block)
{
        const size_t before = FILE_VIEW_PAGE - OVERLAP_BYTES;
        struct text searched = text_from_offset(bytes, before);
        uint64_t n_newlines = 0;
        size_t found = before + log_searcher_find(searcher, searched, 0, &n_newlines), end = found;

        if (found < bytes.length)
                end = end_of_skip(bytes, found);
        if (end <= FILE_VIEW_PAGE)
                return false;
        n_newlines = less(n_newlines, text_count(text_until_offset(searched, OVERLAP_BYTES), '\n'));
        ret_block->n_newlines = less(n_newlines, text_count((struct text){ bytes.data + end, found - end }, '\n'));
        ret_block->length = end - FILE_VIEW_PAGE;
        return take_date_lines((struct text){ bytes.data + FILE_VIEW_PAGE, end - FILE_VIEW_PAGE }, date, ret_block);
}

static void clear_last(struct chunk *chunk)
{
        chunk->last.length = chunk->last.n_newlines = chunk->last.date_lines_length = 0;
}

/* Adds the last block to what can be skipped. */
static void add_last(struct chunk *chunk)
{
        memcpy(chunk->date_lines + chunk->date_lines_length, chunk->last.date_lines, chunk->last.date_lines_length);
        chunk->length += chunk->last.length;
        chunk->n_newlines += chunk->last.n_newlines;
        chunk->date_lines_length += chunk->last.date_lines_length;
        clear_last(chunk);
}

void chunk_search(struct file_view *view, int fd, uint64_t offset, uint64_t end, enum log_search_form form,
                  struct chunk *ret_chunk)
{
        struct chunk *chunk = ret_chunk;
        struct log_searcher searcher;
        char date[DATE_LENGTH] = "";

        chunk->is_whole = chunk->is_failed = false;
        chunk->length = chunk->n_newlines = chunk->date_lines_length = 0;
        clear_last(chunk);
        log_searcher_init(&searcher, form);
        while (offset < end) {
                size_t length = end - offset < STREAM_BLOCK_BYTES ? (size_t)(end - offset) : STREAM_BLOCK_BYTES;
                const char *data = file_view_open(view, fd, offset - FILE_VIEW_PAGE, FILE_VIEW_PAGE + length);
                struct chunk_block block;
                bool is_usable =
                        data && search_block((struct text){ data, FILE_VIEW_PAGE + length }, &searcher, date, &block);

                chunk->is_failed = !data || file_view_close(view) < 0;
                if (chunk->is_failed || !is_usable) {
                        clear_last(chunk); /* lines before a candidate are in it */
                        return;
                }
                add_last(chunk);
                chunk->last = block;
                if (block.length < length) {
                        add_last(chunk);
                        return;
                }
                offset += length;
        }
        chunk->is_whole = true;
}
