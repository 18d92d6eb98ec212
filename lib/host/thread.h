/* lib/host/thread.h: threads that get no signals: those are the main thread's. */

#pragma once

#include <pthread.h>
#include <stddef.h>

/* Enough for the daemon's threads: sd_journal_sendv() and the spool keep some KiB on the stack at most. Of 8 MiB, the usual
 * default, all would count as locked memory under mlockall(). */
#define THREAD_STACK_SMALL_BYTES ((size_t)128 * 1024)
#define THREAD_STACK_DEFAULT     ((size_t)0)

/* Starts main(userdata) in a thread, which the caller joins or detaches. stack_bytes: one of the above. Returns 0 or -errno. */
int thread_start(void *(*main)(void *userdata), void *userdata, size_t stack_bytes, pthread_t *ret_thread)
        __attribute__((warn_unused_result));
