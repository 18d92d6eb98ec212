/* cli/search/stream.h: which lines are emitted, with which numbers, however the bytes come. */

#include <stdio.h>

#include "harness.h"
#include "search/stream.h"

#define KILLED    "Out of memory: Killed process 7 (x) total-vm:1kB"
#define GIVEN_MAX 4096
struct given {
        uint64_t number;
        size_t length;
        char start[64];
        bool after_skip;
};

struct reading {
        struct stream *stream;
        char *buffer;
        unsigned wanted; /* lines, whatever they hold, after one that begins with "want" */
        unsigned left;
        bool skipped;
        size_t count;
        struct given given[GIVEN_MAX];
};

static void on_push(struct text line, uint64_t line_number, void *userdata)
{
        struct reading *reading = userdata;
        struct given *given = &reading->given[reading->count];

        ck_assert_uint_lt(reading->count, GIVEN_MAX);
        reading->count++;
        *given = (struct given){ .number = line_number, .length = line.length, .after_skip = reading->skipped };
        memcpy(given->start, line.data, line.length < sizeof(given->start) ? line.length : sizeof(given->start) - 1);
        reading->skipped = false;
        if (text_starts(line, TEXT("want")))
                reading->left = reading->wanted;
        else if (reading->left)
                reading->left--;
}

static void on_skip(void *userdata)
{
        ((struct reading *)userdata)->skipped = true;
}

static bool on_wants_more(void *userdata)
{
        return ((struct reading *)userdata)->left > 0;
}

static struct reading *reading_new(unsigned wanted)
{
        static const struct stream_handler sink = { on_push, on_skip, on_wants_more };
        struct reading *reading = calloc(1, sizeof(*reading));

        ck_assert_ptr_nonnull(reading);
        reading->wanted = wanted;
        reading->buffer = stream_buffer();
        ck_assert_ptr_nonnull(reading->buffer);
        ck_assert_int_eq(stream_new(&sink, reading, reading->buffer, &reading->stream), 0);
        return reading;
}

static void feed(struct reading *reading, struct text text, size_t step)
{
        while (text.length) {
                size_t length = text.length < step ? text.length : step;

                memcpy(stream_room(reading->stream), text.data, length);
                stream_take(reading->stream, length);
                text = text_from_offset(text, length);
        }
}

static void reading_free(struct reading *reading)
{
        stream_free(reading->stream);
        free(reading->buffer);
        free(reading);
}

static const struct given *find_given(const struct reading *reading, uint64_t number)
{
        for (size_t i = 0; i < reading->count; i++)
                if (reading->given[i].number == number)
                        return &reading->given[i];
        return NULL;
}

/* A log in the making. */
struct log_text {
        size_t length, size;
        char *data;
};

static void append(struct log_text *log, const char *data, size_t length)
{
        if (log->length + length > log->size) {
                log->size = 2 * (log->length + length);
                log->data = realloc(log->data, log->size);
        }
        ck_assert_ptr_nonnull(log->data);
        memcpy(log->data + log->length, data, length);
        log->length += length;
}

static void append_line(struct log_text *log, const char *line)
{
        append(log, line, strlen(line));
        append(log, "\n", 1);
}

/* Lines from..to, one of which holds words of a report where number % every == 0. */
static void append_lines(struct log_text *log, unsigned from, unsigned to, unsigned every)
{
        char line[128];

        for (unsigned i = from; i <= to; i++) {
                (void)snprintf(line, sizeof(line), "%u host kernel: %s", i,
                               every && i % every == 0 ? KILLED : "eth0: link is up");
                append_line(log, line);
        }
}

static void append_many(struct log_text *log, char c, size_t count)
{
        char *run = malloc(count);

        ck_assert_ptr_nonnull(run);
        memset(run, c, count);
        append(log, run, count);
        free(run);
}

static struct text text_of(const struct log_text *log)
{
        return (struct text){ log->data, log->length };
}

