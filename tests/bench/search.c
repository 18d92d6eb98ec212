/* tests/bench/search.c: how fast lib/logfile/search passes over logs, by each backend.
 *
 * usage: bench_search SECONDS FILE...
 *
 * Over a block that the processor has in its caches: each backend beside memchr() for the ends of the lines. Over the files,
 * read in blocks as `oomwatch scan` does: reading and searching by each backend beside reading alone, in turns. That is
 * the least that a scan can take, and the bound of its time. Processor time is counted, so that other programs disturb less. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "logfile/search/search.h"

#define ROUNDS     9
#define BLOCK      ((size_t)512 * 1024) /* SCAN_BLOCK_BYTES */
#define TIME_BOUND 1.5

static const char *const backend_names[LOG_SEARCH_BACKENDS] = {
        [LOG_SEARCH_PORTABLE] = "portable",
        [LOG_SEARCH_SSE2] = "SSE2",
        [LOG_SEARCH_AVX2] = "AVX2",
};

struct found {
        uint64_t bytes, newlines, lines;
};

/* Adds what it finds in block to *found. */
typedef void pass_fn(struct text block, enum log_search_backend backend, enum log_search_form form,
                     struct found *found);

static void count_newlines(struct text block, enum log_search_backend backend, enum log_search_form form,
                           struct found *found)
{
        const char *at = block.data, *end = block.data + block.length;

        (void)backend;
        (void)form;
        while ((at = memchr(at, '\n', (size_t)(end - at)))) {
                found->newlines++;
                at++;
        }
}

/* Where the line after the one at offset begins: a line counts once, whatever it holds. */
static size_t next_line(struct text block, size_t offset)
{
        const char *newline = memchr(block.data + offset, '\n', block.length - offset);

        return newline ? (size_t)(newline - block.data) + 1 : block.length;
}

static void search(struct text block, enum log_search_backend backend, enum log_search_form form, struct found *found)
{
        size_t at = log_search_by(backend, block, 0, form, &found->newlines);

        while (at < block.length) {
                found->lines++;
                at = log_search_by(backend, block, next_line(block, at), form, &found->newlines);
        }
}

static void nothing(struct text block, enum log_search_backend backend, enum log_search_form form, struct found *found)
{
        (void)block;
        (void)backend;
        (void)form;
        (void)found;
}

/* ---- one block ------------------------------------------------------------------------------------------------------- */

static double gigabytes_per_sec(struct text block, pass_fn *pass, enum log_search_backend backend,
                                enum log_search_form form, double seconds)
{
        int64_t start = bench_cpu_nsec(), nsec;
        struct found found = { 0 };
        uint64_t bytes = 0;

        do {
                pass(block, backend, form, &found);
                bytes += block.length;
                nsec = bench_cpu_nsec() - start;
        } while ((double)nsec < seconds * (double)BENCH_NSEC_PER_SEC);
        return (double)bytes / (double)nsec;
}

static void measure_block(struct text block, enum log_search_backend backend, enum log_search_form form, double seconds)
{
        double ours[ROUNDS], rival[ROUNDS];
        char name[128];

        for (int i = 0; i < ROUNDS; i++) {
                ours[i] = gigabytes_per_sec(block, search, backend, form, seconds / (2 * ROUNDS));
                rival[i] = gigabytes_per_sec(block, count_newlines, backend, form, seconds / (2 * ROUNDS));
        }
        (void)snprintf(name, sizeof(name), "search a block, %s%s; rival: memchr of lines", backend_names[backend],
                       form == LOG_SEARCH_JOURNAL_JSON ? ", journalctl's JSON" : "");
        bench_row_ratio(name, "GB/s", ours, rival, ROUNDS, 0);
}

/* ---- files ----------------------------------------------------------------------------------------------------------- */

