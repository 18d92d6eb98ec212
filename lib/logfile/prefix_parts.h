/* lib/logfile/prefix_parts.h: what several forms of prefix have in common, as takers of text: each takes its part off
 * the front of *text, and returns false, with all arguments unchanged, when it isn't there. Texts given out are borrowed
 * from it. */

#pragma once

#include "util/text.h"

/* "<3>" */
bool log_eat_priority(struct text *text, uint32_t *ret_facility, int64_t *ret_level);

/* The time since the line before: " <    0.000126>" of dmesg -d, " <    0.000126 >" and " <    0.000126*>" of journalctl -o
 * short-delta. */
bool log_eat_delta(struct text *text);

/* The kernel's stamp, "[  123.456789]", perhaps with such a time in it, without the blank after it. Kernels of vendors have other
 * fractions, and a processor: "[  126.41@0]", "[2-4120.2210]", "[  123.456789s]". */
bool log_eat_kernel_stamp(struct text *text, int64_t *ret_mono_usec);

/* The kernel's caller: "[    T123]", "[   C0]". */
bool log_eat_caller(struct text *text, struct text *ret_caller);

/* An element of RFC 5424's structured data: "[id name=\"value\" ...]" */
bool log_eat_element(struct text *text);

/* The kernel's release, "6.12.94,", which netconsole puts in front of a record */
bool log_eat_release(struct text *text);

/* The number of a facility ("kern", "user" ...) or level ("err", "warn", "warning" ...), as in <sys/syslog.h>; -1: there
 * is no such name. */
int log_facility_of(struct text name);
int log_level_of(struct text name);

/* Whether a line without any known prefix may be the kernel's text. It may not if it begins with a date, has a time of day before its
 * first parenthesis, or a string of a program's source: then not the kernel wrote it. */
bool log_text_may_be_raw(struct text line);
