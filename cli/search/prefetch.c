#include "search/prefetch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum slot_state {
        SLOT_FREE,
        SLOT_TAKEN, /* a thread searches the chunk */
        SLOT_SEARCHED,
};

struct slot {
        enum slot_state state;
        uint64_t number; /* of the chunk in the log, unless the slot is FREE */
        struct chunk chunk;
};

struct prefetch_window {
        TAILQ_ENTRY(prefetch_window) link;
        struct prefetch *prefetch;
        int fd;
        enum log_search_form form;
        uint64_t n_chunks; /* whole ones */
        uint64_t reached;  /* the chunk that the reader is in */
        unsigned n_helpers;
        struct slot slots[PREFETCH_CHUNKS_MAX]; /* chunk n, from reached on, is in slot n % PREFETCH_CHUNKS_MAX */
};

struct prefetch {
        pthread_mutex_t lock; /* of everything here and in the windows, but for the chunk of a TAKEN slot */
        pthread_cond_t changed;
        size_t n_left; /* logs that aren't read to their end */
        TAILQ_HEAD(, prefetch_window) windows;
};

int prefetch_new(size_t n_logs, struct prefetch **ret_prefetch)
{
        struct prefetch *prefetch = calloc(1, sizeof(*prefetch));

        if (!prefetch)
                return -ENOMEM;
        (void)pthread_mutex_init(&prefetch->lock, NULL); /* these can't fail on Linux */
        (void)pthread_cond_init(&prefetch->changed, NULL);
        prefetch->n_left = n_logs;
        TAILQ_INIT(&prefetch->windows);
        *ret_prefetch = prefetch;
        return 0;
}

struct prefetch *prefetch_free(struct prefetch *prefetch)
{
        if (!prefetch)
                return NULL;
        (void)pthread_cond_destroy(&prefetch->changed);
        (void)pthread_mutex_destroy(&prefetch->lock);
        free(prefetch);
        return NULL;
}

void prefetch_log_done(struct prefetch *prefetch, bool has_failed)
{
        (void)pthread_mutex_lock(&prefetch->lock);
        if (has_failed)
                prefetch->n_left = 0;
        else if (prefetch->n_left)
                prefetch->n_left--;
        (void)pthread_cond_broadcast(&prefetch->changed);
        (void)pthread_mutex_unlock(&prefetch->lock);
}

/* ---- helpers ---------------------------------------------------------------------------------------------------------- */

/* The chunk that isn't searched and is farthest from the reader, so that it is searched before the reader comes there. Returns
 * NULL if there is none. */
static struct slot *find_slot(struct prefetch_window *window, uint64_t *ret_number)
{
        uint64_t number = window->reached + PREFETCH_CHUNKS_MAX;

        if (number > window->n_chunks)
                number = window->n_chunks;
        while (--number > window->reached) {
                struct slot *slot = &window->slots[number % PREFETCH_CHUNKS_MAX];

                if (slot->state == SLOT_FREE || (slot->state == SLOT_SEARCHED && slot->number != number)) {
                        *ret_number = number;
                        return slot;
                }
        }
        return NULL;
}

/* Called with the lock, which it releases while it searches. */
static bool search_one_chunk(struct prefetch *prefetch, struct file_view *view)
{
        struct prefetch_window *window;
        struct slot *slot = NULL;
        uint64_t number = 0;

        TAILQ_FOREACH (window, &prefetch->windows, link) {
                slot = find_slot(window, &number);
                if (slot)
                        break;
        }
        if (!slot)
                return false;
        slot->state = SLOT_TAKEN;
        slot->number = number;
        window->n_helpers++;
        (void)pthread_mutex_unlock(&prefetch->lock);
        chunk_search(view, window->fd, number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES, window->form, &slot->chunk);
        (void)pthread_mutex_lock(&prefetch->lock);
        slot->state = SLOT_SEARCHED;
        window->n_helpers--;
        (void)pthread_cond_broadcast(&prefetch->changed);
        return true;
}

bool prefetch_help_once(struct prefetch *prefetch, struct file_view *view)
{
        bool any;

        (void)pthread_mutex_lock(&prefetch->lock);
        any = search_one_chunk(prefetch, view);
        (void)pthread_mutex_unlock(&prefetch->lock);
        return any;
}

void prefetch_help(struct prefetch *prefetch, struct file_view *view)
{
        (void)pthread_mutex_lock(&prefetch->lock);
        while (prefetch->n_left)
                if (!search_one_chunk(prefetch, view))
                        (void)pthread_cond_wait(&prefetch->changed, &prefetch->lock);
        (void)pthread_mutex_unlock(&prefetch->lock);
}

/* ---- the reader ------------------------------------------------------------------------------------------------------- */

struct prefetch_window *prefetch_window_new(struct prefetch *prefetch, int fd, uint64_t size, enum log_search_form form)
{
        const uint64_t n_chunks = size / CHUNK_BYTES;
        /* not zeroed: slots that no chunk comes to take no memory */
        struct prefetch_window *window = n_chunks < 2 ? NULL : malloc(sizeof(*window));

        if (!window)
                return NULL;
        window->prefetch = prefetch;
        window->fd = fd;
        window->form = form;
        window->n_chunks = n_chunks;
        window->reached = 0;
        window->n_helpers = 0;
        for (size_t i = 0; i < PREFETCH_CHUNKS_MAX; i++)
                window->slots[i].state = SLOT_FREE;
        (void)pthread_mutex_lock(&prefetch->lock);
        TAILQ_INSERT_TAIL(&prefetch->windows, window, link);
        (void)pthread_cond_broadcast(&prefetch->changed);
        (void)pthread_mutex_unlock(&prefetch->lock);
        return window;
}

struct prefetch_window *prefetch_window_free(struct prefetch_window *window)
{
        if (!window)
                return NULL;
        (void)pthread_mutex_lock(&window->prefetch->lock);
        TAILQ_REMOVE(&window->prefetch->windows, window, link);
        while (window->n_helpers)
                (void)pthread_cond_wait(&window->prefetch->changed, &window->prefetch->lock);
        (void)pthread_mutex_unlock(&window->prefetch->lock);
        free(window);
        return NULL;
}

const struct chunk *prefetch_window_advance(struct prefetch_window *window, uint64_t offset)
{
        struct prefetch *prefetch = window->prefetch;
        const uint64_t number = offset / CHUNK_BYTES;
        const struct slot *slot = &window->slots[number % PREFETCH_CHUNKS_MAX];
        bool is_searched;

        (void)pthread_mutex_lock(&prefetch->lock);
        window->reached = number;
        (void)pthread_cond_broadcast(&prefetch->changed); /* one more chunk may be in the window */
        is_searched = slot->state == SLOT_SEARCHED && slot->number == number;
        (void)pthread_mutex_unlock(&prefetch->lock);
        return is_searched ? &slot->chunk : NULL;
}
