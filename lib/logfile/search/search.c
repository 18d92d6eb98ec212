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

static size_t first_words_of_step(struct text block, size_t from, size_t at, uint64_t low, uint64_t high)
{
        size_t offset = first_words(block, from, at, low);

        return offset < block.length ? offset : first_words(block, from, at + 64, high);
}

/* Those of the candidates where words may go on from the key. Inlined, so that a needless candidate doesn't leave the loop:
 * for a call the loop would have to save its registers. */
INLINE uint64_t with_words(const struct log_searcher *searcher, const char *data, uint64_t candidates,
                           enum log_search_form form)
{
        uint64_t kept = 0;

        for (; candidates; candidates &= candidates - 1) {
                uint64_t bytes = number(data + __builtin_ctzll(candidates), sizeof(bytes));

                if (form == LOG_SEARCH_TEXT ? filter_has(searcher->filter, bytes)
                                            : is_key(bytes) && may_be_words(bytes, true))
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
        bool is_exact; /* in text, nearly all of its candidates go on as words do */
        count_fn *count;
        sum_up_fn *sum_up;
};

/* How far ahead the processor is told to fetch: what it fetches by itself ends with each page of 4 KiB. Of bytes that are in no cache, the
 * search took 100 ms of 629 MB without this, 76 with 512 bytes, 62 with 2 KiB, 65 with 4; of those in the second-level cache 37 either way.
 * The end of a block needn't be looked at: to fetch what isn't there does nothing. */
#define AHEAD             2048
#define PREFETCH(address) __builtin_prefetch(address)

/* Inlined into one function for each backend and form. */
INLINE size_t search(const struct log_searcher *searcher, struct text block, size_t from, enum log_search_form form,
                     const struct backend *backend, uint64_t *ret_newlines)
{
        char end[STEP_BYTES + sizeof(uint64_t) - 1] = { 0 };
        struct newlines newlines = { 0 };
        size_t at = from, offset = block.length;
        uint64_t low, high;
        struct key_rows rows;

        backend->prepare(&rows, searcher);
        while (block.length - at >= sizeof(end)) {
                size_t n_steps = (block.length - at - sizeof(end)) / STEP_BYTES + 1;
                size_t until = at + (n_steps < COUNTS_MAX ? n_steps : COUNTS_MAX) * STEP_BYTES;

                for (; at < until; at += STEP_BYTES) {
                        const char *data = block.data + at;

                        PREFETCH(data + AHEAD);
                        PREFETCH(data + AHEAD + 64);
                        backend->count(&newlines, data);
                        if (__builtin_expect(!backend->find(&rows, data, form, &low, &high), 1))
                                continue;
                        low = with_words(searcher, data, low, form);
                        high = with_words(searcher, data + 64, high, form);
                        if (__builtin_expect(!(low | high), 1))
                                continue;
                        offset = first_words_of_step(block, from, at, low, high);
                        if (offset < block.length) {
                                backend->sum_up(&newlines);
                                *ret_newlines += newlines.count - newlines_between(block, offset, at + STEP_BYTES);
                                return offset;
                        }
                }
                backend->sum_up(&newlines);
        }
        for (size_t rest_at = at; block.length - rest_at >= KEY_LENGTH; rest_at += STEP_BYTES) {
                size_t rest = block.length - rest_at;

                memcpy(end, block.data + rest_at, rest < sizeof(end) ? rest : sizeof(end));
                if (rest < sizeof(end))
                        memset(end + rest, 0, sizeof(end) - rest);
                if (backend->find(&rows, end, form, &low, &high))
                        offset = first_words_of_step(block, from, rest_at, low, high);
                if (offset < block.length || rest <= STEP_BYTES)
                        break;
        }
        *ret_newlines += newlines.count + newlines_between(block, at, offset);
        return offset;
}

#define BOTH_FORMS(name, is_exact)                                                                                     \
        static const struct backend backend = { prepare_##name, candidates_##name, is_exact, count_##name,             \
                                                sum_up_##name };                                                       \
                                                                                                                       \
        return searcher->form == LOG_SEARCH_TEXT                                                                       \
                       ? search(searcher, block, from, LOG_SEARCH_TEXT, &backend, newlines)                            \
                       : search(searcher, block, from, LOG_SEARCH_JOURNAL_JSON, &backend, newlines)

static size_t search_portable(const struct log_searcher *searcher, struct text block, size_t from, uint64_t *newlines)
{
        BOTH_FORMS(portable, false);
}

#if HAS_X86

SSE2 static size_t search_sse2(const struct log_searcher *searcher, struct text block, size_t from, uint64_t *newlines)
{
        BOTH_FORMS(sse2, false);
}

AVX2 static size_t search_avx2(const struct log_searcher *searcher, struct text block, size_t from, uint64_t *newlines)
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

static size_t find_by(enum log_search_backend backend, const struct log_searcher *searcher, struct text block,
                      size_t from, uint64_t *newlines)
{
        if (backend == LOG_SEARCH_AVX2)
                return search_avx2(searcher, block, from, newlines);
        if (backend == LOG_SEARCH_SSE2)
                return search_sse2(searcher, block, from, newlines);
        return search_portable(searcher, block, from, newlines);
}

#else

bool log_search_has(enum log_search_backend backend)
{
        return backend == LOG_SEARCH_PORTABLE;
}

static size_t find_by(enum log_search_backend backend, const struct log_searcher *searcher, struct text block,
                      size_t from, uint64_t *newlines)
{
        (void)backend;
        return search_portable(searcher, block, from, newlines);
}

#endif

void log_searcher_init(struct log_searcher *searcher, enum log_search_form form)
{
        searcher->form = form;
        make_rows(searcher->rows, form);
        filter_make(searcher->filter);
}

size_t log_searcher_find(const struct log_searcher *searcher, struct text block, size_t from, uint64_t *newlines)
{
        enum log_search_backend backend = LOG_SEARCH_BACKENDS - 1;

        while (!log_search_has(backend))
                backend--;
        return find_by(backend, searcher, block, from, newlines);
}

size_t log_search_by(enum log_search_backend backend, struct text block, size_t from, enum log_search_form form,
                     uint64_t *newlines)
{
        struct log_searcher searcher;

        log_searcher_init(&searcher, form);
        return find_by(backend, &searcher, block, from, newlines);
}

size_t log_search_counting(struct text block, size_t from, enum log_search_form form, uint64_t *newlines)
{
        struct log_searcher searcher;

        log_searcher_init(&searcher, form);
        return log_searcher_find(&searcher, block, from, newlines);
}

size_t log_search(struct text block, size_t from, enum log_search_form form)
{
        uint64_t newlines = 0;

        return log_search_counting(block, from, form, &newlines);
}
