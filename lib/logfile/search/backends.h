/* lib/logfile/search/backends.h: the inner loops of the search, by instruction set. search.c inlines them; nobody else
 * includes this.
 *
 * A backend looks at STEP_BYTES offsets at once. It gives those where a key may begin (words.h), as bits: the candidates;
 * and it counts newlines, since the bytes are at hand. AVX2 compares the lower halves of all four bytes of a key, the others
 * its first and third byte whole: so they differ in needless candidates, never in what is found. */

#pragma once

#include "logfile/search/search.h"
#include "logfile/search/words.h"
#include "util/array.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

#define STEP_BYTES    64
#define PAIR_DISTANCE 2

/* Two bytes, PAIR_DISTANCE apart. Free bits may be set or not: 'k' with 0x20 free is 'K' as well. */
struct pair {
        uint8_t first_free, first;
        uint8_t second_free, second;
};

/* "kill", "Kill", "KILL" */
static const struct pair pair_kill = { 0x20, 'k', 0x20, 'l' };
/* "oom", "OOM", "n m", "mem", "Mem": 'n' is 'o' without 0x01, 'm' without 0x02 */
static const struct pair pair_oom = { 0x23, 'o', 0x20, 'm' };
/* "f cg" */
static const struct pair pair_cgroup = { 0x00, 'f', 0x00, 'c' };
/* `E":[`, and up to systemd 239 `E" : [`: ' ' is ':' without 0x1a */
static const struct pair pair_array = { 0x00, 'E', 0x1a, ':' };

/* What find needs of the words, made once for a search; in registers then. */
struct key_rows {
#if HAS_X86
        __m256i avx2[5];
#endif
};
typedef void prepare_fn(struct key_rows *rows, enum log_search_form form);

/* The candidates: bit n is set if a key of this form may begin at data + n. Reads STEP_BYTES + 7 bytes. */
typedef uint64_t candidates_fn(const struct key_rows *rows, const char *data, enum log_search_form form);

/* Counters of newlines: vectors of single bytes, which sum_up_fn adds to count before one of them overflows. */
struct newlines {
#if HAS_X86
        __m128i sse2;
        __m256i avx2;
#endif
        uint64_t count;
};

/* Counts those of the STEP_BYTES from data on. */
typedef void count_fn(struct newlines *newlines, const char *data);
typedef void sum_up_fn(struct newlines *newlines);

/* Calls of count_fn between two of sum_up_fn: SSE2 adds up to 4 to a byte in each. */
#define COUNTS_MAX (UINT8_MAX / 4)

INLINE uint64_t repeat(uint8_t byte)
{
        return byte * UINT64_C(0x0101010101010101);
}

/* The high bit of every byte that is 0, and maybe of some that follow one: these are needless candidates. */
INLINE uint64_t zeros(uint64_t bytes)
{
        return (bytes - repeat(0x01)) & ~bytes & repeat(0x80);
}

INLINE uint64_t pair_portable(uint64_t first, uint64_t second, struct pair pair)
{
        return zeros((first | repeat(pair.first_free)) ^ repeat(pair.first)) &
               zeros((second | repeat(pair.second_free)) ^ repeat(pair.second));
}

INLINE void prepare_portable(struct key_rows *rows, enum log_search_form form)
{
        (void)rows;
        (void)form;
}

INLINE uint64_t candidates_portable(const struct key_rows *rows, const char *data, enum log_search_form form)
{
        uint64_t candidates = 0;

        (void)rows;
        for (size_t i = 0; i < STEP_BYTES; i += sizeof(uint64_t)) {
                uint64_t first = number(data + i, 8), second = number(data + i + PAIR_DISTANCE, 8);
                uint64_t found = pair_portable(first, second, pair_kill) | pair_portable(first, second, pair_oom) |
                                 pair_portable(first, second, pair_cgroup);

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found |= pair_portable(first, second, pair_array);
                if (found) /* the high bits of eight bytes side by side: bit 8n goes to bit 56 + n */
                        candidates |= (found >> 7) * UINT64_C(0x0102040810204080) >> 56 << i;
        }
        return candidates;
}

