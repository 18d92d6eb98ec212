/* lib/logfile/prefix.h: what stands before the kernel's text in a line of a log.
 *
 * Stateless but for a hint of what came before. A form is a row of one table (prefix.c); it is recognised by its whole shape
 * from the line's first byte on, since all that follows may be chosen by whoever runs on the machine. */

#pragma once

#include "logfile/stamp.h"

/* How control characters were written, in this form. */
enum log_escape {
        LOG_ESCAPE_NONE,
        LOG_ESCAPE_OCTAL, /* "#012": rsyslog */
        LOG_ESCAPE_HEX,   /* "\x1b": dmesg of util-linux */
};

struct log_prefix {
        enum log_form form;
        bool kernel; /* it says that the kernel speaks, or its form holds nothing else */
        /* Columns that following lines of the same message are indented by; 0: in this form there are none. */
        size_t indent;
        struct text host, caller, text; /* borrowed from the line */
        int64_t level, mono_usec, seq;
        enum kmsg_flag flag;
        bool is_truncated;
        enum log_escape escape;
        struct log_stamp stamp;
        bool stamp_computed; /* of the boot time and the kernel's stamp */
};

struct log_prefix_hint {
        enum log_form last;     /* of the line before: what may be two forms is the same again */
        struct text first_word; /* LOG_FORM_DMESG: of the line before */
        bool no_callers;        /* the lines of dmesg before this had none: what looks like one is text */
};

/* Recognises the prefix of line (at most KMSG_RECORD_MAX bytes if it is a record of /dev/kmsg). buffer, of line.length
 * bytes, is for the text of such a record. Returns whether it is a line of any form but LOG_FORM_RAW; *ret_prefix is filled then. */
bool log_prefix_parse(struct text line, const struct log_prefix_hint *hint, char *buffer, struct log_prefix *ret_prefix)
        __attribute__((warn_unused_result));

/* LOG_FORM_DATED, for what no row of the table takes, neither with a path in front of it nor without: some date, a host
 * perhaps, "kernel: " before any other tag. */
bool log_prefix_dated(struct text line, struct log_prefix *ret_prefix) __attribute__((warn_unused_result));

/* May a line without any known prefix be the kernel's text? Not if it begins with a date or has the time of day before
 * its first parenthesis: that is a log of another kind, and whoever speaks in it is not the kernel. */
bool log_text_may_be_raw(struct text line);

/* ---- for the files of this module ----------------------------------------------------------------------------------- */

typedef bool (*log_prefix_fn)(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* prefix_dmesg.c: the kernel's own forms. Their lines are all the kernel's, where they don't tell a facility. */
bool log_prefix_dmesg(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* prefix_syslog.c: the forms that tell who speaks */
bool log_prefix_syslog(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_rfc5424(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_iso(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_full(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_unix(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_monotonic(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* What the kernel prints itself in front of its text, behind a tag. */
void log_prefix_kernel_text(struct text text, struct log_prefix *prefix);
/* "<3>" off the front: facility and level. */
bool log_eat_priority(struct text *text, uint32_t *ret_facility, int64_t *ret_level);
/* "[  123.456789]" off the front, without the blank behind. dmesg -d puts "<    0.000126>" into it. */
bool log_eat_kernel_stamp(struct text *text, int64_t *ret_mono_usec);
/* "[    T123]", "[   C0]" off the front. */
bool log_eat_caller(struct text *text, struct text *ret_caller);
/* "kern", "user" ...: its number; -1: there is no such facility. The same for "err", "warn", "warning" ... */
int log_facility_of(struct text name);
int log_level_of(struct text name);
