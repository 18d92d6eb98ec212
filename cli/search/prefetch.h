/* cli/search/prefetch.h: workers who have no log left to read help those who still do.
 *
 * A log is read by one worker, from its beginning to its end. In a large one others search window, piece by piece; most pieces
 * hold nothing of a report, and the reader passes over them. What it gives is what it would give without them. */

#pragma once

#include "search/chunk.h"

/* How many pieces the reader's own and those ahead of it are, that may be searched. */
#define PREFETCH_CHUNKS_MAX 16

struct prefetch;
struct prefetch_window; /* a log that is being read, in which others may search ahead */

/* For so many logs. Returns 0 or -ENOMEM. */
int prefetch_new(size_t n_logs, struct prefetch **ret_prefetch) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. Nobody helps any more. */
struct prefetch *prefetch_free(struct prefetch *prefetch);

/* A log was read; or, has_failed: nobody goes on. */
void prefetch_input_done(struct prefetch *prefetch, bool has_failed);

/* Searches ahead in the logs that are being read, until all were read. buffer: stream_buffer(). */
void prefetch_help(struct prefetch *prefetch, char *buffer);
/* Searches one piece, if there is any to be searched. Returns whether there was. */
bool prefetch_help_once(struct prefetch *prefetch, char *buffer);

/* ---- for the reader of a log, who calls these alone ------------------------------------------------------------------ */

/* A regular file that has size bytes, of which the first CHUNK_BYTES are the reader's; fd stays its. NULL: it isn't
 * worth while, or there is no memory. */
struct prefetch_window *prefetch_window_new(struct prefetch *prefetch, int fd, uint64_t size,
                                            enum log_search_form form);
/* Accepts NULL. Returns NULL. Waits for who is searching in it. */
struct prefetch_window *prefetch_window_free(struct prefetch_window *window);

/* The reader has come to offset, the beginning of a piece. Returns how many pieces from there on are clean, 0 where it can't
 * pass over any; their surveys stay until it calls again. It doesn't wait: a piece that somebody is searching it reads too. */
size_t prefetch_window_advance(struct prefetch_window *window, uint64_t offset, bool can_pass,
                               const struct chunk *ret_clean[static PREFETCH_CHUNKS_MAX]);
/* The same for the reader whose stream it is, which passes over the clean pieces, but for their last block: what is before a report
 * is read too. Returns how many bytes. */
uint64_t prefetch_window_pass(struct prefetch_window *window, uint64_t offset, struct stream *stream);
