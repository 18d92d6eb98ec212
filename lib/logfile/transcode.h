/* lib/logfile/transcode.h: logs whose bytes are not lines of UTF-8: UTF-16 as Windows writes it, and streams of syslog messages that have their
 * lengths in front and nothing between them. Bytes in, lines of UTF-8 out; the first bytes show what a log is. */

#pragma once

#include "util/text.h"

enum log_coding {
        LOG_CODING_LINES, /* as they are */
        LOG_CODING_UTF16_LITTLE,
        LOG_CODING_UTF16_BIG,
        LOG_CODING_FRAMES, /* RFC 5425, RFC 6587: "83 <4>1 2026-08-25T..." */
};

struct log_transcoder {
        enum log_coding coding;
        size_t n_left;      /* of the frame that has begun */
        bool is_in_line;    /* the last byte was no newline */
        uint32_t surrogate; /* the first of a pair; 0: none */
        size_t n_pending;   /* bytes of a unit, or a frame's head, that the end of the last bytes cut */
        char pending[8];
};

/* What head, the beginning of a log, shows it to be; the more bytes it has, the surer. */
enum log_coding log_coding_of(struct text head);

void log_transcoder_init(struct log_transcoder *transcoder, enum log_coding coding);

/* No more bytes than these come out of length bytes. */
#define LOG_TRANSCODED_MAX(length) (2 * (length) + 32)

/* Writes the next bytes of the log to to, of LOG_TRANSCODED_MAX(bytes.length). Returns how many it wrote. Never fails: a unit that is none
 * becomes U+FFFD, a frame without a head what it is. */
size_t log_transcode(struct log_transcoder *transcoder, struct text bytes, char *to);
