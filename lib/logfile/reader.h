/* lib/logfile/reader.h: lines of a log in, messages of the kernel out.
 *
 * One reader per file or stream. It takes off what stands around the kernel's text (prefixes of syslog, journalctl and dmesg,
 * grep's paths, containers' wrappers, quotes of mails), and tells what they say of host and time. Only what the kernel
 * said comes out: in forms that name the speaker, or the facility, others' lines are dropped, whatever words they hold.
 *
 * Of a message that was printed in several lines, what belongs together is put together again where the form marks it
 * (indented lines of dmesg and journalctl, "#012", JSON, export). Where each line has a prefix of its own (serial consoles,
 * /proc/kmsg read by an old syslogd) each is a message, as lib/parse/line.h takes them; but the kernel's summary of memory
 * ("active_anon:1 ...", " active_file:2 ..."), which it takes as a whole, is one again.
 *
 * What can't be known, since the form doesn't carry it:
 * - dmesg without -x or -r: who wrote to /dev/kmsg; "\xc3\xa9" may be its own escape or the text's (escape.h)
 * - syslog files, journalctl -o short and its like: "logger -t kernel" looks as the kernel does; the level. journalctl
 *   takes colours ("\x1b[1m") out, makes eight blanks of a tab, and says "[80B blob data]" of what isn't printable then:
 *   such a message is dropped
 * - all of them: the record's number (but kmsg)
 * - serial consoles, old syslogds: a newline in a name begins what looks like a line of its own
 *
 * Before a file's first candidate, push its first lines: what form a file has protects against lines that imitate another. */

#pragma once

#include "logfile/message.h"

/* A longer line is passed over, as if by log_reader_skip(): no kernel's line gets near it, not even as JSON. */
#define LOG_READER_LINE_MAX (64 * 1024)

/* Local time to UTC: microseconds of the date's second, or LOG_UNKNOWN. */
typedef int64_t (*log_local_time_fn)(const struct log_date *date, void *userdata);

struct log_reader_options {
        int64_t modified_usec; /* the file's modification time, UTC; LOG_UNKNOWN: years that aren't printed stay unknown */
        log_local_time_fn local_time; /* NULL: dates without a zone are taken as UTC */
        void *local_time_userdata;
};

struct log_reader;

/* Called from within push, skip and end: a message is told when the line after it is known. message is borrowed. */
typedef void (*log_message_fn)(const struct log_message *message, void *userdata);

/* *options is copied. Returns 0 or -ENOMEM. */
int log_reader_new(const struct log_reader_options *options, log_message_fn handler, void *userdata,
                   struct log_reader **ret_reader) __attribute__((warn_unused_result));
/* Accepts NULL. Tells nothing more. Returns NULL. */
struct log_reader *log_reader_free(struct log_reader *reader);

/* The next line, without its newline; in order. Never fails. */
void log_reader_push(struct log_reader *reader, struct text line, uint64_t line_number);

/* Lines were passed over before the next one: nothing goes on across them. */
void log_reader_skip(struct log_reader *reader);

/* The input has ended. */
void log_reader_end(struct log_reader *reader);

/* The time of a message told before, now that more lines were read: where no year was printed, later lines may have shown
 * that new years lie between. Else it is time->usec. */
int64_t log_reader_resolve_time(const struct log_reader *reader, const struct log_time *time);

/* How many lines were longer than LOG_READER_LINE_MAX. */
uint64_t log_reader_too_long(const struct log_reader *reader);
