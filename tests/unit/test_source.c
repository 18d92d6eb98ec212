/* cli/input/source.h: bytes of real files and archives, made by the programs that people make them with. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "input/source.h"
#include "util/cleanup.h"

#define LOG_BYTES  (1024 * 1024)
#define READ_BYTES (100 * 1000) /* no multiple of anything */

struct result {
        char *data; /* to be freed */
        size_t length;
        int opened, error;
        char words[SOURCE_ERROR_MAX];
        uint64_t position;
};

/* What is lost before the place where a file is cut: libarchive's pieces. lz4's are as large as the whole log here. */
static const size_t piece_bytes[] = { 1024, 900 * 1024, 65536, 128 * 1024, LOG_BYTES };
static const char *const compressors[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };

/* What the walk would find out of a file in a directory. */
static struct input input_of(const char *name)
{
        struct input input = { .kind = INPUT_FILE, .path = (char *)name };
        struct stat status;

        if (stat(name, &status) == 0) {
                input.size_bytes = (uint64_t)status.st_size;
                input.device = status.st_dev;
                input.inode = status.st_ino;
        }
        return input;
}

static struct source *open_input(const struct input *input)
{
        struct source *source = NULL;

        ck_assert_int_eq(source_open(input, &source), 0);
        return source;
}

/* Appends what is left of source to *result. */
static void read_rest(struct source *source, struct result *result)
{
        ssize_t got;

        do {
                result->data = realloc(result->data, result->length + READ_BYTES);
                ck_assert_ptr_nonnull(result->data);
                got = source_read(source, result->data + result->length, READ_BYTES);
                if (got > 0)
                        result->length += (size_t)got;
        } while (got > 0);
        result->error = (int)got;
        (void)snprintf(result->words, sizeof(result->words), "%s", source_error(source));
        result->position = source_position(source);
        if (got < 0) /* and it stays so */
                ck_assert_int_eq(source_read(source, result->data, SOURCE_READ_MIN), got);
        (void)source_close(source);
}

static struct result read_input(const struct input *input)
{
        struct result result = { 0 };
        struct source *source = NULL;

        result.opened = source_open(input, &source);
        if (result.opened == 0)
                read_rest(source, &result);
        return result;
}

static struct result read_file(const char *name)
{
        struct input input = input_of(name);

        return read_input(&input);
}

static void expect_data(struct result result, const void *data, size_t length)
{
        ck_assert_int_eq(result.opened, 0);
        ck_assert_int_eq(result.error, 0);
        ck_assert_uint_eq(result.length, length);
        if (length)
                ck_assert_int_eq(memcmp(result.data, data, length), 0);
        free(result.data);
}

static void expect_text(struct result result, const char *text)
{
        expect_data(result, text, strlen(text));
}

/* Lines that compress as those of a log do. */
static char *make_log(void)
{
        char *data = malloc(LOG_BYTES + 128);
        unsigned seed = 1;
        size_t length = 0;

        ck_assert_ptr_nonnull(data);
        for (unsigned i = 0; length < LOG_BYTES; i++) {
                seed = seed * 1103515245 + 12345;
                length += (size_t)sprintf(data + length, "Aug 25 14:%02u:%02u host app[%u]: request %08x took %u ms\n",
                                          i / 60 % 60, i % 60, seed >> 20, seed, seed >> 24);
        }
        return data;
}

START_TEST(test_plain_files)
{
        _cleanup_(freep) char *log = make_log();

        scratch_write("log", log, LOG_BYTES);
        expect_data(read_file("log"), log, LOG_BYTES);
        scratch_text("empty", "");
        expect_text(read_file("empty"), "");
        scratch_text("short", "a");
        expect_text(read_file("short"), "a");
        scratch_text("named.gz", "not what it says");
        expect_text(read_file("named.gz"), "not what it says");
        scratch_write("zeros", "a\0\0b", 4);
        expect_data(read_file("zeros"), "a\0\0b", 4);
}
END_TEST

