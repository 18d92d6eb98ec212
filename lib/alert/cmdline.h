/* lib/alert/cmdline.h: the arguments of a process as an alert shows them: joined by blanks, and without what is to be hidden.
 *
 * A pattern is one of the shell's, without brackets: "*" is any bytes, "?" one byte, "\" takes the next as it is. It is about
 * a whole argument: where it matches, the argument is shown as the pattern, with *** for its wildcards, so that nothing is
 * left of what they stood for. "--password=*" makes --password=*** of --password=secret. A pattern with a blank is about an
 * argument and the one after it: "--password *". */

#pragma once

#include <stdbool.h>

#include "util/text.h"

/* What is wrong with a pattern, as the end of a message; NULL: nothing. */
const char *cmdline_check_pattern(const char *pattern);

struct cmdline_patterns {
        const char *const *patterns; /* each has passed cmdline_check_pattern() */
        size_t count;
};

/* Joins arguments, which have a NUL between them, in buffer, and hides what the patterns match. What doesn't fit in size bytes is
 * left out. is_cut: the end of the last argument is missing; it is hidden where it might match with its end.
 * *ret_program_length: the length of the program's name (argv[0]) at the beginning of the result. A process that has written one text
 * over its arguments (a title, "nginx: worker process") has them separated by blanks. */
struct text cmdline_show(struct text arguments, bool is_cut, const struct cmdline_patterns *patterns, char *buffer,
                         size_t size, size_t *ret_program_length);
