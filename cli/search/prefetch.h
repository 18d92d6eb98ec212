/* cli/search/prefetch.h: threads that have no log left to read search ahead in the logs that others still read.
 *
 * A log is read by one thread, its reader, from its beginning to its end. In a large log the other threads search the chunks
 * ahead of the reader. Most chunks are clean, and the reader skips them. What it emits is what it would emit alone. */

#pragma once

#include "search/chunk.h"

/* How far ahead chunks are searched, the reader's own one included. */
#define PREFETCH_CHUNKS_MAX 16

struct prefetch;        /* shared by all threads */
struct prefetch_window; /* the chunks ahead of one log's reader */

/* n_logs: how many logs will be read. Returns 0 or -ENOMEM. */
int prefetch_new(size_t n_logs, struct prefetch **ret_prefetch) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. No thread may be in prefetch_help(), and no window be left. */
struct prefetch *prefetch_free(struct prefetch *prefetch);

/* One more log was read to its end; after the last one prefetch_help() returns. With has_failed it returns at once. */
void prefetch_log_done(struct prefetch *prefetch, bool has_failed);

/* Searches chunks of the logs that are being read, until all logs are read. view: of the thread that calls. */
void prefetch_help(struct prefetch *prefetch, struct file_view *view);
/* Searches one chunk. Returns false if there is none to be searched. For tests. */
bool prefetch_help_once(struct prefetch *prefetch, struct file_view *view);

/* ---- for a log's reader alone ------------------------------------------------------------------------------------------ */

/* fd is a regular file of size bytes, and stays open until prefetch_window_free(); the reader itself reads the first chunk.
 * Returns NULL if the file is too small to gain by it, or if there is no memory. */
struct prefetch_window *prefetch_window_new(struct prefetch *prefetch, int fd, uint64_t size,
                                            enum log_search_form form);
/* Accepts NULL. Returns NULL. Waits for the threads that search a chunk of it. */
struct prefetch_window *prefetch_window_free(struct prefetch_window *window);

/* The reader has come to offset, a multiple of CHUNK_BYTES, or is past it. Returns what another thread found in the chunk there, which stays
 * until the next call; or NULL. Doesn't wait: a chunk that another thread is still searching the reader searches itself. */
const struct chunk *prefetch_window_advance(struct prefetch_window *window, uint64_t offset);
