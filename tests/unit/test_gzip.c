/* cli/input/gzip_file.c: isa-l, which reads regular files, gives what zlib gives, which reads standard input; also of what is wrong with
 * a file. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "harness.h"
#include "input/gzip_isal.h"
#include "input/library.h"
#include "input/source.h"
#include "util/cleanup.h"

#define DATA_MAX   (3 * 1024 * 1024)
#define FILE_MAX   (2 * DATA_MAX)
#define INPUT_MAX  (64 * 1024) /* of compressed bytes that are read at once */
#define NAME_BYTES 8000

#define FUNCTIONS(X)                                                                                                   \
        X(deflateInit2_)                                                                                               \
        X(deflateSetHeader)                                                                                            \
        X(deflate)                                                                                                     \
        X(deflateEnd)

struct zlib {
        FUNCTIONS(LIBRARY_POINTER)
};

/* How a member is made. */
struct member {
        int level, strategy;
        gz_header *header; /* NULL: the least one */
};

struct fixture {
        struct zlib zlib;
        unsigned seed;
        unsigned char data[DATA_MAX];
        size_t length; /* of the file */
        unsigned char file[FILE_MAX];
};

struct result {
        char *data; /* to be freed */
        size_t length;
        int error;
        char words[SOURCE_ERROR_MAX];
        uint64_t position;
};

static struct fixture *begin(unsigned seed)
{
        static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };
        struct fixture *fixture = calloc(1, sizeof(*fixture));

        ck_assert_ptr_nonnull(fixture);
        fixture->seed = seed;
        ck_assert_int_eq(library_load("libz.so.1", names, COUNT(names), &fixture->zlib), 0);
        return fixture;
}

static unsigned below(struct fixture *fixture, unsigned limit)
{
        fixture->seed = fixture->seed * 1103515245 + 12345;
        return (fixture->seed >> 8) % limit;
}

/* Fills data with lines of a log, what can't be compressed, and what is the same again and again. */
static void fill(struct fixture *fixture, size_t length)
{
        size_t at = 0;

        while (at < length) {
                size_t count = 1 + below(fixture, 50000);
                unsigned kind = below(fixture, 4);
                char line[100];

                for (size_t end = at + count < length ? at + count : length; at < end;)
                        if (kind == 0) {
                                fixture->data[at++] = (unsigned char)below(fixture, 256);
                        } else if (kind == 1) {
                                fixture->data[at++] = (unsigned char)('a' + count % 26);
                        } else {
                                unsigned number = below(fixture, 1000000);
                                int width = sprintf(line, "Aug 25 14:%02u:%02u host app[%u]: request took %u ms\n",
                                                    number % 60, number / 60 % 60, number / 7 % 40, number / 1000);

                                for (int i = 0; i < width && at < end; i++)
                                        fixture->data[at++] = (unsigned char)line[i];
                        }
        }
}

/* Appends a member with length bytes of data to the file. */
static void append_member(struct fixture *fixture, struct member member, size_t length)
{
        z_stream stream = { 0 };

        ck_assert_int_eq(fixture->zlib.deflateInit2_(&stream, member.level, Z_DEFLATED, 15 + 16, 8, member.strategy,
                                                     ZLIB_VERSION, sizeof(stream)),
                         Z_OK);
        if (member.header)
                ck_assert_int_eq(fixture->zlib.deflateSetHeader(&stream, member.header), Z_OK);
        stream.next_in = fixture->data;
        stream.avail_in = (unsigned)length;
        stream.next_out = fixture->file + fixture->length;
        stream.avail_out = (unsigned)(FILE_MAX - fixture->length);
        ck_assert_int_eq(fixture->zlib.deflate(&stream, Z_FINISH), Z_STREAM_END);
        fixture->length = FILE_MAX - stream.avail_out;
        ck_assert_int_eq(fixture->zlib.deflateEnd(&stream), Z_OK);
}

static void append_zeros(struct fixture *fixture, size_t count)
{
        ck_assert_uint_le(fixture->length + count, FILE_MAX);
        memset(fixture->file + fixture->length, 0, count);
        fixture->length += count;
}

static struct result read_source(const struct input *input, size_t read_size)
{
        struct result result = { 0 };
        struct source *source = NULL;
        size_t size = 0;
        ssize_t got;