START_TEST(test_lines_around_words_of_a_report_are_given_however_the_bytes_come)
{
        static const size_t steps[] = { 1, 7, 47, 48, 49, 4096, 65537, STREAM_BLOCK_BYTES };
        struct log_text log = { 0 };

        append_lines(&log, 1, 9000, 3000);
        for (size_t s = 0; s < COUNT(steps); s++) {
                struct reading *reading = reading_new(0);
                uint64_t previous = 0;

                feed(reading, text_of(&log), steps[s]);
                stream_end(reading->stream);
                for (size_t i = 0; i < reading->count; i++) {
                        const struct given *given = &reading->given[i];
                        char start[32];

                        ck_assert_uint_gt(given->number, previous);
                        (void)snprintf(start, sizeof(start), "%u host ", (unsigned)given->number);
                        ck_assert_msg(strncmp(given->start, start, strlen(start)) == 0, "line %u: %s",
                                      (unsigned)given->number, given->start);
                        ck_assert_int_eq(given->after_skip, given->number != previous + 1);
                        previous = given->number;
                }
                for (unsigned i = 1; i <= STREAM_FIRST_LINES; i++)
                        ck_assert_ptr_nonnull(find_given(reading, i));
                for (unsigned at = 3000; at <= 9000; at += 3000) {
                        ck_assert_ptr_nonnull(find_given(reading, at));
                        ck_assert_ptr_nonnull(find_given(reading, at - STREAM_BEFORE_LINES));
                        ck_assert_ptr_null(find_given(reading, at - STREAM_BEFORE_LINES - 1));
                        if (at < 9000)
                                ck_assert_ptr_nonnull(find_given(reading, at + STREAM_AFTER_LINES));
                        ck_assert_ptr_null(find_given(reading, at + STREAM_AFTER_LINES + 1));
                }
                reading_free(reading);
        }
        free(log.data);
}
END_TEST

START_TEST(test_a_line_is_given_once_where_regions_touch)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_lines(&log, 1, 2000, 40);
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        ck_assert_uint_eq(reading->count, 2000);
        for (size_t i = 0; i < reading->count; i++)
                ck_assert(!reading->given[i].after_skip);
        reading_free(reading);
        free(log.data);
}
END_TEST

START_TEST(test_more_lines_are_given_as_long_as_they_are_wanted)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(500);

        append_lines(&log, 1, 999, 0);
        append_line(&log, "want invoked oom-killer: gfp_mask=0x0");
        append_lines(&log, 1001, 3000, 0);
        feed(reading, text_of(&log), 1000);
        stream_end(reading->stream);
        ck_assert_ptr_nonnull(find_given(reading, 1000));
        ck_assert_ptr_nonnull(find_given(reading, 1500));
        ck_assert_ptr_null(find_given(reading, 1501 + STREAM_AFTER_LINES));
        reading_free(reading);
        free(log.data);
}
END_TEST

START_TEST(test_a_last_line_needs_no_newline)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_lines(&log, 1, 500, 0);
        append(&log, KILLED, strlen(KILLED));
        feed(reading, text_of(&log), 333);
        ck_assert_ptr_null(find_given(reading, 501));
        stream_end(reading->stream);
        ck_assert_ptr_nonnull(find_given(reading, 501));
        ck_assert_uint_eq(find_given(reading, 501)->length, strlen(KILLED));
        reading_free(reading);
        free(log.data);
}
END_TEST

START_TEST(test_short_words_at_the_very_end_are_seen)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_lines(&log, 1, 500, 0);
        append_line(&log, "OOM request ignored");
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        ck_assert_ptr_nonnull(find_given(reading, 501));
        reading_free(reading);

        reading = reading_new(0);
        feed(reading, TEXT("no killable processes"), 5);
        stream_end(reading->stream);
        ck_assert_ptr_nonnull(find_given(reading, 1));
        reading_free(reading);
        free(log.data);
}
END_TEST

