/* cli/search/chunk.h: searches a chunk of a log for candidates, ahead of the log's reader.
 *
 * What is before the first candidate, but for the lines that are emitted with it, the reader skips (lookahead.h). */

#pragma once

#include <stdbool.h>

#include "logfile/search/search.h"
#include "search/file_view.h"
#include "search/stream.h"

/* Some of the blocks that the reader would read. */
#define CHUNK_BLOCKS 8
#define CHUNK_BYTES  (CHUNK_BLOCKS * STREAM_BLOCK_BYTES)
/* Of a block. Mostly there is a line or two. */
#define CHUNK_DATE_LINES_MAX 2048

/* A block, or the beginning of one, in which nothing is. */
struct chunk_block {
        uint64_t length, n_newlines;
        size_t date_lines_length;
        char date_lines[CHUNK_DATE_LINES_MAX]; /* for date_lines.h, each with its newline */
};

struct chunk {
        bool is_whole;  /* there is no candidate in it */
        bool is_failed; /* the file can't be mapped, or was cut: only a read shows what it holds */
        /* What the reader may skip. If not is_whole, it has to read on from there. */
        uint64_t length, n_newlines;
        size_t date_lines_length;
        char date_lines[CHUNK_BLOCKS * CHUNK_DATE_LINES_MAX];
        /* If is_whole, what follows that: may be skipped too if something of the next chunk may, since lines before a candidate are
         * emitted with it. */
        struct chunk_block last;
};

/* Searches fd from offset on, a multiple of FILE_VIEW_PAGE and at least one, to end, a multiple of it too, CHUNK_BYTES further at most:
 * the last bytes before it are searched too. */
void chunk_search(struct file_view *view, int fd, uint64_t offset, uint64_t end, enum log_search_form form,
                  struct chunk *ret_chunk);