        ck_assert_int_eq(source_open(input, &source), 0);
        do {
                if (size - result.length < read_size) {
                        size = 2 * size + read_size;
                        result.data = realloc(result.data, size);
                        ck_assert_ptr_nonnull(result.data);
                }
                got = source_read(source, result.data + result.length, read_size);
                if (got > 0)
                        result.length += (size_t)got;
        } while (got > 0);
        result.error = (int)got;
        (void)snprintf(result.words, sizeof(result.words), "%s", source_error(source));
        result.position = source_position(source);
        ck_assert_int_eq(source_read(source, result.data, SOURCE_READ_MIN), got); /* and it stays so */
        (void)source_close(source);
        return result;
}

/* Reads the file in both ways. what, number: of the test. Returns what zlib has given. */
static struct result expect_same(struct fixture *fixture, const char *what, size_t number)
{
        struct input file = { .kind = INPUT_FILE, .path = (char *)"file.gz" };
        struct input standard = { .kind = INPUT_STDIN, .path = (char *)"-" };
        size_t read_size = SOURCE_READ_MIN + below(fixture, 512 * 1024);
        struct result ours, theirs;
        int fd;

        scratch_write("file.gz", (const char *)fixture->file, fixture->length);
        fd = open("file.gz", O_RDONLY | O_CLOEXEC);
        ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(fd), 0);
        ours = read_source(&file, read_size);
        theirs = read_source(&standard, read_size);
        ck_assert_msg(ours.error == theirs.error, "%s %zu: %d, not %d", what, number, ours.error, theirs.error);
        ck_assert_msg(strcmp(ours.words, theirs.words) == 0, "%s %zu: \"%s\", not \"%s\"", what, number, ours.words,
                      theirs.words);
        /* isa-l goes on with some codes that zlib refuses at once, until the checksum is wrong or what it decodes is nonsense. */
        if (ours.length > theirs.length && strstr(theirs.words, " set)"))
                ours.length = theirs.length;
        ck_assert_msg(ours.length == theirs.length, "%s %zu: %zu bytes, not %zu, of \"%s\"", what, number, ours.length,
                      theirs.length, theirs.words);
        ck_assert_msg(memcmp(ours.data, theirs.data, theirs.length) == 0, "%s %zu", what, number);
        ck_assert_msg(ours.error < 0 || ours.position == theirs.position, "%s %zu", what, number);
        free(ours.data);
        return theirs;
}

static void expect_same_fault(struct fixture *fixture, const char *what, size_t number)
{
        struct result result = expect_same(fixture, what, number);

        free(result.data);
}

static void expect_same_data(struct fixture *fixture, const char *what, size_t number, size_t length)
{
        struct result result = expect_same(fixture, what, number);

        ck_assert_msg(result.error == 0, "%s %zu: %s", what, number, result.words);
        ck_assert_msg(result.length == length, "%s %zu: %zu, not %zu", what, number, result.length, length);
        free(result.data);
}

START_TEST(test_the_library_is_found)
{
#ifdef OOMWATCH_ISAL
        struct gzip_isal *isal = gzip_isal_new();

        ck_assert_ptr_nonnull(isal);
        (void)gzip_isal_free(isal);
#endif
}
END_TEST

START_TEST(test_files_of_all_kinds_of_blocks)
{
        static const int strategies[] = { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE };
        struct fixture *fixture = begin(0);

        for (int level = 0; level <= 9; level++)
                for (size_t i = 0; i < COUNT(strategies); i++) {
                        static const unsigned limits[] = { 2, 100, 70000, 300000, DATA_MAX };
                        size_t length = below(fixture, limits[below(fixture, COUNT(limits))]);

                        fill(fixture, length);
                        fixture->length = 0;
                        append_member(fixture, (struct member){ level, strategies[i], NULL }, length);
                        expect_same_data(fixture, "level, strategy", (size_t)level * 10 + i, length);
                }
        free(fixture);
}
END_TEST

START_TEST(test_members_that_end_anywhere_in_what_is_read_at_once)
{
        struct fixture *fixture = begin(1);
        struct member plain = { 6, Z_DEFAULT_STRATEGY, NULL };
        char name[NAME_BYTES];
        gz_header header = { .name = (unsigned char *)name };
        struct member named = { 6, Z_DEFAULT_STRATEGY, &header };
        size_t large = 0, n_small = 0;

        fill(fixture, DATA_MAX);
        for (; fixture->length < INPUT_MAX - NAME_BYTES / 2; large += 1000) {
                fixture->length = 0;
                append_member(fixture, plain, large + 1000);
        }
        ck_assert_uint_lt(fixture->length, INPUT_MAX - 100);
        for (size_t end = INPUT_MAX - 25; end < INPUT_MAX + 25; end++) {
                size_t length = large;

                fixture->length = 0;
                append_member(fixture, plain, large);
                memset(name, 'n', sizeof(name));
                name[end - fixture->length - 1] = '\0';
                fixture->length = 0;
                append_member(fixture, named, large);
                ck_assert_uint_eq(fixture->length, end);
                expect_same_data(fixture, "one that ends at", end, length);
                append_zeros(fixture, end % 3 * 11); /* none, within what is read at once, and on */
                (void)strcpy(name, "kern.log");
                for (n_small = 0; n_small < 100; n_small++) { /* and their headers, and all of them */
                        append_member(fixture, n_small % 2 ? plain : named, n_small % 7 * 13);
                        length += n_small % 7 * 13;
                }
                append_member(fixture, plain, large);
                expect_same_data(fixture, "several, the first ends at", end, length + large);
                fixture->length -= 30;
                expect_same_fault(fixture, "several, cut, the first ends at", end);
        }
        free(fixture);
}
END_TEST

