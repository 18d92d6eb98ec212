/* lib/logfile/reader_state.h: what the files of the reader share; for them alone. */

#pragma once

#include "logfile/escape.h"
#include "logfile/journal_export.h"
#include "logfile/json.h"
#include "logfile/literal.h"
#include "logfile/members.h"
#include "logfile/prefix.h"
#include "logfile/reader.h"
#include "logfile/relative.h"
#include "logfile/unfold.h"
#include "logfile/unwrap.h"
#include "logfile/years.h"

/* Wrappers around each other: docker's JSON around the journal's. */
#define LOG_WRAP_DEPTH 3

/* The longest label of an envelope's text that is remembered: of the names that shippers have, none is longer. */
#define LOG_LABEL_MAX 63

/* What is longer behind a line is nothing that all lines have. */
#define LOG_TAIL_MAX 16

/* A line that is put together from several. */
struct log_joined_line {
        bool is_open, is_stderr;
        uint64_t line_number; /* of the first */
        size_t length;
        char data[LOG_READER_LINE_MAX];
};

static inline void log_joined_append(struct log_joined_line *joined, struct text line)
{
        size_t copied = text_copy(line, joined->data + joined->length, sizeof(joined->data) - joined->length);

        joined->length += copied;
        if (copied < line.length)
                joined->is_open = false; /* longer than any line may be */
}

static inline void log_joined_begin(struct log_joined_line *joined, uint64_t line_number)
{
        joined->is_open = true;
        joined->line_number = line_number;
        joined->length = 0;
}

/* Lines that wait for their next ones: so many are looked at. */
#define LOG_WINDOW_LOOK  40
#define LOG_WINDOW_LINES 64
#define LOG_WINDOW_BYTES 8192

struct log_window_line {
        uint64_t line_number;
        size_t offset, length; /* in the window's bytes */
        size_t margin;
        struct log_fold_line measured;
};

struct log_window {
        bool is_reading; /* the lines that wait, one after another */
        bool waits;      /* the line that is read can't be read yet */
        bool is_end;     /* no more lines come */
        size_t first, count, n_bytes;
        struct log_window_line lines[LOG_WINDOW_LINES];
        char bytes[LOG_WINDOW_BYTES];
};

/* Where a line was found. */
struct log_origin {
        uint64_t line_number;
        size_t line_length;
        size_t margin; /* bytes in front of it that line_length lacks: its number */
        struct text path;
        int64_t path_line;
        unsigned n_wrappers;
        struct log_stamp stamp; /* of the innermost wrapper, for lines without one */
        struct text host;       /* of the innermost envelope, for lines without one */
        bool is_of_program;     /* a container's: its text alone is not the kernel's */
        bool is_of_envelope;    /* whose time is that of the line, with its year */
};

/* The records of a structured document (json.h), as they come in (reader_records.c). */
struct log_records {
        struct log_reader *reader;
        struct log_origin origin; /* its line: with which the innermost record begins */
        uint64_t line_number;     /* of the line that comes in */
        bool is_headless;         /* what the first one begins with was left out, and may have named another speaker */
        bool is_interrupted;      /* what it ends with was left out */
        bool has_transport;       /* it is an entry of the journal */
        struct text docker_log;
        bool is_dockers;
        struct text key,
                key_value; /* {"key": "host.name", "value": {"stringValue": "web1"}} is a member of the record around */
        char attribute[LOG_HOST_MAX]; /* the host that such a member named */
        unsigned n_open;
        struct log_roles outer[LOG_JSON_DEPTH_MAX]; /* of the records around */
        size_t n_outer_texts[LOG_JSON_DEPTH_MAX];
        struct log_members members;
        struct log_json json;
};

/* An entry of journalctl -o verbose. */
struct log_verbose {
        bool is_open, is_message; /* the last field is MESSAGE */
        uint64_t line_number;
        size_t margin, value_column; /* blanks in front of its head; of the last field's value */
        struct log_stamp stamp;
};

/* Whose lines are those after a header of logcat -v long (envelope.h). A program's message may hold empty lines, and lines like those of
 * any log: all are its own, up to the next header. */
enum log_long_speaker { LOG_LONG_NONE, LOG_LONG_KERNEL, LOG_LONG_WANTED, LOG_LONG_OTHER };
struct log_long {
        enum log_long_speaker speaker;
        size_t n_lines; /* since the header */
        bool was_seen;  /* a header, somewhere in the log */
        struct log_stamp stamp;
        size_t tag_length;
        char tag[LOG_SPEAKER_MAX];
};

/* Returns false for a line of which it isn't known what it is. */
typedef bool log_inner_line_fn(struct log_reader *reader, struct text line, const struct log_origin *origin);

