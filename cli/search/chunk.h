/* cli/search/chunk.h: searches a chunk of a log for candidates, ahead of the log's reader.
 *
 * If there are none, the chunk has what the reader needs to skip it (stream_skip()). */

#pragma once

#include <stdbool.h>

#include "logfile/search/search.h"
#include "search/stream.h"

/* Some of the blocks that the reader would read. */
#define CHUNK_BYTES (8 * STREAM_BLOCK_BYTES)
/* Mostly there is a line or two. */
#define CHUNK_DATE_LINES_MAX 16384

struct chunk {
        bool is_clean; /* there is no candidate, and what follows is set */
        /* Of all blocks but the last, and of the last, which the reader may have to read. */
        uint64_t n_newlines, n_last_newlines;
        size_t date_lines_length, last_date_lines_length;
        char date_lines[CHUNK_DATE_LINES_MAX]; /* each with its newline */
};

/* Reads and searches CHUNK_BYTES of fd at offset, which is a block or more: the last bytes before it are searched too. buffer:
 * stream_buffer(). A chunk that can't be read, or whose date lines don't fit, isn't clean: the reader reads it itself. */
void chunk_search(int fd, uint64_t offset, enum log_search_form form, char *buffer, struct chunk *ret_chunk);
