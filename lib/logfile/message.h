/* lib/logfile/message.h: one message of the kernel, as a log file holds it: its text, and what is known about where and when
 * it was printed.
 *
 * Texts are borrowed for the time of the call that gives them. A number that isn't in the file is LOG_UNKNOWN, a text that
 * isn't in it has length 0. */

#pragma once

#include "kmsg/record.h"
#include "logfile/date.h"

#define LOG_UNKNOWN INT64_MIN

/* The most bytes of a message's text, its lines joined: more than the kernel prints at once (KMSG_RECORD_MAX), and than
 * a line of three cgroup paths. The rest is cut, and the message is truncated. */
#define LOG_TEXT_MAX (16 * 1024)
/* The most bytes of a host's name (HOST_NAME_MAX is 64; syslog-ng prints chains of them). The rest is cut. */
#define LOG_HOST_MAX 255
/* The most bytes of a path in front of the line, as grep prints it. What is longer is no path. */
#define LOG_PATH_MAX       4095
#define LOG_BOOT_ID_LENGTH 32
/* The most bytes of a caller, "T4194304" */
#define LOG_CALLER_MAX 15

/* The most bytes of a speaker's name. Who has a longer one isn't asked for. */
#define LOG_SPEAKER_MAX 31

/* How a line is written. */
enum log_form {
        LOG_FORM_NONE,      /* not seen yet */
        LOG_FORM_RAW,       /* the kernel's text alone: journalctl -o cat, dmesg -t, a pasted report */
        LOG_FORM_KMSG,      /* records as /dev/kmsg gives them */
        LOG_FORM_DMESG,     /* "[  123.456789] ", also after "<3>" or "kern  :err   : "; serial consoles, pstore */
        LOG_FORM_DMESG_T,   /* "[Tue Aug 25 14:06:20 2026] " */
        LOG_FORM_DMESG_ISO, /* "2026-08-25T14:06:20,123456+02:00 " */
        LOG_FORM_DMESG_H, /* "[Aug25 14:06] ", then "[  +0.000012] ": dmesg -H; "[<    0.000012>] ": -d without a time */
        LOG_FORM_SYSLOG, /* "Aug 25 14:06:20 host kernel: ": RFC 3164, journalctl -o short and short-precise, BusyBox */
        LOG_FORM_RFC5424,   /* "<3>1 2026-08-25T14:06:20.003Z host kernel - - - " */
        LOG_FORM_ISO,       /* "2026-08-25T14:06:20.123456+02:00 host kernel: ": rsyslog, syslog-ng, short-iso */
        LOG_FORM_FULL,      /* "Tue 2026-08-25 14:06:20 CEST host kernel: ": short-full, with-unit */
        LOG_FORM_UNIX,      /* "1795332816.638210 host kernel: ": short-unix */
        LOG_FORM_MONOTONIC, /* "[   66.286136] host kernel: ": short-monotonic */
        LOG_FORM_DATED,     /* any other date, a host perhaps, then "kernel: " */
        LOG_FORM_JSON,      /* journalctl -o json, json-pretty */
        LOG_FORM_EXPORT,    /* journalctl -o export */
        LOG_FORM_ENVELOPE,  /* the kernel's text alone, in an envelope (envelope.h) */
};

static inline bool log_form_is_dmesg(enum log_form form)
{
        return form == LOG_FORM_DMESG || form == LOG_FORM_DMESG_T || form == LOG_FORM_DMESG_ISO ||
               form == LOG_FORM_DMESG_H;
}

/* Why a time may be wrong: what wasn't printed of it, or what computed it. */
enum log_doubt {
        LOG_DOUBT_ZONE_ASSUMED = 1 << 0, /* no zone printed: local time as the caller's function has it */
        LOG_DOUBT_ZONE_UNKNOWN = 1 << 1, /* no zone printed, and no such function: taken as UTC */
        LOG_DOUBT_YEAR = 1 << 2,         /* no year printed: inferred from the file's time and the order of its lines */
        LOG_DOUBT_CLOCK = 1 << 3,        /* dmesg computed it from boot time and stamp: wrong after a suspend */
        LOG_DOUBT_SECOND = 1 << 5,       /* dmesg -H: no second printed, but how long after the minute's first line */
        LOG_DOUBT_STAMP = 1 << 4, /* none printed: the caller computed it from the stamp and its clocks, as above */
};

struct log_time {
        int64_t usec;            /* UTC; LOG_UNKNOWN: none was printed, or it can't be read */
        int64_t resolution_usec; /* it lies in [usec, usec + resolution_usec); LOG_UNKNOWN without a time */
        unsigned doubts;         /* enum log_doubt; 0: exactly what was printed */
        /* for log_reader_resolve_time() */
        struct log_date date;
        int32_t fraction_usec; /* less than a second */
        uint32_t year_index;   /* years.h */
};

struct log_message {
        enum log_form form;
        struct text text;    /* as printk had it, unescaped; a record of several lines has newlines */
        bool is_truncated;   /* its end is missing */
        enum kmsg_flag flag; /* KMSG_FLAG_NONE where the form doesn't carry it */
        struct text
                speaker; /* length 0: the kernel; else who speaks, of those that log_reader_options.is_speaker wants */
        struct text host;
        struct text boot_id; /* 32 hex digits */
        struct text caller;  /* "T123", "C0" */
        int64_t level;       /* 0 to 7 */
        int64_t seq;         /* of the record in /dev/kmsg */
        int64_t mono_usec;   /* the kernel's stamp */
        struct log_time time;
        size_t line_length;   /* of its last line, all of it; 0: it is a part of a line */
        uint64_t line_number; /* of its first line, as the caller counted */
        struct text path;     /* "path:" or "path:line:" in front of the line, as grep prints it */
        int64_t path_line;
};
