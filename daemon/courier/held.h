/* daemon/courier/held.h: the alerts of one webhook that wait for a digest (common/coalesce.h). Their files stay in the spool until the
 * receiver has taken the digest, so that a crash loses none; what is known here is only which they are. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/coalesce.h"
#include "common/event.h"
#include "common/spool.h"

/* For others, members and n_members are to be read, and the rest is private. */
struct held {
        struct coalesce coalesce;
        void *ids;                    /* tree of all entries, members too */
        struct spool_entry **members; /* of the digest being sent; each is allocated */
        size_t n_members;
        struct event *timer;
        void (*due)(void *userdata);
        void *userdata;
};

/* due is called from the loop of base when held_take() has something. Returns 0 or -ENOMEM; held_done() follows in either case. */
int held_init(struct held *held, struct event_base *base, void (*due)(void *userdata), void *userdata)
        __attribute__((warn_unused_result));
/* Accepts {0}. */
void held_done(struct held *held);

/* 0: what is held is due, and nothing more will be held. */
void held_set_window(struct held *held, int64_t window_sec);

/* The receiver has accepted an alert with this key: those that follow are held. */
void held_begin(struct held *held, const char *key);
/* Holds the alert if its key has a window. The entry is copied. Returns whether it is held. */
bool held_add(struct held *held, const char *key, const struct spool_entry *entry);
/* Whether it is held, or in the digest being sent. */
bool held_has(const struct held *held, const char *id);
/* How many are. */
size_t held_count(const struct held *held);

/* All that is held is due. */
void held_end(struct held *held);
/* If there is no digest being sent: makes what is due the members of the next. Returns whether there is one. */
bool held_take(struct held *held);
/* Removes the member of that index; those after it move up. */
void held_remove_member(struct held *held, size_t index);
/* Removes all members. Returns their entries, to be freed, and sets *ret_count. NULL: memory has run out. */
struct spool_entry *held_take_members(struct held *held, size_t *ret_count);
