#include "host/thread.h"

#include <signal.h>

int thread_start(void *(*main)(void *userdata), void *userdata, size_t stack_bytes, pthread_t *ret_thread)
{
        sigset_t all, before;
        pthread_attr_t attributes;
        int r;

        r = pthread_attr_init(&attributes);
        if (r != 0)
                return -r;
        if (stack_bytes > 0)
                r = pthread_attr_setstacksize(&attributes, stack_bytes);
        if (r == 0) {
                (void)sigfillset(&all);
                (void)pthread_sigmask(SIG_SETMASK, &all, &before);
                r = pthread_create(ret_thread, &attributes, main, userdata);
                (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
        (void)pthread_attr_destroy(&attributes);
        return -r;
}
