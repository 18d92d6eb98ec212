#include "common/coalesce.h"

#include <assert.h>
#include <string.h>

#include "util/cleanup.h"

#define ITEMS_FIRST 16

struct coalesce_window {
        char *key;
        int64_t begin_usec;
        void **items;
        size_t n_items, capacity;
};

static bool is_over(const struct coalesce *coalesce, const struct coalesce_window *window, int64_t now_usec)
{
        return coalesce->is_ended || now_usec - window->begin_usec >= coalesce->window_usec;
}

static void remove_window(struct coalesce *coalesce, struct coalesce_window *window)
{
        coalesce->n_held -= window->n_items;
        free(window->items);
        free(window->key);
        *window = coalesce->windows[--coalesce->n_windows];
}

void coalesce_done(struct coalesce *coalesce)
{
        assert(coalesce->n_held == 0);
        for (size_t i = 0; i < coalesce->n_windows; i++) {
                free(coalesce->windows[i].items);
                free(coalesce->windows[i].key);
        }
        free(coalesce->windows);
        *coalesce = (struct coalesce){ 0 };
}

void coalesce_set_window(struct coalesce *coalesce, int64_t window_usec)
{
        coalesce->window_usec = window_usec;
}

static struct coalesce_window *find(const struct coalesce *coalesce, const char *key, int64_t now_usec)
{
        for (size_t i = 0; i < coalesce->n_windows; i++) {
                struct coalesce_window *window = &coalesce->windows[i];

                if (strcmp(window->key, key) == 0)
                        return window->n_items > 0 || !is_over(coalesce, window, now_usec) ? window : NULL;
        }
        return NULL;
}

bool coalesce_has(const struct coalesce *coalesce, const char *key, int64_t now_usec)
{
        return find(coalesce, key, now_usec) != NULL;
}

/* Removes the windows that are over and hold nothing. */
static void remove_empty(struct coalesce *coalesce, int64_t now_usec)
{
        for (size_t i = coalesce->n_windows; i-- > 0;) {
                struct coalesce_window *window = &coalesce->windows[i];

                if (window->n_items == 0 && is_over(coalesce, window, now_usec))
                        remove_window(coalesce, window);
        }
}

void coalesce_begin(struct coalesce *coalesce, const char *key, int64_t now_usec)
{
        struct coalesce_window *windows;
        char *copy;

        remove_empty(coalesce, now_usec);
        if (coalesce->window_usec == 0 || coalesce->n_windows == COALESCE_KEYS_MAX || strlen(key) > COALESCE_KEY_MAX ||
            find(coalesce, key, now_usec))
                return;
        windows = reallocarray(coalesce->windows, coalesce->n_windows + 1, sizeof(*windows));
        if (!windows)
                return;
        coalesce->windows = windows;
        copy = strdup(key); /* exactly as long as it is: there may be many */
        if (copy)
                windows[coalesce->n_windows++] = (struct coalesce_window){ .key = copy, .begin_usec = now_usec };
}

static bool make_room(struct coalesce_window *window)
{
        size_t capacity = window->capacity ? 2 * window->capacity : ITEMS_FIRST;
        void **items;

        if (window->n_items < window->capacity)
                return true;
        items = reallocarray(window->items, capacity, sizeof(void *));
        if (!items)
                return false;
        window->items = items;
        window->capacity = capacity;
        return true;
}

bool coalesce_hold(struct coalesce *coalesce, const char *key, void *item, int64_t now_usec)
{
        struct coalesce_window *window = find(coalesce, key, now_usec);

        if (!window || window->n_items == COALESCE_ITEMS_MAX || !make_room(window))
                return false;
        window->items[window->n_items++] = item;
        coalesce->n_held++;
        return true;
}

void coalesce_end(struct coalesce *coalesce)
{
        coalesce->is_ended = coalesce->n_windows > 0;
}

/* The window to be taken next: of those that are due the one that began first; NULL: none. */
static struct coalesce_window *find_due(const struct coalesce *coalesce, int64_t now_usec)
{
        struct coalesce_window *due = NULL, *largest = NULL;

        for (size_t i = 0; i < coalesce->n_windows; i++) {
                struct coalesce_window *window = &coalesce->windows[i];

                if (window->n_items == 0)
                        continue;
                if ((is_over(coalesce, window, now_usec) || window->n_items == COALESCE_ITEMS_MAX) &&
                    (!due || window->begin_usec < due->begin_usec))
                        due = window;
                if (!largest || window->n_items > largest->n_items)
                        largest = window;
        }
        return due || coalesce->n_held < COALESCE_HELD_MAX ? due : largest;
}

size_t coalesce_take(struct coalesce *coalesce, int64_t now_usec, void ***ret_items)
{
        struct coalesce_window *window = find_due(coalesce, now_usec);
        size_t n_items;

        if (!window) {
                remove_empty(coalesce, now_usec);
                coalesce->is_ended = false;
                return 0;
        }
        n_items = window->n_items;
        *ret_items = take_pointer(window->items);
        coalesce->n_held -= n_items;
        window->n_items = window->capacity = 0;
        if (is_over(coalesce, window, now_usec))
                remove_window(coalesce, window);
        return n_items;
}

int64_t coalesce_due_usec(const struct coalesce *coalesce)
{
        int64_t due_usec = INT64_MAX;

        for (size_t i = 0; i < coalesce->n_windows; i++) {
                const struct coalesce_window *window = &coalesce->windows[i];
                int64_t end_usec = window->begin_usec + coalesce->window_usec;

                if (window->n_items > 0 && end_usec < due_usec)
                        due_usec = end_usec;
                if (window->n_items == COALESCE_ITEMS_MAX)
                        due_usec = INT64_MIN;
        }
        if (coalesce->n_held > 0 && (coalesce->is_ended || coalesce->n_held >= COALESCE_HELD_MAX))
                due_usec = INT64_MIN;
        return due_usec;
}