START_TEST(test_compressed_files_by_their_content)
{
        _cleanup_(freep) char *log = make_log();

        for (size_t i = 0; i < COUNT(compressors); i++) {
                struct result result;
                struct stat status;

                scratch_write("log", log, LOG_BYTES);
                scratch_run("%s -c <log >named", compressors[i]); /* its name says nothing */
                ck_assert_int_eq(stat("named", &status), 0);
                result = read_file("named");
                ck_assert_msg(result.error == 0, "%s: %s", compressors[i], result.words);
                ck_assert_uint_eq(result.position, (uint64_t)status.st_size);
                expect_data(result, log, LOG_BYTES);
                scratch_text("empty", "");
                scratch_run("%s -c <empty >named", compressors[i]);
                expect_text(read_file("named"), "");
        }
}
END_TEST

START_TEST(test_archives_appended_to_each_other)
{
        for (size_t i = 0; i < COUNT(compressors); i++) {
                scratch_run("{ echo one | %s -c; echo two | %s -c; } >both", compressors[i], compressors[i]);
                expect_text(read_file("both"), "one\ntwo\n");
        }
}
END_TEST

START_TEST(test_a_cut_archive_gives_what_it_has_and_says_so)
{
        _cleanup_(freep) char *log = make_log();

        for (size_t i = 0; i < COUNT(compressors); i++) {
                struct result result;
                struct stat status;

                scratch_write("log", log, LOG_BYTES);
                scratch_run("%s -c <log >cut", compressors[i]);
                ck_assert_int_eq(stat("cut", &status), 0);
                ck_assert_int_eq(truncate("cut", status.st_size * 9 / 10), 0);
                result = read_file("cut");
                ck_assert_int_eq(result.opened, 0);
                ck_assert_int_eq(result.error, -EBADMSG);
                ck_assert_msg(result.words[0], "%s", compressors[i]);
                ck_assert_uint_le(result.length, LOG_BYTES);
                ck_assert_uint_ge(result.length + piece_bytes[i], LOG_BYTES * 8 / 10);
                ck_assert_int_eq(memcmp(result.data, log, result.length), 0);
                free(result.data);
        }
}
END_TEST

START_TEST(test_a_corrupt_archive_gives_what_it_has_and_says_so)
{
        _cleanup_(freep) char *log = make_log();

        for (size_t i = 0; i < COUNT(compressors); i++) {
                struct result result;
                struct stat status;
                int fd;

                scratch_write("log", log, LOG_BYTES);
                scratch_run("%s -c <log >corrupt", compressors[i]);
                ck_assert_int_eq(stat("corrupt", &status), 0);
                fd = open("corrupt", O_WRONLY | O_CLOEXEC);
                ck_assert_int_eq(pwrite(fd, log, 4096, status.st_size / 2), 4096);
                ck_assert_int_eq(close(fd), 0);
                result = read_file("corrupt");
                ck_assert_int_eq(result.opened, 0);
                ck_assert_int_eq(result.error, -EBADMSG);
                ck_assert_msg(result.words[0], "%s", compressors[i]);
                free(result.data);
                scratch_text("corrupt", "\x1f\x8b\x08 garbage");
                result = read_file("corrupt");
                ck_assert_int_eq(result.error, -EBADMSG);
                free(result.data);
        }
}
END_TEST

START_TEST(test_what_stands_behind_the_end_of_a_gzip_file)
{
        struct result result;

        scratch_run("{ echo one | gzip; head -c 1000 /dev/zero; echo two | gzip; head -c 70000 /dev/zero; } >padded");
        expect_text(read_file("padded"), "one\ntwo\n");
        scratch_run("{ echo one | gzip; echo two; } >tail");
        result = read_file("tail");
        ck_assert_int_eq(result.error, -EBADMSG);
        ck_assert_str_eq(result.words, "the compressed file has something else after its end");
        result.error = 0;
        expect_text(result, "one\n");
        /* what is in the second of two members that was changed */
        scratch_run("{ echo one | gzip; echo two | gzip | tr t T; } >changed");
        result = read_file("changed");
        ck_assert_int_eq(result.error, -EBADMSG);
        ck_assert_str_eq(result.words, "the compressed file is corrupt (incorrect data check)");
        free(result.data);
}
END_TEST