/* An object in YAML; its members are the document's. */
#define LOG_YAML_DEPTH_MAX 8
struct log_yaml {
        bool is_open, is_full; /* it had no room */
        size_t column;         /* of its keys */
        bool is_scalar;        /* the last key's value may go on */
        char quote;            /* of the value: '"', '\'', '|', '>'; '\0': none */
        size_t scalar_column;
        size_t scalar, used; /* of document_bytes: where its path and value begin; where the next ones do */
        unsigned depth;
        size_t columns[LOG_YAML_DEPTH_MAX], path_lengths[LOG_YAML_DEPTH_MAX];
        size_t path_length;
        char path[LOG_JSON_PATH_MAX];
};

/* A literal with more lines, or bytes, is taken for none: what opened it was no source. */
#define LOG_LITERAL_LINES_MAX 2000
#define LOG_LITERAL_BYTES     ((size_t)256 * 1024)

/* The first line after a literal that isn't empty. */
enum log_after_literal {
        LOG_AFTER_NOTHING,
        LOG_AFTER_LOG,
        LOG_AFTER_PROSE,
        LOG_AFTER_CODE,
        LOG_AFTER_STATEMENT, /* code for certain */
};

/* Lines that may be a literal of a program, and those behind it; they wait (reader_literal.c). */
struct log_suspect {
        size_t count, n_failed; /* lines that wait; literals that were none */
        bool is_reading;        /* the lines that waited */
        struct log_literal literal;
        size_t first, seen, end;  /* where in bytes: the first line, the first that wasn't looked at, what comes next */
        size_t n_seen, n_literal; /* lines: looked at; of the literal, if it is one */
        size_t n_kernels, n_forms; /* of those of the literal, lines of a report, and such with a form */
        bool is_closed;
        size_t n_after; /* lines after it */
        bool has_blank; /* an empty line comes first */
        bool has_form_after;
        enum log_after_literal next;
        char bytes[LOG_LITERAL_BYTES];
};

/* The last line of the kernel's with a prefix (reader_repeat.c). */
#define LOG_REPEAT_MAX 128
struct log_repeat {
        size_t length; /* of its beginning, up to "kernel: "; 0: there is none that may come again */
        char begin[LOG_REPEAT_MAX];
        struct log_prefix prefix; /* host is in begin */
};

struct log_reader {
        struct log_reader_options options;
        log_message_fn handler;
        void *userdata;
        log_inner_line_fn *read_inner; /* what is inside of a wrapper, or an envelope; reader.c */
        void (*end_lines)(
                struct log_reader *reader); /* no more come of the open message and of those that wait; reader.c */

        struct log_prefix_hint hint;
        struct log_relative relative;
        struct log_languages languages;
        char first_word[LOG_HOST_MAX];
        size_t indent;    /* of lines that continue the message of the last prefix; 0: none may */
        bool has_gap;     /* lines that are none of a log came last */
        bool has_prose;   /* and not all of them were empty */
        bool is_of_other; /* the last one that was: of another speaker, whose messages aren't wanted */
        bool has_margin;
        size_t margin;          /* blanks in front of every line, if has_margin: those of a paste */
        struct log_date minute; /* the last one that local_time() was asked about */
        int64_t minute_usec;
        struct log_years years;
        bool is_newest_first;
        struct log_stamp step_from; /* of the last line that had one */
        uint16_t steps;             /* from date to date, the last one in bit 0: 1 if forward */
        struct log_last_time {
                bool is_known;
                struct log_stamp stamp; /* of the last line that had one, and what it means */
                struct log_time time;
        } last_time;

        struct text pushed; /* the line that is read */
        struct log_repeat repeat;

        bool is_open; /* message waits for lines that continue it */
        struct log_message message;
        struct log_stamp stamp; /* of the message */
        char text[LOG_TEXT_MAX], host[LOG_HOST_MAX], speaker[LOG_SPEAKER_MAX], caller[LOG_CALLER_MAX],
                boot_id[LOG_BOOT_ID_LENGTH];
        size_t boot_id_length; /* of the last "-- Boot ... --" */
        char path[LOG_PATH_MAX];
        size_t path_length; /* of the last line with a path */
        bool has_path_line; /* that line had a line number too */

        char tail[LOG_TAIL_MAX]; /* what was behind the last line of the kernel's: padding, an envelope */
        size_t tail_length;

        char label[LOG_LABEL_MAX]; /* of the last text of an envelope that was the kernel's */
        size_t label_length;

        char hint_host[LOG_HOST_MAX]; /* of hint.last_host */