/* A line of length bytes, with words of a report in its middle, between others. */
static void check_long_line(size_t length, size_t step, bool is_given)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_lines(&log, 1, 499, 0);
        append_many(&log, 'a', length / 2);
        append(&log, KILLED, strlen(KILLED));
        append_many(&log, 'b', length - length / 2 - strlen(KILLED));
        append(&log, "\n", 1);
        append_lines(&log, 501, 1000, 1000);
        feed(reading, text_of(&log), step);
        stream_end(reading->stream);
        ck_assert_int_eq(find_given(reading, 500) != NULL, is_given);
        if (is_given)
                ck_assert_uint_eq(find_given(reading, 500)->length, length);
        ck_assert_int_eq(stream_n_too_long(reading->stream) > 0, !is_given);
        ck_assert_ptr_nonnull(find_given(reading, 1000));
        ck_assert(strncmp(find_given(reading, 1000)->start, "1000 ", 5) == 0);
        reading_free(reading);
        free(log.data);
}

START_TEST(test_a_line_of_the_limit_is_given_and_a_longer_one_is_not)
{
        static const size_t steps[] = { 1000, 65536, STREAM_BLOCK_BYTES };

        for (size_t s = 0; s < COUNT(steps); s++) {
                check_long_line(STREAM_LINE_MAX, steps[s], true);
                check_long_line(STREAM_LINE_MAX + 1, steps[s], false);
                check_long_line(3 * STREAM_BLOCK_BYTES + 17, steps[s], false);
        }
}
END_TEST

START_TEST(test_a_long_line_without_words_is_no_matter)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_many(&log, 'a', 5 * STREAM_BLOCK_BYTES);
        append(&log, "\n", 1);
        append_line(&log, KILLED);
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        ck_assert_uint_eq(reading->count, 1);
        ck_assert_uint_eq(reading->given[0].number, 2);
        ck_assert_uint_eq(stream_n_too_long(reading->stream), 0);
        reading_free(reading);
        free(log.data);
}
END_TEST

START_TEST(test_of_dates_without_a_year_some_are_given)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);
        bool months[12] = { false };
        static const char *const names[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

        append_line(&log, KILLED);
        for (unsigned i = 0; i < 12 * 2000; i++) {
                char line[128];

                (void)snprintf(line, sizeof(line), "%s %2u 10:00:00 host cron: nothing to be done today",
                               names[i / 2000], 1 + i % 2000 / 80);
                append_line(&log, line);
        }
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        for (size_t i = 0; i < reading->count; i++)
                for (size_t m = 0; m < 12; m++)
                        months[m] = months[m] || strncmp(reading->given[i].start, names[m], 3) == 0;
        for (size_t m = 0; m < 12; m++)
                ck_assert_msg(months[m], "no line of %s", names[m]);
        ck_assert_uint_lt(reading->count, 1000);
        ck_assert_int_eq(strncmp(reading->given[reading->count - 1].start, "Dec 25", 6), 0);
        ck_assert_uint_eq(reading->given[reading->count - 1].number, 0); /* not counted: only looked at */
        reading_free(reading);
        free(log.data);
}
END_TEST

/* Its first lines, and some for their dates, are kept back until a candidate is found. */
START_TEST(test_of_a_log_without_words_nothing_is_given)
{
        static const struct {
                unsigned lines;
                size_t length;
        } logs[] = {
                { 24000, 100 }, { 1500, 2000 }, /* with too many bytes in its first lines to be held back */
        };

        for (size_t i = 0; i < 2; i++) {
                struct log_text log = { 0 };
                struct reading *reading = reading_new(0);

                for (unsigned line = 0; line < logs[i].lines; line++) {
                        char date[32];

                        (void)snprintf(date, sizeof(date), "Aug %2u", 1 + line * 24 / logs[i].lines);
                        append(&log, date, strlen(date));
                        append_many(&log, '.', logs[i].length);
                        append(&log, "\n", 1);
                }
                feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
                ck_assert_uint_eq(reading->count > 0, logs[i].length == 2000);
                feed(reading, text_from(KILLED), STREAM_BLOCK_BYTES);
                stream_end(reading->stream);
                ck_assert_uint_ge(reading->count, STREAM_FIRST_LINES + 23);
                ck_assert_uint_eq(reading->given[0].number, 1);
                ck_assert_uint_eq(reading->given[STREAM_FIRST_LINES - 1].number, STREAM_FIRST_LINES);
                ck_assert_uint_eq(reading->given[STREAM_FIRST_LINES].number, 0); /* looked at for its date */
                ck_assert(reading->given[STREAM_FIRST_LINES].after_skip);
                ck_assert_uint_eq(reading->given[reading->count - 1].number, logs[i].lines + 1);
                reading_free(reading);
                free(log.data);
        }
}
END_TEST