INLINE void count_portable(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < STEP_BYTES; i++) /* compilers make vectors of this where they can */
                newlines->count += data[i] == '\n';
}

INLINE void sum_up_portable(struct newlines *newlines)
{
        (void)newlines;
}

#if HAS_X86

#define SSE2 __attribute__((target("sse2")))
#define AVX2 __attribute__((target("avx2")))

INLINE SSE2 __m128i pair_sse2(__m128i first, __m128i second, struct pair pair)
{
        __m128i a = _mm_or_si128(first, _mm_set1_epi8((char)pair.first_free));
        __m128i b = _mm_or_si128(second, _mm_set1_epi8((char)pair.second_free));

        return _mm_and_si128(_mm_cmpeq_epi8(a, _mm_set1_epi8((char)pair.first)),
                             _mm_cmpeq_epi8(b, _mm_set1_epi8((char)pair.second)));
}

INLINE SSE2 void prepare_sse2(struct key_rows *rows, enum log_search_form form)
{
        prepare_portable(rows, form);
}

INLINE SSE2 uint64_t candidates_sse2(const struct key_rows *rows, const char *data, enum log_search_form form)
{
        uint64_t candidates = 0;

        (void)rows;
        for (size_t i = 0; i < STEP_BYTES; i += sizeof(__m128i)) {
                __m128i first = _mm_loadu_si128((const __m128i *)(data + i));
                __m128i second = _mm_loadu_si128((const __m128i *)(data + i + PAIR_DISTANCE));
                __m128i found = _mm_or_si128(
                        _mm_or_si128(pair_sse2(first, second, pair_kill), pair_sse2(first, second, pair_oom)),
                        pair_sse2(first, second, pair_cgroup));

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found = _mm_or_si128(found, pair_sse2(first, second, pair_array));
                candidates |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << i;
        }
        return candidates;
}

