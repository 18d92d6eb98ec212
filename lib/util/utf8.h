/* lib/util/utf8.h: looks at bytes as UTF-8, one character at a time.
 *
 * Names of processes and cgroups are bytes. Whoever shows them as text must know which are not UTF-8, and which would
 * do something to a terminal or to the reader. */

#pragma once

#include "util/text.h"

#define UTF8_INVALID     UINT32_MAX
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Reads the character at the front of text, which is not empty. Returns its length in bytes; *ret_character is
 * UTF8_INVALID for bytes that are none (overlong, a surrogate, past U+10FFFF, broken off), and then the length is
 * that of the longest front of a character found there, at least 1: each such piece is one U+FFFD (Unicode 15, 3.9,
 * as Python and browsers do it). */
size_t utf8_next(struct text text, uint32_t *ret_character);

bool utf8_is_valid(struct text text);

/* Whether it moves the cursor, commands a terminal, or changes the direction or the look of the text around it:
 * controls (C0, DEL, C1), line separators, bidirectional and invisible format characters. */
bool utf8_is_unsafe(uint32_t character);
