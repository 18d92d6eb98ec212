/* lib/logfile/reader_state.h: what the files of the reader share, and nobody else. */

#pragma once

#include "logfile/escape.h"
#include "logfile/journal_export.h"
#include "logfile/reader.h"
#include "logfile/unwrap.h"
#include "logfile/years.h"

/* Docker around JSON of the journal, and no more. */
#define LOG_WRAP_DEPTH 2

struct log_lines { /* a line that comes in several */
        bool open, error;
        uint64_t line_number; /* of the first */
        size_t length;
        char data[LOG_READER_LINE_MAX];
};

struct log_reader {
        struct log_reader_options options;
        log_message_fn handler;
        void *userdata;
        uint64_t too_long;

        struct log_prefix_hint hint;
        char first_word[LOG_HOST_MAX];
        size_t indent; /* of lines that go on with the last one that had a prefix; 0: there are none */
        bool margin_known;
        size_t margin; /* blanks in front of every line: a paste */
        struct log_years years;

        bool open; /* message waits for lines that go on with it */
        struct log_message message;
        char text[LOG_TEXT_MAX], host[LOG_HOST_MAX], caller[LOG_CALLER_MAX], boot_id[LOG_BOOT_ID_LENGTH];
        size_t boot_id_length; /* of the last "-- Boot ... --" */
        char path[LOG_PATH_MAX];
        size_t path_length; /* of the last line with a path */
        bool path_with_line;

        struct log_export export;
        struct log_lines pretty;  /* an object of journalctl -o json-pretty */
        struct log_lines partial; /* of CRI */

        char json[LOG_WRAP_DEPTH][LOG_READER_LINE_MAX];
        char decoded[KMSG_RECORD_MAX];
};

/* Where a line was found. */
struct log_origin {
        uint64_t line_number;
        struct text path;
        int64_t path_line;
        unsigned depth;         /* wrappers around it */
        struct log_stamp stamp; /* of the wrapper, for lines without one */
};

/* reader_message.c: from a line with its prefix to the message, and out. */
void log_reader_take(struct log_reader *reader, const struct log_prefix *prefix, const struct log_origin *origin);
void log_reader_take_raw(struct log_reader *reader, struct text line, const struct log_origin *origin);
void log_reader_take_entry(struct log_reader *reader, const struct log_entry *entry, enum log_form form,
                           const struct log_origin *origin);
/* Does line go on with the one before? Then it was taken. */
bool log_reader_continues(struct log_reader *reader, struct text line);
void log_reader_flush(struct log_reader *reader);