        /* A record of netconsole that comes in pieces; none has come if the length is 0. */
        size_t fragment_length, fragment_start; /* of its text: where in the data */
        struct log_origin fragment_origin;
        char fragment[KMSG_RECORD_MAX], fragment_host[LOG_HOST_MAX];
        enum log_escape escape;     /* of the open message's first line */
        bool has_kmsg_escapes;      /* the log was seen to have them */
        enum log_escape raw_escape; /* of lines without a form, the same */
        size_t n_blanks;            /* at the end of its last line, which the message lacks */
        uint64_t line_count;        /* the number in front of the last line that had one; 0: none had */
        size_t line_margin,
                head_margin; /* of the line that is read, and of the open message's last one: log_origin.margin */
        struct log_unfold unfold;
        struct log_window window;
        unsigned decoders;      /* those of decode.h that this log was found to need, by their bits */
        bool has_base64_header; /* of a mail's part, which begins after the next empty line */
        bool has_soft_breaks;   /* it is quoted-printable */

        struct log_export export;
        bool may_be_inside; /* the next line may be in the middle of a document: nothing else was seen yet */
        bool has_skipped;   /* lines were left out, since the log's first one */
        struct log_joined_line partial; /* of CRI */

        struct log_verbose verbose;
        struct log_long logcat;
        struct log_yaml yaml;
        struct log_records document;              /* whose lines come in one by one */
        struct log_records inner[LOG_WRAP_DEPTH]; /* in a line each */
        char document_bytes[LOG_READER_LINE_MAX];
        char json[LOG_WRAP_DEPTH][LOG_READER_LINE_MAX];
        char decoded[KMSG_RECORD_MAX];
        char coded[2][LOG_READER_LINE_MAX]; /* a line decoded, and decoded again */
        struct log_joined_line soft;        /* of quoted-printable */
        struct log_joined_line base64;      /* a line of a part in base64, so far */
        char headed[LOG_TEXT_MAX];          /* a line of a string, behind what is in front of its first */
        char joined[LOG_TEXT_MAX];          /* a message's text, tried with a line more */
        struct log_suspect suspect;
};

/* reader_form.c: a line whose form can be recognised, alone or in a wrapper that is a form of its own (docker's JSON, CRI). Returns
 * false if it has none. */
bool log_reader_read_form(struct log_reader *reader, struct text line, const struct log_origin *origin);
bool log_reader_parse_prefix(struct log_reader *reader, struct text line, struct log_prefix *ret_prefix);

/* reader_repeat.c: a line that begins as the last one of the kernel did. Returns false if it doesn't, or may be more than that. */
bool log_reader_repeat(struct log_reader *reader, struct text line, uint64_t line_number);
void log_reader_remember(struct log_reader *reader, struct text line, const struct log_prefix *prefix);

/* A line of a program that is wanted, in a form that only programs have. Returns false if it is none. */
bool log_reader_read_program(struct log_reader *reader, struct text line, const struct log_origin *origin);
/* reader_fragment.c: is line a piece of a record, as netconsole sends it? Returns true if it is, and waits for more; the last piece makes
 * *line the whole record. What is lost of a record is cut from it. */
bool log_reader_read_fragment(struct log_reader *reader, struct text *line, const struct log_origin *origin);
/* No more pieces come of the record that waits, if there is one. Uses reader->decoded. */
void log_reader_end_fragment(struct log_reader *reader);

/* reader_join.c: is this line the next one of the open message? Each line of a message may have a prefix of its own. */
bool log_reader_joins(const struct log_reader *reader, const struct log_prefix *prefix, const struct log_stamp *stamp,
                      const struct log_origin *origin);
/* How a log's writer has escaped a newline before what can be no message of its own: "active_anon:1 inactive_anon:2\x0a active_file:3", as
 * /dev/kmsg, whose escapes it leaves as they are; "#012", a syslog daemon. LOG_ESCAPE_NONE: text doesn't show it. */
enum log_escape log_shown_escape(struct text text);
/* The same moment, as far as it is printed. */
bool log_is_same_stamp(const struct log_stamp *a, const struct log_stamp *b);
/* The same of a line where none has a prefix. */
bool log_reader_joins_raw(const struct log_reader *reader, struct text line);
/* The same of a line without any prefix, by its shape alone; names are reader_unfold.c's. */
bool log_reader_joins_bare(const struct log_reader *reader, struct text line);

/* reader_envelope.c: a line that is in an envelope. Returns false if it is in none. */
bool log_reader_open_envelope(struct log_reader *reader, struct text line, const struct log_origin *origin);
/* A text from inside, a log_offer_fn. */
struct log_opening {
        struct log_reader *reader;
        const struct log_origin *origin;
};
bool log_reader_offer(const struct log_inner *inner, void *userdata);

