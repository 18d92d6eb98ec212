/* cli/search/chunk.h, cli/search/date_lines.h: what a reader gets to know of bytes that it skips. */

#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "search/chunk.h"
#include "search/date_lines.h"

/* Searches the second chunk of a file that is made of lines of so many bytes, each of another day than the one before. The first line
 * that is looked at has some more. */
static void search(size_t line_bytes, size_t more_bytes, struct chunk *ret_chunk)
{
        char *buffer = stream_buffer(), *line = malloc(line_bytes + more_bytes + 1);
        FILE *file = tmpfile();

        ck_assert(buffer && line && file);
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
        chunk_search(fileno(file), CHUNK_BYTES, LOG_SEARCH_TEXT, buffer, ret_chunk);
        ck_assert_int_eq(fclose(file), 0);
        free(line);
        free(buffer);
}

START_TEST(test_a_chunk_whose_date_lines_do_not_fit_is_not_clean)
{
        struct chunk *chunk = calloc(1, sizeof(*chunk));

        ck_assert_ptr_nonnull(chunk);
        search(128, 0, chunk);
        ck_assert(chunk->is_clean);
        ck_assert_uint_eq(chunk->n_newlines + chunk->n_last_newlines, CHUNK_BYTES / 128);
        ck_assert_uint_gt(chunk->date_lines_length, 50 * 128);
        search(256, 0, chunk); /* a line every DATE_LINES_STEP: 64 of them */
        ck_assert(chunk->is_clean);
        ck_assert_uint_eq(chunk->date_lines_length + chunk->last_date_lines_length, CHUNK_DATE_LINES_MAX);
        search(256, 1, chunk);
        ck_assert(!chunk->is_clean);
        search(512, 0, chunk);
        ck_assert(!chunk->is_clean);
        free(chunk);
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
          CASE(test_a_chunk_whose_date_lines_do_not_fit_is_not_clean),
          CASE(test_a_line_longer_than_the_reader_takes_is_no_date_line))
