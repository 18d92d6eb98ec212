#include "courier/held.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "util/cleanup.h"

static int compare(const void *a, const void *b)
{
        const struct spool_entry *left = a, *right = b;

        return strcmp(left->id, right->id);
}

static void on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct held *held = userdata;

        held->due(held->userdata);
}

static void set_timer(struct held *held)
{
        int64_t due_usec = coalesce_due_usec(&held->coalesce), now_usec = clock_monotonic_usec();

        if (due_usec == INT64_MAX) {
                (void)event_del(held->timer); /* no error when it is not pending */
                return;
        }
        if (event_add_after(held->timer, due_usec > now_usec ? due_usec - now_usec : 0) < 0)
                event_active(held->timer, EV_TIMEOUT, 0); /* no memory: no waiting */
}

int held_init(struct held *held, struct event_base *base, void (*due)(void *userdata), void *userdata)
{
        *held = (struct held){ .due = due, .userdata = userdata };
        held->timer = evtimer_new(base, on_timer, held);
        return held->timer ? 0 : -ENOMEM;
}

static void forget(struct held *held, struct spool_entry *entry)
{
        (void)tdelete(entry, &held->ids, compare);
        free(entry);
}

void held_done(struct held *held)
{
        if (!held->timer)
                return;
        do {
                while (held->n_members > 0)
                        held_remove_member(held, held->n_members - 1);
                held_end(held);
        } while (held_take(held));
        coalesce_done(&held->coalesce);
        held->timer = event_done(held->timer);
}

void held_set_window(struct held *held, int64_t window_sec)
{
        coalesce_set_window(&held->coalesce, window_sec * USEC_PER_SEC);
        set_timer(held);
}

void held_begin(struct held *held, const char *key)
{
        coalesce_begin(&held->coalesce, key, clock_monotonic_usec());
}

bool held_add(struct held *held, const char *key, const struct spool_entry *entry)
{
        int64_t now_usec = clock_monotonic_usec();
        struct spool_entry *copy, **node;

        if (!coalesce_has(&held->coalesce, key, now_usec))
                return false;
        copy = malloc(sizeof(*copy));
        if (!copy)
                return false;
        *copy = *entry;
        node = tsearch(copy, &held->ids, compare);
        if (!node || *node != copy) {
                free(copy);
                return node != NULL; /* it was held already */
        }
        if (!coalesce_hold(&held->coalesce, key, copy, now_usec)) {
                forget(held, copy);
                return false;
        }
        set_timer(held);
        return true;
}

bool held_has(const struct held *held, const char *id)
{
        struct spool_entry entry;

        if (!held->ids)
                return false;
        memcpy(entry.id, id, sizeof(entry.id));
        return tfind(&entry, (void *const *)&held->ids, compare) != NULL;
}

size_t held_count(const struct held *held)
{
        return held->coalesce.n_held + held->n_members;
}

void held_end(struct held *held)
{
        coalesce_end(&held->coalesce);
}

bool held_take(struct held *held)
{
        void **items;

        if (held->n_members == 0) {
                held->n_members = coalesce_take(&held->coalesce, clock_monotonic_usec(), &items);
                if (held->n_members > 0)
                        held->members = (struct spool_entry **)items;
                set_timer(held);
        }
        return held->n_members > 0;
}

void held_remove_member(struct held *held, size_t index)
{
        forget(held, held->members[index]);
        held->n_members--;
        memmove(&held->members[index], &held->members[index + 1],
                (held->n_members - index) * sizeof(struct spool_entry *));
        if (held->n_members == 0)
                free(take_pointer(held->members));
}

struct spool_entry *held_take_members(struct held *held, size_t *ret_count)
{
        struct spool_entry *entries = calloc(held->n_members, sizeof(*entries));

        *ret_count = held->n_members;
        for (size_t i = 0; i < *ret_count; i++) {
                if (entries)
                        entries[i] = *held->members[i];
                forget(held, held->members[i]);
        }
        held->n_members = 0;
        free(take_pointer(held->members));
        return entries;
}
