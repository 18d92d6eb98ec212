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
#include "parse/line_table.h"
        ROW(LOG_SEARCH_ARRAY_NAME, LOG_SEARCH_ARRAY),
        ROW(LOG_SEARCH_ARRAY_NAME, LOG_SEARCH_OLD_ARRAY),
};

#define ALONE(before, words)                                                                                           \
        _Static_assert(sizeof(words) > KEY_LENGTH, "no key: " words);                                                  \
        _Static_assert(sizeof(before words) - 1 <= LOG_SEARCH_OVERLAP, "too long: " words);
#include "parse/line_table.h"

size_t log_search_words_around(struct text block, size_t from, size_t at)
{
        for (size_t i = 0; i < COUNT(all_words); i++) {
                size_t key = all_words[i].key;

                if (at - from >= key && text_starts(text_from_offset(block, at - key), all_words[i].words))
                        return at - key;
        }
        return block.length;
}
