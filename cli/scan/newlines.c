#include "scan/newlines.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Sums of single bytes overflow after so many. */
#define SUMS_MAX 255

static uint64_t count_portably(const char *data, size_t length)
{
        uint64_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += data[i] == '\n';
        return count;
}

#if defined(__x86_64__)
#define WIDTH 32
#define LANES 4 /* sums that don't wait for each other */

/* A comparison gives -1 for each byte that is equal: subtracted, that counts. */
__attribute__((target("avx2"))) static uint64_t count_by_avx2(const char *data, size_t length)
{
        const __m256i newline = _mm256_set1_epi8('\n'), zero = _mm256_setzero_si256();
        __m256i total = zero;
        uint64_t parts[WIDTH / sizeof(uint64_t)];
        size_t at = 0;

        while (at + LANES * WIDTH <= length) {
                __m256i sums[LANES] = { zero, zero, zero, zero };

                for (unsigned n = 0; n < SUMS_MAX && at + LANES * WIDTH <= length; n++, at += LANES * WIDTH)
                        for (unsigned lane = 0; lane < LANES; lane++) {
                                __m256i bytes = _mm256_loadu_si256((const __m256i *)(data + at + lane * WIDTH));

                                sums[lane] = _mm256_sub_epi8(sums[lane], _mm256_cmpeq_epi8(bytes, newline));
                        }
                for (unsigned lane = 0; lane < LANES; lane++)
                        total = _mm256_add_epi64(total, _mm256_sad_epu8(sums[lane], zero));
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