START_TEST(test_records_of_the_ring_buffer)
{
        struct input input = { .kind = INPUT_KMSG, .path = (char *)"/dev/kmsg", .is_given = true };
        struct result result = read_input(&input);

        if (result.opened == 0) { /* it needs a privilege, and a device */
                ck_assert_int_eq(result.error, 0);
                ck_assert(result.length == 0 || result.data[result.length - 1] == '\n');
                if (result.length)
                        ck_assert_ptr_nonnull(memchr(result.data, ';', result.length < 64 ? result.length : 64));
        }
        free(result.data);
}
END_TEST

START_TEST(test_standard_input)
{
        struct input input = { .kind = INPUT_STDIN, .path = (char *)"-" };
        int ends[2];

        ck_assert_int_eq(pipe(ends), 0);
        ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(ends[0]), 0);
        ck_assert_int_eq(write(ends[1], "some text, and more\n", 20), 20);
        ck_assert_int_eq(close(ends[1]), 0);
        expect_text(read_input(&input), "some text, and more\n");
        expect_text(read_input(&input), "");
        scratch_text("log", "compressed\n");
        scratch_run("gzip log");
        ck_assert_int_eq(pipe(ends), 0);
        ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(ends[0]), 0);
        scratch_run("cat log.gz >/dev/fd/%d", ends[1]);
        ck_assert_int_eq(close(ends[1]), 0);
        expect_text(read_input(&input), "compressed\n");
}
END_TEST

/* As any other program that is started with "<log" after another one has read of it. */
START_TEST(test_standard_input_that_is_a_file_is_read_from_where_it_is)
{
        struct input input = { .kind = INPUT_STDIN, .path = (char *)"-" };
        int fd;

        scratch_text("log", "one\ntwo\n");
        fd = open("log", O_RDONLY | O_CLOEXEC);
        ck_assert_int_eq(lseek(fd, 4, SEEK_SET), 4);
        ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(fd), 0);
        expect_text(read_input(&input), "two\n");
}
END_TEST

/* Others have this terminal open, too. */
START_TEST(test_a_terminal_goes_on_waiting_for_its_user)
{
        struct input input = { .kind = INPUT_STDIN, .path = (char *)"-" };
        int leader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd;

        ck_assert_int_ge(leader, 0);
        ck_assert_int_eq(grantpt(leader), 0);
        ck_assert_int_eq(unlockpt(leader), 0);
        fd = open(ptsname(leader), O_RDWR | O_NOCTTY | O_CLOEXEC);
        ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(write(leader, "some lines of text\n\x04", 20), 20); /* its end, as a user types it */
        expect_text(read_input(&input), "some lines of text\n");
        ck_assert(!(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK));
        ck_assert_int_eq(close(fd), 0);
        ck_assert_int_eq(close(leader), 0);
}
END_TEST

START_TEST(test_which_inputs_may_be_read_anywhere)
{
        char *parts[] = { (char *)"log", (char *)"log" };
        struct input inputs[5];
        int fd;

        scratch_text("log", "text\n");
        scratch_run("gzip <log >log.gz && truncate -s 1M sparse && echo text >>sparse");
        inputs[0] = input_of("log");
        inputs[1] = input_of("log.gz");
        inputs[2] = input_of("sparse");
        inputs[3] = (struct input){ .kind = INPUT_PSTORE, .path = parts[0], .parts = parts, .n_parts = 2 };
        inputs[4] = (struct input){ .kind = INPUT_STDIN, .path = (char *)"-" };
        fd = open("log", O_RDONLY | O_CLOEXEC);
        ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(fd), 0);
        for (size_t i = 0; i < COUNT(inputs); i++) {
                struct source *source = open_input(&inputs[i]);
                uint64_t size;

                ck_assert_msg(source_is_plain(source, &fd, &size) == (i == 0), "input %zu", i);
                if (i == 0)
                        ck_assert_uint_eq(size, strlen("text\n"));
                (void)source_close(source);
        }
}
END_TEST

