/* lib/logfile/escape.h: undoes how writers of logs made control characters visible.
 *
 * Neither way is reversible: the sign that begins an escape is not escaped itself. Only what the writer must have made
 * is undone: bytes that it would not have printed as they are. */

#pragma once

#include "logfile/prefix.h"

/* Writes at most size bytes of text, escapes undone, to buffer. Returns how many; *ret_cut tells whether all fitted.
 *
 * LOG_ESCAPE_OCTAL: "#000" to "#037" and "#177" (rsyslog, parser.EscapeControlCharactersOnReceive). "#101" of a kernel's
 * version stays.
 * LOG_ESCAPE_HEX: "\x00" to "\x1f" and "\x7f"; a run of "\x80" to "\xff" that is no UTF-8 (util-linux, lib/mbsalign.c). What
 * is UTF-8 it prints as it is, in an UTF-8 locale; so "\xc3\xa9" is a unit's escaped name, and stays, like "\x2d". */
size_t log_unescape(struct text text, enum log_escape escape, char *buffer, size_t size, bool *ret_cut);