START_TEST(test_headers)
{
        static char name[100000], comment[100];
        static unsigned char extra[70000];
        struct fixture *fixture = begin(3);

        fill(fixture, DATA_MAX);
        memset(name, 'n', sizeof(name) - 1);
        memset(comment, 'c', sizeof(comment) - 1);
        for (unsigned fields = 0; fields < 16; fields++)
                for (unsigned i = 0; i < 4; i++) {
                        static const unsigned extra_lengths[] = { 0, 1, 1000, 65535 };
                        static const unsigned name_lengths[] = { 0, 10, INPUT_MAX - 11, sizeof(name) - 1 };
                        gz_header header = {
                                .text = i % 2,
                                .time = 1234567890,
                                .os = 3,
                                .extra = fields & 1 ? extra : NULL,
                                .extra_len = extra_lengths[i],
                                .name = fields & 2 ? (unsigned char *)name : NULL,
                                .comment = fields & 4 ? (unsigned char *)comment : NULL,
                                .hcrc = (fields & 8) != 0,
                        };

                        name[name_lengths[i]] = '\0';
                        fixture->length = 0;
                        append_member(fixture, (struct member){ 6, Z_DEFAULT_STRATEGY, &header }, 100000);
                        append_member(fixture, (struct member){ 6, Z_DEFAULT_STRATEGY, &header }, 100000);
                        expect_same_data(fixture, "fields of the header", fields * 10 + i, 200000);
                        memset(name, 'n', sizeof(name) - 1);
                }
        free(fixture);
}
END_TEST

/* A log in two members, and zeros behind. */
static size_t make_pair(struct fixture *fixture, int level)
{
        size_t length = 50000 + below(fixture, 50000);

        fill(fixture, 2 * length);
        fixture->length = 0;
        append_member(fixture, (struct member){ level, Z_DEFAULT_STRATEGY, NULL }, length);
        append_member(fixture, (struct member){ level, Z_DEFAULT_STRATEGY, NULL }, 2 * length);
        append_zeros(fixture, 700);
        return fixture->length;
}

/* A place in such a pair: at its beginning, in front of the zeros, anywhere. */
static size_t place(struct fixture *fixture, size_t i, size_t length)
{
        size_t places[] = { 3 + i / 3 % 20, length - 700 - 1 - i / 3 % 20, 3 + below(fixture, (unsigned)length - 3) };

        return places[i % COUNT(places)];
}

START_TEST(test_files_that_are_cut_short)
{
        struct fixture *fixture = begin(4);
        size_t length = 0;

        for (size_t i = 0; i < 200; i++) {
                if (i % 50 == 0)
                        length = make_pair(fixture, (int)(i / 50 * 3));
                fixture->length = place(fixture, i, length);
                expect_same_fault(fixture, "length", fixture->length);
        }
        free(fixture);
}
END_TEST

START_TEST(test_bytes_that_are_changed)
{
        struct fixture *fixture = begin(5);
        size_t length = 0;

        for (size_t i = 0; i < 600; i++) {
                unsigned char *byte, before;

                if (i % 60 == 0)
                        length = make_pair(fixture, (int)(i / 60));
                byte = fixture->file + place(fixture, i, length);
                before = *byte;
                *byte ^= (unsigned char)(1 << below(fixture, 8));
                expect_same_fault(fixture, "changed at", (size_t)(byte - fixture->file));
                *byte = before;
        }
        free(fixture);
}
END_TEST

static const struct case_fixture in_memory = { .in_memory = true };

TEST_MAIN_WITH("gzip", &in_memory, CASE(test_the_library_is_found), CASE(test_files_of_all_kinds_of_blocks),
               CASE(test_members_that_end_anywhere_in_what_is_read_at_once), CASE(test_headers),
               CASE(test_files_that_are_cut_short), CASE(test_bytes_that_are_changed))
