/* cli/search/chunk.h: whether a piece of a log holds anything of a report, and what its reader has to know to pass over it. */

#pragma once

#include <stdbool.h>

#include "logfile/search/search.h"
#include "search/stream.h"

/* What is surveyed at once: some of the blocks that a reader would read. */
#define CHUNK_BYTES (8 * STREAM_BLOCK_BYTES)
/* For the lines that were looked at for their dates; mostly one or two of a piece. */
#define CHUNK_DATE_LINES_MAX 16384

struct chunk {
        bool is_clean; /* nothing of a report is there, and what follows is known */
        /* Newlines and lines for their dates, each with its newline, of all blocks but the last, and of the last. */
        uint64_t n_newlines, n_last_newlines;
        size_t date_lines_length, last_date_lines_length;
        char date_lines[CHUNK_DATE_LINES_MAX];
};

/* Reads and searches CHUNK_BYTES from offset on, and some bytes before: offset is at least a block. What can't be read
 * isn't clean. buffer: stream_buffer(). */
void chunk_search(int fd, uint64_t offset, enum log_search_form form, char *buffer, struct chunk *ret_chunk);
