/* cli/search/chunk.h, cli/search/date_lines.h: what a reader gets to know of bytes that it skips. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "search/chunk.h"
#include "search/date_lines.h"

/* Searches the second chunk of a file that is made of lines of so many bytes, each of another day than the one before. The first line
 * that is looked at has some more. */
static void search(size_t line_bytes, size_t more_bytes, struct chunk *ret_chunk)
{
        struct file_view *view = file_view_new();
        char *line = malloc(line_bytes + more_bytes + 1);
        FILE *file = tmpfile();

        ck_assert(view && line && file);
        for (size_t length = 0, day = 0; length < 2 * CHUNK_BYTES; day++) {
                size_t count = line_bytes + (length == CHUNK_BYTES + line_bytes ? more_bytes : 0);

                memset(line, '.', count);
                (void)snprintf(line, line_bytes, "Aug %2zu", day % 28 + 1);
                line[DATE_LENGTH] = ' ';
                line[count - 1] = '\n';
                ck_assert_uint_eq(fwrite(line, 1, count, file), count);
                length += count;
        }
        ck_assert_int_eq(fflush(file), 0);
        chunk_search(view, fileno(file), CHUNK_BYTES, 2 * CHUNK_BYTES, LOG_SEARCH_TEXT, ret_chunk);
        ck_assert_int_eq(fclose(file), 0);
        free(line);
        file_view_free(view);
}

START_TEST(test_a_chunk_whose_date_lines_do_not_fit_is_not_skipped)
{
        struct chunk *chunk = calloc(1, sizeof(*chunk));

        ck_assert_ptr_nonnull(chunk);
        search(128, 0, chunk);
        ck_assert(chunk->is_whole);
        ck_assert_uint_eq(chunk->length, CHUNK_BYTES - STREAM_BLOCK_BYTES);
        ck_assert_uint_eq(chunk->last.length, STREAM_BLOCK_BYTES);
        ck_assert_uint_eq(chunk->n_newlines + chunk->last.n_newlines, CHUNK_BYTES / 128);
        ck_assert_uint_gt(chunk->date_lines_length, 50 * 128);
        search(256, 0, chunk); /* a line every DATE_LINES_STEP: 8 of a block */
        ck_assert(chunk->is_whole);
        ck_assert_uint_eq(chunk->last.date_lines_length, CHUNK_DATE_LINES_MAX);
        ck_assert_uint_eq(chunk->date_lines_length, sizeof(chunk->date_lines) - CHUNK_DATE_LINES_MAX);
        search(256, 1, chunk);
        ck_assert(!chunk->is_whole && !chunk->is_failed);
        ck_assert_uint_eq(chunk->length, 0);
        free(chunk);
}
END_TEST

/* The end of what is skipped before a candidate: whatever a stream would emit is left to it. */
START_TEST(test_what_is_before_a_candidate)
{
        static const char killed[] = "Out of memory: Killed process 1 (x) total-vm:1kB";
        static const struct {
                size_t line, killed; /* where they begin, in the chunk */
                uint64_t length;     /* that may be skipped */
        } cases[] = {
                { 100, 100, 0 },
                { 16384 + 4095, 16384 + 4095, 0 },
                { 16384 + 4096, 16384 + 4096, 4096 },
                { 100000, 100100, 81920 },
                { 300000, 300000 + 65000, 282624 },
                { 200000, 400000, 315392 }, /* a line that is too long: 64 KiB of it */
                /* in the second block: of the first one everything, or nothing where the lines before may be in it */
                { STREAM_BLOCK_BYTES + 20480, STREAM_BLOCK_BYTES + 20480, STREAM_BLOCK_BYTES + 4096 },
                { STREAM_BLOCK_BYTES + 16384, STREAM_BLOCK_BYTES + 16384, 0 },
                { STREAM_BLOCK_BYTES - 10, STREAM_BLOCK_BYTES - 5, 0 }, /* divided: found with the second block */
        };
        struct file_view *view = file_view_new();
        char *bytes = malloc(2 * CHUNK_BYTES);
        struct chunk *chunk = calloc(1, sizeof(*chunk));

        ck_assert(view && bytes && chunk);
        for (size_t i = 0; i < COUNT(cases); i++) {
                size_t n_newlines = 0;
                int fd;

                for (size_t at = 0; at < 2 * CHUNK_BYTES; at++)
                        bytes[at] = at % 128 == 127 ? '\n' : '.';
                memset(bytes + CHUNK_BYTES + cases[i].line, '.', cases[i].killed - cases[i].line);
                bytes[CHUNK_BYTES + cases[i].line - 1] = '\n';
                memcpy(bytes + CHUNK_BYTES + cases[i].killed, killed, strlen(killed));
                for (size_t at = 0; at < cases[i].length; at++)
                        n_newlines += bytes[CHUNK_BYTES + at] == '\n';
                scratch_write("log", bytes, 2 * CHUNK_BYTES);
                fd = open("log", O_RDONLY | O_CLOEXEC);
                chunk_search(view, fd, CHUNK_BYTES, 2 * CHUNK_BYTES, LOG_SEARCH_TEXT, chunk);
                ck_assert_int_eq(close(fd), 0);
                ck_assert_msg(chunk->length == cases[i].length, "case %zu: %" PRIu64, i, chunk->length);
                ck_assert_uint_eq(chunk->n_newlines, n_newlines);
                ck_assert_uint_eq(chunk->last.length, 0);
                ck_assert(!chunk->is_whole && !chunk->is_failed);
        }
        free(chunk);
        free(bytes);
        file_view_free(view);
}
END_TEST

START_TEST(test_a_line_longer_than_the_reader_takes_is_no_date_line)
{
        const size_t size = LOG_READER_LINE_MAX + 64;
        char *bytes = malloc(size), date[DATE_LENGTH] = "";
        struct text block, line;
        size_t from = 0;

        ck_assert_ptr_nonnull(bytes);
        memset(bytes, '.', size);
        memcpy(bytes, "\nAug 25 ", 8);
        bytes[1 + LOG_READER_LINE_MAX] = '\n';
        block = (struct text){ bytes, size };
        ck_assert(date_lines_next(block, 0, DATE_LINES_STEP, &from, date, &line));
        ck_assert_uint_eq(line.length, LOG_READER_LINE_MAX);
        bytes[1 + LOG_READER_LINE_MAX] = '.';
        bytes[2 + LOG_READER_LINE_MAX] = '\n';
        from = 0;
        date[0] = '\0';
        ck_assert(!date_lines_next(block, 0, DATE_LINES_STEP, &from, date, &line));
        free(bytes);
}
END_TEST

START_TEST(test_a_line_shorter_than_a_date_is_no_date_line)
{
        char date[DATE_LENGTH] = "";
        size_t from = 0;
        struct text line;

        ck_assert(date_lines_next(TEXT("\nAug 2\nAug 25\n.........\n"), 0, 3, &from, date, &line));
        ck_assert(text_equal(line, TEXT("Aug 25")));
}
END_TEST

TEST_MAIN("chunk", CASE(test_a_line_shorter_than_a_date_is_no_date_line),
          CASE(test_a_chunk_whose_date_lines_do_not_fit_is_not_skipped), CASE(test_what_is_before_a_candidate),
          CASE(test_a_line_longer_than_the_reader_takes_is_no_date_line))
