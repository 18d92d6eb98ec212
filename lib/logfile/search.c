/* lib/logfile/search.c: see search.h.
 *
 * All the words have four bytes in a row of a few kinds, their key: "kill", "oom" (large or small) and what follows it,
 * "n me", "limi". Bytes at the distances of these are compared for 64 places at a time ("marks"), and a place so marked is
 * looked at closely, with what stands around it. Single bytes would be in every line, and so would most neighbours ("from",
 * "root").
 *
 * AVX2 and AVX-512 look at all four bytes, at the lower half of each (see key_kind); the others at the first and the third,
 * whole.
 * What is marked in vain differs between the ways, what is found doesn't. Nothing is read outside the block: its last
 * bytes are searched in a copy. */

#include "logfile/search.h"

#include <endian.h>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

#define INLINE static inline __attribute__((always_inline))

/* ---- what is marked --------------------------------------------------------------------------------------------------- */

#define PLACES        64 /* marked at once */
#define KEY_LENGTH    4  /* every one of the words has as many bytes from its key on */
#define PAIR_DISTANCE 2

/* Two bytes, PAIR_DISTANCE apart. Bits that are free may be set or not: 'k' with 0x20 free is 'K' as well. */
struct pair {
        uint8_t first_free, first;
        uint8_t second_free, second;
};

/* "kill", "Kill" */
static const struct pair pair_kill = { 0x20, 'k', 0x00, 'l' };
/* "oom", "OOM", "n m", "lim": 'n' is 'o' without 0x01, 'l' without 0x03 */
static const struct pair pair_oom = { 0x23, 'o', 0x20, 'm' };
/* `E":[`, and up to systemd 239 `E" : [`: ' ' is ':' without 0x1a */
static const struct pair pair_array = { 0x00, 'E', 0x1a, ':' };

/* ---- a marked place, looked at closely ------------------------------------------------------------------------------- */

struct words {
        struct text words;
        size_t key; /* its offset in them */
};

#define WORDS(before, at)                                                                                              \
        {                                                                                                              \
                { before at, sizeof(before at) - 1 }, sizeof(before) - 1                                               \
        }

static const struct words i_words[] = {
        WORDS("", "Killed process "),
        WORDS("OOM ", "killed process "),
        WORDS("Would have ", "killed process "),
        WORDS("", "Kill process "),
        WORDS(": ", "kill process "), /* up to 2.6.32 */
        WORDS("Rage ", "kill process "),
        WORDS("VM: ", "killing process "),
        WORDS("no ", "killable processes"),
        WORDS("", "killed as a result of limit of "),
        WORDS("Memory ", "limit reached of cgroup "),
};

static const struct words o_words[] = {
        WORDS("", "oom-killer: "),         WORDS("", "oom-kill:constraint="), WORDS("", "oom_reaper: unable to reap "),
        WORDS("", "OOM victim "),          WORDS("Manual ", "OOM execution"), WORDS("", "OOM request ignored"),
        WORDS("memory.", "oom.group set"), WORDS("panic_on_", "oom is "),
};

static const struct words blank_words[] = {
        WORDS("System is deadlocked o", "n memory"),
};

static const struct words quote_words[] = {
        WORDS("\"MESSAG", "E\":["),
        WORDS("\"MESSAG", "E\" : ["),
};

#define GROUP(second, words)                                                                                           \
        {                                                                                                              \
                second, words, sizeof(words) / sizeof((words)[0])                                                      \
        }

/* By the key's second byte: many a marked place is told to be none by a look at it. */
static const struct {
        char second;
        const struct words *words;
        size_t count;
} groups[] = {
        GROUP('i', i_words), GROUP('o', o_words), GROUP('O', o_words), GROUP(' ', blank_words), GROUP('"', quote_words),
};

/* Two more bytes are compared before all are: memcmp() would be called for every "room " and "zoom-". */
static bool stand_around(const struct words *words, struct text block, size_t at)
{
        const char *key = words->words.data + words->key;

        return key[0] == block.data[at] && key[3] == block.data[at + 3] &&
               text_starts(text_from_offset(block, at - words->key), words->words);
}

