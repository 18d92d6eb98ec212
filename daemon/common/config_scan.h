/* daemon/common/config_scan.h: what a configuration file must be before libconfuse reads it.
 *
 * libconfuse 3.3 takes more than anybody means: it counts lines wrong after a comment, accepts a file that ends within
 * a section, drops characters that it doesn't know ("*.service" becomes ".service"), replaces "${NAME}" from the
 * environment (by nothing, where that isn't set), cuts a value at "\0", and lets "section|key" reach into a section.
 * So this is looked at first, and only a plain subset gets through: words, '=', '{', '}', ',', strings in quotes on one
 * line, and comments from '#' to the end of the line. */

#pragma once

#include <stddef.h>

#define CONFIG_DEPTH_MAX 2 /* of braces: a list in a section */

/* Checks text (length bytes) and replaces its comments by spaces. Returns NULL, or what is wrong, in words, and in
 * *ret_line the line, counted from 1. */
const char *config_scan(char *text, size_t length, unsigned *ret_line) __attribute__((warn_unused_result));