START_TEST(test_a_log_may_end_with_the_last_line_that_is_given)
{
        for (unsigned lines = STREAM_AFTER_LINES; lines <= STREAM_AFTER_LINES + 2; lines++) {
                struct reading *reading = reading_new(0);
                struct log_text log = { 0 };

                append_line(&log, KILLED);
                append_lines(&log, 2, lines, 0);
                feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
                stream_end(reading->stream);
                ck_assert_uint_eq(reading->count, lines <= STREAM_AFTER_LINES ? lines : STREAM_AFTER_LINES + 1);
                reading_free(reading);
                free(log.data);
        }
}
END_TEST

START_TEST(test_a_script_is_no_log)
{
        static const struct {
                const char *first;
                bool is_script;
        } rows[] = { { "#!/usr/bin/python3", true }, { "#! a log", false }, { " #!/bin/sh", false } };

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct reading *reading = reading_new(0);
                struct log_text log = { 0 };

                append_line(&log, rows[i].first);
                append_line(&log, KILLED);
                feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
                feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
                stream_end(reading->stream);
                ck_assert_uint_eq(reading->count, rows[i].is_script ? 0 : 4);
                reading_free(reading);
                free(log.data);
        }
}
END_TEST

START_TEST(test_the_journals_json_is_searched_as_such)
{
        static const struct {
                const char *text;
                enum log_search_form form;
        } cases[] = {
                { "{\"__REALTIME_TIMESTAMP\":\"1787659580123456\",\"MESSAGE\":\"x\"}\n", LOG_SEARCH_JOURNAL_JSON },
                { "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"x\"}\n", LOG_SEARCH_JOURNAL_JSON },
                { "{\"log\":\"x\",\"stream\":\"stdout\"}\n", LOG_SEARCH_TEXT },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct reading *reading = reading_new(0);

                feed(reading, text_from(cases[i].text), STREAM_BLOCK_BYTES);
                ck_assert_int_eq(stream_form(reading->stream), cases[i].form);
                reading_free(reading);
        }
}
END_TEST

/* At some length of the last of them there is no more room, to the byte; at which depends on the machine. */
START_TEST(test_first_lines_are_kept_back_as_long_as_there_is_room)
{
        bool was_given = false;

        for (size_t last = 990; last < 1600; last++) {
                struct reading *reading = reading_new(0);
                struct log_text log = { 0 };

                for (unsigned line = 1; line <= STREAM_FIRST_LINES; line++) {
                        append_many(&log, '.', line < STREAM_FIRST_LINES ? 1000 : last);
                        append(&log, "\n", 1);
                }
                feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
                ck_assert(reading->count == 0 || reading->count == STREAM_FIRST_LINES);
                ck_assert(!was_given || reading->count > 0);
                was_given = reading->count > 0;
                reading_free(reading);
                free(log.data);
        }
        ck_assert(was_given);
}
END_TEST

