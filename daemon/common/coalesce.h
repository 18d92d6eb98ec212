/* daemon/common/coalesce.h: which alerts a receiver gets by themselves, and which wait for a digest of several.
 *
 * When an alert goes out, a window begins for its key (alert/digest.h). What follows with the same key is held; when the window is
 * over, its owner takes what was held and makes a digest of it. The next alert of that key is a first one again.
 *
 * Everything is bounded, because unprivileged users choose the names of cgroups, which are keys: an alert whose key has no window,
 * for whatever reason, goes out by itself. A window with as many alerts as a digest may have gives them up before its end, and so
 * does the largest one where too many are held in all.
 *
 * No clock is read here: times are monotonic microseconds. What is held are pointers that mean something to the owner only. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert/digest.h"

#define COALESCE_KEYS_MAX  256               /* windows at a time */
#define COALESCE_KEY_MAX   1024              /* bytes of a key; a longer one has no window */
#define COALESCE_ITEMS_MAX DIGEST_ALERTS_MAX /* held in one window */
#define COALESCE_HELD_MAX  2000              /* held in all windows */

struct coalesce_window;

/* {0}: no windows. Others may read n_held. */
struct coalesce {
        int64_t window_usec; /* 0: nothing is held */
        bool is_ended;       /* every window is */
        struct coalesce_window *windows;
        size_t n_windows;
        size_t n_held; /* items in all windows */
};

/* Frees the windows; nothing may be held. */
void coalesce_done(struct coalesce *coalesce);

/* Sets the length of all windows, of those that have begun too. 0: all of them are over. */
void coalesce_set_window(struct coalesce *coalesce, int64_t window_usec);

/* Begins a window for key, which is copied, unless it has one, there are too many, or memory has run out. */
void coalesce_begin(struct coalesce *coalesce, const char *key, int64_t now_usec);

/* Whether key has a window: what comes is to be held. A window that is over and holds nothing is none. */
bool coalesce_has(const struct coalesce *coalesce, const char *key, int64_t now_usec);

/* Holds item in the window of key. Returns false where there is none, and when memory has run out. */
bool coalesce_hold(struct coalesce *coalesce, const char *key, void *item, int64_t now_usec);

/* Ends all windows: coalesce_take() takes everything, until it has nothing more. */
void coalesce_end(struct coalesce *coalesce);

/* Takes what is held in a window that is over or full. Returns how many items, in the order in which they came, or 0: there is no
 * such window. The caller frees *ret_items. */
size_t coalesce_take(struct coalesce *coalesce, int64_t now_usec, void ***ret_items);

/* When coalesce_take() has something: a time, which may be past; INT64_MAX: nothing is held. */
int64_t coalesce_due_usec(const struct coalesce *coalesce);
