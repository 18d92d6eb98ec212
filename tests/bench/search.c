/* tests/bench/search.c: how fast the candidate search of lib/logfile passes over logs, and how often it stops.
 *
 * usage: bench_search SECONDS FILE...
 *
 * Over a block of 1 MiB that the processor has in its caches: each way to search, beside memchr() for the ends of the
 * lines. Over the files, in read()s of 1 MiB: reading and searching beside reading alone. That is what the whole of a scan
 * can come to at best, and the bound of its time. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "logfile/search/search.h"

#define PAIRS      9
#define BLOCK      ((size_t)1 << 20)
#define TIME_BOUND 1.5

struct found {
        uint64_t bytes, lines, places;
};

typedef void (*pass_fn)(struct text block, struct found *found);

static void count_lines(struct text block, struct found *found)
{
        const char *at = block.data, *end = block.data + block.length;

        while ((at = memchr(at, '\n', (size_t)(end - at)))) {
                found->lines++;
                at++;
        }
}

/* The next line's start: one line is one place, as it is for whoever reads the lines. */
static size_t after_line(struct text block, size_t place)
{
        const char *newline = memchr(block.data + place, '\n', block.length - place);

        return newline ? (size_t)(newline - block.data) + 1 : block.length;
}

static void search_by(enum log_search_way way, enum log_search_form form, struct text block, struct found *found)
{
        for (size_t at = log_search_by(way, block, 0, form, &found->lines); at < block.length;
             at = log_search_by(way, block, after_line(block, at), form, &found->lines))
                found->places++;
}

static void search_portable(struct text block, struct found *found)
{
        search_by(LOG_SEARCH_PORTABLE, LOG_SEARCH_TEXT, block, found);
}

static void search_sse2(struct text block, struct found *found)
{
        search_by(LOG_SEARCH_SSE2, LOG_SEARCH_TEXT, block, found);
}

static void search_avx2(struct text block, struct found *found)
{
        search_by(LOG_SEARCH_AVX2, LOG_SEARCH_TEXT, block, found);
}

static void search_avx512(struct text block, struct found *found)
{
        search_by(LOG_SEARCH_AVX512, LOG_SEARCH_TEXT, block, found);
}

static void search_avx2_json(struct text block, struct found *found)
{
        search_by(LOG_SEARCH_AVX2, LOG_SEARCH_JOURNAL_JSON, block, found);
}

static void search_best(struct text block, struct found *found)
{
        for (size_t at = log_search(block, 0, LOG_SEARCH_TEXT); at < block.length;
             at = log_search(block, after_line(block, at), LOG_SEARCH_TEXT))
                found->places++;
}

static void nothing(struct text block, struct found *found)
{
        (void)block;
        (void)found;
}

/* ---- one block ------------------------------------------------------------------------------------------------------- */

static double gigabytes_per_sec(struct text block, pass_fn pass, double seconds, struct found *found)
{
        int64_t start = bench_mono_nsec(), nsec;
        uint64_t bytes = 0;

        do {
                pass(block, found);
                bytes += block.length;
                nsec = bench_mono_nsec() - start;
        } while ((double)nsec < seconds * (double)BENCH_NSEC_PER_SEC);
        return (double)bytes / (double)nsec;
}

static void measure_block(const char *name, struct text block, pass_fn pass, double seconds)
{
        double ours[PAIRS], rival[PAIRS];
        struct found found = { 0 }, lines = { 0 };

        for (int i = 0; i < PAIRS; i++) {
                ours[i] = gigabytes_per_sec(block, pass, seconds / (2 * PAIRS), &found);
                rival[i] = gigabytes_per_sec(block, count_lines, seconds / (2 * PAIRS), &lines);
        }
        bench_row_ratio(name, "GB/s", ours, rival, PAIRS, 0);
}

/* ---- files ----------------------------------------------------------------------------------------------------------- */

/* What a block's end cuts is kept for the next one, in front of it. */
static void read_file(const char *path, char *buffer, pass_fn pass, struct found *found)
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
                pass((struct text){ buffer + LOG_SEARCH_OVERLAP - kept, length }, found);
                found->bytes += (uint64_t)count;
                kept = length < LOG_SEARCH_OVERLAP ? length : LOG_SEARCH_OVERLAP;
                memmove(buffer + LOG_SEARCH_OVERLAP - kept, buffer + LOG_SEARCH_OVERLAP + count - kept, kept);
        }
        (void)close(fd); /* only read from */
}

static double read_all(char **paths, int count, char *buffer, pass_fn pass, struct found *found)
{
        int64_t start = bench_mono_nsec();

        for (int i = 0; i < count; i++)
                read_file(paths[i], buffer, pass, found);
        return (double)(bench_mono_nsec() - start) / 1e6;
}

static void measure_files(char **paths, int count, char *buffer)
{
        double ours[PAIRS], rival[PAIRS];
        struct found found = { 0 }, bare = { 0 }, lines = { 0 };
        char name[128];

        (void)read_all(paths, count, buffer, count_lines, &lines); /* into the page cache too */
        for (int i = 0; i < PAIRS; i++) {
                ours[i] = read_all(paths, count, buffer, search_best, &found);
                rival[i] = read_all(paths, count, buffer, nothing, &bare);
        }
        (void)snprintf(name, sizeof(name), "read and search, %.0f MB; rival: read", (double)lines.bytes / 1e6);
        bench_row_ratio(name, "ms", ours, rival, PAIRS, TIME_BOUND);
        bench_row("  lines with places, of all lines", "lines", (double)found.places / PAIRS, (double)lines.lines, "",
                  "", -1);
}

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                enum log_search_way way;
                pass_fn pass;
        } ways[] = {
                { "search, a block of 1 MiB, AVX-512; rival: memchr of lines", LOG_SEARCH_AVX512, search_avx512 },
                { "search, AVX2", LOG_SEARCH_AVX2, search_avx2 },
                { "search, AVX2, journalctl's JSON", LOG_SEARCH_AVX2, search_avx2_json },
                { "search, SSE2", LOG_SEARCH_SSE2, search_sse2 },
                { "search, portable", LOG_SEARCH_PORTABLE, search_portable },
        };
        double seconds = argc > 2 ? strtod(argv[1], NULL) : 0;
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
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
                if (log_search_has(ways[i].way))
                        measure_block(ways[i].name, (struct text){ buffer, (size_t)length }, ways[i].pass, seconds / 4);
        measure_files(argv + 2, argc - 2, buffer);
        free(buffer);
        return EXIT_SUCCESS;
}