/* What a block's end cuts is kept for the next one, in front of it. */
static void read_file(const char *path, char *buffer, pass_fn *pass, enum log_search_backend backend,
                      struct found *found)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t kept = 0;

        if (fd < 0)
                bench_die(path);
        for (;;) {
                ssize_t count = read(fd, buffer + LOG_SEARCH_OVERLAP, BLOCK);
                size_t length = kept + (size_t)count;

                if (count < 0)
                        bench_die(path);
                if (count == 0)
                        break;
                pass((struct text){ buffer + LOG_SEARCH_OVERLAP - kept, length }, backend, LOG_SEARCH_TEXT, found);
                found->bytes += (uint64_t)count;
                kept = length < LOG_SEARCH_OVERLAP ? length : LOG_SEARCH_OVERLAP;
                memmove(buffer + LOG_SEARCH_OVERLAP - kept, buffer + LOG_SEARCH_OVERLAP + count - kept, kept);
        }
        (void)close(fd); /* only read from */
}

static double read_all(char **paths, int count, char *buffer, pass_fn *pass, enum log_search_backend backend,
                       struct found *found)
{
        int64_t start = bench_cpu_nsec();

        *found = (struct found){ 0 };
        for (int i = 0; i < count; i++)
                read_file(paths[i], buffer, pass, backend, found);
        return (double)(bench_cpu_nsec() - start) / 1e6;
}

static void measure_files(char **paths, int count, char *buffer)
{
        double ours[LOG_SEARCH_BACKENDS][ROUNDS], bare[LOG_SEARCH_BACKENDS][ROUNDS];
        struct found found, all;
        enum log_search_backend backend;
        char name[128];

        (void)read_all(paths, count, buffer, count_newlines, 0, &all); /* into the page cache too */
        for (int i = 0; i < ROUNDS; i++) {
                for (backend = 0; backend < LOG_SEARCH_BACKENDS; backend++) {
                        if (!log_search_has(backend))
                                continue;
                        ours[backend][i] = read_all(paths, count, buffer, search, backend, &found);
                        bare[backend][i] = read_all(paths, count, buffer, nothing, backend, &(struct found){ 0 });
                }
        }
        for (backend = 0; backend < LOG_SEARCH_BACKENDS; backend++) {
                if (!log_search_has(backend))
                        continue;
                (void)snprintf(name, sizeof(name), "read and search, %.0f MB, %s; rival: read", (double)all.bytes / 1e6,
                               backend_names[backend]);
                bench_row_ratio(name, "ms", ours[backend], bare[backend], ROUNDS,
                                backend == LOG_SEARCH_BACKENDS - 1 ? TIME_BOUND : 0);
        }
        bench_row("  lines at which the search stopped, of all lines", "lines", (double)found.lines,
                  (double)all.newlines, "", "", -1);
}

int main(int argc, char **argv)
{
        double seconds = argc > 2 ? strtod(argv[1], NULL) : 0;
        struct text block;
        char *buffer;
        ssize_t length;
        int fd;

        if (seconds <= 0) {
                fprintf(stderr, "usage: bench_search SECONDS FILE...\n");
                return 2;
        }
        buffer = malloc(LOG_SEARCH_OVERLAP + BLOCK);
        fd = open(argv[2], O_RDONLY | O_CLOEXEC);
        if (!buffer || fd < 0)
                bench_die(argv[2]);
        length = read(fd, buffer, BLOCK);
        if (length <= 0)
                bench_die(argv[2]);
        (void)close(fd); /* only read from */
        block = (struct text){ buffer, (size_t)length };
        for (enum log_search_backend backend = 0; backend < LOG_SEARCH_BACKENDS; backend++)
                for (enum log_search_form form = LOG_SEARCH_TEXT; form <= LOG_SEARCH_JOURNAL_JSON; form++)
                        if (log_search_has(backend))
                                measure_block(block, backend, form, seconds / 8);
        measure_files(argv + 2, argc - 2, buffer);
        free(buffer);
        return EXIT_SUCCESS;
}
