/* lib/logfile/search/backends.h: the inner loops of the search, by instruction set. search.c inlines them; nobody else
 * includes this.
 *
 * A backend looks at STEP_BYTES offsets at once. It gives those where a key may begin (words.h), as bits: the candidates;
 * and it counts newlines, since the bytes are at hand. AVX2 compares the lower halves of four bytes, the others the first
 * and third byte of a key whole: so they differ in needless candidates, never in what is found. */

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

#define STEP_BYTES    128
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

/* What find needs of the searcher's rows: in registers. */
struct key_rows {
#if HAS_X86
        __m256i avx2[LOG_SEARCHER_ROWS];
#endif
};
typedef void prepare_fn(struct key_rows *rows, const struct log_searcher *searcher);

/* The candidates: bit n of *ret_low is set if words of this form may go on from their key at data + n; of *ret_high: at data + 64 + n.
 * Returns false, with neither set, if there is none. Reads STEP_BYTES + 7 bytes. */
typedef bool candidates_fn(const struct key_rows *rows, const char *data, enum log_search_form form, uint64_t *ret_low,
                           uint64_t *ret_high);

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

/* Calls of count_fn between two of sum_up_fn: SSE2 adds up to 8 to a byte in each. */
#define COUNTS_MAX (UINT8_MAX / 8)

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

INLINE void prepare_portable(struct key_rows *rows, const struct log_searcher *searcher)
{
        (void)rows;
        (void)searcher;
}

/* Of the 64 bytes from data on. */
INLINE uint64_t bits_portable(const char *data, enum log_search_form form)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < 64; i += sizeof(uint64_t)) {
                uint64_t first = number(data + i, 8), second = number(data + i + PAIR_DISTANCE, 8);
                uint64_t found = pair_portable(first, second, pair_kill) | pair_portable(first, second, pair_oom) |
                                 pair_portable(first, second, pair_cgroup);

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found |= pair_portable(first, second, pair_array);
                if (found) /* the high bits of eight bytes side by side: bit 8n goes to bit 56 + n */
                        bits |= (found >> 7) * UINT64_C(0x0102040810204080) >> 56 << i;
        }
        return bits;
}

INLINE bool candidates_portable(const struct key_rows *rows, const char *data, enum log_search_form form,
                                uint64_t *ret_low, uint64_t *ret_high)
{
        (void)rows;
        *ret_low = bits_portable(data, form);
        *ret_high = bits_portable(data + 64, form);
        return *ret_low | *ret_high;
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

/* Words by the lower halves of some of their first eight bytes: a bit of rows[i][n] is the kind of words whose byte PLACE(form, i) may
 * have the lower half n. Bytes may be of words if their entries in all rows have a bit in common. A shuffle looks up 32 bytes at once,
 * and gives 0 for a byte that is not ASCII.
 *
 * What is near the end of eight bytes tells most from the words that all logs have: "killed by", "memory pressure". A needless
 * candidate costs as much as 128 bytes without one, a row a tenth of that. The journal's arrays are shorter. */
#define ROWS           LOG_SEARCHER_ROWS
#define PLACE(form, i) ((form) == LOG_SEARCH_TEXT ? "\0\2\5\6\7"[i] : (i))
#define ROWS_OF(form)  ((form) == LOG_SEARCH_TEXT ? ROWS : ROWS - 1)
#define LOWER(c)       ((c)&15)
#define KIND_ARRAY     64  /* `E":[` */
#define KIND_OLD_ARRAY 128 /* `E" :` */

typedef uint8_t key_row[16];

/* Which words are of one kind was tried out: those that have the most bytes in common, and of those with frequent bytes not all. */
INLINE uint8_t kind_of(const char *words, enum log_search_form form)
{
        const char first = words[0] | 0x20;

        if (first == 'f')
                return 1;
        if (first == 'n')
                return 2;
        if (form == LOG_SEARCH_JOURNAL_JSON)
                return first == 'k' ? 4 : first == 'o' ? 8 : 16;
        if (first == 'k')
                return words[6] == 'r' || words[6] == 'l' || words[6] == ':' ? 4 : 8;
        switch (words[7]) {
        case 's':
                return 16; /* "oom is selected", "Memory status" */
        case ' ':
        case 'p':
        case 'u':
                return 32; /* "memory! ", "oom_reaper", "OOM request" */
        case 'e':
        case 'r':
                return 64; /* "oom is enabled", "oom_score" */
        default:
                return 128;
        }
}

INLINE void add_words(key_row rows[static ROWS], const char *words, uint8_t kind, enum log_search_form form)
{
        for (int i = 0; i < ROWS_OF(form); i++)
                rows[i][LOWER(words[PLACE(form, i)])] |= kind;
}

INLINE void make_rows(key_row rows[static ROWS], enum log_search_form form)
{
        memset(rows, 0, ROWS * sizeof(key_row));
#define ALONE(before, words) add_words(rows, words, kind_of(words, form), form);
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
        if (form == LOG_SEARCH_JOURNAL_JSON) {
                add_words(rows, LOG_SEARCH_ARRAY, KIND_ARRAY, form);
                add_words(rows, LOG_SEARCH_OLD_ARRAY, KIND_OLD_ARRAY, form);
        }
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

INLINE SSE2 void prepare_sse2(struct key_rows *rows, const struct log_searcher *searcher)
{
        prepare_portable(rows, searcher);
}

INLINE SSE2 uint64_t bits_sse2(const char *data, enum log_search_form form)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < 64; i += sizeof(__m128i)) {
                __m128i first = _mm_loadu_si128((const __m128i *)(data + i));
                __m128i second = _mm_loadu_si128((const __m128i *)(data + i + PAIR_DISTANCE));
                __m128i found = _mm_or_si128(
                        _mm_or_si128(pair_sse2(first, second, pair_kill), pair_sse2(first, second, pair_oom)),
                        pair_sse2(first, second, pair_cgroup));

                if (form == LOG_SEARCH_JOURNAL_JSON)
                        found = _mm_or_si128(found, pair_sse2(first, second, pair_array));
                bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << i;
        }
        return bits;
}

