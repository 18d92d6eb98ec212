/* lib/logfile/escape.h: undoes how writers of logs made control characters visible.
 *
 * Neither escape is reversible, since neither escapes the sign that it begins with. Only what the writer must have escaped
 * is undone: bytes that it would not have printed as they are. */

#pragma once

#include "util/text.h"

enum log_escape {
        LOG_ESCAPE_NONE,
        /* "#000" to "#037" and "#177" (rsyslog, parser.EscapeControlCharactersOnReceive). "#101" of a kernel's version
         * stays. */
        LOG_ESCAPE_OCTAL,
        /* "\x00" to "\x1f" and "\x7f"; and a run of "\x80" to "\xff" that is not UTF-8 (dmesg of util-linux, lib/mbsalign.c):
         * UTF-8 it prints as it is, in an UTF-8 locale, so "\xc3\xa9" is a unit's escaped name, and stays, as "\x2d" does. */
        LOG_ESCAPE_HEX,
        /* One or the other: syslog daemons that read /dev/kmsg (imkmsg, syslog-ng) leave its "\x0a" as it is, and its "\x5cx2d" for
         * the "\x2d" of a unit's name. */
        LOG_ESCAPE_BOTH,
        /* All of /dev/kmsg's, where the log has shown that its writer leaves them. */
        LOG_ESCAPE_KMSG,
};

/* Copies text to buffer, with escapes undone, but no more than size bytes. Returns the number of bytes written;
 * *ret_is_cut is whether more would have followed. */
size_t log_unescape(struct text text, enum log_escape escape, char *buffer, size_t size, bool *ret_is_cut);
