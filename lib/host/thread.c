#include "host/thread.h"

#include <signal.h>

/* sd_journal_sendv() and the spool keep some KiB on the stack at most; 8 MiB, the usual default, would all count as
 * locked memory under mlockall(). */
#define STACK_BYTES (128 * 1024)

int thread_start(void *(*main)(void *userdata), void *userdata, pthread_t *ret_thread)
{
        sigset_t all, before;
        pthread_attr_t attributes;
        int r;

        r = pthread_attr_init(&attributes);
        if (r != 0)
                return -r;
        r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (r == 0) {
                (void)sigfillset(&all);
                (void)pthread_sigmask(SIG_SETMASK, &all, &before);
                r = pthread_create(ret_thread, &attributes, main, userdata);
                (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
        (void)pthread_attr_destroy(&attributes);
        return -r;
}
