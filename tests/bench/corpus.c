/* tests/bench/corpus.c: how many lines of the corpus the library reads in a second: record, joiner and parser.
 *
 * usage: bench_corpus SECONDS FILE...
 *
 * The files are in memory before the clock runs. The rival is what people do instead: they search every line for
 * "Killed process" (memmem). Two rows: all lines as the watcher gets them, where those of user space are refused after
 * their header was read; and the kernel's lines alone, which all go through the parser. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "kmsg/record.h"
#include "parse/parser.h"

#define PAIRS       15
#define LINES_BOUND 2e6 /* a second */

struct lines {
        struct text *lines;
        size_t count, capacity;
};

struct input {
        struct lines all, kernel;
        uint64_t incidents;
};

static void lines_add(struct lines *lines, struct text line)
{
        if (lines->count == lines->capacity) {
                lines->capacity = lines->capacity ? 2 * lines->capacity : 1024;
                lines->lines = realloc(lines->lines, lines->capacity * sizeof(line));
                if (!lines->lines)
                        bench_die("realloc");
        }
        lines->lines[lines->count++] = line;
}

static struct text read_file(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat status;
        char *data;

        if (fd < 0 || fstat(fd, &status) < 0)
                bench_die(path);
        data = malloc((size_t)status.st_size + 1);
        if (!data || read(fd, data, (size_t)status.st_size) != status.st_size)
                bench_die(path);
        (void)close(fd); /* only read from */
        return (struct text){ data, (size_t)status.st_size };
}

/* Lines that begin with a blank are the dictionary of the record before. An empty line is the end of a file. */
static void add_file(struct input *input, const char *path)
{
        static char unescaped[KMSG_RECORD_MAX];
        struct text rest = read_file(path);

        while (rest.length) {
                const char *newline = memchr(rest.data, '\n', rest.length);
                size_t length = newline ? (size_t)(newline - rest.data) : rest.length;
                struct text line = text_until_offset(rest, length);
                struct kmsg_record record;

                rest = text_from_offset(rest, newline ? length + 1 : length);
                if (length == 0 || length > KMSG_RECORD_MAX || line.data[0] == ' ')
                        continue;
                lines_add(&input->all, line);
                if (kmsg_record_decode(line, unescaped, &record) == 0 && record.facility == KMSG_FACILITY_KERNEL)
                        lines_add(&input->kernel, line);
        }
        lines_add(&input->all, TEXT(""));
        lines_add(&input->kernel, TEXT(""));
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        uint64_t *incidents = userdata;

        (void)incident;
        (*incidents)++;
}

static void parse(const struct lines *lines, struct oom_parser *parser)
{
        static char unescaped[KMSG_RECORD_MAX];
        struct kmsg_record record;

        for (size_t i = 0; i < lines->count; i++) {
                if (lines->lines[i].length == 0)
                        oom_parser_flush(parser);
                else if (kmsg_record_decode(lines->lines[i], unescaped, &record) == 0 &&
                         record.facility == KMSG_FACILITY_KERNEL)
                        oom_parser_push(parser, &record);
        }
}

static void search(const struct lines *lines, uint64_t *hits)
{
        for (size_t i = 0; i < lines->count; i++)
                *hits += text_find(lines->lines[i], TEXT("Killed process "), 0) >= 0;
}

static double lines_per_sec(const struct lines *lines, struct oom_parser *parser, double seconds, uint64_t *count)
{
        int64_t start = bench_cpu_nsec(), now;
        size_t passes = 0;

        do {
                if (parser)
                        parse(lines, parser);
                else
                        search(lines, count);
                passes++;
                now = bench_cpu_nsec();
        } while ((double)(now - start) < seconds * (double)BENCH_NSEC_PER_SEC);
        return (double)(lines->count * passes) * (double)BENCH_NSEC_PER_SEC / (double)(now - start);
}

static void measure(const char *name, const struct lines *lines, double seconds)
{
        double ours[PAIRS], rival[PAIRS];
        uint64_t incidents = 0, hits = 0;
        struct oom_parser *parser;
        char compared[32];
        double a, b;

        if (oom_parser_new(on_incident, &incidents, &parser) < 0)
                bench_die("oom_parser_new");
        for (int i = 0; i < PAIRS; i++) {
                ours[i] = lines_per_sec(lines, parser, seconds / (2 * PAIRS), NULL) / 1e6;
                rival[i] = lines_per_sec(lines, NULL, seconds / (2 * PAIRS), &hits) / 1e6;
        }
        oom_parser_free(parser);
        if (incidents == 0 || hits == 0) {
                errno = ENODATA;
                bench_die(name);
        }
        a = bench_quantile(ours, PAIRS, 0.5);
        b = bench_quantile(rival, PAIRS, 0.5);
        (void)snprintf(compared, sizeof(compared), "%.2f", a / b);
        bench_row(name, "million lines/s", a, b, compared, "ours >= 2", a >= LINES_BOUND / 1e6);
}

int main(int argc, char **argv)
{
        struct input input = { 0 };
        double seconds = argc > 2 ? strtod(argv[1], NULL) : 0;

        if (seconds <= 0) {
                fprintf(stderr, "usage: bench_corpus SECONDS FILE...\n");
                return 2;
        }
        for (int i = 2; i < argc; i++)
                add_file(&input, argv[i]);
        measure("parser, kernel's lines of the corpus", &input.kernel, seconds / 2);
        measure("parser, all lines of the corpus", &input.all, seconds / 2);
        return EXIT_SUCCESS;
}
