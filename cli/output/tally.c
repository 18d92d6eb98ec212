#include "output/tally.h"

#include <errno.h>
#include <search.h>

#include "output/alert_reader.h"
#include "util/array.h"

static int by_name(const void *a, const void *b)
{
        return text_compare(((const struct tally_entry *)a)->name, ((const struct tally_entry *)b)->name);
}

static struct tally_entry *add_entry(struct tally *tally, struct text name)
{
        struct tally_entry *entry;

        if (!array_reserve(tally->entries, tally->n_entries, &tally->capacity))
                return NULL;
        entry = calloc(1, sizeof(*entry) + name.length + 1);
        if (!entry)
                return NULL;
        entry->name = (struct text){ entry->bytes, text_copy(name, entry->bytes, name.length) };
        entry->largest_bytes = ALERT_UNKNOWN;
        if (!tsearch(entry, &tally->tree, by_name)) {
                free(entry);
                return NULL;
        }
        return tally->entries[tally->n_entries++] = entry;
}

int tally_add(struct tally *tally, struct text name, int64_t bytes)
{
        const struct tally_entry wanted = { .name = name };
        struct tally_entry *const *found = tfind(&wanted, &tally->tree, by_name);
        struct tally_entry *entry = found ? *found : add_entry(tally, name);

        if (!entry)
                return -ENOMEM;
        entry->count++;
        if (bytes > entry->largest_bytes) /* ALERT_UNKNOWN is less than any */
                entry->largest_bytes = bytes;
        return 0;
}

static int compare_names(const void *a, const void *b)
{
        return by_name(*(struct tally_entry *const *)a, *(struct tally_entry *const *)b);
}

static int compare_counts(const void *a, const void *b)
{
        const struct tally_entry *left = *(struct tally_entry *const *)a, *right = *(struct tally_entry *const *)b;

        if (left->count != right->count)
                return left->count > right->count ? -1 : 1;
        return by_name(left, right);
}

void tally_sort_by_count(struct tally *tally)
{
        if (tally->n_entries)
                qsort(tally->entries, tally->n_entries, sizeof(struct tally_entry *), compare_counts);
}

void tally_sort_by_name(struct tally *tally)
{
        if (tally->n_entries)
                qsort(tally->entries, tally->n_entries, sizeof(struct tally_entry *), compare_names);
}

void tally_done(struct tally *tally)
{
        tdestroy(tally->tree, free);
        free(tally->entries);
        *tally = (struct tally){ 0 };
}