/* The offset of the words around a marked place; block.length: there are none, or they begin before from. */
static size_t words_around(struct text block, size_t from, size_t at)
{
        if (block.length - at < KEY_LENGTH)
                return block.length;
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
                if (groups[i].second != block.data[at + 1])
                        continue;
                for (size_t j = 0; j < groups[i].count; j++) {
                        const struct words *words = &groups[i].words[j];

                        if (at - from >= words->key && stand_around(words, block, at))
                                return at - words->key;
                }
                break;
        }
        return block.length;
}

/* ---- marking -------------------------------------------------------------------------------------------------------- */

/* Bit n: a key of the form's may stand at data + n. Reads PLACES + KEY_LENGTH - 1 bytes. */
typedef uint64_t marks_fn(const char *data, enum log_search_form form);

INLINE uint64_t repeat(uint8_t byte)
{
        return byte * UINT64_C(0x0101010101010101);
}

/* The high bit of every byte that is 0, and maybe of some that follow one: these are marked for nothing. */
INLINE uint64_t zeros(uint64_t bytes)
{
        return (bytes - repeat(0x01)) & ~bytes & repeat(0x80);
}

INLINE uint64_t pair_portable(uint64_t first, uint64_t second, struct pair pair)
{
        return zeros((first | repeat(pair.first_free)) ^ repeat(pair.first)) &
               zeros((second | repeat(pair.second_free)) ^ repeat(pair.second));
}

INLINE uint64_t load_8(const char *data)
{
        uint64_t bytes;

        memcpy(&bytes, data, sizeof(bytes));
        return le64toh(bytes);
}

INLINE uint64_t marks_portable(const char *data, enum log_search_form form)
{
        uint64_t marks = 0;

        for (size_t i = 0; i < PLACES; i += sizeof(uint64_t)) {
                uint64_t first = load_8(data + i), second = load_8(data + i + PAIR_DISTANCE);
                uint64_t found = pair_portable(first, second, pair_kill) | pair_portable(first, second, pair_oom);

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found |= pair_portable(first, second, pair_array);
                if (found) /* the high bits of eight bytes side by side: bit 8n goes to bit 56 + n */
                        marks |= (found >> 7) * UINT64_C(0x0102040810204080) >> 56 << i;
        }
        return marks;
}

#if HAS_X86

#define SSE2   __attribute__((target("sse2")))
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw")))

INLINE SSE2 __m128i pair_sse2(__m128i first, __m128i second, struct pair pair)
{
        __m128i a = _mm_or_si128(first, _mm_set1_epi8((char)pair.first_free));
        __m128i b = _mm_or_si128(second, _mm_set1_epi8((char)pair.second_free));

        return _mm_and_si128(_mm_cmpeq_epi8(a, _mm_set1_epi8((char)pair.first)),
                             _mm_cmpeq_epi8(b, _mm_set1_epi8((char)pair.second)));
}

INLINE SSE2 uint64_t marks_sse2(const char *data, enum log_search_form form)
{
        uint64_t marks = 0;

        for (size_t i = 0; i < PLACES; i += sizeof(__m128i)) {
                __m128i first = _mm_loadu_si128((const __m128i *)(data + i));
                __m128i second = _mm_loadu_si128((const __m128i *)(data + i + PAIR_DISTANCE));
                __m128i found = _mm_or_si128(pair_sse2(first, second, pair_kill), pair_sse2(first, second, pair_oom));

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found = _mm_or_si128(found, pair_sse2(first, second, pair_array));
                marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << i;
        }
        return marks;
}

/* Keys by the lower halves of their bytes: bit k of key_row_i[n] says that byte i of a key of kind k may be one whose
 * lower half is n. Where all four rows have a bit in common, the four bytes may be such a key. A shuffle looks up 32 bytes at
 * once, and gives 0 for a byte that is not ASCII. */
enum key_kind {
        KEY_KILL = 1,
        KEY_OOM = 2,
        KEY_N_ME = 4,
        KEY_LIMI = 8,
        KEY_ARRAY = 16,     /* `E":[` */
        KEY_OLD_ARRAY = 32, /* `E" :` */
};

#define KEYS_TEXT (KEY_KILL | KEY_OOM | KEY_N_ME | KEY_LIMI)
#define KEYS_JSON (KEYS_TEXT | KEY_ARRAY | KEY_OLD_ARRAY)
#define LOWER(c)  ((c)&15)

typedef uint8_t key_row[16];

