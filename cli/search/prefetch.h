/* cli/search/prefetch.h: workers who have no log left to read help those who still do.
 *
 * A log is read by one worker, from its beginning to its end. In a large one others search ahead, piece by piece; most pieces
 * hold nothing of a report, and the reader passes over them. What it gives is what it would give without them. */

#pragma once

#include "search/chunk.h"

/* How many pieces the reader's own and those ahead of it are, that may be searched. */
#define SCAN_PIECES_MAX 16

struct scan_crew;
struct scan_ahead; /* a log that is being read, in which others may search ahead */

/* For so many logs. Returns 0 or -ENOMEM. */
int scan_crew_new(size_t n_logs, struct scan_crew **ret_crew) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. Nobody helps any more. */
struct scan_crew *scan_crew_free(struct scan_crew *crew);

/* A log was read; or, has_failed: nobody goes on. */
void scan_crew_done(struct scan_crew *crew, bool has_failed);

/* Searches ahead in the logs that are being read, until all were read. buffer: scan_stream_buffer(). */
void scan_crew_help(struct scan_crew *crew, char *buffer);
/* Searches one piece, if there is any to be searched. Returns whether there was. */
bool scan_crew_help_once(struct scan_crew *crew, char *buffer);

/* ---- for the reader of a log, who calls these alone ------------------------------------------------------------------ */

/* A regular file that has size bytes, of which the first SCAN_PIECE_BYTES are the reader's; fd stays its. NULL: it isn't
 * worth while, or there is no memory. */
struct scan_ahead *scan_ahead_new(struct scan_crew *crew, int fd, uint64_t size, enum log_search_form form);
/* Accepts NULL. Returns NULL. Waits for who is searching in it. */
struct scan_ahead *scan_ahead_free(struct scan_ahead *ahead);

/* The reader has come to offset, the beginning of a piece. Returns how many pieces from there on are clean, 0 where it can't
 * pass over any; their surveys stay until it calls again. It doesn't wait: a piece that somebody is searching it reads too. */
size_t scan_ahead_reach(struct scan_ahead *ahead, uint64_t offset, bool can_pass,
                        const struct scan_survey *ret_clean[static SCAN_PIECES_MAX]);
/* The same for the reader whose stream it is, which passes over the clean pieces, but for their last block: what is before a report
 * is read too. Returns how many bytes. */
uint64_t scan_ahead_pass(struct scan_ahead *ahead, uint64_t offset, struct scan_stream *stream);
