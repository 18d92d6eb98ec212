/* tests/unit/log_reading.h: reads lines by lib/logfile/reader.h and keeps the messages that come out. */

#pragma once

#include <check.h>
#include <stdlib.h>

#include "logfile/reader.h"
#include "parse/rating.h"
#include "util/array.h"

#define READ_MAX 1024

struct reading {
        struct log_reader *reader;
        uint64_t line_number;
        size_t count;
        struct log_message messages[READ_MAX]; /* its texts are copies */
};

static inline struct text keep(struct text text)
{
        char *copy = malloc(text.length + 1);

        ck_assert_ptr_nonnull(copy);
        if (text.length)
                memcpy(copy, text.data, text.length);
        copy[text.length] = '\0';
        return (struct text){ copy, text.length };
}

static inline void on_message(const struct log_message *message, void *userdata)
{
        struct reading *reading = userdata;
        struct log_message *kept = &reading->messages[reading->count];

        ck_assert_uint_lt(reading->count, READ_MAX);
        reading->count++;
        *kept = *message;
        kept->text = keep(message->text);
        kept->host = keep(message->host);
        kept->boot_id = keep(message->boot_id);
        kept->caller = keep(message->caller);
        kept->path = keep(message->path);
}

static inline bool joins(struct text line, struct text next, bool is_same_moment, void *userdata)
{
        (void)userdata;
        return oom_line_joins(line, next, is_same_moment);
}

static inline enum log_rating rate_text(struct text text, void *userdata)
{
        (void)userdata;
        return (enum log_rating)oom_rate_text(text); /* one and the same order */
}

static inline struct reading *reading_new(int64_t modified_usec, log_local_time_fn local_time)
{
        struct log_reader_options options = { .modified_usec = modified_usec,
                                              .local_time = local_time,
                                              .is_kernel_text = oom_line_is_alone,
                                              .joins = joins,
                                              .rate_text = rate_text };
        struct reading *reading = calloc(1, sizeof(*reading));

        ck_assert_ptr_nonnull(reading);
        ck_assert_int_eq(log_reader_new(&options, on_message, reading, &reading->reader), 0);
        return reading;
}

static inline void reading_free(struct reading *reading)
{
        for (size_t i = 0; i < reading->count; i++) {
                struct log_message *message = &reading->messages[i];
                const char *texts[] = { message->text.data, message->host.data, message->boot_id.data,
                                        message->caller.data, message->path.data };

                for (size_t t = 0; t < COUNT(texts); t++)
                        free((char *)(uintptr_t)texts[t]);
        }
        log_reader_free(reading->reader);
        free(reading);
}

/* Pushes all lines of text, and ends. */
/* Each line is pushed from memory of its exact size: a sanitizer, or valgrind, sees a read past its end. */
static inline void read_all(struct reading *reading, struct text text)
{
        while (text.length) {
                ptrdiff_t newline = text_find(text, TEXT("\n"), 0);
                size_t length = newline < 0 ? text.length : (size_t)newline;

                char *line = malloc(length ? length : 1);

                ck_assert_ptr_nonnull(line);
                (void)text_copy(text, line, length);
                log_reader_push(reading->reader, (struct text){ line, length }, ++reading->line_number);
                free(line);
                text = text_from_offset(text, newline < 0 ? length : length + 1);
        }
        log_reader_end(reading->reader);
}

/* 2026-11-22 12:00:00 UTC */
#define TEST_MODIFIED_USEC 1795348800000000

static inline struct reading *read_text(struct text text)
{
        struct reading *reading = reading_new(TEST_MODIFIED_USEC, NULL);

        read_all(reading, text);
        return reading;
}

static inline void assert_same(struct text got, struct text expected)
{
        ck_assert_msg(text_equal(got, expected), "'%.*s' is not '%.*s'", (int)got.length, got.data,
                      (int)expected.length, expected.data);
}
