/* A backend (backends.h) gives candidates: offsets at which a key may begin. Each is then compared with the words around keys
 * (words.h). Nothing is read outside the block: its last bytes are searched in a copy. */

#include "logfile/search/search.h"

#include "logfile/search/backends.h"
#include "logfile/search/words.h"

/* The offset of the first words around one of the candidates, which count from offset at; block.length: there are none. */
static size_t first_words(struct text block, size_t from, size_t at, uint64_t candidates)
{
        for (; candidates; candidates &= candidates - 1) {
                size_t offset = log_search_words_around(block, from, at + (size_t)__builtin_ctzll(candidates));

                if (offset < block.length)
                        return offset;
        }
        return block.length;
}

/* Those of the candidates where words may go on from the key. Inlined, so that a needless candidate doesn't leave the loop:
 * for a call the loop would have to save its registers. */
INLINE uint64_t with_words(const char *data, uint64_t candidates, enum log_search_form form, bool are_keys)
{
        uint64_t kept = 0;

        for (; candidates; candidates &= candidates - 1) {
                uint64_t bytes = number(data + __builtin_ctzll(candidates), sizeof(bytes));

                if ((are_keys || is_key(bytes)) && may_be_words(bytes, form == LOG_SEARCH_JOURNAL_JSON))
                        kept |= candidates & -candidates;
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

struct backend {
        prepare_fn *prepare;
        candidates_fn *find;
        bool are_keys; /* nearly all of its candidates are keys */
        count_fn *count;
        sum_up_fn *sum_up;
};

/* Inlined into one function for each backend and form. Two steps at a time: nearly all have no candidate. */
INLINE size_t search(struct text block, size_t from, enum log_search_form form, const struct backend *backend,
                     uint64_t *ret_newlines)
{
        char end[STEP_BYTES + sizeof(uint64_t) - 1] = { 0 };
        struct newlines newlines = { 0 };
        size_t at = from, offset = block.length;
        unsigned counts = 0;
        struct key_rows rows;

        backend->prepare(&rows, form);
        for (; block.length - at >= STEP_BYTES + sizeof(end); at += 2 * STEP_BYTES) {
                const char *data = block.data + at;
                uint64_t candidates, more;

                /* First, and in statements of their own: else gcc 12 puts on the stack what it loads for both. */
                backend->count(&newlines, data);
                backend->count(&newlines, data + STEP_BYTES);
                if (__builtin_expect((counts += 2) > COUNTS_MAX - 2, 0)) {
                        backend->sum_up(&newlines);
                        counts = 0;
                }
                candidates = backend->find(&rows, data, form);
                more = backend->find(&rows, data + STEP_BYTES, form);
                if (__builtin_expect(!(candidates | more), 1))
                        continue;
                candidates = with_words(data, candidates, form, backend->are_keys);
                more = with_words(data + STEP_BYTES, more, form, backend->are_keys);
                if (__builtin_expect(!(candidates | more), 1))
                        continue;
                offset = first_words(block, from, at, candidates);
                if (offset == block.length)
                        offset = first_words(block, from, at + STEP_BYTES, more);
                if (offset < block.length) {
                        backend->sum_up(&newlines);
                        *ret_newlines += newlines.count - newlines_between(block, offset, at + 2 * STEP_BYTES);
                        return offset;
                }
        }
        backend->sum_up(&newlines);
        for (size_t rest_at = at; block.length - rest_at >= KEY_LENGTH; rest_at += STEP_BYTES) {
                size_t rest = block.length - rest_at;

                memcpy(end, block.data + rest_at, rest < sizeof(end) ? rest : sizeof(end));
                if (rest < sizeof(end))
                        memset(end + rest, 0, sizeof(end) - rest);
                offset = first_words(block, from, rest_at, backend->find(&rows, end, form));
                if (offset < block.length || rest <= STEP_BYTES)
                        break;
        }
        *ret_newlines += newlines.count + newlines_between(block, at, offset);
        return offset;
}

#define BOTH_FORMS(name, are_keys)                                                                                     \
        static const struct backend backend = { prepare_##name, candidates_##name, are_keys, count_##name,             \
                                                sum_up_##name };                                                       \
                                                                                                                       \
        return form == LOG_SEARCH_TEXT ? search(block, from, LOG_SEARCH_TEXT, &backend, newlines)                      \
                                       : search(block, from, LOG_SEARCH_JOURNAL_JSON, &backend, newlines)

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

bool log_search_has(enum log_search_backend backend)
{
        switch (backend) {
        case LOG_SEARCH_PORTABLE:
                return true;
        case LOG_SEARCH_SSE2:
                return __builtin_cpu_supports("sse2");
        case LOG_SEARCH_AVX2:
                return __builtin_cpu_supports("avx2");
        case LOG_SEARCH_BACKENDS:
                break;
        }
        return false;
}

size_t log_search_by(enum log_search_backend backend, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines)
{
        if (backend == LOG_SEARCH_AVX2)
                return search_avx2(block, from, form, newlines);
        if (backend == LOG_SEARCH_SSE2)
                return search_sse2(block, from, form, newlines);
        return search_portable(block, from, form, newlines);
}

#else

bool log_search_has(enum log_search_backend backend)
{
        return backend == LOG_SEARCH_PORTABLE;
}

size_t log_search_by(enum log_search_backend backend, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines)
{
        (void)backend;
        return search_portable(block, from, form, newlines);
}

#endif

size_t log_search_counting(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        enum log_search_backend backend = LOG_SEARCH_BACKENDS - 1;

        while (!log_search_has(backend))
                backend--;
        return log_search_by(backend, block, from, form, newlines);
}

size_t log_search(struct text block, size_t from, enum log_search_form form)
{
        uint64_t newlines = 0;

        return log_search_counting(block, from, form, &newlines);
}
