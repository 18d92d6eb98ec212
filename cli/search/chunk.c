#include "search/chunk.h"

#include "host/file.h"
#include "search/date_lines.h"

/* The end of the block before is searched again, for words that the cut divides; it is where a stream keeps bytes. */
#define OVERLAP_BYTES 64
_Static_assert(OVERLAP_BYTES >= LOG_SEARCH_OVERLAP && OVERLAP_BYTES <= STREAM_KEPT_BYTES, "divided words are found");

/* Returns false if they don't fit. */
static bool take_date_lines(struct text block, char date[static DATE_LENGTH], struct chunk *chunk)
{
        size_t from = 0;
        struct text line;

        while (date_lines_next(block, 0, DATE_LINES_STEP, &from, date, &line)) {
                size_t used = chunk->date_lines_length + chunk->last_date_lines_length;

                if (line.length + 1 > sizeof(chunk->date_lines) - used)
                        return false;
                memcpy(chunk->date_lines + used, line.data, line.length);
                chunk->date_lines[used + line.length] = '\n';
                chunk->last_date_lines_length += line.length + 1;
        }
        return true;
}

void chunk_search(int fd, uint64_t offset, enum log_search_form form, char *buffer, struct chunk *ret_chunk)
{
        struct chunk *chunk = ret_chunk;
        const uint64_t end = offset + CHUNK_BYTES;
        char *overlap = buffer + STREAM_KEPT_BYTES - OVERLAP_BYTES;
        char date[DATE_LENGTH] = "";

        chunk->is_clean = false;
        chunk->n_newlines = chunk->n_last_newlines = 0;
        chunk->date_lines_length = chunk->last_date_lines_length = 0;
        if (file_read_all_at(fd, overlap, OVERLAP_BYTES, offset - OVERLAP_BYTES) != OVERLAP_BYTES)
                return;
        for (; offset < end; offset += STREAM_BLOCK_BYTES) {
                struct text block = { buffer + STREAM_KEPT_BYTES, STREAM_BLOCK_BYTES };
                struct text searched = { overlap, OVERLAP_BYTES + STREAM_BLOCK_BYTES };
                uint64_t newlines = 0;

                if (file_read_all_at(fd, buffer + STREAM_KEPT_BYTES, block.length, offset) != (ssize_t)block.length ||
                    log_search_counting(searched, 0, form, &newlines) < searched.length)
                        return;
                chunk->n_newlines += chunk->n_last_newlines;
                chunk->n_last_newlines = newlines - text_count(text_until_offset(searched, OVERLAP_BYTES), '\n');
                chunk->date_lines_length += chunk->last_date_lines_length;
                chunk->last_date_lines_length = 0;
                if (!take_date_lines(block, date, chunk))
                        return;
                memcpy(overlap, block.data + STREAM_BLOCK_BYTES - OVERLAP_BYTES, OVERLAP_BYTES);
        }
        chunk->is_clean = true;
}