INLINE SSE2 void count_sse2(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < STEP_BYTES; i += sizeof(__m128i)) { /* -1 where there is one */
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

/* Keys by the lower halves of their bytes: a bit of key_row_i[n] is the kind of key whose byte i may have the lower half n.
 * Four bytes may be a key if their entries in the four rows have a bit in common. A shuffle looks up 32 bytes at once, and
 * gives 0 for a byte that is not ASCII. */
enum key_kind {
        KEY_KILL = 1,
        KEY_OOM = 2,
        KEY_N_M = 4, /* "n me", "n ma" */
        KEY_F_CG = 8,
        KEY_ARRAY = 16,     /* `E":[` */
        KEY_OLD_ARRAY = 32, /* `E" :` */
        KEY_MEMO = 64,
};

#define KEYS_TEXT (KEY_KILL | KEY_OOM | KEY_N_M | KEY_F_CG | KEY_MEMO)
#define KEYS_JSON (KEYS_TEXT | KEY_ARRAY | KEY_OLD_ARRAY)
#define LOWER(c)  ((c)&15)

typedef uint8_t key_row[16];

static const key_row key_row_0 = {
        [LOWER('k')] = KEY_KILL, [LOWER('o')] = KEY_OOM,  [LOWER('n')] = KEY_N_M,
        [LOWER('m')] = KEY_MEMO, [LOWER('f')] = KEY_F_CG, [LOWER('E')] = KEY_ARRAY | KEY_OLD_ARRAY,
};
static const key_row key_row_1 = {
        [LOWER('i')] = KEY_KILL,
        [LOWER('o')] = KEY_OOM,
        [LOWER('e')] = KEY_MEMO,
        [LOWER(' ')] = KEY_N_M | KEY_F_CG,
        [LOWER('"')] = KEY_ARRAY | KEY_OLD_ARRAY,
};
static const key_row key_row_2 = {
        [LOWER('l')] = KEY_KILL,  [LOWER('c')] = KEY_F_CG,      [LOWER('m')] = KEY_OOM | KEY_N_M | KEY_MEMO,
        [LOWER(':')] = KEY_ARRAY, [LOWER(' ')] = KEY_OLD_ARRAY,
};
static const key_row key_row_3 = {
        [LOWER('l')] = KEY_KILL,  [LOWER('-')] = KEY_OOM,       [LOWER('_')] = KEY_OOM | KEY_MEMO,
        [LOWER(' ')] = KEY_OOM,   [LOWER('.')] = KEY_OOM,       [LOWER('d')] = KEY_OOM,
        [LOWER('e')] = KEY_N_M,   [LOWER('a')] = KEY_N_M,       [LOWER('g')] = KEY_F_CG,
        [LOWER('[')] = KEY_ARRAY, [LOWER(':')] = KEY_OLD_ARRAY,
};

INLINE uint8_t kinds_of(enum log_search_form form)
{
        return form == LOG_SEARCH_JOURNAL_JSON ? KEYS_JSON : KEYS_TEXT;
}

INLINE uint8_t kind_of(char first)
{
        return first == 'k' || first == 'K'   ? KEY_KILL
               : first == 'o' || first == 'O' ? KEY_OOM
               : first == 'm' || first == 'M' ? KEY_MEMO
               : first == 'n'                 ? KEY_N_M
                                              : KEY_F_CG;
}

INLINE AVX2 __m256i row_of(const key_row row, uint8_t kinds)
{
        return _mm256_broadcastsi128_si256(
                _mm_and_si128(_mm_loadu_si128((const __m128i *)row), _mm_set1_epi8((char)kinds)));
}

/* The fifth row is of the last of the words' first eight bytes: "killed by" fails there. The journal's arrays are shorter. */
INLINE AVX2 void prepare_avx2(struct key_rows *rows, enum log_search_form form)
{
        const uint8_t kinds = kinds_of(form);
        key_row row_7 = { 0 };

#define ALONE(before, words) row_7[LOWER((words)[7])] |= kind_of((words)[0]);
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
        rows->avx2[0] = row_of(key_row_0, kinds);
        rows->avx2[1] = row_of(key_row_1, kinds);
        rows->avx2[2] = row_of(key_row_2, kinds);
        rows->avx2[3] = row_of(key_row_3, kinds);
        rows->avx2[4] = row_of(row_7, kinds);
}

INLINE AVX2 __m256i look_up_avx2(__m256i row, const char *data)
{
        return _mm256_shuffle_epi8(row, _mm256_loadu_si256((const __m256i *)data));
}

INLINE AVX2 __m256i keys_avx2(const struct key_rows *rows, const char *data, enum log_search_form form)
{
        __m256i front = _mm256_and_si256(look_up_avx2(rows->avx2[0], data), look_up_avx2(rows->avx2[1], data + 1));
        __m256i back = _mm256_and_si256(look_up_avx2(rows->avx2[2], data + 2), look_up_avx2(rows->avx2[3], data + 3));

        if (form == LOG_SEARCH_TEXT)
                back = _mm256_and_si256(back, look_up_avx2(rows->avx2[4], data + 7));
        return _mm256_and_si256(front, back);
}

INLINE AVX2 uint64_t candidates_avx2(const struct key_rows *rows, const char *data, enum log_search_form form)
{
        __m256i low = keys_avx2(rows, data, form), high = keys_avx2(rows, data + sizeof(low), form), either, none;

        either = _mm256_or_si256(low, high);
        if (_mm256_testz_si256(either, either))
                return 0;
        none = _mm256_setzero_si256();
        return ~((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, none)) |
                 (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, none)) << sizeof(low));
}

INLINE AVX2 void count_avx2(struct newlines *newlines, const char *data)
{
        for (size_t i = 0; i < STEP_BYTES; i += sizeof(__m256i)) {
                __m256i found =
                        _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(data + i)), _mm256_set1_epi8('\n'));

                newlines->avx2 = _mm256_sub_epi8(newlines->avx2, found);
        }
}

INLINE AVX2 void sum_up_avx2(struct newlines *newlines)
{
        uint64_t parts[sizeof(__m256i) / sizeof(uint64_t)];

        _mm256_storeu_si256((__m256i *)parts, _mm256_sad_epu8(newlines->avx2, _mm256_setzero_si256()));
        for (size_t i = 0; i < COUNT(parts); i++)
                newlines->count += parts[i];
        newlines->avx2 = _mm256_setzero_si256();
}

#endif
