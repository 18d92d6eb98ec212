/* daemon/common/config_prepare.h: makes the text of a configuration file one that libconfuse reads as it is meant.
 *
 * libconfuse 3.3 (measured) counts a line with a comment as three, so that every message after it names a wrong line,
 * and refuses a comment within a list: comments become spaces here. Without an error it accepts a file that ends within
 * a section, and reads `*.service` as ".service", "${NAME}" as what the environment has or as nothing, "a\0b" as "a",
 * and "//" as a comment: all of these are errors here. What is left to it is plain: words, '=', '{', '}', ',' and
 * strings in quotes on one line. */

#pragma once

#include <stddef.h>

#define CONFIG_DEPTH_MAX 2 /* of braces: a list in a section */

/* Replaces the comments of text by spaces. text has length bytes and a terminator after them. Returns NULL, or what is
 * wrong, in words, with the line in *ret_line, counted from 1. The words never hold a part of the text. */
const char *config_prepare(char *text, size_t length, unsigned *ret_line) __attribute__((warn_unused_result));