START_TEST(test_of_long_lines_before_a_candidate_those_that_are_near_are_given)
{
        static const size_t steps[] = { 7000, STREAM_BLOCK_BYTES };

        for (size_t s = 0; s < COUNT(steps); s++) {
                struct log_text log = { 0 };
                struct reading *reading = reading_new(0);

                for (unsigned i = 0; i < 300; i++) {
                        append_many(&log, '.', 1023);
                        append(&log, "\n", 1);
                }
                append_line(&log, KILLED);
                feed(reading, text_of(&log), steps[s]);
                stream_end(reading->stream);
                ck_assert_ptr_nonnull(find_given(reading, 301));
                ck_assert_ptr_nonnull(find_given(reading, 300 - 14));
                ck_assert_ptr_null(find_given(reading, 300 - 17));
                reading_free(reading);
                free(log.data);
        }
}
END_TEST

/* The end of a line whose beginning was skipped is no line. */
START_TEST(test_a_line_without_its_beginning_is_not_emitted)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);

        append_lines(&log, 1, 1000, 0);
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        ck_assert(stream_can_skip(reading->stream));
        stream_skip(reading->stream, 5000, TEXT(""));
        feed(reading, TEXT("kernel: eth0: link is up\n6002 host kernel: eth0: link is up\n" KILLED "\n"),
             STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        ck_assert_ptr_null(find_given(reading, 6001));
        ck_assert_ptr_nonnull(find_given(reading, 6002));
        ck_assert(find_given(reading, 6002)->after_skip);
        ck_assert(strncmp(find_given(reading, 6002)->start, "6002 ", 5) == 0);
        ck_assert_ptr_nonnull(find_given(reading, 6003));
        reading_free(reading);
        free(log.data);
}
END_TEST

/* Of the lines before a candidate STREAM_BEFORE_BYTES are kept: of the first of them only its end. */
START_TEST(test_lines_before_a_candidate_are_whole)
{
        struct log_text log = { 0 };
        struct reading *reading = reading_new(0);
        unsigned number = 1;
        char start[32];

        for (; log.length < STREAM_BLOCK_BYTES - 500; number++) {
                (void)snprintf(start, sizeof(start), "%07u ", number);
                append(&log, start, strlen(start));
                append_many(&log, '.', 400);
                append(&log, "\n", 1);
        }
        append_many(&log, '.',
                    STREAM_BLOCK_BYTES - log.length + 100); /* in the next block there are words of a report */
        append_line(&log, KILLED);
        feed(reading, text_of(&log), STREAM_BLOCK_BYTES);
        stream_end(reading->stream);
        ck_assert_ptr_nonnull(find_given(reading, number));
        for (size_t i = 0; i < reading->count && reading->given[i].number < number; i++) {
                (void)snprintf(start, sizeof(start), "%07u ", (unsigned)reading->given[i].number);
                ck_assert_msg(strncmp(reading->given[i].start, start, strlen(start)) == 0, "line %s: %s", start,
                              reading->given[i].start);
        }
        reading_free(reading);
        free(log.data);
}
END_TEST

TEST_MAIN("stream", CASE(test_lines_around_words_of_a_report_are_given_however_the_bytes_come),
          CASE(test_a_line_is_given_once_where_regions_touch),
          CASE(test_more_lines_are_given_as_long_as_they_are_wanted), CASE(test_a_last_line_needs_no_newline),
          CASE(test_short_words_at_the_very_end_are_seen),
          CASE(test_a_line_of_the_limit_is_given_and_a_longer_one_is_not),
          CASE(test_a_long_line_without_words_is_no_matter), CASE(test_of_dates_without_a_year_some_are_given),
          CASE(test_of_a_log_without_words_nothing_is_given), CASE(test_a_line_without_its_beginning_is_not_emitted),
          CASE(test_lines_before_a_candidate_are_whole), CASE(test_first_lines_are_kept_back_as_long_as_there_is_room),
          CASE(test_a_log_may_end_with_the_last_line_that_is_given), CASE(test_a_script_is_no_log),
          CASE(test_the_journals_json_is_searched_as_such),
          CASE(test_of_long_lines_before_a_candidate_those_that_are_near_are_given))
