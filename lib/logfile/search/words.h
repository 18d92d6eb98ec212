/* lib/logfile/search/words.h: what search.c finds: the words of parse/line_table.h by which a report's decisive lines are found, those of
 * killer/words.h, and how they begin.
 *
 * All the words have a key: four bytes in a row of a few kinds, "kill", "oom" (large or small) and what follows it, "n me",
 * "n ma", "memo", "f cg". Single bytes would be in every line, and so would most neighbours ("from", "root").
 * They go on for four bytes more at least: by these most other words with a key are told apart at once.
 *
 * Words with another key need it in is_key() and in the pairs of backends.h; every kind costs speed. A unit test (test_line_table) fails
 * until all backends find them. */

#pragma once

#include <endian.h>

#include "logfile/search/search.h"
#include "util/text.h"

#define INLINE static inline __attribute__((always_inline))

#define KEY_LENGTH 4 /* every one of the words has as many bytes from its key on */

/* How journalctl -o json begins a message that is an array of numbers; up to systemd 239 with blanks. Only LOG_SEARCH_JOURNAL_JSON
 * has candidates there. */
#define LOG_SEARCH_ARRAY_NAME "\"MESSAG"
#define LOG_SEARCH_ARRAY      "E\":["
#define LOG_SEARCH_OLD_ARRAY  "E\" : ["

/* Eight bytes as a number; fewer as its lower part. */
INLINE uint64_t number(const char *bytes, size_t length)
{
        uint64_t value = 0;

        memcpy(&value, bytes, length < sizeof(value) ? length : sizeof(value));
        return le64toh(value);
}

#define BITS_BEYOND(words) (sizeof(words) > sizeof(uint64_t) ? 0 : 64 - 8 * (sizeof(words) - 1))
#define COMPARE(from_key)  (found |= (bytes ^ number(from_key, sizeof(from_key) - 1)) << BITS_BEYOND(from_key) == 0)

/* Four bytes as a number; letters are made small by 0x20, which leaves blanks and '"' as they are. */
#define KEY(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define SMALL           KEY(0x20, 0x20, 0x20, 0x20)

/* Whether these bytes begin with a key, whole, in whatever case. */
INLINE bool is_key(uint64_t bytes)
{
        uint32_t key = (uint32_t)bytes | SMALL;

        return key == KEY('k', 'i', 'l', 'l') || (key & 0xffffff) == KEY('o', 'o', 'm', 0) ||
               key == KEY('n', ' ', 'm', 'e') || key == KEY('f', ' ', 'c', 'g') || key == KEY('n', ' ', 'm', 'a') ||
               key == KEY('m', 'e', 'm', 'o') || (key & 0xffff) == KEY('e', '"', 0, 0);
}

/* One of 64, by the four bytes after a key. */
INLINE unsigned after_key(uint64_t bytes)
{
        return (uint32_t)(bytes >> 32) * UINT32_C(0x9e3779b1) >> 26;
}

/* The bits of what comes after the words' keys. Most keys are of other words ("killed by"), and nearly all of these fail here. */
INLINE uint64_t after_keys(void)
{
        uint64_t bits = 0;

#define ALONE(before, words) bits |= UINT64_C(1) << after_key(number(words, 8));
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
        return bits;
}

/* Whether words may go on with these eight bytes from their key on. Without branches but for the first: keys are in no order that a
 * processor could foresee. */
INLINE bool may_be_words(uint64_t bytes, bool with_arrays)
{
        bool found = false;

        if (!with_arrays && !(after_keys() >> after_key(bytes) & 1))
                return false;
#define ALONE(before, words) COMPARE(words);
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
        COMPARE(LOG_SEARCH_ARRAY);
        COMPARE(LOG_SEARCH_OLD_ARRAY);
        return found;
}

/* Of eight bytes one of so many numbers: those of the words are set as bits. By one of them, foreseen mostly, all but a few of the keys in other
 * words are told apart ("killed by"); to compare each with all the words takes five times as long. */
INLINE unsigned filter_bit(uint64_t bytes)
{
        return (unsigned)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

INLINE bool filter_has(const uint64_t filter[static LOG_SEARCHER_FILTER_BITS / 64], uint64_t bytes)
{
        unsigned bit = filter_bit(bytes);

        return filter[bit / 64] >> bit % 64 & 1;
}

INLINE void filter_make(uint64_t filter[static LOG_SEARCHER_FILTER_BITS / 64])
{
        memset(filter, 0, LOG_SEARCHER_FILTER_BITS / 8);
#define ALONE(before, words)                                                                                           \
        filter[filter_bit(number(words, 8)) / 64] |= UINT64_C(1) << filter_bit(number(words, 8)) % 64;
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
}

/* The offset of the words around the key at offset at; block.length: there are none, or they begin before from. */
size_t log_search_words_around(struct text block, size_t from, size_t at);
