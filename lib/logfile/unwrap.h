/* lib/logfile/unwrap.h: what other programs put around a line of a log. */

#pragma once

#include "logfile/prefix.h"

/* Separators that are tried as the end of a path in front of a line. */
#define LOG_PATH_TRIES 64

/* "\r" of a serial console or of DOS, at both ends. */
void log_strip_returns(struct text *line);

/* "> ", "> > ", ">> ", "| " of mails, any number. */
bool log_eat_quotes(struct text *line);

/* "2026-08-25T14:06:20.123456789Z stdout F ": CRI, as kubernetes has it. */
struct log_cri {
        struct log_stamp stamp;
        bool partial; /* the line goes on with the stream's next */
        bool error;   /* stderr */
};
bool log_eat_cri(struct text *line, struct log_cri *ret_cri) __attribute__((warn_unused_result));

/* "path:", "path:12:", "12:", and "path-", "path-12-", "12-" of lines around (grep -C). */
struct log_place {
        struct text path;
        int64_t line; /* LOG_UNKNOWN */
        size_t width; /* of all that */
};
typedef bool (*log_line_fn)(struct text line, void *userdata);
/* Finds a path in front of what is_line() takes for a line. In front of a kernel's text alone nobody could tell: there it
 * must begin with "/" or "./". */
bool log_find_place(struct text line, log_line_fn is_line, void *userdata, struct log_place *ret_place)
        __attribute__((warn_unused_result));

/* The same path (none, with_line: a line's number alone) in front of line: its width; 0: it isn't there. */
size_t log_same_place(struct text line, struct text path, bool with_line);