INLINE SSE2 bool candidates_sse2(const struct key_rows *rows, const char *data, enum log_search_form form,
                                 uint64_t *ret_low, uint64_t *ret_high)
{
        (void)rows;
        *ret_low = bits_sse2(data, form);
        *ret_high = bits_sse2(data + 64, form);
        return *ret_low | *ret_high;
}

INLINE SSE2 void count_sse2(struct newlines *newlines, const char *data)
{
#pragma GCC unroll 8
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

INLINE AVX2 void prepare_avx2(struct key_rows *rows, const struct log_searcher *searcher)
{
        for (int i = 0; i < ROWS; i++)
                rows->avx2[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)searcher->rows[i]));
}

INLINE AVX2 __m256i look_up_avx2(const struct key_rows *rows, const char *data, enum log_search_form form, int row)
{
        return _mm256_shuffle_epi8(rows->avx2[row], _mm256_loadu_si256((const __m256i *)(data + PLACE(form, row))));
}

INLINE AVX2 __m256i kinds_avx2(const struct key_rows *rows, const char *data, enum log_search_form form)
{
        __m256i kinds = _mm256_and_si256(
                _mm256_and_si256(look_up_avx2(rows, data, form, 0), look_up_avx2(rows, data, form, 1)),
                _mm256_and_si256(look_up_avx2(rows, data, form, 2), look_up_avx2(rows, data, form, 3)));

        return form == LOG_SEARCH_TEXT ? _mm256_and_si256(kinds, look_up_avx2(rows, data, form, 4)) : kinds;
}

/* Bits of the bytes that aren't 0. */
INLINE AVX2 uint64_t bits_avx2(__m256i low, __m256i high)
{
        const __m256i none = _mm256_setzero_si256();

        return ~((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, none)) |
                 (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, none)) << 32);
}

INLINE AVX2 bool candidates_avx2(const struct key_rows *rows, const char *data, enum log_search_form form,
                                 uint64_t *ret_low, uint64_t *ret_high)
{
        __m256i a = kinds_avx2(rows, data, form), b = kinds_avx2(rows, data + 32, form);
        __m256i c = kinds_avx2(rows, data + 64, form), d = kinds_avx2(rows, data + 96, form);
        __m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));

        if (__builtin_expect(_mm256_testz_si256(any, any), 1))
                return false;
        *ret_low = bits_avx2(a, b);
        *ret_high = bits_avx2(c, d);
        return true;
}

INLINE AVX2 void count_avx2(struct newlines *newlines, const char *data)
{
#pragma GCC unroll 4
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
