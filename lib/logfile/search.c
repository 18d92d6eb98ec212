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

/* ---- what is found ----------------------------------------------------------------------------------------------------- */

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

struct words {
        struct text words;
        size_t key; /* its offset in them */
};

#define ROW(before, from_key)                                                                                          \
        {                                                                                                              \
                { before from_key, sizeof(before from_key) - 1 }, sizeof(before) - 1                                   \
        }

static const struct words all_words[] = { ALL_WORDS(ROW) };

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
static size_t words_around(struct text block, size_t from, size_t at)
{
        for (size_t i = 0; i < sizeof(all_words) / sizeof(all_words[0]); i++) {
                size_t key = all_words[i].key;

                if (at - from >= key && text_starts(text_from_offset(block, at - key), all_words[i].words))
                        return at - key;
        }
        return block.length;
}

/* ---- marking -------------------------------------------------------------------------------------------------------- */

/* Bit n: a key of the form's may stand at data + n. Reads PLACES + KEY_LENGTH - 1 bytes. */
typedef uint64_t marks_fn(const char *data, enum log_search_form form);

/* Newlines are counted on the way, since the bytes are at hand: those of PLACES bytes from data on, in sums of single bytes,
 * which are summed up before one of them can be full. */
struct newlines {
#if HAS_X86
        __m128i sse2;
        __m256i avx2;
        __m512i avx512;
#endif
        uint64_t count;
};

typedef void count_fn(struct newlines *newlines, const char *data);
typedef void sum_up_fn(struct newlines *newlines);

#define COUNTS_MAX (UINT8_MAX / 4) /* SSE2 adds up to 4 to a byte */

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

INLINE uint64_t marks_portable(const char *data, enum log_search_form form)
{
        uint64_t marks = 0;

        for (size_t i = 0; i < PLACES; i += sizeof(uint64_t)) {
                uint64_t first = number(data + i, 8), second = number(data + i + PAIR_DISTANCE, 8);
                uint64_t found = pair_portable(first, second, pair_kill) | pair_portable(first, second, pair_oom);

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found |= pair_portable(first, second, pair_array);
                if (found) /* the high bits of eight bytes side by side: bit 8n goes to bit 56 + n */
                        marks |= (found >> 7) * UINT64_C(0x0102040810204080) >> 56 << i;
        }
        return marks;
}

INLINE void count_portable(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < PLACES; i++) /* which compilers make vectors of, where there are any */
                newlines->count += data[i] == '\n';
}

INLINE void sum_up_portable(struct newlines *newlines)
{
        (void)newlines;
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

INLINE SSE2 void count_sse2(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < PLACES; i += sizeof(__m128i)) { /* -1 where there is one */
                __m128i found = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i)), _mm_set1_epi8('\n'));

                newlines->sse2 = _mm_sub_epi8(newlines->sse2, found);
        }
}

INLINE SSE2 void sum_up_sse2(struct newlines *newlines)
{
        __m128i sums = _mm_sad_epu8(newlines->sse2, _mm_setzero_si128());

        newlines->count += (uint64_t)_mm_extract_epi16(sums, 0) + (uint64_t)_mm_extract_epi16(sums, 4);
        newlines->sse2 = _mm_setzero_si128();
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

INLINE AVX2 void count_avx2(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < PLACES; i += sizeof(__m256i)) {
                __m256i found =
                        _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(data + i)), _mm256_set1_epi8('\n'));

                newlines->avx2 = _mm256_sub_epi8(newlines->avx2, found);
        }
}

INLINE AVX2 void sum_up_avx2(struct newlines *newlines)
{
        uint64_t parts[sizeof(__m256i) / sizeof(uint64_t)];

        _mm256_storeu_si256((__m256i *)parts, _mm256_sad_epu8(newlines->avx2, _mm256_setzero_si256()));
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                newlines->count += parts[i];
        newlines->avx2 = _mm256_setzero_si256();
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

INLINE AVX512 void count_avx512(struct newlines *newlines, const char *data)
{
        __mmask64 found = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(data), _mm512_set1_epi8('\n'));
        __m512i sums = newlines->avx512;

        newlines->avx512 = _mm512_mask_add_epi8(sums, found, sums, _mm512_set1_epi8(1));
}

