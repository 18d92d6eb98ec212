#include "output/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "output/alert_reader.h"

/* A power of two, as every capacity. The table is at most half full. */
#define CAPACITY_FIRST 64

static size_t hash_of(const char *name)
{
        uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

        for (; *name; name++)
                hash = (hash ^ (uint8_t)*name) * 0x100000001b3;
        return (size_t)(hash ^ hash >> 32);
}

/* The entry of name, or the free one where it belongs (open addressing). */
static struct tally_entry *find(struct tally_entry *entries, size_t capacity, const char *name)
{
        size_t at = hash_of(name) & (capacity - 1);

        while (entries[at].name && strcmp(entries[at].name, name) != 0)
                at = (at + 1) & (capacity - 1);
        return &entries[at];
}

static int grow(struct tally *tally)
{
        size_t capacity = tally->capacity > 0 ? 2 * tally->capacity : CAPACITY_FIRST;
        struct tally_entry *entries = calloc(capacity, sizeof(*entries));

        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < tally->capacity; i++)
                if (tally->entries[i].name)
                        *find(entries, capacity, tally->entries[i].name) = tally->entries[i];
        free(tally->entries);
        tally->entries = entries;
        tally->capacity = capacity;
        return 0;
}

int tally_add(struct tally *tally, const char *name, int64_t bytes)
{
        struct tally_entry *entry;

        if (2 * tally->n_entries >= tally->capacity) {
                int r = grow(tally);

                if (r < 0)
                        return r;
        }
        entry = find(tally->entries, tally->capacity, name);
        if (!entry->name) {
                char *copy = strdup(name);

                if (!copy)
                        return -ENOMEM;
                *entry = (struct tally_entry){ .name = copy, .largest_bytes = ALERT_UNKNOWN };
                tally->n_entries++;
        }
        entry->count++;
        if (bytes > entry->largest_bytes) /* ALERT_UNKNOWN is less than any */
                entry->largest_bytes = bytes;
        return 0;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct tally_entry *)a)->name, ((const struct tally_entry *)b)->name);
}

static int by_count(const void *a, const void *b)
{
        const struct tally_entry *left = a, *right = b;

        if (left->count != right->count)
                return left->count > right->count ? -1 : 1;
        return by_name(a, b);
}

static void sort(struct tally *tally, int (*order)(const void *, const void *))
{
        size_t n_sorted = 0;

        for (size_t i = 0; i < tally->capacity; i++)
                if (tally->entries[i].name) {
                        struct tally_entry entry = tally->entries[i];

                        tally->entries[i].name = NULL;
                        tally->entries[n_sorted++] = entry;
                }
        if (n_sorted > 0)
                qsort(tally->entries, n_sorted, sizeof(*tally->entries), order);
}

void tally_sort_by_count(struct tally *tally)
{
        sort(tally, by_count);
}

void tally_sort_by_name(struct tally *tally)
{
        sort(tally, by_name);
}

void tally_done(struct tally *tally)
{
        for (size_t i = 0; i < tally->capacity; i++)
                free(tally->entries[i].name);
        free(tally->entries);
        *tally = (struct tally){ 0 };
}
