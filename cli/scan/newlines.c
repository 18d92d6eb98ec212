#include "scan/newlines.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static uint64_t count_portably(const char *data, size_t length)
{
        uint64_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += data[i] == '\n';
        return count;
}

#if defined(__x86_64__)
#define WIDTH 32
#define STEP  (4 * WIDTH)
/* A byte of the sums grows by up to 4 in a step. */
#define SUMS_MAX (UINT8_MAX / 4)

/* -1 in each byte that is a newline */
__attribute__((target("avx2"))) static inline __m256i newlines_at(const char *data)
{
        return _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)data), _mm256_set1_epi8('\n'));
}

__attribute__((target("avx2"))) static uint64_t count_by_avx2(const char *data, size_t length)
{
        const __m256i zero = _mm256_setzero_si256();
        __m256i total = zero;
        uint64_t parts[WIDTH / sizeof(uint64_t)];
        size_t at = 0;

        while (at + STEP <= length) {
                __m256i sums = zero;

                for (unsigned n = 0; n < SUMS_MAX && at + STEP <= length; n++, at += STEP) {
                        __m256i first = _mm256_add_epi8(newlines_at(data + at), newlines_at(data + at + WIDTH));
                        __m256i second =
                                _mm256_add_epi8(newlines_at(data + at + 2 * WIDTH), newlines_at(data + at + 3 * WIDTH));

                        sums = _mm256_sub_epi8(sums, _mm256_add_epi8(first, second));
                }
                total = _mm256_add_epi64(total, _mm256_sad_epu8(sums, zero));
        }
        _mm256_storeu_si256((__m256i *)parts, total);
        return parts[0] + parts[1] + parts[2] + parts[3] + count_portably(data + at, length - at);
}
#endif

uint64_t scan_count_newlines(struct text bytes)
{
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2"))
                return count_by_avx2(bytes.data, bytes.length);
#endif
        return count_portably(bytes.data, bytes.length); /* which compilers make SSE2, or whatever there is, of */
}
