/* lib/host/thread.h: a thread for calls that may block: with a small stack, and without signals, which are the
 * loop's. */

#pragma once

#include <pthread.h>

/* Starts main(userdata). Returns 0 or -errno. */
int thread_start(void *(*main)(void *userdata), void *userdata, pthread_t *ret_thread)
        __attribute__((warn_unused_result));