static const key_row key_row_0 = {
        [LOWER('k')] = KEY_KILL,
        [LOWER('o')] = KEY_OOM,
        [LOWER('n')] = KEY_N_ME,
        [LOWER('l')] = KEY_LIMI,
        [LOWER('E')] = KEY_ARRAY | KEY_OLD_ARRAY,
};
static const key_row key_row_1 = {
        [LOWER('i')] = KEY_KILL | KEY_LIMI,
        [LOWER('o')] = KEY_OOM,
        [LOWER(' ')] = KEY_N_ME,
        [LOWER('"')] = KEY_ARRAY | KEY_OLD_ARRAY,
};
static const key_row key_row_2 = {
        [LOWER('l')] = KEY_KILL,
        [LOWER('m')] = KEY_OOM | KEY_N_ME | KEY_LIMI,
        [LOWER(':')] = KEY_ARRAY,
        [LOWER(' ')] = KEY_OLD_ARRAY,
};
static const key_row key_row_3 = {
        [LOWER('l')] = KEY_KILL, [LOWER('-')] = KEY_OOM,   [LOWER('_')] = KEY_OOM,
        [LOWER(' ')] = KEY_OOM,  [LOWER('.')] = KEY_OOM,   [LOWER('e')] = KEY_N_ME,
        [LOWER('i')] = KEY_LIMI, [LOWER('[')] = KEY_ARRAY, [LOWER(':')] = KEY_OLD_ARRAY,
};

INLINE uint8_t kinds_of(enum log_search_form form)
{
        return form == LOG_SEARCH_JOURNAL_JSON ? KEYS_JSON : KEYS_TEXT;
}

INLINE SSE2 __m128i row_of(const key_row row, uint8_t kinds)
{
        return _mm_and_si128(_mm_loadu_si128((const __m128i *)row), _mm_set1_epi8((char)kinds));
}

INLINE AVX2 __m256i look_up_avx2(const char *data, const key_row row, uint8_t kinds)
{
        return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row_of(row, kinds)),
                                   _mm256_loadu_si256((const __m256i *)data));
}

INLINE AVX2 __m256i keys_avx2(const char *data, uint8_t kinds)
{
        return _mm256_and_si256(
                _mm256_and_si256(look_up_avx2(data, key_row_0, kinds), look_up_avx2(data + 1, key_row_1, kinds)),
                _mm256_and_si256(look_up_avx2(data + 2, key_row_2, kinds), look_up_avx2(data + 3, key_row_3, kinds)));
}

INLINE AVX2 uint64_t marks_avx2(const char *data, enum log_search_form form)
{
        const uint8_t kinds = kinds_of(form);
        __m256i low = keys_avx2(data, kinds), high = keys_avx2(data + sizeof(low), kinds), either, none;

        either = _mm256_or_si256(low, high);
        if (_mm256_testz_si256(either, either))
                return 0;
        none = _mm256_setzero_si256();
        return ~((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, none)) |
                 (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, none)) << sizeof(low));
}

INLINE AVX512 __m512i look_up_avx512(const char *data, const key_row row, uint8_t kinds)
{
        return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(row_of(row, kinds)), _mm512_loadu_si512(data));
}

INLINE AVX512 uint64_t marks_avx512(const char *data, enum log_search_form form)
{
        const uint8_t kinds = kinds_of(form);

        return _mm512_test_epi8_mask(
                _mm512_and_si512(look_up_avx512(data, key_row_0, kinds), look_up_avx512(data + 1, key_row_1, kinds)),
                _mm512_and_si512(look_up_avx512(data + 2, key_row_2, kinds),
                                 look_up_avx512(data + 3, key_row_3, kinds)));
}

#endif

/* ---- the search ------------------------------------------------------------------------------------------------------ */

/* The first words around those marked, which begin at offset at; block.length: none. */
static size_t first_words(struct text block, size_t from, size_t at, uint64_t marks)
{
        for (; marks; marks &= marks - 1) {
                size_t offset = words_around(block, from, at + (size_t)__builtin_ctzll(marks));

                if (offset < block.length)
                        return offset;
        }
        return block.length;
}

/* Four bytes as a number; letters are made small by 0x20, which leaves blanks and '"' as they are. */
#define KEY(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define SMALL           KEY(0x20, 0x20, 0x20, 0x20)

/* Those of the marked places that have a key, whole. Inlined, so that places marked in vain don't leave the loop: a call
 * would have it put its registers away and get them back. */
