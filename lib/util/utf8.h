/* lib/util/utf8.h: reads bytes as UTF-8, one character at a time.
 *
 * Names of processes and cgroups are any bytes. To show them as text, invalid UTF-8 must be found, and characters that a
 * terminal would obey or that would mislead the reader. */

#pragma once

#include "util/text.h"

#define UTF8_INVALID     UINT32_MAX
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Reads the character at the front of text, which is not empty. Returns its length in bytes; *ret_character is
 * UTF8_INVALID for bytes that are not one (overlong, a surrogate, past U+10FFFF, cut), and the length is then that of the
 * longest valid beginning of a character, at least 1: each such piece is shown as one U+FFFD (Unicode 15, 3.9; Python and
 * browsers do the same). */
size_t utf8_next(struct text text, uint32_t *ret_character);

bool utf8_is_valid(struct text text);

/* Whether it moves the cursor, commands a terminal, or changes the direction or the look of the text around it:
 * controls (C0, DEL, C1), line separators, bidirectional and invisible format characters. */
bool utf8_is_unsafe(uint32_t character);