/* reader_records.c: JSON that is whole in one line, and a line of a document. Each returns false if the line is none. */
bool log_reader_read_json(struct log_reader *reader, struct text line, const struct log_origin *origin);
bool log_reader_read_document(struct log_reader *reader, struct text line, uint64_t line_number);
/* The document's next lines were left out; or the log has ended. */
void log_reader_end_document(struct log_reader *reader, bool is_log_end);

void log_records_begin(struct log_records *records, struct log_reader *reader, const struct log_origin *origin,
                       char *buffer);
bool log_records_offer(struct log_records *records, size_t first);

/* reader_yaml.c: a line of an object in YAML. */
bool log_reader_read_yaml(struct log_reader *reader, struct text line, uint64_t line_number);
void log_reader_end_yaml(struct log_reader *reader, bool is_whole);

/* reader_verbose.c: a line of an entry of journalctl -o verbose. */
bool log_reader_read_verbose(struct log_reader *reader, struct text line, uint64_t line_number);
void log_reader_end_verbose(struct log_reader *reader);

/* reader_logcat.c: a header of logcat -v long, or a line after it. */
bool log_reader_read_logcat(struct log_reader *reader, struct text line, uint64_t line_number);
/* Lines were left out: the next ones are of whoever a header names. */
void log_reader_skip_logcat(struct log_reader *reader);

/* reader_decode.c: the line as it was written, before pages, mails and terminals had it. Borrowed from the reader, or from line. */
struct text log_reader_decode(struct log_reader *reader, struct text line);
/* Puts together what soft line breaks divide. False: more of it is to come. Borrowed from the reader. */
bool log_reader_join_soft(struct log_reader *reader, struct text *line, uint64_t *line_number);
/* A string that holds several lines is given to read_line line by line. False: it is none. */
typedef void log_read_line_fn(struct log_reader *reader, struct text line, uint64_t line_number);
bool log_reader_split(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line);
/* The same of a page's line in which "<br>", "</p>" and their like are the breaks. */
bool log_reader_split_page(struct log_reader *reader, struct text page, uint64_t line_number,
                           log_read_line_fn *read_line);

/* reader_literal.c: may line open a literal of a program? Changes reader->suspect.literal alone. */
bool log_reader_opens_literal(struct log_reader *reader, struct text line);
/* The line that may open one, and each line after it while lines wait: they are given to read_line, or dropped, when it is known what they
 * are. */
void log_reader_suspect(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line);
/* No more lines come after those that wait. */
void log_reader_end_suspect(struct log_reader *reader, log_read_line_fn *read_line);
/* reader_form.c: may it be a line of a log, and not the kernel's text alone? It changes nothing; userdata is the reader (log_line_fn). */
bool log_reader_is_form(struct text line, void *userdata);

/* reader_window.c: gives the line to read_line, with those that waited; or keeps it, until the next ones have come or none will. */
void log_reader_read_window(struct log_reader *reader, struct text line, uint64_t line_number,
                            log_read_line_fn *read_line);
void log_reader_end_window(struct log_reader *reader, log_read_line_fn *read_line);

/* reader_base64.c: a line of a mail's part in base64; the lines inside are given to read_line. False: it is none. */
bool log_reader_base64(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line);

/* reader_unfold.c: lines without a form that may be pieces of the open message. log_reader_join() is tried first; what it returns as
 * kept is log_reader_keep()'s if nothing else can read the line. */
enum log_unfold_result log_reader_join(struct log_reader *reader, struct text line, const struct log_origin *origin);
void log_reader_keep(struct log_reader *reader, struct text line, size_t line_length);
/* Takes off what grep put in front of the open message's line, of a piece too. False: it has something else there. */
bool log_reader_eat_path_again(const struct log_reader *reader, struct text *line) __attribute__((warn_unused_result));
/* A line with a prefix comes after the open message: what was kept is the message's if that shows it. */
void log_reader_confirm(struct log_reader *reader, const struct log_prefix *prefix);
/* The message that has begun. */
void log_reader_begin_unfold(struct log_reader *reader, const struct log_prefix *prefix,
                             const struct log_origin *origin);

/* reader_message.c: lines and entries become messages. Both give the open message to the handler before. */
void log_reader_add_line(struct log_reader *reader, const struct log_prefix *prefix, const struct log_origin *origin);
void log_reader_add_entry(struct log_reader *reader, const struct log_entry *entry, enum log_form form,
                          const struct log_origin *origin);
/* Appends line to the open message if it continues it. Returns false if it is a line of its own. */
bool log_reader_continue(struct log_reader *reader, struct text line, const struct log_origin *origin);
/* The same of a line of no form, in a log whose writer leaves newlines as they are. */
bool log_reader_join_bare(struct log_reader *reader, struct text line, const struct log_origin *origin);
/* Gives the open message, if there is one, to the handler. */
void log_reader_flush(struct log_reader *reader);
