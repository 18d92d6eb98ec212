/* lib/logfile/unwrap.h: takes off what other programs put around a line of a log.
 *
 * Each function takes its part off *line; where it returns false, *line is unchanged. Texts given out are borrowed from it. */

#pragma once

#include "logfile/stamp.h"

/* How many separators are tried as the end of a path in front of a line. */
#define LOG_PATH_TRIES 64

/* "\r" of a serial console or of DOS, at both ends. */
void log_strip_returns(struct text *line);

/* Blanks and tags ("<br>") behind a line, of which no name can end so. */
void log_strip_padding(struct text *line);

/* The tags alone: what is left is as long as the line was before it had them. */
void log_strip_tags(struct text *line);

/* What is behind a line: blanks, tabs and "\r" of terminals, "<br>" and the like, a quote, with what comes after it in a list.
 * The name at the end of a task's row may end so too: of a row ("[  123] ...") only many blanks are taken off, or the same bytes
 * as were behind the line before. */
void log_strip_tail(struct text *line, struct text tail_before);

/* "> ", "> > ", ">> ", "| " of mails, any number */
void log_eat_quotes(struct text *line);

/* "2026-08-25T14:06:20.123456789Z stdout F ": CRI, as kubernetes has it. */
struct log_cri {
        struct log_stamp stamp;
        bool is_partial; /* the stream's next line continues it */
        bool is_stderr;
};
bool log_eat_cri(struct text *line, struct log_cri *ret_cri) __attribute__((warn_unused_result));

/* What tools put in front of each line of a container's log: "kmsg-1  | " of docker compose and service, "[pod/a/b] " of kubectl --prefix,
 * and the date of docker logs -t and kubectl --timestamps, "2026-08-25T14:06:20.123456789Z ". */
bool log_eat_service(struct text *line) __attribute__((warn_unused_result));
bool log_eat_date(struct text *line, struct log_stamp *ret_stamp) __attribute__((warn_unused_result));

/* grep's path and line number: "path:", "path:12:", "12:"; and "path-", "path-12-", "12-" of lines around (grep -C).
 *
 * is_line() returns whether the rest may be a line of a log: only then it is a path that is in front. It is not asked
 * about the kernel's text alone, in front of which anything might be a path: there it must begin with "/" or "./".
 * *ret_path has length 0 if there is only a number, *ret_number is LOG_UNKNOWN if there is none. */
typedef bool (*log_line_fn)(struct text line, void *userdata);
bool log_eat_path(struct text *line, log_line_fn is_line, void *userdata, struct text *ret_path, int64_t *ret_number)
        __attribute__((warn_unused_result));

/* The same path again, which may be empty, with any line number if has_number. */
bool log_eat_same_path(struct text *line, struct text path, bool has_number) __attribute__((warn_unused_result));
