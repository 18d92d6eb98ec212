/* cli/scan/pool.h: several threads, each taking the next piece of work until there is none. */

#pragma once

#include <stddef.h>

/* Work number `index`, by thread number `thread` (0 to n_threads - 1). Returns 0, or a negative errno: then nothing more is begun. */
typedef int (*pool_work_fn)(size_t index, unsigned thread, void *userdata);
/* What a thread does that finds no work left, while others still work. */
typedef void (*pool_help_fn)(unsigned thread, void *userdata);
/* Called by the caller's thread now and then, as long as the others work. */
typedef void (*pool_idle_fn)(void *userdata);

struct pool_functions {
        pool_work_fn work;
        pool_help_fn help; /* NULL: nothing; then there are no more threads than pieces of work */
        pool_idle_fn idle; /* or NULL */
};

/* Does count pieces of work, 0 first, by at most n_threads threads at a time. Returns when all have ended: 0, or the error of
 * the piece with the lowest number. A thread that can't be made is done without. */
int pool_run(size_t count, unsigned n_threads, const struct pool_functions *functions, void *userdata)
        __attribute__((warn_unused_result));
