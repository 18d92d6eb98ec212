#include "logfile/search/words.h"

#include "logfile/search/search.h"
#include "util/array.h"

struct words {
        struct text words;
        size_t key; /* its offset in them */
};

#define ROW(before, from_key)                                                                                          \
        {                                                                                                              \
                { before from_key, sizeof(before from_key) - 1 }, sizeof(before) - 1                                   \
        }

/* Some more than once, as their rows have them. */
static const struct words all_words[] = {
#define ALONE(before, words) ROW(before, words),
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
};

static const struct words arrays[] = {
        ROW(LOG_SEARCH_ARRAY_NAME, LOG_SEARCH_ARRAY),
        ROW(LOG_SEARCH_ARRAY_NAME, LOG_SEARCH_OLD_ARRAY),
};

#define ALONE(before, words)                                                                                           \
        _Static_assert(sizeof(words) > sizeof(uint64_t), "fewer than eight bytes: " words);                            \
        _Static_assert(sizeof(before words) - 1 <= LOG_SEARCH_OVERLAP, "too long: " words);
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"

/* The words' first bytes from their key on are compared at once: most candidates are of other words. */
#define SURE_BYTES sizeof(uint64_t)

static bool are_words_around(struct text block, size_t from, size_t at, const struct words *row)
{
        return at - from >= row->key && text_starts(text_from_offset(block, at - row->key), row->words);
}

size_t log_search_words_around(struct text block, size_t from, size_t at)
{
        const char *key_bytes = block.data + at;

        if (block.length - at < KEY_LENGTH)
                return block.length;
        for (size_t i = 0; *key_bytes == 'E' && i < COUNT(arrays); i++)
                if (are_words_around(block, from, at, &arrays[i]))
                        return at - arrays[i].key;
        if (block.length - at < SURE_BYTES)
                return block.length;
        for (size_t i = 0; i < COUNT(all_words); i++)
                if (memcmp(key_bytes, all_words[i].words.data + all_words[i].key, SURE_BYTES) == 0 &&
                    are_words_around(block, from, at, &all_words[i]))
                        return at - all_words[i].key;
        return block.length;
}
