/* lib/logfile/search/words.h: what search.c finds: the words, and how they begin.
 *
 * All the words have four bytes in a row of a few kinds, their key: "kill", "oom" (large or small) and what follows it,
 * "n me", "limi". Single bytes would be in every line, and so would most neighbours ("from", "root"). */

#pragma once

#include <endian.h>

#include "util/text.h"

#define INLINE static inline __attribute__((always_inline))

#define KEY_LENGTH 4 /* every one of the words has as many bytes from its key on */

/* WORDS(before the key, from the key on) */
/* clang-format off */
#define ALL_WORDS(WORDS) \
        WORDS("", "Killed process "), \
        WORDS("OOM ", "killed process "), \
        WORDS("Would have ", "killed process "), \
        WORDS("", "Kill process "), \
        WORDS(": ", "kill process "), /* up to 2.6.32 */ \
        WORDS("Rage ", "kill process "), \
        WORDS("VM: ", "killing process "), \
        WORDS("no ", "killable processes"), \
        WORDS("", "killed as a result of limit of "), \
        WORDS("Memory ", "limit reached of cgroup "), \
        WORDS("", "oom-killer: "), \
        WORDS("", "oom-kill:constraint="), \
        WORDS("", "oom_reaper: unable to reap "), \
        WORDS("", "OOM victim "), \
        WORDS("Manual ", "OOM execution"), \
        WORDS("", "OOM request ignored"), \
        WORDS("memory.", "oom.group set"), \
        WORDS("panic_on_", "oom is "), \
        WORDS("System is deadlocked o", "n memory"), \
        WORDS("\"MESSAG", "E\":["), /* only marked in the journal's JSON, as the next */ \
        WORDS("\"MESSAG", "E\" : [")
/* clang-format on */

/* Eight bytes as a number; fewer as its lower part. */
INLINE uint64_t number(const char *bytes, size_t length)
{
        uint64_t value = 0;

        memcpy(&value, bytes, length < sizeof(value) ? length : sizeof(value));
        return le64toh(value);
}

#define BITS_BEYOND(words) (sizeof(words) > sizeof(uint64_t) ? 0 : 64 - 8 * (sizeof(words) - 1))
#define COMPARE(before, from_key)                                                                                      \
        (found |= (bytes ^ number(from_key, sizeof(from_key) - 1)) << BITS_BEYOND(from_key) == 0)

/* Four bytes as a number; letters are made small by 0x20, which leaves blanks and '"' as they are. */
#define KEY(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define SMALL           KEY(0x20, 0x20, 0x20, 0x20)

/* Whether these bytes begin with a key, whole, in whatever case. */
INLINE bool is_key(uint64_t bytes)
{
        uint32_t key = (uint32_t)bytes | SMALL;

        return key == KEY('k', 'i', 'l', 'l') || (key & 0xffffff) == KEY('o', 'o', 'm', 0) ||
               key == KEY('n', ' ', 'm', 'e') || key == KEY('l', 'i', 'm', 'i') ||
               (key & 0xffff) == KEY('e', '"', 0, 0);
}

/* Whether words may go on with these eight bytes from their key on. Without branches: most keys are of other words, and in
 * no order that a processor could foresee. */
INLINE bool may_be_words(uint64_t bytes)
{
        bool found = false;

        ALL_WORDS(COMPARE);
        return found;
}

/* The offset of the words around a marked place; block.length: there are none, or they begin before from. */
size_t log_search_words_around(struct text block, size_t from, size_t at);