INLINE uint64_t with_keys(const char *data, uint64_t marks)
{
        uint64_t kept = 0;

        for (; marks; marks &= marks - 1) {
                uint32_t key;

                memcpy(&key, data + __builtin_ctzll(marks), sizeof(key));
                key = le32toh(key) | SMALL;
                if (key == KEY('k', 'i', 'l', 'l') || (key & 0xffffff) == KEY('o', 'o', 'm', 0) ||
                    key == KEY('n', ' ', 'm', 'e') || key == KEY('l', 'i', 'm', 'i') ||
                    (key & 0xffff) == KEY('e', '"', 0, 0))
                        kept |= marks & -marks;
        }
        return kept;
}

/* Inlined, with its marks, into one function for each way and form. Twice PLACES at a time: nearly all have no mark. */
INLINE size_t search(struct text block, size_t from, enum log_search_form form, marks_fn *marks_at)
{
        char end[PLACES + KEY_LENGTH - 1] = { 0 };
        size_t at = from, offset;
        uint64_t marks, more;

        for (; block.length - at >= PLACES + sizeof(end); at += PLACES + PLACES) {
                marks = marks_at(block.data + at, form);
                more = marks_at(block.data + at + PLACES, form);
                if (__builtin_expect(!(marks | more), 1))
                        continue;
                marks = with_keys(block.data + at, marks);
                more = with_keys(block.data + at + PLACES, more);
                if (__builtin_expect(!(marks | more), 1))
                        continue;
                offset = first_words(block, from, at, marks);
                if (offset == block.length)
                        offset = first_words(block, from, at + PLACES, more);
                if (offset < block.length)
                        return offset;
        }
        for (; block.length - at >= KEY_LENGTH; at += PLACES) {
                size_t rest = block.length - at;

                memcpy(end, block.data + at, rest < sizeof(end) ? rest : sizeof(end));
                if (rest < sizeof(end))
                        memset(end + rest, 0, sizeof(end) - rest);
                offset = first_words(block, from, at, marks_at(end, form));
                if (offset < block.length || rest <= PLACES)
                        return offset;
        }
        return block.length;
}

#define BOTH_FORMS(marks_at)                                                                                           \
        return form == LOG_SEARCH_TEXT ? search(block, from, LOG_SEARCH_TEXT, marks_at)                                \
                                       : search(block, from, LOG_SEARCH_JOURNAL_JSON, marks_at)

static size_t search_portable(struct text block, size_t from, enum log_search_form form)
{
        BOTH_FORMS(marks_portable);
}

#if HAS_X86

SSE2 static size_t search_sse2(struct text block, size_t from, enum log_search_form form)
{
        BOTH_FORMS(marks_sse2);
}

AVX2 static size_t search_avx2(struct text block, size_t from, enum log_search_form form)
{
        BOTH_FORMS(marks_avx2);
}

AVX512 static size_t search_avx512(struct text block, size_t from, enum log_search_form form)
{
        BOTH_FORMS(marks_avx512);
}

bool log_search_has(enum log_search_way way)
{
        switch (way) {
        case LOG_SEARCH_PORTABLE:
                return true;
        case LOG_SEARCH_SSE2:
                return __builtin_cpu_supports("sse2");
        case LOG_SEARCH_AVX2:
                return __builtin_cpu_supports("avx2");
        case LOG_SEARCH_AVX512:
                return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
        case LOG_SEARCH_WAYS:
                break;
        }
        return false;
}

size_t log_search_by(enum log_search_way way, struct text block, size_t from, enum log_search_form form)
{
        if (way == LOG_SEARCH_AVX512)
                return search_avx512(block, from, form);
        if (way == LOG_SEARCH_AVX2)
                return search_avx2(block, from, form);
        if (way == LOG_SEARCH_SSE2)
                return search_sse2(block, from, form);
        return search_portable(block, from, form);
}

#else

bool log_search_has(enum log_search_way way)
{
        return way == LOG_SEARCH_PORTABLE;
}

size_t log_search_by(enum log_search_way way, struct text block, size_t from, enum log_search_form form)
{
        (void)way;
        return search_portable(block, from, form);
}

#endif

size_t log_search(struct text block, size_t from, enum log_search_form form)
{
        enum log_search_way way = LOG_SEARCH_WAYS - 1;

        while (!log_search_has(way))
                way--;
        return log_search_by(way, block, from, form);
}
