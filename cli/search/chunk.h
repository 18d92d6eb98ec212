/* cli/search/chunk.h: whether a piece of a log holds anything of a report, and what its reader has to know to pass over it. */

#pragma once

#include <stdbool.h>

#include "logfile/search/search.h"
#include "search/stream.h"

/* What is surveyed at once: some of the blocks that a reader would read. */
#define SCAN_PIECE_BYTES (8 * SCAN_BLOCK_BYTES)
/* For the lines that were looked at for their dates; mostly one or two of a piece. */
#define SCAN_SURVEY_SAMPLES_MAX 16384

struct scan_survey {
        bool is_clean; /* nothing of a report is there, and what follows is known */
        /* Newlines and lines for their dates, each with its newline, of all blocks but the last, and of the last. */
        uint64_t newlines, last_newlines;
        size_t samples_length, last_samples_length;
        char samples[SCAN_SURVEY_SAMPLES_MAX];
};

/* Reads and searches SCAN_PIECE_BYTES from offset on, and some bytes before: offset is at least a block. What can't be read
 * isn't clean. buffer: scan_stream_buffer(). */
void scan_survey(int fd, uint64_t offset, enum log_search_form form, char *buffer, struct scan_survey *ret_survey);
