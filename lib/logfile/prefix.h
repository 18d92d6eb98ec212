/* lib/logfile/prefix.h: recognises what is in front of the kernel's text in a line of a log.
 *
 * Stateless but for a hint of the lines before. A form is a row of one table (prefix.c); it is recognised by its whole shape
 * from the line's first byte on, since anyone on the machine may choose what follows. */

#pragma once

#include "logfile/escape.h"
#include "logfile/stamp.h"

struct log_prefix {
        enum log_form form;
        bool is_kernel; /* the prefix names the kernel as the speaker, or its form has no other */
        size_t indent;  /* columns by which further lines of the same message are indented; 0: this form has none */
        struct text host, caller, text; /* borrowed from the line */
        struct text speaker;            /* who speaks, if not the kernel, and it was asked for (speaker.h); borrowed */
        int64_t level, mono_usec, seq;
        enum kmsg_flag flag;
        bool is_truncated;
        enum log_escape escape;
        struct log_stamp stamp;
        bool has_margin;         /* the writer put a blank in front of the text */
        bool has_computed_stamp; /* dmesg computed it from the boot time and the kernel's stamp */
        bool is_minute;          /* stamp is that of dmesg -H: a minute without seconds */
        int64_t since_usec;      /* instead of a stamp, dmesg -H: since the line before */
        unsigned n_stamps;       /* of dmesg's: 2.41 prints several on request */
        size_t head_length;      /* up to the end of "kernel: ", where all before was understood by itself; else 0 */
};

static inline struct log_prefix log_prefix_empty(enum log_form form)
{
        return (struct log_prefix){ .form = form,
                                    .level = LOG_UNKNOWN,
                                    .mono_usec = LOG_UNKNOWN,
                                    .seq = LOG_UNKNOWN,
                                    .since_usec = LOG_UNKNOWN };
}

/* About the lines before, for a line that fits two forms. */
struct log_prefix_hint {
        enum log_form last_form;
        struct text first_word; /* of the last line of dmesg's; borrowed from the caller */
        bool may_have_callers;  /* false: the last line of dmesg's had none */
        struct text last_host;  /* of the last line of the kernel's; borrowed from the caller */
        bool has_margin;        /* that line's */
        unsigned n_stamps;      /* of the last line of dmesg's */
};

/* Parses the prefix of line. buffer must hold line.length bytes, or KMSG_RECORD_MAX if that is less: it takes the
 * unescaped text of a record of /dev/kmsg. *ret_prefix borrows from line and buffer. Returns false, with *ret_prefix
 * unchanged, for a line of no form in the table; it may be LOG_FORM_DATED or LOG_FORM_RAW. */
bool log_prefix_parse(struct text line, const struct log_prefix_hint *hint, char *buffer, struct log_prefix *ret_prefix)
        __attribute__((warn_unused_result));

/* The same for LOG_FORM_DATED: some date, perhaps a host, "kernel: " before any other tag. It is so loose that it is
 * tried last, for lines that are of no form in the table, with a path in front or without. */
bool log_prefix_dated(struct text line, struct log_prefix *ret_prefix) __attribute__((warn_unused_result));
