#include "scan/pool.h"

#include <errno.h>
#include <stdlib.h>

#include "host/clock.h"
#include "host/thread.h"

/* How often pool_functions.idle is called. */
#define IDLE_USEC (100 * 1000)

struct pool {
        const struct pool_functions *functions;
        void *userdata;
        pthread_mutex_t lock; /* of what follows */
        pthread_cond_t ended;
        size_t next, n_pieces;
        unsigned n_begun, n_ended; /* threads */
        size_t error_index;
        int error;
};

static void *thread_main(void *userdata)
{
        struct pool *pool = userdata;
        unsigned thread;

        (void)pthread_mutex_lock(&pool->lock);
        thread = pool->n_begun++;
        while (pool->next < pool->n_pieces && pool->error == 0) {
                size_t index = pool->next++;
                int r;

                (void)pthread_mutex_unlock(&pool->lock);
                r = pool->functions->work(index, thread, pool->userdata);
                (void)pthread_mutex_lock(&pool->lock);
                if (r < 0 && (pool->error == 0 || index < pool->error_index)) {
                        pool->error = r;
                        pool->error_index = index;
                }
        }
        (void)pthread_mutex_unlock(&pool->lock);
        if (pool->functions->help)
                pool->functions->help(thread, pool->userdata);
        (void)pthread_mutex_lock(&pool->lock);
        pool->n_ended++;
        (void)pthread_cond_signal(&pool->ended);
        (void)pthread_mutex_unlock(&pool->lock);
        return NULL;
}

static void wait_for_all(struct pool *pool, unsigned n_made)
{
        (void)pthread_mutex_lock(&pool->lock);
        while (pool->n_ended < n_made) {
                struct timespec until = clock_deadline(CLOCK_REALTIME, IDLE_USEC);

                if (pthread_cond_timedwait(&pool->ended, &pool->lock, &until) == ETIMEDOUT && pool->functions->idle) {
                        (void)pthread_mutex_unlock(&pool->lock);
                        pool->functions->idle(pool->userdata);
                        (void)pthread_mutex_lock(&pool->lock);
                }
        }
        (void)pthread_mutex_unlock(&pool->lock);
}

int pool_run(size_t n_pieces, unsigned n_threads, const struct pool_functions *functions, void *userdata)
{
        struct pool pool = { .functions = functions, .userdata = userdata, .n_pieces = n_pieces };
        unsigned wanted = n_pieces == 0 || (n_threads > n_pieces && !functions->help) ? (unsigned)n_pieces : n_threads;
        unsigned n_made = 0;
        pthread_t *threads = calloc(wanted + 1, sizeof(*threads));

        if (!threads)
                return -ENOMEM;
        (void)pthread_mutex_init(&pool.lock, NULL); /* these can't fail on Linux */
        (void)pthread_cond_init(&pool.ended, NULL);
        while (n_made < wanted && thread_start(thread_main, &pool, THREAD_STACK_DEFAULT, &threads[n_made]) == 0)
                n_made++;
        if (n_made == 0 && wanted > 0)
                (void)thread_main(&pool);
        wait_for_all(&pool, n_made);
        for (unsigned i = 0; i < n_made; i++)
                (void)pthread_join(threads[i], NULL);
        free(threads);
        (void)pthread_cond_destroy(&pool.ended);
        (void)pthread_mutex_destroy(&pool.lock);
        return pool.error;
}
