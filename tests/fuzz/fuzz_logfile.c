/* Any bytes as a log: each message keeps to the limits, and all bytes of its texts may be read. The first byte chooses the
 * options; a line "skip" calls log_reader_skip(). */

#include <stdlib.h>

#include "logfile/reader.h"
#include "parse/rating.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct state {
        struct log_reader *reader;
        uint64_t line_number; /* of the last line pushed */
        unsigned sum;         /* so that every byte is looked at */
};

static int64_t local_time(const struct log_date *date, void *userdata)
{
        (void)userdata;
        if (date->month < 1 || date->month > 12 || date->year < 1 || date->year > 9999)
                abort();
        return date->hour == 3 ? LOG_UNKNOWN : date->year * 31536000000000LL + date->second;
}

static void look_at(struct state *state, struct text text, size_t limit)
{
        if (text.length > limit)
                abort();
        for (size_t i = 0; i < text.length; i++)
                state->sum += (uint8_t)text.data[i];
}

static void on_message(const struct log_message *message, void *userdata)
{
        struct state *state = userdata;

        look_at(state, message->text, LOG_TEXT_MAX);
        look_at(state, message->host, LOG_HOST_MAX);
        look_at(state, message->caller, LOG_CALLER_MAX);
        look_at(state, message->path, LOG_PATH_MAX);
        look_at(state, message->boot_id, LOG_BOOT_ID_LENGTH);
        if (message->form == LOG_FORM_NONE || message->line_number == 0 || message->line_number > state->line_number)
                abort();
        if (message->level != LOG_UNKNOWN && (message->level < 0 || message->level > 7))
                abort();
        if ((message->time.usec == LOG_UNKNOWN) != (message->time.resolution_usec == LOG_UNKNOWN))
                abort();
        if (log_reader_resolve_time(state->reader, &message->time) != message->time.usec)
                abort(); /* at once, nothing has changed */
}

static enum log_rating rate_text(struct text text, void *userdata)
{
        (void)userdata;
        return (enum log_rating)oom_rate_text(text); /* one and the same order */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct log_reader_options options = { .modified_usec = LOG_UNKNOWN,
                                              .is_kernel_text = oom_line_is_alone,
                                              .rate_text = rate_text };
        struct state state = { 0 };
        struct log_reader *reader = NULL;
        struct text rest;

        if (size == 0)
                return 0;
        if (data[0] & 1)
                options.modified_usec = 1795348800000000;
        if (data[0] & 2)
                options.local_time = local_time;
        if (log_reader_new(&options, on_message, &state, &reader) < 0)
                abort();
        state.reader = reader;
        rest = (struct text){ (const char *)data + 1, size - 1 };
        while (rest.length) {
                ptrdiff_t newline = text_find(rest, TEXT("\n"), 0);
                size_t length = newline < 0 ? rest.length : (size_t)newline;
                char *line = malloc(length ? length : 1); /* its own, for the sanitizer to see what is read after it */

                if (!line)
                        abort();
                if (length)
                        memcpy(line, rest.data, length);
                state.line_number++;
                if (length == 4 && memcmp(line, "skip", 4) == 0)
                        log_reader_skip(reader);
                else
                        log_reader_push(reader, (struct text){ line, length }, state.line_number);
                free(line);
                rest = text_from_offset(rest, newline < 0 ? length : length + 1);
        }
        log_reader_end(reader);
        log_reader_free(reader);
        return 0;
}
