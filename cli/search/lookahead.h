/* cli/search/lookahead.h: lets the reader of a large log skip what holds nothing of a report, without reading it.
 *
 * The reader reads a block and gives it to a stream, in turns. Before each block the lookahead searches what comes next, where
 * the kernel has it (file_view.h) or by what other threads have searched already (prefetch.h), and the stream skips what is before the next
 * candidate. */

#pragma once

#include "search/prefetch.h"

/* What to read after something was skipped: the candidate and the lines around it, mostly. */
#define LOOKAHEAD_READ_BYTES ((size_t)64 * 1024)

struct lookahead;

/* fd is a regular file of size bytes that is no mail and in UTF-8, view the thread's own; both stay until lookahead_free(). prefetch:
 * NULL if no other thread helps. Returns NULL if the file is too small to gain by it, or if there is no memory. */
struct lookahead *lookahead_new(struct file_view *view, int fd, uint64_t size, enum log_search_form form,
                                struct prefetch *prefetch);
/* Accepts NULL. Returns NULL. */
struct lookahead *lookahead_free(struct lookahead *lookahead);

/* offset: where the stream's next bytes are in the file. Returns how many of them were skipped, 0 for none. */
uint64_t lookahead_skip(struct lookahead *lookahead, uint64_t offset, struct stream *stream);
