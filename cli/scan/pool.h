/* cli/scan/pool.h: runs work in several threads, each of which takes the next piece until there is none. */

#pragma once

#include <stddef.h>

struct pool_functions {
        /* Does piece `index` in thread `thread` (0 to n_threads - 1). Returns 0, or a negative errno: then no more are begun. */
        int (*work)(size_t index, unsigned thread, void *userdata);
        /* Called by a thread that finds no piece left, while others still work. NULL: no more threads than pieces. */
        void (*help)(unsigned thread, void *userdata);
        /* Called in the caller's thread every 100 ms while the others work; or NULL. */
        void (*idle)(void *userdata);
};

/* Does pieces 0 to n_pieces - 1 in at most n_threads threads; in the caller's own if none can be started. Returns after all
 * have ended: 0, or the error of the lowest piece that failed. */
int pool_run(size_t n_pieces, unsigned n_threads, const struct pool_functions *functions, void *userdata)
        __attribute__((warn_unused_result));