INLINE AVX512 void sum_up_avx512(struct newlines *newlines)
{
        uint64_t parts[sizeof(__m512i) / sizeof(uint64_t)];

        _mm512_storeu_si512(parts, _mm512_sad_epu8(newlines->avx512, _mm512_setzero_si512()));
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                newlines->count += parts[i];
        newlines->avx512 = _mm512_setzero_si512();
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

/* Those of the marked places that have the beginning of words. Inlined, so that places marked in vain don't leave the loop: a
 * call would have it put its registers away and get them back. */
INLINE uint64_t with_words(const char *data, uint64_t marks, bool are_keys)
{
        uint64_t kept = 0;

        for (; marks; marks &= marks - 1) {
                uint64_t bytes = number(data + __builtin_ctzll(marks), sizeof(bytes));

                if ((are_keys || is_key(bytes)) && may_be_words(bytes))
                        kept |= marks & -marks;
        }
        return kept;
}

static uint64_t newlines_between(struct text block, size_t from, size_t to)
{
        uint64_t count = 0;
        const char *newline;

        while (from < to && (newline = memchr(block.data + from, '\n', to - from))) {
                from = (size_t)(newline - block.data) + 1;
                count++;
        }
        return count;
}

/* The parts of a way. */
struct way {
        marks_fn *marks_at;
        bool are_keys; /* nearly all marks are for a key */
        count_fn *count;
        sum_up_fn *sum_up;
};

/* Inlined, with the way's parts, into one function for each way and form. Twice PLACES at a time: nearly all have no mark. */
INLINE size_t search(struct text block, size_t from, enum log_search_form form, const struct way *way,
                     uint64_t *ret_newlines)
{
        char end[PLACES + sizeof(uint64_t) - 1] = { 0 };
        struct newlines newlines = { 0 };
        size_t at = from, offset = block.length;
        unsigned counts = 0;

        for (; block.length - at >= PLACES + sizeof(end); at += PLACES + PLACES) {
                const char *data = block.data + at;
                uint64_t marks, more;

                way->count(&newlines, data);
                way->count(&newlines, data + PLACES);
                if (__builtin_expect((counts += 2) > COUNTS_MAX - 2, 0)) {
                        way->sum_up(&newlines);
                        counts = 0;
                }
                marks = way->marks_at(data, form);
                more = way->marks_at(data + PLACES, form);
                if (__builtin_expect(!(marks | more), 1))
                        continue;
                marks = with_words(data, marks, way->are_keys);
                more = with_words(data + PLACES, more, way->are_keys);
                if (__builtin_expect(!(marks | more), 1))
                        continue;
                offset = first_words(block, from, at, marks);
                if (offset == block.length)
                        offset = first_words(block, from, at + PLACES, more);
                if (offset < block.length) {
                        way->sum_up(&newlines);
                        *ret_newlines += newlines.count - newlines_between(block, offset, at + PLACES + PLACES);
                        return offset;
                }
        }
        way->sum_up(&newlines);
        for (size_t rest_at = at; block.length - rest_at >= KEY_LENGTH; rest_at += PLACES) {
                size_t rest = block.length - rest_at;

                memcpy(end, block.data + rest_at, rest < sizeof(end) ? rest : sizeof(end));
                if (rest < sizeof(end))
                        memset(end + rest, 0, sizeof(end) - rest);
                offset = first_words(block, from, rest_at, way->marks_at(end, form));
                if (offset < block.length || rest <= PLACES)
                        break;
        }
        *ret_newlines += newlines.count + newlines_between(block, at, offset);
        return offset;
}

#define BOTH_FORMS(name, are_keys)                                                                                     \
        static const struct way way = { marks_##name, are_keys, count_##name, sum_up_##name };                         \
                                                                                                                       \
        return form == LOG_SEARCH_TEXT ? search(block, from, LOG_SEARCH_TEXT, &way, newlines)                          \
                                       : search(block, from, LOG_SEARCH_JOURNAL_JSON, &way, newlines)

static size_t search_portable(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        BOTH_FORMS(portable, false);
}

#if HAS_X86

SSE2 static size_t search_sse2(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        BOTH_FORMS(sse2, false);
}

AVX2 static size_t search_avx2(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        BOTH_FORMS(avx2, true);
}

AVX512 static size_t search_avx512(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        BOTH_FORMS(avx512, true);
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

size_t log_search_by(enum log_search_way way, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines)
{
        if (way == LOG_SEARCH_AVX512)
                return search_avx512(block, from, form, newlines);
        if (way == LOG_SEARCH_AVX2)
                return search_avx2(block, from, form, newlines);
        if (way == LOG_SEARCH_SSE2)
                return search_sse2(block, from, form, newlines);
        return search_portable(block, from, form, newlines);
}

#else

bool log_search_has(enum log_search_way way)
{
        return way == LOG_SEARCH_PORTABLE;
}

size_t log_search_by(enum log_search_way way, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines)
{
        (void)way;
        return search_portable(block, from, form, newlines);
}

#endif

size_t log_search_counting(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        enum log_search_way way = LOG_SEARCH_WAYS - 1;

        while (!log_search_has(way))
                way--;
        return log_search_by(way, block, from, form, newlines);
}

size_t log_search(struct text block, size_t from, enum log_search_form form)
{
        uint64_t newlines = 0;

        return log_search_counting(block, from, form, &newlines);
}