START_TEST(test_a_file_that_grows_shrinks_and_is_rotated_while_it_is_read)
{
        struct source *source;
        struct input input;
        struct result result = { 0 };

        scratch_text("log", "one\n");
        input = input_of("log");
        source = open_input(&input);
        scratch_run("echo two >>log");
        scratch_run("mv log log.1 && echo new >log");
        read_rest(source, &result);
        expect_text(result, "one\ntwo\n");

        source = open_input(&input);
        ck_assert_int_eq(truncate("log.1", 2), 0);
        memset(&result, 0, sizeof(result));
        read_rest(source, &result);
        expect_text(result, "on");
}
END_TEST

START_TEST(test_a_file_that_was_rotated_before_it_is_opened)
{
        struct input log, old, given;

        scratch_text("log", "young\n");
        scratch_text("log.1", "old\n");
        log = input_of("log");
        old = input_of("log.1");
        scratch_run("mv log.1 log.2 && mv log log.1 && echo new >log");
        expect_text(read_input(&log), "young\n");
        expect_text(read_input(&old), "old\n");
        /* Of what is gone, what has its name now is read; and if nothing has, that's no error but for a file that
         * was named. */
        scratch_run("rm log.2");
        expect_text(read_input(&old), "young\n");
        scratch_run("rm log.1");
        given = old;
        given.is_given = true;
        ck_assert_int_eq(read_input(&old).opened, -ENOENT);
        ck_assert(source_is_gone(&old, -ENOENT));
        ck_assert_int_eq(read_input(&given).opened, -ENOENT);
        ck_assert(!source_is_gone(&given, -ENOENT));
        ck_assert(!source_is_gone(&old, -EACCES));
        ck_assert_int_eq(mkfifo("log.1", 0644), 0); /* nobody waits for it */
        ck_assert_int_eq(read_input(&old).opened, -ENOENT);
}
END_TEST

START_TEST(test_a_file_is_not_followed_for_ever)
{
        struct source *source;
        struct input input;
        struct result result = { 0 };

        scratch_text("log", "one\n");
        input = input_of("log");
        source = open_input(&input);
        ck_assert_int_eq(truncate("log", 4 + SOURCE_GROWTH_MAX), 0);
        scratch_run("printf x >>log");
        read_rest(source, &result);
        ck_assert_uint_eq(result.length, 4 + SOURCE_GROWTH_MAX);
        free(result.data);
}
END_TEST

