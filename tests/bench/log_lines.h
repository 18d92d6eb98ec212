/* tests/bench/log_lines.h: what make_logs.c fills its files with: lines of ordinary logs, and OOM reports.
 *
 * A line is a pattern in which '$' and a letter are replaced, by a random value or by one of the report:
 *   $n a small number   $N a large one   $x eight hexadecimal digits   $i an IPv4 address   $u a user   $w a noun
 *   $p a pid
 *   $v the victim's pid $c its comm      $g its cgroup                 $a the comm of who allocated */

#pragma once

#include <stddef.h>

struct log_line {
        const char *program; /* "sshd": "sshd[pid]: " is put before the text; "kernel": its stamp */
        const char *text;
        unsigned weight; /* how often, against the others */
};

extern const struct log_line log_lines[];
extern const size_t log_lines_count;
/* No line of these is of a report either, but each has words of one. */
extern const struct log_line log_word_lines[];
extern const size_t log_word_lines_count;

/* A report. The line LOG_TASKS is replaced by the rows of the task table, LOG_MEMBERS by one kill line for each further
 * process of the cgroup. */
#define LOG_TASKS   "$tasks"
#define LOG_MEMBERS "$members"

struct log_report {
        const char *const *lines; /* ends with NULL */
        const char *row;          /* of the task table; every one is another process */
        const char *member;       /* NULL: it kills one process */
};

extern const struct log_report log_reports[];
extern const size_t log_reports_count;
/* A kill whose report the kernel's rate limit suppressed: one line, one incident. */
extern const struct log_report log_bare_kill;
