/* lib/logfile/reader.h: lines of a log in, messages of the kernel out.
 *
 * It takes off what is around the kernel's text (prefixes of syslog, journalctl and dmesg, grep's paths, containers'
 * wrappers, quotes of mails), and reads host and time from it. Only the kernel's messages come out: in forms that name
 * the speaker, or the facility, lines of others are dropped, whatever they say; but for those of speakers that were asked for
 * by name, which come out with that name.
 *
 * A message that was printed in several lines is put together again where the form marks them (indented lines of dmesg
 * and journalctl, "#012", JSON, export). Where each line has a prefix of its own (serial consoles, /proc/kmsg read by an
 * old syslogd) each is a message, as lib/parse/line.h expects them; except for the kernel's summary of memory
 * ("active_anon:1 ...", " active_file:2 ..."), which it expects as a whole.
 *
 * Push interface: one reader per file or stream, one thread at a time. The owner of the log calls log_reader_push() for
 * each line in order, log_reader_skip() where it leaves lines out, and log_reader_end() once. Within these calls the
 * reader calls the handler, once for each message and in their order. A message is given when the next line shows that
 * it is complete, so up to one call later. The reader copies what it keeps: a line may be freed after its push. The
 * handler copies what it keeps: a message is valid for the call alone. The handler may call log_reader_resolve_time(),
 * and no other function of the reader; it can't stop it: who has enough pushes no more.
 *
 * Before the first line of interest, push the first lines of the file: the reader learns the file's form from them, which
 * protects against lines that imitate another form.
 *
 * What can't be known, since the form doesn't carry it:
 * - dmesg without -x or -r: who wrote to /dev/kmsg; "\xc3\xa9" may be its own escape or the text's (escape.h)
 * - syslog files, journalctl -o short and its like: "logger -t kernel" looks as the kernel does; the level. journalctl
 *   takes colours ("\x1b[1m") out, makes eight blanks of a tab, and writes "[80B blob data]" for what isn't printable then:
 *   such a message is dropped
 * - all of them: the record's number (but kmsg)
 * - serial consoles, old syslogds: a newline in a name begins what looks like a line of its own */

#pragma once

#include "logfile/message.h"

/* A longer line is left out, as by log_reader_skip(). No line of the kernel's gets near it, not even as JSON. */
#define LOG_READER_LINE_MAX (64 * 1024)

/* Local time to UTC: returns the microseconds since 1970 of the date's second, or LOG_UNKNOWN. */
typedef int64_t (*log_local_time_fn)(const struct log_date *date, void *userdata);

/* Is text, by itself and wherever it stands, one that only the kernel prints? Asked about the texts in envelopes, which don't say who
 * speaks. */
typedef bool (*log_kernel_text_fn)(struct text text, void *userdata);

/* Are lines of the speaker of that name wanted too? speaker.h says how they are called. */
typedef bool (*log_speaker_fn)(struct text name, void *userdata);

/* Are line and next, with a newline between them, one line of the kernel's, a name in which holds the newline? is_same_moment: it is
 * certain that they were printed at once. */
typedef bool (*log_joins_fn)(struct text line, struct text next, bool is_same_moment, void *userdata);
/* How much of a line of the kernel's text is: what joins the pieces of lines asks that, before and after. */
enum log_rating {
        LOG_RATING_OTHER,
        LOG_RATING_SHAPE, /* a line of a report, if it stands among others: many texts have its shape */
        LOG_RATING_CUT,   /* a line that lacks its end */
        LOG_RATING_WHOLE,
};
typedef enum log_rating (*log_rate_text_fn)(struct text text, void *userdata);

struct log_reader_options {
        int64_t modified_usec; /* the file's modification time, UTC; LOG_UNKNOWN: years that aren't printed stay unknown */
        log_local_time_fn local_time; /* NULL: dates without a zone are taken as UTC */
        void *local_time_userdata;
        log_kernel_text_fn is_kernel_text; /* NULL: no text is: envelopes then hold lines of a form alone */
        log_speaker_fn is_speaker;         /* NULL: the kernel's lines alone are */
        log_joins_fn joins;                /* NULL: none are */
        log_rate_text_fn rate_text;        /* NULL: no lines are joined by what they say */
        log_kernel_text_fn is_mention;     /* NULL: none is; else of the kernel's text, may people have written it? */
        void *userdata;                    /* of these */
};

struct log_reader;

/* See above. message is borrowed. */
typedef void (*log_message_fn)(const struct log_message *message, void *userdata);

/* *options is copied. Returns 0 or -ENOMEM. */
int log_reader_new(const struct log_reader_options *options, log_message_fn handler, void *userdata,
                   struct log_reader **ret_reader) __attribute__((warn_unused_result));
/* Accepts NULL. Calls no handler: a message that waits for its end is lost. Returns NULL. */
struct log_reader *log_reader_free(struct log_reader *reader);

/* The next line, without its newline. line_number is for message.line_number alone. Never fails. */
void log_reader_push(struct log_reader *reader, struct text line, uint64_t line_number);

/* Lines were left out before the next one: no message continues across them. */
void log_reader_skip(struct log_reader *reader);

/* Are the next lines wanted, whatever they hold? A document over several lines has a text that may be a message, whose time and speaker
 * may follow. */
bool log_reader_is_inside(const struct log_reader *reader);

/* Is text one of the later lines of the kernel's summary of memory, " active_file:15 inactive_file:5 isolated_file:0"? Where each
 * has a prefix of its own, a log that is newest first gives them as messages of their own. */
bool log_is_next_of_summary(struct text text);

/* The input has ended. */
void log_reader_end(struct log_reader *reader);

/* Do the dates of nearly all of the last lines, whoever speaks there, go forward? False until there are enough. */
bool log_reader_goes_forward(const struct log_reader *reader);

/* The log was found to be newest first: a date that goes back doesn't mean that a new year lies between. */
void log_reader_set_newest_first(struct log_reader *reader);

/* The time of an earlier message (its member time), as well as it is known by now: where no year was printed, later lines may
 * have shown that new years lie between. Returns UTC in microseconds; time->usec if the year was printed; LOG_UNKNOWN. */
int64_t log_reader_resolve_time(struct log_reader *reader, const struct log_time *time);