START_TEST(test_holes_cost_nothing)
{
        struct result result;
        const char *at;
        int fd;

        fd = open("lastlog", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        ck_assert_int_eq(pwrite(fd, "begin\n", 6, 0), 6);
        ck_assert_int_eq(pwrite(fd, "middle\n", 7, 1LL << 36), 7);
        ck_assert_int_eq(pwrite(fd, "end\n", 4, 1LL << 37), 4);
        ck_assert_int_eq(ftruncate(fd, 1LL << 38), 0); /* 256 GiB */
        ck_assert_int_eq(close(fd), 0);
        result = read_file("lastlog");
        ck_assert_int_eq(result.error, 0);
        ck_assert_uint_lt(result.length, 3 * READ_BYTES); /* not whole reads: what has bytes, and a NUL */
        /* between them there are NULs, and no newlines */
        at = result.data;
        ck_assert_ptr_nonnull(at);
        ck_assert_int_eq(memcmp(at, "begin\n\0", 7), 0);
        at = memmem(at, result.length, "\0middle\n\0", 9);
        ck_assert_ptr_nonnull(at);
        ck_assert_ptr_nonnull(memmem(at, result.length - (size_t)(at - result.data), "\0end\n", 5));
        free(result.data);
}
END_TEST

START_TEST(test_a_hole_is_a_byte_of_its_own)
{
        _cleanup_(freep) char *block = NULL;
        struct result result;
        struct stat status;
        size_t size;
        int fd = open("log", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        ck_assert_int_eq(fstat(fd, &status), 0);
        size = (size_t)status.st_blksize;
        block = malloc(size);
        ck_assert_ptr_nonnull(block);
        memset(block, 'a', size);
        ck_assert_int_eq(pwrite(fd, block, size, 0), (ssize_t)size);
        ck_assert_int_eq(pwrite(fd, "b", 1, 1LL << 30), 1);
        ck_assert_int_eq(close(fd), 0);
        result = read_file("log");
        ck_assert_int_eq(result.error, 0);
        ck_assert_uint_ge(result.length, size + 2);
        if (!result.data)
                ck_abort_msg("no data");
        ck_assert_int_eq(memcmp(result.data, block, size), 0);
        ck_assert_int_eq(result.data[size], '\0');
        ck_assert_int_eq(result.data[result.length - 1], 'b');
        free(result.data);
}
END_TEST

START_TEST(test_parts_of_a_dump_one_after_the_other)
{
        char *parts[] = { (char *)"3", (char *)"2", (char *)"gone", (char *)"1" };
        struct input input = { .kind = INPUT_PSTORE, .path = parts[0], .parts = parts, .n_parts = 4 };
        struct result result;

        scratch_text("3", "Panic#1 Part3\nbegin\n");
        scratch_text("2", "Panic#1 Part2\nmiddle");
        scratch_text("1", "Panic#1 Part1\nend\n");
        result = read_input(&input);
        ck_assert_uint_eq(result.position, 20 + 20 + 18);
        expect_text(result, "Panic#1 Part3\nbegin\nPanic#1 Part2\nmiddle\nPanic#1 Part1\nend\n");
}
END_TEST

START_TEST(test_what_cannot_be_opened)
{
        struct input input = { .kind = INPUT_FILE, .path = (char *)"/", .is_given = true };
        struct source *source;
        char buffer[SOURCE_READ_MIN];

        ck_assert_int_eq(read_input(&input).opened, -EISDIR);
        scratch_text("log", "text");
        ck_assert_int_eq(symlink("log", "link"), 0);
        input = input_of("link");
        input.inode = 0;
        ck_assert_int_eq(read_input(&input).opened, -ELOOP);
        input = input_of("log");
        source = open_input(&input);
        ck_assert_int_eq(source_read(source, buffer, SOURCE_READ_MIN), 4);
        ck_assert_ptr_null(source_close(source));
        ck_assert_ptr_null(source_close(NULL));
        if (geteuid() != 0)
                SKIP("the part with another user needs root");
        ck_assert_int_eq(chmod("log", 0600), 0);
        ck_assert_int_eq(seteuid(65534), 0);
        ck_assert_int_eq(read_input(&input).opened, -EACCES);
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

TEST_MAIN("source", CASE(test_plain_files), CASE(test_compressed_files_by_their_content),
          CASE(test_archives_appended_to_each_other), CASE(test_a_cut_archive_gives_what_it_has_and_says_so),
          CASE(test_a_corrupt_archive_gives_what_it_has_and_says_so),
          CASE(test_what_stands_behind_the_end_of_a_gzip_file), CASE(test_records_of_the_ring_buffer),
          CASE(test_standard_input), CASE(test_a_file_that_grows_shrinks_and_is_rotated_while_it_is_read),
          CASE(test_a_file_that_was_rotated_before_it_is_opened), CASE(test_a_file_is_not_followed_for_ever),
          CASE(test_holes_cost_nothing), CASE(test_a_hole_is_a_byte_of_its_own),
          CASE(test_standard_input_that_is_a_file_is_read_from_where_it_is),
          CASE(test_which_inputs_may_be_read_anywhere), CASE(test_a_terminal_goes_on_waiting_for_its_user),
          CASE(test_parts_of_a_dump_one_after_the_other), CASE(test_what_cannot_be_opened))
