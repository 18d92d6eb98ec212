/* lib/logfile/search/search.h: where in a log a kernel OOM report may be, found without reading the lines.
 *
 * Logs are nearly all about something else. The search passes over them many times faster than lines can be told apart,
 * and stops where words stand that only a report's decisive lines have: those that by themselves begin a report, make an
 * incident or end one (parse/line.h). Around such a place the lines are then read; it decides nothing. It never passes over
 * such a line, whatever the line's prefix is and in whatever form the log is kept, as long as the words stand in it as the
 * kernel prints them. */

#pragma once

#include "util/text.h"

/* Words that the end of a block cuts are not found: who cuts a log anywhere but at a line's end has to show this many bytes
 * again in front of the next block. Nothing that is searched for is longer. */
#define LOG_SEARCH_OVERLAP 48

enum log_search_form {
        LOG_SEARCH_TEXT,
        /* Besides the same: what journalctl -o json writes as an array of byte numbers, for every message that is not
         * wholly printable; "MESSAGE":[75,105,108,108,101,100, ... is a kill line, if its comm has an odd byte. Each such
         * array is a place. */
        LOG_SEARCH_JOURNAL_JSON,
};

/* The offset of the first such words that begin at or after from; block.length: there are none. from is at most
 * block.length. Nothing outside the block is read. */
size_t log_search(struct text block, size_t from, enum log_search_form form);

/* The same, and adds to *newlines how many stand between from and that offset: counted on the way they cost little. */
size_t log_search_counting(struct text block, size_t from, enum log_search_form form, uint64_t *newlines);

/* ---- the ways to do it, for the tests and benches that compare them ------------------------------------------------ */

enum log_search_way {
        LOG_SEARCH_PORTABLE,
        LOG_SEARCH_SSE2,
        LOG_SEARCH_AVX2,
        LOG_SEARCH_AVX512, /* with its BW part */
        LOG_SEARCH_WAYS,
};

/* Can this processor do it? log_search() takes the last way that it can. */
bool log_search_has(enum log_search_way way);
/* As log_search_counting(), in this way, which the processor must have. */
size_t log_search_by(enum log_search_way way, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines);
