/* lib/logfile/search/search.h: where in a log a kernel OOM report may be, found without reading the lines.
 *
 * Logs are nearly all about something else. The search passes over them many times faster than lines can be parsed, and
 * stops at words that only a report's decisive lines hold: those that by themselves begin a report, make an incident or end
 * one (parse/line.h). The caller then reads the lines around; the search decides nothing. It never passes over such a line,
 * whatever the line's prefix and the log's form are, if the line holds the words as the kernel prints them. */

#pragma once

#include "util/text.h"

/* Nothing that is searched for is longer. Words that a block's end cuts are not found in it: a caller whose blocks end
 * within lines puts so many bytes of each in front of the next. */
#define LOG_SEARCH_OVERLAP 48

enum log_search_form {
        LOG_SEARCH_TEXT,
        /* The same, and every message that journalctl -o json writes as an array of byte numbers, as it does when not all of
         * it is printable: "MESSAGE":[75,105,108,108,101,100, ... is a kill line whose comm has an odd byte. */
        LOG_SEARCH_JOURNAL_JSON,
};

/* What a search needs of the words: tables of their bytes. */
#define LOG_SEARCHER_ROWS        5
#define LOG_SEARCHER_FILTER_BITS 4096

struct log_searcher {
        enum log_search_form form;
        uint8_t rows[LOG_SEARCHER_ROWS][16];
        uint64_t filter[LOG_SEARCHER_FILTER_BITS / 64];
};

/* For any number of searches. */
void log_searcher_init(struct log_searcher *searcher, enum log_search_form form);

/* As log_search_counting(), with an initialised searcher. */
size_t log_searcher_find(const struct log_searcher *searcher, struct text block, size_t from, uint64_t *newlines);

/* Returns the offset of the first such words that begin at or after from, which is at most block.length; block.length if
 * there are none. Reads nothing outside the block, and never fails. */
size_t log_search(struct text block, size_t from, enum log_search_form form);

/* The same, and adds the number of newlines between from and the offset to *newlines: counting them here costs little. */
size_t log_search_counting(struct text block, size_t from, enum log_search_form form, uint64_t *newlines);

/* ---- backends, for the tests and benches that compare them ---------------------------------------------------------- */

/* Each is faster than the one before. */
enum log_search_backend {
        LOG_SEARCH_PORTABLE,
        LOG_SEARCH_SSE2,
        LOG_SEARCH_AVX2,
        LOG_SEARCH_BACKENDS,
};

/* Whether this processor has it. log_search() takes the last one that it has. */
bool log_search_has(enum log_search_backend backend);
/* As log_search_counting(), by this backend, which the processor must have. */
size_t log_search_by(enum log_search_backend backend, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines);
