/* lib/alert/dropped.h: `dropped_before`, the one member that is added to an alert when it is spooled: how many alerts for the same
 * receiver were dropped to make room for it. It is the last member, so that nothing else of the text has to be read. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define ALERT_DROPPED_BEFORE_MAX 40 /* bytes that it adds at most */

/* Returns json, which is an object and has no such member, with `dropped_before`, malloc'ed and terminated, and its length in *ret_length.
 * NULL when memory ran out, or json is no object. */
char *alert_add_dropped_before(const char *json, size_t length, uint64_t n_dropped, size_t *ret_length);

/* The value in a text that alert_add_dropped_before() made; 0 in any other. */
uint64_t alert_dropped_before(const char *json, size_t length);
