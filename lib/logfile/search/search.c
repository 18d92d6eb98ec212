/* lib/logfile/search/search.c: see search.h. Places that may be the beginning of a key (search_words.h) are marked, 64 at a time
 * (search_marks.h), and a marked place is looked at closely, with what stands around it. Nothing is read outside the block: its
 * last bytes are searched in a copy. */

#include "logfile/search/search.h"

#include "logfile/search/marks.h"
#include "logfile/search/words.h"

/* The first words around those marked, which begin at offset at; block.length: none. */
static size_t first_words(struct text block, size_t from, size_t at, uint64_t marks)
{
        for (; marks; marks &= marks - 1) {
                size_t offset = log_search_words_around(block, from, at + (size_t)__builtin_ctzll(marks));

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

                /* First, and apart: gcc 12 would put what it loads for both on the stack. */
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
